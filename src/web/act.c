#include "web/act.h"

void effects_clear(struct effects *effects)
{
	effects->count = 0;
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

Err act_commit(const struct world *world, const struct db_act *act, const struct effects *effects)
{
	Err err = db_commit(world->db, act);
	/* A COMMIT that broke may have been kept, and dropping a page too many costs little. */
	if (world->cache != NULL)
		cache_drop(world->cache, effects->tags, effects->count);
	return err;
}
