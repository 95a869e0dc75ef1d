#include "stories/story_act.h"

/* Every page lists the sections that have a story in its language. */
static Err navigation_changes(struct db_connection *connection, const struct story *before,
                              const struct story *after, bool *out)
{
	bool was = before->status == STORY_PUBLISHED;
	bool is = after->status == STORY_PUBLISHED;
	bool left_empty = false;
	bool first = false;
	if (was && is && before->section.id == after->section.id) {
		*out = false;
		return OK;
	}
	if (was) {
		TRY(section_has_other(connection, before->section.id, before->language, before->id,
		                      &left_empty));
		left_empty = !left_empty;
	}
	if (is) {
		TRY(section_has_other(connection, after->section.id, after->language, after->id, &first));
		first = !first;
	}
	*out = left_empty || first;
	return OK;
}

static void effects_add_page(struct effects *effects, int64_t id)
{
	effects_add(effects, TAG_STORY(id));
	effects_add(effects, TAG_SITEMAP(id / SITEMAP_STORIES));
}

static void effects_add_listings(struct effects *effects, const struct story *story)
{
	if (story->status != STORY_PUBLISHED)
		return;
	effects_add(effects, TAG_HOME);
	effects_add(effects, TAG_SECTION(story->section.id));
	for (size_t i = 0; i < story->tag_count; i++)
		effects_add(effects, TAG_TAG(story->tags[i].id));
	for (size_t i = 0; i < story->byline_count; i++)
		effects_add(effects, TAG_BYLINE(story->bylines[i].id));
	if (story->source.id != 0)
		effects_add(effects, TAG_SOURCE(story->source.id));
	if (story->correction_count > 0)
		effects_add(effects, TAG_CORRECTIONS);
}

Err effects_note_group(struct story_act *act, struct db_connection *connection, int64_t group,
                       int64_t id)
{
	struct group_member members[GROUP_MAX];
	size_t count;
	TRY(group_members_find(connection, group, id, members, &count));
	for (size_t i = 0; i < count; i++)
		if (members[i].status == STORY_PUBLISHED)
			effects_add_page(&act->effects, members[i].id);
	return OK;
}

/* A translation's page shows where this one is, and what it is called. */
static bool translations_change(const struct story *before, const struct story *after)
{
	return before->status != after->status || !str_equal(before->path, after->path) ||
	       !str_equal(before->headline, after->headline);
}

/* Only what readers see, or saw: a draft is nobody's business, and neither is the work on a story
 * that was withdrawn. */
static void effects_tell_story(struct story_act *act, const struct story *before,
                               const struct story *after)
{
	bool was = before->status == STORY_PUBLISHED;
	bool is = after->status == STORY_PUBLISHED;
	bool is_correction = !str_is_empty(act->correction) && act->correction_kind == CORRECTION;
	struct act_news news = {.story = after->id, .value = after->updated};
	if (was && is)
		news.kind = is_correction ? NEWS_STORY_CORRECTED : NEWS_STORY_UPDATED;
	else if (was)
		news.kind = NEWS_STORY_WITHDRAWN;
	else if (is && before->status == STORY_WITHDRAWN)
		news.kind = NEWS_STORY_BACK;
	else
		return;
	effects_tell(&act->effects, &news);
}

Err effects_note(struct story_act *act, struct db_connection *connection,
                 const struct story *before, const struct story *after)
{
	bool navigation;
	if (str_is_empty(after->path))
		return OK; /* never seen by a reader */
	effects_add_page(&act->effects, after->id);
	effects_add_listings(&act->effects, before);
	effects_add_listings(&act->effects, after);
	TRY(navigation_changes(connection, before, after, &navigation));
	bool bar = breaking_bar_changes(before, after, act->now);
	if (navigation || bar)
		effects_add(&act->effects, TAG_SITE);
	if (bar)
		effects_tell(&act->effects,
		             &(struct act_news){.kind = NEWS_BREAKING, .language = after->language});
	effects_tell_story(act, before, after);
	bool is_seen = before->status == STORY_PUBLISHED || after->status == STORY_PUBLISHED;
	if (is_seen && translations_change(before, after))
		return effects_note_group(act, connection, after->translation_group, after->id);
	return OK;
}

Err effects_note_again(struct story_act *act, struct db_connection *connection,
                       const struct story *story, enum story_status status)
{
	struct story before = *story;
	before.status = status;
	return effects_note(act, connection, &before, story);
}
