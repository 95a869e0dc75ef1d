#include "i18n/i18n_private.h"

#include <unicode/ucal.h>
#include <unicode/udat.h>

static void months_set(UDateFormat *formatter, const struct language *language, UErrorCode *status)
{
	for (const struct month_name *own = language_months(language); own->name[0] != 0; own++) {
		struct month_name copy = *own; /* ICU does not say const */
		udat_setSymbols(formatter, UDAT_MONTHS, copy.month, copy.name, -1, status);
	}
}

/* The formatter's own zone is UTC, and what it is given is local time: one serves all zones. Its
 * calendar is Gregorian at all times, as in the machine's form of a date. */
static Err formatter_open(const struct language *language, enum date_style style, UDateFormat **out)
{
	UErrorCode status = U_ZERO_ERROR;
	UDateFormat *formatter = udat_open(UDAT_PATTERN, UDAT_PATTERN, language->locale, u"UTC", 3,
	                                   language_date_pattern(language, style), -1, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "opening a date format");
	UCalendar *calendar = ucal_clone(udat_getCalendar(formatter), &status);
	if (U_SUCCESS(status))
		ucal_setGregorianChange(calendar, -1e17, &status); /* before all years that we know */
	if (U_SUCCESS(status))
		udat_setCalendar(formatter, calendar);
	months_set(formatter, language, &status);
	ucal_close(calendar);
	if (U_FAILURE(status)) {
		udat_close(formatter);
		return icu_fail(status, "opening a date format");
	}
	*out = formatter;
	return OK;
}

Err i18n_date(const struct language *language, Str zone, Time time, enum date_style style,
              struct arena *mem, Str *out)
{
	struct civil_date date;
	int64_t offset_ms;
	TRY(time_civil(zone, time, &date)); /* refuses what has no year of ours */
	TRY(zone_offset_ms(zone, time, &offset_ms));
	char name[POOL_NAME_MAX] = {(char)('0' + (int)style)};
	Str pooled = {name, 1 + language->code.length};
	CHECK(pooled.length <= sizeof name);
	memcpy(name + 1, language->code.bytes, language->code.length);
	UDateFormat *formatter = pool_take(&date_pool, pooled);
	if (formatter == NULL)
		TRY(formatter_open(language, style, &formatter));
	UErrorCode status = U_ZERO_ERROR;
	UChar units[128]; /* twice what the longest weekday and month need */
	int32_t length = udat_format(formatter, (UDate)(time + offset_ms), units, 128, NULL, &status);
	if (!pool_give(&date_pool, pooled, formatter))
		udat_close(formatter);
	if (U_FAILURE(status))
		return icu_fail(status, "writing a date");
	struct utf16 text = {.units = units, .length = length};
	return utf16_to(&text, mem, out);
}
