/* How an act is carried out, alike for web, command line, importer and job: the commit half on the
 * database's writer, then what follows from it. Before act_commit returns, no page that the act
 * touched can be served in its old form, here and by the other nodes over the same database
 * (db_confirm says what of one that can't be asked). */
#ifndef WEB_ACT_H
#define WEB_ACT_H

#include "cache/cache.h"
#include "db/db.h"
#include "web/site.h"

/* What an act tells the readers who have a page open. The room `live` makes events of it. */
enum act_news_kind {
	NEWS_BREAKING,        /* the breaking bar of a language is another */
	NEWS_STORY_UPDATED,   /* `value`: when */
	NEWS_STORY_CORRECTED, /* the same, with a note of the newsroom */
	NEWS_STORY_WITHDRAWN,
	NEWS_STORY_BACK, /* published again after it was withdrawn */
	NEWS_REPLY,      /* `value`: the reply's id */
	NEWS_REPLY_GONE,
};
struct act_news {
	enum act_news_kind kind;
	const struct language *language; /* of a breaking bar */
	int64_t story;
	int64_t value;
};
/* Called when the act is committed and its pages have been dropped: who fetches a page then gets
 * the new one. */
struct act_listener {
	void (*tell)(const struct act_news *news, size_t count, void *context);
	void *context;
};

/* Called when the act is committed and before its pages fall: makes those anew that are read all
 * the time. `begun` is the drop that it is for. */
struct act_remaker {
	void (*remake)(const CacheTag *tags, size_t count, CacheTicket begun, void *context);
	void *context;
};

/* The world as an act sees it. */
struct world {
	struct db *db;
	struct cache *cache; /* NULL where no pages are kept: a command without a server */
	const struct clock *clock;
	const struct site *site;
	const struct act_listener *listener; /* NULL: nobody has a page open */
	const struct act_remaker *remaker;   /* NULL: whoever asks for a page first waits for it */
};

/* What an act touched, noted by its commit half; the half begins with effects_clear, since it may
 * be run more than once. */
#define EFFECTS_MAX 128
#define EFFECTS_NEWS_MAX 4
struct effects {
	CacheTag tags[EFFECTS_MAX];
	size_t count;
	struct act_news news[EFFECTS_NEWS_MAX];
	size_t news_count;
};
void effects_clear(struct effects *effects);
/* Past EFFECTS_MAX everything is dropped instead (the site's tag): right, only slower. */
void effects_add(struct effects *effects, CacheTag tag);
/* No act has more to tell than EFFECTS_NEWS_MAX. */
void effects_tell(struct effects *effects, const struct act_news *news);
/* As words for other nodes, never more than DB_TOLD_MAX bytes; none for no effects. And what such
 * words say, whatever they are: where they can't be understood, everything falls. */
void effects_format(const struct effects *effects, struct buf *out);
void effects_parse(Str words, struct effects *out);

/* Pages fall even when it fails, for what the commit half had noted by then: nobody may know
 * whether a COMMIT that broke was kept. Readers are told only when it succeeded. `effects` must be
 * empty or cleared before the first act. */
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
