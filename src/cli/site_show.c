#include "cli/cli_private.h"

static Err site_show_run(struct command_context *context)
{
	const struct site *site = context->world->site;
	Str address;
	TRY(address_shown(context, S("/"), &address));
	const char *database = db_is_postgres(context->world->db) ? "PostgreSQL" : "SQLite";
	if (context->call->json)
		return print_json(context,
		                  json_pack("{s:o, s:o, s:o, s:o, s:s, s:b}", "name", json_text(site->name),
		                            "language", json_text(site->language->code), "timezone",
		                            json_text(site->zone), "url", json_text(address), "database",
		                            database, "server", context->in_a_server));
	print_line(context, "name      %.*s", STR(site->name));
	print_line(context, "language  %.*s", STR(site->language->code));
	print_line(context, "timezone  %.*s", STR(site->zone));
	print_line(context, "url       %.*s", STR(address));
	print_line(context, "database  %s", database);
	print_line(context, "server    %s", context->in_a_server ? "running" : "not running");
	return OK;
}

const struct command site_show_command = {
    .words = "site show",
    .operands = "",
    .summary = "Says what the site is called, where it is and whether its server runs",
    .site = SITE_NEEDED,
    .run = site_show_run,
};
