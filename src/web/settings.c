#include "web/web.h"

#define ROW(member) offsetof(struct web_settings, member)

static const struct setting rows[] = {
    {"site.url", "url", SETTING_TEXT, "", 0, 300, "",
     "The site's public address, such as https://news.example; empty: the address that the server "
     "listens on. Requests for other hosts are answered 421.",
     ROW(url)},
    {"site.theme", "theme", SETTING_TEXT, "", 0, 1000, "",
     "The folder of the site's theme, seen from the site's folder; empty: theme, if it is there. "
     "It is read when the server starts and by courant reload.",
     ROW(theme)},
    {"server.trusted_proxies", NULL, SETTING_TEXT, "", 0, 1000, "addresses",
     "Addresses of the proxies in front of Courant, parted by spaces: only their X-Forwarded-For "
     "counts.",
     ROW(trusted_proxies)},
    {"cache.size", NULL, SETTING_SIZE, "256MB", 1 << 20, INT64_C(1) << 40, "bytes",
     "What finished pages may take in memory. When room is wanted, those go first that are read "
     "seldom, are quickly made and are large.",
     ROW(cache_bytes)},
    {"web.request_memory", NULL, SETTING_SIZE, "64MB", 1 << 20, 1 << 30, "bytes",
     "What one request may take in memory while its page is made.", ROW(request_bytes)},
    {"replies.per_hour", NULL, SETTING_COUNT, "60", 1, 1000000, "replies",
     "How many replies one address (an IPv6 /64) may send in an hour; the server's own machine is "
     "not counted.",
     ROW(replies_per_hour)},
};
static const char *const reloads[] = {"site.theme", "web.request_memory", "replies.per_hour", NULL};
const struct setting_table web_settings_table = {
    .room = "web",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .reloads = reloads,
    .struct_bytes = sizeof(struct web_settings),
};
