#include "cli/cli_private.h"
#include "server/wiring.h"

static const char *method_word(enum http_method method)
{
	return method == HTTP_POST ? "POST" : method == HTTP_GET ? "GET" : "?";
}

static const char *cache_word(const struct route *route)
{
	return route->cache == CACHE_PAGE ? "kept" : "never";
}

static const char *cost_word(const struct route *route)
{
	static const char *const words[] = {[COST_UNSTATED] = "-",
	                                    [COST_STAFF] = "staff",
	                                    [COST_PAGE] = "page",
	                                    [COST_WRITE] = "write",
	                                    [COST_SEARCH] = "search"};
	return words[route->cost];
}

/* ".handler = home_get, …" gives home_get. */
static Str handler_name(const struct route *route)
{
	static const Str mark = {".handler = ", 11};
	Str row = str_from_c(route->row);
	size_t start = str_find(row, mark);
	if (start == STR_NOT_FOUND)
		return S("-");
	Str name = str_from(row, start + mark.length);
	return str_trim(str_slice(name, 0, str_find_byte(name, ',')));
}

static Str dash_or(const char *text)
{
	return text == NULL ? S("-") : str_from_c(text);
}

/* The names of the form's fields: "name, text". */
static Err form_text(const struct route *route, struct arena *mem, Str *out)
{
	*out = S("-");
	for (const char *const *field = route->form; field != NULL && *field != NULL; field++) {
		if (field == route->form)
			*out = str_from_c(*field);
		else
			TRY(arena_format(mem, out, "%.*s,%s", STR(*out), *field));
	}
	return OK;
}

static Err place_text(const struct route *route, struct arena *mem, Str *out)
{
	const char *file = strstr(route->file, "src/");
	return arena_format(mem, out, "%s:%d", file == NULL ? route->file : file, route->line);
}

struct listing {
	struct arena *mem;
	json_t *array;
	struct table table;
};

static Err json_each(const struct route *route, void *context)
{
	struct listing *listing = context;
	Str place;
	TRY(place_text(route, listing->mem, &place));
	json_t *fields = json_array();
	for (const char *const *field = route->form; field != NULL && *field != NULL; field++)
		json_array_append_new(fields, json_string(*field));
	json_t *object = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:s?, s:o}", "method",
	                           method_word(route->method), "path", route->pattern, "handler",
	                           json_text(handler_name(route)), "audience", "readers", "cache",
	                           cache_word(route), "cost", cost_word(route), "form", fields,
	                           "template", route->page, "place", json_text(place));
	if (json_array_append_new(listing->array, object) != 0)
		return fail(ERR_MEMORY, "there is no memory for the answer");
	return OK;
}

static Err table_each(const struct route *route, void *context)
{
	struct listing *listing = context;
	Str form;
	Str place;
	TRY(form_text(route, listing->mem, &form));
	TRY(place_text(route, listing->mem, &place));
	const Str cells[] = {str_from_c(method_word(route->method)),
	                     str_from_c(route->pattern),
	                     handler_name(route),
	                     S("readers"),
	                     str_from_c(cache_word(route)),
	                     str_from_c(cost_word(route)),
	                     form,
	                     dash_or(route->page),
	                     place};
	return table_add(&listing->table, cells);
}

/* Every row, or the ones that answer the path: GET's and POST's. */
static Err rows_walk(const struct web *web, Str path, Err (*each)(const struct route *, void *),
                     struct listing *listing)
{
	if (str_is_empty(path)) {
		TRY(route_each_at_once(web, each, listing));
		return route_each(web, each, listing);
	}
	const struct route *at_once = route_at_once(web, path);
	if (at_once != NULL)
		return each(at_once, listing);
	static const enum http_method methods[] = {HTTP_GET, HTTP_POST};
	bool found = false;
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		const struct route *route = route_find(web, methods[i], path);
		if (route == NULL)
			continue;
		found = true;
		TRY(each(route, listing));
	}
	if (!found)
		return fail(ERR_NOT_FOUND, "no route answers %.*s: courant routes lists them all",
		            STR(path));
	return OK;
}

static Err routes_print(struct command_context *context, const struct web *web, Str path)
{
	struct listing listing = {.mem = context->mem};
	if (context->call->json) {
		listing.array = json_array();
		Err err = rows_walk(web, path, json_each, &listing);
		if (err == OK)
			return print_json(context, listing.array);
		json_decref(listing.array);
		return err;
	}
	const Str headings[] = {S("METHOD"), S("PATH"), S("HANDLER"),  S("FOR"),  S("CACHE"),
	                        S("COST"),   S("FORM"), S("TEMPLATE"), S("PLACE")};
	table_init(&listing.table, context->mem, sizeof headings / sizeof headings[0]);
	TRY(table_add(&listing.table, headings));
	TRY(rows_walk(web, path, table_each, &listing));
	table_print(&listing.table, context->io->out);
	return OK;
}

/* A path may be typed as a browser shows or sends it. */
static Err path_read(struct command_context *context, Str *out)
{
	*out = S("");
	if (context->call->operand_count == 0)
		return OK;
	Str path = context->call->operands[0];
	path = str_slice(path, 0, str_find_byte(path, '?'));
	if (!str_starts_with(path, S("/")))
		return command_misused(context, "PATH begins with /");
	if (!url_decode(path, URL_CODED_SEGMENT, context->mem, out))
		return command_misused(context, "PATH has a wrong %% in it, or is not UTF-8");
	return OK;
}

Err web_open(const struct command_context *context, struct theme *theme, struct web **out)
{
	struct site *site = ARENA_NEW(context->mem, struct site);
	struct world *world = ARENA_NEW(context->mem, struct world);
	if (site == NULL || world == NULL)
		return ERR_MEMORY;
	*site = (struct site){
	    .name_at_start = S("Courant"), .zone = S("UTC"), .language = language_find(S("en"))};
	*world = (struct world){.clock = &clock_system, .site = site};
	struct web_options options = {
	    .world = context->world != NULL ? context->world : world,
	    .settings = context->settings,
	    .theme = theme,
	};
	wire_web(&options);
	return web_new(&options, out);
}

static Err routes_run(struct command_context *context)
{
	Str path;
	struct web *web;
	TRY(path_read(context, &path));
	TRY(web_open(context, NULL, &web));
	Err err = routes_print(context, web, path);
	web_free(web);
	return err;
}

const struct command routes_command = {
    .words = "routes",
    .operands = "[PATH]",
    .summary = "Lists the site's addresses, or the row that answers PATH",
    .details =
        "For each the method, path, handler, who may, whether finished pages are kept, form "
        "fields, template and place in the source. With `PATH` exit code 1 if nothing answers it.",
    .site = SITE_IF_NAMED,
    .run = routes_run,
};
