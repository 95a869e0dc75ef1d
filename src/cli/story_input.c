#include "cli/cli_private.h"

/* The text of an option that goes as it is into the input. */
struct text_option {
	const char *option;
	size_t offset;
	unsigned field;
};
static const struct text_option text_options[] = {
    {"headline", offsetof(struct story_input, headline), STORY_HEADLINE},
    {"standfirst", offsetof(struct story_input, standfirst), STORY_STANDFIRST},
    {"slug", offsetof(struct story_input, slug), STORY_SLUG},
    {"section", offsetof(struct story_input, section), STORY_SECTION},
    {"source", offsetof(struct story_input, source), STORY_SOURCE},
};

static void texts_read(const struct command_context *context, struct story_input *input,
                       unsigned *fields)
{
	for (size_t i = 0; i < sizeof text_options / sizeof text_options[0]; i++) {
		const struct text_option *row = &text_options[i];
		if (!command_has(context, row->option))
			continue;
		Str value = command_value(context, row->option);
		memcpy((char *)input + row->offset, &value, sizeof value);
		*fields |= row->field;
	}
}

static Err time_read(struct command_context *context, const char *option, Time *out)
{
	Err err = time_parse(context->world->site->zone, command_value(context, option), out);
	if (err == OK)
		return OK;
	struct err_note note;
	err_note_take(&note, err);
	return fail(err, "--%s: %s", option, note.text);
}

static Err breaking_read(struct command_context *context, struct story_input *input,
                         unsigned *fields)
{
	const struct stories_settings *settings =
	    settings_of(context->settings, &stories_settings_table);
	input->breaking_ms = settings->breaking_ms;
	input->breaking = command_has(context, "breaking") || command_has(context, "breaking-until");
	if (command_has(context, "breaking-until"))
		TRY(time_read(context, "breaking-until", &input->breaking_until));
	if (command_has(context, "no-breaking")) {
		if (input->breaking)
			return command_misused(context, "--breaking and --no-breaking exclude each other");
		*fields |= STORY_BREAKING;
	}
	if (input->breaking)
		*fields |= STORY_BREAKING;
	return OK;
}

/* An option that may be given several times, and the one that takes all of them away. */
static Err list_read(struct command_context *context, const char *option, const char *none,
                     unsigned field, const Str **out, size_t *count_out, unsigned *fields)
{
	TRY(input_values(context, option, out, count_out));
	if (*count_out > 0 && command_has(context, none))
		return command_misused(context, "--%s and --%s exclude each other", option, none);
	if (*count_out > 0 || command_has(context, none))
		*fields |= field;
	return OK;
}

static Err translation_read(struct command_context *context, struct story_input *input,
                            unsigned *fields)
{
	bool is_given = command_has(context, "translation-of");
	bool is_none = command_has(context, "no-translation");
	if (is_given && is_none)
		return command_misused(context, "--translation-of and --no-translation exclude each other");
	if (is_given)
		TRY(input_id(context, "--translation-of", command_value(context, "translation-of"),
		             &input->translation_of));
	if (is_given || is_none)
		*fields |= STORY_TRANSLATION;
	return OK;
}

/* The body, and --format's value, or text. */
Err story_body_read(struct command_context *context, struct story_input *out)
{
	Str format = command_value(context, "format");
	out->format = BODY_TEXT;
	if (str_equal(format, S("html")))
		out->format = BODY_HTML;
	else if (command_has(context, "format") && !str_equal(format, S("text")))
		return command_misused(context, "--format is text or html");
	if (command_has(context, "format") && !command_has(context, "body"))
		return command_misused(context, "--format goes with --body");
	return command_has(context, "body") ? input_read(context, HTML_MAX_BYTES, &out->body) : OK;
}

Err story_input_read(struct command_context *context, struct story_input *out, unsigned *fields)
{
	struct story_input input = {.language = command_value(context, "lang"),
	                            .publish = command_has(context, "publish")};
	*fields = 0;
	texts_read(context, &input, fields);
	TRY(list_read(context, "byline", "no-byline", STORY_BYLINE, &input.bylines, &input.byline_count,
	              fields));
	TRY(list_read(context, "tag", "no-tags", STORY_TAGS, &input.tags, &input.tag_count, fields));
	TRY(translation_read(context, &input, fields));
	TRY(breaking_read(context, &input, fields));
	if (command_has(context, "published-at")) {
		TRY(time_read(context, "published-at", &input.published_at));
		*fields |= STORY_PUBLISHED_AT;
	}
	TRY(story_body_read(context, &input));
	if (command_has(context, "body"))
		*fields |= STORY_BODY;
	*out = input;
	return OK;
}
