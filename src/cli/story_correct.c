#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"text", "TEXT", false, "what was wrong and is right now; readers see it with its time"},
    {"kind", "correction|clarification|update", false,
     "what the note is; a correction, unless told"},
    {"headline", "TEXT", false, "the corrected headline"},
    {"standfirst", "TEXT", false, "the corrected sentence below the headline"},
    {"body", COMMAND_INPUT, false, "the file with the corrected text; - is standard input"},
    {"format", "text|html", false, "what the body is; text, unless told"},
    {0},
};

static Err kind_read(struct command_context *context, enum correction_kind *out)
{
	*out = CORRECTION;
	if (!command_has(context, "kind") || correction_kind_parse(command_value(context, "kind"), out))
		return OK;
	return command_misused(context, "--kind is correction, clarification or update");
}

static Err story_correct_run(struct command_context *context)
{
	int64_t id;
	enum correction_kind kind;
	struct story_input input;
	unsigned fields;
	struct story_notes notes;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(kind_read(context, &kind));
	if (!command_has(context, "text"))
		return command_misused(context, "--text is missing");
	TRY(story_input_read(context, &input, &fields));
	TRY(story_notes_take(context, &input, fields, &notes));
	notes.noted = correction_kind_word(kind);
	TRY(story_correct(context->world, id, kind, command_value(context, "text"), &input, fields));
	return story_print_state(context, id, &notes);
}

const struct command story_correct_command = {
    .words = "story correct",
    .operands = "ID",
    .summary = "Corrects a published story, with a note that readers see",
    .details = "Headline, standfirst and body may change in the same step. The address stays.",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_correct_run,
};
