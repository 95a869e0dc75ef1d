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
	const Str alias = S("Kazemi");
	int64_t id;
	assert_err(tag_add(world, S("al-kazemi"), names, 2, &id), OK, NULL);
	assert_err(tag_alias_add(world, S("al-kazemi"), &alias, 1), OK, NULL);
	static const char *const typed[] = {"Mustafa al-Kadhimi",
	                                    " mustafa  AL\u2013KADHIMI ",
	                                    "\u201CMustafa al-Kadhimi\u201D",
	                                    "mustafa al kadhimi",
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
	const Str alias = S("Kazemi");
	int64_t id;
	assert_err(tag_add(&newsroom.world, S(""), &name, 1, &id), OK, NULL);
	newsroom_fill_cache(&newsroom);
	assert_err(tag_alias_add(&newsroom.world, S("al-kazemi"), &alias, 1), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home");
}

/* ---- plans ---- */

#define COUNT "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
#define NAMES(table)                                                                               \
	SQL("INSERT INTO " table " (id, slug) " COUNT "SELECT i, '" table "-' || i FROM n"),           \
	    SQL("INSERT INTO " table "_name (" table "_id, language, name, folded) "                   \
	        "SELECT id, 'en', slug, slug FROM " table)

#define ALIASES(table)                                                                             \
	SQL("INSERT INTO " table "_alias (folded, " table "_id, name) "                                \
	    "SELECT 'a ' || slug, id, slug FROM " table)

static Err names_commit(struct db_connection *connection, void *world)
{
	static const Sql names[] = {NAMES("section"), NAMES("tag"),   NAMES("byline"),
	                            NAMES("source"),  ALIASES("tag"), ALIASES("byline"),
	                            ALIASES("source")};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		TRY(db_run(connection, names[i], DB_NO_ARGS, NULL));
	/* PostgreSQL does so by itself every now and then, SQLite never. */
	if (db_is_postgres(((const struct world *)world)->db))
		TRY(db_run(connection, SQL("ANALYZE"), DB_NO_ARGS, NULL));
	return OK;
}

struct seen {
	size_t statements, refused;
};

static void plan_look(void *context, const char *literal, const char *plan)
{
	struct seen *seen = context;
	if (strstr(literal, "folded") == NULL && strstr(literal, "slug = $1") == NULL)
		return;
	if (strstr(literal, "INSERT") != NULL)
		return;
	seen->statements++;
	if (strstr(plan, "SCAN ") == NULL && strstr(plan, "Seq Scan") == NULL)
		return;
	print_error("%s\n%s\n", literal, plan);
	seen->refused++;
}

static void test_subjects_are_found_along_indexes(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct world world = newsroom.world;
	struct subject subjects[SUBJECTS_MAX];
	struct seen seen = {0};
	size_t count;
	assert_err(db_commit(world.db, &(struct db_act){"names", names_commit, &world}), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world.db, &connection), OK, NULL);
	assert_err(subject_list(connection, &newsroom.site, test_language("ckb"), S("nobody"),
	                        &newsroom.mem, subjects, &count),
	           OK, NULL);
	assert_int_equal(count, 0);
	db_test_plans(connection, plan_look, &seen);
	assert_int_equal(seen.statements, 17);
	assert_int_equal(seen.refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_subjects_are_found_by_every_name_they_have),
	    DB_TEST(test_subjects_of_every_kind_are_found_at_once),
	    DB_TEST(test_what_can_be_no_name_is_no_subject),
	    DB_TEST(test_a_new_alias_drops_kept_searches),
	    DB_TEST(test_subjects_are_found_along_indexes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
