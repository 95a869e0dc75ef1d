#include "replies/replies_private.h"

#define KEY_MAX_BYTES 64
#define HASH_BYTES ((size_t)8192) /* what hashing a submission takes, and less */

/* A submission on its way in. */
struct submission {
	Str key;
	struct reply reply;
	Str hash;
	int64_t id; /* the results */
	bool is_new;
};

struct reply_create_act {
	struct submission *submissions;
	size_t count;
	size_t number; /* the one that the commit half is at */
	struct arena mem;
	struct effects effects;
};

static void reply_create_act_done(struct reply_create_act *act)
{
	arena_done(&act->mem);
}

static void effects_note(struct effects *effects, int64_t story_id)
{
	effects_add(effects, TAG_STORY(story_id));
	effects_add(effects, TAG_REPLIES);
}

/* The key is looked up first: whoever sends again what was accepted gets the same answer, whatever
 * has become of the story meanwhile. */
static Err submission_write(struct db_connection *connection, struct submission *submission,
                            int64_t *open_story)
{
	struct reply *reply = &submission->reply;
	submission->is_new = false;
	TRY(reply_find_by_key(connection, submission->key, &submission->id));
	if (submission->id != 0) /* whose pages nobody may have dropped: its COMMIT may have broken */
		return OK;
	if (reply->story_id != *open_story)
		TRY(reply_story_check(connection, reply->story_id));
	*open_story = reply->story_id;
	TRY(reply_insert(connection, reply, submission->key, submission->hash, &submission->id));
	if (submission->id == 0) /* another node's act was quicker */
		return reply_find_by_key(connection, submission->key, &submission->id);
	submission->is_new = true;
	return OK;
}

static Err reply_create_commit(struct db_connection *connection, void *state)
{
	struct reply_create_act *act = state;
	int64_t open_story = 0;
	effects_clear(&act->effects);
	for (size_t i = 0; i < act->count; i++) {
		act->number = i;
		TRY(submission_write(connection, &act->submissions[i], &open_story));
		effects_note(&act->effects, act->submissions[i].reply.story_id);
	}
	/* Whoever sends again what was accepted has nothing new to tell, and an archive is not news. */
	const struct submission *only = act->submissions;
	if (act->count == 1 && only->is_new)
		effects_tell(&act->effects, &(struct act_news){.kind = NEWS_REPLY,
		                                               .story = only->reply.story_id,
		                                               .value = only->id});
	return OK;
}

static Err submission_prepare(const struct reply_create_input *input, Time now, struct arena *mem,
                              struct submission *out)
{
	CHECK(input->key.length >= 1 && input->key.length <= KEY_MAX_BYTES);
	if (input->created > now)
		return fail(ERR_INVALID,
		            "a reply can't have been written in the future: give a time that has "
		            "passed");
	*out = (struct submission){.key = input->key,
	                           .reply = {.story_id = input->story_id,
	                                     .status = REPLY_VISIBLE,
	                                     .name = input->checked.name,
	                                     .email = input->checked.email,
	                                     .website = input->checked.website,
	                                     .format = S("text"),
	                                     .text = input->checked.text,
	                                     .created = input->created != 0 ? input->created : now}};
	return reply_hash(&out->reply, mem, &out->hash);
}

Err reply_create(const struct world *world, const struct reply_create_input *input, int64_t *id_out,
                 bool *is_new)
{
	struct submission submission;
	struct reply_create_act act CLEANUP(reply_create_act_done) = {.submissions = &submission,
	                                                              .count = 1};
	arena_init(&act.mem, HASH_BYTES);
	TRY(submission_prepare(input, clock_now(world->clock), &act.mem, &submission));
	TRY(act_commit(world, &(struct db_act){"reply_create", reply_create_commit, &act},
	               &act.effects));
	*id_out = submission.id;
	*is_new = submission.is_new;
	return OK;
}

static Err reply_refused(const struct reply_create_act *act, size_t number, Err err)
{
	struct err_note why;
	err_note_take(&why, err);
	return fail(err, "reply %zu of %zu: %s", number + 1, act->count, why.text);
}

Err reply_create_many(const struct world *world, const struct reply_create_input *inputs,
                      size_t count, size_t *new_out)
{
	CHECK(count > 0 && count <= REPLY_CREATE_MAX);
	struct reply_create_act act CLEANUP(reply_create_act_done) = {.count = count};
	arena_init(&act.mem, count * (HASH_BYTES + sizeof(struct submission)));
	act.submissions = ARENA_ARRAY(&act.mem, struct submission, count);
	if (act.submissions == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		Err err =
		    submission_prepare(&inputs[i], clock_now(world->clock), &act.mem, &act.submissions[i]);
		if (err != OK)
			return reply_refused(&act, i, err);
	}
	struct db_act db_act = {"reply_create_many", reply_create_commit, &act};
	Err err = act_commit_long(world, &db_act, &act.effects);
	if (err == ERR_NOT_FOUND || err == ERR_GONE || err == ERR_INVALID)
		return reply_refused(&act, act.number, err);
	TRY(err);
	*new_out = 0;
	for (size_t i = 0; i < count; i++)
		*new_out += act.submissions[i].is_new;
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
