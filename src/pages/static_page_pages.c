#include "pages/pages.h"

#define DESCRIPTION_MAX 180 /* characters */

struct static_page_view {
	const struct page_view *page;
	Str title;
	Html body;
	Str updated_at_iso, updated_at_text;
};
static const struct view_field static_page_fields[] = {
    FIELD_OBJECT(struct static_page_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_TEXT(struct static_page_view, title, "What it is called."),
    FIELD_HTML(struct static_page_view, body, "Its text."),
    FIELD_TEXT(struct static_page_view, updated_at_iso, "When it was last changed, for datetime."),
    FIELD_TEXT(struct static_page_view, updated_at_text, "When it was last changed, in words."),
};
static const struct view static_page_view_view = VIEW(struct static_page_view, static_page_fields);

Err static_page_answer(struct web_request *request, struct web_response *response, Str slug,
                       struct page_view *page)
{
	struct db_connection *connection;
	struct static_page found;
	struct static_page_view view = {.page = page};
	Str zone = request->world->site->zone;
	TRY(web_read(request, &connection));
	TRY(static_page_find(connection, request->language, slug, request->mem, &found));
	view.title = found.title;
	view.body = found.body;
	TRY(time_format(zone, found.updated, request->mem, &view.updated_at_iso));
	TRY(i18n_date(request->language, zone, found.updated, DATE_DAY, request->mem,
	              &view.updated_at_text));
	page->share_title = found.title;
	page->is_public = true;
	TRY(web_title(request, found.title, &page->title));
	TRY(html_first_paragraph(found.body, DESCRIPTION_MAX, request->mem, &page->description));
	TRY(web_path(request, request->language, &found.slug, 1, &page->canonical_url));
	TRY(web_absolute(request, page->canonical_url, &page->canonical_url));
	TRY(web_frame(request, response, page));
	return web_render(request, response, "pages/static_page", &view);
}

Err static_page_links(struct web_request *request, struct view_list *out)
{
	struct db_connection *connection;
	struct static_page *pages;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(static_page_list(connection, request->language, request->mem, &pages, &count));
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		links[i].name = pages[i].title;
		TRY(web_path(request, request->language, &pages[i].slug, 1, &links[i].url));
	}
	*out = (struct view_list){links, count};
	return OK;
}

static const struct template_binding bindings[] = {{"pages/static_page", &static_page_view_view}};
const struct template_bindings pages_bindings = {bindings, sizeof bindings / sizeof bindings[0]};
