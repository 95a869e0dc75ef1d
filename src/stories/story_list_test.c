#include "db/db_plans_test_support.h"
#include "stories/stories_test_support.h"

/* The archive's stories: in two languages, two sections and three tags, three of them in each
 * minute, so that times are alike, one in seven a draft. The section "weather", the tag "Roads"
 * and withdrawing were given up early on: nothing of them is among the newest. */
#define EARLY 40
static Str language_of(int64_t i)
{
	return i % 3 == 0 ? S("ar") : S("en");
}

static bool is_weather(int64_t i)
{
	return i % 5 == 0 && i < EARLY;
}

static int64_t tag_count_of(int64_t i)
{
	return i < EARLY ? i % 4 : i % 3;
}

static enum story_status status_of(int64_t i)
{
	if (i % 7 == 0)
		return STORY_DRAFT;
	return i % 11 == 0 && i < EARLY ? STORY_WITHDRAWN : STORY_PUBLISHED;
}

/* Adds the archive's stories from number `first` to the one before `end`. */
static void archive_fill(struct newsroom *newsroom, int64_t first, int64_t end)
{
	static const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	for (int64_t i = first; i < end; i++) {
		int64_t id;
		Str headline;
		assert_err(arena_format(&newsroom->mem, &headline, "Story %d", (int)i), OK, NULL);
		struct story_input input = newsroom_input(
		    (struct story_input){.headline = headline,
		                         .language = language_of(i),
		                         .section = is_weather(i) ? S("weather") : S("politics"),
		                         .source = S("AP"),
		                         .tags = tags,
		                         .tag_count = (size_t)tag_count_of(i),
		                         .published_at = TEST_NOW - (end - i) / 3 * MINUTE_MS,
		                         .publish = status_of(i) != STORY_DRAFT});
		assert_err(story_add(&newsroom->world, &input, &id), OK, NULL);
		if (status_of(i) == STORY_WITHDRAWN)
			assert_err(story_withdraw(&newsroom->world, id), OK, NULL);
	}
}

/* Whether the archive's story number `i` belongs into the listing. */
static bool belongs(const struct story_filter *filter, int64_t i)
{
	int64_t section = is_weather(i) ? 1 : 2; /* the first story made "weather" */
	return (filter->any_status || status_of(i) == filter->status) &&
	       (filter->language == NULL || str_equal(filter->language->code, language_of(i))) &&
	       (filter->section_id == 0 || filter->section_id == section) &&
	       (filter->tag_id == 0 || filter->tag_id <= tag_count_of(i));
}

#define ARCHIVE 231

/* Pages through a listing by sevens and looks whether every story comes once, in its order. */
static void assert_paged_whole(struct newsroom *newsroom, struct story_filter filter)
{
	bool seen[ARCHIVE + 1] = {false};
	bool by_time = !filter.any_status && filter.status == STORY_PUBLISHED;
	size_t expected = 0;
	size_t found = 0;
	size_t count = 0;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	for (int64_t i = 0; i < ARCHIVE; i++)
		expected += belongs(&filter, i);
	filter.limit = 7;
	do {
		struct story *stories;
		assert_err(
		    story_list(connection, &newsroom->site, &filter, &newsroom->mem, &stories, &count), OK,
		    NULL);
		for (size_t i = 0; i < count; i++) {
			const struct story *story = &stories[i];
			struct story_place last = filter.before;
			assert_true(belongs(&filter, story->id - 1));
			assert_false(seen[story->id]);
			seen[story->id] = true;
			if (last.id != 0 && by_time)
				assert_true(story->published < last.published ||
				            (story->published == last.published && story->id < last.id));
			if (last.id != 0 && !by_time)
				assert_true(story->id < last.id);
			filter.before = (struct story_place){story->published, story->id};
		}
		found += count;
	} while (count == filter.limit);
	assert_int_equal(found, expected);
}

static void test_story_list_pages_without_gaps_or_doubles(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	archive_fill(&newsroom, 0, ARCHIVE);
	const struct language *languages[] = {NULL, test_language("en"), test_language("ar")};
	for (size_t i = 0; i < 3; i++)
		for (int64_t scope = 0; scope < 6; scope++)
			for (int status = STORY_DRAFT; status <= STORY_WITHDRAWN + 1; status++) {
				bool any = status > STORY_WITHDRAWN;
				assert_paged_whole(
				    &newsroom,
				    (struct story_filter){.language = languages[i],
				                          .section_id = scope > 0 && scope < 3 ? scope : 0,
				                          .tag_id = scope > 2 ? scope - 2 : 0,
				                          .status = any ? STORY_DRAFT : (enum story_status)status,
				                          .any_status = any});
			}
}

static void test_story_list_leaves_bodies_out_and_keeps_its_maximum(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	newsroom_add(&newsroom, (struct story_input){.source = S("AP")});
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	struct story_filter filter = {.status = STORY_PUBLISHED, .limit = SIZE_MAX};
	assert_err(story_list(connection, &newsroom.site, &filter, &newsroom.mem, &stories, &count), OK,
	           NULL);
	assert_int_equal(count, 1);
	assert_str(stories[0].headline, "The river is high");
	assert_str(stories[0].summary, "It rained for a week.");
	assert_str(stories[0].source.name, "AP");
	assert_str(stories[0].section.name, "politics");
	assert_str(stories[0].body.markup, "");
	filter.section_id = filter.tag_id = 1;
	assert_err(story_list(connection, &newsroom.site, &filter, &newsroom.mem, &stories, &count),
	           ERR_INVALID, "by section or by tag");
}

static void assert_parts(struct newsroom *newsroom, int64_t size, size_t max, const char *expected)
{
	int64_t *parts;
	size_t count;
	BUF_CLEANUP struct buf listed;
	DB_READ connection = NULL;
	buf_init(&listed, 200);
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(story_list_parts(connection, size, max, &newsroom->mem, &parts, &count), OK, NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(&listed, "%lld ", (long long)parts[i]);
	assert_str(buf_str(&listed), expected);
}

static void test_story_list_parts_passes_over_what_readers_can_not_see(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	assert_parts(&newsroom, 500, 9, "");
	for (int i = 1; i <= 9; i++)
		assert_int_equal(newsroom_add(&newsroom, (struct story_input){.language = S("ar")}), i);
	assert_parts(&newsroom, 500, 9, "0 ");
	assert_parts(&newsroom, 2, 9, "0 1 2 3 4 ");
	assert_parts(&newsroom, 2, 3, "0 1 2 ");
	for (int64_t id = 1; id <= 5; id++)
		assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_err(story_withdraw(&newsroom.world, 9), OK, NULL);
	assert_parts(&newsroom, 2, 9, "3 4 ");
	assert_parts(&newsroom, 1, 9, "6 7 8 ");
}

/* ---- the archive's size ---- */

/* Sections and languages are few, breaking stories short-lived, a walk has found one page: walking
 * along or sorting them is no matter of the archive's size. */
static bool may_scan(const char *literal)
{
	Str sql = str_from_c(literal);
	return str_find(sql, S(" walk LIMIT $5) page JOIN story s ")) != STR_NOT_FOUND ||
	       str_find(sql, S("WITH RECURSIVE part ")) != STR_NOT_FOUND ||
	       str_find(sql, S(" FROM section ")) != STR_NOT_FOUND ||
	       str_find(sql, S(" FROM tag ORDER BY id")) != STR_NOT_FOUND ||
	       str_find(sql, S(" FROM source ORDER BY id")) != STR_NOT_FOUND;
}

static bool may_sort(const char *literal)
{
	Str sql = str_from_c(literal);
	return str_find(sql, S("breaking_until > 0")) != STR_NOT_FOUND ||
	       str_find(sql, S("CASE WHEN language")) != STR_NOT_FOUND;
}

/* Takes down what every statement about stories has cost, and begins anew. */
static void costs_take(struct db_connection *connection, struct db_test_costs *costs)
{
	size_t about_stories = 0;
	db_test_costs_note(connection, costs);
	for (size_t i = 0; i < costs->count; i++) {
		const struct db_test_cost *cost = &costs->list[i];
		if (str_find(str_from_c(cost->literal), S("story")) == STR_NOT_FOUND)
			continue;
		bool is_fine = (cost->scans == 0 || may_scan(cost->literal)) &&
		               (cost->sorts == 0 || may_sort(cost->literal));
		if (!is_fine)
			print_error("%d rows scanned, %d sorts: %s\n", cost->scans, cost->sorts, cost->literal);
		assert_true(is_fine);
		costs->list[about_stories++] = *cost;
	}
	costs->count = about_stories;
}

/* Every query that readers' pages and the desk make: the newest of all, and all of a section and a
 * tag of which there is little, so that a walk past what does not belong would show. */
static void read_everything(struct newsroom *newsroom, struct db_test_costs *costs)
{
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	struct story story;
	struct story *stories;
	struct section *sections;
	const struct language **languages;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	costs_take(connection, costs);
	assert_err(story_find(connection, site, 2, mem, &story), OK, NULL);
	assert_err(story_find_by_path(connection, site, story.path, mem, &story), OK, NULL);
	assert_err(story_list_breaking(connection, site, english, TEST_NOW, mem, &stories, &count), OK,
	           NULL);
	assert_err(section_list_used(connection, site, english, mem, &sections, &count), OK, NULL);
	assert_err(language_list_used(connection, mem, &languages, &count), OK, NULL);
	for (int64_t scope = 0; scope < 3; scope++)
		for (int status = STORY_DRAFT; status <= STORY_WITHDRAWN; status++) {
			struct story_filter filter = {.language = english,
			                              .section_id = scope == 1 ? 1 : 0,
			                              .tag_id = scope == 2 ? 3 : 0,
			                              .status = (enum story_status)status,
			                              .limit = scope == 0 ? 5 : 50};
			assert_err(story_list(connection, site, &filter, mem, &stories, &count), OK, NULL);
		}
	int64_t *parts;
	assert_err(story_list_parts(connection, 500, 1, mem, &parts, &count), OK, NULL);
	costs_take(connection, costs);
}

static Err costs_take_commit(struct db_connection *connection, void *costs)
{
	costs_take(connection, costs);
	return OK;
}

/* Every act, on a story of its own. */
static void act_everything(struct newsroom *newsroom, const char *headline,
                           struct db_test_costs *costs)
{
	const struct world *world = &newsroom->world;
	struct db_act take = {"costs_take", costs_take_commit, costs};
	const Str tags[] = {S("Rain"), S("Rivers")};
	struct story_input input = newsroom_input((struct story_input){
	    .headline = str_from_c(headline), .tags = tags, .tag_count = 2, .source = S("AP")});
	int64_t id;
	assert_err(db_commit(world->db, &take), OK, NULL);
	assert_err(story_add(world, &input, &id), OK, NULL);
	assert_err(story_publish(world, id, 0), OK, NULL);
	assert_err(story_edit(world, id, &input, STORY_HEADLINE | STORY_SECTION | STORY_TAGS), OK,
	           NULL);
	assert_err(story_correct(world, id, UPDATE, S("More."), &input, STORY_BODY), OK, NULL);
	assert_err(story_withdraw(world, id), OK, NULL);
	assert_err(db_commit(world->db, &take), OK, NULL);
}

static void test_stories_cost_the_same_however_large_the_archive_is(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs small;
	struct db_test_costs large;
	archive_fill(&newsroom, 0, 100);
	read_everything(&newsroom, &small);
	archive_fill(&newsroom, 100, 600);
	read_everything(&newsroom, &large);
	db_test_costs_compare(&small, &large, 12);
}

static void test_story_acts_cost_the_same_however_large_the_archive_is(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs small;
	struct db_test_costs large;
	archive_fill(&newsroom, 0, 100);
	act_everything(&newsroom, "Before", &small);
	archive_fill(&newsroom, 100, 600);
	act_everything(&newsroom, "After", &large);
	db_test_costs_compare(&small, &large, 12);
}

/* ---- damage ---- */

static Err damage_commit(struct db_connection *connection, void *unused)
{
	(void)unused;
	return db_run(connection,
	              SQL("UPDATE story_revision SET body = '<p>It snowed for a week.</p>' "
	                  "WHERE story_id = 2"),
	              DB_NO_ARGS, NULL);
}

static void test_stories_verify_names_a_damaged_revision(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	archive_fill(&newsroom, 0, 4);
	struct story story;
	DB_READ before = NULL;
	assert_err(db_read_begin(newsroom.world.db, &before), OK, NULL);
	assert_err(stories_verify(before), OK, NULL);
	db_read_end(&before);
	struct db_act act = {"damage", damage_commit, NULL};
	assert_err(db_commit(newsroom.world.db, &act), OK, NULL);
	DB_READ after = NULL;
	assert_err(db_read_begin(newsroom.world.db, &after), OK, NULL);
	assert_err(stories_verify(after), ERR_IO, "revision 1 of story 2 is damaged");
	assert_err(story_find(after, &newsroom.site, 2, &newsroom.mem, &story), ERR_IO,
	           "revision 1 of story 2 is damaged");
	assert_err(story_find(after, &newsroom.site, 3, &newsroom.mem, &story), OK, NULL);
}

/* The statements are the same on PostgreSQL, and only SQLite counts its steps. */
#define ON_SQLITE(test)                                                                            \
	cmocka_unit_test_setup_teardown(test, db_test_setup_sqlite, db_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_story_list_pages_without_gaps_or_doubles),
	    DB_TEST(test_story_list_leaves_bodies_out_and_keeps_its_maximum),
	    DB_TEST(test_story_list_parts_passes_over_what_readers_can_not_see),
	    ON_SQLITE(test_stories_cost_the_same_however_large_the_archive_is),
	    ON_SQLITE(test_story_acts_cost_the_same_however_large_the_archive_is),
	    DB_TEST(test_stories_verify_names_a_damaged_revision),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
