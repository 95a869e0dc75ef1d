#include "cli/cli_private.h"

static json_t *tags_json(const struct story *story)
{
	json_t *array = json_array();
	for (size_t i = 0; i < story->tag_count; i++)
		json_array_append_new(array, json_pack("{s:o, s:o}", "slug", json_text(story->tags[i].slug),
		                                       "name", json_text(story->tags[i].name)));
	return array;
}

static json_t *bylines_json(const struct story *story)
{
	json_t *array = json_array();
	for (size_t i = 0; i < story->byline_count; i++)
		json_array_append_new(array,
		                      json_pack("{s:o, s:o}", "slug", json_text(story->bylines[i].slug),
		                                "name", json_text(story->bylines[i].name)));
	return array;
}

/* The published stories that tell the same in other languages. */
struct translations {
	struct story *stories;
	size_t count;
};

static Err translations_find(const struct command_context *context, const struct story *story,
                             struct translations *out)
{
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	return story_list_translations(connection, context->world->site, story, context->mem,
	                               &out->stories, &out->count);
}

static json_t *translations_json(const struct translations *translations)
{
	json_t *array = json_array();
	for (size_t i = 0; i < translations->count; i++) {
		const struct story *other = &translations->stories[i];
		json_array_append_new(array, json_pack("{s:I, s:o}", "id", (json_int_t)other->id,
		                                       "language", json_text(other->language->code)));
	}
	return array;
}

static json_t *corrections_json(const struct command_context *context, const struct story *story)
{
	json_t *array = json_array();
	for (size_t i = 0; i < story->correction_count; i++) {
		const struct correction *correction = &story->corrections[i];
		json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "kind",
		                                       json_text(correction_kind_word(correction->kind)),
		                                       "at", json_time(context, correction->at), "text",
		                                       json_text(correction->text)));
	}
	return array;
}

static Err show_json(const struct command_context *context, const struct story *story, Str address)
{
	struct translations translations;
	TRY(translations_find(context, story, &translations));
	json_t *object = json_pack(
	    "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)story->id, "status",
	    json_text(story_status_word(story->status)), "language", json_text(story->language->code),
	    "url", json_text_or_null(address), "slug", json_text(story->slug), "headline",
	    json_text(story->headline), "standfirst", json_text_or_null(story->standfirst), "byline",
	    json_text_or_null(story->byline), "source", json_text_or_null(story->source.name));
	json_t *rest = json_pack(
	    "{s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "bylines",
	    bylines_json(story), "translations", translations_json(&translations), "section", "slug",
	    json_text(story->section.slug), "name", json_text(story->section.name), "tags",
	    tags_json(story), "created_at", json_time(context, story->created), "published_at",
	    json_time(context, story->published), "updated_at", json_time(context, story->updated),
	    "breaking_until", json_time(context, story->breaking_until), "revision",
	    (json_int_t)story->revision, "corrections", corrections_json(context, story), "body",
	    json_text(story->body.markup));
	bool whole = object != NULL && rest != NULL && json_object_update(object, rest) == 0;
	json_decref(rest);
	if (whole)
		return print_json(context, object);
	json_decref(object);
	return fail(ERR_MEMORY, "there is no memory for the answer");
}

static void field_print(const struct command_context *context, const char *name, Str value)
{
	if (!str_is_empty(value))
		print_line(context, "%-13s %.*s", name, STR(value));
}

static Err tags_text(const struct command_context *context, const struct story *story, Str *out)
{
	*out = S("");
	for (size_t i = 0; i < story->tag_count; i++)
		TRY(arena_format(context->mem, out, "%.*s%s%.*s", STR(*out), i == 0 ? "" : ", ",
		                 STR(story->tags[i].name)));
	return OK;
}

static Err show_text(const struct command_context *context, const struct story *story, Str address)
{
	Str id;
	Str published;
	Str updated;
	Str breaking;
	Str tags;
	struct translations translations;
	TRY(number_shown(context, story->id, &id));
	TRY(time_shown(context, story->published, &published));
	TRY(time_shown(context, story->updated, &updated));
	TRY(time_shown(context, story->breaking_until, &breaking));
	TRY(tags_text(context, story, &tags));
	TRY(translations_find(context, story, &translations));
	field_print(context, "id", id);
	field_print(context, "status", story_status_word(story->status));
	field_print(context, "address", address);
	field_print(context, "language", story->language->code);
	field_print(context, "headline", story->headline);
	field_print(context, "standfirst", story->standfirst);
	field_print(context, "byline", story->byline);
	for (size_t i = 0; i < translations.count; i++) {
		const struct story *other = &translations.stories[i];
		print_line(context, "%-13s story %lld in %.*s", "translation", (long long)other->id,
		           STR(other->language->name));
	}
	field_print(context, "section", story->section.name);
	field_print(context, "tags", tags);
	field_print(context, "source", story->source.name);
	field_print(context, "published", published);
	field_print(context, "updated", updated);
	field_print(context, "breaking until", breaking);
	for (size_t i = 0; i < story->correction_count; i++) {
		Str at;
		TRY(time_shown(context, story->corrections[i].at, &at));
		Str kind = correction_kind_word(story->corrections[i].kind);
		print_line(context, "%.*s of %.*s: %.*s", STR(kind), STR(at),
		           STR(story->corrections[i].text));
	}
	fputc('\n', context->io->out);
	print_text(context->io->out, story->body.markup);
	fputc('\n', context->io->out);
	return OK;
}

static Err story_show_run(struct command_context *context)
{
	int64_t id;
	struct story story;
	Str address;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(story_look_up(context, id, &story, &address));
	return context->call->json ? show_json(context, &story, address)
	                           : show_text(context, &story, address);
}

const struct command story_show_command = {
    .words = "story show",
    .operands = "ID",
    .summary = "Shows a story as it stands, with its body",
    .site = SITE_NEEDED,
    .run = story_show_run,
};
