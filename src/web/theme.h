/* A theme: a folder of the site's whose templates and assets take the place of Courant's own, and
 * add to them. Whatever is wrong in it is a fault that is told; it never keeps the site from
 * starting, and what can't be used is replaced by Courant's own. */
#ifndef WEB_THEME_H
#define WEB_THEME_H

#include "base/arena.h"

/* Named maxima of a theme; what passes one is left out. */
#define THEME_FILES_MAX 512
#define THEME_FOLDERS_DEEP 4
#define THEME_TEMPLATE_MAX_BYTES ((size_t)256 * 1024)
#define THEME_ASSET_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define THEME_MAX_BYTES ((size_t)48 * 1024 * 1024)
#define THEME_FAULTS_MAX 200

/* The theme of a site that names none. */
#define THEME_FOLDER "theme"

struct theme_fault {
	Str file;        /* below the theme's folder, "templates/site/home.html"; empty: the folder */
	size_t line;     /* 0: all of it */
	Str field;       /* between the braces, or the attribute's or element's name; may be empty */
	Str sentence;    /* what is wrong */
	Str in_sight;    /* for an unknown field like no other: those that there are, view by view */
	Str pages;       /* the pages that show it, "site/home, site/tag"; may be empty */
	Str consequence; /* what readers get; empty for a theme that was set aside */
};

struct theme;
struct web_settings;

/* Reads the theme in the folder `path`, which may be relative to the folder `at`. That it can't be
 * read is a fault of the theme: only ERR_MEMORY fails. */
MUST_CHECK Err theme_open(int at, Str path, struct theme **out);
/* The theme that site.theme names, or THEME_FOLDER in the site's folder; NULL when there is none.
 */
MUST_CHECK Err theme_open_of_site(int site_folder, const struct web_settings *settings,
                                  struct theme **out);
void theme_close(struct theme *theme);

/* What web_new has found too, once it was given the theme. In the order in which they were found;
 * at most THEME_FAULTS_MAX. */
size_t theme_fault_count(const struct theme *theme);
const struct theme_fault *theme_fault_at(const struct theme *theme, size_t index);
/* Its folder, as it was opened. */
Str theme_path(const struct theme *theme);
/* How many of the theme's files are in use. */
size_t theme_template_count(const struct theme *theme);
size_t theme_asset_count(const struct theme *theme);
/* For one that is not put to use because of its faults: they have no consequence for readers. */
void theme_set_aside(struct theme *theme);
/* Writes every fault to the log: file, line, field, sentence and what is served instead. */
void theme_log(const struct theme *theme);

/* Whether a theme may have an asset of this name in the place of Courant's own: what stands in the
 * page itself it may not. */
bool theme_can_replace(Str asset);

#endif
