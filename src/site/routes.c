/* The reader's pages. `courant routes PATH` names the line that answers an address. */
#include "site/views.h"

static const struct route routes[] = {
    ROUTE(.method = HTTP_GET, .pattern = "/", .handler = home_get, .audience = AUDIENCE_READERS,
          .cache = CACHE_PAGE, .page = "site/home"),
    ROUTE(.method = HTTP_GET, .pattern = "/feed.xml", .handler = feed_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/feed"),
    ROUTE(.method = HTTP_GET, .pattern = "/tag/{tag}", .handler = tag_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/tag",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/byline/{byline}", .handler = byline_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/byline",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/source/{source}", .handler = source_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/source",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/corrections", .handler = corrections_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/corrections",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/archive", .handler = archive_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/archive",
          .query = {"day"}),
    ROUTE(.method = HTTP_GET, .pattern = "/search", .handler = search_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/search",
          .query = {"q", "section", "from", "until", "order", "before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/{year}/{month}/{day}", .handler = day_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/day",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/{section}", .handler = section_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .page = "site/section",
          .query = {"before"}),
    ROUTE(.method = HTTP_GET, .pattern = "/{section}/{year}/{month}/{day}/{slug}",
          .handler = story_get, .audience = AUDIENCE_READERS, .cache = CACHE_PAGE,
          .page = "site/story", .query = {REPLIES_AFTER}),
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
    {"site/feed", &feed_view_view},
};
const struct template_bindings site_bindings = {bindings, sizeof bindings / sizeof bindings[0]};
