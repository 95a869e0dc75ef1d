/* What handlers ask of a request and do to a response. */
#include "web/web_private.h"

Err web_read(struct web_request *request, struct db_connection **out)
{
	if (request->is_busy)
		return fail(ERR_UNAVAILABLE, "there is too much to do");
	if (request->connection == NULL)
		TRY(db_read_begin(request->world->db, &request->connection));
	*out = request->connection;
	return OK;
}

void web_read_end(struct web_request *request)
{
	db_read_end(&request->connection);
}

Err web_limit_take(struct web_request *request)
{
	CHECK(request->route->limit == LIMIT_REPLIES);
	if (reader_is_local(request->http, request->address))
		return OK;
	if (!rate_limit_take(request->web->limits, request->address_block,
	                     request->web->settings->replies_per_hour, request->now))
		return fail(ERR_TOO_MANY, "too many from one address");
	return OK;
}

Str web_form(const struct web_request *request, const char *name)
{
	for (size_t i = 0; i < request->form_count; i++)
		if (str_equal(request->form[i].name, str_from_c(name)))
			return request->form[i].value;
	return S("");
}

bool query_find(Str query, const char *name, Str *out)
{
	Str pair;
	bool found = false;
	*out = S("");
	while (str_next(&query, '&', &pair)) {
		Str key;
		if (!str_next(&pair, '=', &key) || !str_equal(key, str_from_c(name)))
			continue;
		if (found)
			return false;
		found = true;
		*out = pair.bytes == NULL ? S("") : pair;
	}
	return true;
}

Err web_query(struct web_request *request, const char *name, Str *out)
{
	Str value;
	if (!query_find(request->http->query, name, &value) ||
	    !url_decode(value, URL_CODED_QUERY_VALUE, request->mem, out))
		return fail(ERR_NOT_FOUND, "the address has a %s that can't be read", name);
	return OK;
}

Err web_parameter_id(const struct web_request *request, size_t index, int64_t *out)
{
	uint64_t id;
	if (!str_parse_uint(request->parameters[index], INT64_MAX, &id) || id == 0)
		return fail(ERR_NOT_FOUND, "this is not a number of anything");
	*out = (int64_t)id;
	return OK;
}

Str web_cookie(const struct web_request *request, Str name)
{
	Str rest = http_request_field(request->http, S("Cookie"));
	Str pair;
	while (str_next(&rest, ';', &pair)) {
		Str key;
		pair = str_trim(pair);
		if (str_next(&pair, '=', &key) && str_equal(key, name) && pair.bytes != NULL)
			return pair;
	}
	return S("");
}

void web_tag(struct web_response *response, CacheTag tag)
{
	for (size_t i = 0; i < response->tag_count; i++)
		if (response->tags[i].hash == tag.hash)
			return;
	CHECK(response->tag_count < sizeof response->tags / sizeof response->tags[0]);
	response->tags[response->tag_count++] = tag;
}

Err web_redirect(struct web_response *response, int status, Url location)
{
	response->status = status;
	response->location = location;
	return OK;
}

Err web_path(const struct web_request *request, const struct language *language,
             const Str *segments, size_t count, Url *out)
{
	Str all[ROUTE_PARAMETERS_MAX + 1];
	size_t used = 0;
	CHECK(count < sizeof all / sizeof all[0]);
	if (language != request->world->site->language)
		all[used++] = language->code;
	for (size_t i = 0; i < count; i++)
		all[used++] = segments[i];
	return url_path(all, used, request->mem, out);
}

Err web_url_of_path(Str path, struct arena *mem, Url *out)
{
	Str segments[16];
	size_t count = 0;
	Str segment;
	while (str_next(&path, '/', &segment)) {
		if (segment.length == 0)
			continue;
		if (count == sizeof segments / sizeof segments[0])
			return fail(ERR_NOT_FOUND, "the address is too deep");
		segments[count++] = segment;
	}
	return url_path(segments, count, mem, out);
}

Err web_absolute(const struct web_request *request, Url path, Url *out)
{
	return url_join(request->world->site->url, path, request->mem, out);
}

const void *web_settings_of(const struct web_request *request, const struct setting_table *table)
{
	return settings_of(request->web->options.settings, table);
}

Err web_showable(Str text, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf shown;
	size_t place = 0;
	buf_init(&shown, text.length * 3 + 1);
	while (place < text.length) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		bool control = point < 0x20 && point != '\n' && point != '\t' && point != '\r';
		if (point == UTF8_INVALID || control || (point >= 0x7F && point < 0xA0))
			buf_add(&shown, S("\xEF\xBF\xBD"));
		else
			buf_add(&shown, str_slice(text, start, place - start));
	}
	TRY(buf_check(&shown));
	return arena_copy(mem, buf_str(&shown), out);
}

Err web_site_words(struct web_request *request, struct site_words *out)
{
	struct db_connection *connection;
	if (str_is_empty(request->words.name)) {
		TRY(web_read(request, &connection));
		TRY(site_words_find(connection, request->world->site, request->language, request->mem,
		                    &request->words));
	}
	*out = request->words;
	return OK;
}

Err title_make(struct web_request *request, Str title, Str site_name, Str *out)
{
	return arena_format(request->mem, out, "%.*s – %.*s", STR(title), STR(site_name));
}

Err web_title(struct web_request *request, Str title, Str *out)
{
	struct site_words words;
	TRY(web_site_words(request, &words));
	return title_make(request, title, words.name, out);
}

static Err frame_path(struct web_request *request, const char *name, Url *out)
{
	const Str segments[] = {str_from_c(name)};
	return web_path(request, request->language, segments, 1, out);
}

static Err feed_path(struct web_request *request, const char *name, Url *out)
{
	Str path;
	TRY(arena_format(request->mem, &path, "%.*s/%s", STR(request->path), name));
	return web_url_of_path(path, request->mem, out);
}

Err web_query_keep(struct web_request *request, const char *name, Url *url)
{
	Str value;
	TRY(web_query(request, name, &value));
	return value.length == 0 ? OK
	                         : url_with_query(*url, str_from_c(name), value, request->mem, url);
}

Err web_own_feeds(struct web_request *request, struct page_view *page, Str title)
{
	TRY(web_title(request, title, &page->feed_title));
	TRY(feed_path(request, "feed.xml", &page->feed_url));
	TRY(feed_path(request, "feed.atom", &page->feed_atom_url));
	return feed_path(request, "feed.json", &page->feed_json_url);
}

static Err feeds_fill(struct web_request *request, struct page_view *page)
{
	if (page->feed_title.length > 0)
		return OK;
	page->feed_title = page->site_name;
	TRY(frame_path(request, "feed.xml", &page->feed_url));
	TRY(frame_path(request, "feed.atom", &page->feed_atom_url));
	return frame_path(request, "feed.json", &page->feed_json_url);
}

static Err frame_assets(struct web_request *request, struct page_view *page)
{
	TRY(web_asset(request, "icon.svg", &page->icon_url));
	TRY(web_asset(request, "touch_icon.png", &page->touch_icon_url));
	TRY(web_asset(request, "site.css", &page->style_url));
	TRY(web_asset(request, "live.js", &page->live_script_url));
	return web_asset(request, "site.js", &page->script_url);
}

Err web_frame_without_database(struct web_request *request, struct page_view *page)
{
	const struct language *language = request->language;
	page->lang = language->code;
	page->dir = language->direction;
	page->locale = str_from_c(language->locale);
	page->site_name = str_is_empty(request->words.name) ? request->world->site->name_at_start
	                                                    : request->words.name;
	page->tagline = request->words.tagline;
	TRY(web_path(request, language, NULL, 0, &page->home_url));
	TRY(frame_path(request, "search", &page->search_url));
	TRY(frame_path(request, "archive", &page->archive_url));
	TRY(frame_path(request, "corrections", &page->corrections_url));
	TRY(frame_path(request, "opensearch.xml", &page->opensearch_url));
	TRY(frame_path(request, "manifest.webmanifest", &page->manifest_url));
	TRY(feeds_fill(request, page));
	return frame_assets(request, page);
}

Err web_frame(struct web_request *request, struct web_response *response, struct page_view *page)
{
	Time expires = INT64_MAX;
	struct site_words words;
	TRY(web_site_words(request, &words)); /* which the frame then has */
	TRY(web_frame_without_database(request, page));
	TRY(request->web->options.fill_frame(request, page, &expires));
	web_expires(response, expires);
	return OK;
}
