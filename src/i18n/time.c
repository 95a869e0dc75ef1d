#include "i18n/i18n_private.h"

#include "base/buf.h"

static const char *const weekday_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* --- Out --- */

/* The zone's own date and time of day. */
static Err local_of(Str zone, Time time, struct civil_time *out, int64_t *offset_ms)
{
	struct civil_time utc;
	TRY(civil_from_ms(time, &utc)); /* before ICU sees it */
	TRY(zone_offset_ms(zone, time, offset_ms));
	return civil_from_ms(time + *offset_ms, out);
}

Err time_format(Str zone, Time time, struct arena *mem, Str *out)
{
	struct civil_time local;
	int64_t offset_ms;
	TRY(local_of(zone, time, &local, &offset_ms));
	int minutes = (int)(offset_ms / MINUTE_MS);
	int distance = minutes < 0 ? -minutes : minutes;
	return arena_format(mem, out, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", local.date.year,
	                    local.date.month, local.date.day, local.hour, local.minute, local.second,
	                    minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

Err time_civil(Str zone, Time time, struct civil_date *out)
{
	struct civil_time local;
	int64_t offset_ms;
	TRY(local_of(zone, time, &local, &offset_ms));
	*out = local.date;
	return OK;
}

Err time_format_http(Time time, struct arena *mem, Str *out)
{
	struct civil_time utc;
	TRY(civil_from_ms(time, &utc));
	return arena_format(mem, out, "%s, %02d %s %04d %02d:%02d:%02d GMT",
	                    weekday_names[civil_weekday(&utc.date)], utc.date.day,
	                    month_names[utc.date.month - 1], utc.date.year, utc.hour, utc.minute,
	                    utc.second);
}

/* --- In --- */

/* Takes `digits` digits off the front. */
static bool take_number(Str *rest, size_t digits, int *out)
{
	uint64_t number;
	if (rest->length < digits || !str_parse_uint(str_slice(*rest, 0, digits), 9999, &number))
		return false;
	*out = (int)number;
	*rest = str_from(*rest, digits);
	return true;
}

static bool take_text(Str *rest, Str text)
{
	if (!str_starts_with(*rest, text))
		return false;
	*rest = str_from(*rest, text.length);
	return true;
}

static bool take_date(Str *rest, struct civil_date *out)
{
	return take_number(rest, 4, &out->year) && take_text(rest, S("-")) &&
	       take_number(rest, 2, &out->month) && take_text(rest, S("-")) &&
	       take_number(rest, 2, &out->day);
}

static bool take_clock(Str *rest, struct civil_time *out)
{
	out->second = 0;
	if (!take_number(rest, 2, &out->hour) || !take_text(rest, S(":")) ||
	    !take_number(rest, 2, &out->minute))
		return false;
	return !take_text(rest, S(":")) || take_number(rest, 2, &out->second);
}

/* What may follow the time of day: nothing, Z or +03:00. */
static bool take_offset(Str *rest, bool *is_there, int64_t *offset_ms)
{
	int hours = 0;
	int minutes = 0;
	*is_there = rest->length > 0;
	*offset_ms = 0;
	if (rest->length == 0 || take_text(rest, S("Z")))
		return true;
	bool is_west = str_starts_with(*rest, S("-"));
	if (!take_text(rest, S("+")) && !take_text(rest, S("-")))
		return false;
	if (!take_number(rest, 2, &hours) || !take_text(rest, S(":")) ||
	    !take_number(rest, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset_ms = (hours * HOUR_MS + minutes * MINUTE_MS) * (is_west ? -1 : 1);
	return true;
}

/* If this offset is the one that holds at the moment that it leads to. */
static Err offset_fits(Str zone, int64_t local_ms, int64_t offset_ms, bool *out)
{
	int64_t there;
	TRY(zone_offset_ms(zone, local_ms - offset_ms, &there));
	*out = there == offset_ms;
	return OK;
}

/* The moments that a local time can mean differ by the offsets before and after a change of clocks.
 * Where both fit, it comes twice, and the first is meant; where none does, it is skipped. */
static Err local_to_time(Str zone, int64_t local_ms, bool *is_there, Time *out)
{
	int64_t before;
	int64_t after;
	bool before_fits;
	bool after_fits;
	TRY(zone_offset_ms(zone, local_ms - DAY_MS, &before));
	TRY(zone_offset_ms(zone, local_ms + DAY_MS, &after));
	TRY(offset_fits(zone, local_ms, before, &before_fits));
	TRY(offset_fits(zone, local_ms, after, &after_fits));
	*is_there = before_fits || after_fits;
	/* The larger offset is the earlier moment. */
	if (before_fits && after_fits)
		*out = local_ms - (before > after ? before : after);
	else
		*out = local_ms - (before_fits ? before : after);
	return OK;
}

Err time_parse(Str zone, Str text, Time *out)
{
	struct civil_time civil;
	bool has_offset;
	int64_t offset_ms;
	Str rest = text;
	if (!take_date(&rest, &civil.date) || !(take_text(&rest, S("T")) || take_text(&rest, S(" "))) ||
	    !take_clock(&rest, &civil) || !take_offset(&rest, &has_offset, &offset_ms) ||
	    rest.length > 0)
		return fail(ERR_INVALID,
		            "write the time as 2021-07-23T14:39 or 2021-07-23 14:39:00, with Z "
		            "or an offset such as +03:00 behind it where it is not local");
	if (!civil_is_real(&civil))
		return fail(ERR_INVALID,
		            "there is no such time as %.*s; write a day of the years %d to %d and a time "
		            "from 00:00 to 23:59:59",
		            STR(text), YEAR_MIN, YEAR_MAX);
	int64_t local_ms = civil_to_ms(&civil);
	Time time = local_ms - offset_ms;
	bool is_there = true;
	if (!has_offset)
		TRY(local_to_time(zone, local_ms, &is_there, &time));
	if (!is_there)
		return fail(ERR_INVALID,
		            "%.*s does not exist in %.*s: the clocks are put forward over it; give a later "
		            "time, or an offset such as +03:00",
		            STR(text), STR(zone));
	TRY(civil_from_ms(time, &civil)); /* in UTC too it must be in those years */
	*out = time;
	return OK;
}

/* --- Days --- */

/* Where the clocks are put forward over midnight there is no 00:00: the day begins when they are,
 * which lies between what the offset after and the offset before make of 00:00. */
static Err clocks_put_forward(Str zone, int64_t local_ms, Time *out)
{
	int64_t before;
	int64_t after;
	TRY(zone_offset_ms(zone, local_ms - DAY_MS, &before));
	TRY(zone_offset_ms(zone, local_ms + DAY_MS, &after));
	Time old = local_ms - after; /* the old offset holds here */
	Time new = local_ms - before;
	while (new - old > 1) {
		int64_t offset_ms;
		Time middle = old + (new - old) / 2;
		TRY(zone_offset_ms(zone, middle, &offset_ms));
		*(offset_ms == after ? &new : &old) = middle;
	}
	*out = new;
	return OK;
}

Err time_day_start(Str zone, struct civil_date date, Time *out)
{
	struct civil_time midnight = {.date = date};
	bool is_there;
	Time time;
	if (!civil_is_real(&midnight))
		return fail(ERR_INVALID, "there is no day %04d-%02d-%02d", date.year, date.month, date.day);
	int64_t local_ms = civil_to_ms(&midnight);
	TRY(local_to_time(zone, local_ms, &is_there, &time));
	if (!is_there)
		TRY(clocks_put_forward(zone, local_ms, &time));
	*out = time;
	return OK;
}

bool civil_date_parse(Str text, struct civil_date *out)
{
	struct civil_time midnight = {0};
	if (!take_date(&text, &midnight.date) || text.length > 0 || !civil_is_real(&midnight))
		return false;
	*out = midnight.date;
	return true;
}

Err civil_date_add(struct civil_date date, int days, struct civil_date *out)
{
	struct civil_time civil = {.date = date};
	TRY(civil_from_ms(civil_to_ms(&civil) + days * DAY_MS, &civil));
	*out = civil.date;
	return OK;
}
