/* Publishing, withdrawing and discarding. */
#include "cli/cli_private.h"

static const struct command_option publish_options[] = {
    {"at", "TIME", false,
     "the time that it is published under, 2021-07-23T14:39; otherwise its own or now"},
    {0},
};

static Err story_publish_run(struct command_context *context)
{
	int64_t id;
	Time at = 0;
	struct story_notes notes = {0};
	struct story story;
	Str address;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	if (command_has(context, "at"))
		TRY(time_parse(context->world->site->zone, command_value(context, "at"), &at));
	TRY(story_look_up(context, id, &story, &address));
	TRY(story_publish(context->world, id, at));
	notes.was_published = story.status == STORY_PUBLISHED;
	return story_print_state(context, id, &notes);
}

const struct command story_publish_command = {
    .words = "story publish",
    .operands = "ID",
    .summary = "Publishes a draft, or a withdrawn story again",
    .options = publish_options,
    .site = SITE_NEEDED,
    .run = story_publish_run,
};

static Err story_withdraw_run(struct command_context *context)
{
	int64_t id;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(story_withdraw(context->world, id));
	return story_print_state(context, id, NULL);
}

const struct command story_withdraw_command = {
    .words = "story withdraw",
    .operands = "ID",
    .summary = "Takes a story from readers; its address says that it was withdrawn",
    .details = "`courant story publish` brings it back.",
    .site = SITE_NEEDED,
    .run = story_withdraw_run,
};

static Err story_discard_run(struct command_context *context)
{
	int64_t id;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(story_discard(context->world, id));
	if (context->call->json)
		return print_json(context, json_pack("{s:I}", "discarded", (json_int_t)id));
	print_line(context, "Draft %lld is discarded.", (long long)id);
	return OK;
}

const struct command story_discard_command = {
    .words = "story discard",
    .operands = "ID",
    .summary = "Deletes a draft that was never published, for good",
    .details = "What was published once is withdrawn: readers may have its address.",
    .site = SITE_NEEDED,
    .run = story_discard_run,
};
