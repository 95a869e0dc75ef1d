/* courant upgrade: a new version, or new settings, without an interruption. */
#include "cli/cli_private.h"

static Err upgrade_run(struct command_context *context)
{
	if (!context->in_a_server)
		return fail(ERR_UNAVAILABLE, "no server runs for this site: courant serve starts it");
	context->upgrades = true;
	return OK;
}

const struct command upgrade_command = {
    .words = "upgrade",
    .operands = "",
    .summary = "Puts the version that is installed now in the running server's place",
    .details =
        "It is started beside the old one, with all settings anew but `server.listen`, and "
        "takes over when it is ready: requests wait for a moment, no connection is closed. "
        "Should it not start, the old one goes on, and it is said why. A version that changes "
        "the database when it opens it is refused: for that the server must be restarted.",
    .site = SITE_NEEDED,
    .any_version = true,
    .run = upgrade_run,
};
