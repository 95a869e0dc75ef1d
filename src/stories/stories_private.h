/* What the files of this room share: a story as its tables keep it, names as the desk types them,
 * the rules, and the statements. Nothing outside the room includes it. */
#ifndef STORIES_STORIES_PRIVATE_H
#define STORIES_STORIES_PRIVATE_H

#include "search/search.h"
#include "stories/stories.h"
#include "stories/text_rules.h"

#define SLUG_MAX_CHARACTERS 80 /* what text_slug gives at most */
#define FOLDED_MAX_BYTES 1000  /* an index entry of PostgreSQL holds no more than 2,704 */

/* ---- rules: no database, no clock ---- */

/* A name as it was typed, and what it is found by. */
struct name {
	Str text;
	Str folded;
	Str slug;
};

MUST_CHECK Err name_check(const char *what, Str text, struct arena *mem, struct name *out);
/* A section's slug is the first part of addresses, where other words have their place. */
MUST_CHECK Err section_slug_check(Str slug);
/* "slug-2", within SLUG_MAX_CHARACTERS; the slug itself for 1. */
MUST_CHECK Err slug_with_number(Str slug, unsigned number, struct arena *mem, Str *out);

/* What an act changes in a story, checked. */
struct story_change {
	unsigned fields; /* enum story_field */
	Str headline, standfirst;
	const struct name *bylines;
	size_t byline_count;
	int64_t translation_of; /* 0: it stands alone */
	Str headline_slug;      /* with the headline */
	Str slug;               /* empty: the headline's */
	struct name section;
	struct name source; /* empty: none */
	const struct name *tags;
	size_t tag_count;
	Html body;
	Str body_summary; /* with the body: its first paragraph */
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

/* All names as one text, as the language lists things. */
MUST_CHECK Err bylines_join(const struct language *language, const struct byline *bylines,
                            size_t count, struct arena *mem, Str *out);
/* A folded text as an address writes it: "white house" is "white-house". */
MUST_CHECK Err words_as_segment(Str words, struct arena *mem, Str *out);

/* ---- store ---- */

/* A story with what only acts need. */
struct story_record {
	struct story story;
	bool slug_given; /* the desk chose it: it is not altered to make room */
};

/* What an act asks of another story: never its text. */
struct story_head {
	int64_t id;
	enum story_status status;
	const struct language *language;
	int64_t translation_group;
	Time published;
	Str byline;
};
/* ERR_NOT_FOUND. */
MUST_CHECK Err story_head_find(struct db_connection *connection, int64_t id, struct arena *mem,
                               struct story_head *out);
MUST_CHECK Err story_record_find(struct db_connection *connection, const struct site *site,
                                 int64_t id, struct arena *mem, struct story_record *out);
/* Gives it its id. Search is taken to know it when it is published. */
MUST_CHECK Err story_record_insert(struct db_connection *connection, struct story_record *record);
/* Of a draft alone, with its revisions. Its group must be left before. */
/* The sentence for a story without its newest revision. */
MUST_CHECK Err story_text_lost(int64_t id);
MUST_CHECK Err story_record_discard(struct db_connection *connection, int64_t id, Time now);
/* Writes everything but what revisions hold. */
MUST_CHECK Err story_record_update(struct db_connection *connection,
                                   const struct story_record *record);
MUST_CHECK Err story_revision_insert(struct db_connection *connection, const struct story *story,
                                     Time created, struct arena *mem);
/* Of a story that has none yet. */
MUST_CHECK Err story_tags_insert(struct db_connection *connection, const struct story *story);
MUST_CHECK Err story_bylines_insert(struct db_connection *connection, const struct story *story);
MUST_CHECK Err story_tags_replace(struct db_connection *connection, const struct story *story);
MUST_CHECK Err story_bylines_replace(struct db_connection *connection, const struct story *story);
/* A story's people, as its language calls them. */
MUST_CHECK Err story_bylines_find(struct db_connection *connection, const struct site *site,
                                  struct arena *mem, struct story *story);
/* Its text of all names anew, from what its people are called now. */
MUST_CHECK Err story_byline_renew(struct db_connection *connection, const struct site *site,
                                  int64_t id, struct arena *mem, bool *changed);
/* A byline's stories with an id past `after`, by id, at most `max`. */
MUST_CHECK Err byline_stories_find(struct db_connection *connection, int64_t byline_id,
                                   int64_t after, int64_t *out, size_t max, size_t *count_out);
/* How far a byline's stories say its new name, or -1 when all do. */
MUST_CHECK Err byline_renaming_find(struct db_connection *connection, int64_t byline_id,
                                    int64_t *after);
MUST_CHECK Err byline_renaming_update(struct db_connection *connection, int64_t byline_id,
                                      int64_t after);
/* At most `max`, by id. */
MUST_CHECK Err byline_renaming_list(struct db_connection *connection, int64_t *out, size_t max,
                                    size_t *count_out);
/* In acts of some hundred stories, until all say the byline's new name. */
MUST_CHECK Err byline_rename(const struct world *world, int64_t byline_id);
/* 0 when the path never was an address. */
MUST_CHECK Err story_address_find(struct db_connection *connection, Str path, int64_t *story_id);
MUST_CHECK Err story_address_insert(struct db_connection *connection, Str path, int64_t story_id,
                                    Time created);
/* As a row has it. */
MUST_CHECK Err correction_kind_read(Str word, enum correction_kind *out);
MUST_CHECK Err correction_insert(struct db_connection *connection, const struct story *story,
                                 enum correction_kind kind, Str text, Time created);
/* Whether the section has a published story in that language besides this one. */
MUST_CHECK Err section_has_other(struct db_connection *connection, int64_t section_id,
                                 const struct language *language, int64_t story_id, bool *out);

/* ---- translations: a group is called after one of its stories ---- */

/* One story a language: no group has more. */
#define GROUP_MAX 64
struct group_member {
	int64_t id;
	enum story_status status;
	const struct language *language; /* NULL: one that this Courant does not speak */
};
/* The group's stories besides this one, by language; none for group 0. */
MUST_CHECK Err group_members_find(struct db_connection *connection, int64_t group, int64_t id,
                                  struct group_member out[GROUP_MAX], size_t *count_out);
/* 0: none. */
MUST_CHECK Err story_group_set(struct db_connection *connection, int64_t id, int64_t group);

/* ---- sections, tags, bylines, sources ---- */

/* What they have alike: a slug, and a name per language; all but sections also have aliases, other
 * names that lead to them. Statements of aliases have no literal where there are none. */
struct taxonomy {
	const char *noun, *its_name;      /* "section", "the section's name" */
	const char *add_act, *remove_act; /* for the log */
	const char *merge_act;            /* NULL: two never become one */
	const char *its_other_name, *alias_add_act, *alias_remove_act; /* NULL: it has none */
	CacheTag (*tag)(int64_t id); /* of the pages that list its stories */
	Err (*slug_check)(Str slug); /* beyond slug_check's own rules; or NULL */
	/* Puts the second in the first one's place in at most `max` stories; fewer were `moved` when
	 * there are no more. */
	Err (*stories_move)(struct db_connection *connection, int64_t from, int64_t into,
	                    int64_t *moved, size_t max, size_t *count_out);
	Sql count_stories;    /* $1 id: of any status */
	Sql list;             /* $1 the site's language, $2 the one that is preferred: id, slug, name */
	Sql find;             /* the same, with $3 the id: slug, name */
	Sql find_by_slug;     /* $1 as typed, $2 folded */
	Sql find_by_name;     /* $1 folded: in any language */
	Sql find_by_own_name; /* $1 folded, $2 the language that it is in */
	Sql find_other;       /* $1 folded, $2 language, $3 id: another one with that name */
	Sql list_names;       /* $1 id: language, name */
	Sql list_like;        /* $1, $2 length in characters, $3 limit: name, folded; of aliases too */
	Sql insert;           /* $1 slug; gives the id, or nothing when the slug is taken */
	Sql set_name;         /* $1 id, $2 language, $3 name, $4 folded */
	Sql delete_names;     /* $1 id */
	Sql delete;           /* $1 id */
	Sql find_by_alias;    /* $1 folded */
	Sql find_alias_segment; /* $1 as an address writes it, folded */
	Sql find_former_slug;   /* $1 folded: by an alias that was a slug */
	Sql find_name_segment;  /* $1 as an address writes it, folded, $2 language (empty: any) */
	Sql list_aliases;       /* $1 id: without what only repeats a name or alias */
	Sql insert_alias;       /* $1 folded, $2 id, $3 name; nothing when it is there */
	Sql insert_former_slug; /* the same; what is an alias of it already was its slug from now on */
	Sql delete_alias;       /* $1 folded, $2 id */
	Sql delete_aliases;     /* $1 id */
	Sql move_names;         /* $1 from, $2 into: in languages in which the second has none */
	Sql move_aliases;       /* $1 from, $2 into */
	Sql names_to_aliases;   /* $1 from, $2 into */
	Sql insert_merging;     /* $1 from, $2 into; nothing when it is there */
	Sql find_merging;       /* $1 from, $2 into: slugs of another merge that one of them is in */
	Sql list_mergings;      /* $1 limit: slugs of the two */
	Sql delete_merging;     /* $1 from */
	Sql begin_renaming; /* $1 id: its stories are to say its new name; no literal: they say none */
	Sql end_renaming;   /* $1 id */
};
/* Of one: there are no more languages than that. */
#define NAMES_MAX 64
bool taxonomy_has_aliases(const struct taxonomy *taxonomy);

/* The first number of the first row, or 0 when there is no row. */
MUST_CHECK Err query_id(struct db_connection *connection, Sql sql, const struct db_value *values,
                        size_t count, int64_t *id);
/* The first number of each row, of which there are at most `max`. */
MUST_CHECK Err query_ids(struct db_connection *connection, Sql sql, const struct db_value *values,
                         size_t count, int64_t *out, size_t max, size_t *count_out);
/* Whom the desk means: by its name in the language, by an alias, by its name in another language,
 * by its slug, or by what the address of an alias says; 0 when there is none. */
MUST_CHECK Err taxonomy_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                             const struct name *name, Str language, struct arena *mem, int64_t *id);
/* By an alias, spelled so or as its address writes it; 0: none. */
MUST_CHECK Err alias_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                          Str folded, struct arena *mem, int64_t *id);
/* What an address means by its last part: what has that slug or had it goes first, then as for
 * taxonomy_find, "-" as it is or else for a space; 0: none. */
MUST_CHECK Err taxonomy_find_segment(struct db_connection *connection,
                                     const struct taxonomy *taxonomy, Str segment, Str language,
                                     struct arena *mem, int64_t *id);
/* By its slug alone, as acts name it; ERR_NOT_FOUND. */
MUST_CHECK Err taxonomy_named(struct db_connection *connection, const struct taxonomy *taxonomy,
                              Str slug, int64_t *id);
/* Slug and name of one that is there; `name` as NAME_OF says. */
MUST_CHECK Err taxonomy_read(struct db_connection *connection, const struct taxonomy *taxonomy,
                             const struct site *site, const struct language *language, int64_t id,
                             struct arena *mem, Str *slug, Str *name);
/* Why a new one can't have the slug, which none of its kind has; NULL: it can. */
MUST_CHECK Err taxonomy_slug_holder(struct db_connection *connection,
                                    const struct taxonomy *taxonomy, Str slug, struct arena *mem,
                                    const char **out);
/* `inserted` is false when the slug is taken: `id` is then of the one that has it. */
MUST_CHECK Err taxonomy_insert(struct db_connection *connection, const struct taxonomy *taxonomy,
                               Str slug, int64_t *id, bool *inserted);
/* The first slug that is free: "C++" and "C#" are both "c". */
MUST_CHECK Err taxonomy_slug_make(struct db_connection *connection, const struct taxonomy *taxonomy,
                                  const struct name *name, struct arena *mem, Str *out);
/* In the place of the name in that language, if there is one. */
MUST_CHECK Err taxonomy_set_name(struct db_connection *connection, const struct taxonomy *taxonomy,
                                 int64_t id, Str language, const struct name *name);
/* Found, or made with a slug of its own and the name in that language: id, slug and name of it, as
 * that language calls it. */
MUST_CHECK Err taxonomy_find_or_insert(struct db_connection *connection,
                                       const struct taxonomy *taxonomy, const struct site *site,
                                       const struct name *name, const struct language *language,
                                       struct arena *mem, struct taxonomy_entry *out);
/* All names and aliases, in no order. */
MUST_CHECK Err source_names_find(struct db_connection *connection, struct arena *mem,
                                 struct source *source);

/* ---- names_known.c ---- */

/* The same, remembered while one commit half runs, which alone may change names meanwhile and only
 * by these. Names that are asked for live as long as what remembers them. NULL: there is no memory.
 */
struct names_known;
struct names_known *names_known_new(void);
void names_known_free(struct names_known *known);
/* For a commit half that begins. */
void names_known_clear(struct names_known *known);
/* `known` may be NULL: nothing is remembered. */
MUST_CHECK Err names_known_find_or_insert(struct names_known *known,
                                          struct db_connection *connection,
                                          const struct taxonomy *taxonomy, const struct site *site,
                                          const struct name *name, const struct language *language,
                                          struct arena *mem, struct taxonomy_entry *out);

/* ---- taxonomy.c ---- */

/* section_add and the others; `renamed` (may be NULL): it was there already. */
MUST_CHECK Err taxonomy_add(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                            const struct name_input *names, size_t count, int64_t *id_out,
                            bool *renamed);
/* A slug that the desk typed to name one that is there, as a name: what it is found by once it is
 * only an alias. */
MUST_CHECK Err taxonomy_slug_name(Str slug, struct arena *mem, struct name *out);

/* ---- taxonomy_alias.c ---- */

/* tag_alias_add and the others. */
MUST_CHECK Err taxonomy_alias_add(const struct world *world, const struct taxonomy *taxonomy,
                                  Str slug, const Str *aliases, size_t count);
MUST_CHECK Err taxonomy_alias_remove(const struct world *world, const struct taxonomy *taxonomy,
                                     Str slug, const Str *aliases, size_t count);

/* ---- taxonomy_merge.c, taxonomy_merge_store.c ---- */

/* tag_merge and the others. */
MUST_CHECK Err taxonomy_merge(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                              Str into_slug, int64_t *into_out);
/* One act of it; to be repeated until `done`. */
MUST_CHECK Err taxonomy_merge_some(const struct world *world, const struct taxonomy *taxonomy,
                                   Str slug, Str into_slug, bool *done, int64_t *into_out);
/* As struct taxonomy says; none is left with a gap. */
MUST_CHECK Err tag_stories_move(struct db_connection *connection, int64_t from, int64_t into,
                                int64_t *moved, size_t max, size_t *count_out);
MUST_CHECK Err byline_stories_move(struct db_connection *connection, int64_t from, int64_t into,
                                   int64_t *moved, size_t max, size_t *count_out);
MUST_CHECK Err source_stories_move(struct db_connection *connection, int64_t from, int64_t into,
                                   int64_t *moved, size_t max, size_t *count_out);
/* Names and aliases too, and the slug as an alias; then the first is no more. */
MUST_CHECK Err taxonomy_names_move(struct db_connection *connection,
                                   const struct taxonomy *taxonomy, int64_t from, int64_t into,
                                   const struct name *slug);
/* A merge takes several acts: what was begun is known until it is done. */
struct merging {
	Str slug, into_slug;
};
/* ERR_CONFLICT: another one is to be finished before this one, since it takes one of the two away,
 * or what it merges into. Of one that is to go (`from` is `into`): any that it is in. */
MUST_CHECK Err merging_refuse_other(struct db_connection *connection,
                                    const struct taxonomy *taxonomy, int64_t from, int64_t into,
                                    struct arena *mem);
/* At most `max`. */
MUST_CHECK Err merging_list(struct db_connection *connection, const struct taxonomy *taxonomy,
                            struct arena *mem, struct merging *out, size_t max, size_t *count_out);

/* ---- the front page ---- */

MUST_CHECK Err front_replace(struct db_connection *connection, const struct language *language,
                             const int64_t *story_ids, size_t count);

/* ---- what is missing after an upgrade ---- */

/* Where names lie beside their folds (names_catch_up_store.c). */
enum folded_table {
	FOLDED_SECTIONS,
	FOLDED_TAGS,
	FOLDED_BYLINES,
	FOLDED_SOURCES,
	FOLDED_TAG_ALIASES,
	FOLDED_BYLINE_ALIASES,
	FOLDED_SOURCE_ALIASES,
	FOLDED_TABLES,
};
/* What a row is told by, and in which order they lie: an id, and a language or the fold. */
struct folded_key {
	int64_t id;
	Str key;
};
struct folded_name {
	struct folded_key key;
	Str name, folded;
	Str slug; /* of what bears the name */
};
const char *folded_table_noun(enum folded_table table); /* "tags" */
MUST_CHECK Err folded_names_list(struct db_connection *connection, enum folded_table table,
                                 const struct folded_key *after, size_t max, struct arena *mem,
                                 struct folded_name **out, size_t *count_out);
/* Nothing is changed when another name has that fold. */
MUST_CHECK Err folded_name_update(struct db_connection *connection, enum folded_table table,
                                  const struct folded_name *name, Str folded, bool *is_taken);
/* Who has that fold beside `name`: only id, name and slug are filled. */
MUST_CHECK Err folded_name_holder(struct db_connection *connection, enum folded_table table,
                                  const struct folded_name *name, Str folded, struct arena *mem,
                                  struct folded_name *out);
/* 0: it is not known. */
MUST_CHECK Err folding_rules_find(struct db_connection *connection, int64_t *out);
MUST_CHECK Err folding_rules_write(struct db_connection *connection, int64_t rules);
/* Every name by today's rules, unless that was done already. */
MUST_CHECK Err names_fold_anew(const struct world *world);

/* At most `max` with an id past `after`, by id; so do the others. */
MUST_CHECK Err sources_without_slug(struct db_connection *connection, int64_t after, int64_t *out,
                                    size_t max, size_t *count_out);
MUST_CHECK Err source_slug_give(struct db_connection *connection, const struct site *site,
                                int64_t id, struct arena *mem);
MUST_CHECK Err stories_without_bylines(struct db_connection *connection, int64_t after,
                                       int64_t *out, size_t max, size_t *count_out);
/* Makes a byline of the text that the story has; a text that can't be a name stays a text. */
MUST_CHECK Err story_byline_give(struct db_connection *connection, const struct site *site,
                                 int64_t id, struct arena *mem);

/* The name in `language` (an SQL expression), else in the site's ($1), else in any, else the
 * slug. */
#define NAME_OF(table, language)                                                                   \
	"COALESCE("                                                                                    \
	"(SELECT name FROM " table "_name WHERE " table "_id = " table ".id AND language = " language  \
	"), (SELECT name FROM " table "_name WHERE " table "_id = " table                              \
	".id AND language = $1), (SELECT name FROM " table "_name WHERE " table "_id = " table         \
	".id ORDER BY language LIMIT 1), " table ".slug)"
#define SECTION_NAME(language) NAME_OF("section", language)
#define TAG_NAME(language) NAME_OF("tag", language)
#define BYLINE_NAME(language) NAME_OF("byline", language)
#define SOURCE_NAME(language) NAME_OF("source", language)

/* ---- story_search.c ---- */

/* The words of a story that is wholly known in an act's prepare half; `mem` holds them. Its id,
 * time and section are given to the entry in the commit half. */
MUST_CHECK Err story_search_prepare(const struct story *story, struct arena *mem,
                                    struct search_entry *out);
/* Inside a commit half, when the story is written: `before` as it was, NULL when that is not known
 * to matter. */
MUST_CHECK Err story_search_write(struct db_connection *connection, const struct story *before,
                                  const struct story *after);
/* Published ones that search does not know: of an older Courant, or restored. */
MUST_CHECK Err stories_not_searchable(struct db_connection *connection, int64_t after, int64_t *out,
                                      size_t max, size_t *count_out);
/* One that can't be read is taken out of search. */
MUST_CHECK Err story_make_searchable(struct db_connection *connection, const struct site *site,
                                     int64_t id, struct arena *mem);

#endif
