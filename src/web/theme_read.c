/* Reads a theme's folder. The files are a person's: any may be missing, huge, not text, or no file
 * at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/descriptor.h"
#include "base/utf8.h"
#include "web/theme_private.h"
#include "web/web.h"

#define NOT_READ "it is not read"

/* The files, and what is said of them. */
#define THEME_ARENA_BYTES (THEME_MAX_BYTES + (4 << 20))

/* One of the two folders of a theme. */
struct reading {
	struct theme *theme;
	bool is_templates;
	struct theme_list *list;
};

static void fault(struct theme *theme, Str file, Str consequence, Str sentence)
{
	theme_fault_add(theme, &(struct theme_fault){
	                           .file = file, .sentence = sentence, .consequence = consequence});
}

static void fault_file(const struct reading *reading, Str file, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void fault_file(const struct reading *reading, Str file, const char *format, ...)
{
	char sentence[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	fault(reading->theme, file, S(NOT_READ), str_from_c(sentence));
}

/* ---- names ---- */

/* Letters, digits and . _ - alone: such a name is the same in an address. */
static bool name_is_plain(Str name)
{
	for (size_t i = 0; i < name.length; i++) {
		char byte = name.bytes[i];
		char lower = (char)(byte | 0x20);
		if (!(lower >= 'a' && lower <= 'z') && !(byte >= '0' && byte <= '9') && byte != '.' &&
		    byte != '_' && byte != '-')
			return false;
	}
	return true;
}

/* Hidden files, and those that editors and patches leave behind. */
static bool name_is_passed_over(Str name)
{
	return name.bytes[0] == '.' || str_ends_with(name, S("~")) || str_ends_with(name, S(".orig")) ||
	       str_ends_with(name, S(".rej"));
}

/* ---- one file ---- */

static Err bytes_read(struct theme *theme, int file, size_t max_bytes, Str *out)
{
	struct stat status;
	if (fstat(file, &status) != 0)
		return fail(ERR_IO, "%s", strerror(errno));
	if ((uint64_t)status.st_size > max_bytes)
		return fail(ERR_TOO_LARGE, "it is larger than %zu bytes", max_bytes);
	size_t size = (size_t)status.st_size;
	size_t length = 0;
	if (size > THEME_MAX_BYTES - theme->size_bytes)
		return fail(ERR_TOO_LARGE, "the theme is larger than %zu bytes", THEME_MAX_BYTES);
	char *bytes = arena_alloc(&theme->mem, size + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	while (length < size) {
		ssize_t got = read(file, bytes + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(ERR_IO, "%s", strerror(errno));
		if (got == 0)
			break;
		length += (size_t)got;
	}
	theme->size_bytes += length;
	*out = (Str){bytes, length};
	return OK;
}

/* What a file of its kind must be. */
static Err bytes_check(const struct reading *reading, Str name, Str bytes)
{
	bool is_text = reading->is_templates || asset_is_text(name);
	if (is_text && !utf8_is_valid(bytes))
		return fail(ERR_INVALID, "it is not UTF-8");
	if (is_text && str_find_byte(bytes, '\0') != STR_NOT_FOUND)
		return fail(ERR_INVALID, "it holds a NUL, as no text does");
	return OK;
}

static Err name_check(const struct reading *reading, Str name)
{
	if (reading->is_templates) {
		if (!str_ends_with(name, S(".html")))
			return fail(ERR_INVALID, "a template's name ends in .html");
		if (str_find_byte(name, '/') == STR_NOT_FOUND)
			return fail(ERR_INVALID,
			            "a template lies in a folder, as templates/site/home.html does");
		return OK;
	}
	if (asset_type(name) == NULL)
		return fail(ERR_INVALID, "files of this kind are not served: take css, js, json, svg, txt, "
		                         "avif, gif, ico, jpg, png, webp, woff or woff2");
	if (!theme_can_replace(name))
		return fail(ERR_INVALID, "it stands in the pages themselves and can't be replaced");
	return OK;
}

static Err file_take(const struct reading *reading, int file, Str name, Str path)
{
	size_t max = reading->is_templates ? THEME_TEMPLATE_MAX_BYTES : THEME_ASSET_MAX_BYTES;
	Str bytes;
	TRY(bytes_read(reading->theme, file, max, &bytes));
	TRY(bytes_check(reading, name, bytes));
	if (reading->is_templates)
		name = str_slice(name, 0, name.length - strlen(".html"));
	CHECK(reading->list->count < THEME_FILES_MAX);
	reading->list->files[reading->list->count++] =
	    (struct theme_file){.name = name, .file = path, .bytes = bytes};
	return OK;
}

/* ---- folders ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, so that what is said does not depend on the disk. */
static Err names_read(int folder, struct arena *mem, char ***out, size_t *count_out)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	if (list == NULL) {
		descriptor_close(&own);
		return fail(ERR_IO, "%s", strerror(errno));
	}
	char **names = ARENA_ARRAY(mem, char *, THEME_FILES_MAX + 1);
	const struct dirent *entry;
	size_t count = 0;
	Err err = names == NULL ? ERR_MEMORY : OK;
	while (err == OK && count <= THEME_FILES_MAX && (entry = readdir(list)) != NULL)
		if (!name_is_passed_over(str_from_c(entry->d_name)))
			err = arena_c_string(mem, str_from_c(entry->d_name), &names[count++]);
	closedir(list);
	if (err != OK)
		return err;
	qsort(names, count, sizeof *names, by_name);
	*out = names;
	*count_out = count;
	return OK;
}

static void folder_read(const struct reading *reading, int folder, Str prefix, Str path,
                        size_t depth);

/* A file or folder called `entry`, of which nothing is known yet. */
static Err entry_read(const struct reading *reading, int folder, const char *entry, Str name,
                      Str path, size_t depth)
{
	struct stat status;
	if (!name_is_plain(str_from_c(entry)))
		return fail(ERR_INVALID, "names here are of the letters a to z, digits and . _ - alone");
	DESCRIPTOR file =
	    openat(folder, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (file < 0 && errno == ELOOP)
		return fail(ERR_INVALID, "it is a symbolic link, and these are not followed");
	if (file < 0 || fstat(file, &status) != 0)
		return fail(ERR_IO, "%s", strerror(errno));
	if (S_ISDIR(status.st_mode)) {
		if (depth == THEME_FOLDERS_DEEP)
			return fail(ERR_INVALID, "it lies in more than %d folders", THEME_FOLDERS_DEEP);
		folder_read(reading, file, name, path, depth + 1);
		return OK;
	}
	if (!S_ISREG(status.st_mode))
		return fail(ERR_INVALID, "it is not a file");
	TRY(name_check(reading, name));
	return file_take(reading, file, name, path);
}

/* `prefix` is the folder's name as its files have it, `path` that below the theme's folder. */
static void folder_read(const struct reading *reading, int folder, Str prefix, Str path,
                        size_t depth)
{
	struct theme *theme = reading->theme;
	char **names = NULL;
	size_t count = 0;
	if (names_read(folder, &theme->mem, &names, &count) != OK) {
		fault_file(reading, path, "the folder can't be read: %.*s", STR(err_text()));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		Str name = str_from_c(names[i]);
		Str file;
		Err err = OK;
		if (prefix.length > 0)
			err = arena_format(&theme->mem, &name, "%.*s/%s", STR(prefix), names[i]);
		if (err == OK)
			err = arena_format(&theme->mem, &file, "%.*s/%s", STR(path), names[i]);
		if (err != OK) {
			fault_file(reading, path, "%.*s", STR(err_text()));
			return;
		}
		/* Told once; nothing more is read then, here and in the folders around. */
		if (theme->file_count == THEME_FILES_MAX)
			fault_file(reading, path, "the theme has more than %d files and folders",
			           THEME_FILES_MAX);
		if (theme->file_count++ >= THEME_FILES_MAX)
			return;
		if (entry_read(reading, folder, names[i], name, file, depth) != OK)
			fault_file(reading, file, "%.*s", STR(err_text()));
	}
}

/* False when there is no folder of that name. */
static bool part_read(struct theme *theme, int folder, const char *name, struct theme_list *list,
                      bool is_templates)
{
	struct reading reading = {.theme = theme, .is_templates = is_templates, .list = list};
	DESCRIPTOR part = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	list->files = ARENA_ARRAY(&theme->mem, struct theme_file, THEME_FILES_MAX);
	if (part < 0 && errno == ENOENT)
		return false;
	if (part < 0 || list->files == NULL)
		fault_file(&reading, str_from_c(name), "the folder can't be opened: %s", strerror(errno));
	else
		folder_read(&reading, part, S(""), str_from_c(name), 1);
	return true;
}

static void theme_fill(struct theme *theme, int at)
{
	char *path;
	DESCRIPTOR folder = -1;
	if (arena_c_string(&theme->mem, theme->path, &path) == OK)
		folder = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		char sentence[128];
		snprintf(sentence, sizeof sentence, "the folder can't be opened: %s", strerror(errno));
		fault(theme, S(""), S("the site has Courant's own look"), str_from_c(sentence));
		return;
	}
	bool has_templates = part_read(theme, folder, "templates", &theme->templates, true);
	bool has_assets = part_read(theme, folder, "assets", &theme->assets, false);
	if (!has_templates && !has_assets)
		fault(theme, S(""), S("the site has Courant's own look"),
		      S("the folder has neither templates nor assets in it"));
}

Err theme_open(int at, Str path, struct theme **out)
{
	struct theme *theme = calloc(1, sizeof *theme);
	if (theme == NULL)
		return fail(ERR_MEMORY, "there is no memory for the theme");
	arena_init(&theme->mem, THEME_ARENA_BYTES);
	if (arena_copy(&theme->mem, path, &theme->path) != OK) {
		theme_close(theme);
		return ERR_MEMORY;
	}
	theme_fill(theme, at);
	*out = theme;
	return OK;
}

Err theme_open_of_site(int site_folder, const struct web_settings *settings, struct theme **out)
{
	Str path = settings->theme;
	if (path.length == 0) {
		path = S(THEME_FOLDER);
		*out = NULL;
		if (faccessat(site_folder, THEME_FOLDER, F_OK, 0) != 0)
			return OK;
	}
	return theme_open(site_folder, path, out);
}

void theme_close(struct theme *theme)
{
	if (theme == NULL)
		return;
	arena_done(&theme->mem);
	free(theme);
}
