/* For tests of this room and of those to its right: a site with a clock that stands still, a cache
 * in which every page that readers could have loaded lies, and short ways to make stories. */
#ifndef STORIES_STORIES_TEST_SUPPORT_H
#define STORIES_STORIES_TEST_SUPPORT_H

#include "db/db_test_support.h"

#include "base/buf.h"
#include "stories/stories.h"

/* 2021-07-23T14:39 in Baghdad, a Friday. */
#define TEST_NOW ((Time)1627040340000)

struct newsroom {
	struct arena mem;
	struct clock clock;
	struct site site;
	struct cache *cache;
	struct world world;
};

/* Makes a site in the test's database: English, Asia/Baghdad. */
void newsroom_open(void **state, struct newsroom *newsroom);
/* The same in a database without a site, which the test has opened itself. */
void newsroom_open_in(struct db *db, struct newsroom *newsroom);
void newsroom_close(struct newsroom *newsroom);
#define NEWSROOM CLEANUP(newsroom_close) struct newsroom

const struct language *test_language(const char *code);

/* With a headline, a body and section "politics" where the input has none (S("") is one). */
struct story_input newsroom_input(struct story_input input);
/* The same, published. */
int64_t newsroom_add(struct newsroom *newsroom, struct story_input input);
struct story newsroom_story(struct newsroom *newsroom, int64_t id);
/* How the path is answered: "404", "410", "200", or where it leads. */
const char *newsroom_path(struct newsroom *newsroom, const char *path);
int64_t newsroom_count(struct newsroom *newsroom, Sql sql);

/* Puts one page into the cache for each tag: site, home, corrections, replies, and the
 * first 9 stories, sections, tags, bylines and sources. */
void newsroom_fill_cache(struct newsroom *newsroom);
/* Which of them an act has dropped since: "site home story:1 section:2". */
const char *newsroom_dropped(struct newsroom *newsroom);

void assert_err(Err err, Err expected, const char *words);
void assert_str(Str str, const char *expected);

#endif
