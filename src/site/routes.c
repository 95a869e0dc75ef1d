/* The reader's pages. `courant routes PATH` names the line that answers an address. */
#include "site/views.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): a literal is put together, a handler's name is shown. */
/* What stands beside the pages, for programs. */
#define ROUTE_BESIDE(where, does, costs, shows)                                                    \
	ROUTE(.method = HTTP_GET, .pattern = where, .handler = does, .audience = AUDIENCE_READERS,     \
	      .cache = CACHE_PAGE, .cost = costs, .page = shows)
/* One feed, three formats. */
#define ROUTES_FEED(where, does, costs)                                                            \
	ROUTE(.method = HTTP_GET, .pattern = where "/feed.xml", .handler = does,                       \
	      .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = costs, .page = "site/rss"),   \
	    ROUTE(.method = HTTP_GET, .pattern = where "/feed.atom", .handler = does,                  \
	          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = costs,                    \
	          .page = "site/atom"),                                                                \
	    ROUTE(.method = HTTP_GET, .pattern = where "/feed.json", .handler = does,                  \
	          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = costs)
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct route routes[] = {
    ROUTE(.method = HTTP_GET, .pattern = "/", .handler = home_get, .audience = AUDIENCE_READERS,
          .cache = CACHE_PAGE, .cost = COST_PAGE, .page = "site/home"),
    ROUTES_FEED("", feed_get, COST_PAGE),
    ROUTES_FEED("/all", feed_all_get, COST_PAGE),
    ROUTES_FEED("/tag/{tag}", feed_tag_get, COST_SEARCH),
    ROUTES_FEED("/byline/{byline}", feed_byline_get, COST_SEARCH),
    ROUTES_FEED("/source/{source}", feed_source_get, COST_SEARCH),
    ROUTES_FEED("/corrections", feed_corrections_get, COST_PAGE),
    ROUTES_FEED("/replies", feed_replies_get, COST_PAGE),
    ROUTES_FEED("/{section}", feed_section_get, COST_PAGE),
    ROUTES_FEED("/{section}/{year}/{month}/{day}/{slug}", feed_story_replies_get, COST_SEARCH),
    ROUTE_BESIDE("/sitemap.xml", sitemap_index_get, COST_PAGE, "site/sitemap_index"),
    ROUTE_BESIDE("/sitemap/pages.xml", sitemap_pages_get, COST_SEARCH, "site/sitemap"),
    ROUTE_BESIDE("/sitemap/{part}", sitemap_stories_get, COST_SEARCH, "site/sitemap"),
    ROUTE_BESIDE("/news-sitemap.xml", sitemap_news_get, COST_PAGE, "site/sitemap_news"),
    ROUTE_BESIDE("/robots.txt", robots_get, COST_PAGE, "site/robots"),
    ROUTE_BESIDE("/opensearch.xml", opensearch_get, COST_PAGE, "site/opensearch"),
    ROUTE_BESIDE("/manifest.webmanifest", manifest_get, COST_PAGE, NULL),
    ROUTE_BESIDE("/favicon.ico", favicon_get, COST_PAGE, NULL),
    ROUTE_BESIDE("/apple-touch-icon.png", touch_icon_get, COST_PAGE, NULL),
    ROUTE(.method = HTTP_GET, .pattern = "/tag/{tag}", .handler = tag_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE, .page = "site/tag",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/byline/{byline}", .handler = byline_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/byline", .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/source/{source}", .handler = source_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/source", .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/corrections", .handler = corrections_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/corrections", .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/archive", .handler = archive_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/archive", .query = {"day"}),
    ROUTE(.method = HTTP_GET, .pattern = "/search", .handler = search_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_SEARCH,
          .page = "site/search", .query = {"q", "section", "from", "until", "order", "before"},
          .searches = true),
    ROUTE(.method = HTTP_GET, .pattern = "/{year}/{month}", .handler = month_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/archive"),
    ROUTE(.method = HTTP_GET, .pattern = "/{year}/{month}/{day}", .handler = day_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE, .page = "site/day",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/{section}", .handler = section_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE,
          .page = "site/section", .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/{section}/{year}/{month}/{day}/{slug}",
          .handler = story_get, .audience = AUDIENCE_READERS, .cache = CACHE_PAGE,
          .cost = COST_PAGE, .page = "site/story", .query = {REPLIES_AFTER}),
};
const struct route_table site_routes = ROUTE_TABLE(routes);

static const struct template_binding bindings[] = {
    {"site/home", &home_view_view},
    {"site/section", &listing_view_view},
    {"site/tag", &listing_view_view},
    {"site/story", &story_page_view_view},
    {"site/byline", &listing_view_view},
    {"site/source", &listing_view_view},
    {"site/corrections", &corrections_view_view},
    {"site/archive", &archive_view_view},
    {"site/day", &listing_view_view},
    {"site/search", &search_view_view},
    {"site/rss", &feed_view},
    {"site/atom", &feed_view},
    {"site/feed_story", &feed_story_view},
    {"site/sitemap_index", &sitemap_view},
    {"site/sitemap", &sitemap_view},
    {"site/sitemap_news", &sitemap_news_view},
    {"site/robots", &robots_view},
    {"site/opensearch", &opensearch_view},
};
const struct template_bindings site_bindings = {bindings, sizeof bindings / sizeof bindings[0]};
