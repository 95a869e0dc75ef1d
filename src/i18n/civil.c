#include "i18n/i18n_private.h"

/* Days are counted from 1970-01-01 in eras of 400 years that begin on 1 March, so that the leap day
 * is the last of its year (after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
#define ERA_DAYS 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t days_from_date(const struct civil_date *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t era = divide_down(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((date->month + 9) % 12) + 2) / 5 + date->day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * ERA_DAYS + day_of_era - DAYS_TO_1970;
}

static void date_from_days(int64_t days, struct civil_date *out)
{
	days += DAYS_TO_1970;
	int64_t era = divide_down(days, ERA_DAYS);
	int64_t day_of_era = days - era * ERA_DAYS;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	out->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year_of_era + era * 400 + (out->month <= 2));
}

int64_t civil_to_ms(const struct civil_time *civil)
{
	return days_from_date(&civil->date) * DAY_MS + civil->hour * HOUR_MS +
	       civil->minute * MINUTE_MS + civil->second * SECOND_MS;
}

Err civil_from_ms(int64_t ms, struct civil_time *out)
{
	static const struct civil_time first = {.date = {YEAR_MIN, 1, 1}};
	static const struct civil_time end = {.date = {YEAR_MAX + 1, 1, 1}};
	if (ms < civil_to_ms(&first) || ms >= civil_to_ms(&end))
		return fail(ERR_INVALID, "this time is outside the years %d to %d", YEAR_MIN, YEAR_MAX);
	int64_t days = divide_down(ms, DAY_MS);
	int64_t seconds = (ms - days * DAY_MS) / SECOND_MS;
	date_from_days(days, &out->date);
	out->hour = (int)(seconds / 3600);
	out->minute = (int)(seconds / 60 % 60);
	out->second = (int)(seconds % 60);
	return OK;
}

bool civil_is_real(const struct civil_time *civil)
{
	const struct civil_date *date = &civil->date;
	if (date->year < YEAR_MIN || date->year > YEAR_MAX || date->month < 1 || date->month > 12 ||
	    date->day < 1 || date->day > 31)
		return false;
	if (civil->hour < 0 || civil->hour > 23 || civil->minute < 0 || civil->minute > 59 ||
	    civil->second < 0 || civil->second > 59)
		return false;
	/* A day that its month does not have comes back as one of the next. */
	struct civil_date same;
	date_from_days(days_from_date(date), &same);
	return same.day == date->day;
}

int civil_weekday(const struct civil_date *date)
{
	int64_t days = days_from_date(date) + 4; /* 1970-01-01 was a Thursday */
	return (int)(days - divide_down(days, 7) * 7);
}
