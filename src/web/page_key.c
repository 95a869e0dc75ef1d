/* Under what a page is kept: the path and the declared query, whatever else an address has. */
#include "web/web_private.h"

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

void page_key_make(const struct web *web, const struct http_request *http, struct page_key *key)
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
