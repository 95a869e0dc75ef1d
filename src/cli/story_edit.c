#include "cli/cli_private.h"

static const struct command_option options[] = {
    STORY_OPTIONS,
    {"no-breaking", NULL, false, "it is no longer breaking news"},
    {"no-byline", NULL, false, "nobody is named as who wrote it"},
    {"no-translation", NULL, false, "it is no longer a translation: it stands alone"},
    {"no-tags", NULL, false, "take all its tags away"},
    {"publish", NULL, false, "publish it too, if it is not"},
    {0},
};

/* The story keeps its edit when publishing it is refused: the sentence says so. */
static Err publish_too(const struct command_context *context, int64_t id, bool *is_new)
{
	struct story story;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(story_find(connection, context->world->site, id, context->mem, &story));
	db_read_end(&connection);
	*is_new = story.status != STORY_PUBLISHED;
	if (!*is_new)
		return OK;
	Err err = story_publish(context->world, id, 0);
	if (err == OK)
		return OK;
	struct err_note note;
	err_note_take(&note, err);
	return fail(err, "story %lld was changed but not published: %s", (long long)id, note.text);
}

static Err story_edit_run(struct command_context *context)
{
	int64_t id;
	struct story_input input;
	unsigned fields;
	struct story_notes notes;
	bool is_published = false;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(story_input_read(context, &input, &fields));
	if (fields == 0 && !input.publish)
		return command_misused(context, "it is not said what to change");
	TRY(story_notes_take(context, &input, fields, &notes));
	if (fields != 0)
		TRY(story_edit(context->world, id, &input, fields));
	if (input.publish)
		TRY(publish_too(context, id, &is_published));
	notes.is_changed = fields != 0 && !is_published;
	return story_print_state(context, id, &notes);
}

const struct command story_edit_command = {
    .words = "story edit",
    .operands = "ID",
    .summary = "Changes a story; of a published one readers see it at once",
    .details =
        "What is not given stays; tags are replaced as a whole. Of a published story a changed "
        "section, slug or day moves the address, and the old one leads to the new one.",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_edit_run,
};
