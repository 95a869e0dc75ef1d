#include "db/db_plans_test_support.h"
#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

/* However large the archive is, a listing is one walk along an index, in its order: no statement
 * may read a whole table that grows with the archive, and none may sort what it has found. */

/* ---- an archive ---- */

#define COUNT(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " n ") "
#define LANGUAGE "CASE i % 4 WHEN 0 THEN 'ar' WHEN 1 THEN 'ckb' ELSE 'en' END"
#define STATUS "CASE WHEN i % 9 = 0 THEN 'draft' ELSE 'published' END"
#define PUBLISHED "1600000000000 + CAST(i AS BIGINT) * 600000"

static const Sql archive[] = {
    SQL("INSERT INTO section (id, slug) " COUNT("20") "SELECT i, 'section-' || i FROM n"),
    SQL("INSERT INTO section_name (section_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM section"),
    SQL("INSERT INTO tag (id, slug) " COUNT("200") "SELECT i, 'tag-' || i FROM n"),
    SQL("INSERT INTO tag_name (tag_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM tag"),
    SQL("INSERT INTO tag_alias (folded, tag_id, name) " COUNT(
        "3000") "SELECT 'a ' || i, 1 + i % 200, 'a ' || i FROM n"),
    SQL("INSERT INTO byline (id, slug) " COUNT("100") "SELECT i, 'byline-' || i FROM n"),
    SQL("INSERT INTO byline_name (byline_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM byline"),
    SQL("INSERT INTO source (id, slug) " COUNT("50") "SELECT i, 'source-' || i FROM n"),
    SQL("INSERT INTO source_name (source_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM source"),
    SQL("INSERT INTO story (id, status, language, headline, standfirst, byline, summary, slug, "
        "slug_given, path, section_id, source_id, created, published, updated, breaking_until, "
        "revision, translation_group) " COUNT(
            "6000") "SELECT i, " STATUS ", " LANGUAGE
                    ", 'Story ' || i, '', '', 'What it says', 'story', 0, '/' || i, 1 + i % 20, 1 "
                    "+ i % 50, " PUBLISHED ", " PUBLISHED ", " PUBLISHED
                    ", 0, 1, CASE WHEN i % 4 < 3 THEN i - i % 4 + 1 "
                    "END FROM n"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 0, 1 + id % 100, language, status, published FROM story"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 1, 101 + id % 100, language, status, published FROM story"),
    SQL("INSERT INTO story_byline (story_id, position, byline_id, language, status, published) "
        "SELECT id, 0, 1 + id % 100, language, status, published FROM story"),
    SQL("INSERT INTO correction (id, story_id, kind, text, created, language) "
        "SELECT id, id, 'update', 'More.', published, language FROM story WHERE id % 3 = 0 "
        "AND status = 'published'"),
    SQL("INSERT INTO byline_missing (story_id) SELECT id FROM story"),
    SQL("INSERT INTO front_place (language, position, story_id) "
        "SELECT 'en', id, id FROM story WHERE id IN (2, 3, 6)"),
};

static Err archive_commit(struct db_connection *connection, void *world)
{
	for (size_t i = 0; i < sizeof archive / sizeof archive[0]; i++)
		TRY(db_run(connection, archive[i], DB_NO_ARGS, NULL));
	/* PostgreSQL does so by itself every now and then, SQLite never. */
	if (db_is_postgres(((const struct world *)world)->db))
		TRY(db_run(connection, SQL("ANALYZE"), DB_NO_ARGS, NULL));
	return OK;
}

static void archive_fill(struct newsroom *newsroom)
{
	struct world world = newsroom->world;
	struct db_act act = {"archive", archive_commit, &world};
	assert_err(db_commit(world.db, &act), OK, NULL);
}

/* ---- what a plan may say ---- */

/* Tables of which a newsroom has some hundred rows, however old it is, or which are read from their
 * beginning to the limit; and what a statement has found by an index already ("other", "one"). */
static bool is_small(Str step)
{
	static const char *const tables[] = {
	    "section",  "tag",          "byline",       "source",        "section_name",
	    "tag_name", "byline_name",  "source_name",  "front_place",   "other",
	    "one",      "byline_alias", "source_alias", "byline_missing"};
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		Str table = str_from_c(tables[i]);
		size_t place = str_find(step, table);
		if (place == STR_NOT_FOUND)
			continue;
		Str before = str_slice(step, 0, place);
		Str after = str_from(step, place + table.length);
		if ((str_ends_with(before, S("SCAN ")) || str_ends_with(before, S("Seq Scan on "))) &&
		    (str_is_empty(after) || after.bytes[0] == ' '))
			return true;
	}
	return false;
}

static bool reads_whole_table(Str step)
{
	bool scans =
	    str_starts_with(step, S("SCAN ")) || str_find(step, S("Seq Scan on ")) != STR_NOT_FOUND;
	return scans && !is_small(step);
}

static bool sorts(Str step)
{
	bool is_of_names = str_find(step, S("_name")) != STR_NOT_FOUND; /* one a language */
	return str_find(step, S("TEMP B-TREE")) != STR_NOT_FOUND ||
	       (str_find(step, S("Sort Key")) != STR_NOT_FOUND && !is_of_names);
}

/* A handful of rows, found along an index first: the breaking ones, a group, seven places, the
 * sections, the languages and aliases that a name has, a part of the site map. */
static bool may_sort(const char *literal)
{
	static const char *const few[] = {"breaking_until > 0",
	                                  "CASE WHEN language",
	                                  "translation_group = ",
	                                  "FROM front_place",
	                                  "FROM tag_alias",
	                                  "FROM section WHERE EXISTS",
	                                  "AND s.id < $3 ORDER BY s.id",
	                                  "WHERE t.story_id = $3",
	                                  "WHERE b.story_id = $3"};
	for (size_t i = 0; i < sizeof few / sizeof few[0]; i++)
		if (strstr(literal, few[i]) != NULL)
			return true;
	return false;
}

struct seen {
	size_t statements;
	size_t refused;
};

static void plan_look(void *context, const char *literal, const char *plan)
{
	struct seen *seen = context;
	Str rest = str_from_c(plan);
	Str step;
	bool is_fine = true;
	for (size_t i = 0; i < sizeof archive / sizeof archive[0]; i++)
		if (literal == archive[i].literal)
			return;
	if (strstr(literal, "FROM story") == NULL && strstr(literal, "JOIN story") == NULL &&
	    strstr(literal, "UPDATE story") == NULL && strstr(literal, "FROM correction") == NULL &&
	    strstr(literal, "FROM tag_alias") == NULL && strstr(literal, "FROM byline_missing") == NULL)
		return;
	seen->statements++;
	while (str_next(&rest, '\n', &step))
		is_fine = is_fine && !reads_whole_table(step) && (!sorts(step) || may_sort(literal));
	if (is_fine)
		return;
	print_error("%s\n%s\n", literal, plan);
	seen->refused++;
}

/* ---- the statements ---- */

static void list(struct newsroom *newsroom, struct db_connection *connection,
                 struct story_filter filter, size_t expected)
{
	struct story *stories;
	size_t count;
	filter.limit = 20;
	assert_err(story_list(connection, &newsroom->site, &filter, &newsroom->mem, &stories, &count),
	           OK, NULL);
	assert_int_equal(count, expected);
}

static void list_published(struct newsroom *newsroom, struct db_connection *connection)
{
	const struct language *english = test_language("en");
	const struct story_filter filters[] = {
	    {.section_id = 3},
	    {.tag_id = 3},
	    {.byline_id = 3},
	    {.source_id = 4},
	    {.from = 1600000000000},
	    {.until = 1603000000000},
	    {0},
	};
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		struct story_filter filter = filters[i];
		filter.language = english;
		filter.status = STORY_PUBLISHED;
		list(newsroom, connection, filter, 20);
	}
}

static void list_work(struct newsroom *newsroom, struct db_connection *connection)
{
	list(newsroom, connection, (struct story_filter){.any_status = true}, 20);
	list(newsroom, connection, (struct story_filter){.any_status = true, .section_id = 2}, 20);
	list(newsroom, connection, (struct story_filter){.any_status = true, .tag_id = 3}, 20);
}

static void list_others(struct newsroom *newsroom, struct db_connection *connection)
{
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	const struct tag tags[] = {{.id = 3}, {.id = 103}};
	const struct story story = {
	    .id = 2, .language = english, .translation_group = 1, .tags = tags, .tag_count = 2};
	struct story *stories;
	struct correction_listed *corrections;
	struct section *sections;
	const struct language **languages;
	size_t count;
	Time before;
	Time after;
	int64_t highest;
	assert_err(story_list_breaking(connection, site, english, TEST_NOW, mem, &stories, &count), OK,
	           NULL);
	assert_err(story_list_translations(connection, site, &story, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 1);
	assert_err(story_list_related(connection, site, &story, 5, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 5);
	assert_err(front_list(connection, site, english, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 3);
	assert_err(
	    story_days_around(connection, english, 1601000000000, 1602000000000, &before, &after), OK,
	    NULL);
	assert_true(before != 0 && after != 0);
	assert_err(story_list_numbered(connection, site, 500, 500, mem, &stories, &count), OK, NULL);
	assert_true(count > 400);
	assert_err(story_highest_id(connection, &highest), OK, NULL);
	assert_int_equal(highest, 6000); /* every ninth is a draft */
	assert_err(correction_list(connection, site, english, 0, 20, mem, &corrections, &count), OK,
	           NULL);
	assert_int_equal(count, 20);
	assert_err(section_list_used(connection, site, english, mem, &sections, &count), OK, NULL);
	assert_err(language_list_used(connection, mem, &languages, &count), OK, NULL);
	assert_int_equal(count, 3);
}

static void find_everything(struct newsroom *newsroom, struct db_connection *connection)
{
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	struct tag tag;
	struct taxonomy_entry *tags;
	struct group_member members[GROUP_MAX];
	int64_t ids[10];
	size_t count;
	bool has_other;
	assert_err(tag_find(connection, site, english, S("a-nobody"), mem, &tag), ERR_NOT_FOUND, NULL);
	assert_err(taxonomy_list(connection, site, &taxonomy_tag, mem, &tags, &count), OK, NULL);
	assert_err(group_members_find(connection, 1, 2, members, &count), OK, NULL);
	assert_err(byline_stories_find(connection, 3, 100, ids, 10, &count), OK, NULL);
	assert_err(sources_without_slug(connection, ids, 10, &count), OK, NULL);
	assert_err(stories_without_bylines(connection, ids, 10, &count), OK, NULL);
	assert_err(section_has_other(connection, 3, english, 2, &has_other), OK, NULL);
}

static void test_story_listings_walk_along_an_index(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct seen seen = {0};
	archive_fill(&newsroom);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	list_published(&newsroom, connection);
	list_work(&newsroom, connection);
	list_others(&newsroom, connection);
	find_everything(&newsroom, connection);
	db_test_plans(connection, plan_look, &seen);
	db_read_end(&connection);
	assert_true(seen.statements >= 25);
	assert_int_equal(seen.refused, 0);
}

/* ---- a merge touches the stories of the two alone ---- */

static Err merge_commit(struct db_connection *connection, void *seen)
{
	TRY(tag_stories_move(connection, 3, 103));
	TRY(byline_stories_move(connection, 3, 13));
	TRY(source_stories_move(connection, 3, 13));
	/* Taking one away counts first. */
	const struct taxonomy *kinds[] = {&taxonomy_section, &taxonomy_tag, &taxonomy_byline,
	                                  &taxonomy_source};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		int64_t count;
		TRY(db_query_int(connection, kinds[i]->count_stories, DB_ARGS(db_int(3)), &count));
	}
	db_test_plans(connection, plan_look, seen);
	return OK;
}

static void test_merges_walk_along_an_index(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct seen seen = {0};
	archive_fill(&newsroom);
	struct db_act act = {"merge", merge_commit, &seen};
	assert_err(db_commit(newsroom.world.db, &act), OK, NULL);
	assert_true(seen.statements >= 12);
	assert_int_equal(seen.refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_story_listings_walk_along_an_index),
	    DB_TEST(test_merges_walk_along_an_index),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
