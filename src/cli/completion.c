#include "base/embedded.h"
#include "cli/cli_private.h"

static Err completion_run(struct command_context *context)
{
	Str shell = context->call->operands[0];
	Str name;
	char *file;
	TRY(arena_format(context->mem, &name, "courant.%.*s", STR(shell)));
	TRY(arena_c_string(context->mem, name, &file));
	const struct embedded_file *script =
	    embedded_find(embedded_completions, embedded_completion_count, file);
	if (script == NULL)
		return command_misused(context, "the shells are bash, zsh and fish");
	fwrite(script->bytes, 1, script->size_bytes, context->io->out);
	return OK;
}

const struct command completion_command = {
    .words = "completion",
    .operands = "bash|zsh|fish",
    .summary = "Prints what makes a shell complete courant's words",
    .details =
        "For this shell alone: `source <(courant completion bash)`, the same with zsh, and "
        "`courant completion fish | source`. `meson install` puts them where the shells look.",
    .run = completion_run,
};
