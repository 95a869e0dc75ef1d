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

Err story_look_up(const struct command_context *context, int64_t id, struct story *out,
                  Str *address_out)
{
	struct story story;
	Str address = S("");
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(story_find(connection, context->world->site, id, context->mem, &story));
	db_read_end(&connection);
	if (!str_is_empty(story.path))
		TRY(address_shown(context, story.path, &address));
	*out = story;
	*address_out = address;
	return OK;
}

void story_loss_count(const struct story_input *input, struct html_loss *out)
{
	*out = (struct html_loss){0};
	if (input->format == BODY_HTML)
		html_loss_count(input->body, HTML_POLICY_STORY, out);
}

static void loss_names_add(struct buf *line, const char *one, const char *many,
                           const struct html_loss_list *list)
{
	if (list->count == 0)
		return;
	buf_format(line, "%s %zu %s: ", line->length > 0 ? ";" : "", list->times,
	           list->times == 1 ? one : many);
	for (size_t i = 0; i < list->count; i++)
		buf_format(line, "%s%s", i == 0 ? "" : ", ", list->rows[i].name);
}

Err loss_print(const struct command_context *context, const struct html_loss *loss)
{
	struct buf line BUF_CLEANUP;
	buf_init(&line, 4000);
	for (size_t i = 0; i < loss->elements.count; i++)
		buf_format(&line, "%s %zu %s", i == 0 ? "" : ",", loss->elements.rows[i].times,
		           loss->elements.rows[i].name);
	loss_names_add(&line, "attribute", "attributes", &loss->attributes);
	loss_names_add(&line, "link", "links", &loss->links);
	TRY(buf_check(&line));
	if (line.length > 0)
		print_line(context, "Left out of the body:%.*s", STR(buf_str(&line)));
	return OK;
}

static void loss_list_json(json_t *object, const char *name, const struct html_loss_list *list)
{
	json_t *times = json_object();
	for (size_t i = 0; i < list->count; i++)
		json_object_set_new(times, list->rows[i].name,
		                    json_integer((json_int_t)list->rows[i].times));
	if (list->count > 0)
		json_object_set(object, name, times);
	json_decref(times);
}

void loss_json(json_t *object, const struct html_loss *loss)
{
	loss_list_json(object, "left_out", &loss->elements);
	loss_list_json(object, "left_out_attributes", &loss->attributes);
	loss_list_json(object, "left_out_links", &loss->links);
}

Err story_notes_take(const struct command_context *context, const struct story_input *input,
                     unsigned fields, struct story_notes *out)
{
	struct story_notes notes = {0};
	bool is_there = true;
	DB_READ connection = NULL;
	if (fields & STORY_SECTION) {
		TRY(db_read_begin(context->world->db, &connection));
		TRY(section_is_there(connection, input->section, context->mem, &is_there));
	}
	if (!is_there)
		notes.new_section = str_trim(input->section);
	story_loss_count(input, &notes.loss);
	*out = notes;
	return OK;
}

static void state_print(const struct command_context *context, const struct story *story,
                        Str address, const struct story_notes *notes)
{
	long long id = (long long)story->id;
	const char *still = notes->is_changed ? "changed, and still " : "";
	if (!str_is_empty(notes->noted))
		print_line(context, "The %.*s of story %lld is noted: %.*s", STR(notes->noted), id,
		           STR(address));
	else if (story->status == STORY_PUBLISHED)
		print_line(context, "Story %lld is %s: %.*s", id,
		           notes->is_changed ? "changed" : "published", STR(address));
	else if (story->status == STORY_WITHDRAWN)
		print_line(context, "Story %lld is %swithdrawn: readers are told so at %.*s", id, still,
		           STR(address));
	else
		print_line(context, "Story %lld is %sa draft. Publish it with: courant story publish %lld",
		           id, still, id);
}

static Err notes_print(const struct command_context *context, int64_t id,
                       const struct story_notes *notes)
{
	if (!str_is_empty(notes->new_section))
		print_line(context,
		           "A new section is made: %.*s. If that was a slip: courant story edit %lld "
		           "--section NAME",
		           STR(notes->new_section), (long long)id);
	return loss_print(context, &notes->loss);
}

static void notes_json(json_t *object, const struct story_notes *notes)
{
	if (!str_is_empty(notes->new_section))
		json_object_set_new(object, "new_section", json_text(notes->new_section));
	loss_json(object, &notes->loss);
	if (!str_is_empty(notes->noted))
		json_object_set_new(object, "noted", json_text(notes->noted));
}

Err story_print_state(const struct command_context *context, int64_t id,
                      const struct story_notes *notes)
{
	static const struct story_notes none;
	struct story story;
	Str address;
	TRY(story_look_up(context, id, &story, &address));
	if (notes == NULL)
		notes = &none;
	if (context->call->json) {
		json_t *object =
		    json_pack("{s:I, s:o, s:o}", "id", (json_int_t)id, "url", json_text_or_null(address),
		              "status", json_text(story_status_word(story.status)));
		notes_json(object, notes);
		return print_json(context, object);
	}
	state_print(context, &story, address, notes);
	return notes_print(context, id, notes);
}
