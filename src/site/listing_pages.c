/* Pages that list stories: home, section, tag, byline, source. */
#include "pages/pages.h"
#include "site/listing.h"

#define PAGE_STORIES 20
#define HOME_STORIES 16
#define HOME_SECOND 4
#define HOME_LATEST 6
/* From here on the second row is a full one; before, the column beside it needs its stories. */
#define HOME_FULL 9
#define HOME_BLOCKS 6
#define HOME_BLOCK_STORIES 3

/* ---- home ---- */

struct day_view {
	Str day_text;
	struct view_list stories;
};
static const struct view_field day_fields[] = {
    FIELD_TEXT(struct day_view, day_text),
    FIELD_LIST(struct day_view, stories, &teaser_view_view),
};
static const struct view day_view_view = VIEW(struct day_view, day_fields);

struct block_view {
	Str section_name;
	Url section_url;
	struct view_list stories;
};
static const struct view_field block_fields[] = {
    FIELD_TEXT(struct block_view, section_name),
    FIELD_URL(struct block_view, section_url),
    FIELD_LIST(struct block_view, stories, &teaser_view_view),
};
static const struct view block_view_view = VIEW(struct block_view, block_fields);

struct home_view {
	const struct page_view *page;
	bool has_stories;
	const struct teaser_view *lead;
	bool has_second, has_latest, has_blocks;
	struct view_list second, latest_days, blocks;
};
static const struct view_field home_fields[] = {
    FIELD_OBJECT(struct home_view, page, struct page_view, &page_view_view),
    FIELD_BOOL(struct home_view, has_stories),
    FIELD_OBJECT(struct home_view, lead, struct teaser_view, &teaser_view_view),
    FIELD_BOOL(struct home_view, has_second),
    FIELD_BOOL(struct home_view, has_latest),
    FIELD_BOOL(struct home_view, has_blocks),
    FIELD_LIST(struct home_view, second, &teaser_view_view),
    FIELD_LIST(struct home_view, latest_days, &day_view_view),
    FIELD_LIST(struct home_view, blocks, &block_view_view),
};
const struct view home_view_view = VIEW(struct home_view, home_fields);

/* The newest stories, a breaking one first: the newest of those. */
static void lead_to_front(const struct web_request *request, struct story *stories, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (!story_is_breaking(&stories[i], request->now))
			continue;
		if (story_is_breaking(&stories[0], request->now))
			return;
		struct story lead = stories[i];
		memmove(&stories[1], &stories[0], i * sizeof stories[0]);
		stories[0] = lead;
		return;
	}
}

static Err home_top_fill(struct web_request *request, struct web_response *response,
                         const struct story *stories, size_t count, struct home_view *out,
                         size_t *used)
{
	struct view_list top;
	/* Four or two stories fill their rows; three would leave a hole. */
	size_t second = count >= HOME_FULL ? HOME_SECOND : count > 2 ? 2 : count - 1;
	TRY(teasers_fill(request, response, stories, second + 1, true, &top));
	out->lead = top.items;
	out->second = (struct view_list){out->lead + 1, second};
	out->has_second = second > 0;
	*used = second + 1;
	return OK;
}

static bool same_day(struct civil_date a, struct civil_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The rest in the order of time, under the days of their publication. */
static Err home_latest_fill(struct web_request *request, struct web_response *response,
                            const struct story *stories, size_t count, struct home_view *out)
{
	struct day_view *days = ARENA_ARRAY(request->mem, struct day_view, count);
	struct civil_date day = {0};
	struct view_list teasers;
	size_t day_count = 0;
	Str zone = request->world->site->zone;
	if (days == NULL)
		return ERR_MEMORY;
	TRY(teasers_fill(request, response, stories, count, true, &teasers));
	for (size_t i = 0; i < count; i++) {
		struct civil_date date;
		TRY(time_civil(zone, stories[i].published, &date));
		if (day_count == 0 || !same_day(date, day)) {
			day = date;
			days[day_count].stories.items = (const struct teaser_view *)teasers.items + i;
			TRY(i18n_date(request->language, zone, stories[i].published, DATE_LONG_DAY,
			              request->mem, &days[day_count++].day_text));
		}
		days[day_count - 1].stories.count++;
	}
	out->latest_days = (struct view_list){days, day_count};
	out->has_latest = day_count > 0;
	return OK;
}

static bool is_shown(const struct story *shown, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (shown[i].id == id)
			return true;
	return false;
}

/* A section's newest stories that do not stand at the top already. */
static Err block_fill(struct web_request *request, struct web_response *response,
                      const struct section *section, const struct story *shown, size_t shown_count,
                      struct block_view *out)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	size_t kept = 0;
	struct story_filter filter = {
	    .language = request->language,
	    .section_id = section->id,
	    .status = STORY_PUBLISHED,
	    .limit = shown_count + HOME_BLOCK_STORIES,
	};
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	for (size_t i = 0; i < count && kept < HOME_BLOCK_STORIES; i++)
		if (!is_shown(shown, shown_count, stories[i].id))
			stories[kept++] = stories[i];
	out->section_name = section->name;
	TRY(section_url(request, section->slug, &out->section_url));
	return teasers_fill(request, response, stories, kept, false, &out->stories);
}

static Err home_blocks_fill(struct web_request *request, struct web_response *response,
                            const struct story *shown, size_t shown_count, struct home_view *out)
{
	struct db_connection *connection;
	struct section *sections;
	size_t count;
	size_t used = 0;
	TRY(web_read(request, &connection));
	TRY(section_list_used(connection, request->world->site, request->language, request->mem,
	                      &sections, &count));
	struct block_view *blocks = ARENA_ARRAY(request->mem, struct block_view, HOME_BLOCKS);
	if (blocks == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count && used < HOME_BLOCKS; i++) {
		TRY(block_fill(request, response, &sections[i], shown, shown_count, &blocks[used]));
		if (blocks[used].stories.count > 0)
			used++;
	}
	out->blocks = (struct view_list){blocks, used};
	out->has_blocks = used > 0;
	return OK;
}

static Err home_stories_fill(struct web_request *request, struct web_response *response,
                             struct home_view *out)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	size_t top = 0;
	struct story_filter filter = {
	    .language = request->language, .status = STORY_PUBLISHED, .limit = HOME_STORIES};
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	out->has_stories = count > 0;
	if (count == 0)
		return OK;
	lead_to_front(request, stories, count);
	TRY(home_top_fill(request, response, stories, count, out, &top));
	size_t latest = count - top > HOME_LATEST ? HOME_LATEST : count - top;
	TRY(home_latest_fill(request, response, stories + top, latest, out));
	return home_blocks_fill(request, response, stories, top, out);
}

Err home_get(struct web_request *request, struct web_response *response)
{
	struct page_view page = {.is_home = true};
	struct home_view view = {.page = &page};
	web_tag(response, TAG_HOME);
	TRY(web_frame(request, response, &page));
	page.title = page.site_name;
	page.share_title = page.site_name;
	TRY(page_set_public(request, &page, page.home_url));
	TRY(home_stories_fill(request, response, &view));
	return web_render(request, response, "site/home", &view);
}

/* ---- section, tag, byline, source ---- */

static const struct view_field listing_fields[] = {
    FIELD_OBJECT(struct listing_view, page, struct page_view, &page_view_view),
    FIELD_TEXT(struct listing_view, name),
    FIELD_URL(struct listing_view, url),
    FIELD_BOOL(struct listing_view, has_stories),
    FIELD_LIST(struct listing_view, stories, &teaser_view_view),
    FIELD_BOOL(struct listing_view, is_first_page),
    FIELD_BOOL(struct listing_view, has_pages),
    FIELD_BOOL(struct listing_view, has_older),
    FIELD_URL(struct listing_view, older_url),
    FIELD_BOOL(struct listing_view, has_days),
    FIELD_URL(struct listing_view, archive_url),
    FIELD_OBJECT(struct listing_view, earlier_day, struct page_link, &page_link_view),
    FIELD_OBJECT(struct listing_view, later_day, struct page_link, &page_link_view),
};
const struct view listing_view_view = VIEW(struct listing_view, listing_fields);

/* "?before=1627044000000-42": the page that follows the story published then, with that number. */
static Err place_read(struct web_request *request, struct story_place *out)
{
	Str text;
	Str published;
	uint64_t time;
	uint64_t id;
	TRY(web_query(request, "before", &text));
	*out = (struct story_place){0};
	if (text.length == 0)
		return OK;
	if (!str_next(&text, '-', &published) || !str_parse_uint(published, INT64_MAX, &time) ||
	    !str_parse_uint(text, INT64_MAX, &id) || id == 0)
		return fail(ERR_NOT_FOUND, "the address has a place that is none");
	*out = (struct story_place){(Time)time, (int64_t)id};
	return OK;
}

static Err older_url_fill(struct web_request *request, const struct story *last,
                          struct listing_view *out)
{
	Str place;
	TRY(arena_format(request->mem, &place, "%lld-%lld", (long long)last->published,
	                 (long long)last->id));
	out->has_older = true;
	return url_with_query(out->url, S("before"), place, request->mem, &out->older_url);
}

Err listing_answer(struct web_request *request, struct web_response *response,
                   struct story_filter *filter, struct listing_view *view, struct page_view *page,
                   const char *template_name)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	filter->language = request->language;
	filter->status = STORY_PUBLISHED;
	filter->limit = PAGE_STORIES + 1;
	TRY(place_read(request, &filter->before));
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, filter, request->mem, &stories, &count));
	view->page = page;
	page->share_title = view->name;
	view->is_first_page = filter->before.id == 0;
	response->is_past_end = count == 0 && !view->is_first_page;
	if (response->is_past_end)
		return fail(ERR_NOT_FOUND, "there is nothing older");
	if (count > PAGE_STORIES) {
		count = PAGE_STORIES;
		TRY(older_url_fill(request, &stories[count - 1], view));
	}
	view->has_stories = count > 0;
	view->has_pages = !view->is_first_page || view->has_older;
	TRY(teasers_fill(request, response, stories, count, filter->section_id == 0, &view->stories));
	TRY(web_title(request, view->name, &page->title));
	page->hidden_from_search = !view->is_first_page;
	if (view->is_first_page)
		TRY(page_set_public(request, page, view->url));
	TRY(web_frame(request, response, page));
	return web_render(request, response, template_name, view);
}

/* The first part of an address is a section's, or a standing page's. */
Err section_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct section section;
	struct page_view page = {0};
	struct listing_view view = {0};
	Str slug = request->parameters[0];
	TRY(web_read(request, &connection));
	Err err = section_find(connection, request->world->site, request->language, slug, request->mem,
	                       &section);
	if (err == ERR_NOT_FOUND)
		return static_page_answer(request, response, slug);
	TRY(err);
	web_tag(response, TAG_SECTION(section.id));
	view.name = section.name;
	TRY(section_url(request, section.slug, &view.url));
	struct story_filter filter = {.section_id = section.id};
	return listing_answer(request, response, &filter, &view, &page, "site/section");
}

/* Where a name or an alias led here, the tag's own address is the one. */
static Err tag_redirect(struct web_request *request, struct web_response *response, Url url)
{
	Str before;
	TRY(web_query(request, "before", &before));
	if (before.length > 0)
		TRY(url_with_query(url, S("before"), before, request->mem, &url));
	return web_redirect(response, 301, url);
}

Err tag_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct tag tag;
	struct page_view page = {0};
	struct listing_view view = {0};
	TRY(web_read(request, &connection));
	TRY(tag_find(connection, request->world->site, request->language, request->parameters[0],
	             request->mem, &tag));
	web_tag(response, TAG_TAG(tag.id));
	view.name = tag.name;
	TRY(tag_url(request, tag.slug, &view.url));
	if (!str_equal(tag.slug, request->parameters[0]))
		return tag_redirect(request, response, view.url);
	struct story_filter filter = {.tag_id = tag.id};
	return listing_answer(request, response, &filter, &view, &page, "site/tag");
}

Err byline_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct byline byline;
	struct page_view page = {0};
	struct listing_view view = {0};
	TRY(web_read(request, &connection));
	TRY(byline_find(connection, request->world->site, request->language, request->parameters[0],
	                request->mem, &byline));
	web_tag(response, TAG_BYLINE(byline.id));
	view.name = byline.name;
	TRY(byline_url(request, byline.slug, &view.url));
	struct story_filter filter = {.byline_id = byline.id};
	return listing_answer(request, response, &filter, &view, &page, "site/byline");
}

Err source_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct source source;
	struct page_view page = {0};
	struct listing_view view = {0};
	TRY(web_read(request, &connection));
	TRY(source_find(connection, request->parameters[0], request->mem, &source));
	web_tag(response, TAG_SOURCE(source.id));
	view.name = source.name;
	TRY(source_url(request, source.slug, &view.url));
	struct story_filter filter = {.source_id = source.id};
	return listing_answer(request, response, &filter, &view, &page, "site/source");
}
