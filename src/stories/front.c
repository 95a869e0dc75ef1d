/* The desk's order of the front page. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)64 * 1024)

struct front_act {
	const struct language *language;
	const int64_t *story_ids;
	size_t count;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
};

static void front_act_done(struct front_act *act)
{
	arena_done(&act->mem);
}

static Err front_story_check(struct front_act *act, struct db_connection *connection, int64_t id)
{
	struct story_head head;
	arena_clear(&act->mem);
	TRY(story_head_find(connection, id, &act->mem, &head));
	if (head.status != STORY_PUBLISHED)
		return fail(ERR_CONFLICT, "story %lld is not published: publish it first", (long long)id);
	if (head.language != act->language)
		return fail(ERR_INVALID,
		            "story %lld is in another language (%.*s) than that front page (%.*s): leave "
		            "it out, or name the other page with --lang",
		            (long long)id, STR(head.language->code), STR(act->language->code));
	return OK;
}

static Err front_set_commit(struct db_connection *connection, void *state)
{
	struct front_act *act = state;
	effects_clear(&act->effects);
	for (size_t i = 0; i < act->count; i++)
		TRY(front_story_check(act, connection, act->story_ids[i]));
	TRY(front_replace(connection, act->language, act->story_ids, act->count));
	effects_add(&act->effects, TAG_HOME);
	return OK;
}

Err front_set(const struct world *world, const struct language *language, const int64_t *story_ids,
              size_t count)
{
	if (count > FRONT_MAX)
		return fail(ERR_INVALID, "a front page has at most %d stories at its head: name fewer",
		            FRONT_MAX);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (story_ids[i] == story_ids[j])
				return fail(ERR_INVALID, "story %lld is named twice: it has one place",
				            (long long)story_ids[i]);
	struct front_act act CLEANUP(front_act_done) = {
	    .language = language, .story_ids = story_ids, .count = count};
	arena_init(&act.mem, WORK_BYTES);
	return act_commit(world, &(struct db_act){"front_set", front_set_commit, &act}, &act.effects);
}
