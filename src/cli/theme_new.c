/* courant theme new: Courant's own templates and assets as files, to be changed. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/descriptor.h"
#include "base/embedded.h"
#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"only", "NAME", true, "this template or asset alone, such as web/page_head or site.css"},
    {0},
};

static const char readme[] =
    "# A theme for Courant\n"
    "\n"
    "What lies here takes the place of Courant's own templates and assets, or adds to them:\n"
    "\n"
    "- `templates/<room>/<name>.html`: the pages and their parts. `courant theme fields` lists "
    "what\n"
    "  each of them can show.\n"
    "- `assets/<name>`: style sheets, scripts, pictures, fonts. A template gets an asset's "
    "address\n"
    "  with `{{#asset}}logo.svg{{/asset}}`, a style sheet with `url(logo.svg)`.\n"
    "\n"
    "Delete what you do not change: Courant's own is served for what is not here, and stays up to\n"
    "date with the program. Then, after every change, with no interruption for readers:\n"
    "\n"
    "    courant --site DIR theme check\n"
    "\n"
    "    courant --site DIR reload\n"
    "\n"
    "A theme with a fault is not taken, and what is served stays as it is. When a server starts "
    "with\n"
    "one, Courant's own is served for the file, and the server's log names file, line and field.\n";

/* What is made, below the theme's folder. */
struct making {
	struct command_context *context;
	Str folder;
	int descriptor;
	json_t *made;
	json_t *kept;
};

/* Every folder of the path, the last part excepted. */
static Err folders_make(int at, char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int failed = mkdirat(at, path, 0755);
		*slash = '/';
		if (failed != 0 && errno != EEXIST)
			return fail(ERR_IO, "the folder of %s can't be made: %s", path, strerror(errno));
	}
	return OK;
}

static Err bytes_write(int file, Str bytes)
{
	while (bytes.length > 0) {
		ssize_t written = write(file, bytes.bytes, bytes.length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return fail(ERR_IO, "%s", strerror(errno));
		bytes = str_from(bytes, (size_t)written);
	}
	return OK;
}

static Err tell(const struct making *making, Str file, bool is_made)
{
	if (making->context->call->json) {
		if (json_array_append_new(is_made ? making->made : making->kept, json_text(file)) != 0)
			return fail(ERR_MEMORY, "there is no memory for the answer");
		return OK;
	}
	print_line(making->context, "%s %.*s/%.*s",
	           is_made ? "Made" : "Left as it is:", STR(making->folder), STR(file));
	return OK;
}

/* What is there already is never written over. */
static Err file_make(const struct making *making, Str file, Str bytes)
{
	char *path;
	TRY(arena_c_string(making->context->mem, file, &path));
	TRY(folders_make(making->descriptor, path));
	DESCRIPTOR made = openat(making->descriptor, path,
	                         O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (made < 0 && errno == EEXIST)
		return tell(making, file, false);
	if (made < 0)
		return fail(ERR_IO, "%.*s/%s can't be made: %s", STR(making->folder), path,
		            strerror(errno));
	Err err = bytes_write(made, bytes);
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		(void)unlinkat(making->descriptor, path, 0);
		return fail(err, "%.*s/%s can't be written: %s", STR(making->folder), path, note.text);
	}
	return tell(making, file, true);
}

static bool is_wanted(const Str *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(names[i], str_from_c(name)))
			return true;
	return count == 0;
}

static Err embedded_make(const struct making *making, const struct embedded_file *file,
                         const char *format)
{
	Str path;
	TRY(arena_format(making->context->mem, &path, "%s/%s%s", format, file->name,
	                 strcmp(format, "templates") == 0 ? ".html" : ""));
	return file_make(making, path, (Str){(const char *)file->bytes, file->size_bytes});
}

static Err files_make(const struct making *making, const Str *names, size_t count)
{
	for (size_t i = 0; i < embedded_template_count; i++)
		if (is_wanted(names, count, embedded_templates[i].name))
			TRY(embedded_make(making, &embedded_templates[i], "templates"));
	for (size_t i = 0; i < embedded_asset_count; i++)
		if (theme_can_replace(str_from_c(embedded_assets[i].name)) &&
		    is_wanted(names, count, embedded_assets[i].name))
			TRY(embedded_make(making, &embedded_assets[i], "assets"));
	return file_make(making, S("README.md"), str_from_c(readme));
}

static bool is_known(Str name)
{
	for (size_t i = 0; i < embedded_template_count; i++)
		if (str_equal(str_from_c(embedded_templates[i].name), name))
			return true;
	for (size_t i = 0; i < embedded_asset_count; i++)
		if (str_equal(str_from_c(embedded_assets[i].name), name))
			return theme_can_replace(name);
	return false;
}

static Err names_check(struct command_context *context, const Str *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_known(names[i]))
			return command_misused(context,
			                       "--only %.*s: there is no such template or asset; courant theme "
			                       "fields lists the templates",
			                       STR(str_slice(names[i], 0, 100)));
	return OK;
}

static Err folder_open(Str folder, struct arena *mem, int *out)
{
	char *path;
	TRY(arena_c_string(mem, folder, &path));
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return fail(ERR_IO, "the folder %s can't be made: %s", path, strerror(errno));
	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return fail(ERR_IO, "the folder %s can't be opened: %s", path, strerror(errno));
	return OK;
}

static Err made_print(struct making *making)
{
	struct command_context *context = making->context;
	if (context->call->json) {
		json_t *object = json_pack("{s:o, s:O, s:O}", "folder", json_text(making->folder), "made",
		                           making->made, "kept", making->kept);
		return print_json(context, object);
	}
	print_line(context, "%.*s/README.md says how to go on.", STR(making->folder));
	return OK;
}

static Err new_run(struct command_context *context)
{
	const Str *names;
	size_t count;
	struct making making = {.context = context};
	TRY(input_values(context, "only", &names, &count));
	TRY(names_check(context, names, count));
	TRY(theme_folder(context, &making.folder));
	DESCRIPTOR folder = -1;
	TRY(folder_open(making.folder, context->mem, &folder));
	making.descriptor = folder;
	making.made = json_array();
	making.kept = json_array();
	Err err = files_make(&making, names, count);
	if (err == OK)
		err = made_print(&making);
	json_decref(making.made);
	json_decref(making.kept);
	return err;
}

const struct command theme_new_command = {
    .words = "theme new",
    .operands = "[DIR]",
    .summary = "Writes Courant's own templates and assets into the site's theme folder, or DIR, to "
               "be changed",
    .details =
        "All of them, or those named: `--only web/page_head --only site.css`. A file that is "
        "there already is left as it is.",
    .options = options,
    .site = SITE_NONE,
    .run = new_run,
};
