#include "cli/cli_private.h"

static const struct command_option options[] = {
    STORY_OPTIONS,
    {"lang", "LANG", false, "its language, " LANGUAGE_CODES "; otherwise the site's"},
    {"publish", NULL, false, "publish it; otherwise it is a draft"},
    {0},
};

static Err story_add_run(struct command_context *context)
{
	static const char *const required[] = {"headline", "section", "body"};
	for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
		if (!command_has(context, required[i]))
			return command_misused(context, "--%s is missing", required[i]);
	struct story_input input;
	unsigned fields;
	int64_t id;
	TRY(story_input_read(context, &input, &fields));
	TRY(story_add(context->world, &input, &id));
	return story_print_state(context, id);
}

const struct command story_add_command = {
    .words = "story add",
    .operands = "",
    .summary = "Adds a story, as a draft or published at once",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_add_run,
};
