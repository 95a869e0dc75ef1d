#include "db/db_plans_test_support.h"
#include "replies/replies_private.h"
#include "stories/stories_test_support.h"

/* However many replies there are, a list of them is one walk along the index of its story, or of
 * its language. */

#define SMALL 3000
#define LARGE 12000
#define ROOM 100 /* ids for what acts add between the two */
#define STORIES 300

/* From $1 to $2. */
#define NUMBERS                                                                                    \
	"WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n "             \
	"WHERE i < $2) "

static const Sql stories[] = {
    SQL("INSERT INTO section (id, slug) VALUES (1, 'politics')"),
    SQL("INSERT INTO story (id, status, language, headline, standfirst, byline, summary, slug, "
        "slug_given, path, section_id, created, published, updated, breaking_until, "
        "revision) " NUMBERS "SELECT i, CASE WHEN i % 5 = 0 THEN 'withdrawn' ELSE 'published' END, "
        "CASE WHEN i <= 2 THEN 'ar' ELSE 'en' END, 'Story ' || i, '', '', 'What it says', 'story', "
        "0, '/' || i, 1, i, i, i, 0, 1 FROM n"),
};
/* The first story had half of the first thousand replies, and Arabic its last then: who walks along
 * all that is newer passes much. */
static const Sql replies_from_to =
    SQL("INSERT INTO reply (id, story_id, status, name, email, website, format, text, created, "
        "submission_key, hash, language) " NUMBERS
        "SELECT i, CASE WHEN i <= 1000 THEN 1 + i % 2 ELSE 3 + i % 297 END, "
        "CASE WHEN i % 9 = 0 THEN 'hidden' ELSE 'visible' END, 'A reader', 'reader@mail.example', "
        "'', 'text', 'What a reader has to say of it.', i, 'key ' || i, '', "
        "CASE WHEN i <= 1000 THEN 'ar' ELSE 'en' END FROM n");

struct span {
	int64_t first, last;
};

static Err archive_commit(struct db_connection *connection, void *state)
{
	const struct span *span = state;
	if (span->first == 1) {
		TRY(db_run(connection, stories[0], DB_NO_ARGS, NULL));
		TRY(db_run(connection, stories[1], DB_ARGS(db_int(1), db_int(STORIES)), NULL));
	}
	return db_run(connection, replies_from_to, DB_ARGS(db_int(span->first), db_int(span->last)),
	              NULL);
}

static Err analyze_commit(struct db_connection *connection, void *unused)
{
	(void)unused;
	return db_run(connection, SQL("ANALYZE"), DB_NO_ARGS, NULL);
}

static void act(struct newsroom *newsroom, Err (*commit)(struct db_connection *, void *),
                void *state)
{
	struct db_act db_act = {"test", commit, state};
	assert_err(db_commit(newsroom->world.db, &db_act), OK, NULL);
}

/* ---- the statements ---- */

static void list(struct newsroom *newsroom, struct db_connection *connection,
                 struct reply_filter filter)
{
	struct reply *replies;
	size_t count;
	filter.limit = 20;
	assert_err(reply_list(connection, &filter, &newsroom->mem, &replies, &count), OK, NULL);
	assert_int_equal(count, 20);
}

/* Of a story, or of a language. */
static void read_walks(struct newsroom *newsroom, struct db_connection *connection)
{
	static const char *const languages[] = {"ar", "en"};
	const struct reply_filter filters[] = {
	    {.story_id = 1},
	    {.story_id = 1, .after_id = 500},
	    {.story_id = 1, .newest_first = true},
	    {.story_id = 1, .newest_first = true, .before_id = 900, .hidden_too = true},
	};
	struct reply_extent extent;
	struct reply *replies;
	size_t count;
	int64_t id;
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
		list(newsroom, connection, filters[i]);
	for (size_t i = 0; i < 2; i++) {
		assert_err(reply_list_newest(connection, test_language(languages[i]), 10, &newsroom->mem,
		                             &replies, &count),
		           OK, NULL);
		assert_int_equal(count, 10);
	}
	assert_err(reply_extent_find(connection, 1, 500, &extent), OK, NULL);
	assert_err(reply_find_by_key(connection, S("key 500"), &id), OK, NULL);
	assert_int_equal(id, 500);
	assert_err(reply_story_check(connection, 1), OK, NULL);
	assert_err(reply_count(connection, 1, &id), OK, NULL);
	assert_true(id > 400);
}

static void read_everything(struct newsroom *newsroom, struct db_connection *connection)
{
	read_walks(newsroom, connection);
	list(newsroom, connection, (struct reply_filter){0});
	list(newsroom, connection, (struct reply_filter){.hidden_too = true, .newest_first = true});
}

/* ---- SQLite: two sizes ---- */

static Err note_commit(struct db_connection *connection, void *costs)
{
	db_test_costs_note(connection, costs);
	return OK;
}

static struct reply_create_input reply_to(int64_t story_id, const char *key)
{
	return (struct reply_create_input){
	    .story_id = story_id,
	    .checked = {S("Nadia"), S("nadia@example.org"), S(""), S("Yes.")},
	    .key = str_from_c(key)};
}

/* On the writer's connection; the keys tell the two sizes' replies apart. */
static void write_and_note(struct newsroom *newsroom, const char *key, const char *other_key,
                           struct db_test_costs *costs)
{
	const struct world *world = &newsroom->world;
	const struct reply_create_input inputs[] = {reply_to(1, key), reply_to(1, other_key)};
	bool is_new;
	size_t new_count;
	int64_t id;
	act(newsroom, note_commit, costs);
	assert_err(reply_create(world, &inputs[0], &id, &is_new), OK, NULL);
	assert_err(reply_hide(world, id), OK, NULL);
	assert_err(reply_show(world, id), OK, NULL);
	assert_err(reply_create_many(world, inputs, 2, &new_count), OK, NULL);
	assert_int_equal(new_count, 1);
	act(newsroom, note_commit, costs);
}

static void test_replies_cost_the_same_however_many_there_are(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs costs[2];
	struct db_test_costs writes[2];
	for (int i = 0; i < 2; i++) {
		struct span span = {i == 0 ? 1 : SMALL + ROOM + 1, i == 0 ? SMALL : LARGE};
		act(&newsroom, archive_commit, &span);
		DB_READ connection = NULL;
		assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
		db_test_costs_note(connection, &costs[i]);
		read_everything(&newsroom, connection);
		db_test_costs_note(connection, &costs[i]);
		write_and_note(&newsroom, i == 0 ? "a" : "b", i == 0 ? "c" : "d", &writes[i]);
	}
	db_test_costs_compare(&costs[0], &costs[1], 9);
	db_test_costs_compare(&writes[0], &writes[1], 5);
}

/* ---- PostgreSQL: with and without statistics ---- */

/* Replies that the desk has hidden are few. */
static bool may_filter(const char *statement)
{
	return strstr(statement, "AND status IN ('visible', $") != NULL;
}

static void watch(struct newsroom *newsroom, enum db_test_plans plans,
                  void (*read)(struct newsroom *, struct db_connection *))
{
	/* All of a story's are counted; among a thousand the newest are looked for. */
	struct db_test_watch watch = {.rows_max = REPLY_LIST_MAX, .may_filter = may_filter};
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	db_test_watch_begin(connection, plans, &watch);
	read(newsroom, connection);
	db_test_watch_end(&watch);
	db_read_end(&connection);
	assert_true(watch.statements >= 10);
	assert_int_equal(watch.refused, 0);
}

static void test_replies_are_read_along_indexes_whatever_is_known_of_them(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct span span = {1, LARGE};
	act(&newsroom, archive_commit, &span);
	watch(&newsroom, DB_TEST_CUSTOM_PLANS, read_walks);
	watch(&newsroom, DB_TEST_GENERIC_PLANS, read_walks);
	act(&newsroom, analyze_commit, NULL);
	watch(&newsroom, DB_TEST_CUSTOM_PLANS, read_everything);
	watch(&newsroom, DB_TEST_GENERIC_PLANS, read_everything);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_SQLITE(test_replies_cost_the_same_however_many_there_are, NULL),
	    DB_TEST_ON_POSTGRES(test_replies_are_read_along_indexes_whatever_is_known_of_them, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
