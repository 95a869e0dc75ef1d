/* Other names that lead to a tag. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

struct tag_alias_act {
	const struct world *world;
	struct name slug;
	struct name aliases[TAG_ALIASES_MAX];
	size_t count;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
};

static void tag_alias_act_done(struct tag_alias_act *act)
{
	arena_done(&act->mem);
}

static Err aliases_check(Str slug, const Str *aliases, size_t count, struct arena *mem,
                         struct tag_alias_act *act)
{
	if (count == 0 || count > TAG_ALIASES_MAX)
		return fail(ERR_INVALID, "name one to %d other names at once", TAG_ALIASES_MAX);
	TRY(taxonomy_slug_name(slug, mem, &act->slug));
	for (size_t i = 0; i < count; i++)
		TRY(name_check("the tag's other name", aliases[i], mem, &act->aliases[i]));
	act->count = count;
	return OK;
}

/* Where the alias leads already, in addresses or where stories are tagged; 0: nowhere. */
static Err alias_leads_to(struct tag_alias_act *act, struct db_connection *connection,
                          const struct name *alias, int64_t *out)
{
	TRY(taxonomy_find(connection, &taxonomy_tag, alias, S(""), &act->mem, out));
	if (*out != 0)
		return OK;
	return taxonomy_find_segment(connection, &taxonomy_tag, alias->slug, S(""), &act->mem, out);
}

static Err alias_taken(struct tag_alias_act *act, struct db_connection *connection,
                       const struct name *alias, int64_t holder)
{
	const struct site *site = act->world->site;
	Str slug;
	Str called;
	TRY(taxonomy_read(connection, &taxonomy_tag, site, site->language, holder, &act->mem, &slug,
	                  &called));
	return fail(ERR_CONFLICT,
	            "\"%.*s\" leads to the tag %.*s already, and nothing was added: if they are one, "
	            "make one of them with courant tag merge %.*s %.*s",
	            STR(alias->text), STR(slug), STR(slug), STR(act->slug.text));
}

static Err tag_alias_add_commit(struct db_connection *connection, void *state)
{
	struct tag_alias_act *act = state;
	int64_t id;
	arena_clear(&act->mem);
	effects_clear(&act->effects);
	effects_add(&act->effects, TAG_HOME);
	TRY(taxonomy_named(connection, &taxonomy_tag, act->slug.text, &id));
	for (size_t i = 0; i < act->count; i++) {
		const struct name *alias = &act->aliases[i];
		int64_t led_to;
		TRY(alias_leads_to(act, connection, alias, &led_to));
		if (led_to != 0 && led_to != id)
			return alias_taken(act, connection, alias, led_to);
		if (led_to == 0)
			TRY(db_run(connection, taxonomy_tag.insert_alias,
			           DB_ARGS(db_text(alias->folded), db_int(id), db_text(alias->text)), NULL));
	}
	return OK;
}

Err tag_alias_add(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	struct arena mem CLEANUP(arena_done);
	struct tag_alias_act act CLEANUP(tag_alias_act_done) = {.world = world};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(aliases_check(slug, aliases, count, &mem, &act));
	/* No page shows it, but a search for it leads to the tag. */
	return act_commit(world, &(struct db_act){"tag_alias_add", tag_alias_add_commit, &act},
	                  &act.effects);
}

static Err tag_alias_remove_commit(struct db_connection *connection, void *state)
{
	struct tag_alias_act *act = state;
	int64_t id;
	effects_clear(&act->effects);
	TRY(taxonomy_named(connection, &taxonomy_tag, act->slug.text, &id));
	effects_add(&act->effects, TAG_TAG(id)); /* what led there */
	effects_add(&act->effects, TAG_HOME);
	for (size_t i = 0; i < act->count; i++) {
		const struct name *alias = &act->aliases[i];
		int64_t removed;
		TRY(db_run(connection, taxonomy_tag.delete_alias,
		           DB_ARGS(db_text(alias->folded), db_int(id)), &removed));
		if (removed == 0)
			return fail(ERR_NOT_FOUND,
			            "\"%.*s\" is not another name of the tag %.*s, and nothing was removed: "
			            "courant tag list shows them",
			            STR(alias->text), STR(act->slug.text));
	}
	return OK;
}

Err tag_alias_remove(const struct world *world, Str slug, const Str *aliases, size_t count)
{
	struct arena mem CLEANUP(arena_done);
	struct tag_alias_act act CLEANUP(tag_alias_act_done) = {.world = world};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(aliases_check(slug, aliases, count, &mem, &act));
	return act_commit(world, &(struct db_act){"tag_alias_remove", tag_alias_remove_commit, &act},
	                  &act.effects);
}
