#include "db/db_test_support.h"
#include "search/search_test_support.h"

#define DAY 86400000
#define NOON ((Time)1627040340000)

static struct arena mem;

static void assert_ok(Err err)
{
	if (err != OK)
		print_error("%.*s\n", STR(err_text()));
	assert_int_equal(err, OK);
}

/* ---- acts ---- */

struct change {
	struct search_entry entries[100];
	size_t count;
	int64_t removed;
};

static Err change_commit(struct db_connection *connection, void *state)
{
	struct change *change = state;
	for (size_t i = 0; i < change->count; i++)
		TRY(search_put(connection, &change->entries[i]));
	return change->removed == 0 ? OK : search_remove(connection, change->removed);
}

static Err change_run(struct db *db, struct change *change)
{
	return db_commit(db, &(struct db_act){"search_change", change_commit, change});
}

static struct search_entry entry_of(struct search_document document)
{
	struct search_entry entry;
	if (document.published == 0)
		document.published = NOON + document.story_id;
	if (str_is_empty(document.language))
		document.language = S("en");
	if (document.section_id == 0)
		document.section_id = 1;
	assert_ok(search_prepare(&document, &mem, &entry));
	return entry;
}

static void put(struct db *db, struct search_document document)
{
	assert_ok(change_run(db, &(struct change){.entries = {entry_of(document)}, .count = 1}));
}

/* ---- asking ---- */

static struct search_result find(struct db *db, struct search_query query, size_t limit)
{
	struct search_result result;
	DB_READ connection = NULL;
	assert_ok(db_read_begin(db, &connection));
	assert_ok(search_find(connection, &query, limit, &mem, &result));
	return result;
}

static const char *ids_text(const struct search_result *result)
{
	struct buf text;
	buf_init(&text, 4096);
	buf_format(&text, "%s", "");
	for (size_t i = 0; i < result->count; i++)
		buf_format(&text, "%s%lld", i == 0 ? "" : " ", (long long)result->hits[i].story_id);
	buf_format(&text, "%s", result->has_more ? " \u2026" : "");
	return test_c_string(&mem, &text);
}

static void assert_found_by(struct db *db, struct search_query query, const char *expected)
{
	struct search_result result = find(db, query, 10);
	assert_string_equal(ids_text(&result), expected);
}

static void assert_found(struct db *db, const char *text, const char *expected)
{
	assert_found_by(db, test_query(&mem, str_from_c(text)), expected);
}

/* ---- tests ---- */

static void test_search_finds_words_and_phrases(void **state)
{
	struct db *db = db_test_db(state);
	put(db, (struct search_document){.story_id = 1,
	                                 .headline = S("The river is high"),
	                                 .text = S("It rained for a week, the mayor said.")});
	put(db, (struct search_document){.story_id = 2,
	                                 .headline = S("High prices"),
	                                 .standfirst = S("The RIVER\u2019s mayor"),
	                                 .text = S("")});
	assert_found(db, "river", "2 1");
	assert_found(db, "river high", "2 1");
	assert_found(db, "rained", "1");
	assert_found(db, "\"river is high\"", "1");
	assert_found(db, "\"is river\"", "");
	/* A phrase does not go on from the headline to the text. */
	assert_found(db, "\"high it\"", "");
	assert_found(db, "river -prices", "1");
	assert_found(db, "river -\"river mayor\"", "1");
	assert_found(db, "nothing", "");
	assert_found(db, "", "");
	assert_found(db, "\"' AND OR NOT near( * col: ^", "");
}

static void test_search_finds_every_script_and_sign(void **state)
{
	struct db *db = db_test_db(state);
	put(db, (struct search_document){.story_id = 1,
	                                 .headline = S("\U0001F30A 3.14% \\ snake_case"),
	                                 .text = S("日本語の新聞 Ελλάδα Україна हिन्दी")});
	put(db, (struct search_document){.story_id = 2, .headline = S("مُحَمَّد"), .language = S("ar")});
	assert_found(db, "3.14", "1");
	assert_found(db, "snake_case", "1");
	assert_found(db, "ΕΛΛΆΔΑ", "1");
	assert_found(db, "україна", "1");
	assert_found(db, "हिन्दी", "1");
	assert_found(db, "新聞", "1");
	assert_found(db, "محمد", "");
	assert_found_by(db, test_query_in(&mem, "ar", S("محمد")), "2");
}

static void test_search_finds_arabic_words_with_their_prefixes(void **state)
{
	struct db *db = db_test_db(state);
	static const char *const texts[] = {"الحكومة", "أربيل والسليمانية", "وأربيل"};
	for (int64_t i = 0; i < 3; i++)
		put(db, (struct search_document){
		            .story_id = i + 1, .headline = str_from_c(texts[i]), .language = S("ar")});
	put(db, (struct search_document){.story_id = 4, .headline = S("وأربيل"), .language = S("ckb")});
	assert_found_by(db, test_query_in(&mem, "ar", S("أربيل")), "3 2");
	assert_found_by(db, test_query_in(&mem, "ar", S("للسليمانية")), "2");
	assert_found_by(db, test_query_in(&mem, "ar", S("\"اربيل سليمانية\"")), "2");
	assert_found_by(db, test_query_in(&mem, "ar", S("وأربيل -حكومة")), "3 2");
	assert_found_by(db, test_query_in(&mem, "ckb", S("أربيل")), "");
	assert_found_by(db, test_query_in(&mem, "ckb", S("واربيل")), "4");
}

static void test_put_replaces_and_remove_takes_away(void **state)
{
	struct db *db = db_test_db(state);
	put(db,
	    (struct search_document){.story_id = 1, .headline = S("Rain"), .text = S("of the rain")});
	put(db, (struct search_document){.story_id = 2, .headline = S("Rain")});
	put(db, (struct search_document){
	            .story_id = 1, .headline = S("Snow"), .section_id = 2, .published = NOON + 500});
	assert_found(db, "rain", "2");
	assert_found(db, "\"of the\"", "");
	assert_found(db, "snow", "1");
	struct search_query query = test_query(&mem, S("snow"));
	query.section_id = 1;
	assert_found_by(db, query, "");
	query.section_id = 2;
	assert_found_by(db, query, "1");
	assert_ok(change_run(db, &(struct change){.removed = 1}));
	assert_ok(change_run(db, &(struct change){.removed = 77}));
	assert_found(db, "snow", "");
	assert_found(db, "rain", "2");
}

/* A commit half may run again, and others of its group may fail. */
static Err put_twice_and_fail(struct db_connection *connection, void *state)
{
	TRY(search_put(connection, state));
	TRY(search_put(connection, state));
	return fail(ERR_CONFLICT, "not this time");
}

static void test_put_leaves_nothing_of_an_act_that_failed(void **state)
{
	struct db *db = db_test_db(state);
	put(db, (struct search_document){.story_id = 1, .headline = S("Rain")});
	struct search_entry entry =
	    entry_of((struct search_document){.story_id = 1, .headline = S("Snow")});
	assert_int_equal(db_commit(db, &(struct db_act){"fails", put_twice_and_fail, &entry}),
	                 ERR_CONFLICT);
	assert_found(db, "rain", "1");
	assert_found(db, "snow", "");
	put(db, (struct search_document){.story_id = 1, .headline = S("Snow")});
	assert_found(db, "rain", "");
	assert_found(db, "snow", "1");
}

struct twice {
	struct db *db;
	struct search_entry entries[2];
};

static void put_one(void *context, int which)
{
	struct twice *twice = context;
	assert_ok(
	    change_run(twice->db, &(struct change){.entries = {twice->entries[which]}, .count = 1}));
}

static void test_put_holds_when_two_do_it_at_once(void **state)
{
	struct twice twice = {.db = db_test_db(state)};
	for (int64_t id = 1; id <= 5; id++) {
		twice.entries[0] = entry_of((struct search_document){
		    .story_id = id, .headline = S("Rain today"), .published = NOON + id * DAY});
		twice.entries[1] = entry_of((struct search_document){
		    .story_id = id, .headline = S("Rain tomorrow"), .published = NOON + id * DAY + 1});
		db_test_twice_at_once(put_one, &twice);
	}
	assert_found(twice.db, "rain", "5 4 3 2 1");
	struct search_result today = find(twice.db, test_query(&mem, S("today")), 10);
	struct search_result tomorrow = find(twice.db, test_query(&mem, S("tomorrow")), 10);
	assert_int_equal(today.count + tomorrow.count, 5);
}

/* Each act leaves FTS5 a segment, through all of which a search looks. */
#define ACTS 300
#define SEGMENTS_MAX 48 /* fifteen of a size, and sixteen that are being merged */

static void test_documents_of_many_acts_lie_in_few_segments(void **state)
{
	struct db *db = db_test_db(state);
	int64_t segments;
	for (int64_t id = 1; id <= ACTS; id++) {
		Str text;
		assert_ok(arena_format(&mem, &text, "word%d of act%d and rain", (int)id, (int)id % 7));
		put(db, (struct search_document){.story_id = id, .headline = S("Rain"), .text = text});
	}
	DB_READ connection = NULL;
	assert_ok(db_read_begin(db, &connection));
	assert_ok(db_query_int(connection,
	                       SQL("SELECT COUNT(*) FROM (SELECT DISTINCT segid FROM search_term_idx)"),
	                       DB_NO_ARGS, &segments));
	assert_in_range(segments, 1, SEGMENTS_MAX);
	for (int64_t id = 1; id <= ACTS; id += 23) {
		Str text;
		assert_ok(arena_format(&mem, &text, "word%d", (int)id));
		struct search_result result = find(db, test_query(&mem, text), 10);
		assert_int_equal(result.count, 1);
		assert_int_equal(result.hits[0].story_id, id);
	}
}

static void test_search_orders_by_publication_at_any_time(void **state)
{
	struct db *db = db_test_db(state);
	put(db, (struct search_document){.story_id = 5, .headline = S("Rain"), .published = NOON});
	put(db, (struct search_document){.story_id = 2, .headline = S("Rain"), .published = -1});
	put(db, (struct search_document){.story_id = 4, .headline = S("Rain"), .published = NOON});
	put(db, (struct search_document){.story_id = 1, .headline = S("Rain"), .published = 1});
	put(db, (struct search_document){
	            .story_id = 3, .headline = S("Rain"), .published = -62135596800000});
	assert_found(db, "rain", "5 4 1 2 3");
	struct search_query query = test_query(&mem, S("rain"));
	query.has_until = true; /* before 1970 */
	assert_found_by(db, query, "2 3");
	query = test_query(&mem, S("rain"));
	query.has_from = true; /* from 1970 on */
	assert_found_by(db, query, "5 4 1");
	query.from = NOON;
	assert_found_by(db, query, "5 4");
	query.has_until = true;
	query.until = NOON;
	assert_found_by(db, query, "");
}

static void test_two_stories_of_one_place_are_both_found(void **state)
{
	struct db *db = db_test_db(state);
	int64_t far = INT64_C(1) << PLACE_ID_BITS;
	put(db, (struct search_document){.story_id = 1, .headline = S("Rain"), .published = NOON});
	put(db, (struct search_document){.story_id = 2, .headline = S("Rain"), .published = NOON});
	put(db,
	    (struct search_document){.story_id = 1 + far, .headline = S("Rain"), .published = NOON});
	put(db,
	    (struct search_document){.story_id = 1 + far, .headline = S("Snow"), .published = NOON});
	assert_found(db, "rain", "2 1");
	assert_found(db, "snow", "1048577");
}

static void test_search_pages_through_every_match_once(void **state)
{
	struct db *db = db_test_db(state);
	struct change change = {.count = 100};
	for (int64_t id = 1; id <= 1000; id++) {
		change.entries[(id - 1) % 100] = entry_of((struct search_document){
		    .story_id = id,
		    .headline = id % 2 == 0 ? S("Rain in the north") : S("The north"),
		    .published = NOON + id % 7 * DAY});
		if (id % 100 == 0)
			assert_ok(change_run(db, &change));
	}
	static const char *const queries[] = {"rain", "\"the north\" rain", "rain -\"the rain\""};
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		struct search_query query = test_query(&mem, str_from_c(queries[i]));
		struct search_result result;
		size_t count = 0;
		int64_t last = INT64_MAX;
		do {
			result = find(db, query, 33);
			for (size_t hit = 0; hit < result.count; hit++) {
				assert_true(result.hits[hit].place < last);
				last = result.hits[hit].place;
				assert_int_equal(result.hits[hit].story_id % 2, 0);
			}
			count += result.count;
			query.before = result.before;
		} while (result.has_more);
		assert_int_equal(count, 500);
	}
}

/* 1,101 stories have both words, 1 has them as a phrase; and the newest 1,100 have what is
 * excluded. */
static void test_search_bounds_what_it_reads_and_says_so(void **state)
{
	struct db *db = db_test_db(state);
	struct change change = {.count = 100};
	put(db, (struct search_document){.story_id = 2000, .headline = S("Rain"), .published = NOON});
	for (int64_t id = 1; id <= 1100; id++) {
		change.entries[(id - 1) % 100] = entry_of((struct search_document){
		    .story_id = id, .headline = id == 500 ? S("Rain rain") : S("Rain of the north")});
		if (id % 100 == 0)
			assert_ok(change_run(db, &change));
	}
	struct search_query query = test_query(&mem, S("rain -\"of the\""));
	struct search_result result = find(db, query, 10);
	assert_string_equal(ids_text(&result), "500 \u2026");
	assert_true(result.is_bounded);
	query.before = result.before;
	result = find(db, query, 10);
	assert_string_equal(ids_text(&result), "2000");
	assert_false(result.is_bounded);

	query = test_query(&mem, S("rain"));
	query.order = SEARCH_RELEVANCE;
	result = find(db, query, 2);
	assert_string_equal(ids_text(&result), "1100 1099 \u2026");
	assert_true(result.is_bounded);
	query.skip = 998;
	result = find(db, query, 10);
	assert_string_equal(ids_text(&result), "102 101");
	query.skip = 5000;
	result = find(db, query, 10);
	assert_string_equal(ids_text(&result), "");
}

static void test_relevance_prefers_the_headline_and_words_that_stand_together(void **state)
{
	struct db *db = db_test_db(state);
	struct buf text;
	buf_init(&text, 65536);
	for (int i = 0; i < 2000; i++)
		buf_format(&text, "calm ");
	for (int i = 0; i < 20; i++)
		buf_format(&text, "river high ");
	put(db, (struct search_document){.story_id = 1, .headline = S("High river")});
	put(db, (struct search_document){.story_id = 2, .headline = S("The high river")});
	put(db, (struct search_document){
	            .story_id = 3, .headline = S("Prices"), .text = S("A river is high, a river.")});
	put(db, (struct search_document){
	            .story_id = 4, .headline = S("Prices"), .standfirst = S("A high river")});
	put(db, (struct search_document){.story_id = 5, .headline = S("River, high")});
	/* Past the opening nothing counts, but it is found. */
	put(db, (struct search_document){.story_id = 6, .headline = S("Far"), .text = buf_str(&text)});
	buf_done(&text);
	struct search_query query = test_query(&mem, S("high river"));
	query.order = SEARCH_RELEVANCE;
	assert_found_by(db, query, "2 1 5 4 3 6");
	struct search_result result = find(db, query, 10);
	assert_int_equal(result.hits[0].score, 2 * 64 + 128);
	assert_int_equal(result.hits[2].score, 2 * 64);
	assert_int_equal(result.hits[3].score, 2 * 16 + 32);
	assert_int_equal(result.hits[4].score, 2 * 1 + 2 * 2);
	assert_int_equal(result.hits[5].score, 0);
}

static void test_phrases_past_the_opening_are_found_by_relevance(void **state)
{
	struct db *db = db_test_db(state);
	struct buf far;
	struct buf apart;
	buf_init(&far, 65536);
	buf_init(&apart, 65536);
	for (int i = 0; i < 1000; i++) {
		buf_format(&far, "calm ");
		buf_format(&apart, i == 500 ? "high then river " : "calm ");
	}
	buf_format(&far, "high river");
	for (int64_t id = 1; id <= 80; id++)
		put(db, (struct search_document){.story_id = id,
		                                 .headline = id == 7 ? S("High river") : S("Far"),
		                                 .text = id % 2 == 0 ? buf_str(&far) : buf_str(&apart)});
	buf_done(&far);
	buf_done(&apart);
	struct search_query query = test_query(&mem, S("\"high river\""));
	query.order = SEARCH_RELEVANCE;
	struct search_result result = find(db, query, 3);
	assert_string_equal(ids_text(&result), "7 80 78 \u2026");
	query.skip = 38;
	result = find(db, query, 5);
	assert_string_equal(ids_text(&result), "6 4 2");
	query = test_query(&mem, S("high -\"high river\""));
	query.order = SEARCH_RELEVANCE;
	result = find(db, query, 3);
	assert_string_equal(ids_text(&result), "79 77 75 \u2026");
	query.skip = 36;
	result = find(db, query, 5);
	assert_string_equal(ids_text(&result), "5 3 1");
}

/* As much as a document can have, all of it different. */
static void test_put_takes_the_longest_document(void **state)
{
	struct db *db = db_test_db(state);
	struct buf text;
	buf_init(&text, (size_t)4 * 1024 * 1024);
	for (int i = 0; i < SEARCH_DOCUMENT_WORDS + 100; i++)
		buf_format(&text, "w%d%s ", i,
		           i % 3 == 0 ? "\u0434\u043E\u0436\u0434\u0434\u043Exxxxxx" : "");
	put(db, (struct search_document){.story_id = 1, .headline = S("Long"), .text = buf_str(&text)});
	assert_found(db, "w9998", "1");
	assert_found(db, "\"w5000 w4999\"", "");
	assert_found(db, "\"w5000 w5002\"", "");
	assert_found(db, "\"w4999 w5000\"", "1");
	put(db, (struct search_document){.story_id = 1, .headline = S("Short")});
	assert_found(db, "w9998", "");
	/* One word that stands for more words than a document has. */
	buf_clear(&text);
	for (int i = 0; i < 170000; i++)
		buf_format(&text, "\uFDFA");
	put(db,
	    (struct search_document){.story_id = 1, .headline = S("Blessed"), .text = buf_str(&text)});
	assert_found(db, "blessed", "1");
	buf_done(&text);
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)1024 * 1024 * 1024);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_search_finds_words_and_phrases),
	    DB_TEST(test_search_finds_every_script_and_sign),
	    DB_TEST(test_search_finds_arabic_words_with_their_prefixes),
	    DB_TEST(test_put_replaces_and_remove_takes_away),
	    DB_TEST(test_put_leaves_nothing_of_an_act_that_failed),
	    DB_TEST(test_put_holds_when_two_do_it_at_once),
	    DB_TEST_ON_SQLITE(test_documents_of_many_acts_lie_in_few_segments, NULL),
	    DB_TEST(test_search_orders_by_publication_at_any_time),
	    DB_TEST(test_two_stories_of_one_place_are_both_found),
	    DB_TEST(test_search_pages_through_every_match_once),
	    DB_TEST(test_search_bounds_what_it_reads_and_says_so),
	    DB_TEST(test_relevance_prefers_the_headline_and_words_that_stand_together),
	    DB_TEST(test_phrases_past_the_opening_are_found_by_relevance),
	    DB_TEST(test_put_takes_the_longest_document),
	};
	return cmocka_run_group_tests_name("search_store", tests, setup, teardown);
}
