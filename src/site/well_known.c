/* What programs look for at addresses of its own: robots.txt, OpenSearch, the web manifest,
 * icons. */
#include <jansson.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "site/views.h"

#define OPENSEARCH_NAME_MAX 16 /* OpenSearch 1.1, ShortName */
#define MANIFEST_NAME_MAX 12   /* what stands under an icon without being cut */

/* As site.css has them: --accent and --paper. */
#define COLOUR_ACCENT "#a9151c"
#define COLOUR_PAPER "#ffffff"

static Err absolute_path(const struct web_request *request, const struct language *language,
                         Str segment, Url *out)
{
	TRY(web_path(request, language, &segment, 1, out));
	return web_absolute(request, *out, out);
}

/* At most so many characters: whole words, if one fits. */
static Str name_cut(Str name, size_t max_characters)
{
	Str head = utf8_head(name, max_characters);
	if (head.length == name.length || name.bytes[head.length] == ' ')
		return head;
	for (size_t end = head.length; end > 0; end--)
		if (head.bytes[end - 1] == ' ')
			return str_trim(str_slice(head, 0, end));
	return head;
}

/* ---- robots.txt (RFC 9309) ---- */

struct search_path_view {
	Url url;
};
static const struct view_field search_path_fields[] = {
    FIELD_URL(struct search_path_view, url, "The path of the search in one language.")};
static const struct view search_path_view = VIEW(struct search_path_view, search_path_fields);

struct robots_view {
	struct view_list searches; /* of struct search_path_view: each language's */
	Url sitemap_url, news_url;
};
static const struct view_field robots_fields[] = {
    FIELD_LIST(struct robots_view, searches, &search_path_view,
               "The searches, which robots are asked to leave alone."),
    FIELD_URL(struct robots_view, sitemap_url, "The index of the site maps."),
    FIELD_URL(struct robots_view, news_url, "The site map of the news."),
};
const struct view robots_view = VIEW(struct robots_view, robots_fields);

Err robots_get(struct web_request *request, struct web_response *response)
{
	const struct language *site_language = request->world->site->language;
	const Str search = S("search");
	struct robots_view view = {0};
	size_t count = language_count();
	TRY(page_of_all_languages(request));
	struct search_path_view *searches = ARENA_ARRAY(request->mem, struct search_path_view, count);
	if (searches == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(web_path(request, language_at(i), &search, 1, &searches[i].url));
	view.searches = (struct view_list){searches, count};
	TRY(absolute_path(request, site_language, S("sitemap.xml"), &view.sitemap_url));
	TRY(absolute_path(request, site_language, S("news-sitemap.xml"), &view.news_url));
	response->content_type = "text/plain; charset=utf-8";
	return web_render(request, response, "site/robots", &view);
}

/* ---- OpenSearch 1.1 ---- */

struct opensearch_view {
	Str short_name, description, language;
	Url search_url, self_url, icon_url;
};
static const struct view_field opensearch_fields[] = {
    FIELD_TEXT(struct opensearch_view, short_name, "The name of the site, 16 characters at most."),
    FIELD_TEXT(struct opensearch_view, description, "What is searched."),
    FIELD_TEXT(struct opensearch_view, language, "The language's code."),
    FIELD_URL(struct opensearch_view, search_url,
              "The address of a search, with its words left open."),
    FIELD_URL(struct opensearch_view, self_url, "This description's own address."),
    FIELD_URL(struct opensearch_view, icon_url, "The icon of the site."),
};
const struct view opensearch_view = VIEW(struct opensearch_view, opensearch_fields);

Err opensearch_get(struct web_request *request, struct web_response *response)
{
	struct site_words words;
	TRY(web_site_words(request, &words));
	const struct i18n_value site = {"{site}", words.name};
	struct opensearch_view view = {
	    .short_name = name_cut(words.name, OPENSEARCH_NAME_MAX),
	    .language = request->language->code,
	};
	TRY(i18n_fill(i18n_text(request->language, "Search {site}"), &site, 1, request->mem,
	              &view.description));
	TRY(absolute_path(request, request->language, S("search"), &view.search_url));
	TRY(absolute_path(request, request->language, S("opensearch.xml"), &view.self_url));
	TRY(absolute_path(request, request->world->site->language, S("favicon.ico"), &view.icon_url));
	response->content_type = "application/opensearchdescription+xml; charset=utf-8";
	return web_render(request, response, "site/opensearch", &view);
}

/* ---- the web manifest ---- */

static json_t *json_text(Str text)
{
	return json_stringn(text.bytes, text.length);
}

static Err icon_add(const struct web_request *request, json_t *icons, const char *asset,
                    const char *sizes, const char *purpose)
{
	Url url;
	TRY(web_asset(request, asset, &url));
	json_t *icon = json_pack("{s:o, s:s, s:s, s:s}", "src", json_text(url.address), "sizes", sizes,
	                         "type", "image/png", "purpose", purpose);
	if (json_array_append_new(icons, icon) != 0)
		return fail(ERR_MEMORY, "there is no memory for the manifest");
	return OK;
}

static Err icons_add(const struct web_request *request, json_t *icons)
{
	TRY(icon_add(request, icons, "icon-192.png", "192x192", "any"));
	TRY(icon_add(request, icons, "icon-512.png", "512x512", "any"));
	return icon_add(request, icons, "icon-maskable-512.png", "512x512", "maskable");
}

static Err manifest_write(struct web_request *request, json_t *icons, struct web_response *response)
{
	Url home;
	struct site_words words;
	const struct language *language = request->language;
	TRY(web_site_words(request, &words));
	TRY(web_path(request, language, NULL, 0, &home));
	json_t *manifest =
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:O}", "id",
	              json_text(home.address), "name", json_text(words.name), "short_name",
	              json_text(name_cut(words.name, MANIFEST_NAME_MAX)), "lang",
	              json_text(language->code), "dir", json_text(language->direction), "start_url",
	              json_text(home.address), "scope", "/", "display", "minimal-ui", "theme_color",
	              COLOUR_ACCENT, "background_color", COLOUR_PAPER, "icons", icons);
	char *text = manifest == NULL ? NULL : json_dumps(manifest, JSON_COMPACT);
	json_decref(manifest);
	if (text == NULL)
		return fail(ERR_MEMORY, "there is no memory for the manifest");
	buf_add(&response->body, str_from_c(text));
	buf_add_byte(&response->body, '\n');
	free(text);
	return buf_check(&response->body);
}

Err manifest_get(struct web_request *request, struct web_response *response)
{
	json_t *icons = json_array();
	response->content_type = "application/manifest+json; charset=utf-8";
	Err err = icons_add(request, icons);
	if (err == OK)
		err = manifest_write(request, icons, response);
	json_decref(icons);
	return err;
}

/* ---- icons ---- */

Err favicon_get(struct web_request *request, struct web_response *response)
{
	TRY(page_of_all_languages(request));
	return web_asset_answer(request, "favicon.ico", response);
}

Err touch_icon_get(struct web_request *request, struct web_response *response)
{
	TRY(page_of_all_languages(request));
	return web_asset_answer(request, "apple-touch-icon.png", response);
}
