/* The way of a request: from memory on the reactor, or through route, limits and handler on a
 * worker. */
#include "base/log.h"
#include "web/web_private.h"

#define KEY_MAX_BYTES 1024
#define PAGE_CACHE_CONTROL "no-cache"
#define ASSET_NAME_MAX_BYTES 256
#define ASSET_HASH_DIGITS 8 /* tools/embed.py, and public_path of a theme's */
#define HOST_LOGGED_BYTES 100
#define BUSY "The site is very busy. Try again in a moment."

const char *const web_class_names[WEB_CLASSES] = {"other",  "kept",  "asset", "made",
                                                  "search", "write", "stream"};

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

static Str key_str(const struct page_key *key)
{
	return (Str){key->bytes, key->length};
}

static struct page *page_find(const struct web *web, const struct page_key *key)
{
	if (!key->fits)
		return NULL;
	return cache_find(web->world->cache, key_str(key), clock_now(web->world->clock));
}

/* ---- on the reactor ---- */

static const struct asset *asset_find(const struct web *web, Str path)
{
	for (size_t i = 0; i < web->asset_count; i++)
		if (str_equal(web->assets[i].url.address, path))
			return &web->assets[i];
	return NULL;
}

/* What is called so now. Who has read a page of another version of Courant, or of a theme before
 * the last one, asks by the name that it had there. */
static const struct asset *asset_renamed(const struct web *web, Str path)
{
	static const char digits[] = "0123456789abcdef";
	char name[ASSET_NAME_MAX_BYTES];
	Str old = str_from(path, strlen("/assets/"));
	size_t dot = old.length;
	while (dot > 0 && old.bytes[dot - 1] != '.')
		dot--;
	if (dot < ASSET_HASH_DIGITS + 2 || old.length > sizeof name)
		return NULL;
	size_t hash = dot - 1 - ASSET_HASH_DIGITS;
	if (old.bytes[hash - 1] != '.' || strspn(old.bytes + hash, digits) < ASSET_HASH_DIGITS)
		return NULL;
	memcpy(name, old.bytes, hash);
	memcpy(name + hash, old.bytes + dot, old.length - dot);
	return asset_named(web, (Str){name, hash + old.length - dot});
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

static bool is_stream(const struct web *web, Str path)
{
	const struct route *row = web->options.stream_route;
	return row != NULL && str_equal(path, str_from_c(row->pattern));
}

const struct route *route_at_once(const struct web *web, Str path)
{
	if (str_equal(path, S("/healthz")))
		return &rows_at_once[0];
	if (is_stream(web, path))
		return web->options.stream_route;
	return str_starts_with(path, S("/assets/")) ? &rows_at_once[1] : NULL;
}

Err route_each_at_once(const struct web *web, Err (*each)(const struct route *route, void *context),
                       void *context)
{
	for (size_t i = 0; i < sizeof rows_at_once / sizeof rows_at_once[0]; i++)
		TRY(each(&rows_at_once[i], context));
	return web->options.stream_route == NULL ? OK : each(web->options.stream_route, context);
}

static void answer_stream(struct web *web, struct net_exchange *exchange)
{
	int status = web->options.answer_stream(exchange, web->options.stream_context);
	if (status == 503)
		answer_plain(web, exchange, 503,
		             "There are as many open streams as there may be. Load the page again to see "
		             "what is new.",
		             WEB_STREAM);
	else if (status != 0)
		answer_plain(web, exchange, status,
		             "A stream takes lang, story, and since or age, once each: a language's code, "
		             "a story's number, an event's id, and milliseconds.",
		             WEB_STREAM);
}

/* Whether all who ask for this key get the same answer. */
static bool is_shared(const struct web *web, const struct http_request *http,
                      const struct page_key *key)
{
	const struct route *route = key->fits ? route_find(web, HTTP_GET, http->path) : NULL;
	return route != NULL && route->cache == CACHE_PAGE;
}

/* Once: anybody may ask for any. */
static void host_refused_log(struct web *web, Str host)
{
	if (atomic_exchange(&web->refused_host, true))
		return;
	log_warning("a request for the host \"%.*s\" was answered 421, and so are all but those for "
	            "%.*s: if readers come by another name, set site.url to it (told once)",
	            STR(str_slice(host, 0, HOST_LOGGED_BYTES)), STR(web->site_host));
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
		host_refused_log(web, http->host);
		answer_plain(web, exchange, 421, "This server does not serve that host.", WEB_OTHER);
		return true;
	}
	if (!reads(http))
		return false;
	if (str_starts_with(http->path, S("/assets/"))) {
		const struct asset *asset = asset_find(web, http->path);
		const struct asset *renamed = asset == NULL ? asset_renamed(web, http->path) : NULL;
		if (asset != NULL)
			answer_page(exchange, page_keep(asset->page), WEB_ASSET);
		else if (renamed != NULL)
			answer_elsewhere(web, exchange, renamed->url, WEB_ASSET);
		return asset != NULL || renamed != NULL;
	}
	if (is_stream(web, http->path)) {
		answer_stream(web, exchange);
		return true;
	}
	struct page_key key;
	key_make(web, http, &key);
	struct page *page = page_find(web, &key);
	if (page == NULL)
		return is_shared(web, http, &key) &&
		       making_join(web->makings, key_str(&key), exchange) == MAKING_WAITS;
	improver_tell(web->improver, page);
	answer_page(exchange, page, WEB_KEPT);
	return true;
}

static struct making *making_of(const struct web *web, const struct net_exchange *exchange,
                                struct page_key *key)
{
	const struct http_request *http = net_exchange_request(exchange);
	key->fits = false;
	if (!reads(http))
		return NULL;
	key_make(web, http, key);
	return key->fits ? making_led_by(web->makings, key_str(key), exchange) : NULL;
}

static void answer_busy(const struct web *web, struct net_exchange *exchange)
{
	bool is_read = reads(net_exchange_request(exchange));
	answer_plain(web, exchange, 503,
	             is_read
	                 ? BUSY
	                 : "The site is very busy. Go back and try again in a moment: what you wrote "
	                   "is still in the form.",
	             is_read ? WEB_MADE : WEB_WRITE);
}

/* Nobody else would answer those who wait for the page that this one was to bring. */
void web_answer_busy(struct web *web, struct net_exchange *exchange)
{
	struct page_key key;
	struct waiters waiters = {0};
	struct making *making = making_of(web, exchange, &key);
	if (making == NULL) {
		answer_busy(web, exchange);
		return;
	}
	while (making_take_or_end(web->makings, making, &waiters))
		for (size_t i = 0; i < waiters.count; i++)
			answer_busy(web, waiters.exchanges[i]);
	waiters_done(&waiters);
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

/* One answer being made: for one request, or for all that wait in a making. The first stands for
 * all. */
struct round {
	struct web *web;
	const struct page_key *key;
	struct net_exchange *const *exchanges; /* who were there before it began */
	size_t count;
	/* NULL, both: for these alone. Who came later and can't have the page is left in `late`. */
	struct making *making;
	struct waiters *late;
};

static void answer_round(const struct round *round);

static void answer_alone(struct web *web, const struct page_key *key, struct net_exchange *exchange)
{
	answer_round(&(struct round){web, key, .exchanges = &exchange, .count = 1});
}

static void answer_all(struct waiters *waiters, struct page *page, enum web_class class)
{
	for (size_t i = 0; i < waiters->count; i++)
		answer_page(waiters->exchanges[i], page_keep(page), class);
	waiters->count = 0;
}

/* Whoever came before the snapshot was opened may have the page, whatever an act did since. Who
 * came later may have it only if no act overtook it until they were counted: otherwise they wait
 * for another. Nobody is counted once the cache has been asked. */
static void finish_page(const struct round *round, CacheTicket ticket, struct page *page,
                        enum web_class class)
{
	struct cache *cache = round->web->world->cache;
	if (round->making != NULL)
		making_take(round->web->makings, round->making, round->late);
	bool is_current = !round->key->fits || cache_put(cache, key_str(round->key), ticket, page);
	for (size_t i = 0; i < round->count; i++)
		answer_page(round->exchanges[i], page_keep(page), class);
	if (is_current && round->late != NULL)
		answer_all(round->late, page, class);
	page_release(page);
}

/* What is no page that is kept: who came later waits for another, since nobody knows what an act
 * did to it. The first is answered last: what was made may lie in its request. */
static void finish_other(const struct round *round, const struct web_response *response,
                         enum web_class class)
{
	bool is_same = response->location.address.length == 0 && response->cookie.length == 0;
	for (size_t i = 1; i < round->count; i++) {
		if (is_same)
			answer_once(round->web, round->exchanges[i], response, class);
		else
			answer_alone(round->web, round->key, round->exchanges[i]);
	}
	answer_once(round->web, round->exchanges[0], response, class);
}

static void finish(const struct round *round, const struct web_request *request,
                   struct web_response *response, CacheTicket ticket)
{
	struct page *page;
	modified_once(round->web, ticket, response);
	bool is_page =
	    response->status == 200 && request->route != NULL && request->route->cache == CACHE_PAGE;
	if (is_page && page_finish(round->web, round->web->world->cache, response, PAGE_CACHE_CONTROL,
	                           &page_levels_quick, &page) == OK)
		finish_page(round, ticket, page, class_of(request));
	else
		finish_other(round, response, class_of(request));
}

static void answer_round(const struct round *round)
{
	struct web *web = round->web;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, (size_t)web->settings->request_bytes);
	struct web_request request = {
	    .web = web,
	    .http = net_exchange_request(round->exchanges[0]),
	    .world = web->world,
	    .mem = &mem,
	    .now = clock_now(web->world->clock),
	};
	struct web_response response = {
	    .status = 200,
	    .content_type = "text/html; charset=utf-8",
	    .expires = INT64_MAX,
	    .begun_us = monotonic_us(),
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
		finish(round, &request, &response, ticket);
	else
		for (size_t i = 0; i < round->count; i++)
			answer_plain(web, round->exchanges[i], 503, BUSY, class_of(&request));
	buf_done(&response.body);
}

/* Makes the page for those who wait, and again for those who came while that was done, until nobody
 * waits. */
static void make_for_all(struct web *web, struct making *making, const struct page_key *key)
{
	struct waiters present = {0};
	struct waiters late = {0};
	for (;;) {
		if (late.count > 0)
			waiters_swap(&present, &late);
		else if (!making_take_or_end(web->makings, making, &present))
			break;
		late.count = 0;
		struct page *page = page_find(web, key);
		if (page == NULL) {
			answer_round(
			    &(struct round){web, key, present.exchanges, present.count, making, &late});
			continue;
		}
		answer_all(&present, page, WEB_KEPT);
		page_release(page);
	}
	waiters_done(&present);
	waiters_done(&late);
}

void web_answer(struct web *web, struct net_exchange *exchange)
{
	struct page_key key;
	struct making *making = making_of(web, exchange, &key);
	if (making != NULL)
		make_for_all(web, making, &key);
	else
		answer_alone(web, &key, exchange);
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
