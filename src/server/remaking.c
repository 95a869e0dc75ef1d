/* What joins acts to the pages that are made anew for them: the edition of the moment makes them.
 */
#include "server/remaking.h"

#include <stdatomic.h>
#include <stdlib.h>

struct remaking {
	struct act_remaker remaker;
	struct editions *editions;
	_Atomic int64_t pages;
};

struct remaking_values {
	int64_t pages;
};

static const struct metric rows[] = {
    {.name = "courant_pages_remade_total",
     .type = METRIC_COUNTER,
     .help = "Pages read all the time that were made anew before an act was answered.",
     .offset = offsetof(struct remaking_values, pages)},
};

static void values_read(void *source, void *out)
{
	struct remaking *remaking = source;
	((struct remaking_values *)out)->pages = atomic_load(&remaking->pages);
}

const struct metric_table remaking_metrics = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct remaking_values),
    .read = values_read,
};

static void remake(const CacheTag *tags, size_t count, CacheTicket begun, void *context)
{
	struct remaking *remaking = context;
	const struct edition *edition = edition_take(remaking->editions);
	atomic_fetch_add(&remaking->pages, (int64_t)web_remake(edition->web, tags, count, begun));
	edition_give(remaking->editions, edition);
}

Err remaking_new(struct editions *editions, struct remaking **out)
{
	struct remaking *remaking = calloc(1, sizeof *remaking);
	if (remaking == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	remaking->remaker = (struct act_remaker){remake, remaking};
	remaking->editions = editions;
	*out = remaking;
	return OK;
}

void remaking_free(struct remaking *remaking)
{
	free(remaking);
}

const struct act_remaker *remaking_remaker(const struct remaking *remaking)
{
	return &remaking->remaker;
}
