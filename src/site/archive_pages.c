/* The archive by days, in the site's own time zone. */
#include "site/listing.h"

#define ARCHIVE_DAYS 14
#define MONTH_DAYS 31

static Err archive_url(const struct web_request *request, Url *out)
{
	const Str segments[] = {S("archive")};
	return web_path(request, request->language, segments, 1, out);
}

static Err day_url(const struct web_request *request, struct civil_date date, Url *out)
{
	Str segments[3];
	TRY(arena_format(request->mem, &segments[0], "%04d", date.year));
	TRY(arena_format(request->mem, &segments[1], "%02d", date.month));
	TRY(arena_format(request->mem, &segments[2], "%02d", date.day));
	return web_path(request, request->language, segments, 3, out);
}

/* From the day's first moment to the next one's. */
static Err day_span(const struct web_request *request, struct civil_date date, Time *from,
                    Time *until)
{
	struct civil_date next;
	Str zone = request->world->site->zone;
	TRY(time_day_start(zone, date, from));
	TRY(civil_date_add(date, 1, &next));
	return time_day_start(zone, next, until);
}

/* The day of a publication as a link. */
static Err day_link_fill(const struct web_request *request, Time published, enum date_style style,
                         struct page_link *out)
{
	struct civil_date date;
	Str zone = request->world->site->zone;
	TRY(time_civil(zone, published, &date));
	TRY(i18n_date(request->language, zone, published, style, request->mem, &out->name));
	return day_url(request, date, &out->url);
}

/* NULL where there is none. */
static Err day_link(const struct web_request *request, Time published, const struct page_link **out)
{
	*out = NULL;
	if (published == STORY_NONE_BEFORE || published == STORY_NONE_AFTER)
		return OK;
	struct page_link *link = ARENA_NEW(request->mem, struct page_link);
	if (link == NULL)
		return ERR_MEMORY;
	TRY(day_link_fill(request, published, DATE_DAY, link));
	*out = link;
	return OK;
}

/* ---- one day ---- */

/* Just as day_url writes it: 2021/07/23. */
static bool date_read(const struct web_request *request, struct civil_date *out)
{
	Str text;
	return arena_format(request->mem, &text, "%.*s-%.*s-%.*s", STR(request->parameters[0]),
	                    STR(request->parameters[1]), STR(request->parameters[2])) == OK &&
	       civil_date_parse(text, out);
}

Err day_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct civil_date date;
	struct page_view page = {0};
	struct listing_view view = {0};
	struct story_filter filter = {.has_from = true, .has_until = true};
	Time earlier;
	Time later;
	if (!date_read(request, &date) || day_span(request, date, &filter.from, &filter.until) != OK)
		return fail(ERR_NOT_FOUND, "there is no such day");
	if (filter.from > request->now)
		return fail(ERR_NOT_FOUND, "that day has not come yet");
	web_tag(response, TAG_HOME);
	TRY(web_read(request, &connection));
	TRY(i18n_date(request->language, request->world->site->zone, filter.from, DATE_LONG_DAY,
	              request->mem, &view.name));
	TRY(day_url(request, date, &view.url));
	TRY(archive_url(request, &view.archive_url));
	TRY(story_days_around(connection, request->language, filter.from, filter.until, &earlier,
	                      &later));
	TRY(day_link(request, earlier, &view.earlier_day));
	TRY(day_link(request, later, &view.later_day));
	return listing_answer(request, response, &filter, &view, &page, "site/day");
}

/* ---- the way to a day ---- */

struct archive_view {
	const struct page_view *page;
	Url url;   /* of the archive */
	Str month; /* empty: the newest days, whatever their month */
	Str day, problem;
	bool has_days;
	struct view_list days; /* of struct page_link: those that have stories, the newest first */
};
static const struct view_field archive_fields[] = {
    FIELD_OBJECT(struct archive_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_URL(struct archive_view, url, "Where the form is sent, with the day as day."),
    FIELD_TEXT(struct archive_view, month,
               "The month whose days are listed; empty when they are the newest."),
    FIELD_TEXT(struct archive_view, day, "The day to begin the form with; empty."),
    FIELD_TEXT(struct archive_view, problem,
               "Why there is no such day; empty when nothing is wrong."),
    FIELD_BOOL(struct archive_view, has_days, "There are days with stories."),
    FIELD_LIST(struct archive_view, days, &page_link_view, "Days with stories, the newest first."),
};
const struct view archive_view_view = VIEW(struct archive_view, archive_fields);

/* At most `most` days, those from `from` on and before `until`. */
static Err days_fill(struct web_request *request, Time from, Time until, size_t most,
                     struct archive_view *out)
{
	struct db_connection *connection;
	size_t count = 0;
	Str zone = request->world->site->zone;
	struct page_link *days = ARENA_ARRAY(request->mem, struct page_link, most);
	if (days == NULL)
		return ERR_MEMORY;
	TRY(web_read(request, &connection));
	for (; count < most; count++) {
		struct civil_date date;
		Time before;
		Time after;
		TRY(story_days_around(connection, request->language, until, INT64_MAX, &before, &after));
		if (before == STORY_NONE_BEFORE || before < from)
			break;
		TRY(day_link_fill(request, before, DATE_LONG_DAY, &days[count]));
		TRY(time_civil(zone, before, &date));
		TRY(time_day_start(zone, date, &until));
	}
	out->days = (struct view_list){days, count};
	out->has_days = count > 0;
	return OK;
}

/* `filter` is NULL where the page is there in every language, whatever its stories. */
static Err archive_answer(struct web_request *request, struct web_response *response, Str name,
                          const struct story_filter *filter, struct page_view *page,
                          const struct archive_view *view)
{
	page->share_title = name;
	TRY(web_title(request, name, &page->title));
	TRY(page_in_languages(request, page, filter));
	TRY(web_frame(request, response, page));
	return web_render(request, response, "site/archive", view);
}

Err archive_get(struct web_request *request, struct web_response *response)
{
	struct page_view page = {0};
	struct archive_view view = {.page = &page};
	struct civil_date date;
	Time from;
	Time until;
	web_tag(response, TAG_HOME);
	TRY(web_query(request, "day", &view.day));
	if (view.day.length > 0) {
		Url url;
		if (civil_date_parse(view.day, &date) && day_span(request, date, &from, &until) == OK) {
			TRY(day_url(request, date, &url));
			return web_redirect(response, 303, url);
		}
		view.problem = i18n_text(request->language,
		                         N_("There is no such day. Write it as year-month-day, such as "
		                            "2021-07-23."));
		view.day = S(""); /* a date field holds dates alone */
	}
	TRY(archive_url(request, &view.url));
	TRY(days_fill(request, INT64_MIN, INT64_MAX, ARCHIVE_DAYS, &view));
	page.hidden_from_search = view.problem.length > 0;
	if (!page.hidden_from_search)
		TRY(page_set_public(request, &page, view.url));
	return archive_answer(request, response, i18n_text(request->language, N_("Archive")), NULL,
	                      &page, &view);
}

/* ---- one month ---- */

/* From its first moment to the next one's. */
static Err month_span(const struct web_request *request, Time *from, Time *until)
{
	Str text;
	struct civil_date first;
	struct civil_date next;
	Str zone = request->world->site->zone;
	TRY(arena_format(request->mem, &text, "%.*s-%.*s-01", STR(request->parameters[0]),
	                 STR(request->parameters[1])));
	if (!civil_date_parse(text, &first))
		return fail(ERR_NOT_FOUND, "there is no such month");
	TRY(civil_date_add(first, MONTH_DAYS, &next));
	next.day = 1;
	TRY(time_day_start(zone, first, from));
	return time_day_start(zone, next, until);
}

Err month_get(struct web_request *request, struct web_response *response)
{
	struct page_view page = {0};
	struct archive_view view = {.page = &page};
	struct story_filter filter = {.has_from = true, .has_until = true};
	Url url;
	if (month_span(request, &filter.from, &filter.until) != OK)
		return fail(ERR_NOT_FOUND, "there is no such month");
	web_tag(response, TAG_HOME);
	TRY(archive_url(request, &view.url));
	TRY(days_fill(request, filter.from, filter.until, MONTH_DAYS, &view));
	if (!view.has_days)
		return fail(ERR_NOT_FOUND, "no story was published in that month");
	TRY(i18n_date(request->language, request->world->site->zone, filter.from, DATE_MONTH,
	              request->mem, &view.month));
	TRY(web_url_of_path(request->path, request->mem, &url));
	TRY(page_set_public(request, &page, url));
	return archive_answer(request, response, view.month, &filter, &page, &view);
}
