#include "i18n/i18n_private.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define ZONE_MAX 48

/* ICU's UTF-16; false for what no zone's name holds. */
static bool zone_units(Str zone, UChar units[ZONE_MAX])
{
	if (zone.length == 0 || zone.length > ZONE_MAX)
		return false;
	for (size_t i = 0; i < zone.length; i++) {
		char byte = zone.bytes[i];
		bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
		if (!is_letter && !(byte >= '0' && byte <= '9') &&
		    str_find_byte(S("/_+-"), byte) == STR_NOT_FOUND)
			return false;
		units[i] = (UChar)byte;
	}
	return true;
}

bool zone_is_known(Str zone)
{
	UChar units[ZONE_MAX];
	UChar canonical[ZONE_MAX * 2];
	UBool is_system = false;
	UErrorCode status = U_ZERO_ERROR;
	if (str_equal(zone, S("UTC")))
		return true;
	/* ICU also knows old short names; its AST is in Alaska. Names of places alone are clear. */
	if (str_find_byte(zone, '/') == STR_NOT_FOUND || str_equal(zone, S("Etc/Unknown")) ||
	    !zone_units(zone, units))
		return false;
	ucal_getCanonicalTimeZoneID(units, (int32_t)zone.length, canonical, ZONE_MAX * 2, &is_system,
	                            &status);
	return U_SUCCESS(status) && is_system;
}

static Err calendar_open(Str zone, UCalendar **out)
{
	UChar units[ZONE_MAX];
	UErrorCode status = U_ZERO_ERROR;
	if (!zone_is_known(zone) || !zone_units(zone, units))
		return fail(ERR_INVALID, "there is no time zone %.*s; write one such as Asia/Baghdad",
		            STR(str_slice(zone, 0, ZONE_MAX)));
	UCalendar *calendar = ucal_open(units, (int32_t)zone.length, "en_GB", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "opening a time zone");
	*out = calendar;
	return OK;
}

Err zone_offset_ms(Str zone, Time time, int64_t *out)
{
	UCalendar *calendar = pool_take(&calendar_pool, zone);
	if (calendar == NULL)
		TRY(calendar_open(zone, &calendar));
	UErrorCode status = U_ZERO_ERROR;
	ucal_setMillis(calendar, (UDate)time, &status);
	int64_t offset_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
	offset_ms += ucal_get(calendar, UCAL_DST_OFFSET, &status);
	if (!pool_give(&calendar_pool, zone, calendar))
		ucal_close(calendar);
	if (U_FAILURE(status))
		return icu_fail(status, "looking up a time zone's offset");
	*out = offset_ms / MINUTE_MS * MINUTE_MS;
	return OK;
}
