#include "db/db_plans_test_support.h"
#include "pages/pages_private.h"
#include "stories/stories_test_support.h"

/* Every page's foot lists the standing pages, and any address of one part may be one's: neither may
 * read texts that it does not show. There are at most STATIC_PAGES_MAX in a language. */

#define PAGES                                                                                      \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) "                \
	"INSERT INTO static_page (slug, language, position, title, body, updated) "                    \
	"SELECT 'page-' || i, language, i, 'Page ' || i, '<p>What it says.</p>', i FROM n, "           \
	"(SELECT 'ar' AS language UNION SELECT 'ckb' UNION SELECT 'en') languages"

static Err pages_commit(struct db_connection *connection, void *count)
{
	TRY(db_run(connection, SQL("DELETE FROM static_page"), DB_NO_ARGS, NULL));
	return db_run(connection, SQL(PAGES), DB_ARGS(db_int(*(const int64_t *)count)), NULL);
}

static void pages_fill(struct newsroom *newsroom, int64_t count)
{
	struct db_act act = {"pages", pages_commit, &count};
	assert_err(db_commit(newsroom->world.db, &act), OK, NULL);
}

/* One page, as it is asked for by its address; then what an act looks up. */
static void find_one(struct newsroom *newsroom, struct db_connection *connection)
{
	struct static_page page;
	int64_t position;
	assert_err(
	    static_page_find(connection, test_language("ar"), S("page-3"), &newsroom->mem, &page), OK,
	    NULL);
	assert_err(static_page_position(connection, S("page-3"), &position), OK, NULL);
	assert_int_equal(position, 3);
}

static void test_a_page_costs_the_same_however_many_there_are(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs costs[2];
	for (int i = 0; i < 2; i++) {
		pages_fill(&newsroom, i == 0 ? 5 : STATIC_PAGES_MAX);
		DB_READ connection = NULL;
		assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
		db_test_costs_note(connection, &costs[i]);
		find_one(&newsroom, connection);
		db_test_costs_note(connection, &costs[i]);
	}
	db_test_costs_compare(&costs[0], &costs[1], 2);
}

static void watch(struct newsroom *newsroom, enum db_test_plans plans)
{
	struct db_test_watch watch = {.rows_max = (int64_t)(STATIC_PAGES_MAX * language_count())};
	struct static_page *pages;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	db_test_watch_begin(connection, plans, &watch);
	find_one(newsroom, connection);
	assert_err(static_page_list(connection, test_language("ar"), &newsroom->mem, &pages, &count),
	           OK, NULL);
	assert_int_equal(count, STATIC_PAGES_MAX);
	db_test_watch_end(&watch);
	db_read_end(&connection);
	assert_int_equal(watch.statements, 3);
	assert_int_equal(watch.refused, 0);
}

static void test_pages_are_read_once_at_most(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	pages_fill(&newsroom, STATIC_PAGES_MAX);
	watch(&newsroom, DB_TEST_CUSTOM_PLANS);
	watch(&newsroom, DB_TEST_GENERIC_PLANS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_SQLITE(test_a_page_costs_the_same_however_many_there_are, NULL),
	    DB_TEST_ON_POSTGRES(test_pages_are_read_once_at_most, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
