/* What stands on every page and comes from the stories: sections, languages, the breaking bar. */
#include "site/views.h"

#define BREAKING_SHOWN_MAX 3

/* The section that a path is in: its first segment after the language's prefix. */
static Str section_of_path(const struct web_request *request)
{
	Str rest = request->path;
	Str segment;
	bool prefixed = request->language != request->world->site->language;
	while (str_next(&rest, '/', &segment)) {
		if (segment.length == 0)
			continue;
		if (prefixed && str_equal(segment, request->language->code)) {
			prefixed = false;
			continue;
		}
		return segment;
	}
	return S("");
}

static Err nav_fill(struct web_request *request, struct db_connection *connection,
                    struct page_view *page)
{
	struct section *sections;
	size_t count;
	Str here = section_of_path(request);
	TRY(section_list_used(connection, request->world->site, request->language, request->mem,
	                      &sections, &count));
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		links[i].name = sections[i].name;
		links[i].is_current = str_equal(sections[i].slug, here);
		TRY(section_url(request, sections[i].slug, &links[i].url));
	}
	page->nav = (struct view_list){links, count};
	page->has_nav = count > 0;
	return OK;
}

static Err languages_fill(struct web_request *request, struct db_connection *connection,
                          struct page_view *page)
{
	const struct language **languages;
	size_t count;
	size_t used = 0;
	TRY(language_list_used(connection, request->mem, &languages, &count));
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		if (languages[i] == request->language)
			continue;
		links[used].name = languages[i]->name;
		links[used].lang = languages[i]->code;
		links[used].dir = languages[i]->direction;
		TRY(web_path(request, languages[i], NULL, 0, &links[used++].url));
	}
	page->other_languages = (struct view_list){links, used};
	page->has_other_languages = used > 0;
	return OK;
}

static Err breaking_fill(struct web_request *request, struct db_connection *connection,
                         struct page_view *page, Time *expires)
{
	struct story *stories;
	size_t count;
	TRY(story_list_breaking(connection, request->world->site, request->language, request->now,
	                        request->mem, &stories, &count));
	struct page_breaking *items = ARENA_ARRAY(request->mem, struct page_breaking, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		items[i].headline = stories[i].headline;
		items[i].lang = stories[i].language->code;
		items[i].dir = stories[i].language->direction;
		TRY(web_url_of_path(stories[i].path, request->mem, &items[i].url));
		if (stories[i].breaking_until < *expires)
			*expires = stories[i].breaking_until;
	}
	if (count > BREAKING_SHOWN_MAX)
		count = BREAKING_SHOWN_MAX;
	page->breaking = (struct view_list){items, count};
	page->has_breaking = count > 0;
	return OK;
}

Err site_fill_frame(struct web_request *request, struct page_view *page, Time *expires)
{
	struct db_connection *connection;
	TRY(web_read(request, &connection));
	TRY(nav_fill(request, connection, page));
	TRY(languages_fill(request, connection, page));
	return breaking_fill(request, connection, page, expires);
}
