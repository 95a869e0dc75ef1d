/* The way of a request: from memory on the reactor, or through route, limits and handler on a
 * worker. */
#include "base/log.h"
#include "web/web_private.h"

#define PAGE_CACHE_CONTROL "no-cache"
/* A page that is old by time alone is better than none for so long. */
#define OLD_MAX_MS DAY_MS
#define ASSET_NAME_MAX_BYTES 256
#define ASSET_HASH_DIGITS 8 /* tools/embed.py, and public_path of a theme's */
#define HOST_LOGGED_BYTES 100

const char *const web_class_names[WEB_CLASSES] = {"other",  "kept",  "asset", "made",
                                                  "search", "write", "stream"};

/* Who is cut off from the database shows what is there, however old it has grown by time alone:
 * before all times nothing has. */
static struct page *page_find(const struct web *web, const struct page_key *key,
                              enum db_standing standing)
{
	if (!key->fits || standing == DB_UNCONFIRMED)
		return NULL;
	return cache_find(web->world->cache, page_key_str(key),
	                  standing == DB_CUT_OFF ? 0 : clock_now(web->world->clock));
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

static const struct route *route_of(const struct web *web, const struct http_request *http)
{
	return route_find(web, http->method, http->path);
}

/* Whoever spreads requests over several servers looks for "ok" at its beginning. */
static const char *health(const struct web *web)
{
	if (db_standing(web->world->db) == DB_CUT_OFF)
		return "cut off: the database can't be reached, pages are shown as they were; see the log";
	if (!db_can_write(web->world->db))
		return "read-only: the database can't be written to, see the log";
	return "ok";
}

/* An address that is none costs an error page, and those who try many are no readers. */
static enum route_cost cost_of(const struct route *route)
{
	return route == NULL ? COST_SEARCH : route->cost;
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

bool web_answer_at_once(struct web *web, struct net_exchange *exchange, enum route_cost *cost)
{
	const struct http_request *http = net_exchange_request(exchange);
	*cost = COST_SEARCH;
	if (str_equal(http->path, S("/healthz")) && reads(http)) {
		answer_plain(web, exchange, 200, health(web), WEB_OTHER);
		return true;
	}
	if (!host_is_ours(web, http->host)) {
		host_refused_log(web, http->host);
		answer_plain(web, exchange, 421, "This server does not serve that host.", WEB_OTHER);
		return true;
	}
	if (!reads(http)) {
		*cost = cost_of(route_of(web, http));
		return false;
	}
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
	page_key_make(web, http, &key);
	struct page *page = page_find(web, &key, db_standing(web->world->db));
	if (page == NULL) {
		const struct route *route = route_of(web, http);
		bool is_shared = key.fits && route != NULL && route->cache == CACHE_PAGE;
		*cost = cost_of(route);
		return is_shared && making_join(web->makings, page_key_str(&key), exchange) == MAKING_WAITS;
	}
	improver_tell(web->improver, page);
	/* Only a key without a query tells what to ask for when the page is made anew. */
	if (key.length == http->path.length)
		hot_pages_tell(web->hot, page_key_str(&key), page);
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
	page_key_make(web, http, key);
	return key->fits ? making_led_by(web->makings, page_key_str(key), exchange) : NULL;
}

static enum web_class class_of(const struct http_request *http, const struct route *route)
{
	if (!reads(http))
		return WEB_WRITE;
	return route != NULL && route->searches ? WEB_SEARCH : WEB_MADE;
}

/* A page that grew old by time alone, else the refusal. All of them must be there already: what an
 * act made old before they came is not found. */
static void answer_all_busy(const struct web *web, const struct page_key *key,
                            struct net_exchange *const *exchanges, size_t count)
{
	const struct http_request *http = net_exchange_request(exchanges[0]);
	enum web_class class = class_of(http, route_of(web, http));
	struct page *old = !key->fits || db_standing(web->world->db) == DB_UNCONFIRMED
	                       ? NULL
	                       : cache_find_old(web->world->cache, page_key_str(key),
	                                        clock_now(web->world->clock), OLD_MAX_MS);
	for (size_t i = 0; i < count; i++) {
		if (old == NULL)
			answer_busy(web, exchanges[i], class);
		else
			answer_page(exchanges[i], page_keep(old), WEB_KEPT);
	}
	if (old != NULL)
		page_release(old);
}

/* Nobody else would answer those who wait for the page that this one was to bring. */
void web_answer_busy(struct web *web, struct net_exchange *exchange)
{
	struct page_key key;
	struct waiters waiters = {0};
	struct making *making = making_of(web, exchange, &key);
	if (making == NULL)
		answer_all_busy(web, &key, &exchange, 1);
	while (making != NULL && making_take_or_end(web->makings, making, &waiters))
		answer_all_busy(web, &key, waiters.exchanges, waiters.count);
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
	if (!form_is_sent(http)) {
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
	/* Another server may have dated another page in this second, by a clock of its own. */
	if (db_is_shared(web->world->db))
		response->modified = 0;
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
	/* Asked for before the cache is: what an act dropped by then is known to be old. */
	bool is_current = db_standing(round->web->world->db) == DB_CONFIRMED;
	if (round->key->fits)
		is_current &= cache_put(cache, page_key_str(round->key), ticket, page);
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

/* An answer being made, before anybody gets it. */
struct rendering {
	struct arena mem;
	struct web_request request;
	struct web_response response;
	CacheTicket ticket;
};

static void rendering_init(struct rendering *rendering, struct web *web,
                           const struct http_request *http)
{
	*rendering = (struct rendering){
	    .request = {.web = web,
	                .http = http,
	                .world = web->world,
	                .mem = &rendering->mem,
	                .now = clock_now(web->world->clock)},
	    .response = {.status = 200,
	                 .content_type = "text/html; charset=utf-8",
	                 .expires = INT64_MAX,
	                 .begun_us = monotonic_us()},
	};
	arena_init(&rendering->mem, (size_t)web->settings->request_bytes);
	buf_init(&rendering->response.body, (size_t)web->settings->request_bytes);
}

static void rendering_done(struct rendering *rendering)
{
	buf_done(&rendering->response.body);
	arena_done(&rendering->mem);
}

static Err render(struct rendering *rendering)
{
	struct web_request *request = &rendering->request;
	/* Drawn before the first snapshot is opened, so that an act in between is noticed. */
	rendering->ticket = cache_render_begin(request->world->cache);
	web_tag(&rendering->response, TAG_SITE);
	request->address = reader_address(request->web, request->http);
	TRY(reader_address_block(request->web, request->address, request->mem,
	                         &request->address_block));
	respond(request, &rendering->response);
	/* Compressing and sending need no snapshot, and checkpoints wait for those that are open. */
	web_read_end(request);
	return OK;
}

/* What was rendered as a page that is kept; false where it is none. */
static bool page_of(struct rendering *rendering, const struct page_levels *levels,
                    struct page **out)
{
	struct web *web = rendering->request.web;
	const struct route *route = rendering->request.route;
	struct web_response *response = &rendering->response;
	modified_once(web, rendering->ticket, response);
	return response->status == 200 && route != NULL && route->cache == CACHE_PAGE &&
	       page_finish(web, web->world->cache, response, PAGE_CACHE_CONTROL, levels, out) == OK;
}

Err page_make(struct web *web, const struct http_request *request, const struct page_levels *levels,
              CacheTicket *ticket, struct page **out)
{
	struct rendering rendering CLEANUP(rendering_done);
	rendering_init(&rendering, web, request);
	TRY(render(&rendering));
	if (!page_of(&rendering, levels, out))
		return fail(ERR_NOT_FOUND, "the answer is no page that is kept");
	*ticket = rendering.ticket;
	return OK;
}

static void answer_round(const struct round *round)
{
	struct page *page;
	struct rendering rendering CLEANUP(rendering_done);
	rendering_init(&rendering, round->web, net_exchange_request(round->exchanges[0]));
	Err err = render(&rendering);
	enum web_class class = class_of(rendering.request.http, rendering.request.route);
	if (err != OK)
		for (size_t i = 0; i < round->count; i++)
			answer_busy(round->web, round->exchanges[i], class);
	else if (page_of(&rendering, &page_levels_quick, &page))
		finish_page(round, rendering.ticket, page, class);
	else
		finish_other(round, &rendering.response, class);
}

/* What is read for nobody is not worth making. */
static bool have_left(struct net_exchange *const *exchanges, size_t count)
{
	size_t left = 0;
	while (left < count && net_exchange_has_left(exchanges[left]))
		left++;
	return left == count && reads(net_exchange_request(exchanges[0]));
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
		if (have_left(present.exchanges, present.count)) {
			answer_all_busy(web, key, present.exchanges, present.count);
			continue;
		}
		struct page *page = page_find(web, key, db_standing_wait(web->world->db));
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
	else if (have_left(&exchange, 1))
		answer_all_busy(web, &key, &exchange, 1);
	else
		answer_alone(web, &key, exchange);
}

size_t web_max_body_bytes(const struct web *web, const struct http_request *request)
{
	struct arena mem CLEANUP(arena_done);
	Str path;
	arena_init(&mem, (size_t)4 * PAGE_KEY_MAX_BYTES);
	if (request->method != HTTP_POST || path_decode(request, &mem, &path) != OK)
		return 0;
	const struct route *route = route_find(web, HTTP_POST, path);
	return route == NULL ? 0 : route->max_body_bytes;
}
