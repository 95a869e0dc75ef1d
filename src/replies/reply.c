#include "replies/replies_private.h"

#define KEY_MAX_BYTES 64

struct reply_create_act {
	const struct reply_create_input *input;
	Time now;
	struct effects effects;
	int64_t id; /* the results */
	bool is_new;
};

static void effects_note(struct effects *effects, int64_t story_id)
{
	effects_add(effects, TAG_STORY(story_id));
	effects_add(effects, TAG_REPLIES);
}

/* The key is looked up first: whoever sends again what was accepted gets the same answer, whatever
 * has become of the story meanwhile. */
static Err reply_create_commit(struct db_connection *connection, void *state)
{
	struct reply_create_act *act = state;
	const struct reply_create_input *input = act->input;
	effects_clear(&act->effects);
	act->is_new = false;
	TRY(reply_find_by_key(connection, input->key, &act->id));
	if (act->id != 0) { /* whose pages nobody may have dropped: its COMMIT may have broken */
		effects_note(&act->effects, input->story_id);
		return OK;
	}
	TRY(reply_story_check(connection, input->story_id));
	struct reply reply = {.story_id = input->story_id,
	                      .status = REPLY_VISIBLE,
	                      .name = input->checked.name,
	                      .email = input->checked.email,
	                      .website = input->checked.website,
	                      .format = S("text"),
	                      .text = input->checked.text,
	                      .created = input->created != 0 ? input->created : act->now};
	TRY(reply_insert(connection, &reply, input->key, &act->id));
	effects_note(&act->effects, input->story_id);
	if (act->id == 0) /* another node's act was quicker */
		return reply_find_by_key(connection, input->key, &act->id);
	act->is_new = true;
	/* Here alone: whoever sends again what was accepted has nothing new to tell. */
	effects_tell(
	    &act->effects,
	    &(struct act_news){.kind = NEWS_REPLY, .story = input->story_id, .value = act->id});
	return OK;
}

Err reply_create(const struct world *world, const struct reply_create_input *input, int64_t *id_out,
                 bool *is_new)
{
	CHECK(input->key.length >= 1 && input->key.length <= KEY_MAX_BYTES);
	if (input->created > clock_now(world->clock))
		return fail(ERR_INVALID,
		            "a reply can't have been written in the future: give a time that has "
		            "passed");
	struct reply_create_act act = {.input = input, .now = clock_now(world->clock)};
	struct db_act db_act = {"reply_create", reply_create_commit, &act};
	TRY(act_commit(world, &db_act, &act.effects));
	*id_out = act.id;
	*is_new = act.is_new;
	return OK;
}

struct reply_status_act {
	int64_t id;
	enum reply_status status;
	struct effects effects;
};

static Err reply_status_commit(struct db_connection *connection, void *state)
{
	struct reply_status_act *act = state;
	int64_t story_id;
	effects_clear(&act->effects);
	TRY(reply_update_status(connection, act->id, act->status, &story_id));
	effects_note(&act->effects, story_id);
	effects_tell(
	    &act->effects,
	    &(struct act_news){.kind = act->status == REPLY_VISIBLE ? NEWS_REPLY : NEWS_REPLY_GONE,
	                       .story = story_id,
	                       .value = act->id});
	return OK;
}

Err reply_hide(const struct world *world, int64_t id)
{
	struct reply_status_act act = {.id = id, .status = REPLY_HIDDEN};
	struct db_act db_act = {"reply_hide", reply_status_commit, &act};
	return act_commit(world, &db_act, &act.effects);
}

Err reply_show(const struct world *world, int64_t id)
{
	struct reply_status_act act = {.id = id, .status = REPLY_VISIBLE};
	struct db_act db_act = {"reply_show", reply_status_commit, &act};
	return act_commit(world, &db_act, &act.effects);
}
