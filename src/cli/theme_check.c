/* courant theme check: every fault of a theme, before readers meet it. */
#include <fcntl.h>

#include "cli/cli_private.h"

static Err site_theme_folder(struct command_context *context, Str *out)
{
	struct settings *settings;
	Str site = context->site_folder;
	TRY(site_folder_settings(site, NULL, 0, &settings));
	const struct web_settings *web = settings_of(settings, &web_settings_table);
	Str theme = web->theme.length > 0 ? web->theme : S(THEME_FOLDER);
	Err err = theme.bytes[0] == '/'
	              ? arena_copy(context->mem, theme, out)
	              : arena_format(context->mem, out, "%.*s/%.*s", STR(site), STR(theme));
	settings_free(settings);
	return err;
}

Err theme_folder(struct command_context *context, Str *out)
{
	if (context->call->operand_count > 0)
		return input_path(context, context->call->operands[0], out);
	if (context->site_folder.length > 0)
		return site_theme_folder(context, out);
	return command_misused(context, "it is not said which theme: give its folder, or --site DIR");
}

static bool is_same(const struct theme_fault *a, const struct theme_fault *b)
{
	return str_equal(a->file, b->file) && str_equal(a->field, b->field) &&
	       str_equal(a->sentence, b->sentence);
}

static bool is_told_before(const struct theme *theme, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_same(theme_fault_at(theme, i), theme_fault_at(theme, index)))
			return true;
	return false;
}

/* "DIR/templates/site/home.html:3 (and 7, 9)": the same fault is told once. */
static void place_print(FILE *out, const struct theme *theme, size_t index)
{
	const struct theme_fault *fault = theme_fault_at(theme, index);
	const char *before = " (and ";
	print_text(out, theme_path(theme));
	if (fault->file.length > 0)
		fputc('/', out);
	print_text(out, fault->file);
	if (fault->line > 0)
		fprintf(out, ":%zu", fault->line);
	for (size_t i = index + 1; i < theme_fault_count(theme); i++) {
		const struct theme_fault *other = theme_fault_at(theme, i);
		if (other->line == 0 || !is_same(fault, other))
			continue;
		fprintf(out, "%s%zu", before, other->line);
		before = ", ";
	}
	if (before[0] == ',')
		fputc(')', out);
}

static void fault_print(const struct command_context *context, const struct theme *theme,
                        size_t index)
{
	FILE *out = context->io->out;
	const struct theme_fault *fault = theme_fault_at(theme, index);
	place_print(out, theme, index);
	fputs(": ", out);
	print_text(out, fault->sentence);
	fputc('\n', out);
	if (fault->pages.length > 0)
		print_line(context, "    On: %.*s", STR(fault->pages));
	if (fault->in_sight.length > 0)
		print_line(context, "    There is: %.*s", STR(fault->in_sight));
	if (fault->consequence.length > 0)
		print_line(context, "    So: %.*s", STR(fault->consequence));
}

static json_t *fault_json(const struct theme_fault *fault)
{
	return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "file", json_text(fault->file), "line",
	                 (json_int_t)fault->line, "field", json_text_or_null(fault->field), "sentence",
	                 json_text(fault->sentence), "fields", json_text_or_null(fault->in_sight),
	                 "pages", json_text_or_null(fault->pages), "consequence",
	                 json_text_or_null(fault->consequence));
}

static Err check_json(struct command_context *context, Str folder, const struct theme *theme,
                      Str refusal)
{
	json_t *faults = json_array();
	for (size_t i = 0; i < theme_fault_count(theme); i++)
		if (json_array_append_new(faults, fault_json(theme_fault_at(theme, i))) != 0) {
			json_decref(faults);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	json_t *object = json_pack("{s:o, s:I, s:I, s:o}", "folder", json_text(folder), "templates",
	                           (json_int_t)theme_template_count(theme), "assets",
	                           (json_int_t)theme_asset_count(theme), "faults", faults);
	if (object != NULL && refusal.length > 0)
		json_object_set_new(object, "error", json_text(refusal));
	return print_json(context, object);
}

Err theme_faults_print(struct command_context *context, const struct theme *theme, Err refused)
{
	struct err_note refusal;
	err_note_take(&refusal, refused);
	Str folder = theme_path(theme);
	if (context->call->json) {
		Str sentence = refused == OK ? S("") : str_from_c(refusal.text);
		TRY(check_json(context, folder, theme, sentence));
		context->is_told = true;
	} else {
		for (size_t i = 0; i < theme_fault_count(theme); i++)
			if (!is_told_before(theme, i))
				fault_print(context, theme, i);
	}
	return err_note_give(&refusal);
}

static Err check_print(struct command_context *context, const struct theme *theme)
{
	size_t count = theme_fault_count(theme);
	Err err = OK;
	if (count > 0)
		err = fail(ERR_INVALID, "the theme has %s%zu fault%s",
		           count == THEME_FAULTS_MAX ? "at least " : "", count, count == 1 ? "" : "s");
	err = theme_faults_print(context, theme, err);
	if (!context->call->json)
		print_line(context, "In use: templates %zu, assets %zu.", theme_template_count(theme),
		           theme_asset_count(theme));
	return err;
}

static Err check_run(struct command_context *context)
{
	Str folder = {0};
	struct theme *theme;
	struct web *web;
	TRY(theme_folder(context, &folder));
	TRY(theme_open(AT_FDCWD, folder, &theme));
	Err err = web_open(context, theme, &web);
	if (err == OK) {
		web_free(web);
		err = check_print(context, theme);
	}
	theme_close(theme);
	return err;
}

const struct command theme_check_command = {
    .words = "theme check",
    .operands = "[DIR]",
    .summary = "Says everything that is wrong with a theme, that of the site or the one in DIR",
    .details = "Each fault with its file, its line and the fields that there are. Exit code 1 if "
               "there is one.",
    .site = SITE_NONE,
    .run = check_run,
};
