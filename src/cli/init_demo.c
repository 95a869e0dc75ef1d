/* The demo newspaper, from the files of demo/ that are part of the program, through the acts that a
 * desk and its readers use. Its past is lived through again: every story, correction and reply
 * comes in its turn, while the clock shows its own time. */
#include <stdlib.h>

#include "base/embedded.h"
#include "base/random.h"
#include "cli/cli_private.h"
#include "pages/pages.h"

/* The demo is looked at for longer than news stays breaking. */
#define BREAKING_MS (30 * DAY_MS)
#define KEY_BYTES 16
#define NAMES_MAX 16 /* languages */

struct demo {
	json_t *paper;
	struct arena *mem;
	Time made;
	struct world world; /* of the new site, with this clock */
	struct clock clock;
};

/* Something that came at its own time; `what` is the correction or the reply. */
struct happening {
	Time at;
	size_t order; /* at one moment: as in the file */
	Err (*act)(const struct demo *demo, json_t *story, const json_t *what);
	json_t *story;
	const json_t *what;
};

/* ---- reading ---- */

/* Empty where there is none. */
static Str text_of(const json_t *object, const char *key)
{
	const json_t *text = json_object_get(object, key);
	return (Str){json_string_value(text), json_string_length(text)};
}

static Str file_of(const char *name)
{
	const struct embedded_file *file =
	    embedded_find(embedded_demo_files, embedded_demo_file_count, name);
	CHECK(file != NULL);
	return (Str){(const char *)file->bytes, file->size_bytes};
}

/* What is new is so many minutes old when the newspaper is made; the rest has its time. */
static Err time_of(const struct demo *demo, const json_t *object, const char *key, Time *out)
{
	const json_t *minutes_ago = json_object_get(object, "minutes_ago");
	if (minutes_ago != NULL) {
		*out = demo->made - demo->made % MINUTE_MS - json_integer_value(minutes_ago) * MINUTE_MS;
		return OK;
	}
	return time_parse(text_of(demo->paper, "timezone"), text_of(object, key), out);
}

/* What something is called in each language. */
static Err names_of(const struct demo *demo, json_t *object, const char *key,
                    const struct name_input **out, size_t *count_out)
{
	json_t *names = json_object_get(object, key);
	struct name_input *all = ARENA_ARRAY(demo->mem, struct name_input, NAMES_MAX);
	if (all == NULL)
		return ERR_MEMORY;
	const char *language;
	json_t *name;
	size_t count = 0;
	json_object_foreach(names, language, name)
	{
		CHECK(count < NAMES_MAX);
		all[count++] = (struct name_input){str_from_c(language), text_of(names, language)};
	}
	*out = all;
	*count_out = count;
	return OK;
}

/* The one of a list whose `key` is `value`. A newspaper that names what it has not is ours to mend.
 */
static json_t *member_find(const struct demo *demo, const char *list, const char *key, Str value)
{
	size_t i;
	json_t *member;
	json_t *found = NULL;
	json_array_foreach(json_object_get(demo->paper, list), i, member)
	{
		if (str_equal(text_of(member, key), value))
			found = member;
	}
	CHECK(found != NULL);
	return found;
}

/* What the story's tags or bylines, which are slugs, are called in its language. */
static Err called(const struct demo *demo, const json_t *story, const char *list, const Str **out,
                  size_t *count_out)
{
	const json_t *slugs = json_object_get(story, list);
	size_t count = json_array_size(slugs);
	Str *names = ARENA_ARRAY(demo->mem, Str, count + 1);
	if (names == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const json_t *slug = json_array_get(slugs, i);
		const json_t *named = member_find(demo, list, "slug", str_from_c(json_string_value(slug)));
		names[i] = text_of(json_object_get(named, "names"),
		                   json_string_value(json_object_get(story, "lang")));
	}
	*out = names;
	*count_out = count;
	return OK;
}

/* The number that the story with that key was given when it was published. */
static int64_t id_of(const struct demo *demo, Str key)
{
	json_int_t id =
	    json_integer_value(json_object_get(member_find(demo, "stories", "key", key), "id"));
	CHECK(id > 0);
	return id;
}

/* ---- what happens ---- */

static Err story_happens(const struct demo *demo, json_t *story, const json_t *what)
{
	(void)what;
	struct story_input input = {
	    .headline = text_of(story, "headline"),
	    .standfirst = text_of(story, "standfirst"),
	    .slug = text_of(story, "slug"),
	    .language = text_of(story, "lang"),
	    .section = text_of(story, "section"),
	    .source = text_of(story, "source"),
	    .body = file_of(json_string_value(json_object_get(story, "file"))),
	    .format = BODY_HTML,
	    .published_at = clock_now(&demo->clock),
	    .breaking = json_is_true(json_object_get(story, "breaking")),
	    .publish = true,
	};
	if (input.breaking)
		input.breaking_until = demo->made + BREAKING_MS;
	if (!str_is_empty(text_of(story, "translation_of")))
		input.translation_of = id_of(demo, text_of(story, "translation_of"));
	TRY(called(demo, story, "tags", &input.tags, &input.tag_count));
	TRY(called(demo, story, "bylines", &input.bylines, &input.byline_count));
	int64_t id;
	TRY(story_add(&demo->world, &input, &id));
	if (json_object_set_new(story, "id", json_integer(id)) != 0)
		return ERR_MEMORY;
	return OK;
}

static Err correction_happens(const struct demo *demo, json_t *story, const json_t *what)
{
	struct story_input input = {.headline = text_of(what, "headline"), .format = BODY_HTML};
	const char *file = json_string_value(json_object_get(what, "body_file"));
	unsigned fields = str_is_empty(input.headline) ? 0 : STORY_HEADLINE;
	if (file != NULL) {
		input.body = file_of(file);
		fields |= STORY_BODY;
	}
	enum correction_kind kind;
	CHECK(correction_kind_parse(text_of(what, "kind"), &kind));
	return story_correct(&demo->world, id_of(demo, text_of(story, "key")), kind,
	                     text_of(what, "text"), &input, fields);
}

static Err reply_happens(const struct demo *demo, json_t *story, const json_t *what)
{
	struct reply_input given = {
	    .name = text_of(what, "name"),
	    .email = text_of(what, "email"),
	    .website = text_of(what, "website"),
	    .text = text_of(what, "text"),
	};
	struct reply_create_input input = {.story_id = id_of(demo, text_of(story, "key"))};
	struct reply_problems problems;
	bool ok;
	TRY(reply_check(&given, demo->mem, &problems, &input.checked, &ok));
	if (!ok)
		return fail(ERR_INVALID, "the demo's reply by %.*s can't be taken", STR(given.name));
	unsigned char key[KEY_BYTES];
	random_bytes(key, sizeof key);
	TRY(base64url_format(key, sizeof key, demo->mem, &input.key));
	int64_t id;
	bool is_new;
	return reply_create(&demo->world, &input, &id, &is_new);
}

static Err happening_add(const struct demo *demo, struct happening *all, size_t *count,
                         const char *time, struct happening happening)
{
	TRY(time_of(demo, happening.what, time, &happening.at));
	happening.order = *count;
	all[(*count)++] = happening;
	return OK;
}

static Err happenings_of(const struct demo *demo, json_t *story, struct happening *all,
                         size_t *count)
{
	size_t i;
	json_t *what;
	TRY(happening_add(demo, all, count, "published_at",
	                  (struct happening){.act = story_happens, .story = story, .what = story}));
	json_array_foreach(json_object_get(story, "corrections"), i, what)
	{
		TRY(happening_add(
		    demo, all, count, "at",
		    (struct happening){.act = correction_happens, .story = story, .what = what}));
	}
	json_array_foreach(json_object_get(story, "replies"), i, what)
	{
		TRY(happening_add(demo, all, count, "at",
		                  (struct happening){.act = reply_happens, .story = story, .what = what}));
	}
	return OK;
}

static int happening_order(const void *left, const void *right)
{
	const struct happening *a = left;
	const struct happening *b = right;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static Err past_fill(struct demo *demo)
{
	json_t *stories = json_object_get(demo->paper, "stories");
	size_t i;
	json_t *story;
	size_t most = 0;
	size_t count = 0;
	json_array_foreach(stories, i, story)
	{
		most += 1 + json_array_size(json_object_get(story, "corrections")) +
		        json_array_size(json_object_get(story, "replies"));
	}
	struct happening *all = ARENA_ARRAY(demo->mem, struct happening, most + 1);
	if (all == NULL)
		return ERR_MEMORY;
	json_array_foreach(stories, i, story)
	{
		TRY(happenings_of(demo, story, all, &count));
	}
	qsort(all, count, sizeof *all, happening_order);
	for (i = 0; i < count; i++) {
		demo->clock = clock_set_to(all[i].at);
		TRY(all[i].act(demo, all[i].story, all[i].what));
	}
	return OK;
}

/* ---- what stands around it ---- */

static Err named_fill(const struct demo *demo, const char *list,
                      Err (*add)(const struct world *world, Str slug,
                                 const struct name_input *names, size_t count, int64_t *id_out))
{
	size_t i;
	json_t *named;
	json_array_foreach(json_object_get(demo->paper, list), i, named)
	{
		const struct name_input *names;
		size_t count;
		int64_t id;
		TRY(names_of(demo, named, "names", &names, &count));
		TRY(add(&demo->world, text_of(named, "slug"), names, count, &id));
	}
	return OK;
}

static Err aliases_fill(const struct demo *demo)
{
	size_t i;
	size_t j;
	json_t *tag;
	json_t *alias;
	json_array_foreach(json_object_get(demo->paper, "tags"), i, tag)
	{
		Str aliases[ALIASES_MAX];
		const json_t *list = json_object_get(tag, "aliases");
		CHECK(json_array_size(list) <= ALIASES_MAX);
		json_array_foreach(list, j, alias)
		{
			aliases[j] = str_from_c(json_string_value(alias));
		}
		if (j > 0)
			TRY(tag_alias_add(&demo->world, text_of(tag, "slug"), aliases, j));
	}
	return OK;
}

static Err pages_fill(const struct demo *demo)
{
	size_t i;
	json_t *page;
	const char *language;
	json_t *title;
	json_array_foreach(json_object_get(demo->paper, "pages"), i, page)
	{
		json_t *titles = json_object_get(page, "titles");
		json_object_foreach(titles, language, title)
		{
			struct static_page_input input = {.slug = text_of(page, "slug"),
			                                  .language = str_from_c(language),
			                                  .title = text_of(titles, language),
			                                  .format = BODY_HTML};
			Str file;
			char *name;
			TRY(arena_format(demo->mem, &file, "pages/%.*s.%s.html", STR(input.slug), language));
			TRY(arena_c_string(demo->mem, file, &name));
			input.body = file_of(name);
			TRY(static_page_set(&demo->world, &input));
		}
	}
	return OK;
}

static Err fronts_fill(const struct demo *demo)
{
	json_t *fronts = json_object_get(demo->paper, "front");
	const char *language;
	json_t *keys;
	json_object_foreach(fronts, language, keys)
	{
		int64_t ids[FRONT_MAX];
		size_t count = json_array_size(keys);
		CHECK(count <= FRONT_MAX);
		for (size_t i = 0; i < count; i++)
			ids[i] = id_of(demo, str_from_c(json_string_value(json_array_get(keys, i))));
		TRY(front_set(&demo->world, language_find(str_from_c(language)), ids, count));
	}
	return OK;
}

static Err demo_fill(const struct world *world, void *state)
{
	struct demo *demo = state;
	demo->made = clock_now(world->clock);
	demo->world = *world;
	TRY(named_fill(demo, "sections", section_add));
	TRY(named_fill(demo, "bylines", byline_add));
	TRY(named_fill(demo, "sources", source_add));
	TRY(named_fill(demo, "tags", tag_add));
	TRY(aliases_fill(demo));
	TRY(pages_fill(demo));
	demo->clock = clock_set_to(demo->made);
	demo->world.clock = &demo->clock;
	TRY(past_fill(demo));
	return fronts_fill(demo);
}

static Err demo_make(struct demo *demo, Str folder, const struct site_new *given, Str *name_out)
{
	struct site_new site = *given;
	struct site_words_input *words = &site.site.words;
	site.site.language = text_of(demo->paper, "lang");
	site.site.zone = text_of(demo->paper, "timezone");
	TRY(names_of(demo, demo->paper, "names", &words->names, &words->name_count));
	TRY(names_of(demo, demo->paper, "taglines", &words->taglines, &words->tagline_count));
	site.fill = demo_fill;
	site.fill_state = demo;
	TRY(site_folder_init(folder, &site));
	return arena_copy(demo->mem, words->names[0].name, name_out);
}

Err site_folder_init_demo(struct arena *mem, Str folder, const struct site_new *site, Str *name_out)
{
	Str text = file_of("newspaper.json");
	struct demo demo = {.paper = json_loadb(text.bytes, text.length, 0, NULL), .mem = mem};
	if (demo.paper == NULL)
		return fail(ERR_MEMORY, "there is no memory for the demo newspaper");
	Err err = demo_make(&demo, folder, site, name_out);
	json_decref(demo.paper);
	return err;
}
