/* Pages that list stories: section, tag, byline, source. */
#include "pages/pages.h"
#include "site/listing.h"

#define PAGE_STORIES 20

/* ---- section, tag, byline, source ---- */

static const struct view_field listing_fields[] = {
    FIELD_OBJECT(struct listing_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_TEXT(struct listing_view, name,
               "What is listed: the name of the section, tag, writer or agency, or the day."),
    FIELD_URL(struct listing_view, url, "The first page of the listing."),
    FIELD_BOOL(struct listing_view, has_stories, "There are stories on this page."),
    FIELD_LIST(struct listing_view, stories, &teaser_view_view,
               "The stories of this page, the newest first."),
    FIELD_BOOL(struct listing_view, is_first_page, "This is the first page."),
    FIELD_BOOL(struct listing_view, has_pages, "There is another page."),
    FIELD_BOOL(struct listing_view, has_older, "There is a page with older stories."),
    FIELD_URL(struct listing_view, older_url, "The page with older stories."),
    FIELD_URL(struct listing_view, archive_url,
              "On a day's page, the archive by days; else empty."),
    FIELD_OBJECT(struct listing_view, earlier_day, struct page_link, &page_link_view,
                 "On a day's page, the day before it that has stories; may be absent."),
    FIELD_OBJECT(struct listing_view, later_day, struct page_link, &page_link_view,
                 "On a day's page, the day after it that has stories; may be absent."),
};
const struct view listing_view_view = VIEW(struct listing_view, listing_fields);

/* "?before=1627044000000-42": the page that follows the story published then, with that number. */
static Err place_read(struct web_request *request, struct web_response *response,
                      const struct listing_view *view, struct story_place *out)
{
	Str text;
	Str published;
	uint64_t time;
	uint64_t id;
	TRY(web_query(request, "before", &text));
	*out = (struct story_place){0};
	if (text.length == 0)
		return OK;
	bool is_before_1970 = text.bytes[0] == '-';
	text = str_from(text, is_before_1970);
	if (!str_next(&text, '-', &published) || !str_parse_uint(published, INT64_MAX, &time) ||
	    !str_parse_uint(text, INT64_MAX, &id) || id == 0)
		return page_past_end(response, view->url);
	*out = (struct story_place){is_before_1970 ? -(Time)time : (Time)time, (int64_t)id};
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
	TRY(place_read(request, response, view, &filter->before));
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, filter, request->mem, &stories, &count));
	view->page = page;
	page->share_title = view->name;
	view->is_first_page = filter->before.id == 0;
	if (count == 0 && !view->is_first_page)
		return page_past_end(response, view->url);
	if (count > PAGE_STORIES) {
		count = PAGE_STORIES;
		TRY(older_url_fill(request, &stories[count - 1], view));
	}
	view->has_stories = count > 0;
	page->leading_story = count > 0 ? stories[0].id : 0;
	view->has_pages = !view->is_first_page || view->has_older;
	TRY(teasers_fill(request, response, stories, count, filter->section_id == 0, &view->stories));
	TRY(web_title(request, view->name, &page->title));
	/* What is empty is not for search engines, nor named to them as another page's translation. */
	page->hidden_from_search = !view->is_first_page || !view->has_stories;
	if (!page->hidden_from_search)
		TRY(page_set_public(request, page, view->url));
	TRY(page_in_languages(request, page, filter));
	TRY(web_frame(request, response, page));
	return web_render(request, response, template_name, view);
}

static Err static_page_get(struct web_request *request, struct web_response *response, Str slug)
{
	struct db_connection *connection;
	const struct language **languages;
	size_t count;
	struct page_view page = {0};
	TRY(web_read(request, &connection));
	TRY(static_page_languages(connection, slug, request->mem, &languages, &count));
	TRY(page_in_these_languages(request, &page, languages, count));
	return static_page_answer(request, response, slug, &page);
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
		return static_page_get(request, response, slug);
	TRY(err);
	web_tag(response, TAG_SECTION(section.id));
	view.name = section.name;
	TRY(section_url(request, section.slug, &view.url));
	TRY(web_own_feeds(request, &page, view.name));
	struct story_filter filter = {.section_id = section.id};
	return listing_answer(request, response, &filter, &view, &page, "site/section");
}

/* Where a name or another spelling led here, the listing's own address is the one. */
static Err listing_redirect(struct web_request *request, struct web_response *response, Url url)
{
	TRY(web_query_keep(request, "before", &url));
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
		return listing_redirect(request, response, view.url);
	TRY(web_own_feeds(request, &page, view.name));
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
	if (!str_equal(byline.slug, request->parameters[0]))
		return listing_redirect(request, response, view.url);
	TRY(web_own_feeds(request, &page, view.name));
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
	TRY(source_find(connection, request->world->site, request->language, request->parameters[0],
	                request->mem, &source));
	web_tag(response, TAG_SOURCE(source.id));
	view.name = source.name;
	TRY(source_url(request, source.slug, &view.url));
	if (!str_equal(source.slug, request->parameters[0]))
		return listing_redirect(request, response, view.url);
	TRY(web_own_feeds(request, &page, view.name));
	struct story_filter filter = {.source_id = source.id};
	return listing_answer(request, response, &filter, &view, &page, "site/source");
}
