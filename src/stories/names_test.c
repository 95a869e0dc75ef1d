#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

/* Where a name leads: the desk that types it, and a reader whose address it is the last part of. */

static void add(struct newsroom *newsroom, const struct taxonomy *taxonomy, const char *slug,
                const char *language, const char *name)
{
	const struct name_input input = {str_from_c(language), str_from_c(name)};
	int64_t id;
	assert_err(taxonomy_add(&newsroom->world, taxonomy, str_from_c(slug), &input, 1, &id, NULL), OK,
	           NULL);
}

static Str slug_of(struct newsroom *newsroom, struct db_connection *connection,
                   const struct taxonomy *taxonomy, int64_t id)
{
	Str slug;
	Str name;
	if (id == 0)
		return S("404");
	assert_err(taxonomy_read(connection, taxonomy, &newsroom->site, newsroom->site.language, id,
	                         &newsroom->mem, &slug, &name),
	           OK, NULL);
	return slug;
}

/* Whom the desk means by it. */
static Str typed(struct newsroom *newsroom, const struct taxonomy *taxonomy, const char *language,
                 const char *text)
{
	struct name name;
	int64_t id;
	DB_READ connection = NULL;
	assert_err(name_check("it", str_from_c(text), &newsroom->mem, &name), OK, NULL);
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(
	    taxonomy_find(connection, taxonomy, &name, str_from_c(language), &newsroom->mem, &id), OK,
	    NULL);
	return slug_of(newsroom, connection, taxonomy, id);
}

/* Whose page it leads to. */
static Str addressed(struct newsroom *newsroom, const struct taxonomy *taxonomy,
                     const char *language, const char *segment)
{
	int64_t id;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(taxonomy_find_segment(connection, taxonomy, str_from_c(segment),
	                                 str_from_c(language), &newsroom->mem, &id),
	           OK, NULL);
	return slug_of(newsroom, connection, taxonomy, id);
}

static const struct taxonomy *const with_aliases[] = {&taxonomy_tag, &taxonomy_byline,
                                                      &taxonomy_source};
#define WITH_ALIASES (sizeof with_aliases / sizeof with_aliases[0])

static void test_a_merged_name_leads_where_its_bearer_went(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (size_t i = 0; i < WITH_ALIASES; i++) {
		const struct taxonomy *kind = with_aliases[i];
		int64_t into;
		add(&newsroom, kind, "a-one", "en", "Sam Poe");
		add(&newsroom, kind, "a-two", "en", "Samuel Poe");
		add(&newsroom, kind, "a-three", "en", "X Y");
		add(&newsroom, kind, "a-three", "ar", "Sam Poe");
		assert_err(taxonomy_merge(&newsroom.world, kind, S("a-one"), S("a-two"), &into), OK, NULL);
		assert_str(typed(&newsroom, kind, "en", "Sam Poe"), "a-two");
		assert_str(addressed(&newsroom, kind, "en", "sam-poe"), "a-two");
		assert_str(typed(&newsroom, kind, "ckb", "Sam Poe"), "a-two");
		assert_str(addressed(&newsroom, kind, "ckb", "sam-poe"), "a-two");
		/* Who is called so in the story's own language is who is meant. */
		assert_str(typed(&newsroom, kind, "ar", "Sam Poe"), "a-three");
		assert_str(addressed(&newsroom, kind, "ar", "sam-poe"), "a-three");
	}
	const Str writer = S("Sam Poe");
	int64_t id =
	    newsroom_add(&newsroom, (struct story_input){.bylines = &writer, .byline_count = 1});
	assert_str(newsroom_story(&newsroom, id).byline, "Samuel Poe");
}

static void test_an_address_that_was_a_slug_goes_before_names(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (size_t i = 0; i < WITH_ALIASES; i++) {
		const struct taxonomy *kind = with_aliases[i];
		int64_t into;
		add(&newsroom, kind, "alpha", "en", "Alpha");
		add(&newsroom, kind, "t-c", "en", "Gamma");
		add(&newsroom, kind, "t-b", "ar", "Alpha");
		assert_err(taxonomy_merge(&newsroom.world, kind, S("alpha"), S("t-c"), &into), OK, NULL);
		assert_str(addressed(&newsroom, kind, "en", "alpha"), "t-c");
		assert_str(addressed(&newsroom, kind, "ar", "alpha"), "t-c");
		assert_str(typed(&newsroom, kind, "en", "Alpha"), "t-c");
		assert_str(typed(&newsroom, kind, "ar", "Alpha"), "t-b");
	}
}

static void test_a_name_is_looked_up_before_a_slug(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (size_t i = 0; i < WITH_ALIASES; i++) {
		const struct taxonomy *kind = with_aliases[i];
		add(&newsroom, kind, "rain", "en", "Floods");
		add(&newsroom, kind, "weather", "ar", "Rain");
		assert_str(typed(&newsroom, kind, "en", "Rain"), "weather");
		assert_str(typed(&newsroom, kind, "en", "floods"), "rain");
		/* But an address that is somebody's stays theirs. */
		assert_str(addressed(&newsroom, kind, "ar", "rain"), "rain");
	}
}

/* "White-House" is what the address of "White House" says. */
static void test_an_alias_leads_the_desk_by_what_its_address_says(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str alias = S("White House");
	const Str hyphen = S("White-House");
	add(&newsroom, &taxonomy_tag, "potus", "en", "President");
	assert_err(tag_alias_add(&newsroom.world, S("potus"), &alias, 1), OK, NULL);
	assert_str(addressed(&newsroom, &taxonomy_tag, "en", "white-house"), "potus");
	assert_str(typed(&newsroom, &taxonomy_tag, "en", "White-House"), "potus");
	const struct name_input name = {S("en"), hyphen};
	int64_t id;
	assert_err(tag_add(&newsroom.world, S("other"), &name, 1, &id), ERR_CONFLICT,
	           "\"White-House\" leads to the tag potus already");
}

static void test_a_new_slug_never_takes_over_the_address_of_an_alias(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (size_t i = 0; i < WITH_ALIASES; i++) {
		const struct taxonomy *kind = with_aliases[i];
		const struct name_input name = {S("en"), S("Something")};
		const Str alias = S("Old House");
		const struct name other = {S("Old: House"), S("old: house"), S("old-house")};
		Str slug;
		int64_t id;
		add(&newsroom, kind, "us-gov", "en", "Government");
		assert_err(taxonomy_alias_add(&newsroom.world, kind, S("us-gov"), &alias, 1), OK, NULL);
		assert_err(taxonomy_add(&newsroom.world, kind, S("old-house"), &name, 1, &id, NULL),
		           ERR_CONFLICT, "can't have \"old-house\" as its slug, it leads to another");
		assert_str(addressed(&newsroom, kind, "en", "old-house"), "us-gov");
		DB_READ connection = NULL;
		assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
		assert_err(taxonomy_slug_make(connection, kind, &other, &newsroom.mem, &slug), OK, NULL);
		assert_str(slug, "old-house-2");
	}
}

static void test_a_second_section_is_never_numbered_in_silence(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	newsroom_add(&newsroom, (struct story_input){.section = S("World")});
	struct story_input input = newsroom_input((struct story_input){.section = S("World!")});
	int64_t id;
	assert_err(story_add(&newsroom.world, &input, &id), ERR_CONFLICT,
	           "\"World!\" would be a second section beside \"World\", which has the slug "
	           "\"world\": name that one, or make another with courant section add SLUG --name");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM section")), 1);
	add(&newsroom, &taxonomy_section, "the-world", "en", "World!");
	assert_err(story_add(&newsroom.world, &input, &id), OK, NULL);
	assert_str(newsroom_story(&newsroom, id).section.slug, "the-world");
}

/* ---- other names ---- */

static Err alias_act(struct newsroom *newsroom, const struct taxonomy *kind, bool is_added,
                     const char *slug, const char *alias)
{
	const Str name = str_from_c(alias);
	return (is_added ? taxonomy_alias_add : taxonomy_alias_remove)(&newsroom->world, kind,
	                                                               str_from_c(slug), &name, 1);
}

static void test_an_alias_that_was_added_leads_there_and_can_be_removed(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (size_t i = 0; i < WITH_ALIASES; i++) {
		const struct taxonomy *kind = with_aliases[i];
		/* Its address leads there before it does. */
		add(&newsroom, kind, "al-kazemi", "en", "Al-Kazemi");
		assert_err(alias_act(&newsroom, kind, true, "al-kazemi", "Al Kazemi"), OK, NULL);
		assert_str(typed(&newsroom, kind, "en", "Al Kazemi"), "al-kazemi");
		assert_err(alias_act(&newsroom, kind, false, "al-kazemi", "Al Kazemi"), OK, NULL);
		assert_str(typed(&newsroom, kind, "en", "Al Kazemi"), "404");
		/* So does another alias. */
		add(&newsroom, kind, "us-gov", "en", "Government");
		assert_err(alias_act(&newsroom, kind, true, "us-gov", "Big House"), OK, NULL);
		assert_err(alias_act(&newsroom, kind, true, "us-gov", "Big-House"), OK, NULL);
		assert_err(alias_act(&newsroom, kind, false, "us-gov", "Big House"), OK, NULL);
		assert_str(typed(&newsroom, kind, "en", "Big-House"), "us-gov");
		assert_str(addressed(&newsroom, kind, "en", "big-house"), "us-gov");
		assert_err(alias_act(&newsroom, kind, false, "us-gov", "Big-House"), OK, NULL);
		assert_str(addressed(&newsroom, kind, "en", "big-house"), "404");
		/* What is its name today leads there when it has another tomorrow. */
		assert_err(alias_act(&newsroom, kind, true, "us-gov", "Government"), OK, NULL);
		add(&newsroom, kind, "us-gov", "en", "Cabinet");
		assert_str(typed(&newsroom, kind, "en", "Government"), "us-gov");
		assert_err(alias_act(&newsroom, kind, true, "al-kazemi", "Cabinet"), ERR_CONFLICT,
		           "and nothing was added");
		assert_err(alias_act(&newsroom, kind, false, "al-kazemi", "Government"), ERR_NOT_FOUND,
		           "list shows them");
	}
	const Str wire[] = {S("Al Kazemi")};
	const struct name_input name = {S("en"), S("Al-Kazemi")};
	int64_t id;
	assert_err(tag_add(&newsroom.world, S("al-kazemi"), &name, 1, &id), OK, NULL);
	assert_err(tag_alias_add(&newsroom.world, S("al-kazemi"), wire, 1), OK, NULL);
	id = newsroom_add(&newsroom, (struct story_input){.tags = wire, .tag_count = 1});
	assert_str(newsroom_story(&newsroom, id).tags[0].slug, "al-kazemi");
}

static void test_a_list_shows_an_alias_that_differs_from_the_name_by_a_hyphen(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct taxonomy_entry *entries;
	size_t count;
	add(&newsroom, &taxonomy_byline, "al-kazemi", "en", "Al-Kazemi");
	assert_err(alias_act(&newsroom, &taxonomy_byline, true, "al-kazemi", "Al Kazemi"), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(taxonomy_list(connection, &newsroom.site, &taxonomy_byline, &newsroom.mem, &entries,
	                         &count),
	           OK, NULL);
	assert_int_equal(entries[0].alias_count, 1);
	assert_str(entries[0].aliases[0], "Al Kazemi");
}

/* A story's text may begin with it, and its credit is shown there. */
static void test_an_alias_of_a_source_drops_every_page(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	add(&newsroom, &taxonomy_source, "wire", "en", "Wire");
	add(&newsroom, &taxonomy_byline, "sara", "en", "Sara");
	newsroom_fill_cache(&newsroom);
	assert_err(alias_act(&newsroom, &taxonomy_source, true, "wire", "The Wire"), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "site");
	newsroom_fill_cache(&newsroom);
	assert_err(alias_act(&newsroom, &taxonomy_source, false, "wire", "The Wire"), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "site source:1");
	newsroom_fill_cache(&newsroom);
	assert_err(alias_act(&newsroom, &taxonomy_byline, true, "sara", "Sarah"), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home");
	newsroom_fill_cache(&newsroom);
	assert_err(alias_act(&newsroom, &taxonomy_byline, false, "sara", "Sarah"), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home byline:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_a_merged_name_leads_where_its_bearer_went),
	    DB_TEST(test_an_address_that_was_a_slug_goes_before_names),
	    DB_TEST(test_a_name_is_looked_up_before_a_slug),
	    DB_TEST(test_an_alias_leads_the_desk_by_what_its_address_says),
	    DB_TEST(test_a_new_slug_never_takes_over_the_address_of_an_alias),
	    DB_TEST(test_a_second_section_is_never_numbered_in_silence),
	    DB_TEST(test_an_alias_that_was_added_leads_there_and_can_be_removed),
	    DB_TEST(test_a_list_shows_an_alias_that_differs_from_the_name_by_a_hyphen),
	    DB_TEST(test_an_alias_of_a_source_drops_every_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
