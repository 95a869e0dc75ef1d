/* How an act is carried out, alike for web, command line, importer and job: the commit half on the
 * database's writer, then what follows from it. Before act_commit returns, no page that the act
 * touched can be served in its old form. */
#ifndef WEB_ACT_H
#define WEB_ACT_H

#include "cache/cache.h"
#include "db/db.h"
#include "web/site.h"

/* The world as an act sees it. */
struct world {
	struct db *db;
	struct cache *cache; /* NULL where no pages are kept: a command without a server */
	const struct clock *clock;
	const struct site *site;
};

/* What an act touched, noted by its commit half; the half begins with effects_clear, since it may
 * be run more than once. */
#define EFFECTS_MAX 128
struct effects {
	CacheTag tags[EFFECTS_MAX];
	size_t count;
};
void effects_clear(struct effects *effects);
/* Past EFFECTS_MAX everything is dropped instead (the site's tag): right, only slower. */
void effects_add(struct effects *effects, CacheTag tag);

/* Pages fall even when it fails, for what the commit half had noted by then: nobody may know
 * whether a COMMIT that broke was kept. `effects` must be empty or cleared before the first act. */
MUST_CHECK Err act_commit(const struct world *world, const struct db_act *act,
                          const struct effects *effects);

/* The same for an act of hundreds of rows (db_commit_long). */
MUST_CHECK Err act_commit_long(const struct world *world, const struct db_act *act,
                               const struct effects *effects);

/* The tags that pages carry. Every page carries TAG_SITE: it falls when what stands on every page
 * changes (name, navigation, breaking bar). */
#define TAG_SITE cache_tag(S("site"), 0)
#define TAG_HOME                                                                                   \
	cache_tag(S("home"), 0) /* what lists stories by time: home, feeds, day, search                \
	                         */
#define TAG_STORY(id) cache_tag(S("story"), (id))
#define TAG_SECTION(id) cache_tag(S("section"), (id))
#define TAG_TAG(id) cache_tag(S("tag"), (id))
#define TAG_BYLINE(id) cache_tag(S("byline"), (id))
#define TAG_SOURCE(id) cache_tag(S("source"), (id))
#define TAG_CORRECTIONS cache_tag(S("corrections"), 0)
#define TAG_REPLIES cache_tag(S("replies"), 0)            /* what lists the newest replies of all */
#define TAG_SITEMAP(part) cache_tag(S("sitemap"), (part)) /* story id / SITEMAP_STORIES */

#endif
