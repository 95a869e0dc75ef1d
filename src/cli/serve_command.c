#include "cli/cli_private.h"
#include "server/serve.h"

static const struct command_option options[] = {
    {"ready-file", COMMAND_FILE, false, "gets the server's address once it answers"},
    {0},
};

static Err serve_run(struct command_context *context)
{
	const struct command_call *call = context->call;
	serve_prepare();
	struct site_folder folder;
	TRY(site_folder_open_waiting(&folder, context->site_folder, call->settings,
	                             call->setting_count));
	struct serve_options serving = {
	    .folder = &folder,
	    .ready_file = command_value(context, "ready-file"),
	    .commands = &cli_commands,
	    .out = context->io->out,
	};
	Err err = serve(&serving);
	site_folder_close(&folder);
	return err;
}

const struct command serve_command = {
    .words = "serve",
    .operands = "",
    .summary = "Serves the site until it is told to stop (SIGTERM, Ctrl+C)",
    .details = "Requests under way are answered first. Every setting is an option too, and wins "
               "over `courant.conf`. Port 0 of `--listen` is the kernel's choice.",
    .options = options,
    .site = SITE_OPENED,
    .takes_settings = true,
    .run = serve_run,
};
