/* Routes, requests, answers, forms and pages. A room declares its pages as rows of a route table;
 * this room finds the row, judges who may and how much, decodes the form, calls the handler and
 * turns what comes back into a finished answer. Knows no room's tables. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/embedded.h"
#include "html/template.h"
#include "net/net.h"
#include "web/act.h"
#include "web/page.h"

struct web_settings {
	Str url;                  /* site.url: empty means the address that the server listens on */
	Str theme;                /* site.theme: empty means THEME_FOLDER, if it is there */
	Str trusted_proxies;      /* whose forwarded headers count */
	int64_t cache_bytes;      /* what finished pages may take */
	int64_t request_bytes;    /* what one request may take */
	int64_t replies_per_hour; /* from one address block */
};
extern const struct setting_table web_settings_table;

/* What answers are counted as: net_answer.class. */
enum web_class {
	WEB_OTHER,  /* refusals of net's and of foreign hosts, /healthz */
	WEB_KEPT,   /* a page from memory */
	WEB_ASSET,  /* a style, a script, a picture of the site's own */
	WEB_MADE,   /* made by a worker, or refused because none could */
	WEB_SEARCH, /* the same, a search */
	WEB_WRITE,  /* a form that was sent */
	WEB_STREAM, /* a stream of events, whose request is over once it has begun */
	WEB_CLASSES,
};
extern const char *const web_class_names[WEB_CLASSES];

struct web;
struct web_request;
struct web_response;
typedef Err web_handler(struct web_request *request, struct web_response *response);

/* Who may: a row that does not say stops the server from starting. */
enum route_audience { AUDIENCE_UNSTATED, AUDIENCE_READERS };

/* What kind of work it is when it is not in memory, and so whose turn it is and what is refused
 * when there is too much: a row that does not say stops the server from starting. In the order in
 * which they are kept; the last goes first. */
enum route_cost {
	COST_UNSTATED,
	COST_STAFF,  /* the newsroom's: never refused */
	COST_PAGE,   /* a page that a reader waits for */
	COST_WRITE,  /* what a reader sends */
	COST_SEARCH, /* a search, what programs ask for by the hundred, an address that is none */
};

enum route_cache {
	CACHE_UNSTATED,
	CACHE_PAGE,  /* kept and the same for everybody: no-cache and an ETag */
	CACHE_NEVER, /* no-store */
};

#define ROUTE_PARAMETERS_MAX 8
#define ROUTE_QUERY_MAX 6

struct route {
	enum http_method method; /* HTTP_GET answers HEAD too */
	const char *pattern; /* "/tag/{tag}": a name in braces is one segment; the language's prefix is
	                        not part of it */
	web_handler *handler;
	enum route_audience audience;
	enum route_cache cache;
	enum route_cost cost;
	const char *page;                   /* the template, for those who look for it */
	const char *query[ROUTE_QUERY_MAX]; /* what counts in the address; others are ignored */
	const char *const *form;            /* its fields' names, NULL at the end; NULL: no body */
	size_t max_body_bytes;
	/* An answer in the form's own clothes when the request fails before or in the handler: keeps
	 * what was written. NULL: the error page. */
	Err (*refused)(struct web_request *request, struct web_response *response, Err reason);
	enum { LIMIT_NONE, LIMIT_REPLIES } limit; /* what web_limit_take counts */
	bool searches;                            /* counted as WEB_SEARCH */
	const char *row; /* as it stands in the source, for those who look for the handler's name */
	const char *file;
	int line;
};
/* One row: ROUTE(.method = HTTP_GET, .pattern = "/", …) */
#define ROUTE(...)                                                                                 \
	{                                                                                              \
		__VA_ARGS__, .row = #__VA_ARGS__, .file = __FILE__, .line = __LINE__                       \
	}

struct route_table {
	const struct route *rows;
	size_t count;
};
#define ROUTE_TABLE(rows)                                                                          \
	{                                                                                              \
		rows, sizeof(rows) / sizeof((rows)[0])                                                     \
	}

struct template_bindings {
	const struct template_binding *rows;
	size_t count;
};
/* Those of this room, which web_new adds to the others. */
extern const struct template_bindings web_bindings;

struct theme;

struct web_options {
	const struct world *world;
	const struct settings *settings;
	const struct route_table *const *routes;
	size_t route_table_count;
	const struct template_bindings *const *bindings;
	size_t binding_count;
	/* Its templates and assets take the place of Courant's own; NULL: none. It gets the faults that
	 * are found, and may be closed once web_new is done. */
	struct theme *theme;
	/* The one that this one is to follow in a running server; NULL: none. What readers' addresses
	 * have used up of their limits goes on, its assets stay to be had. Needed by web_new alone. */
	const struct web *before;
	/* Fills what stands on every page and is known to rooms further right: navigation, breaking
	 * bar. Sets when the page grows old by time alone. */
	Err (*fill_frame)(struct web_request *request, struct page_view *page, Time *expires);
	/* Event streams: their row, and who answers it, on the reactor; NULL: there are none. Gives 0,
	 * or the status of a refusal: 400, 503. */
	const struct route *stream_route;
	int (*answer_stream)(struct net_exchange *exchange, void *context);
	void *stream_context;
};
/* Checks every route and compiles every template in every language. The options' tables must stay.
 */
MUST_CHECK Err web_new(const struct web_options *options, struct web **out);
/* For one that was made while the site in the options' world was empty: now it is there. Before the
 * first request. */
MUST_CHECK Err web_site_found(struct web *web);
void web_free(struct web *web);
/* From now on pages that are read often are compressed better, by a thread of low priority. */
MUST_CHECK Err web_start_improving(struct web *web);

/* On a reactor: answers from memory what lies there, and what needs no work, and lets wait who asks
 * for a page that is being made. False: web_answer or web_answer_busy must be called; `cost` is
 * what the first would cost. */
bool web_answer_at_once(struct web *web, struct net_exchange *exchange, enum route_cost *cost);
/* On a worker: the whole rest; always answers. */
void web_answer(struct web *web, struct net_exchange *exchange);
/* "The site is busy": when no worker can take it. Also for those who wait for the same page. */
void web_answer_busy(struct web *web, struct net_exchange *exchange);
/* A number for whom a request comes from: an address behind trusted proxies, an IPv6 /64; 0 for
 * this machine itself. */
uint64_t web_reader_hash(const struct web *web, const struct http_request *request);
/* The reader's address, behind trusted proxies. Points into `request`. */
Str web_reader_address(const struct web *web, const struct http_request *request);
size_t web_max_body_bytes(const struct web *web, const struct http_request *request);

/* Every page's template and its view, of all rooms. */
const struct template_binding *web_pages(const struct web *web, size_t *count_out);
/* Tells of every partial in Courant's own templates, once for each place that it is put in, and of
 * the innermost view in sight there. */
MUST_CHECK Err web_each_partial(struct web *web,
                                void (*each)(Str page, Str partial, const struct view *view,
                                             void *context),
                                void *context);

/* The row that answers a decoded path, or NULL; `language` gets the prefix's or the site's. */
const struct route *route_find(const struct web *web, enum http_method method, Str path);
Err route_each(const struct web *web, Err (*each)(const struct route *route, void *context),
               void *context);
/* The same for what is answered before any route, by no handler: /healthz, assets and streams. */
const struct route *route_at_once(const struct web *web, Str path);
Err route_each_at_once(const struct web *web, Err (*each)(const struct route *route, void *context),
                       void *context);

/* ---- for handlers ---- */

struct web_request {
	struct web *web;
	const struct http_request *http;
	const struct world *world;
	const struct route *route;
	const struct language *language;  /* of the page */
	struct arena *mem;                /* ends with the request */
	struct db_connection *connection; /* opened by web_read, closed with the request */
	struct site_words words;          /* see web_site_words */
	/* There is too much to do: made once for all, with no database, before anybody has sent it. */
	bool is_busy;
	Time now;
	Str path;          /* decoded, NFC, with the language's prefix */
	Str address;       /* the reader's, behind trusted proxies */
	Str address_block; /* a keyed hash of the IPv4 address or IPv6 /64, for limits and keys */
	Str parameters[ROUTE_PARAMETERS_MAX]; /* in the order of the pattern */
	struct {
		Str name, value;
	} form[16]; /* as sent: maybe too long, maybe not UTF-8 */
	size_t form_count;
};

struct web_response {
	int status; /* 200 unless set */
	struct buf body;
	const char *content_type; /* "text/html; charset=utf-8" unless set */
	Url location;             /* for redirects */
	const char *allow;        /* with status 405: the methods that the path takes */
	Str cookie;               /* a whole Set-Cookie value; only on uncached pages */
	CacheTag tags[EFFECTS_MAX];
	size_t tag_count;
	int64_t story; /* the one that a kept page shows, for who counts its readers; 0: none */
	Time expires;  /* INT64_MAX unless set */
	/* Of an error: where readers can go on, and its words for i18n_text; NULL: nowhere special. */
	const char *way_on;
	Url way_on_url;
	int64_t begun_us; /* when its making began, by monotonic_us */
	Time modified; /* of a kept page whose readers ask by date (feeds do): request->now; else 0 */
};

/* The request's snapshot, opened at the first call. */
MUST_CHECK Err web_read(struct web_request *request, struct db_connection **out);
/* Gives it back: what waits for the writer must not hold one. */
void web_read_end(struct web_request *request);
/* Counts one of what the route limits; ERR_TOO_MANY when the reader's address has none left. */
MUST_CHECK Err web_limit_take(struct web_request *request);
/* A declared form field's or query's value; empty when it was not sent. */
Str web_form(const struct web_request *request, const char *name);
/* The value of a declared query's parameter as it was sent, still encoded; empty when it is not
 * there. False when it is there twice: two readers could take different ones. */
bool query_find(Str query, const char *name, Str *out);
MUST_CHECK Err web_query(struct web_request *request, const char *name, Str *out);
/* Adds a declared query's value, if it was sent, to an address that takes the request's place. */
MUST_CHECK Err web_query_keep(struct web_request *request, const char *name, Url *url);
/* A parameter that is a number from 1 on; ERR_NOT_FOUND otherwise. */
MUST_CHECK Err web_parameter_id(const struct web_request *request, size_t index, int64_t *out);
Str web_cookie(const struct web_request *request, Str name);
/* The page grows old at `expires` by time alone. */
static inline void web_expires(struct web_response *response, Time expires)
{
	if (expires < response->expires)
		response->expires = expires;
}

/* What this page was made from. TAG_SITE is there already. */
void web_tag(struct web_response *response, CacheTag tag);
/* Fills the frame (title and the rest are set by the caller before or after). */
MUST_CHECK Err web_frame(struct web_request *request, struct web_response *response,
                         struct page_view *page);
/* The frame without what only the database knows, for when that can't be read. */
MUST_CHECK Err web_frame_without_database(struct web_request *request, struct page_view *page);
/* For a page that has feeds of its own, below its address: "/politics/feed.xml". Before the frame.
 */
MUST_CHECK Err web_own_feeds(struct web_request *request, struct page_view *page, Str title);
/* What the site is called in the request's language. */
MUST_CHECK Err web_site_words(struct web_request *request, struct site_words *out);
/* The window's title: "Politics – The Two Rivers". */
MUST_CHECK Err web_title(struct web_request *request, Str title, Str *out);
/* Renders a bound template in the request's language. */
MUST_CHECK Err web_render(struct web_request *request, struct web_response *response,
                          const char *template_name, const void *view);
MUST_CHECK Err web_redirect(struct web_response *response, int status, Url location);
/* An address of this site in a language: its prefix and the segments. */
MUST_CHECK Err web_path(const struct web_request *request, const struct language *language,
                        const Str *segments, size_t count, Url *out);
/* A decoded path, as stores keep it, as an address: "/a/ب" with its segments percent-encoded. */
MUST_CHECK Err web_url_of_path(Str path, struct arena *mem, Url *out);
/* The same with the site's public address in front. */
MUST_CHECK Err web_absolute(const struct web_request *request, Url path, Url *out);
/* The public address of an asset, "/assets/site.3f9a1c2b.css". */
MUST_CHECK Err web_asset(const struct web_request *request, const char *name, Url *out);
/* Answers with the asset itself, for what programs look for at an address of its own
 * ("/favicon.ico"). */
MUST_CHECK Err web_asset_answer(const struct web_request *request, const char *name,
                                struct web_response *response);
/* The operator's settings of the caller's room. */
const void *web_settings_of(const struct web_request *request, const struct setting_table *table);
/* The one script that stands in a page itself; the CSP allows it by its hash. */
Html web_first_paint_script(void);
/* Text that may not be UTF-8, made showable: what is wrong becomes U+FFFD. */
MUST_CHECK Err web_showable(Str text, struct arena *mem, Str *out);

/* ---- one-time keys for forms ---- */

#define FORM_KEY_LIFE_MS DAY_MS
/* 128 random bits, the time and a MAC over both and the cookie's value. */
MUST_CHECK Err form_key_make(const struct mac_key *site, Str cookie, Time now, struct arena *mem,
                             Str *out);
/* True when it was made here, for this cookie, within FORM_KEY_LIFE_MS; `*id` is what is unique
 * to the submission. */
bool form_key_check(const struct mac_key *site, Str cookie, Str key, Time now, Str *id);
/* The key of a submission without JavaScript: the same for the same words from the same address
 * block on the same day, so that two presses are one. */
MUST_CHECK Err form_key_of(const struct mac_key *site, const Str *parts, size_t count, Time day,
                           struct arena *mem, Str *out);

#endif
