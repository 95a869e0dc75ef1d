/* Site maps (sitemaps.org), for search engines: an index, parts of up to SITEMAP_STORIES stories by
 * their ids, one part for the standing pages, and one for what is new. A story keeps its part for
 * good, so that a publication makes one part anew and leaves the others in memory. */
#include "pages/pages.h"
#include "site/views.h"

#define PARTS_MAX 50000 /* of an index, says the protocol */
#define NEWS_MS (48 * HOUR_MS)
#define NEWS_MAX 1000 /* both say the rules for news site maps */

struct alternate_view {
	Str language;
	Url url;
};
static const struct view_field alternate_fields[] = {
    FIELD_TEXT(struct alternate_view, language, "The language's code."),
    FIELD_URL(struct alternate_view, url, "The whole address in that language."),
};
static const struct view alternate_view = VIEW(struct alternate_view, alternate_fields);

struct place_view {
	Url url;
	Str modified_iso;
	struct view_list alternates; /* of struct alternate_view: all languages, its own too, or none */
};
static const struct view_field place_fields[] = {
    FIELD_URL(struct place_view, url, "The page's whole address."),
    FIELD_TEXT(struct place_view, modified_iso, "When it last changed; may be empty."),
    FIELD_LIST(struct place_view, alternates, &alternate_view,
               "The page in each of its languages, its own too; none if it has one alone."),
};
static const struct view place_view = VIEW(struct place_view, place_fields);

struct sitemap_view {
	struct view_list places; /* of struct place_view */
};
static const struct view_field sitemap_fields[] = {
    FIELD_LIST(struct sitemap_view, places, &place_view,
               "The pages of this site map, or the site maps of the index."),
};
const struct view sitemap_view = VIEW(struct sitemap_view, sitemap_fields);

struct news_view {
	Url url;
	Str site_name; /* in the story's language */
	Str language, published_iso, title;
};
static const struct view_field news_fields[] = {
    FIELD_URL(struct news_view, url, "The story's whole address."),
    FIELD_TEXT(struct news_view, site_name, "The name of the site in the story's language."),
    FIELD_TEXT(struct news_view, language, "The story's language code."),
    FIELD_TEXT(struct news_view, published_iso, "When it was published."),
    FIELD_TEXT(struct news_view, title, "Its headline."),
};
static const struct view news_view = VIEW(struct news_view, news_fields);

struct sitemap_news_view {
	struct view_list stories; /* of struct news_view */
};
static const struct view_field sitemap_news_fields[] = {
    FIELD_LIST(struct sitemap_news_view, stories, &news_view, "The stories of the last two days."),
};
const struct view sitemap_news_view = VIEW(struct sitemap_news_view, sitemap_news_fields);

static void sitemap_begin(const struct web_request *request, struct web_response *response)
{
	response->content_type = "application/xml; charset=utf-8";
	response->modified = request->now;
}

static Err absolute(const struct web_request *request, Str path, Url *out)
{
	TRY(web_url_of_path(path, request->mem, out));
	return web_absolute(request, *out, out);
}

/* ---- index ---- */

/* Only parts that have a story: one without any would be an error. */
Err sitemap_index_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	int64_t *parts;
	size_t count;
	TRY(page_of_all_languages(request));
	web_tag(response, TAG_HOME);
	sitemap_begin(request, response);
	TRY(web_read(request, &connection));
	TRY(story_list_parts(connection, SITEMAP_STORIES, PARTS_MAX - 1, request->mem, &parts, &count));
	struct place_view *places = ARENA_ARRAY(request->mem, struct place_view, count + 1);
	if (places == NULL)
		return ERR_MEMORY;
	TRY(absolute(request, S("/sitemap/pages.xml"), &places[0].url));
	for (size_t i = 0; i < count; i++) {
		Str path;
		TRY(arena_format(request->mem, &path, "/sitemap/%lld.xml", (long long)parts[i]));
		TRY(absolute(request, path, &places[i + 1].url));
	}
	const struct sitemap_view view = {{places, count + 1}};
	return web_render(request, response, "site/sitemap_index", &view);
}

/* ---- a part: stories. An act drops the parts of a story's translations as well. ---- */

static Err story_alternates(struct web_request *request, const struct story *story,
                            const struct place_view *place, struct view_list *out)
{
	struct db_connection *connection;
	struct story *others;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(story_list_translations(connection, request->world->site, story, request->mem, &others,
	                            &count));
	if (count == 0)
		return OK;
	struct alternate_view *alternates = ARENA_ARRAY(request->mem, struct alternate_view, count + 1);
	if (alternates == NULL)
		return ERR_MEMORY;
	alternates[0] = (struct alternate_view){story->language->code, place->url};
	for (size_t i = 0; i < count; i++) {
		alternates[i + 1].language = others[i].language->code;
		TRY(absolute(request, others[i].path, &alternates[i + 1].url));
	}
	*out = (struct view_list){alternates, count + 1};
	return OK;
}

static Err story_place_fill(struct web_request *request, const struct story *story,
                            struct place_view *out)
{
	TRY(absolute(request, story->path, &out->url));
	TRY(time_format(request->world->site->zone, story_modified(story), request->mem,
	                &out->modified_iso));
	if (story->translation_group == 0)
		return OK;
	return story_alternates(request, story, out, &out->alternates);
}

/* "12.xml", without zeros in front: an address has one spelling. */
static Err part_read(const struct web_request *request, int64_t *out)
{
	uint64_t number;
	Str text = request->parameters[0];
	Str digits = str_slice(text, 0, str_find_byte(text, '.'));
	bool has_zero = digits.length > 1 && digits.bytes[0] == '0';
	if (has_zero || !str_equal(str_from(text, digits.length), S(".xml")) ||
	    !str_parse_uint(digits, INT64_MAX / SITEMAP_STORIES - 1, &number))
		return fail(ERR_NOT_FOUND, "there is no such part of the site map");
	*out = (int64_t)number;
	return OK;
}

Err sitemap_stories_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	int64_t part = 0;
	TRY(page_of_all_languages(request));
	TRY(part_read(request, &part));
	web_tag(response, TAG_SITEMAP(part));
	sitemap_begin(request, response);
	TRY(web_read(request, &connection));
	TRY(story_list_numbered(connection, request->world->site, part * SITEMAP_STORIES,
	                        SITEMAP_STORIES, request->mem, &stories, &count));
	if (count == 0)
		return fail(ERR_NOT_FOUND, "there is no such part of the site map");
	struct place_view *places = ARENA_ARRAY(request->mem, struct place_view, count);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(story_place_fill(request, &stories[i], &places[i]));
	const struct sitemap_view view = {{places, count}};
	return web_render(request, response, "site/sitemap", &view);
}

/* ---- a part: the standing pages ---- */

/* A language's home, its lists, its sections and what the newsroom says of itself. */
struct standing {
	const struct language *language;
	Str slug; /* empty: home */
};

static Err standing_url(const struct web_request *request, const struct standing *page, Url *out)
{
	TRY(web_path(request, page->language, &page->slug, page->slug.length > 0 ? 1 : 0, out));
	return web_absolute(request, *out, out);
}

struct standings {
	struct standing *pages;
	size_t count;
};

/* What there is in each language that has a story. */
static Err standing_add_language(struct web_request *request, const struct language *language,
                                 struct standings *out)
{
	struct db_connection *connection;
	struct section *sections;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(section_list_used(connection, request->world->site, language, request->mem, &sections,
	                      &count));
	if (language != request->world->site->language)
		out->pages[out->count++] = (struct standing){language, S("")};
	out->pages[out->count++] = (struct standing){language, S("archive")};
	out->pages[out->count++] = (struct standing){language, S("corrections")};
	for (size_t i = 0; i < count; i++)
		out->pages[out->count++] = (struct standing){language, sections[i].slug};
	return OK;
}

/* The site's own home is there even before its first story. */
static Err standing_list(struct web_request *request, struct standings *out)
{
	struct db_connection *connection;
	const struct language **languages;
	struct section *sections;
	struct static_page *statics;
	size_t language_count;
	size_t section_count;
	size_t static_count;
	TRY(web_read(request, &connection));
	TRY(section_list(connection, request->world->site, request->language, request->mem, &sections,
	                 &section_count));
	TRY(language_list_used(connection, request->mem, &languages, &language_count));
	TRY(static_page_list(connection, NULL, request->mem, &statics, &static_count));
	out->pages = ARENA_ARRAY(request->mem, struct standing,
	                         1 + language_count * (section_count + 3) + static_count);
	if (out->pages == NULL)
		return ERR_MEMORY;
	out->pages[out->count++] = (struct standing){request->world->site->language, S("")};
	for (size_t i = 0; i < language_count; i++)
		TRY(standing_add_language(request, languages[i], out));
	for (size_t i = 0; i < static_count; i++)
		out->pages[out->count++] = (struct standing){statics[i].language, statics[i].slug};
	return OK;
}

/* The same page in all its languages; none where there is one alone. */
static Err standing_alternates(const struct web_request *request, const struct standings *all,
                               const struct standing *page, struct view_list *out)
{
	struct alternate_view *alternates =
	    ARENA_ARRAY(request->mem, struct alternate_view, all->count);
	size_t used = 0;
	if (alternates == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < all->count; i++) {
		if (!str_equal(all->pages[i].slug, page->slug))
			continue;
		alternates[used].language = all->pages[i].language->code;
		TRY(standing_url(request, &all->pages[i], &alternates[used++].url));
	}
	*out = (struct view_list){alternates, used > 1 ? used : 0};
	return OK;
}

/* All of it stands in every page's frame too, whose tag drops this part with them. */
Err sitemap_pages_get(struct web_request *request, struct web_response *response)
{
	struct standings all = {0};
	TRY(page_of_all_languages(request));
	sitemap_begin(request, response);
	TRY(standing_list(request, &all));
	struct place_view *places = ARENA_ARRAY(request->mem, struct place_view, all.count);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < all.count; i++) {
		TRY(standing_url(request, &all.pages[i], &places[i].url));
		TRY(standing_alternates(request, &all, &all.pages[i], &places[i].alternates));
	}
	const struct sitemap_view view = {{places, all.count}};
	return web_render(request, response, "site/sitemap", &view);
}

/* ---- what is new ---- */

/* What the site is called in each language, in the order of language_at. */
static Err names_list(struct web_request *request, struct site_words **out)
{
	struct db_connection *connection;
	size_t count = language_count();
	struct site_words *names = ARENA_ARRAY(request->mem, struct site_words, count);
	if (names == NULL)
		return ERR_MEMORY;
	TRY(web_read(request, &connection));
	for (size_t i = 0; i < count; i++)
		TRY(site_words_find(connection, request->world->site, language_at(i), request->mem,
		                    &names[i]));
	*out = names;
	return OK;
}

static Err news_fill(const struct web_request *request, const struct story *story,
                     const struct site_words *names, struct news_view *out)
{
	size_t language = 0;
	while (language_at(language) != story->language)
		language++;
	out->site_name = names[language].name;
	out->language = story->language->code;
	out->title = story->headline;
	TRY(absolute(request, story->path, &out->url));
	return time_format(request->world->site->zone, story->published, request->mem,
	                   &out->published_iso);
}

static Err news_list(struct web_request *request, struct news_view *news, Time *oldest,
                     size_t *count_out)
{
	struct db_connection *connection;
	struct site_words *names;
	size_t count = 0;
	struct story_filter filter = {
	    .status = STORY_PUBLISHED, .has_from = true, .from = request->now - NEWS_MS};
	TRY(names_list(request, &names));
	TRY(web_read(request, &connection));
	for (;;) {
		struct story *stories;
		size_t listed;
		filter.limit = NEWS_MAX - count < STORY_LIST_MAX ? NEWS_MAX - count : STORY_LIST_MAX;
		TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &listed));
		for (size_t i = 0; i < listed; i++)
			TRY(news_fill(request, &stories[i], names, &news[count++]));
		*count_out = count;
		if (listed > 0) {
			*oldest = stories[listed - 1].published;
			filter.before = (struct story_place){*oldest, stories[listed - 1].id};
		}
		if (listed < filter.limit || count == NEWS_MAX)
			return OK;
	}
}

/* Without a story of two days it is empty, as the rules have it. */
Err sitemap_news_get(struct web_request *request, struct web_response *response)
{
	struct sitemap_news_view view;
	struct news_view *news = ARENA_ARRAY(request->mem, struct news_view, NEWS_MAX);
	size_t count = 0;
	Time oldest = 0;
	TRY(page_of_all_languages(request));
	if (news == NULL)
		return ERR_MEMORY;
	web_tag(response, TAG_HOME);
	sitemap_begin(request, response);
	TRY(news_list(request, news, &oldest, &count));
	if (count > 0)
		web_expires(response, oldest + NEWS_MS + 1);
	view.stories = (struct view_list){news, count};
	return web_render(request, response, "site/sitemap_news", &view);
}
