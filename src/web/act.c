#include "web/act.h"

void effects_clear(struct effects *effects)
{
	effects->count = 0;
	effects->news_count = 0;
}

void effects_add(struct effects *effects, CacheTag tag)
{
	for (size_t i = 0; i < effects->count; i++)
		if (effects->tags[i].hash == tag.hash)
			return;
	if (effects->count == EFFECTS_MAX) {
		effects->tags[0] = TAG_SITE;
		return;
	}
	effects->tags[effects->count++] = tag;
}

void effects_tell(struct effects *effects, const struct act_news *news)
{
	CHECK(effects->news_count < EFFECTS_NEWS_MAX);
	effects->news[effects->news_count++] = *news;
}

static void pages_drop(const struct world *world, const struct effects *effects, bool is_kept)
{
	const struct act_remaker *remaker = world->remaker;
	CacheTicket begun = cache_drop_begin(world->cache);
	if (is_kept && remaker != NULL && effects->count > 0)
		remaker->remake(effects->tags, effects->count, begun, remaker->context);
	cache_drop_end(world->cache, begun, effects->tags, effects->count);
}

/* What follows from an act that ended with `err`. A COMMIT that broke may have been kept, and
 * dropping a page too many costs little. */
static Err act_follow(const struct world *world, const struct effects *effects, Err err)
{
	if (world->cache != NULL)
		pages_drop(world, effects, err == OK);
	if (err == OK && world->listener != NULL && effects->news_count > 0)
		world->listener->tell(effects->news, effects->news_count, world->listener->context);
	return err;
}

Err act_commit(const struct world *world, const struct db_act *act, const struct effects *effects)
{
	return act_follow(world, effects, db_commit(world->db, act));
}

Err act_commit_long(const struct world *world, const struct db_act *act,
                    const struct effects *effects)
{
	return act_follow(world, effects, db_commit_long(world->db, act));
}
