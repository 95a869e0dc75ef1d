/* What stands on every page and comes from the stories: sections, languages, the breaking bar. */
#include "pages/pages.h"
#include "site/views.h"

/* The page's address without its language's prefix, "/politics" of "/ar/politics": the same in
 * every language. (A reply's page speaks its story's language and has no prefix.) */
static Str path_in_any_language(const struct web_request *request)
{
	Str code = request->language->code;
	Str rest = str_from(request->path, 1);
	if (request->language == request->world->site->language || !str_starts_with(rest, code))
		return request->path;
	rest = str_from(rest, code.length);
	return rest.length == 0 || rest.bytes[0] == '/' ? rest : request->path;
}

/* The section that the page is in: the first part of its address. `is_whole`: there is no more to
 * it than that. */
static Str section_of_path(const struct web_request *request, bool *is_whole)
{
	Str path = str_from(path_in_any_language(request), 1);
	size_t end = str_find_byte(path, '/');
	*is_whole = end == STR_NOT_FOUND;
	return str_slice(path, 0, end);
}

/* ---- the same page in other languages ---- */

/* `items` has room for one a language, and for "x-default". */
static Err alternate_add(struct web_request *request, const struct language *language, Url path,
                         struct page_alternate *items, size_t *count)
{
	struct page_alternate *out = &items[(*count)++];
	*out = (struct page_alternate){
	    .language = language, .path = path, .lang = language->code, .name = language->name};
	if (language != request->language)
		out->locale = str_from_c(language->locale);
	return web_absolute(request, path, &out->url);
}

static const struct page_alternate *alternate_find(const struct page_alternate *items, size_t count,
                                                   const struct language *language)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].language == language)
			return &items[i];
	return NULL;
}

/* The page itself has its place among the others, and who reads none of the languages gets the
 * site's own. */
static void alternates_take(const struct web_request *request, struct page_alternate *items,
                            size_t count, struct page_view *page)
{
	if (count < 2 || alternate_find(items, count, request->language) == NULL)
		return;
	const struct page_alternate *site =
	    alternate_find(items, count, request->world->site->language);
	if (site != NULL)
		items[count++] = (struct page_alternate){
		    .url = site->url, .path = site->path, .lang = S("x-default"), .name = site->name};
	page->alternates = (struct view_list){items, count};
	page->has_alternates = true;
}

static Err path_in(struct web_request *request, const struct language *language, Url *out)
{
	Str path;
	Str rest = path_in_any_language(request);
	if (language == request->world->site->language)
		return web_url_of_path(rest, request->mem, out);
	TRY(arena_format(request->mem, &path, "/%.*s%.*s", STR(language->code), STR(rest)));
	return web_url_of_path(path, request->mem, out);
}

static Err has_stories(struct db_connection *connection, struct web_request *request,
                       const struct language *language, const struct story_filter *filter,
                       bool *out)
{
	struct story *stories;
	size_t count;
	struct story_filter one = *filter;
	one.language = language;
	one.status = STORY_PUBLISHED;
	one.before = (struct story_place){0};
	one.limit = 1;
	TRY(story_list(connection, request->world->site, &one, request->mem, &stories, &count));
	*out = count > 0;
	return OK;
}

Err page_in_these_languages(struct web_request *request, struct page_view *page,
                            const struct language *const *languages, size_t count)
{
	size_t used = 0;
	struct page_alternate *items = ARENA_ARRAY(request->mem, struct page_alternate, count + 1);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		Url path;
		TRY(path_in(request, languages[i], &path));
		TRY(alternate_add(request, languages[i], path, items, &used));
	}
	alternates_take(request, items, used, page);
	return OK;
}

Err page_in_languages(struct web_request *request, struct page_view *page,
                      const struct story_filter *filter)
{
	struct db_connection *connection;
	const struct language **languages;
	size_t count;
	size_t kept = 0;
	TRY(web_read(request, &connection));
	TRY(language_list_used(connection, request->mem, &languages, &count));
	for (size_t i = 0; i < count; i++) {
		bool is_there = languages[i] == request->language || filter == NULL;
		if (!is_there)
			TRY(has_stories(connection, request, languages[i], filter, &is_there));
		if (is_there)
			languages[kept++] = languages[i];
	}
	return page_in_these_languages(request, page, languages, kept);
}

Err page_in_translations(struct web_request *request, struct page_view *page,
                         const struct story *story, const struct story *translations, size_t count)
{
	size_t used = 0;
	size_t place = 0;
	struct page_alternate *items = ARENA_ARRAY(request->mem, struct page_alternate, count + 2);
	if (items == NULL)
		return ERR_MEMORY;
	/* They come in the order of their codes; this one takes its place among them. */
	while (place < count &&
	       str_compare(translations[place].language->code, story->language->code) < 0)
		place++;
	for (size_t i = 0; i <= count; i++) {
		const struct story *shown = i == place ? story : &translations[i - (i > place)];
		Url path;
		TRY(web_url_of_path(shown->path, request->mem, &path));
		TRY(alternate_add(request, shown->language, path, items, &used));
	}
	alternates_take(request, items, used, page);
	return OK;
}

/* ---- what stands on every page ---- */

static Err nav_fill(struct web_request *request, struct db_connection *connection,
                    struct page_view *page)
{
	struct section *sections;
	size_t count;
	bool is_section;
	Str here = section_of_path(request, &is_section);
	TRY(section_list_used(connection, request->world->site, request->language, request->mem,
	                      &sections, &count));
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		links[i].name = sections[i].name;
		links[i].is_around = str_equal(sections[i].slug, here);
		links[i].is_current = links[i].is_around && is_section;
		TRY(section_url(request, sections[i].slug, &links[i].url));
	}
	page->nav = (struct view_list){links, count};
	page->has_nav = count > 0;
	return OK;
}

/* Where the switch leads: the same page, with the same search, else the language's front page. */
static Err switch_url(struct web_request *request, const struct page_view *page,
                      const struct language *language, Url *out)
{
	const struct page_alternate *same =
	    alternate_find(page->alternates.items, page->alternates.count, language);
	if (same == NULL)
		return web_path(request, language, NULL, 0, out);
	*out = same->path;
	return page->searched.length == 0
	           ? OK
	           : url_with_query(*out, S("q"), page->searched, request->mem, out);
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
		TRY(switch_url(request, page, languages[i], &links[used++].url));
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
	size_t shown = 0;
	TRY(story_list_breaking(connection, request->world->site, request->language, request->now,
	                        request->mem, &stories, &count));
	struct page_breaking *items = ARENA_ARRAY(request->mem, struct page_breaking, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		if (stories[i].breaking_until < *expires)
			*expires = stories[i].breaking_until;
		if (stories[i].id == page->leading_story || shown == BREAKING_SHOWN_MAX)
			continue;
		items[shown].headline = stories[i].headline;
		items[shown].lang = stories[i].language->code;
		items[shown].dir = stories[i].language->direction;
		TRY(arena_format(request->mem, &items[shown].until, "%lld",
		                 (long long)stories[i].breaking_until));
		TRY(web_url_of_path(stories[i].path, request->mem, &items[shown++].url));
	}
	page->breaking = (struct view_list){items, shown};
	page->has_breaking = shown > 0;
	return OK;
}

/* A page that says nothing of its own for search engines: the site's own words for itself, else
 * what every newsroom could say, behind the page's name. */
static Err description_fill(const struct web_request *request, struct page_view *page)
{
	const struct i18n_value values[] = {{"{site}", page->site_name}};
	Str words = page->tagline;
	if (page->description.length > 0)
		return OK;
	if (words.length == 0)
		TRY(i18n_fill(i18n_text(request->language, "The latest news from {site}"), values, 1,
		              request->mem, &words));
	if (page->is_home || page->share_title.length == 0) {
		page->description = words;
		return OK;
	}
	return arena_format(request->mem, &page->description, "%.*s – %.*s", STR(page->share_title),
	                    STR(words));
}

Err site_fill_frame(struct web_request *request, struct page_view *page, Time *expires)
{
	struct db_connection *connection;
	TRY(web_read(request, &connection));
	TRY(nav_fill(request, connection, page));
	TRY(languages_fill(request, connection, page));
	if (page->leading_story != 0)
		TRY(arena_format(request->mem, &page->leading, "%lld", (long long)page->leading_story));
	TRY(static_page_links(request, &page->foot_pages));
	TRY(description_fill(request, page));
	return breaking_fill(request, connection, page, expires);
}
