/* Dates in header fields, in the three forms that a recipient must know (RFC 9110 §5.6.7). */
#include "i18n/i18n_private.h"

#define FIFTY_YEARS 50

static bool number_at(Str text, size_t place, size_t digits, int *out)
{
	uint64_t number;
	Str part = str_slice(text, place, digits);
	if (part.length != digits || !str_parse_uint(part, 9999, &number))
		return false;
	*out = (int)number;
	return true;
}

static bool month_at(Str text, size_t place, int *out)
{
	static const Str months = {"JanFebMarAprMayJunJulAugSepOctNovDec", 36};
	Str name = str_slice(text, place, 3);
	for (int month = 1; month <= 12; month++) {
		if (!str_equal(name, str_slice(months, (size_t)(month - 1) * 3, 3)))
			continue;
		*out = month;
		return true;
	}
	return false;
}

/* "08:49:37" */
static bool clock_at(Str text, size_t place, struct civil_time *out)
{
	return number_at(text, place, 2, &out->hour) && number_at(text, place + 3, 2, &out->minute) &&
	       number_at(text, place + 6, 2, &out->second) && text.bytes[place + 2] == ':' &&
	       text.bytes[place + 5] == ':';
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool preferred_read(Str text, struct civil_time *out)
{
	return text.length == 29 && str_equal(str_slice(text, 3, 2), S(", ")) &&
	       number_at(text, 5, 2, &out->date.day) && month_at(text, 8, &out->date.month) &&
	       number_at(text, 12, 4, &out->date.year) && clock_at(text, 17, out) &&
	       str_ends_with(text, S(" GMT"));
}

/* "Sunday, 06-Nov-94 08:49:37 GMT": a year that seems more than 50 years ahead has passed. */
static bool old_read(Str text, Time now, struct civil_time *out)
{
	struct civil_time today;
	size_t comma = str_find(text, S(", "));
	Str rest = comma == STR_NOT_FOUND ? S("") : str_from(text, comma + 2);
	if (rest.length != 22 || !number_at(rest, 0, 2, &out->date.day) ||
	    !month_at(rest, 3, &out->date.month) || !number_at(rest, 7, 2, &out->date.year) ||
	    !clock_at(rest, 10, out) || !str_ends_with(rest, S(" GMT")) ||
	    civil_from_ms(now, &today) != OK)
		return false;
	out->date.year += today.date.year / 100 * 100;
	if (out->date.year > today.date.year + FIFTY_YEARS)
		out->date.year -= 100;
	return true;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool asctime_read(Str text, struct civil_time *out)
{
	if (text.length != 24)
		return false;
	bool one_digit = text.bytes[8] == ' ';
	return month_at(text, 4, &out->date.month) &&
	       number_at(text, one_digit ? 9 : 8, one_digit ? 1 : 2, &out->date.day) &&
	       clock_at(text, 11, out) && number_at(text, 20, 4, &out->date.year);
}

bool time_parse_http(Str text, Time now, Time *out)
{
	struct civil_time civil;
	if (!preferred_read(text, &civil) && !old_read(text, now, &civil) &&
	    !asctime_read(text, &civil))
		return false;
	if (!civil_is_real(&civil))
		return false;
	*out = civil_to_ms(&civil);
	return true;
}
