/* What the files of this room share: a story as its tables keep it, names as the desk types them,
 * the rules, and the statements. Nothing outside the room includes it. */
#ifndef STORIES_STORIES_PRIVATE_H
#define STORIES_STORIES_PRIVATE_H

#include "stories/stories.h"
#include "stories/text_rules.h"

#define SLUG_MAX_CHARACTERS 80 /* what text_slug gives at most */
#define FOLDED_MAX_BYTES 1000  /* an index entry of PostgreSQL holds no more than 2,704 */

/* ---- rules: no database, no clock ---- */

/* A name as it was typed, and what it is found by. */
struct name {
	Str text;
	Str folded;
	Str slug; /* may be empty for a source, which has no page */
};

MUST_CHECK Err name_check(const char *what, Str text, struct arena *mem, struct name *out);
/* A section's slug is the first part of addresses, where other words have their place. */
MUST_CHECK Err section_slug_check(Str slug);
/* "slug-2", within SLUG_MAX_CHARACTERS; the slug itself for 1. */
MUST_CHECK Err slug_with_number(Str slug, unsigned number, struct arena *mem, Str *out);

/* What an act changes in a story, checked. */
struct story_change {
	unsigned fields; /* enum story_field */
	Str headline, standfirst, byline;
	Str headline_slug; /* with the headline */
	Str slug;          /* empty: the headline's */
	struct name section;
	struct name source; /* empty: none */
	const struct name *tags;
	size_t tag_count;
	Html body;
	Str body_summary; /* with the body: how it begins */
	Time published_at;
	Time breaking_until; /* 0: not, or no longer */
};
/* Looks only at the fields that are meant. */
MUST_CHECK Err story_change_check(const struct story_input *input, unsigned fields, Time now,
                                  struct arena *mem, struct story_change *out);
/* A publication lies in the past. */
MUST_CHECK Err published_at_check(Time published_at, Time now);
/* "headline" gives the last part of an address even where nothing of it can stand in one. */
MUST_CHECK Err headline_slug(Str headline, struct arena *mem, Str *out);
MUST_CHECK Err story_path(const struct site *site, const struct story *story, Str slug,
                          struct arena *mem, Str *out);
/* Whether the bar on every page looks other after the change (`before` NULL: there was none). */
bool breaking_bar_changes(const struct story *before, const struct story *after, Time now);

Str correction_kind_word(enum correction_kind kind);

/* ---- store ---- */

/* A story with what only acts need. */
struct story_record {
	struct story story;
	int64_t source_id; /* 0: none */
	bool slug_given;   /* the desk chose it: it is not altered to make room */
};

MUST_CHECK Err story_record_find(struct db_connection *connection, const struct site *site,
                                 int64_t id, struct arena *mem, struct story_record *out);
/* Inserts it as a draft, whatever it is to become, and gives it its id: an address needs one. */
MUST_CHECK Err story_record_insert(struct db_connection *connection, struct story_record *record);
/* Writes everything but what revisions hold. */
MUST_CHECK Err story_record_update(struct db_connection *connection,
                                   const struct story_record *record);
MUST_CHECK Err story_revision_insert(struct db_connection *connection, const struct story *story,
                                     Time created, struct arena *mem);
MUST_CHECK Err story_tags_replace(struct db_connection *connection, const struct story *story);
/* 0 when the path never was an address. */
MUST_CHECK Err story_address_find(struct db_connection *connection, Str path, int64_t *story_id);
MUST_CHECK Err story_address_insert(struct db_connection *connection, Str path, int64_t story_id,
                                    Time created);
MUST_CHECK Err correction_insert(struct db_connection *connection, int64_t story_id,
                                 enum correction_kind kind, Str text, Time created);
/* Whether the section has a published story in that language besides this one. */
MUST_CHECK Err section_has_other(struct db_connection *connection, int64_t section_id,
                                 const struct language *language, int64_t story_id, bool *out);

/* What sections and tags have alike: a slug, and a name per language. */
struct taxonomy {
	const char *noun, *its_name; /* "section", "the section's name" */
	const char *add_act;         /* for the log */
	CacheTag (*tag)(int64_t id); /* of the pages that list its stories */
	Err (*slug_check)(Str slug); /* beyond slug_check's own rules; NULL: nothing */
	Sql find_by_name;            /* $1 folded, $2 the language that is preferred */
	Sql find_by_slug;            /* $1 as typed, $2 folded */
	Sql insert;                  /* $1 slug; gives the id, or nothing when the slug is taken */
	Sql set_name;                /* $1 id, $2 language, $3 name, $4 folded */
	Sql other_has_name;          /* $1 folded, $2 language, $3 the id of this one */
};
extern const struct taxonomy taxonomy_section;
extern const struct taxonomy taxonomy_tag;

/* By its name in any language, or by its slug; 0 when there is none. */
MUST_CHECK Err taxonomy_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                             const struct name *name, Str language, int64_t *id);
/* `inserted` is false when the slug is taken: `id` is then of the one that has it. */
MUST_CHECK Err taxonomy_insert(struct db_connection *connection, const struct taxonomy *taxonomy,
                               Str slug, int64_t *id, bool *inserted);
/* In the place of the name in that language, if there is one. ERR_CONFLICT when it is another's. */
MUST_CHECK Err taxonomy_set_name(struct db_connection *connection, const struct taxonomy *taxonomy,
                                 int64_t id, Str language, const struct name *name);
/* Found, or made with a slug of its own and the name in that language. */
MUST_CHECK Err section_find_or_insert(struct db_connection *connection, const struct name *name,
                                      Str language, struct arena *mem, struct section *out);
MUST_CHECK Err tag_find_or_insert(struct db_connection *connection, const struct name *name,
                                  Str language, struct arena *mem, struct tag *out);
MUST_CHECK Err source_find_or_insert(struct db_connection *connection, const struct name *name,
                                     int64_t *id, bool *is_new);

/* The name in `language` (an SQL expression), else in the site's ($1), else in any, else the
 * slug. */
#define SECTION_NAME(language)                                                                     \
	"COALESCE("                                                                                    \
	"(SELECT name FROM section_name WHERE section_id = section.id AND language = " language        \
	"), (SELECT name FROM section_name WHERE section_id = section.id AND language = $1), "         \
	"(SELECT name FROM section_name WHERE section_id = section.id ORDER BY language LIMIT 1), "    \
	"section.slug)"
#define TAG_NAME(language)                                                                         \
	"COALESCE("                                                                                    \
	"(SELECT name FROM tag_name WHERE tag_id = tag.id AND language = " language                    \
	"), (SELECT name FROM tag_name WHERE tag_id = tag.id AND language = $1), "                     \
	"(SELECT name FROM tag_name WHERE tag_id = tag.id ORDER BY language LIMIT 1), tag.slug)"

#endif
