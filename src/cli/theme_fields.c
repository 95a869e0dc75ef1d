/* courant theme fields: what each template can show, made from the tables that templates are
 * compiled against. It is the page docs/manual/theme-fields.md. */
#include "base/embedded.h"
#include "cli/cli_private.h"

#define VIEWS_MAX 256
#define PLACES_MAX 512

/* A partial that is put in place on a page. */
struct place {
	Str page, partial;
	const struct view *view; /* the innermost in sight */
};

struct fields {
	struct command_context *context;
	struct web *web;
	FILE *out;
	const struct template_binding *pages;
	size_t page_count;
	struct place places[PLACES_MAX];
	size_t place_count;
	bool place_missing;                  /* there was no room for one */
	const struct view *views[VIEWS_MAX]; /* those that are told of, in order */
	size_t view_count;
};

/* "struct page_view" is page_view to those who write templates. */
static const char *view_name(const struct view *view)
{
	static const char word[] = "struct ";
	return strncmp(view->name, word, sizeof word - 1) == 0 ? view->name + sizeof word - 1
	                                                       : view->name;
}

static bool view_is_listed(const struct fields *fields, const struct view *view)
{
	for (size_t i = 0; i < fields->view_count; i++)
		if (fields->views[i] == view)
			return true;
	return false;
}

/* The view and all that is reached from it. */
static Err view_list_add(struct fields *fields, const struct view *view)
{
	if (view_is_listed(fields, view))
		return OK;
	if (fields->view_count == VIEWS_MAX)
		return fail(ERR_INTERNAL, "there are more than %d views", VIEWS_MAX);
	fields->views[fields->view_count++] = view;
	for (size_t i = 0; i < view->count; i++)
		if (view->fields[i].of != NULL)
			TRY(view_list_add(fields, view->fields[i].of));
	return OK;
}

static void place_take(Str page, Str partial, const struct view *view, void *context)
{
	struct fields *fields = context;
	for (size_t i = 0; i < fields->place_count; i++) {
		const struct place *place = &fields->places[i];
		if (place->view == view && str_equal(place->page, page) &&
		    str_equal(place->partial, partial))
			return;
	}
	if (fields->place_count == PLACES_MAX)
		fields->place_missing = true;
	else
		fields->places[fields->place_count++] = (struct place){page, partial, view};
}

static const struct template_binding *page_find(const struct fields *fields, Str name)
{
	for (size_t i = 0; i < fields->page_count; i++)
		if (str_equal(str_from_c(fields->pages[i].name), name))
			return &fields->pages[i];
	return NULL;
}

/* ---- as a page of the manual ---- */

static void kind_print(FILE *out, const struct view_field *field)
{
	const char *name = field->of == NULL ? "nothing" : view_name(field->of);
	switch (field->kind) {
	case VIEW_TEXT:
		fputs("text", out);
		break;
	case VIEW_HTML:
		fputs("markup", out);
		break;
	case VIEW_URL:
		fputs("address", out);
		break;
	case VIEW_JSON:
		fputs("JSON", out);
		break;
	case VIEW_BOOL:
		fputs("yes or no", out);
		break;
	case VIEW_OBJECT:
		fprintf(out, "one [%s](#%s)", name, name);
		break;
	case VIEW_LIST:
		fprintf(out, "list of [%s](#%s)", name, name);
		break;
	}
}

static void view_print(FILE *out, const struct view *view)
{
	fprintf(out, "\n### %s\n\n| field | kind | what it is |\n|---|---|---|\n", view_name(view));
	for (size_t i = 0; i < view->count; i++) {
		fprintf(out, "| `%s` | ", view->fields[i].name);
		kind_print(out, &view->fields[i]);
		fprintf(out, " | %s |\n", view->fields[i].says);
	}
}

struct addresses {
	FILE *out;
	Str page;
	size_t count;
};

static Err address_print(const struct route *route, void *context)
{
	struct addresses *addresses = context;
	if (route->method != HTTP_GET || route->page == NULL ||
	    !str_equal(str_from_c(route->page), addresses->page))
		return OK;
	fprintf(addresses->out, "%s`%s`", addresses->count++ == 0 ? "Answers " : ", ", route->pattern);
	return OK;
}

/* Names once each, parted by commas, behind `words`. */
static void names_print(FILE *out, Str *names, size_t count, const char *words)
{
	size_t printed = 0;
	for (size_t i = 0; i < count; i++) {
		bool before = false;
		for (size_t j = 0; j < i; j++)
			before = before || str_equal(names[i], names[j]);
		if (!before)
			fprintf(out, "%s`%.*s`", printed++ == 0 ? words : ", ", STR(names[i]));
	}
	if (printed > 0)
		fputs(".\n", out);
}

static Err page_print(struct fields *fields, const struct template_binding *page)
{
	FILE *out = fields->out;
	struct addresses addresses = {out, str_from_c(page->name), 0};
	Str partials[PLACES_MAX];
	size_t count = 0;
	fprintf(out, "\n### %s\n\n", page->name);
	TRY(route_each(fields->web, address_print, &addresses));
	if (addresses.count > 0)
		fputs(".\n", out);
	fprintf(out, "Shows one [%s](#%s).\n", view_name(page->view), view_name(page->view));
	for (size_t i = 0; i < fields->place_count; i++)
		if (str_equal(fields->places[i].page, addresses.page))
			partials[count++] = fields->places[i].partial;
	names_print(out, partials, count, "Made of the partials ");
	return OK;
}

static void partial_print(const struct fields *fields, Str name)
{
	FILE *out = fields->out;
	Str pages[PLACES_MAX];
	size_t count = 0;
	const struct view *seen[PLACES_MAX];
	size_t seen_count = 0;
	for (size_t i = 0; i < fields->place_count; i++) {
		const struct place *place = &fields->places[i];
		if (!str_equal(place->partial, name))
			continue;
		bool before = false;
		for (size_t j = 0; j < seen_count; j++)
			before = before || seen[j] == place->view;
		if (!before)
			seen[seen_count++] = place->view;
		pages[count++] = place->page;
	}
	fprintf(out, "\n### %.*s\n\n", STR(name));
	for (size_t i = 0; i < seen_count; i++)
		fprintf(out, "%s[%s](#%s)", i == 0 ? "Put in where this is in sight: " : ", ",
		        view_name(seen[i]), view_name(seen[i]));
	fputs(seen_count == 0 ? "Put in nowhere.\n" : ".\n", out);
	names_print(out, pages, count, "On the pages ");
}

static void heading_print(FILE *out)
{
	fputs(
	    "# The fields of the templates\n\n"
	    "What a theme's templates can show ([themes](themes.md)). This page is written by\n"
	    "`courant theme fields`, from the tables that templates are checked against.\n\n"
	    "| kind | how a template shows it |\n|---|---|\n"
	    "| text | `{{name}}`, in content and in quoted attributes |\n"
	    "| markup | `{{{name}}}`, in content |\n"
	    "| address | `{{name}}`, at the start of `href`, `src` or `action`, or as text |\n"
	    "| JSON | `{{{name}}}`, in a script of the type `application/ld+json` |\n"
	    "| yes or no | `{{#name}}…{{/name}}` if it is so, `{{^name}}…{{/name}}` if not |\n"
	    "| one … | `{{#name}}…{{/name}}` if it is there, with its fields in sight; or "
	    "`{{name.field}}` |\n"
	    "| list of … | `{{#name}}…{{/name}}` once for each, with its fields in sight |\n\n"
	    "`{{#name}}` also tests a text, markup, address or JSON: it is shown unless that is "
	    "empty. A name\nthat the innermost view does not have is looked for in those around it.\n",
	    out);
}

static Err all_print(struct fields *fields)
{
	FILE *out = fields->out;
	heading_print(out);
	fputs("\n## Pages\n", out);
	for (size_t i = 0; i < fields->page_count; i++) {
		TRY(page_print(fields, &fields->pages[i]));
		TRY(view_list_add(fields, fields->pages[i].view));
	}
	fputs("\n## Partials\n", out);
	for (size_t i = 0; i < embedded_template_count; i++) {
		Str name = str_from_c(embedded_templates[i].name);
		if (page_find(fields, name) == NULL)
			partial_print(fields, name);
	}
	return OK;
}

static Err one_print(struct fields *fields, Str name)
{
	const struct template_binding *page = page_find(fields, name);
	bool is_known = page != NULL;
	for (size_t i = 0; i < fields->place_count; i++) {
		if (page == NULL && str_equal(fields->places[i].partial, name)) {
			is_known = true;
			TRY(view_list_add(fields, fields->places[i].view));
		}
	}
	if (!is_known)
		return fail(ERR_NOT_FOUND,
		            "there is no template %.*s: courant theme fields lists all of them",
		            STR(str_slice(name, 0, 100)));
	if (page == NULL) {
		partial_print(fields, name);
		return OK;
	}
	TRY(page_print(fields, page));
	return view_list_add(fields, page->view);
}

static Err markdown_print(struct fields *fields)
{
	const struct command_call *call = fields->context->call;
	TRY(call->operand_count == 0 ? all_print(fields) : one_print(fields, call->operands[0]));
	fputs("\n## Views\n", fields->out);
	for (size_t i = 0; i < fields->view_count; i++)
		view_print(fields->out, fields->views[i]);
	return OK;
}

/* ---- in JSON ---- */

static json_t *view_json(const struct view *view)
{
	static const char *const kinds[] = {
	    [VIEW_TEXT] = "text", [VIEW_HTML] = "markup", [VIEW_URL] = "address",
	    [VIEW_JSON] = "json", [VIEW_BOOL] = "bool",   [VIEW_OBJECT] = "object",
	    [VIEW_LIST] = "list"};
	json_t *array = json_array();
	for (size_t i = 0; i < view->count; i++) {
		const struct view_field *field = &view->fields[i];
		json_array_append_new(array, json_pack("{s:s, s:s, s:s?, s:s}", "name", field->name, "kind",
		                                       kinds[field->kind], "of",
		                                       field->of == NULL ? NULL : view_name(field->of),
		                                       "says", field->says));
	}
	return array;
}

/* Whole: a single template is a small part of it. */
static Err json_print(struct fields *fields)
{
	json_t *pages = json_array();
	json_t *partials = json_array();
	json_t *views = json_object();
	Err err = OK;
	for (size_t i = 0; err == OK && i < fields->page_count; i++) {
		const struct template_binding *page = &fields->pages[i];
		json_array_append_new(
		    pages, json_pack("{s:s, s:s}", "template", page->name, "view", view_name(page->view)));
		err = view_list_add(fields, page->view);
	}
	for (size_t i = 0; i < fields->place_count; i++) {
		const struct place *place = &fields->places[i];
		json_array_append_new(
		    partials, json_pack("{s:o, s:o, s:s}", "template", json_text(place->partial), "page",
		                        json_text(place->page), "view", view_name(place->view)));
	}
	for (size_t i = 0; i < fields->view_count; i++)
		json_object_set_new(views, view_name(fields->views[i]), view_json(fields->views[i]));
	json_t *all =
	    json_pack("{s:o, s:o, s:o}", "pages", pages, "partials", partials, "views", views);
	if (err == OK)
		return print_json(fields->context, all);
	json_decref(all);
	return err;
}

static Err fields_print(struct fields *fields)
{
	fields->pages = web_pages(fields->web, &fields->page_count);
	TRY(web_each_partial(fields->web, place_take, fields));
	if (fields->place_missing)
		return fail(ERR_INTERNAL, "there are more than %d places of partials", PLACES_MAX);
	return fields->context->call->json ? json_print(fields) : markdown_print(fields);
}

static Err fields_run(struct command_context *context)
{
	struct fields *fields = ARENA_NEW(context->mem, struct fields);
	if (fields == NULL)
		return ERR_MEMORY;
	fields->context = context;
	fields->out = context->io->out;
	TRY(web_open(context, NULL, &fields->web));
	Err err = fields_print(fields);
	web_free(fields->web);
	return err;
}

const struct command theme_fields_command = {
    .words = "theme fields",
    .operands = "[TEMPLATE]",
    .summary = "Lists what the templates can show, or the one named",
    .details = "Without a name it prints a page of the manual.",
    .site = SITE_NONE,
    .run = fields_run,
};
