/* What a theme is and what is wrong with it. theme_read.c reads it, templates.c and assets.c put it
 * to use. */
#include "base/log.h"
#include "web/theme_private.h"

struct theme_file *theme_list_find(const struct theme_list *list, Str name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->files[i].is_left_out && str_equal(list->files[i].name, name))
			return &list->files[i];
	return NULL;
}

/* ---- assets ---- */

static const struct {
	Str ending;
	const char *type;
	bool is_text;
} asset_types[] = {
    {S(".css"), "text/css; charset=utf-8", true},
    {S(".js"), "text/javascript; charset=utf-8", true},
    {S(".json"), "application/json", true},
    {S(".svg"), "image/svg+xml", true},
    {S(".txt"), "text/plain; charset=utf-8", true},
    {S(".avif"), "image/avif", false},
    {S(".gif"), "image/gif", false},
    {S(".ico"), "image/vnd.microsoft.icon", false},
    {S(".jpg"), "image/jpeg", false},
    {S(".jpeg"), "image/jpeg", false},
    {S(".png"), "image/png", false},
    {S(".webp"), "image/webp", false},
    {S(".woff"), "font/woff", false},
    {S(".woff2"), "font/woff2", false},
};
#define ASSET_TYPES (sizeof asset_types / sizeof asset_types[0])

const char *asset_type(Str name)
{
	for (size_t i = 0; i < ASSET_TYPES; i++)
		if (str_ends_with(name, asset_types[i].ending))
			return asset_types[i].type;
	return NULL;
}

bool asset_is_text(Str name)
{
	for (size_t i = 0; i < ASSET_TYPES; i++)
		if (str_ends_with(name, asset_types[i].ending))
			return asset_types[i].is_text;
	return false;
}

bool theme_can_replace(Str asset)
{
	return !str_equal(asset, S("first_paint.js"));
}

/* ---- faults ---- */

static struct theme_fault *fault_same(struct theme *theme, const struct theme_fault *fault)
{
	for (size_t i = 0; i < theme->fault_count; i++) {
		struct theme_fault *have = &theme->faults[i];
		if (have->line == fault->line && str_equal(have->file, fault->file) &&
		    str_equal(have->field, fault->field))
			return have;
	}
	return NULL;
}

static bool pages_have(Str pages, Str page)
{
	Str one;
	while (str_next(&pages, ',', &one))
		if (str_equal(str_trim(one), page))
			return true;
	return false;
}

/* A page more on which the same fault shows. */
static Err page_add(struct theme *theme, struct theme_fault *fault, Str page)
{
	if (page.length == 0 || pages_have(fault->pages, page))
		return OK;
	return arena_format(&theme->mem, &fault->pages, "%.*s, %.*s", STR(fault->pages), STR(page));
}

static Err fault_copy(struct arena *mem, const struct theme_fault *fault, struct theme_fault *out)
{
	struct theme_fault copy = {.line = fault->line};
	TRY(arena_copy(mem, fault->file, &copy.file));
	TRY(arena_copy(mem, fault->field, &copy.field));
	TRY(arena_copy(mem, fault->sentence, &copy.sentence));
	TRY(arena_copy(mem, fault->in_sight, &copy.in_sight));
	TRY(arena_copy(mem, fault->pages, &copy.pages));
	TRY(arena_copy(mem, fault->consequence, &copy.consequence));
	*out = copy;
	return OK;
}

void theme_fault_add(struct theme *theme, const struct theme_fault *fault)
{
	struct theme_fault *same = fault_same(theme, fault);
	if (same != NULL) {
		if (page_add(theme, same, fault->pages) != OK)
			theme->fault_more++;
		return;
	}
	if (theme->fault_count == THEME_FAULTS_MAX ||
	    fault_copy(&theme->mem, fault, &theme->faults[theme->fault_count]) != OK) {
		theme->fault_more++;
		return;
	}
	theme->fault_count++;
}

size_t theme_fault_count(const struct theme *theme)
{
	return theme->fault_count;
}

const struct theme_fault *theme_fault_at(const struct theme *theme, size_t index)
{
	CHECK(index < theme->fault_count);
	return &theme->faults[index];
}

Str theme_path(const struct theme *theme)
{
	return theme->path;
}

static size_t count_in_use(const struct theme_list *list)
{
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		count += !list->files[i].is_left_out;
	return count;
}

size_t theme_template_count(const struct theme *theme)
{
	return count_in_use(&theme->templates);
}

size_t theme_asset_count(const struct theme *theme)
{
	return count_in_use(&theme->assets);
}

void theme_set_aside(struct theme *theme)
{
	theme->is_set_aside = true;
	for (size_t i = 0; i < theme->fault_count; i++)
		theme->faults[i].consequence = S("");
}

void theme_log(const struct theme *theme)
{
	size_t templates = theme_template_count(theme);
	size_t assets = theme_asset_count(theme);
	for (size_t i = 0; i < theme->fault_count; i++) {
		const struct theme_fault *fault = &theme->faults[i];
		char line[24] = "";
		if (fault->line > 0)
			snprintf(line, sizeof line, ":%zu", fault->line);
		log_warning("theme: %.*s%s%.*s%s: %.*s%s%.*s%s%.*s", STR(theme->path),
		            fault->file.length > 0 ? "/" : "", STR(fault->file), line, STR(fault->sentence),
		            fault->pages.length > 0 ? "; on " : "", STR(fault->pages),
		            fault->consequence.length > 0 ? "; " : "", STR(fault->consequence));
	}
	if (theme->fault_more > 0)
		log_warning("theme: %.*s: %zu more faults", STR(theme->path), theme->fault_more);
	if (theme->is_set_aside)
		return;
	log_info("theme: %zu template%s and %zu asset%s in use, from %.*s", templates,
	         templates == 1 ? "" : "s", assets, assets == 1 ? "" : "s", STR(theme->path));
}
