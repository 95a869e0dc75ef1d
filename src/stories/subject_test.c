#include "db/db_plans_test_support.h"
#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

/* "tag al-kazemi: الكاظمي | source rain: Rain" */
static const char *subjects_of(struct newsroom *newsroom, const char *language, const char *text)
{
	static const char *const kinds[] = {"tag", "byline", "section", "source"};
	struct subject subjects[SUBJECTS_MAX];
	size_t count;
	char *line;
	Str all = S("");
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(subject_list(connection, &newsroom->site, test_language(language), str_from_c(text),
	                        &newsroom->mem, subjects, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		assert_err(arena_format(&newsroom->mem, &all, "%.*s%s%s %.*s: %.*s", STR(all),
		                        i == 0 ? "" : " | ", kinds[subjects[i].kind], STR(subjects[i].slug),
		                        STR(subjects[i].name)),
		           OK, NULL);
	assert_err(arena_c_string(&newsroom->mem, all, &line), OK, NULL);
	return line;
}

static void test_subjects_are_found_by_every_name_they_have(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input names[] = {{S("en"), S("Mustafa al-Kadhimi")}, {S("ar"), S("الكاظمي")}};
	int64_t id;
	assert_err(tag_add(world, S("al-kazemi"), names, 2, &id), OK, NULL);
	assert_err(tag_alias_add(world, S("al-kazemi"), &S("Kazemi"), 1), OK, NULL);
	static const char *const typed[] = {"Mustafa al-Kadhimi",
	                                    " mustafa  AL\u2013KADHIMI ",
	                                    "\u201CMustafa al-Kadhimi\u201D",
	                                    "kazemi",
	                                    "Al Kazemi",
	                                    "الکاظِمی",
	                                    "\"الكاظمي\""};
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		assert_string_equal(subjects_of(&newsroom, "en", typed[i]),
		                    "tag al-kazemi: Mustafa al-Kadhimi");
		assert_string_equal(subjects_of(&newsroom, "ar", typed[i]), "tag al-kazemi: الكاظمي");
		assert_string_equal(subjects_of(&newsroom, "ckb", typed[i]),
		                    "tag al-kazemi: Mustafa al-Kadhimi");
	}
	static const char *const others[] = {"Mustafa", "Kadhimi", "kazemi rain", "", "\"",
	                                     "\"\"",    "-"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_string_equal(subjects_of(&newsroom, "en", others[i]), "");
	assert_string_equal(subjects_of(&newsroom, "en", "\u201C\u201D \u2014 !"), "");
}

static void test_subjects_of_every_kind_are_found_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str name = S("Salma Haddad");
	newsroom_add(&newsroom, (struct story_input){.section = name,
	                                             .source = name,
	                                             .bylines = &name,
	                                             .byline_count = 1,
	                                             .tags = &name,
	                                             .tag_count = 1});
	assert_string_equal(subjects_of(&newsroom, "en", "salma haddad"),
	                    "tag salma-haddad: Salma Haddad | byline salma-haddad: Salma Haddad | "
	                    "section salma-haddad: Salma Haddad | source salma-haddad: Salma Haddad");
	assert_string_equal(subjects_of(&newsroom, "ar", "salma-haddad"),
	                    "tag salma-haddad: Salma Haddad | byline salma-haddad: Salma Haddad | "
	                    "section salma-haddad: Salma Haddad | source salma-haddad: Salma Haddad");
}

/* Longer than a name may be, and one that folding makes longer still. */
static void test_what_can_be_no_name_is_no_subject(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct buf text CLEANUP(buf_done);
	buf_init(&text, 4096);
	for (int i = 0; i < NAME_MAX_CHARACTERS; i++)
		buf_add(&text, S("\uFDFA"));
	buf_add(&text, (Str){"", 1});
	assert_string_equal(subjects_of(&newsroom, "en", text.bytes), "");
	for (int i = 0; i < 11; i++)
		buf_format(&text, "%s", "rain rain ");
	buf_add(&text, (Str){"", 1});
	assert_string_equal(subjects_of(&newsroom, "en", text.bytes + 301), "");
}

/* A search page that was kept before must not go on without the topic. */
static void test_a_new_alias_drops_kept_searches(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input name = {S("en"), S("Al-Kazemi")};
	int64_t id;
	assert_err(tag_add(&newsroom.world, S(""), &name, 1, &id), OK, NULL);
	newsroom_fill_cache(&newsroom);
	assert_err(tag_alias_add(&newsroom.world, S("al-kazemi"), &S("Kazemi"), 1), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home");
}

/* ---- what it costs, however many names there are ---- */

#define SMALL 300
#define LARGE 6000

/* From $1 to $2. */
#define NUMBERS                                                                                    \
	"WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n "             \
	"WHERE i < $2) "
#define NAMES(table)                                                                               \
	SQL("INSERT INTO " table " (id, slug) " NUMBERS "SELECT i, '" table "-' || i FROM n"),         \
	    SQL("INSERT INTO " table "_name (" table "_id, language, name, folded) "                   \
	        "SELECT id, 'en', slug, slug FROM " table " WHERE id BETWEEN $1 AND $2")
#define ALIASES(table)                                                                             \
	SQL("INSERT INTO " table "_alias (folded, " table "_id, name) "                                \
	    "SELECT 'a ' || slug, id, slug FROM " table " WHERE id BETWEEN $1 AND $2")

struct span {
	int64_t first, last;
};

static Err names_commit(struct db_connection *connection, void *state)
{
	static const Sql names[] = {
	    NAMES("section"), NAMES("tag"),      NAMES("byline"),   NAMES("source"),
	    ALIASES("tag"),   ALIASES("byline"), ALIASES("source"),
	};
	const struct span *span = state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		TRY(db_run(connection, names[i], DB_ARGS(db_int(span->first), db_int(span->last)), NULL));
	return OK;
}

static void names_fill(struct newsroom *newsroom, int64_t first, int64_t last)
{
	struct span span = {first, last};
	struct db_act act = {"names", names_commit, &span};
	assert_err(db_commit(newsroom->world.db, &act), OK, NULL);
}

/* In a search, and as the last part of an address: what there is, and what there is not. */
static void find_names(struct newsroom *newsroom, struct db_connection *connection)
{
	static const struct taxonomy *const kinds[] = {&taxonomy_tag, &taxonomy_byline,
	                                               &taxonomy_source};
	struct arena *mem = &newsroom->mem;
	struct subject subjects[SUBJECTS_MAX];
	size_t count;
	int64_t id;
	assert_err(subject_list(connection, &newsroom->site, test_language("ckb"), S("nobody"), mem,
	                        subjects, &count),
	           OK, NULL);
	assert_int_equal(count, 0);
	assert_err(subject_list(connection, &newsroom->site, test_language("ckb"), S("a source-7"), mem,
	                        subjects, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		assert_err(taxonomy_find_segment(connection, kinds[i], S("nobody"), S("en"), mem, &id), OK,
		           NULL);
		assert_int_equal(id, 0);
	}
}

/* The last ten of each, as they are folded anew: some at a time. */
static void fold_names(struct newsroom *newsroom, struct db_connection *connection, int64_t last)
{
	const struct folded_key after = {last - 10, S("zz")};
	for (enum folded_table table = 0; table < FOLDED_TABLES; table++) {
		struct folded_name *names;
		size_t count;
		assert_err(folded_names_list(connection, table, &after, 20, &newsroom->mem, &names, &count),
		           OK, NULL);
		assert_int_equal(count, 10);
	}
}

static void test_names_cost_the_same_however_many_there_are(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct db_test_costs costs[2];
	for (int i = 0; i < 2; i++) {
		names_fill(&newsroom, i == 0 ? 1 : SMALL + 1, i == 0 ? SMALL : LARGE);
		DB_READ connection = NULL;
		assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
		db_test_costs_note(connection, &costs[i]);
		find_names(&newsroom, connection);
		fold_names(&newsroom, connection, i == 0 ? SMALL : LARGE);
		db_test_costs_note(connection, &costs[i]);
	}
	/* Four names, four slugs, three aliases; in addresses three names; seven tables to
	 * fold. */
	db_test_costs_compare(&costs[0], &costs[1], 24);
}

/* Past the languages, or the other names, of the one that was the last. */
static bool may_filter(const char *statement)
{
	return strstr(statement, "_id >= $1 AND ") != NULL;
}

/* PostgreSQL does so by itself every now and then. */
static Err analyze_commit(struct db_connection *connection, void *unused)
{
	(void)unused;
	return db_run(connection, SQL("ANALYZE"), DB_NO_ARGS, NULL);
}

static void test_names_are_found_along_indexes_whatever_is_known_of_them(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	names_fill(&newsroom, 1, LARGE);
	for (int is_known = 0; is_known < 2; is_known++) {
		static const enum db_test_plans plans[] = {DB_TEST_CUSTOM_PLANS, DB_TEST_GENERIC_PLANS};
		struct db_act act = {"analyze", analyze_commit, NULL};
		if (is_known)
			assert_err(db_commit(newsroom.world.db, &act), OK, NULL);
		for (size_t i = 0; i < 2; i++) {
			struct db_test_watch watch = {.rows_max = 20, .may_filter = may_filter};
			DB_READ connection = NULL;
			assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
			db_test_watch_begin(connection, plans[i], &watch);
			find_names(&newsroom, connection);
			fold_names(&newsroom, connection, LARGE);
			db_test_watch_end(&watch);
			assert_true(watch.statements >= 24);
			assert_int_equal(watch.refused, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_subjects_are_found_by_every_name_they_have),
	    DB_TEST(test_subjects_of_every_kind_are_found_at_once),
	    DB_TEST(test_what_can_be_no_name_is_no_subject),
	    DB_TEST(test_a_new_alias_drops_kept_searches),
	    DB_TEST_ON_SQLITE(test_names_cost_the_same_however_many_there_are, NULL),
	    DB_TEST_ON_POSTGRES(test_names_are_found_along_indexes_whatever_is_known_of_them, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
