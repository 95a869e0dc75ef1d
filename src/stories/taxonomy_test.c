#include "stories/stories_test_support.h"

#include "base/utf8.h"

static void test_section_add_gives_a_name_per_language(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input names[] = {{S(""), S(" Politics ")}, {S("ar"), S("سياسة")}};
	struct section section;
	struct section *sections;
	size_t count;
	int64_t id;
	assert_err(section_add(&newsroom.world, S(""), names, 2, &id), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(section_find(connection, &newsroom.site, test_language("ar"), S("politics"),
	                        &newsroom.mem, &section),
	           OK, NULL);
	assert_int_equal(section.id, id);
	assert_str(section.slug, "politics");
	assert_str(section.name, "سياسة");
	assert_err(section_list(connection, &newsroom.site, test_language("en"), &newsroom.mem,
	                        &sections, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(sections[0].name, "Politics");
	assert_err(section_find(connection, &newsroom.site, test_language("en"), S("sport"),
	                        &newsroom.mem, &section),
	           ERR_NOT_FOUND, "there is no section \"sport\"");
}

static void test_names_fall_back_to_the_sites_language_and_then_to_any(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input english = {S("en"), S("White House")};
	const struct name_input arabic = {S("ar"), S("البيت الأبيض")};
	struct taxonomy_entry *tags;
	struct tag tag;
	size_t count;
	int64_t first;
	int64_t second;
	assert_err(tag_add(&newsroom.world, S(""), &english, 1, &first), OK, NULL);
	assert_err(tag_add(&newsroom.world, S(""), &arabic, 1, &second), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(
	    taxonomy_list(connection, &newsroom.site, &taxonomy_tag, &newsroom.mem, &tags, &count), OK,
	    NULL);
	assert_int_equal(count, 2);
	assert_str(tags[0].name, "White House");
	assert_str(tags[1].name, "البيت الأبيض");
	const char *const codes[] = {"en", "ar"};
	for (size_t i = 0; i < 2; i++) {
		assert_err(tag_find(connection, &newsroom.site, test_language(codes[i]), tags[0].slug,
		                    &newsroom.mem, &tag),
		           OK, NULL);
		assert_int_equal(tag.id, first);
		assert_str(tag.name, "White House");
		assert_err(tag_find(connection, &newsroom.site, test_language(codes[i]), tags[1].slug,
		                    &newsroom.mem, &tag),
		           OK, NULL);
		assert_int_equal(tag.id, second);
		assert_str(tag.name, "البيت الأبيض");
	}
	assert_err(
	    tag_find(connection, &newsroom.site, test_language("en"), S("biden"), &newsroom.mem, &tag),
	    ERR_NOT_FOUND, "there is no tag \"biden\"");
}

static void test_taxonomy_add_says_what_is_wrong(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input good = {S("en"), S("Politics")};
	const struct name_input twice[] = {good, {S(""), S("More politics")}};
	const struct name_input unknown = {S("xx"), S("Politics")};
	const struct name_input nothing = {S("en"), S("\xE2\x80\xAE \xC2\xA0")};
	/* One character that stands for eighteen letters, a hundred times. */
	static char sallams[304]; /* with room for a fourth byte */
	for (size_t i = 0; i < 300; i += 3)
		utf8_encode(0xFDFA, sallams + i);
	const struct name_input endless = {S("ar"), {sallams, 300}};
	const Str reserved[] = {S("tag"), S("assets"), S("reply"), S("healthz"), S("en"), S("1984")};
	int64_t id;
	assert_err(section_add(world, S(""), NULL, 0, &id), ERR_INVALID, "give a section one");
	assert_err(section_add(world, S(""), twice, 2, &id), ERR_INVALID, "two names in one language");
	assert_err(section_add(world, S(""), &unknown, 1, &id), ERR_INVALID, "not a language");
	assert_err(tag_add(world, S(""), &nothing, 1, &id), ERR_INVALID, "the tag's name is empty");
	assert_err(tag_add(world, S(""), &endless, 1, &id), ERR_INVALID, "is too long");
	assert_err(section_add(world, S("Poli tics"), &good, 1, &id), ERR_INVALID,
	           "take \"poli-tics\"");
	assert_err(section_add(world, S("feed.xml"), &good, 1, &id), ERR_INVALID, "take \"feed-xml\"");
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		assert_err(section_add(world, reserved[i], &good, 1, &id), ERR_INVALID, "as its slug");
	assert_err(section_add(world, S("politics"), &good, 1, &id), OK, NULL);
	assert_err(section_add(world, S(""), &good, 1, &id), ERR_CONFLICT,
	           "a section with the slug \"politics\" already");
	assert_err(section_add(world, S("other"), &good, 1, &id), ERR_CONFLICT,
	           "the section politics is called \"Politics\" already");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM section")), 1);
}

static void test_taxonomy_add_names_what_has_the_slug(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input old = {S(""), S("politics")};
	const struct name_input both[] = {{S(""), S("Politics")}, {S("ar"), S("سياسة")}};
	const struct name_input arabic = {S("ar"), S("السياسة")};
	const struct name_input sport = {S("ar"), S("رياضة")};
	struct section section;
	struct tag tag;
	int64_t first;
	int64_t id;
	assert_err(section_add(world, S("politics"), &old, 1, &first), OK, NULL);
	assert_err(section_add(world, S("sport"), &sport, 1, &id), OK, NULL);
	assert_err(section_add(world, S("politics"), both, 2, &id), OK, NULL);
	assert_int_equal(id, first);
	assert_err(section_add(world, S("politics"), &arabic, 1, &id), OK, NULL);
	assert_err(section_add(world, S("politics"), &sport, 1, &id), ERR_CONFLICT,
	           "the section sport is called \"رياضة\" already");
	assert_err(tag_add(world, S("vote"), &old, 1, &first), OK, NULL);
	assert_err(tag_add(world, S("vote"), both, 2, &id), OK, NULL);
	assert_int_equal(id, first);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(section_find(connection, &newsroom.site, test_language("en"), S("politics"),
	                        &newsroom.mem, &section),
	           OK, NULL);
	assert_str(section.name, "Politics");
	assert_err(section_find(connection, &newsroom.site, test_language("ar"), S("politics"),
	                        &newsroom.mem, &section),
	           OK, NULL);
	assert_str(section.name, "السياسة");
	assert_err(
	    tag_find(connection, &newsroom.site, test_language("ar"), S("vote"), &newsroom.mem, &tag),
	    OK, NULL);
	assert_str(tag.name, "سياسة");
}

static void test_a_taken_name_is_refused_with_the_way_out(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input english = {S("en"), S("Layla Hassan")};
	const struct name_input arabic = {S("ar"), S("ليلى حسن")};
	const struct name_input both[] = {{S("en"), S("L. Hassan")}, arabic};
	int64_t id;
	assert_err(byline_add(world, S("layla-hassan"), &english, 1, &id), OK, NULL);
	assert_err(byline_add(world, S("layla"), &arabic, 1, &id), OK, NULL);
	assert_err(byline_add(world, S("layla-hassan"), &arabic, 1, &id), ERR_CONFLICT,
	           "\"ليلى حسن\" leads to the byline layla already: if they are one, make one of them "
	           "with courant byline merge layla layla-hassan");
	/* What would be new can't be merged into: it is not there after the refusal. */
	assert_err(byline_add(world, S("l-hassan"), both, 2, &id), ERR_CONFLICT,
	           "courant byline add layla --name");
	assert_err(byline_merge(world, S("layla"), S("layla-hassan")), OK, NULL);
	assert_err(byline_add(world, S("layla-hassan"), &arabic, 1, &id), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline")), 1);
	const struct name_input accented = {S("en"), S("Agence \xC3\x89")};
	const struct name_input folded = {S("en"), S("agence \xC3\xA9")};
	assert_err(source_add(world, S(""), &accented, 1, &id), OK, NULL);
	assert_err(source_add(world, S("other"), &folded, 1, &id), ERR_CONFLICT,
	           "courant source add agence-é --name");
}

static void test_taxonomy_list_gives_all_names_and_no_name_twice(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input wire[] = {{S("en"), S("Shafaq\xC2\xA0News")}, {S("ar"), S("شفق")}};
	const struct name_input kazemi = {S("en"), S("Kazemi")};
	const Str aliases[] = {S("Mustafa"), S("Al-Kazemi")};
	const struct name_input renamed = {S("en"), S("Al-Kazemi")};
	struct taxonomy_entry *entries;
	size_t count;
	int64_t id;
	assert_err(source_add(world, S(""), wire, 2, &id), OK, NULL);
	assert_err(tag_add(world, S(""), &kazemi, 1, &id), OK, NULL);
	assert_err(tag_alias_add(world, S("kazemi"), aliases, 2), OK, NULL);
	assert_err(tag_add(world, S("kazemi"), &renamed, 1, &id), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(taxonomy_list(connection, &newsroom.site, &taxonomy_source, &newsroom.mem, &entries,
	                         &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(entries[0].slug, "shafaq-news");
	assert_str(entries[0].name, "Shafaq\xC2\xA0News");
	assert_int_equal(entries[0].name_count, 2);
	assert_str(entries[0].names[0].language, "ar");
	assert_str(entries[0].names[0].name, "شفق");
	assert_int_equal(entries[0].alias_count, 0);
	assert_err(
	    taxonomy_list(connection, &newsroom.site, &taxonomy_tag, &newsroom.mem, &entries, &count),
	    OK, NULL);
	assert_str(entries[0].name, "Al-Kazemi");
	assert_int_equal(entries[0].alias_count, 1);
	assert_str(entries[0].aliases[0], "Mustafa");
}

static void test_section_list_used_follows_published_stories(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct language **languages;
	struct section *sections;
	size_t count;
	const struct name_input name = {S(""), S("Empty")};
	int64_t id;
	assert_err(section_add(&newsroom.world, S(""), &name, 1, &id), OK, NULL);
	int64_t withdrawn = newsroom_add(&newsroom, (struct story_input){.section = S("weather")});
	newsroom_add(&newsroom, (struct story_input){.section = S("politics")});
	newsroom_add(&newsroom, (struct story_input){.section = S("سياسة"), .language = S("ar")});
	assert_err(story_withdraw(&newsroom.world, withdrawn), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(section_list_used(connection, &newsroom.site, test_language("en"), &newsroom.mem,
	                             &sections, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(sections[0].slug, "politics");
	assert_err(section_list_used(connection, &newsroom.site, test_language("ar"), &newsroom.mem,
	                             &sections, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(sections[0].slug, "سياسة");
	assert_err(language_list_used(connection, &newsroom.mem, &languages, &count), OK, NULL);
	assert_int_equal(count, 2);
	assert_str(languages[0]->code, "ar");
	assert_str(languages[1]->code, "en");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_section_add_gives_a_name_per_language),
	    DB_TEST(test_names_fall_back_to_the_sites_language_and_then_to_any),
	    DB_TEST(test_taxonomy_add_says_what_is_wrong),
	    DB_TEST(test_taxonomy_add_names_what_has_the_slug),
	    DB_TEST(test_a_taken_name_is_refused_with_the_way_out),
	    DB_TEST(test_taxonomy_list_gives_all_names_and_no_name_twice),
	    DB_TEST(test_section_list_used_follows_published_stories),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
