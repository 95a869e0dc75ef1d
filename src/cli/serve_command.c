#include "cli/cli_private.h"
#include "server/serve.h"

static const struct command_option options[] = {
    {"ready-file", COMMAND_FILE, false, "gets the server's address once it answers"},
    {0},
};

/* A process that somebody has called becomes the parent, which has this same program called again
 * as the server. */
static Err parent_become(struct command_context *context)
{
	const struct command_call *call = context->call;
	struct settings *settings;
	enum exit_code code;
	TRY(site_folder_settings(context->site_folder, call->settings, call->setting_count, &settings));
	const struct server_settings *own = settings_of(settings, &server_settings_table);
	Err err = parent_run(own->listen, &code);
	settings_free(settings);
	if (err != OK || code == EXIT_DONE)
		return err;
	context->is_told = true; /* by the server */
	return ERR_UNAVAILABLE;
}

static Err server_become(struct command_context *context, struct parent_gift parent)
{
	const struct command_call *call = context->call;
	serve_prepare();
	struct site_folder folder;
	if (parent.given < 0)
		TRY(site_folder_open_waiting(&folder, context->site_folder, call->settings,
		                             call->setting_count));
	else
		TRY(site_folder_prepare(&folder, context->site_folder, call->settings,
		                        call->setting_count));
	struct serve_options serving = {
	    .folder = &folder,
	    .parent = parent,
	    .flags = call->settings,
	    .flag_count = call->setting_count,
	    .ready_file = command_value(context, "ready-file"),
	    .commands = &cli_commands,
	    .out = context->io->out,
	};
	Err err = serve(&serving);
	site_folder_close(&folder);
	return err;
}

static Err serve_run(struct command_context *context)
{
	struct parent_gift parent;
	bool is_given;
	TRY(parent_gift_take(&parent, &is_given));
	return is_given ? server_become(context, parent) : parent_become(context);
}

const struct command serve_command = {
    .words = "serve",
    .operands = "",
    .summary = "Serves the site until it is told to stop (SIGTERM, Ctrl+C)",
    .details = "Requests under way are answered first. A small parent process holds the socket and "
               "starts the server again should it die: nobody is refused meanwhile. Every setting "
               "is an option too, and wins "
               "over `courant.conf`. Port 0 of `--listen` is the kernel's choice.",
    .options = options,
    .site = SITE_OPENED,
    .takes_settings = true,
    .run = serve_run,
};
