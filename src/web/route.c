#include "web/web_private.h"

/* Cuts the first segment off "/a/b": gives "a" and leaves "/b". */
static bool segment_next(Str *path, Str *out)
{
	if (path->length == 0 || path->bytes[0] != '/')
		return false;
	Str rest = str_from(*path, 1);
	size_t end = str_find_byte(rest, '/');
	*out = str_slice(rest, 0, end);
	*path = end == STR_NOT_FOUND ? S("") : str_from(rest, end);
	return true;
}

static bool pattern_matches(const char *pattern, Str path, Str *parameters)
{
	Str expected = str_from_c(pattern);
	size_t count = 0;
	Str want;
	Str have;
	while (segment_next(&expected, &want)) {
		if (!segment_next(&path, &have))
			return false;
		if (want.length > 0 && want.bytes[0] == '{') {
			if (have.length == 0)
				return false;
			parameters[count++] = have;
		} else if (!str_equal(want, have)) {
			return false;
		}
	}
	return path.length == 0;
}

/* The language whose prefix the path has; the default language has none. */
static const struct language *prefix_take(const struct web *web, Str *path)
{
	Str rest = *path;
	Str first;
	if (segment_next(&rest, &first)) {
		const struct language *language = language_find(first);
		if (language != NULL && language != web->world->site->language) {
			*path = rest.length == 0 ? S("/") : rest;
			return language;
		}
	}
	return web->world->site->language;
}

const struct language *route_language(const struct web *web, Str path)
{
	return prefix_take(web, &path);
}

static bool method_fits(const struct route *route, enum http_method method)
{
	return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

void route_match(const struct web *web, enum http_method method, Str path, struct route_match *out)
{
	bool takes_get = false;
	bool takes_post = false;
	*out = (struct route_match){.language = prefix_take(web, &path)};
	for (size_t i = 0; i < web->options.route_table_count; i++) {
		const struct route_table *table = web->options.routes[i];
		for (size_t j = 0; j < table->count; j++) {
			const struct route *route = &table->rows[j];
			if (!pattern_matches(route->pattern, path, out->parameters))
				continue;
			if (method_fits(route, method)) {
				out->route = route;
				return;
			}
			*(route->method == HTTP_POST ? &takes_post : &takes_get) = true;
		}
	}
	if (takes_get || takes_post)
		out->allowed = !takes_post ? "GET, HEAD" : takes_get ? "GET, HEAD, POST" : "POST";
}

const struct route *route_find(const struct web *web, enum http_method method, Str path)
{
	struct route_match match;
	route_match(web, method, path, &match);
	return match.route;
}

static Err route_check(const struct route *route)
{
	if (route->pattern == NULL || route->handler == NULL)
		return fail(ERR_INTERNAL, "%s:%d: a route needs a pattern and a handler", route->file,
		            route->line);
	if (route->audience == AUDIENCE_UNSTATED)
		return fail(ERR_INTERNAL, "%s:%d: the route %s does not say who may", route->file,
		            route->line, route->pattern);
	if (route->cache == CACHE_UNSTATED)
		return fail(ERR_INTERNAL, "%s:%d: the route %s does not say how it is cached", route->file,
		            route->line, route->pattern);
	if (route->cost == COST_UNSTATED)
		return fail(ERR_INTERNAL, "%s:%d: the route %s does not say what it costs", route->file,
		            route->line, route->pattern);
	if (route->method == HTTP_POST &&
	    (route->cache == CACHE_PAGE || route->form == NULL || route->max_body_bytes == 0))
		return fail(ERR_INTERNAL,
		            "%s:%d: the route %s takes a form: it needs fields, a size and no cache",
		            route->file, route->line, route->pattern);
	return OK;
}

Err routes_check(const struct web *web)
{
	const struct route *stream = web->options.stream_route;
	if (stream != NULL && (stream->audience == AUDIENCE_UNSTATED || stream->cache != CACHE_NEVER))
		return fail(ERR_INTERNAL, "%s:%d: the stream %s must say who may, and is never kept",
		            stream->file, stream->line, stream->pattern);
	for (size_t i = 0; i < web->options.route_table_count; i++)
		for (size_t j = 0; j < web->options.routes[i]->count; j++)
			TRY(route_check(&web->options.routes[i]->rows[j]));
	return OK;
}

Err route_each(const struct web *web, Err (*each)(const struct route *route, void *context),
               void *context)
{
	for (size_t i = 0; i < web->options.route_table_count; i++)
		for (size_t j = 0; j < web->options.routes[i]->count; j++)
			TRY(each(&web->options.routes[i]->rows[j], context));
	return OK;
}
