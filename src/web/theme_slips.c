/* What a theme's templates hold that does no harm, and is not what their author wanted either. */
#include "base/embedded.h"
#include "html/template.h"
#include "web/theme_private.h"

#define INLINE_NAME_MAX 40

bool template_is_own(Str name)
{
	for (size_t i = 0; i < embedded_template_count; i++)
		if (str_equal(str_from_c(embedded_templates[i].name), name))
			return true;
	return false;
}

/* ---- what browsers refuse ---- */

struct inline_watch {
	struct theme *theme;
	const struct theme_file *file;
};

/* With web.c's security policy, which lets no page bring code or style in itself. */
static void inline_found(enum template_inline what, Str name, size_t line, void *context)
{
	static const char *const instead[] = {
	    [INLINE_SCRIPT] = ("put the code into assets/x.js, and write "
	                       "<script src=\"{{#asset}}x.js{{/asset}}\" defer></script>"),
	    [INLINE_STYLE_ELEMENT] = "put the style into assets/site.css",
	    [INLINE_STYLE] = "give the element a class, and put the style into assets/site.css",
	    [INLINE_HANDLER] = "put the code into assets/x.js, and have it call addEventListener",
	};
	const struct inline_watch *watch = context;
	char sentence[512];
	name = str_slice(name, 0, INLINE_NAME_MAX);
	bool is_element = what == INLINE_SCRIPT || what == INLINE_STYLE_ELEMENT;
	snprintf(sentence, sizeof sentence, "%s%.*s%s in the page itself: %s", is_element ? "<" : "",
	         STR(name), is_element ? ">" : "=", instead[what]);
	theme_fault_add(watch->theme,
	                &(struct theme_fault){
	                    .file = watch->file->file,
	                    .line = line,
	                    .field = name,
	                    .sentence = str_from_c(sentence),
	                    .consequence = S("the security policy of the pages keeps browsers from it"),
	                });
}

void theme_inline_tell(struct theme *theme)
{
	struct inline_watch watch = {.theme = theme};
	for (size_t i = 0; i < theme->templates.count; i++) {
		watch.file = &theme->templates.files[i];
		template_inline_each(watch.file->bytes, inline_found, &watch);
	}
}

/* ---- what nothing asks for ---- */

/* The part behind the last slash, "home" of "site/home". */
static Str last_part(Str name)
{
	size_t start = name.length;
	while (start > 0 && name.bytes[start - 1] != '/')
		start--;
	return str_from(name, start);
}

/* Courant's template that was probably meant, or NULL. */
static const char *name_nearest(Str name)
{
	const char *nearest = NULL;
	size_t best = name.length / 4 + 1;
	for (size_t i = 0; i < embedded_template_count; i++) {
		Str own = str_from_c(embedded_templates[i].name);
		size_t distance = str_distance(name, own);
		if (str_equal(last_part(name), last_part(own)))
			distance = 0;
		if (distance < best) {
			best = distance;
			nearest = embedded_templates[i].name;
		}
	}
	return nearest;
}

static bool is_named(const struct theme *theme, Str name)
{
	for (size_t i = 0; i < theme->templates.count; i++)
		if (str_find(theme->templates.files[i].bytes, name) != STR_NOT_FOUND)
			return true;
	return false;
}

void theme_unused_tell(struct theme *theme, bool known)
{
	for (size_t i = 0; i < theme->templates.count; i++) {
		struct theme_file *file = &theme->templates.files[i];
		char sentence[512];
		if (file->is_used || file->is_left_out || template_is_own(file->name) ||
		    (!known && is_named(theme, file->name)))
			continue;
		const char *nearest = name_nearest(file->name);
		snprintf(sentence, sizeof sentence,
		         "Courant has no template of this name, and no template of the theme holds "
		         "{{>%.*s}}%s%s%s",
		         STR(file->name), nearest == NULL ? "" : "; did you mean ",
		         nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
		file->is_left_out = true;
		theme_fault_add(theme, &(struct theme_fault){
		                           .file = file->file,
		                           .sentence = str_from_c(sentence),
		                           .consequence = S("no page shows it"),
		                       });
	}
}
