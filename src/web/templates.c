/* The templates in every language: Courant's own, and those of a theme in their place as long as
 * they can be used. */
#include <stdlib.h>

#include "web/web_private.h"

#define OWN_SERVED "Courant's own is served"

static const struct template_binding error_bindings[] = {{"web/error", &error_view_view}};
const struct template_bindings web_bindings = {error_bindings,
                                               sizeof error_bindings / sizeof error_bindings[0]};

static void bindings_add(struct web *web, const struct template_bindings *more)
{
	CHECK(web->binding_count + more->count <= BINDINGS_MAX);
	memcpy(&web->bindings[web->binding_count], more->rows, more->count * sizeof *more->rows);
	web->binding_count += more->count;
}

/* ---- compiling ---- */

/* What a compilation begins with, and what it tells of. */
struct loading {
	struct web *web;
	struct theme *theme; /* NULL: Courant's own alone */
	struct template_source *sources;
	size_t source_count;
	void (*placed)(Str page, Str partial, const struct view *view, void *context);
	void *placed_context;
};

static Str words_in(Str words, const void *language)
{
	return i18n_text_of(language, words);
}

static bool asset_url(Str name, const void *context, Url *out)
{
	const struct asset *asset = asset_named(context, name);
	if (asset != NULL)
		*out = asset->url;
	return asset != NULL;
}

static void sources_fill(struct loading *loading)
{
	struct theme *theme = loading->theme;
	loading->source_count = 0;
	for (size_t i = 0; i < embedded_template_count; i++) {
		const struct embedded_file *file = &embedded_templates[i];
		Str name = str_from_c(file->name);
		Str text = {(const char *)file->bytes, file->size_bytes};
		const struct theme_file *other =
		    theme == NULL ? NULL : theme_list_find(&theme->templates, name);
		loading->sources[loading->source_count++] = (struct template_source){
		    .name = name,
		    .text = other == NULL ? text : other->bytes,
		    .is_foreign = other != NULL,
		};
	}
	for (size_t i = 0; theme != NULL && i < theme->templates.count; i++) {
		const struct theme_file *file = &theme->templates.files[i];
		if (!template_is_own(file->name))
			loading->sources[loading->source_count++] = (struct template_source){
			    .name = file->name,
			    .text = file->bytes,
			    .is_foreign = true,
			    .is_left_out = file->is_left_out,
			};
	}
}

/* The theme's file that was compiled under this name; NULL when it was Courant's own. */
static struct theme_file *file_compiled(const struct loading *loading, Str name)
{
	const struct theme_list *list = &loading->theme->templates;
	bool was_there = false;
	for (size_t i = 0; i < loading->source_count; i++) {
		const struct template_source *source = &loading->sources[i];
		was_there = was_there ||
		            (source->is_foreign && !source->is_left_out && str_equal(source->name, name));
	}
	for (size_t i = 0; was_there && i < list->count; i++)
		if (str_equal(list->files[i].name, name))
			return &list->files[i];
	return NULL;
}

/* A fault in Courant's own template was brought there by the theme's that was entered last, which
 * is the one to go. */
static void fault_found(const struct template_fault *fault, void *context)
{
	const struct loading *loading = context;
	char brought[ERR_TEXT_MAX];
	struct theme_fault told = {
	    .line = fault->line,
	    .field = fault->field,
	    .sentence = fault->sentence,
	    .in_sight = fault->in_sight,
	    .pages = fault->page,
	};
	struct theme_file *file = file_compiled(loading, fault->name);
	if (file == NULL) {
		file = file_compiled(loading, fault->foreign);
		snprintf(brought, sizeof brought, "with it, %.*s:%zu can't be used: %.*s", STR(fault->name),
		         fault->line, STR(fault->sentence));
		told.line = 0;
		told.sentence = str_from_c(brought);
	}
	if (file == NULL)
		return;
	file->is_left_out = true;
	told.file = file->file;
	told.consequence = template_is_own(file->name) ? S(OWN_SERVED) : S("it is left out");
	theme_fault_add(loading->theme, &told);
}

static void partial_placed(Str page, Str partial, const struct view *view, void *context)
{
	const struct loading *loading = context;
	(void)page;
	(void)view;
	struct theme_file *file = file_compiled(loading, partial);
	if (file != NULL)
		file->is_used = true;
}

static void sets_free(struct templates **sets)
{
	for (size_t i = 0; i < LANGUAGES_MAX; i++) {
		templates_free(sets[i]);
		sets[i] = NULL;
	}
}

/* One set a language; on failure none. */
static Err sets_compile(struct loading *loading, struct templates **sets)
{
	struct web *web = loading->web;
	sources_fill(loading);
	struct template_options options = {
	    .sources = loading->sources,
	    .source_count = loading->source_count,
	    .bindings = web->bindings,
	    .binding_count = web->binding_count,
	    .translate = words_in,
	    .asset = asset_url,
	    .asset_context = web,
	};
	if (loading->theme != NULL) {
		options.fault_found = fault_found;
		options.partial_placed = partial_placed;
		options.watch_context = loading;
	} else {
		options.partial_placed = loading->placed;
		options.watch_context = loading->placed_context;
	}
	for (size_t i = 0; language_at(i) != NULL; i++) {
		CHECK(i < LANGUAGES_MAX);
		options.translate_context = language_at(i);
		Err err = templates_new(&options, &sets[i]);
		if (err != OK) {
			sets_free(sets);
			return err;
		}
	}
	return OK;
}

/* ---- with a theme ---- */

static void all_leave_out(struct theme *theme)
{
	for (size_t i = 0; i < theme->templates.count; i++)
		theme->templates.files[i].is_left_out = true;
}

/* Leaves out what has a fault, until the rest can be used: each time one file at least. */
static Err theme_compile(struct loading *loading)
{
	struct theme *theme = loading->theme;
	size_t faults_before;
	theme_inline_tell(theme);
	faults_before = theme->fault_count;
	while (theme_template_count(theme) > 0) {
		size_t count = theme_template_count(theme);
		Err err = sets_compile(loading, loading->web->templates);
		if (err == OK) {
			theme_unused_tell(theme, theme->fault_count == faults_before);
			return OK;
		}
		if (theme_template_count(theme) < count)
			continue;
		/* Nobody's in particular: together they are too large. */
		theme_fault_add(theme, &(struct theme_fault){.file = S("templates"),
		                                             .sentence = err_text(),
		                                             .consequence = S(OWN_SERVED)});
		all_leave_out(theme);
	}
	return OK;
}

Err templates_load(struct web *web, struct theme *theme)
{
	struct loading loading = {.web = web, .theme = theme};
	size_t count = embedded_template_count + (theme == NULL ? 0 : theme->templates.count);
	bindings_add(web, &web_bindings);
	for (size_t i = 0; i < web->options.binding_count; i++)
		bindings_add(web, web->options.bindings[i]);
	loading.sources = calloc(count, sizeof *loading.sources);
	if (loading.sources == NULL)
		return fail(ERR_MEMORY, "there is no memory for the templates");
	Err err = theme == NULL ? OK : theme_compile(&loading);
	bool has_theme = web->templates[0] != NULL;
	loading.theme = NULL;
	if (err == OK)
		err = sets_compile(&loading, has_theme ? web->own_templates : web->templates);
	free(loading.sources);
	return err;
}

const struct template_binding *web_pages(const struct web *web, size_t *count_out)
{
	*count_out = web->binding_count;
	return web->bindings;
}

Err web_each_partial(struct web *web,
                     void (*each)(Str page, Str partial, const struct view *view, void *context),
                     void *context)
{
	struct templates *sets[LANGUAGES_MAX] = {NULL};
	struct loading loading = {.web = web, .placed = each, .placed_context = context};
	loading.sources = calloc(embedded_template_count, sizeof *loading.sources);
	if (loading.sources == NULL)
		return fail(ERR_MEMORY, "there is no memory for the templates");
	Err err = sets_compile(&loading, sets);
	sets_free(sets);
	free(loading.sources);
	return err;
}

void templates_release(struct web *web)
{
	sets_free(web->templates);
	sets_free(web->own_templates);
}

/* ---- rendering ---- */

/* A theme's page that could not be made is made with Courant's own templates; the log is told once
 * for each of them. */
static Err render_own(struct web *web, size_t language, Str name, const void *view,
                      struct buf *body)
{
	const struct template *own = templates_find(web->own_templates[language], name);
	size_t index = 0;
	CHECK(own != NULL);
	while (!str_equal(str_from_c(web->bindings[index].name), name))
		index++;
	if (!atomic_exchange(&web->fell_back[index], true))
		log_error("theme: the page %.*s could not be made with it, and is made with Courant's own "
		          "templates: %.*s",
		          STR(name), STR(err_text()));
	buf_clear(body);
	return template_render(own, view, body);
}

Err web_render(struct web_request *request, struct web_response *response,
               const char *template_name, const void *view)
{
	struct web *web = request->web;
	Str name = str_from_c(template_name);
	size_t language = 0;
	while (language_at(language) != request->language)
		language++;
	const struct template *template = templates_find(web->templates[language], name);
	CHECK(template != NULL);
	Err err = template_render(template, view, &response->body);
	if (err == OK || web->own_templates[language] == NULL)
		return err;
	return render_own(web, language, name, view, &response->body);
}
