#include "db/db_plans_test_support.h"
#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

/* However large the archive is, a listing is one walk along an index, in its order: no statement
 * reads much more than it gives, whatever PostgreSQL believes of its tables. */

/* ---- an archive ---- */

#define SMALL 1500
#define LARGE 20000
#define ROOM 100 /* ids for what acts add between the two */

#define COUNT(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " n ") "
/* From $1 to $2. */
#define NUMBERS                                                                                    \
	"WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n "             \
	"WHERE i < $2) "
/* Arabic and withdrawing were given up early on: who walks along all that is newer passes much. */
#define LANGUAGE                                                                                   \
	"CASE WHEN i % 4 = 0 AND i <= 1000 THEN 'ar' WHEN i % 4 = 1 THEN 'ckb' ELSE 'en' END"
#define STATUS                                                                                     \
	"CASE WHEN i % 9 = 0 THEN 'draft' WHEN i % 7 = 0 AND i <= 1000 THEN 'withdrawn' "              \
	"ELSE 'published' END"
#define PUBLISHED "1600000000000 + i * 600000"

static const Sql places[] = {
    SQL("INSERT INTO section (id, slug) " COUNT("5") "SELECT i, 'section-' || i FROM n"),
    SQL("INSERT INTO section_name (section_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM section"),
    SQL("INSERT INTO tag (id, slug) " COUNT("203") "SELECT i, 'tag-' || i FROM n"),
    SQL("INSERT INTO tag_name (tag_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM tag"),
    SQL("INSERT INTO tag_alias (folded, tag_id, name) " COUNT(
        "3000") "SELECT 'a ' || i, 1 + i % 200, 'a ' || i FROM n"),
    SQL("INSERT INTO byline (id, slug) " COUNT("102") "SELECT i, 'byline-' || i FROM n"),
    SQL("INSERT INTO byline_name (byline_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM byline"),
    SQL("INSERT INTO byline_alias (folded, byline_id, name) " COUNT(
        "3000") "SELECT 'a ' || i, 1 + i % 100, 'a ' || i FROM n"),
    SQL("INSERT INTO source (id, slug) " COUNT("7") "SELECT i, 'source-' || i FROM n"),
    SQL("INSERT INTO source_name (source_id, language, name, folded) "
        "SELECT id, 'en', slug, slug FROM source"),
    SQL("INSERT INTO source_alias (folded, source_id, name) " COUNT(
        "105") "SELECT 'a ' || i, 1 + i % 7, 'a ' || i FROM n"),
};
/* Tags 201 and 202 are on all stories, 203 is on a third; so are bylines 101 and 102. The first
 * byline wrote a third of the early stories, and nothing since. */
static const Sql stories_from_to[] = {
    SQL("INSERT INTO story (id, status, language, headline, standfirst, byline, summary, slug, "
        "slug_given, path, section_id, source_id, created, published, updated, breaking_until, "
        "revision, translation_group) " NUMBERS "SELECT i, " STATUS ", " LANGUAGE
        ", 'Story ' || i, '', '', 'What it says', 'story', 0, '/' || i, 1 + i % 5, 1 + i % "
        "7, " PUBLISHED ", " PUBLISHED ", " PUBLISHED ", 0, 1, "
        "CASE WHEN i % 4 < 3 AND i <= 1000 THEN i - i % 4 + 1 END FROM n"),
    SQL("INSERT INTO story_revision (story_id, revision, created, headline, standfirst, byline, "
        "section, source, tags, body, hash) SELECT id, 1, created, headline, '', '', '', '', '', "
        "'<p>Text.</p>', '' FROM story WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 0, 1 + id % 10, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 1, 101 + id % 10, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, CASE WHEN id % 3 = 0 THEN 4 ELSE 3 END, 201, language, status, published FROM "
        "story "
        "WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 2, 202, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, published) "
        "SELECT id, 3, 203, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2 AND id % 3 = 0"),
    SQL("INSERT INTO story_byline (story_id, position, byline_id, language, status, published) "
        "SELECT id, CASE WHEN id % 3 = 0 THEN 2 ELSE 1 END, "
        "CASE WHEN id % 3 = 0 AND id <= 1000 THEN 1 ELSE 2 + id % 99 END, "
        "language, status, published FROM story WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_byline (story_id, position, byline_id, language, status, published) "
        "SELECT id, 0, 101, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO story_byline (story_id, position, byline_id, language, status, published) "
        "SELECT id, 1, 102, language, status, published FROM story "
        "WHERE id BETWEEN $1 AND $2 AND id % 3 = 0"),
    SQL("INSERT INTO correction (id, story_id, kind, text, created, language) "
        "SELECT id, id, 'update', 'More.', published, language FROM story "
        "WHERE id BETWEEN $1 AND $2 AND status <> 'draft'"),
    SQL("INSERT INTO byline_missing (story_id) SELECT id FROM story WHERE id BETWEEN $1 AND $2"),
    SQL("INSERT INTO front_place (language, position, story_id) "
        "SELECT 'en', id, id FROM story WHERE id BETWEEN $1 AND $2 AND id IN (2, 3, 6)"),
};

struct span {
	int64_t first, last;
};

static Err archive_commit(struct db_connection *connection, void *state)
{
	const struct span *span = state;
	for (size_t i = 0; span->first == 1 && i < sizeof places / sizeof places[0]; i++)
		TRY(db_run(connection, places[i], DB_NO_ARGS, NULL));
	for (size_t i = 0; i < sizeof stories_from_to / sizeof stories_from_to[0]; i++)
		TRY(db_run(connection, stories_from_to[i], DB_ARGS(db_int(span->first), db_int(span->last)),
		           NULL));
	return OK;
}

static void archive_fill(struct newsroom *newsroom, int64_t first, int64_t last)
{
	struct span span = {first, last};
	struct db_act act = {"archive", archive_commit, &span};
	assert_err(db_commit(newsroom->world.db, &act), OK, NULL);
}

/* PostgreSQL does so by itself every now and then. */
static Err analyze_commit(struct db_connection *connection, void *unused)
{
	(void)unused;
	return db_run(connection, SQL("ANALYZE"), DB_NO_ARGS, NULL);
}

static void archive_analyze(struct newsroom *newsroom)
{
	struct db_act act = {"analyze", analyze_commit, NULL};
	assert_err(db_commit(newsroom->world.db, &act), OK, NULL);
}

/* ---- the statements ---- */

static void list(struct newsroom *newsroom, struct db_connection *connection,
                 const struct language *language, enum story_status status,
                 struct story_filter filter)
{
	struct story *stories;
	size_t count;
	filter.language = language;
	filter.status = status;
	filter.limit = 20;
	assert_err(story_list(connection, &newsroom->site, &filter, &newsroom->mem, &stories, &count),
	           OK, NULL);
	assert_true(count > 0);
}

/* Of a language alone. */
static void list_all(struct newsroom *newsroom, struct db_connection *connection,
                     const struct language *language)
{
	const struct story_filter published[] = {{0},
	                                         {.has_from = true, .from = 1600000000000},
	                                         {.has_until = true, .until = 1600600000000}};
	const struct story_filter work[] = {{0}, {.before = {0, 1490}}};
	struct correction_listed *corrections;
	size_t count;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		list(newsroom, connection, language, STORY_PUBLISHED, published[i]);
	for (size_t i = 0; i < sizeof work / sizeof work[0]; i++) {
		list(newsroom, connection, language, STORY_DRAFT, work[i]);
		list(newsroom, connection, language, STORY_WITHDRAWN, work[i]);
	}
	assert_err(correction_list(connection, &newsroom->site, language, 1490, 10, &newsroom->mem,
	                           &corrections, &count),
	           OK, NULL);
	assert_int_equal(count, 10);
}

/* Of what is in a language. */
static void list_scopes(struct newsroom *newsroom, struct db_connection *connection,
                        const struct language *language)
{
	const struct story_filter filters[] = {
	    {.section_id = 3}, {.tag_id = 201}, {.byline_id = 1}, {.source_id = 3}};
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		list(newsroom, connection, language, STORY_PUBLISHED, filters[i]);
		if (filters[i].byline_id != 0 || filters[i].source_id != 0)
			continue;
		list(newsroom, connection, language, STORY_DRAFT, filters[i]);
		list(newsroom, connection, language, STORY_WITHDRAWN, filters[i]);
	}
}

static void list_others(struct newsroom *newsroom, struct db_connection *connection)
{
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	const struct tag tags[] = {{.id = 3}, {.id = 103}};
	const struct story story = {
	    .id = 2, .language = english, .translation_group = 1, .tags = tags, .tag_count = 2};
	const int64_t ids[] = {5, 3, 900};
	struct story texts[3];
	struct story *stories;
	struct section *sections;
	const struct language **languages;
	size_t count;
	Time before;
	Time after;
	int64_t *parts;
	assert_err(story_list_breaking(connection, site, english, TEST_NOW, mem, &stories, &count), OK,
	           NULL);
	assert_err(story_list_translations(connection, site, &story, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 1);
	assert_err(story_list_related(connection, site, &story, 5, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 5);
	assert_err(front_list(connection, site, english, mem, &stories, &count), OK, NULL);
	assert_int_equal(count, 3);
	assert_err(
	    story_days_around(connection, english, 1600300000000, 1600600000000, &before, &after), OK,
	    NULL);
	assert_true(before != STORY_NONE_BEFORE && after != STORY_NONE_AFTER);
	assert_err(story_list_numbered(connection, site, 1000, 100, mem, &stories, &count), OK, NULL);
	assert_true(count > 80);
	assert_err(story_find_texts(connection, site, ids, 3, mem, texts), OK, NULL);
	assert_true(texts[0].id == 5 && texts[1].id == 3 && texts[2].id == 900);
	/* As many of a small archive as of a large one. */
	assert_err(story_list_parts(connection, 500, 3, mem, &parts, &count), OK, NULL);
	assert_int_equal(count, 3);
	assert_err(section_list_used(connection, site, english, mem, &sections, &count), OK, NULL);
	assert_err(language_list_used(connection, mem, &languages, &count), OK, NULL);
	assert_int_equal(count, 3);
}

/* By a name, an alias, a slug, and what is none of them. */
static void find_names(struct newsroom *newsroom, struct db_connection *connection)
{
	const Str typed[] = {S("tag-3"), S("a 7"), S("a-8"), S("nobody")};
	static const struct taxonomy *const kinds[] = {&taxonomy_section, &taxonomy_tag,
	                                               &taxonomy_byline, &taxonomy_source};
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	struct subject subjects[SUBJECTS_MAX];
	struct source source = {.id = 3};
	struct merging mergings[10];
	int64_t id;
	size_t count;
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		assert_err(subject_list(connection, site, english, typed[i], mem, subjects, &count), OK,
		           NULL);
		for (size_t kind = 1; kind < sizeof kinds / sizeof kinds[0]; kind++)
			assert_err(taxonomy_find_segment(connection, kinds[kind], typed[i], S("en"), mem, &id),
			           OK, NULL);
	}
	for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
		if (kinds[kind]->merge_act == NULL)
			continue;
		assert_err(merging_list(connection, kinds[kind], mem, mergings, 10, &count), OK, NULL);
		assert_err(merging_refuse_other(connection, kinds[kind], 3, 4, mem), OK, NULL);
	}
	assert_err(source_names_find(connection, mem, &source), OK, NULL);
	assert_int_equal(source.name_count, 16);
}

/* For the desk: all that there is; and taking one away counts its stories first. */
static void list_names(struct newsroom *newsroom, struct db_connection *connection)
{
	static const struct taxonomy *const kinds[] = {&taxonomy_section, &taxonomy_tag,
	                                               &taxonomy_byline, &taxonomy_source};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct taxonomy_entry *entries;
		size_t count;
		int64_t stories;
		assert_err(
		    taxonomy_list(connection, &newsroom->site, kinds[i], &newsroom->mem, &entries, &count),
		    OK, NULL);
		assert_true(count > 0);
		assert_err(
		    db_query_int(connection, kinds[i]->count_stories, DB_ARGS(db_int(1000)), &stories), OK,
		    NULL);
	}
}

static void find_everything(struct newsroom *newsroom, struct db_connection *connection)
{
	struct arena *mem = &newsroom->mem;
	const struct site *site = &newsroom->site;
	const struct language *english = test_language("en");
	struct tag tag;
	struct group_member members[GROUP_MAX];
	int64_t ids[10];
	size_t count;
	bool has_other;
	assert_err(tag_find(connection, site, english, S("a-nobody"), mem, &tag), ERR_NOT_FOUND, NULL);
	assert_err(group_members_find(connection, 1, 2, members, &count), OK, NULL);
	assert_err(byline_stories_find(connection, 1, 500, ids, 10, &count), OK, NULL);
	assert_int_equal(count, 10);
	assert_err(sources_without_slug(connection, 0, ids, 10, &count), OK, NULL);
	assert_err(stories_without_bylines(connection, 0, ids, 10, &count), OK, NULL);
	assert_err(stories_not_searchable(connection, 0, ids, 10, &count), OK, NULL);
	assert_err(section_has_other(connection, 3, english, 2, &has_other), OK, NULL);
}

static void read_languages(struct newsroom *newsroom, struct db_connection *connection)
{
	for (size_t i = 0; i < language_count(); i++)
		list_all(newsroom, connection, language_at(i));
}

static void read_everything(struct newsroom *newsroom, struct db_connection *connection)
{
	read_languages(newsroom, connection);
	for (size_t i = 0; i < language_count(); i++)
		list_scopes(newsroom, connection, language_at(i));
	list_others(newsroom, connection);
	find_everything(newsroom, connection);
	find_names(newsroom, connection);
}

/* Of two that many stories have, some of which have both. */
static Err merge_some(struct db_connection *connection)
{
	int64_t moved[100];
	size_t count;
	TRY(tag_stories_move(connection, 202, 203, moved, 100, &count));
	assert_int_equal(count, 100);
	TRY(byline_stories_move(connection, 101, 102, moved, 100, &count));
	assert_int_equal(count, 100);
	TRY(source_stories_move(connection, 3, 4, moved, 100, &count));
	assert_int_equal(count, 100);
	return OK;
}

/* ---- SQLite: two sizes ---- */

static void read_and_note(struct newsroom *newsroom, struct db_test_costs *costs)
{
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	db_test_costs_note(connection, costs);
	read_everything(newsroom, connection);
	list_names(newsroom, connection);
	db_test_costs_note(connection, costs);
}

static Err merge_and_note(struct db_connection *connection, void *costs)
{
	db_test_costs_note(connection, costs);
	TRY(merge_some(connection));
	db_test_costs_note(connection, costs);
	return OK;
}

static Err note_commit(struct db_connection *connection, void *costs)
{
	db_test_costs_note(connection, costs);
	return OK;
}

/* What the desk does, on the writer's connection; `name` tells the two sizes' stories apart. */
static void write_everything(struct newsroom *newsroom, const char *name)
{
	const struct world *world = &newsroom->world;
	const Str tags[] = {S("Rivers"), S("tag-201")};
	const Str byline = S("byline-101");
	struct story_input input = newsroom_input((struct story_input){.headline = str_from_c(name),
	                                                               .section = S("section-1"),
	                                                               .source = S("source-1"),
	                                                               .tags = tags,
	                                                               .tag_count = 2,
	                                                               .bylines = &byline,
	                                                               .byline_count = 1});
	int64_t id;
	int64_t ids[2];
	assert_err(story_add(world, &input, &id), OK, NULL);
	assert_err(story_publish(world, id, 0), OK, NULL);
	assert_err(story_edit(world, id, &input, STORY_BODY | STORY_TAGS | STORY_HEADLINE), OK, NULL);
	assert_err(story_correct(world, id, CORRECTION, S("It was not."), NULL, 0), OK, NULL);
	assert_err(front_set(world, test_language("en"), &id, 1), OK, NULL);
	assert_err(front_set(world, test_language("en"), (const int64_t[]){2, 3, 6}, 3), OK, NULL);
	assert_err(story_withdraw(world, id), OK, NULL);
	input.publish = true;
	assert_err(story_add_many(world, (struct story_input[]){input, input}, 2, ids), OK, NULL);
}

static void write_and_note(struct newsroom *newsroom, const char *name, struct db_test_costs *costs)
{
	struct db_act note = {"note", note_commit, costs};
	assert_err(db_commit(newsroom->world.db, &note), OK, NULL);
	write_everything(newsroom, name);
	assert_err(db_commit(newsroom->world.db, &note), OK, NULL);
}

static void test_stories_cost_the_same_however_large_the_archive_is(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs reads[2];
	struct db_test_costs merges[2];
	struct db_test_costs writes[2];
	for (int i = 0; i < 2; i++) {
		struct db_act merge = {"merge", merge_and_note, &merges[i]};
		archive_fill(&newsroom, i == 0 ? 1 : SMALL + ROOM + 1, i == 0 ? SMALL : LARGE);
		read_and_note(&newsroom, &reads[i]);
		assert_err(db_commit(newsroom.world.db, &merge), OK, NULL);
		write_and_note(&newsroom, i == 0 ? "Small" : "Large", &writes[i]);
	}
	db_test_costs_compare(&reads[0], &reads[1], 70);
	db_test_costs_compare(&merges[0], &merges[1], 12);
	db_test_costs_compare(&writes[0], &writes[1], 40);
}

/* ---- PostgreSQL: with and without statistics ---- */

/* A page of a listing or a part of the site map, the few names that are looked through for each,
 * and what a tag's newest stories are. */
#define ROWS_MAX 600

/* The first row that is wanted is also the first of the index, or the next: nearly all are. */
static bool may_filter(const char *statement)
{
	return strstr(statement, "AND id <> $3 ") != NULL ||
	       strstr(statement, "AND s.id <> $3 ") != NULL ||
	       strstr(statement, "AND id <> $2 ") != NULL ||
	       strstr(statement, "breaking_until > 0") != NULL;
}

static Err merge_watched(struct db_connection *connection, void *state)
{
	struct db_test_watch *watch = state;
	db_test_watch_begin(connection, DB_TEST_CUSTOM_PLANS, watch);
	TRY(merge_some(connection));
	db_test_watch_end(watch);
	return OK;
}

static void watch(struct newsroom *newsroom, enum db_test_plans plans,
                  void (*read)(struct newsroom *, struct db_connection *))
{
	struct db_test_watch watch = {.rows_max = ROWS_MAX, .may_filter = may_filter};
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	db_test_watch_begin(connection, plans, &watch);
	read(newsroom, connection);
	db_test_watch_end(&watch);
	assert_true(watch.statements >= 24);
	assert_int_equal(watch.refused, 0);
}

static void test_stories_are_read_along_indexes_whatever_is_known_of_them(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	archive_fill(&newsroom, 1, LARGE);
	watch(&newsroom, DB_TEST_CUSTOM_PLANS, read_languages);
	watch(&newsroom, DB_TEST_GENERIC_PLANS, read_languages);
	archive_analyze(&newsroom);
	watch(&newsroom, DB_TEST_CUSTOM_PLANS, read_everything);
	watch(&newsroom, DB_TEST_GENERIC_PLANS, read_everything);
	struct db_test_watch merging = {.rows_max = ROWS_MAX};
	struct db_act act = {"merge", merge_watched, &merging};
	assert_err(db_commit(newsroom.world.db, &act), OK, NULL);
	assert_true(merging.statements >= 600);
	assert_int_equal(merging.refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_SQLITE(test_stories_cost_the_same_however_large_the_archive_is, NULL),
	    DB_TEST_ON_POSTGRES(test_stories_are_read_along_indexes_whatever_is_known_of_them, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
