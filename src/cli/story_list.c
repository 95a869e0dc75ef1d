#include "cli/cli_private.h"

#define LIST_LIMIT 20

static const struct command_option options[] = {
    {"section", "SLUG", false, "only of this section"},
    {"tag", "SLUG", false, "only with this tag"},
    {"byline", "SLUG", false, "only published ones by this person"},
    {"source", "SLUG", false, "only published ones of this agency"},
    {"status", "draft|published|withdrawn", false, "only those that are so"},
    {"lang", COMMAND_LANGUAGE, false, "only in this language"},
    {"limit", "NUMBER", false, "how many at most; 20, unless told"},
    {"before", "ID", false, "what comes after this story in the list"},
    {0},
};

static Err status_read(struct command_context *context, struct story_filter *filter)
{
	static const enum story_status all[] = {STORY_DRAFT, STORY_PUBLISHED, STORY_WITHDRAWN};
	bool only_published = command_has(context, "byline") || command_has(context, "source");
	filter->status = STORY_PUBLISHED;
	filter->any_status = !command_has(context, "status") && !only_published;
	if (!command_has(context, "status"))
		return OK;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (str_equal(story_status_word(all[i]), command_value(context, "status"))) {
			filter->status = all[i];
			return OK;
		}
	return command_misused(context, "--status is draft, published or withdrawn");
}

static Err language_read(struct command_context *context, struct story_filter *filter)
{
	if (!command_has(context, "lang"))
		return OK;
	return input_language(context, &filter->language);
}

static Err places_read(struct command_context *context, struct db_connection *connection,
                       struct story_filter *filter)
{
	const struct site *site = context->world->site;
	if (command_has(context, "section")) {
		struct section section;
		TRY(section_find(connection, site, site->language, command_value(context, "section"),
		                 context->mem, &section));
		filter->section_id = section.id;
	}
	if (command_has(context, "tag")) {
		struct tag tag;
		TRY(tag_find(connection, site, site->language, command_value(context, "tag"), context->mem,
		             &tag));
		filter->tag_id = tag.id;
	}
	if (command_has(context, "byline")) {
		struct byline byline;
		TRY(byline_find(connection, site, site->language, command_value(context, "byline"),
		                context->mem, &byline));
		filter->byline_id = byline.id;
	}
	if (command_has(context, "source")) {
		struct source source;
		TRY(source_find(connection, site, site->language, command_value(context, "source"),
		                context->mem, &source));
		filter->source_id = source.id;
	}
	return OK;
}

static bool is_listed(const struct story_filter *filter, const struct story *story)
{
	bool has_tag = filter->tag_id == 0;
	bool has_byline = filter->byline_id == 0;
	for (size_t i = 0; i < story->tag_count; i++)
		has_tag = has_tag || story->tags[i].id == filter->tag_id;
	for (size_t i = 0; i < story->byline_count; i++)
		has_byline = has_byline || story->bylines[i].id == filter->byline_id;
	return has_tag && has_byline && (filter->any_status || filter->status == story->status) &&
	       (filter->language == NULL || filter->language == story->language) &&
	       (filter->section_id == 0 || filter->section_id == story->section.id) &&
	       (filter->source_id == 0 || filter->source_id == story->source.id);
}

/* After `places_read`: only a story of the list has a place in it. */
static Err before_read(struct command_context *context, struct db_connection *connection,
                       struct story_filter *filter)
{
	struct story story;
	int64_t id;
	if (!command_has(context, "before"))
		return OK;
	TRY(input_id(context, "--before", command_value(context, "before"), &id));
	TRY(story_find(connection, context->world->site, id, context->mem, &story));
	if (!is_listed(filter, &story))
		return fail(ERR_INVALID,
		            "story %lld is not in this list: --before takes the last one that it has shown",
		            (long long)id);
	filter->before = (struct story_place){story.published, story.id};
	return OK;
}

static json_t *story_json(const struct command_context *context, const struct story *story,
                          Str address)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", (json_int_t)story->id,
	                 "status", json_text(story_status_word(story->status)), "language",
	                 json_text(story->language->code), "headline", json_text(story->headline),
	                 "section", json_text(story->section.slug), "published_at",
	                 json_time(context, story->published), "url", json_text_or_null(address),
	                 "breaking", story_is_breaking(story, clock_now(context->world->clock)));
}

static Err list_json(const struct command_context *context, const struct story *stories,
                     size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		Str address = S("");
		Err err =
		    str_is_empty(stories[i].path) ? OK : address_shown(context, stories[i].path, &address);
		if (err != OK) {
			json_decref(array);
			return err;
		}
		if (json_array_append_new(array, story_json(context, &stories[i], address)) != 0) {
			json_decref(array);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	}
	return print_json(context, array);
}

static Err list_table(const struct command_context *context, const struct story *stories,
                      size_t count)
{
	const Str headings[] = {S("ID"),   S("STATUS"),  S("PUBLISHED"),
	                        S("LANG"), S("SECTION"), S("HEADLINE")};
	struct table table;
	table_init(&table, context->mem, sizeof headings / sizeof headings[0]);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str id;
		Str published;
		TRY(number_shown(context, stories[i].id, &id));
		TRY(time_shown(context, stories[i].published, &published));
		const Str cells[] = {id,
		                     story_status_word(stories[i].status),
		                     str_is_empty(published) ? S("-") : published,
		                     stories[i].language->code,
		                     stories[i].section.slug,
		                     stories[i].headline};
		TRY(table_add(&table, cells));
	}
	table_print(&table, context->io->out);
	return OK;
}

Err stories_print(const struct command_context *context, const struct story *stories, size_t count,
                  const char *none)
{
	if (context->call->json)
		return list_json(context, stories, count);
	if (count > 0)
		return list_table(context, stories, count);
	print_line(context, "%s", none);
	return OK;
}

static Err story_list_run(struct command_context *context)
{
	struct story_filter filter = {0};
	struct story *stories;
	size_t count;
	TRY(status_read(context, &filter));
	TRY(language_read(context, &filter));
	TRY(input_limit(context, LIST_LIMIT, STORY_LIST_MAX, &filter.limit));
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(places_read(context, connection, &filter));
	TRY(before_read(context, connection, &filter));
	TRY(story_list(connection, context->world->site, &filter, context->mem, &stories, &count));
	db_read_end(&connection);
	return stories_print(context, stories, count, "There are no such stories.");
}

const struct command story_list_command = {
    .words = "story list",
    .operands = "",
    .summary = "Lists stories, the newest first",
    .options = options,
    .site = SITE_NEEDED,
    .run = story_list_run,
};
