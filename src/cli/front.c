/* The head of a front page. */
#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"lang", COMMAND_LANGUAGE, false, "which language's; otherwise the site's"},
    {0},
};

/* Says what stands there now. */
static Err front_print(const struct command_context *context, const struct language *language)
{
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(front_list(connection, context->world->site, language, context->mem, &stories, &count));
	db_read_end(&connection);
	return stories_print(context, stories, count,
	                     "The newest stories lead: front set puts others there.");
}

static Err front_set_run(struct command_context *context)
{
	const struct language *language;
	int64_t ids[COMMAND_OPERANDS_MAX];
	TRY(input_language(context, &language));
	for (size_t i = 0; i < context->call->operand_count; i++)
		TRY(input_id(context, "ID", context->call->operands[i], &ids[i]));
	TRY(front_set(context->world, language, ids, context->call->operand_count));
	return front_print(context, language);
}

const struct command front_set_command = {
    .words = "front set",
    .operands = "ID…",
    .summary = "Puts stories at the head of a front page: the lead first, seven at most",
    .details = "The stories are published ones in that language. A breaking story that is newer "
               "than the lead still goes before it; one that is withdrawn leaves its place.",
    .options = options,
    .site = SITE_NEEDED,
    .run = front_set_run,
};

static Err front_show_run(struct command_context *context)
{
	const struct language *language;
	TRY(input_language(context, &language));
	return front_print(context, language);
}

const struct command front_show_command = {
    .words = "front show",
    .operands = "",
    .summary = "Shows what stands at the head of a front page",
    .options = options,
    .site = SITE_NEEDED,
    .run = front_show_run,
};

static Err front_clear_run(struct command_context *context)
{
	const struct language *language;
	TRY(input_language(context, &language));
	TRY(front_set(context->world, language, NULL, 0));
	return front_print(context, language);
}

const struct command front_clear_command = {
    .words = "front clear",
    .operands = "",
    .summary = "Lets the newest stories lead a front page again",
    .options = options,
    .site = SITE_NEEDED,
    .run = front_clear_run,
};
