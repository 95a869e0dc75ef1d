#include "cli/cli_private.h"

static Err version_run(struct command_context *context)
{
	if (context->call->json)
		return print_json(context, json_pack("{s:s}", "version", COURANT_VERSION));
	print_line(context, "courant %s", COURANT_VERSION);
	return OK;
}

const struct command version_command = {
    .words = "version",
    .operands = "",
    .summary = "Says which Courant this is",
    .run = version_run,
};
