#include <sys/stat.h>

#include "cli/cli_private.h"
#include "server/wiring.h"

static Err backup_run(struct command_context *context)
{
	Str path;
	struct db_table *tables;
	size_t count;
	TRY(input_path(context, context->call->operands[0], &path));
	TRY(all_db_tables(context->mem, &tables, &count));
	TRY(db_backup(context->world->db, tables, count, path));
	/* A damaged record is backed up with the rest: better that than no backup. But it is said. */
	Err err = all_verify(context->world->db);
	if (err != OK)
		return fail(err, "%.*s is written, but %.*s", STR(path), STR(err_text()));
	char *name;
	struct stat file;
	TRY(arena_c_string(context->mem, path, &name));
	if (stat(name, &file) != 0)
		return fail(ERR_IO, "the backup %s was written and is gone", name);
	if (context->call->json)
		return print_json(context, json_pack("{s:o, s:I}", "file", json_text(path), "bytes",
		                                     (json_int_t)file.st_size));
	print_line(context, "The backup is written to %s (%lld bytes), checked record by record.", name,
	           (long long)file.st_size);
	print_line(context,
	           "It holds the stories with all their versions, replies, pages and names; not "
	           "courant.conf and the theme's folder: keep a copy of both, from %.*s.",
	           STR(context->site_folder));
	return OK;
}

const struct command backup_command = {
    .words = "backup",
    .operands = "FILE",
    .summary = "Writes the whole site into a new file and checks it",
    .details =
        "From one moment, also while the server runs. The file is an SQLite database whatever the "
        "site's own is; it is never written over another. It does not hold `courant.conf` and the "
        "theme's folder: keep copies of them beside it.",
    .site = SITE_NEEDED,
    .run = backup_run,
};
