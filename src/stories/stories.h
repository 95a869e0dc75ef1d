/* Stories and what they hang on: sections, tags, bylines, sources; drafts, revisions, publishing,
 * corrections, withdrawal, translations, the order of the front page, and the addresses under which
 * readers find them. Revisions are only ever added; an address once published never dies. Makes no
 * pages of its own. */
#ifndef STORIES_STORIES_H
#define STORIES_STORIES_H

#include "stories/text_rules.h"
#include "web/act.h"

/* Characters. What is longer is refused, never cut. */
#define HEADLINE_MAX 300
#define STANDFIRST_MAX 600
#define NAME_MAX_CHARACTERS 100 /* of a section, tag, byline or source */
#define CORRECTION_MAX 2000
#define STORY_TAGS_MAX 20
#define STORY_BYLINES_MAX 8
#define STORY_SUMMARY_MAX 180

enum story_status { STORY_DRAFT, STORY_PUBLISHED, STORY_WITHDRAWN };
Str story_status_word(enum story_status status); /* "draft", "published", "withdrawn" */

struct section {
	int64_t id;
	Str slug; /* in addresses, the same in every language */
	Str name; /* in the language asked for, else in the site's, else in any, else the slug */
};
struct tag {
	int64_t id;
	Str slug;
	Str name;
};
/* A person who writes. */
struct byline {
	int64_t id;
	Str slug;
	Str name; /* in the story's language where it has one, as a tag's */
};
/* The agency that a story is credited to. */
struct source {
	int64_t id;
	Str slug;
	Str name;         /* as a byline's */
	const Str *names; /* in every language, and what else leads to it; only of a story that was
	                     found by itself */
	size_t name_count;
};

enum correction_kind { CORRECTION, CLARIFICATION, UPDATE };
Str correction_kind_word(enum correction_kind kind); /* "correction", "clarification", "update" */
/* False when it is none of these words. */
bool correction_kind_parse(Str word, enum correction_kind *out);
struct correction {
	int64_t id;
	enum correction_kind kind;
	Str text;
	Time at;
};

/* A story as its newest revision has it (of a published story: as readers see it). */
struct story {
	int64_t id;
	enum story_status status;
	const struct language *language;
	Str headline, standfirst,
	    byline; /* the last two may be empty; byline is all names: "A and B" */
	Html body;
	Str summary; /* the standfirst, else of the first paragraph STORY_SUMMARY_MAX characters */
	Str slug;
	Str path; /* "/politics/2021/07/23/slug", with the language's prefix if it is not the site's;
	             empty until published */
	struct section section;
	struct source source;             /* id 0 and an empty name where there is none */
	Time created, published, updated; /* published is 0 for a draft without a time; updated moves
	                                     with each later revision */
	Time breaking_until;              /* 0: not breaking */
	int64_t revision;                 /* 1, 2, … */
	int64_t translation_group;        /* what its translations have in common; 0: it stands alone */
	const struct byline *bylines;
	size_t byline_count;
	const struct tag *tags;
	size_t tag_count;
	const struct correction *corrections; /* oldest first */
	size_t correction_count;
};
bool story_is_breaking(const struct story *story, Time now);
/* When what readers see of it last changed: never before it was published. */
static inline Time story_modified(const struct story *story)
{
	return story->updated > story->published ? story->updated : story->published;
}
/* Whether readers may see it: ERR_GONE when it is withdrawn, ERR_NOT_FOUND while it is a draft. */
MUST_CHECK Err story_check_public(const struct story *story);
/* "SOURCE/" at the head of a story's text is the agency's own credit, by whichever of its names,
 * spelled as names are compared, with or without a space before the slash: puts `credit` in its
 * place. `body` is the story's, perhaps made over for a page; without such a credit `found` is
 * false and `out` is `body`. Needs a story that was found by itself. */
MUST_CHECK Err story_credit_replace(const struct story *story, Html body, Html credit,
                                    struct arena *mem, bool *found, Html *out);

/* ---- reading; `mem` holds the results ---- */

/* Whatever its status. ERR_NOT_FOUND. */
MUST_CHECK Err story_find(struct db_connection *connection, const struct site *site, int64_t id,
                          struct arena *mem, struct story *out);
/* Many, as `ids` has them, with what a listing shows of each and its text alone: bylines, tags,
 * corrections and the source's other names are not read. */
MUST_CHECK Err story_find_texts(struct db_connection *connection, const struct site *site,
                                const int64_t *ids, size_t count, struct arena *mem,
                                struct story *out);
/* Which story a decoded path (with its language prefix) is or was the address of; ERR_NOT_FOUND.
 * The story's own path differs when the address has changed: redirect. */
MUST_CHECK Err story_find_by_path(struct db_connection *connection, const struct site *site,
                                  Str path, struct arena *mem, struct story *out);

/* A place in a listing: what comes after the story published at `published` with that id. (In the
 * desk's order the id alone says where.) */
struct story_place {
	Time published;
	int64_t id;
};
#define STORY_LIST_MAX 500
struct story_filter {
	const struct language *language;                  /* NULL: all */
	int64_t section_id, tag_id, byline_id, source_id; /* 0: all; one of them */
	/* Published from the first on, and before the second. Not with a section, tag, byline or
	 * source, and only for published stories. */
	bool has_from, has_until;
	Time from, until;
	enum story_status status;
	bool any_status;
	struct story_place before; /* 0, 0: from the newest */
	size_t limit;
};
/* Published stories by newest publication, then higher id; other statuses, and any_status, are the
 * desk's: newest work (highest id) first. At most STORY_LIST_MAX. Bodies, corrections, tags and
 * bylines are left out: a listing needs none (body is empty). By byline or source only published
 * ones are listed. */
MUST_CHECK Err story_list(struct db_connection *connection, const struct site *site,
                          const struct story_filter *filter, struct arena *mem, struct story **out,
                          size_t *count_out);
/* Published stories that are breaking at `now`, newest first, at most BREAKING_MAX. `language`
 * NULL: in all. */
#define BREAKING_MAX 5
MUST_CHECK Err story_list_breaking(struct db_connection *connection, const struct site *site,
                                   const struct language *language, Time now, struct arena *mem,
                                   struct story **out, size_t *count_out);

/* The other languages' published stories of the same group, in the order of their codes. */
MUST_CHECK Err story_list_translations(struct db_connection *connection, const struct site *site,
                                       const struct story *story, struct arena *mem,
                                       struct story **out, size_t *count_out);
/* Published stories in its language that share tags with it: the most tags first, then the newest.
 * Looks at the newest RELATED_LOOKED_AT of each of its tags. At most `limit`. */
#define RELATED_LOOKED_AT 50
MUST_CHECK Err story_list_related(struct db_connection *connection, const struct site *site,
                                  const struct story *story, size_t limit, struct arena *mem,
                                  struct story **out, size_t *count_out);
/* What the desk put at the head of a language's front page, in its order; published ones only. */
#define FRONT_MAX 7
MUST_CHECK Err front_list(struct db_connection *connection, const struct site *site,
                          const struct language *language, struct arena *mem, struct story **out,
                          size_t *count_out);
/* The days that have a published story in the language, next to the time span given: the moment of
 * the last publication before `from` and of the first at or after `until`, or one of these where
 * there is none. */
#define STORY_NONE_BEFORE INT64_MIN
#define STORY_NONE_AFTER INT64_MAX
MUST_CHECK Err story_days_around(struct db_connection *connection, const struct language *language,
                                 Time from, Time until, Time *before, Time *after);
/* Published stories with an id of first … first + count - 1, all languages, in the order of their
 * ids, for site maps. */
#define SITEMAP_STORIES 500
MUST_CHECK Err story_list_numbered(struct db_connection *connection, const struct site *site,
                                   int64_t first, size_t count, struct arena *mem,
                                   struct story **out, size_t *count_out);
/* The parts of `size` ids each, from 0 on, in which there is a published story, in their order; at
 * most `max`. One statement, which takes a step along the index for each part. */
MUST_CHECK Err story_list_parts(struct db_connection *connection, int64_t size, size_t max,
                                struct arena *mem, int64_t **out, size_t *count_out);

/* A correction with its story, for the page that lists them all. */
struct correction_listed {
	struct correction correction;
	struct story story;
};
/* Of published stories, newest first; `before_id` 0: from the newest. At most STORY_LIST_MAX. */
MUST_CHECK Err correction_list(struct db_connection *connection, const struct site *site,
                               const struct language *language, int64_t before_id, size_t limit,
                               struct arena *mem, struct correction_listed **out,
                               size_t *count_out);

MUST_CHECK Err section_list(struct db_connection *connection, const struct site *site,
                            const struct language *language, struct arena *mem,
                            struct section **out, size_t *count_out);
/* Only those with a published story in that language: the navigation. */
MUST_CHECK Err section_list_used(struct db_connection *connection, const struct site *site,
                                 const struct language *language, struct arena *mem,
                                 struct section **out, size_t *count_out);
MUST_CHECK Err section_find(struct db_connection *connection, const struct site *site,
                            const struct language *language, Str slug, struct arena *mem,
                            struct section *out);
/* By its slug, or by any name or alias that an address may hold ("kazemi", "الكاظمي",
 * "white-house"): where the slug differs, redirect. */
MUST_CHECK Err tag_find(struct db_connection *connection, const struct site *site,
                        const struct language *language, Str slug, struct arena *mem,
                        struct tag *out);
/* Like tag_find. */
MUST_CHECK Err byline_find(struct db_connection *connection, const struct site *site,
                           const struct language *language, Str slug, struct arena *mem,
                           struct byline *out);
MUST_CHECK Err source_find(struct db_connection *connection, const struct site *site,
                           const struct language *language, Str slug, struct arena *mem,
                           struct source *out);

/* Sections, tags, bylines and sources have so much alike that the desk lists them alike. */
struct taxonomy;
extern const struct taxonomy taxonomy_section, taxonomy_tag, taxonomy_byline, taxonomy_source;
struct taxonomy_entry {
	int64_t id;
	Str slug;
	Str name;                       /* in the site's language, else in any, else the slug */
	const struct name_input *names; /* in the order of their languages' codes */
	size_t name_count;
	const Str *aliases; /* other names that lead to it, in the order of their letters */
	size_t alias_count;
};
/* All, by id. */
MUST_CHECK Err taxonomy_list(struct db_connection *connection, const struct site *site,
                             const struct taxonomy *taxonomy, struct arena *mem,
                             struct taxonomy_entry **out, size_t *count_out);
/* What the acts take a name for that the desk typed. */
struct name_look {
	Str text;      /* as it would be kept */
	Str folded;    /* what alike ones have alike */
	bool is_there; /* by a name in any language, by an alias or a slug */
	Str near; /* if not: the name or alias that may have been meant; empty: none is so like it */
};
MUST_CHECK Err taxonomy_look_up(struct db_connection *connection, const struct taxonomy *taxonomy,
                                Str text, struct arena *mem, struct name_look *out);
MUST_CHECK Err taxonomy_has_slug(struct db_connection *connection, const struct taxonomy *taxonomy,
                                 Str slug, bool *out);
/* What has a page of its own and is called as a reader typed it: by the whole of a name in any
 * language, of an alias or of a slug, with hyphens or spaces; at most one of each kind, in their
 * order. */
enum subject_kind { SUBJECT_TAG, SUBJECT_BYLINE, SUBJECT_SECTION, SUBJECT_SOURCE };
#define SUBJECTS_MAX 4
struct subject {
	enum subject_kind kind;
	int64_t id;
	Str slug;
	Str name; /* in the language asked for, as a section's */
};
MUST_CHECK Err subject_list(struct db_connection *connection, const struct site *site,
                            const struct language *language, Str text, struct arena *mem,
                            struct subject out[SUBJECTS_MAX], size_t *count_out);
/* Languages that have a published story, in the order of their codes. */
MUST_CHECK Err language_list_used(struct db_connection *connection, struct arena *mem,
                                  const struct language ***out, size_t *count_out);

/* ---- acts ---- */

/* What a desk hands in. For story_edit, `given` says which fields are meant. */
struct story_input {
	Str headline, standfirst, slug; /* slug empty: made from the headline */
	Str language;                   /* code; empty: the site's */
	int64_t translation_of;         /* a story that tells the same in another language; 0: none */
	const Str *bylines;             /* names; made if they are not there */
	size_t byline_count;
	Str section;     /* slug or name; made if it is not there */
	Str source;      /* name; made if it is not there */
	const Str *tags; /* names; made if they are not there */
	size_t tag_count;
	Str body;
	enum body_format format;
	Time published_at;   /* 0: now, when it is published */
	bool breaking;       /* for the site's breaking hours, or until breaking_until */
	Time breaking_until; /* 0: now + breaking_ms */
	int64_t breaking_ms; /* the setting breaking.hours */
	bool publish;
};
enum story_field {
	STORY_HEADLINE = 1 << 0,
	STORY_STANDFIRST = 1 << 1,
	STORY_BYLINE = 1 << 2,
	STORY_SLUG = 1 << 3,
	STORY_SECTION = 1 << 4,
	STORY_SOURCE = 1 << 5,
	STORY_TAGS = 1 << 6,
	STORY_BODY = 1 << 7,
	STORY_PUBLISHED_AT = 1 << 8,
	STORY_BREAKING = 1 << 9,     /* with breaking false: cleared */
	STORY_TRANSLATION = 1 << 10, /* with translation_of 0: it stands alone again */
};

/* ERR_INVALID names the field and says what to do; a time in the future with `publish` is refused:
 * there is no schedule. The body goes through the sanitizer's STORY policy; a text body's
 * paragraphs are parted by empty lines. */
MUST_CHECK Err story_add(const struct world *world, const struct story_input *input,
                         int64_t *id_out);
/* The same for many stories, in one act: for whoever brings an archive with them. All of them or
 * none, and then the sentence begins with the number of the one that is refused, from 1. A story
 * may be the translation only of one that was there before. */
#define STORY_ADD_MAX 250 /* what the desk and readers write waits behind it */
MUST_CHECK Err story_add_many(const struct world *world, const struct story_input *inputs,
                              size_t count, int64_t *ids_out);
/* A new revision. Of a published story readers see it at once; a changed section, slug or day moves
 * its address and leaves a redirect. */
MUST_CHECK Err story_edit(const struct world *world, int64_t id, const struct story_input *input,
                          unsigned fields);
/* A draft, or a withdrawn story again. `at` 0: the time that it was given, else now. */
MUST_CHECK Err story_publish(const struct world *world, int64_t id, Time at);
MUST_CHECK Err story_withdraw(const struct world *world, int64_t id);
/* A note that readers see under the story, with its time; the story's fields may change in the same
 * act (`fields` 0: they do not, and `input` may be NULL). Only for published stories; ERR_CONFLICT
 * when it says what the newest note of the story says. */
MUST_CHECK Err story_correct(const struct world *world, int64_t id, enum correction_kind kind,
                             Str text, const struct story_input *input, unsigned fields);

/* Deletes a draft, which no reader has seen. ERR_CONFLICT for what was ever published: withdraw
 * it. */
MUST_CHECK Err story_discard(const struct world *world, int64_t id);

/* A name per language. What has the slug already gets the names, and keeps those it has in other
 * languages; without a slug the first name's is taken, and must be free. ERR_CONFLICT when another
 * has a name in that language, ERR_INVALID when the slug is reserved ("tag", "assets", a language's
 * code, …). */
MUST_CHECK Err section_add(const struct world *world, Str slug, const struct name_input *names,
                           size_t count, int64_t *id_out);
MUST_CHECK Err tag_add(const struct world *world, Str slug, const struct name_input *names,
                       size_t count, int64_t *id_out);
MUST_CHECK Err byline_add(const struct world *world, Str slug, const struct name_input *names,
                          size_t count, int64_t *id_out);
MUST_CHECK Err source_add(const struct world *world, Str slug, const struct name_input *names,
                          size_t count, int64_t *id_out);

/* ERR_CONFLICT while a story of any status has it. Other names go with it; what else led to it then
 * leads nowhere. (Addresses of stories that were in a section need none.) */
MUST_CHECK Err section_remove(const struct world *world, Str slug);
MUST_CHECK Err tag_remove(const struct world *world, Str slug);
MUST_CHECK Err byline_remove(const struct world *world, Str slug);
MUST_CHECK Err source_remove(const struct world *world, Str slug);

/* The first one's stories, names and aliases become the second's; its address redirects. Names that
 * the second has in a language already become aliases. */
MUST_CHECK Err tag_merge(const struct world *world, Str slug, Str into_slug);
MUST_CHECK Err byline_merge(const struct world *world, Str slug, Str into_slug);
MUST_CHECK Err source_merge(const struct world *world, Str slug, Str into_slug);

/* Other names that lead to one, in addresses and where stories are tagged or credited; all or none.
 * What leads there already is no error; ERR_CONFLICT when one is another's: merge them. */
#define ALIASES_MAX 64 /* at once */
MUST_CHECK Err tag_alias_add(const struct world *world, Str slug, const Str *aliases, size_t count);
MUST_CHECK Err byline_alias_add(const struct world *world, Str slug, const Str *aliases,
                                size_t count);
MUST_CHECK Err source_alias_add(const struct world *world, Str slug, const Str *aliases,
                                size_t count);
/* All or none: ERR_NOT_FOUND when one was not added, nor left by a merge. */
MUST_CHECK Err tag_alias_remove(const struct world *world, Str slug, const Str *aliases,
                                size_t count);
MUST_CHECK Err byline_alias_remove(const struct world *world, Str slug, const Str *aliases,
                                   size_t count);
MUST_CHECK Err source_alias_remove(const struct world *world, Str slug, const Str *aliases,
                                   size_t count);

/* The head of a language's front page: the lead, then the top stories; at most FRONT_MAX,
 * published, in that language. None: the newest stories lead again. A breaking story that is newer
 * than the lead still goes first. */
MUST_CHECK Err front_set(const struct world *world, const struct language *language,
                         const int64_t *story_ids, size_t count);

/* ---- first parts of addresses ---- */

/* "/about" and "/politics" lie in one row. A room that serves such a page holds its name in its own
 * commit half: ERR_CONFLICT when it is a section's or held already, ERR_INVALID when it is
 * reserved.
 */
MUST_CHECK Err first_part_hold(struct db_connection *connection, Str slug);
MUST_CHECK Err first_part_release(struct db_connection *connection, Str slug);

/* Makes what is derived from stories and may be missing after an upgrade or a restore (how names
 * are folded, search entries, bylines' and sources' pages), and finishes merges and new names of
 * bylines that were stopped. In acts of some hundred stories; logs how far it is, which names have
 * become one, and what it had to pass over. Before the site opens for anything else. */
MUST_CHECK Err stories_catch_up(const struct world *world);
/* Before a backup takes the place of what a site has: the next time that the site is opened, all
 * that can be missing is looked for. */
MUST_CHECK Err stories_before_restore(const struct world *world);

/* Compares every revision with the hash that was stored with it; ERR_IO names the first that is
 * damaged. (story_find checks the one that it reads.) */
MUST_CHECK Err stories_verify(struct db_connection *connection);

/* For backup and restore, in the order of their foreign keys. */
extern const struct db_table stories_tables[];
extern const size_t stories_table_count;

struct stories_settings {
	int64_t breaking_ms; /* breaking.hours */
};
extern const struct setting_table stories_settings_table;

#endif
