/* Everything that the newsroom has corrected, clarified and brought up to date. */
#include "site/views.h"

#define PAGE_CORRECTIONS 30

struct correction_row_view {
	Url url; /* the place under the story where it stands */
	Str headline, lang, dir;
	const struct correction_view *correction;
};
static const struct view_field row_fields[] = {
    FIELD_URL(struct correction_row_view, url, "The note's place under its story."),
    FIELD_TEXT(struct correction_row_view, headline, "The story's headline."),
    FIELD_TEXT(struct correction_row_view, lang, "The story's language code, for lang."),
    FIELD_TEXT(struct correction_row_view, dir, "Its language's direction, for dir."),
    FIELD_OBJECT(struct correction_row_view, correction, struct correction_view,
                 &correction_view_view, "The note itself."),
};
static const struct view row_view = VIEW(struct correction_row_view, row_fields);

struct corrections_view {
	const struct page_view *page;
	bool has_corrections;
	struct view_list corrections; /* of struct correction_row_view */
	bool is_first_page, has_pages, has_older;
	Url url, older_url;
};
static const struct view_field corrections_fields[] = {
    FIELD_OBJECT(struct corrections_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_BOOL(struct corrections_view, has_corrections, "There are corrections on this page."),
    FIELD_LIST(struct corrections_view, corrections, &row_view,
               "The corrections of this page, the newest first."),
    FIELD_BOOL(struct corrections_view, is_first_page, "This is the first page of them."),
    FIELD_BOOL(struct corrections_view, has_pages, "There is another page."),
    FIELD_BOOL(struct corrections_view, has_older, "There is a page with older ones."),
    FIELD_URL(struct corrections_view, url, "The first page."),
    FIELD_URL(struct corrections_view, older_url, "The page with older ones."),
};
const struct view corrections_view_view = VIEW(struct corrections_view, corrections_fields);

static Err row_fill(const struct web_request *request, const struct correction_listed *listed,
                    struct correction_row_view *out)
{
	const struct story *story = &listed->story;
	struct correction_view *correction = ARENA_NEW(request->mem, struct correction_view);
	if (correction == NULL)
		return ERR_MEMORY;
	out->headline = story->headline;
	out->lang = story->language->code;
	out->dir = story->language->direction;
	out->correction = correction;
	TRY(correction_fill(request, request->language, &listed->correction, correction));
	TRY(web_url_of_path(story->path, request->mem, &out->url));
	return url_with_fragment(out->url, S("corrections"), request->mem, &out->url);
}

/* "?before=12": what is older than correction 12. */
static Err before_read(struct web_request *request, struct web_response *response, Url first_page,
                       int64_t *out)
{
	Str text;
	uint64_t id = 0;
	TRY(web_query(request, "before", &text));
	if (text.length > 0 && (!str_parse_uint(text, INT64_MAX, &id) || id == 0))
		return page_past_end(response, first_page);
	*out = (int64_t)id;
	return OK;
}

static Err rows_fill(struct web_request *request, struct web_response *response, int64_t before,
                     struct corrections_view *out)
{
	struct db_connection *connection;
	struct correction_listed *listed;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(correction_list(connection, request->world->site, request->language, before,
	                    PAGE_CORRECTIONS + 1, request->mem, &listed, &count));
	if (count == 0 && before != 0)
		return page_past_end(response, out->url);
	if (count > PAGE_CORRECTIONS) {
		Str place;
		count = PAGE_CORRECTIONS;
		out->has_older = true;
		TRY(arena_format(request->mem, &place, "%lld", (long long)listed[count - 1].correction.id));
		TRY(url_with_query(out->url, S("before"), place, request->mem, &out->older_url));
	}
	struct correction_row_view *rows = ARENA_ARRAY(request->mem, struct correction_row_view, count);
	if (rows == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(row_fill(request, &listed[i], &rows[i]));
	out->corrections = (struct view_list){rows, count};
	out->has_corrections = count > 0;
	return OK;
}

Err corrections_get(struct web_request *request, struct web_response *response)
{
	const Str segments[] = {S("corrections")};
	struct page_view page = {0};
	struct corrections_view view = {.page = &page};
	int64_t before = 0;
	web_tag(response, TAG_CORRECTIONS);
	TRY(web_path(request, request->language, segments, 1, &view.url));
	TRY(before_read(request, response, view.url, &before));
	TRY(rows_fill(request, response, before, &view));
	view.is_first_page = before == 0;
	view.has_pages = !view.is_first_page || view.has_older;
	page.share_title = i18n_text(request->language, N_("Corrections"));
	page.description =
	    i18n_text(request->language,
	              N_("What this newsroom has corrected, clarified and brought up to date."));
	page.hidden_from_search = !view.is_first_page;
	TRY(web_title(request, page.share_title, &page.title));
	if (view.is_first_page)
		TRY(page_set_public(request, &page, view.url));
	TRY(page_in_languages(request, &page, NULL));
	TRY(web_own_feeds(request, &page, page.share_title));
	TRY(web_frame(request, response, &page));
	return web_render(request, response, "site/corrections", &view);
}
