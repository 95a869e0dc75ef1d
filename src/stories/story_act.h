/* What an act on a story carries, and what several files do with it: what follows from the act, and
 * the group of its translations. Only files that act on stories include this. */
#ifndef STORIES_STORY_ACT_H
#define STORIES_STORY_ACT_H

#include "stories/stories_private.h"

/* What an act carries from its prepare half to its commit half. */
struct story_act {
	const struct world *world;
	struct arena prepared;  /* the act's whole life */
	struct arena committed; /* emptied whenever the commit half begins */
	struct effects effects;
	Time now;
	int64_t id;
	struct story_change change;
	bool publish;
	Time publish_at; /* 0: the time that the story was given, else now */
	enum correction_kind correction_kind;
	Str correction;
	const struct language *language; /* of a new story */
	struct search_entry words;       /* of a new story that is published */
	struct names_known *known;       /* of many stories; NULL: one alone */
};

/* ---- story_effects.c ---- */

/* The pages that show the story, as it was or as it is now. */
MUST_CHECK Err effects_note(struct story_act *act, struct db_connection *connection,
                            const struct story *before, const struct story *after);
/* For an act that finds its work done, perhaps by itself when its answer was lost: as if the story
 * had changed from `status` just now. */
MUST_CHECK Err effects_note_again(struct story_act *act, struct db_connection *connection,
                                  const struct story *story, enum story_status status);
/* The published stories of a group besides this one: their pages lead to it. */
MUST_CHECK Err effects_note_group(struct story_act *act, struct db_connection *connection,
                                  int64_t group, int64_t id);

/* ---- story_translation.c ---- */

/* Moves the story, which has its id, into the group of the one that the change names, or out of
 * its own; notes the pages of both. `before` is the story as readers knew it. */
MUST_CHECK Err translation_apply(struct story_act *act, struct db_connection *connection,
                                 const struct story *before, struct story *story);

#endif
