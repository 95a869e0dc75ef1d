#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

/* One on its way in, or names for one that is there. */
struct taxonomy_add {
	const struct world *world;
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

/* ---- names that are taken ---- */

/* Which one has the name in that language, or is led to by it; 0: none but this one. */
static Err name_holder(struct db_connection *connection, const struct taxonomy *taxonomy,
                       int64_t id, Str language, const struct name *name, struct arena *mem,
                       int64_t *out)
{
	TRY(query_id(connection, taxonomy->find_other,
	             DB_ARGS(db_text(name->folded), db_text(language), db_int(id)), out));
	if (*out == 0 && taxonomy_has_aliases(taxonomy))
		TRY(alias_find(connection, taxonomy, name->folded, mem, out));
	if (*out == id)
		*out = 0;
	return OK;
}

/* The refusal names the one that has it, and the way out. */
static Err name_taken(const struct taxonomy_add *add, struct db_connection *connection,
                      const struct name *name, int64_t holder)
{
	const struct taxonomy *taxonomy = add->taxonomy;
	const struct site *site = add->world->site;
	Str slug;
	Str called;
	TRY(taxonomy_read(connection, taxonomy, site, site->language, holder, add->mem, &slug,
	                  &called));
	if (taxonomy->merge_act == NULL)
		return fail(ERR_CONFLICT, "the %s %.*s is called \"%.*s\" already: choose another name",
		            taxonomy->noun, STR(slug), STR(name->text));
	if (add->renamed)
		return fail(ERR_CONFLICT,
		            "\"%.*s\" leads to the %s %.*s already: if they are one, make one of them with "
		            "courant %s merge %.*s %.*s",
		            STR(name->text), taxonomy->noun, STR(slug), taxonomy->noun, STR(slug),
		            STR(add->slug));
	return fail(ERR_CONFLICT,
	            "\"%.*s\" leads to the %s %.*s already: if they are one, give that one the other "
	            "names with courant %s add %.*s --name",
	            STR(name->text), taxonomy->noun, STR(slug), taxonomy->noun, STR(slug));
}

/* ---- the act ---- */

static Err name_add(const struct taxonomy_add *add, struct db_connection *connection,
                    const struct language *language, const struct name *name)
{
	int64_t holder;
	TRY(name_holder(connection, add->taxonomy, add->id, language->code, name, add->mem, &holder));
	if (holder != 0)
		return name_taken(add, connection, name, holder);
	return taxonomy_set_name(connection, add->taxonomy, add->id, language->code, name);
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
	if (inserted)
		TRY(taxonomy_slug_holder(connection, add->taxonomy, add->slug, add->mem, &holder));
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
		TRY(name_add(add, connection, add->languages[i], &add->names[i]));
	return OK;
}

Err taxonomy_add(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                 const struct name_input *names, size_t count, int64_t *id_out, bool *renamed)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct taxonomy_add add = {.world = world, .taxonomy = taxonomy, .mem = &mem};
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

Err source_add(const struct world *world, Str slug, const struct name_input *names, size_t count,
               int64_t *id_out)
{
	return taxonomy_add(world, &taxonomy_source, slug, names, count, id_out, NULL);
}

/* ---- taking away ---- */

struct taxonomy_remove {
	const struct taxonomy *taxonomy;
	struct name slug;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
};

static void taxonomy_remove_done(struct taxonomy_remove *remove)
{
	arena_done(&remove->mem);
}

Err taxonomy_slug_name(Str slug, struct arena *mem, struct name *out)
{
	TRY(slug_check(slug, mem, &out->text));
	out->slug = out->text;
	return text_fold(out->text, mem, &out->folded);
}

/* What the desk can do about it. */
static Err still_used(const struct taxonomy *taxonomy, Str slug, int64_t count)
{
	const char *have = count == 1 ? "story has" : "stories have";
	if (taxonomy->merge_act == NULL)
		return fail(ERR_CONFLICT,
		            "%lld %s the %s %.*s, drafts and withdrawn ones counted: move each with "
		            "courant story edit ID --section OTHER, courant story list --section %.*s "
		            "shows them",
		            (long long)count, have, taxonomy->noun, STR(slug), STR(slug));
	return fail(ERR_CONFLICT,
	            "%lld %s the %s %.*s, drafts and withdrawn ones counted: courant %s merge %.*s "
	            "OTHER gives them another one",
	            (long long)count, have, taxonomy->noun, STR(slug), taxonomy->noun, STR(slug));
}

static Err taxonomy_remove_commit(struct db_connection *connection, void *state)
{
	struct taxonomy_remove *remove = state;
	const struct taxonomy *taxonomy = remove->taxonomy;
	int64_t id;
	int64_t count;
	effects_clear(&remove->effects);
	arena_clear(&remove->mem);
	TRY(taxonomy_named(connection, taxonomy, remove->slug.text, &id));
	if (taxonomy->merge_act != NULL)
		TRY(merging_refuse_other(connection, taxonomy, id, id, &remove->mem));
	TRY(db_query_int(connection, taxonomy->count_stories, DB_ARGS(db_int(id)), &count));
	if (count > 0)
		return still_used(taxonomy, remove->slug.text, count);
	/* Only its own page, which is empty, and what led there. */
	effects_add(&remove->effects, taxonomy->tag(id));
	if (taxonomy_has_aliases(taxonomy))
		TRY(db_run(connection, taxonomy->delete_aliases, DB_ARGS(db_int(id)), NULL));
	if (taxonomy->end_renaming.literal != NULL)
		TRY(db_run(connection, taxonomy->end_renaming, DB_ARGS(db_int(id)), NULL));
	TRY(db_run(connection, taxonomy->delete_names, DB_ARGS(db_int(id)), NULL));
	return db_run(connection, taxonomy->delete, DB_ARGS(db_int(id)), NULL);
}

static Err taxonomy_remove(const struct world *world, const struct taxonomy *taxonomy, Str slug)
{
	struct arena mem CLEANUP(arena_done);
	struct taxonomy_remove remove CLEANUP(taxonomy_remove_done) = {.taxonomy = taxonomy};
	arena_init(&mem, WORK_BYTES);
	arena_init(&remove.mem, WORK_BYTES);
	TRY(taxonomy_slug_name(slug, &mem, &remove.slug));
	return act_commit(world,
	                  &(struct db_act){taxonomy->remove_act, taxonomy_remove_commit, &remove},
	                  &remove.effects);
}

Err section_remove(const struct world *world, Str slug)
{
	return taxonomy_remove(world, &taxonomy_section, slug);
}

Err tag_remove(const struct world *world, Str slug)
{
	return taxonomy_remove(world, &taxonomy_tag, slug);
}

Err byline_remove(const struct world *world, Str slug)
{
	return taxonomy_remove(world, &taxonomy_byline, slug);
}

Err source_remove(const struct world *world, Str slug)
{
	return taxonomy_remove(world, &taxonomy_source, slug);
}
