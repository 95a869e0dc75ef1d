/* What reads a theme and what puts it to use share. */
#ifndef WEB_THEME_PRIVATE_H
#define WEB_THEME_PRIVATE_H

#include "base/buf.h"
#include "web/theme.h"

struct theme_file {
	Str name; /* a template's without its ending, "site/home"; an asset's whole, "fonts/a.woff2" */
	Str file; /* below the theme's folder */
	Str bytes;
	bool is_left_out;
	bool is_used; /* a template: some page is made with it */
};

struct theme_list {
	struct theme_file *files;
	size_t count;
};

struct theme {
	struct arena mem;
	Str path; /* as it is shown */
	struct theme_list templates;
	struct theme_list assets;
	size_t file_count; /* looked at, in both */
	size_t size_bytes; /* of all that was read */
	struct theme_fault faults[THEME_FAULTS_MAX];
	bool is_set_aside;
	size_t fault_count;
	size_t fault_more; /* that there was no room for */
};

/* NULL when the theme has none of that name that can be used. */
struct theme_file *theme_list_find(const struct theme_list *list, Str name);
/* Copies what the fault holds. One of the same file, line and field that is there already gets the
 * page added to its own. */
void theme_fault_add(struct theme *theme, const struct theme_fault *fault);
/* "text/css; charset=utf-8"; NULL for what is not served. */
const char *asset_type(Str name);
bool asset_is_text(Str name); /* must be UTF-8, and gets smaller when it is compressed */

/* ---- theme_slips.c ---- */

/* Courant has a template of this name. */
bool template_is_own(Str name);
/* Code and style in the templates' own text, which browsers don't heed. */
void theme_inline_tell(struct theme *theme);
/* Templates that nothing asks for, once the others are in use: they are left out. Unless it is
 * `known` of each page what it is made of, those that some other template names are spared. */
void theme_unused_tell(struct theme *theme, bool known);

/* ---- style.c ---- */

struct style_watch {
	/* The address of the asset of that name; false: there is none. */
	bool (*find)(Str name, void *context, Str *address_out);
	void (*fault)(size_t line, Str name, const char *sentence, void *context);
	void *context;
};
/* Copies a style sheet, with url(name) and @import "name" leading to the asset's own address. What
 * is no name of an asset stays as it is, and is told. CSS Syntax Level 3 §4.3. */
void style_resolve(Str text, const struct style_watch *watch, struct buf *out);

#endif
