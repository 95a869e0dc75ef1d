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

static void words_of(const void *effects, struct buf *out)
{
	effects_format(effects, out);
}

/* The act, and what follows from it, however it ended. A COMMIT that broke may have been kept, and
 * dropping a page too many costs little. Pages fall here before others are waited for. */
static Err act_carry_out(const struct world *world, const struct db_act *act,
                         const struct effects *effects, bool is_long)
{
	struct db_telling telling = {.words = words_of, .what = effects};
	struct err_note end;
	err_note_take(&end, db_commit_told(world->db, act, is_long, &telling));
	if (world->cache != NULL)
		pages_drop(world, effects, end.code == OK);
	db_confirm(world->db, &telling);
	if (end.code == OK && world->listener != NULL && effects->news_count > 0)
		world->listener->tell(effects->news, effects->news_count, world->listener->context);
	return err_note_give(&end);
}

Err act_commit(const struct world *world, const struct db_act *act, const struct effects *effects)
{
	return act_carry_out(world, act, effects, false);
}

Err act_commit_long(const struct world *world, const struct db_act *act,
                    const struct effects *effects)
{
	return act_carry_out(world, act, effects, true);
}
