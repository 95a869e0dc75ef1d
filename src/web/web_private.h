/* What the files of this room share. */
#ifndef WEB_WEB_PRIVATE_H
#define WEB_WEB_PRIVATE_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/utf8.h"
#include "web/theme_private.h"
#include "web/web.h"

#define LANGUAGES_MAX 8
#define TRUSTED_PROXIES_MAX 16
#define BINDINGS_MAX 128

struct rate_limits;
struct makings;
struct hot_pages;
struct busy;
struct improver;

/* A page's key in the cache: its path, and the declared query. */
#define PAGE_KEY_MAX_BYTES 1024
struct page_key {
	char bytes[PAGE_KEY_MAX_BYTES];
	size_t length;
	bool fits; /* else the page is not kept */
};
static inline Str page_key_str(const struct page_key *key)
{
	return (Str){key->bytes, key->length};
}

void page_key_make(const struct web *web, const struct http_request *http, struct page_key *key);

/* A finished asset: it stays as long as its web, and for one more. */
struct asset {
	Str name; /* "site.css"; empty: of the web before, for pages that readers still have */
	Url url;  /* "/assets/site.3f9a1c2b.css" */
	struct page *page;
};

struct web {
	const struct world *world;
	const struct web_settings *settings;
	struct web_options options;
	struct arena mem;                               /* what is made once, at start */
	struct template_binding bindings[BINDINGS_MAX]; /* of all rooms */
	size_t binding_count;
	struct templates *templates[LANGUAGES_MAX]; /* in the order of language_at */
	/* Courant's own, for when a theme's page can't be made; NULL without templates of a theme. */
	struct templates *own_templates[LANGUAGES_MAX];
	atomic_bool fell_back[BINDINGS_MAX]; /* the log was told that this page falls back */
	struct asset *assets;
	size_t asset_count;
	Str security_fields;      /* header fields that every answer carries */
	Str site_host;            /* the public address's host, with its port */
	atomic_bool refused_host; /* the log was told that another one is asked for */
	bool is_local;            /* no public address was set: localhost is as good */
	struct in6_addr trusted_proxies[TRUSTED_PROXIES_MAX]; /* IPv4 as ::ffff:… */
	size_t trusted_proxy_count;
	struct rate_limits *limits;
	struct makings *makings;
	struct hot_pages *hot;
	struct busy *busy;         /* NULL: refusals are plain sentences */
	struct improver *improver; /* NULL: pages stay as they were first compressed */
	/* The second of which the last dated page is, and what it was made of; under the lock. */
	pthread_mutex_t dated_lock;
	Time dated_second;
	CacheTicket dated_ticket;
};

/* ---- templates.c ---- */

/* Compiles every template in every language, those of the theme in the place of Courant's own. What
 * is wrong with the theme's is a fault of the theme. `theme` may be NULL. */
MUST_CHECK Err templates_load(struct web *web, struct theme *theme);
void templates_release(struct web *web);

/* ---- assets.c ---- */

/* Those of `before` (which may be NULL) stay to be had at their addresses. */
MUST_CHECK Err assets_load(struct web *web, struct theme *theme, const struct web *before);
void assets_release(struct web *web);
/* By name; NULL when there is none. */
const struct asset *asset_named(const struct web *web, Str name);

/* ---- route.c ---- */

struct route_match {
	const struct route *route;
	const char *allowed; /* with route NULL: the methods that would do, or NULL: no such path */
	const struct language *language;
	Str parameters[ROUTE_PARAMETERS_MAX];
};
MUST_CHECK Err routes_check(const struct web *web);
void route_match(const struct web *web, enum http_method method, Str path, struct route_match *out);
/* That of the path's prefix, or the site's. */
const struct language *route_language(const struct web *web, Str path);

/* ---- form.c ---- */

/* Whether the body is a form, by its type. */
bool form_is_sent(const struct http_request *http);
/* Decodes application/x-www-form-urlencoded (WHATWG URL §5.1) into the request's form: only what
 * the route declares, each once. ERR_INVALID says what else was sent; the declared fields are there
 * all the same. Values may be any bytes. */
MUST_CHECK Err form_decode(Str body, const char *const *fields, struct web_request *request);

/* ---- reader.c: where a request comes from ---- */

/* An IPv4 address becomes ::ffff:… */
bool address_parse(Str text, struct in6_addr *out);
Str reader_address(const struct web *web, const struct http_request *http);
/* Whether the request comes from this machine itself, and not through a proxy on it. */
bool reader_is_local(const struct http_request *http, Str address);
MUST_CHECK Err reader_address_block(const struct web *web, Str address, struct arena *mem,
                                    Str *out);
/* False for a POST that Sec-Fetch-Site or Origin says comes from another site. */
bool reader_is_on_our_page(const struct web *web, const struct http_request *http);
bool host_is_ours(const struct web *web, Str host);

/* ---- rate_limit.c ---- */

MUST_CHECK Err rate_limits_new(struct rate_limits **out);
/* One more holds them: what an address has used up outlives a reload. */
struct rate_limits *rate_limits_keep(struct rate_limits *limits);
void rate_limits_release(struct rate_limits *limits);
/* Takes one of `per_hour` from what the address block has left; false when there is none. A fixed
 * table: under a flood of addresses strangers may share a place, never memory grow. */
bool rate_limit_take(struct rate_limits *limits, Str block, int64_t per_hour, Time now);

/* ---- answer.c: finished bytes ---- */

struct page_levels {
	int gzip, brotli;
};
/* For a page that readers wait for, for one that is made anew at each act, and for one that is read
 * often or stays for ever. */
extern const struct page_levels page_levels_quick, page_levels_brief, page_levels_best;
/* A page with its header blocks and compressed bodies, ready to be kept in `cache`, or NULL by the
 * caller alone; with levels NULL it is not compressed. */
MUST_CHECK Err page_finish(const struct web *web, struct cache *cache,
                           const struct web_response *response, const char *cache_control,
                           const struct page_levels *levels, struct page **out);
/* The same page with its bodies compressed as well as can be. */
MUST_CHECK Err page_compress_best(struct cache *cache, const struct page *page, struct page **out);
/* Answers with a page, by what the request accepts and already has; takes over the caller's count.
 */
void answer_page(struct net_exchange *exchange, struct page *page, enum web_class class);
/* An answer that is sent once. */
void answer_once(const struct web *web, struct net_exchange *exchange,
                 const struct web_response *response, enum web_class class);
/* The same of bytes, which are copied. */
void answer_bytes(struct net_exchange *exchange, Str head, Str body, enum web_class class);
/* A plain sentence, for when nothing better can be made. */
void answer_plain(const struct web *web, struct net_exchange *exchange, int status,
                  const char *sentence, enum web_class class);
/* To an address of this site, for now. */
void answer_elsewhere(const struct web *web, struct net_exchange *exchange, Url location,
                      enum web_class class);
const char *status_reason(int status);
void head_begin(struct buf *head, int status);
/* A body as it is sent where `level` is its compressor's; empty when it would not be smaller. The
 * caller frees it. */
Str body_gzip(Str body, int level);
Str body_brotli(Str body, int level);
/* Name of an encoding in Content-Encoding; NULL: identity. */
extern const char *const page_encoding_names[PAGE_ENCODINGS];

/* ---- making.c: one page is made once, however many ask ----
 *
 * The first request for a page that is not there leads its making, and whoever leads must see to it
 * that the making comes to an end: a worker by making_take_or_end, or whoever refuses the leader.
 * Those who ask meanwhile wait in it, on no thread. */

struct waiters {
	struct net_exchange **exchanges;
	size_t count, room;
};
void waiters_done(struct waiters *waiters);
void waiters_swap(struct waiters *a, struct waiters *b);

MUST_CHECK Err makings_new(struct makings **out);
/* One more holds them: a page that the web before was asked for is made by its successor. */
struct makings *makings_keep(struct makings *makings);
void makings_release(struct makings *makings);
enum making_part {
	MAKING_LEADS, /* the caller sees to it that the page is made */
	MAKING_WAITS, /* the exchange will be answered */
	MAKING_ALONE, /* memory is short: the caller answers it, without the others */
};
enum making_part making_join(struct makings *makings, Str key, struct net_exchange *exchange);
/* The making that this exchange leads, for whoever asks first; else NULL. */
struct making *making_led_by(struct makings *makings, Str key, const struct net_exchange *leader);
/* Those who have joined since the last call, in the order in which they came, the leader first. */
void making_take(struct makings *makings, struct making *making, struct waiters *out);
/* The same, or, when nobody has: ends the making, and is false. */
MUST_CHECK bool making_take_or_end(struct makings *makings, struct making *making,
                                   struct waiters *out);

/* ---- remake.c: pages that are read all the time are made anew before they fall ---- */

MUST_CHECK Err hot_pages_new(struct hot_pages **out);
/* One more holds them: what is read all the time is so after a reload. */
struct hot_pages *hot_pages_keep(struct hot_pages *hot);
void hot_pages_release(struct hot_pages *hot);
/* Tells of a page that was just found under the key. Any thread, waits for nobody. */
void hot_pages_tell(struct hot_pages *hot, Str key, struct page *page);

/* ---- dispatch.c ---- */

/* The page that `request` would be answered with, and the ticket that it was made with; fails where
 * the answer is no page that is kept. */
MUST_CHECK Err page_make(struct web *web, const struct http_request *request,
                         const struct page_levels *levels, CacheTicket *ticket, struct page **out);

/* ---- improve.c ---- */

MUST_CHECK Err improver_start(struct cache *cache, struct improver **out);
/* Waits for the page that is being compressed. NULL is fine. */
void improver_stop(struct improver *improver);
/* Tells of a page that was just found. Any thread, waits for nobody; NULL is fine. */
void improver_tell(struct improver *improver, struct page *page);

/* ---- busy.c: what is answered when there is too much to do ----
 *
 * Made once, in each language; a refusal then costs what a page from memory costs. A form that was
 * sent comes back in one that was made with marks in the place of words. */

/* Of a web whose site and templates are there. Needs no database. */
MUST_CHECK Err busy_new(struct web *web, struct busy **out);
/* What is being sent keeps it for as long as that takes. NULL is fine. */
void busy_release(struct busy *busy);
/* Answers 503. Any thread; waits for nobody. */
void answer_busy(const struct web *web, struct net_exchange *exchange, enum web_class class);

/* ---- negotiate.c ---- */

/* The best encoding of those that `page` has (RFC 9110 §12.5.3). */
enum page_encoding negotiate_encoding(Str accept_encoding, const struct page *page);
/* Whether If-None-Match names the page's ETag, compared weakly (RFC 9110 §8.8.3.2, §13.1.2). */
bool etag_matches(Str if_none_match, Str etag);

/* ---- request.c ---- */

/* web_title for a site that is called so. */
MUST_CHECK Err title_make(struct web_request *request, Str title, Str site_name, Str *out);

/* ---- error_page.c ---- */

int err_status(Err err);
/* Fills the response with the page for a failure; it never says what is not the reader's business.
 */
void error_page(struct web_request *request, struct web_response *response, Err reason);
void error_page_status(struct web_request *request, struct web_response *response, int status);

#endif
