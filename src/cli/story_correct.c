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

static bool has_same_text(const struct story *a, const struct story *b)
{
	return str_equal(a->headline, b->headline) && str_equal(a->standfirst, b->standfirst) &&
	       str_equal(a->body.markup, b->body.markup);
}

static Err story_correct_run(struct command_context *context)
{
	int64_t id;
	enum correction_kind kind;
	struct story_input input;
	unsigned fields;
	struct story_notes notes;
	struct story before;
	struct story after;
	Str address;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(kind_read(context, &kind));
	if (!command_has(context, "text"))
		return command_misused(context, "--text is missing");
	TRY(story_input_read(context, &input, &fields));
	TRY(story_notes_take(context, &input, fields, &notes));
	notes.noted = correction_kind_word(kind);
	TRY(story_look_up(context, id, &before, &address));
	TRY(story_correct(context->world, id, kind, command_value(context, "text"), &input, fields));
	TRY(story_look_up(context, id, &after, &address));
	notes.text_is_same = has_same_text(&before, &after);
	return story_print_state(context, id, &notes);
}

const struct command story_correct_command = {
    .words = "story correct",
    .operands = "ID",
    .summary = "Corrects a published story, with a note that readers see",
    .details =
        "Headline, standfirst and body may change in the same step; where none does, the "
        "answer says that the text is unchanged. The address stays. What the newest note says "
        "already is refused: notes are not taken back.",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_correct_run,
};
