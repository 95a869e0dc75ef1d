#include "stories/stories_private.h"

/* Names that are given at once; there are no more languages than that. */
#define NAMES_MAX 64
#define WORK_BYTES ((size_t)256 * 1024)

/* A section or tag on its way in, or names for one that is there. */
struct taxonomy_add {
	const struct taxonomy *taxonomy;
	Str slug;
	bool slug_given; /* the desk means what has that slug */
	struct name names[NAMES_MAX];
	const struct language *languages[NAMES_MAX];
	size_t count;
	struct arena *mem;
	struct effects effects;
	int64_t id;   /* the result */
	bool renamed; /* it was there already */
};

static Err names_check(const struct world *world, const struct name_input *names, size_t count,
                       struct arena *mem, struct taxonomy_add *add)
{
	if (count == 0 || count > NAMES_MAX)
		return fail(ERR_INVALID, "give a %s one to %d names, each in its language",
		            add->taxonomy->noun, NAMES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct language *language;
		TRY(site_language_find(world->site, names[i].language, &language));
		for (size_t j = 0; j < i; j++)
			if (add->languages[j] == language)
				return fail(ERR_INVALID, "two names in one language (%.*s): give one",
				            STR(language->code));
		add->languages[i] = language;
		TRY(name_check(add->taxonomy->its_name, names[i].name, mem, &add->names[i]));
	}
	add->count = count;
	return OK;
}

static Err taxonomy_add_commit(struct db_connection *connection, void *state)
{
	struct taxonomy_add *add = state;
	bool inserted;
	const char *holder = NULL;
	effects_clear(&add->effects);
	TRY(taxonomy_insert(connection, add->taxonomy, add->slug, &add->id, &inserted));
	if (!inserted && !add->slug_given)
		return fail(ERR_CONFLICT, "there is a %s with the slug \"%.*s\" already: choose another",
		            add->taxonomy->noun, STR(add->slug));
	if (inserted && add->taxonomy->slug_holder != NULL)
		TRY(add->taxonomy->slug_holder(connection, add->slug, add->mem, &holder));
	if (holder != NULL)
		return fail(ERR_CONFLICT, "a %s can't have \"%.*s\" as its slug, %s: choose another",
		            add->taxonomy->noun, STR(add->slug), holder);
	add->renamed = !inserted;
	/* Nothing lists a new one before a story is in it. The names of an old one stand on listings,
	 * stories and in the navigation. */
	if (!inserted) {
		effects_add(&add->effects, TAG_SITE);
		effects_add(&add->effects, add->taxonomy->tag(add->id));
		if (add->taxonomy->begin_renaming.literal != NULL)
			TRY(db_run(connection, add->taxonomy->begin_renaming, DB_ARGS(db_int(add->id)), NULL));
	}
	for (size_t i = 0; i < add->count; i++)
		TRY(taxonomy_set_name(connection, add->taxonomy, add->id, add->languages[i]->code,
		                      &add->names[i]));
	return OK;
}

/* `renamed` may be NULL. */
static Err taxonomy_add(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                        const struct name_input *names, size_t count, int64_t *id_out,
                        bool *renamed)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct taxonomy_add add = {.taxonomy = taxonomy, .mem = &mem};
	TRY(names_check(world, names, count, &mem, &add));
	add.slug = add.names[0].slug;
	add.slug_given = !str_is_empty(slug);
	if (add.slug_given)
		TRY(slug_check(slug, &mem, &add.slug));
	if (taxonomy->slug_check != NULL)
		TRY(taxonomy->slug_check(add.slug));
	TRY(act_commit(world, &(struct db_act){taxonomy->add_act, taxonomy_add_commit, &add},
	               &add.effects));
	*id_out = add.id;
	if (renamed != NULL)
		*renamed = add.renamed;
	return OK;
}

Err section_add(const struct world *world, Str slug, const struct name_input *names, size_t count,
                int64_t *id_out)
{
	return taxonomy_add(world, &taxonomy_section, slug, names, count, id_out, NULL);
}

Err tag_add(const struct world *world, Str slug, const struct name_input *names, size_t count,
            int64_t *id_out)
{
	return taxonomy_add(world, &taxonomy_tag, slug, names, count, id_out, NULL);
}

/* ---- bylines ---- */

#define RENAME_STORIES 200 /* in one act: readers' replies wait behind it */

/* Every story repeats the names of its bylines as one text, for listings. How far a renaming is
 * stands in the database: one that was stopped is finished when the site is opened again, and two
 * at once go on together. */
struct byline_rename {
	const struct world *world;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
	int64_t byline_id;
	bool is_done; /* the result */
};

static void byline_rename_done(struct byline_rename *rename)
{
	arena_done(&rename->mem);
}

static Err byline_rename_commit(struct db_connection *connection, void *state)
{
	struct byline_rename *rename = state;
	int64_t ids[RENAME_STORIES];
	int64_t after;
	size_t count;
	effects_clear(&rename->effects);
	TRY(byline_renaming_find(connection, rename->byline_id, &after));
	rename->is_done = after < 0;
	if (rename->is_done)
		return OK;
	TRY(byline_stories_find(connection, rename->byline_id, after, ids, RENAME_STORIES, &count));
	for (size_t i = 0; i < count; i++) {
		bool changed;
		arena_clear(&rename->mem);
		TRY(story_byline_renew(connection, rename->world->site, ids[i], &rename->mem, &changed));
		if (changed)
			effects_add(&rename->effects, TAG_SITE);
	}
	rename->is_done = count < RENAME_STORIES;
	return rename->is_done ? byline_renaming_delete(connection, rename->byline_id)
	                       : byline_renaming_update(connection, rename->byline_id, ids[count - 1]);
}

Err byline_rename(const struct world *world, int64_t byline_id)
{
	struct byline_rename rename CLEANUP(byline_rename_done) = {.world = world,
	                                                           .byline_id = byline_id};
	arena_init(&rename.mem, WORK_BYTES);
	while (!rename.is_done)
		TRY(act_commit(world, &(struct db_act){"byline_rename", byline_rename_commit, &rename},
		               &rename.effects));
	return OK;
}

Err byline_add(const struct world *world, Str slug, const struct name_input *names, size_t count,
               int64_t *id_out)
{
	int64_t id;
	bool renamed;
	TRY(taxonomy_add(world, &taxonomy_byline, slug, names, count, &id, &renamed));
	if (renamed)
		TRY(byline_rename(world, id));
	*id_out = id;
	return OK;
}

/* ---- sources ---- */

struct source_add {
	struct name name;
	struct arena *mem;
	int64_t id; /* the result */
};

static Err source_add_commit(struct db_connection *connection, void *state)
{
	struct source_add *add = state;
	struct source source;
	bool is_new;
	TRY(source_find_or_insert(connection, &add->name, add->mem, &source, &is_new));
	add->id = source.id;
	if (!is_new)
		return fail(ERR_CONFLICT, "there is a source called \"%.*s\" already", STR(add->name.text));
	return OK;
}

Err source_add(const struct world *world, Str name, int64_t *id_out)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct source_add add = {.mem = &mem};
	TRY(name_check("the source's name", name, &mem, &add.name));
	TRY(db_commit(world->db, &(struct db_act){"source_add", source_add_commit, &add}));
	*id_out = add.id;
	return OK;
}
