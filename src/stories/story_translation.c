/* Stories that tell the same, one a language, are a group, which is called after one of them: after
 * the least id where its namesake leaves. So a group's number never stands for two groups. */
#include "stories/story_act.h"

static Err group_leave(struct story_act *act, struct db_connection *connection,
                       const struct story *before, struct story *story)
{
	struct group_member others[GROUP_MAX];
	size_t count;
	int64_t group = story->translation_group;
	if (before->status == STORY_PUBLISHED || story->status == STORY_PUBLISHED)
		TRY(effects_note_group(act, connection, group, story->id));
	TRY(group_members_find(connection, group, story->id, others, &count));
	int64_t namesake = count == 1 ? 0 : group; /* one alone is no group */
	if (count > 1 && group == story->id) {
		namesake = others[0].id;
		for (size_t i = 1; i < count; i++)
			namesake = others[i].id < namesake ? others[i].id : namesake;
	}
	for (size_t i = 0; i < count && namesake != group; i++)
		TRY(story_group_set(connection, others[i].id, namesake));
	story->translation_group = 0;
	return story_group_set(connection, story->id, 0);
}

static Err language_conflict(const struct story *story, int64_t other)
{
	return fail(ERR_CONFLICT,
	            "story %lld tells it in the same language (%.*s): a story has one translation in "
	            "each, take that one away first with story edit %lld --no-translation",
	            (long long)other, STR(story->language->name), (long long)other);
}

static Err group_join(struct story_act *act, struct db_connection *connection,
                      const struct story *before, struct story *story,
                      const struct story_head *other)
{
	struct group_member members[GROUP_MAX];
	size_t count;
	int64_t group = other->translation_group != 0 ? other->translation_group : other->id;
	if (other->language == story->language)
		return language_conflict(story, other->id);
	TRY(group_members_find(connection, other->translation_group, story->id, members, &count));
	for (size_t i = 0; i < count; i++)
		if (members[i].language == story->language)
			return language_conflict(story, members[i].id);
	if (other->translation_group == 0)
		TRY(story_group_set(connection, other->id, group));
	story->translation_group = group;
	if (before->status == STORY_PUBLISHED || story->status == STORY_PUBLISHED)
		return effects_note_group(act, connection, group, story->id);
	return OK;
}

Err translation_apply(struct story_act *act, struct db_connection *connection,
                      const struct story *before, struct story *story)
{
	int64_t of = act->change.translation_of;
	struct story_head other;
	if (of == story->id)
		return fail(ERR_INVALID, "a story can't be its own translation: name the other one");
	if (of != 0)
		TRY(story_head_find(connection, of, &act->committed, &other));
	if (of != 0 && other.translation_group != 0 &&
	    other.translation_group == story->translation_group)
		return OK;
	if (story->translation_group != 0) {
		TRY(group_leave(act, connection, before, story));
		/* The one that it joins may have been left alone just now. */
		if (of != 0)
			TRY(story_head_find(connection, of, &act->committed, &other));
	}
	return of == 0 ? OK : group_join(act, connection, before, story, &other);
}
