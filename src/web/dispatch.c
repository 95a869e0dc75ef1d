/* The way of a request: from memory on the reactor, or through route, limits and handler on a
 * worker. */
#include "web/web_private.h"

#define KEY_MAX_BYTES 1024
#define PAGE_CACHE_CONTROL "no-cache"
/* Good compression at a price that a page in the making can pay. */
#define PAGE_BROTLI_QUALITY 5

const char *const web_class_names[WEB_CLASSES] = {"other", "kept",   "asset",
                                                  "made",  "search", "write"};

/* ---- cache keys ---- */

struct page_key {
	char bytes[KEY_MAX_BYTES];
	size_t length;
	bool fits;
};

static void key_add(struct page_key *key, Str part)
{
	if (part.length > sizeof key->bytes - key->length) {
		key->fits = false;
		return;
	}
	memcpy(key->bytes + key->length, part.bytes, part.length);
	key->length += part.length;
}

/* The declared query's values in the order of the declaration; others do not count. A value may
 * hold any sign but "&" (and "#"), which parts it from the next. */
static void key_add_query(struct page_key *key, const struct route *route, Str query)
{
	for (size_t i = 0; i < ROUTE_QUERY_MAX && route->query[i] != NULL; i++) {
		Str value;
		if (!query_find(query, route->query[i], &value))
			key->fits = false;
		if (value.length == 0)
			continue;
		key_add(key, S("&"));
		key_add(key, str_from_c(route->query[i]));
		key_add(key, S("="));
		key_add(key, value);
	}
}

static void key_make(const struct web *web, const struct http_request *http, struct page_key *key)
{
	key->length = 0;
	key->fits = true;
	key_add(key, http->path);
	if (http->query.length == 0)
		return;
	const struct route *route = route_find(web, HTTP_GET, http->path);
	if (route != NULL)
		key_add_query(key, route, http->query);
}

static struct page *page_find(const struct web *web, const struct page_key *key)
{
	if (!key->fits)
		return NULL;
	return cache_find(web->world->cache, (Str){key->bytes, key->length},
	                  clock_now(web->world->clock));
}

/* ---- on the reactor ---- */

static const struct asset *asset_find(const struct web *web, Str path)
{
	for (size_t i = 0; i < web->asset_count; i++)
		if (str_equal(web->assets[i].url.address, path))
			return &web->assets[i];
	return NULL;
}

static bool reads(const struct http_request *http)
{
	return http->method == HTTP_GET || http->method == HTTP_HEAD;
}

/* What the reactor answers by itself, before any route, as `courant routes` shows it. */
static const struct route rows_at_once[] = {
    ROUTE(.method = HTTP_GET, .pattern = "/healthz", .audience = AUDIENCE_READERS,
          .cache = CACHE_NEVER),
    ROUTE(.method = HTTP_GET, .pattern = "/assets/*", .audience = AUDIENCE_READERS,
          .cache = CACHE_PAGE),
};

const struct route *route_at_once(Str path)
{
	if (str_equal(path, S("/healthz")))
		return &rows_at_once[0];
	return str_starts_with(path, S("/assets/")) ? &rows_at_once[1] : NULL;
}

Err route_each_at_once(Err (*each)(const struct route *route, void *context), void *context)
{
	for (size_t i = 0; i < sizeof rows_at_once / sizeof rows_at_once[0]; i++)
		TRY(each(&rows_at_once[i], context));
	return OK;
}

bool web_answer_at_once(struct web *web, struct net_exchange *exchange)
{
	const struct http_request *http = net_exchange_request(exchange);
	if (str_equal(http->path, S("/healthz")) && reads(http)) {
		answer_plain(web, exchange, 200,
		             db_can_write(web->world->db)
		                 ? "ok"
		                 : "read-only: the database can't be written to, see the log",
		             WEB_OTHER);
		return true;
	}
	if (!host_is_ours(web, http->host)) {
		answer_plain(web, exchange, 421, "This server does not serve that host.", WEB_OTHER);
		return true;
	}
	if (!reads(http))
		return false;
	if (str_starts_with(http->path, S("/assets/"))) {
		const struct asset *asset = asset_find(web, http->path);
		if (asset == NULL)
			return false;
		answer_page(exchange, page_keep(asset->page), WEB_ASSET);
		return true;
	}
	struct page_key key;
	key_make(web, http, &key);
	struct page *page = page_find(web, &key);
	if (page == NULL)
		return false;
	answer_page(exchange, page, WEB_KEPT);
	return true;
}

void web_answer_busy(struct web *web, struct net_exchange *exchange)
{
	bool is_read = reads(net_exchange_request(exchange));
	answer_plain(web, exchange, 503,
	             is_read
	                 ? "The site is very busy. Try again in a moment."
	                 : "The site is very busy. Go back and try again in a moment: what you wrote "
	                   "is still in the form.",
	             is_read ? WEB_MADE : WEB_WRITE);
}

/* ---- on a worker ---- */

/* The path may be percent-encoded where it need not be. */
static Err path_decode(const struct http_request *http, struct arena *mem, Str *out)
{
	if (!url_decode(http->path, URL_CODED_SEGMENT, mem, out))
		return fail(ERR_INVALID, "the address can't be read");
	return OK;
}

/* Decodes and normalizes the path; `canonical` is how it is written in an address. */
static Err path_read(struct web_request *request, Url *canonical)
{
	Str decoded;
	TRY(path_decode(request->http, request->mem, &decoded));
	TRY(text_nfc(decoded, request->mem, &request->path));
	return web_url_of_path(request->path, request->mem, canonical);
}

static Err redirect_to(const struct web_request *request, Url canonical,
                       struct web_response *response)
{
	if (request->http->query.length > 0)
		TRY(arena_format(request->mem, &canonical.address, "%.*s?%.*s", STR(canonical.address),
		                 STR(request->http->query)));
	return web_redirect(response, 301, canonical);
}

static bool is_form(const struct http_request *http)
{
	Str type = http_request_field(http, S("Content-Type"));
	Str first;
	return str_next(&type, ';', &first) &&
	       str_equal_ignoring_case(str_trim(first), S("application/x-www-form-urlencoded"));
}

/* A refusal in the clothes of the page that it belongs to, where the route has one: it keeps what
 * was written. */
static void refuse(struct web_request *request, struct web_response *response, Err reason,
                   int status)
{
	struct err_note note;
	err_note_take(&note, reason);
	buf_clear(&response->body);
	if (request->route->refused == NULL || reason == ERR_NOT_FOUND || reason == ERR_GONE) {
		error_page(request, response, reason);
		return;
	}
	if (status >= 500)
		log_error("%.*s %.*s: %s", STR(request->http->method_text), STR(request->path), note.text);
	response->status = status;
	if (request->route->refused(request, response, err_note_give(&note)) != OK)
		error_page(request, response, err_note_give(&note));
}

/* The form that was sent, and whether it may be. False: it is answered. */
static bool form_take(struct web_request *request, struct web_response *response)
{
	const struct http_request *http = request->http;
	if (!reader_is_on_our_page(request->web, http)) {
		error_page_status(request, response, 403);
		return false;
	}
	if (!is_form(http)) {
		error_page_status(request, response, 415);
		return false;
	}
	Err err = form_decode(http->body, request->route->form, request);
	if (err != OK)
		refuse(request, response, err, err == ERR_INVALID ? 422 : err_status(err));
	return err == OK;
}

static void run_handler(struct web_request *request, struct web_response *response)
{
	if (request->route->form != NULL && !form_take(request, response))
		return;
	Err err = request->route->handler(request, response);
	if (err != OK)
		refuse(request, response, err, err_status(err));
}

static void respond(struct web_request *request, struct web_response *response)
{
	struct route_match match;
	Url canonical;
	request->language = request->world->site->language;
	Err err = path_read(request, &canonical);
	if (err != OK) {
		error_page(request, response, err);
		return;
	}
	route_match(request->web, request->http->method, request->path, &match);
	request->language = match.language;
	if (reads(request->http) && !str_equal(canonical.address, request->http->path)) {
		if (redirect_to(request, canonical, response) != OK)
			error_page_status(request, response, 500);
		return;
	}
	if (match.route == NULL) {
		response->allow = match.allowed;
		error_page_status(request, response, match.allowed != NULL ? 405 : 404);
		return;
	}
	request->route = match.route;
	memcpy(request->parameters, match.parameters, sizeof match.parameters);
	run_handler(request, response);
}

/* Dates know whole seconds. Two pages of one second must not have the same, if an act may lie
 * between them: who asks by the first one's date would never see the second. So that one has none,
 * until it is made anew with the next second. */
static void modified_once(struct web *web, CacheTicket ticket, struct web_response *response)
{
	Time second = response->modified / SECOND_MS;
	if (response->modified == 0)
		return;
	pthread_mutex_lock(&web->dated_lock);
	if (second > web->dated_second) {
		web->dated_second = second;
		web->dated_ticket = ticket;
	}
	bool is_only_one =
	    second == web->dated_second && ticket.generation == web->dated_ticket.generation;
	pthread_mutex_unlock(&web->dated_lock);
	if (is_only_one)
		return;
	response->modified = 0;
	web_expires(response, (second + 1) * SECOND_MS);
}

static enum web_class class_of(const struct web_request *request)
{
	if (!reads(request->http))
		return WEB_WRITE;
	return request->route != NULL && request->route->searches ? WEB_SEARCH : WEB_MADE;
}

/* Keeps the page, if it may be kept, and answers with it. */
static void finish(struct web_request *request, struct web_response *response, CacheTicket ticket,
                   const struct page_key *key, struct net_exchange *exchange)
{
	struct web *web = request->web;
	struct page *page;
	modified_once(web, ticket, response);
	bool is_page =
	    response->status == 200 && request->route != NULL && request->route->cache == CACHE_PAGE;
	if (!is_page || page_finish(web, response, PAGE_CACHE_CONTROL, PAGE_BROTLI_QUALITY, &page)) {
		answer_once(web, exchange, response, class_of(request));
		return;
	}
	/* A page that was overtaken by an act is not kept. This reader may still have it: it was read
	 * after their request came in. */
	if (key->fits)
		cache_put(web->world->cache, (Str){key->bytes, key->length}, ticket, page);
	answer_page(exchange, page, class_of(request));
}

static void answer_made(struct web *web, struct net_exchange *exchange, const struct page_key *key)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, (size_t)web->settings->request_bytes);
	struct web_request request = {
	    .web = web,
	    .http = net_exchange_request(exchange),
	    .world = web->world,
	    .mem = &mem,
	    .now = clock_now(web->world->clock),
	};
	struct web_response response = {
	    .status = 200,
	    .content_type = "text/html; charset=utf-8",
	    .expires = INT64_MAX,
	};
	buf_init(&response.body, (size_t)web->settings->request_bytes);
	/* Drawn before the first snapshot is opened, so that an act in between is noticed. */
	CacheTicket ticket = cache_render_begin(web->world->cache);
	web_tag(&response, TAG_SITE);
	request.address = reader_address(web, request.http);
	Err err = reader_address_block(web, request.address, &mem, &request.address_block);
	if (err == OK)
		respond(&request, &response);
	/* Compressing and sending need no snapshot, and checkpoints wait for those that are open. */
	web_read_end(&request);
	if (err == OK)
		finish(&request, &response, ticket, key, exchange);
	else
		answer_plain(web, exchange, 503, "The site is very busy. Try again in a moment.",
		             class_of(&request));
	buf_done(&response.body);
}

void web_answer(struct web *web, struct net_exchange *exchange)
{
	const struct http_request *http = net_exchange_request(exchange);
	struct page_key key = {.fits = false};
	if (!reads(http)) {
		answer_made(web, exchange, &key);
		return;
	}
	key_make(web, http, &key);
	/* One maker at a time: those who waited for the same page find it. */
	pthread_mutex_t *maker = &web->makers[hash_keyed((Str){key.bytes, key.length}) % MAKERS];
	pthread_mutex_lock(maker);
	struct page *page = page_find(web, &key);
	if (page != NULL)
		answer_page(exchange, page, WEB_KEPT);
	else
		answer_made(web, exchange, &key);
	pthread_mutex_unlock(maker);
}

size_t web_max_body_bytes(const struct web *web, const struct http_request *request)
{
	struct arena mem CLEANUP(arena_done);
	Str path;
	arena_init(&mem, (size_t)4 * KEY_MAX_BYTES);
	if (request->method != HTTP_POST || path_decode(request, &mem, &path) != OK)
		return 0;
	const struct route *route = route_find(web, HTTP_POST, path);
	return route == NULL ? 0 : route->max_body_bytes;
}
