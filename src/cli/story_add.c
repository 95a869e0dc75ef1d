#include "cli/cli_private.h"

static const struct command_option options[] = {
    STORY_OPTIONS,
    {"lang", COMMAND_LANGUAGE, false, "its language; otherwise the site's"},
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
	struct story_notes notes;
	int64_t id;
	TRY(story_input_read(context, &input, &fields));
	TRY(story_notes_take(context, &input, fields, &notes));
	TRY(story_add(context->world, &input, &id));
	return story_print_state(context, id, &notes);
}

const struct command story_add_command = {
    .words = "story add",
    .operands = "",
    .summary = "Adds a story, as a draft or published at once",
    .details =
        "Sections, bylines, sources and tags that are not there yet are made, and said, with the "
        "name that was probably meant. A text's paragraphs are "
        "parted by empty lines; of HTML what readers may not be given is left out, and said. A "
        "story with a time in the future can't be published before it: there is no schedule. With "
        "`--json` the answer is `{\"id\": 7, \"url\": \"https://…\", \"status\": \"published\"}`, "
        "as of all commands that change a story; the `url` of a draft is null.",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_add_run,
};
