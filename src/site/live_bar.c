/* The breaking bar as an event tells it to pages that are open. */
#include <jansson.h>
#include <stdlib.h>

#include "site/views.h"

/* One more than the bar shows: the page may have one of them at its head. */
#define BAR_STORIES (BREAKING_SHOWN_MAX + 1)

static Err bar_item(const struct story *story, struct arena *mem, json_t *items)
{
	Url url;
	TRY(web_url_of_path(story->path, mem, &url));
	json_t *item =
	    json_pack("{s:I, s:s%, s:s%, s:s%, s:s%, s:I}", "story", (json_int_t)story->id, "url",
	              url.address.bytes, url.address.length, "headline", story->headline.bytes,
	              story->headline.length, "lang", story->language->code.bytes,
	              story->language->code.length, "dir", story->language->direction.bytes,
	              story->language->direction.length, "until", (json_int_t)story->breaking_until);
	if (item == NULL || json_array_append_new(items, item) != 0)
		return fail(ERR_MEMORY, "there is no memory for the breaking bar");
	return OK;
}

static Err bar_fill(const struct world *world, const struct language *language, struct arena *mem,
                    json_t *items)
{
	DB_READ connection = NULL;
	struct story *stories;
	size_t count;
	TRY(db_read_begin(world->db, &connection));
	TRY(story_list_breaking(connection, world->site, language, clock_now(world->clock), mem,
	                        &stories, &count));
	for (size_t i = 0; i < count && i < BAR_STORIES; i++)
		TRY(bar_item(&stories[i], mem, items));
	return OK;
}

Err site_live_bar(const struct world *world, const struct language *language, struct arena *mem,
                  Str *out)
{
	json_t *items = json_array();
	Err err = items == NULL ? fail(ERR_MEMORY, "there is no memory for the breaking bar")
	                        : bar_fill(world, language, mem, items);
	char *text = err == OK ? json_dumps(items, JSON_COMPACT) : NULL;
	json_decref(items);
	if (text == NULL)
		return err != OK ? err : fail(ERR_MEMORY, "there is no memory for the breaking bar");
	err = arena_format(mem, out, "%s", text);
	free(text);
	return err;
}
