/* Other names that lead to a tag, a byline or a source. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

struct alias_act {
	const struct world *world;
	const struct taxonomy *taxonomy;
	struct name slug;
	struct name aliases[ALIASES_MAX];
	size_t count;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
};

static void alias_act_done(struct alias_act *act)
{
	arena_done(&act->mem);
}

static Err aliases_check(Str slug, const Str *aliases, size_t count, struct arena *mem,
                         struct alias_act *act)
{
	if (count == 0 || count > ALIASES_MAX)
		return fail(ERR_INVALID, "name one to %d other names at once", ALIASES_MAX);
	TRY(taxonomy_slug_name(slug, mem, &act->slug));
	for (size_t i = 0; i < count; i++)
		TRY(name_check(act->taxonomy->its_other_name, aliases[i], mem, &act->aliases[i]));
	act->count = count;
	return OK;
}

/* No page shows another name, but a search for it leads there; and a source's may be how the text
 * of a story begins. */
static void alias_effects(struct alias_act *act)
{
	effects_clear(&act->effects);
	effects_add(&act->effects, act->taxonomy == &taxonomy_source ? TAG_SITE : TAG_HOME);
}

/* Where it leads already that is not `id`, for the desk or as an address; 0: nowhere. */
static Err alias_leads_to(struct alias_act *act, struct db_connection *connection,
                          const struct name *alias, int64_t id, int64_t *out)
{
	int64_t led_to;
	TRY(taxonomy_find(connection, act->taxonomy, alias, S(""), &act->mem, &led_to));
	if (led_to == 0 || led_to == id)
		TRY(taxonomy_find_segment(connection, act->taxonomy, alias->slug, S(""), &act->mem,
		                          &led_to));
	*out = led_to == id ? 0 : led_to;
	return OK;
}

static Err alias_taken(struct alias_act *act, struct db_connection *connection,
                       const struct name *alias, int64_t holder)
{
	const struct site *site = act->world->site;
	Str slug;
	Str called;
	const char *noun = act->taxonomy->noun;
	TRY(taxonomy_read(connection, act->taxonomy, site, site->language, holder, &act->mem, &slug,
	                  &called));
	return fail(ERR_CONFLICT,
	            "\"%.*s\" leads to the %s %.*s already, and nothing was added: if they are one, "
	            "make one of them with courant %s merge %.*s %.*s",
	            STR(alias->text), noun, STR(slug), noun, STR(slug), STR(act->slug.text));
}

/* It is kept even where it leads there without: by a name that may be another one tomorrow, or by
 * how an address writes it. */
static Err alias_add_commit(struct db_connection *connection, void *state)
{
	struct alias_act *act = state;
	int64_t id;
	arena_clear(&act->mem);
	alias_effects(act);
	TRY(taxonomy_named(connection, act->taxonomy, act->slug.text, &id));
	for (size_t i = 0; i < act->count; i++) {
		const struct name *alias = &act->aliases[i];
		int64_t other;
		TRY(alias_leads_to(act, connection, alias, id, &other));
		if (other != 0)
			return alias_taken(act, connection, alias, other);
		TRY(db_run(connection, act->taxonomy->insert_alias,
		           DB_ARGS(db_text(alias->folded), db_int(id), db_text(alias->text)), NULL));
	}
	return OK;
}

static Err alias_remove_commit(struct db_connection *connection, void *state)
{
	struct alias_act *act = state;
	int64_t id;
	alias_effects(act);
	TRY(taxonomy_named(connection, act->taxonomy, act->slug.text, &id));
	effects_add(&act->effects, act->taxonomy->tag(id)); /* what led there */
	for (size_t i = 0; i < act->count; i++) {
		const struct name *alias = &act->aliases[i];
		int64_t removed;
		TRY(db_run(connection, act->taxonomy->delete_alias,
		           DB_ARGS(db_text(alias->folded), db_int(id)), &removed));
		if (removed == 0)
			return fail(ERR_NOT_FOUND,
			            "\"%.*s\" is not another name of the %s %.*s, and nothing was removed: "
			            "courant %s list shows them",
			            STR(alias->text), act->taxonomy->noun, STR(act->slug.text),
			            act->taxonomy->noun);
	}
	return OK;
}

static Err alias_act_run(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                         const Str *aliases, size_t count, const char *name,
                         Err (*commit)(struct db_connection *connection, void *state))
{
	struct arena mem CLEANUP(arena_done);
	struct alias_act act CLEANUP(alias_act_done) = {.world = world, .taxonomy = taxonomy};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(aliases_check(slug, aliases, count, &mem, &act));
	return act_commit(world, &(struct db_act){name, commit, &act}, &act.effects);
}

Err taxonomy_alias_add(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                       const Str *aliases, size_t count)
{
	return alias_act_run(world, taxonomy, slug, aliases, count, taxonomy->alias_add_act,
	                     alias_add_commit);
}

Err taxonomy_alias_remove(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                          const Str *aliases, size_t count)
{
	return alias_act_run(world, taxonomy, slug, aliases, count, taxonomy->alias_remove_act,
	                     alias_remove_commit);
}

Err tag_alias_add(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_add(world, &taxonomy_tag, slug, aliases, count);
}

Err tag_alias_remove(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_remove(world, &taxonomy_tag, slug, aliases, count);
}

Err byline_alias_add(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_add(world, &taxonomy_byline, slug, aliases, count);
}

Err byline_alias_remove(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_remove(world, &taxonomy_byline, slug, aliases, count);
}

Err source_alias_add(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_add(world, &taxonomy_source, slug, aliases, count);
}

Err source_alias_remove(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	return taxonomy_alias_remove(world, &taxonomy_source, slug, aliases, count);
}
