/* courant reload: the running server reads its settings and its theme anew. */
#include "cli/cli_private.h"
#include "server/edition.h"
#include "server/wiring.h"

static json_t *names_json(const struct setting *const *rows, size_t count)
{
	json_t *names = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(names, json_string(rows[i]->name)) != 0) {
			json_decref(names);
			return NULL;
		}
	return names;
}

enum names { NAMES_ALL, NAMES_UPGRADE, NAMES_RESTART };

static bool is_among(const struct setting *row, enum names which)
{
	return which == NAMES_ALL || setting_needs_restart(row) == (which == NAMES_RESTART);
}

static void names_print(const struct command_context *context, const char *what,
                        const struct setting *const *rows, size_t count, enum names which)
{
	FILE *out = context->io->out;
	const char *before = what;
	for (size_t i = 0; i < count; i++) {
		if (!is_among(rows[i], which))
			continue;
		fprintf(out, "%s%s", before, rows[i]->name);
		before = ", ";
	}
	if (before != what)
		fputs(".\n", out);
}

static Err report_json(const struct command_context *context, const struct reload_report *report)
{
	return print_json(context, json_pack("{s:o, s:o, s:b}", "taken",
	                                     names_json(report->taken, report->taken_count), "kept",
	                                     names_json(report->kept, report->kept_count), "theme",
	                                     report->theme != NULL));
}

static Err report_print(const struct command_context *context, const struct reload_report *report)
{
	if (context->call->json)
		return report_json(context, report);
	if (report->theme == NULL)
		print_line(context, "Reloaded; there is no theme.");
	else
		print_line(context, "Reloaded; of the theme are in use: templates %zu, assets %zu.",
		           theme_template_count(report->theme), theme_asset_count(report->theme));
	names_print(context, "New values: ", report->taken, report->taken_count, NAMES_ALL);
	names_print(context, "Kept as they were, courant upgrade takes them: ", report->kept,
	            report->kept_count, NAMES_UPGRADE);
	names_print(context, "Kept as they were until the server is started anew: ", report->kept,
	            report->kept_count, NAMES_RESTART);
	return OK;
}

static Err reload_run(struct command_context *context)
{
	struct reload_report report;
	if (context->editions == NULL)
		return fail(ERR_UNAVAILABLE, "no server runs for this site: it reads all when it starts, "
		                             "with courant serve");
	Err err = editions_reload(context->editions, &report);
	if (err == OK)
		err = report_print(context, &report);
	else if (report.theme != NULL && theme_fault_count(report.theme) > 0)
		err = theme_faults_print(context, report.theme, err);
	reload_report_done(&report);
	return err;
}

const struct command reload_command = {
    .words = "reload",
    .operands = "",
    .summary = "Has the running server read courant.conf and the theme anew",
    .details =
        "No request waits for it, and none is lost. Should anything be wrong, nothing changes, "
        "and it says what, as `courant theme check` does. From then on no page that was made "
        "before is served. Settings that only a new server can take are named, and keep "
        "their value: `courant upgrade` takes them, without an interruption.",
    .site = SITE_NEEDED,
    .run = reload_run,
};
