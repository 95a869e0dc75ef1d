#include "cli/cli_private.h"
#include "server/wiring.h"

static const struct command_option options[] = {
    {"url", "URL", false, "the public address, where the site's folder is made"},
    {"database", "URL", false, "a PostgreSQL database, where the site's folder is made"},
    {0},
};

/* Into a site that `courant init` made and nobody has written in. */
static Err restore_into_site(struct command_context *context, Str file)
{
	if (command_has(context, "url") || command_has(context, "database"))
		return command_misused(context,
		                       "--url and --database are for a folder that is not there yet: this "
		                       "site's are in its courant.conf");
	struct site_folder folder;
	TRY(site_folder_open_waiting(&folder, context->site_folder, NULL, 0));
	struct db_table *tables;
	size_t count;
	Err err = all_db_tables(context->mem, &tables, &count);
	if (err == OK)
		err = stories_before_restore(&folder.world);
	if (err == OK)
		err = db_restore_over(folder.db, tables, count, site_clear, file);
	site_folder_close(&folder);
	return err;
}

static Err restore_run(struct command_context *context)
{
	Str site = context->site_folder;
	Str file;
	TRY(input_path(context, context->call->operands[0], &file));
	int folder = -1;
	bool is_there = site_folder_find(site, &folder) == OK;
	if (is_there) {
		is_there = faccessat(folder, "courant.conf", F_OK, 0) == 0;
		close(folder);
	}
	struct site_new input = {
	    .url = command_value(context, "url"),
	    .database = command_value(context, "database"),
	    .backup = file,
	};
	if (is_there)
		TRY(restore_into_site(context, file));
	else
		TRY(site_folder_init(site, &input));
	if (context->call->json)
		return print_json(
		    context, json_pack("{s:o, s:o}", "site", json_text(site), "file", json_text(file)));
	print_line(context, "The site in %.*s is restored, checked record by record.", STR(site));
	if (is_there)
		print_line(context,
		           "Its settings are those of its courant.conf; a theme goes into its folder.");
	else
		print_line(context,
		           "Its settings are the defaults now: take the lines of the old courant.conf over "
		           "into the new one in %.*s, and copy the theme's folder there.",
		           STR(site));
	print_line(context, "Then start it with: courant --site %.*s serve", STR(site));
	return OK;
}

const struct command restore_command = {
    .words = "restore",
    .operands = "FILE",
    .summary =
        "Makes the site anew from a backup, in a folder that is absent or a site without stories",
    .details = "Into a folder that is absent or empty, or over a site that was just made; every "
               "record is checked. A site with stories is refused, and so is one whose server "
               "runs: restore into a new folder, and serve that. The settings and the theme are "
               "in no backup: take them over from your own copies.",
    .options = options,
    .site = SITE_OPENED,
    .run = restore_run,
};
