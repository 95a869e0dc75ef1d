#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

static Str tag_of(struct newsroom *newsroom, const char *segment)
{
	struct tag tag;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	Err err = tag_find(connection, &newsroom->site, test_language("en"), str_from_c(segment),
	                   &newsroom->mem, &tag);
	if (err == ERR_NOT_FOUND)
		return S("404");
	assert_err(err, OK, NULL);
	return tag.slug;
}

static Err alias_add(const struct world *world, const char *slug, const char *alias)
{
	const Str name = str_from_c(alias);
	return tag_alias_add(world, str_from_c(slug), &name, 1);
}

static int64_t tagged(struct newsroom *newsroom, const Str *tags, size_t count)
{
	return newsroom_add(newsroom, (struct story_input){.tags = tags, .tag_count = count});
}

/* "al-kazemi rain", in their order. */
static const char *tags_of(struct newsroom *newsroom, int64_t id)
{
	Str slugs = S("");
	char *text;
	struct story story = newsroom_story(newsroom, id);
	for (size_t i = 0; i < story.tag_count; i++)
		assert_err(arena_format(&newsroom->mem, &slugs, "%.*s%s%.*s", STR(slugs), i == 0 ? "" : " ",
		                        STR(story.tags[i].slug)),
		           OK, NULL);
	assert_err(arena_c_string(&newsroom->mem, slugs, &text), OK, NULL);
	return text;
}

/* "Drizzle, Showers" */
static const char *aliases_of(struct newsroom *newsroom, const char *slug)
{
	Str names = S("");
	char *text;
	struct taxonomy_entry *tags;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(
	    taxonomy_list(connection, &newsroom->site, &taxonomy_tag, &newsroom->mem, &tags, &count),
	    OK, NULL);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; str_equal(tags[i].slug, str_from_c(slug)) && j < tags[i].alias_count;
		     j++)
			assert_err(arena_format(&newsroom->mem, &names, "%.*s%s%.*s", STR(names),
			                        j == 0 ? "" : ", ", STR(tags[i].aliases[j])),
			           OK, NULL);
	assert_err(arena_c_string(&newsroom->mem, names, &text), OK, NULL);
	return text;
}

static void test_tag_is_found_by_every_name_that_an_address_may_hold(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input names[] = {{S("en"), S("Al-Kazemi")}, {S("ar"), S("الكاظمي")}};
	const struct name_input house = {S("en"), S("White House")};
	int64_t id;
	assert_err(tag_add(world, S(""), names, 2, &id), OK, NULL);
	assert_err(tag_add(world, S("potus"), &house, 1, &id), OK, NULL);
	assert_err(alias_add(world, "al-kazemi", "Mustafa al Kadhimi"), OK, NULL);
	assert_err(alias_add(world, "al-kazemi", "Premier Mustafa al-Kadhimi"), OK, NULL);
	static const char *const found[][2] = {
	    {"al-kazemi", "al-kazemi"},
	    {"AL-KAZEMI", "al-kazemi"},
	    {"الكاظمي", "al-kazemi"},
	    {"الكاظِمي", "al-kazemi"},
	    {"mustafa-al-kadhimi", "al-kazemi"},
	    {"Mustafa al Kadhimi", "al-kazemi"},
	    /* A name with both a space and a hyphen. */
	    {"premier-mustafa-al-kadhimi", "al-kazemi"},
	    {"Premier Mustafa al-Kadhimi", "al-kazemi"},
	    {"premier-mustafa", "404"},
	    {"white-house", "potus"},
	    {"potus", "potus"},
	    {"kazemi", "404"},
	    {"mustafa", "404"},
	    {"", "404"},
	    {"-", "404"},
	};
	for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
		assert_str(tag_of(&newsroom, found[i][0]), found[i][1]);
}

static void test_tag_alias_leads_the_desk_too(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str first[] = {S("Al-Kazemi")};
	const Str second[] = {S("Kazemi"), S("Rain"), S("al-kazemi")};
	tagged(&newsroom, first, 1);
	assert_err(alias_add(&newsroom.world, "al-kazemi", "Kazemi"), OK, NULL);
	assert_string_equal(tags_of(&newsroom, tagged(&newsroom, second, 3)), "al-kazemi rain");
}

static void test_tag_alias_belongs_to_one_tag(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input rain = {S("en"), S("Rain")};
	const struct name_input rivers[] = {{S("en"), S("Rivers")}, {S("ar"), S("أنهار")}};
	const struct name_input showers = {S("en"), S("Showers")};
	int64_t id;
	assert_err(tag_add(world, S(""), &rain, 1, &id), OK, NULL);
	assert_err(tag_add(world, S(""), rivers, 2, &id), OK, NULL);
	assert_err(alias_add(world, "rain", "Showers"), OK, NULL);
	/* What leads there already is no error. */
	assert_err(alias_add(world, "rain", "SHOWERS"), OK, NULL);
	assert_err(alias_add(world, "rain", "Rain"), OK, NULL);
	assert_err(alias_add(world, "rain", "أنهار"), ERR_CONFLICT, "tag merge");
	assert_err(alias_add(world, "rain", "rivers"), ERR_CONFLICT, "tag merge");
	assert_err(alias_add(world, "rivers", "showers"), ERR_CONFLICT, "tag merge");
	assert_err(alias_add(world, "roads", "x"), ERR_NOT_FOUND, "no tag with the slug");
	assert_err(alias_add(world, "rain", "!"), ERR_INVALID, "needs a letter");
	assert_err(tag_add(world, S("rivers"), &showers, 1, &id), ERR_CONFLICT,
	           "leads to the tag rain");
	assert_err(tag_add(world, S("more"), &showers, 1, &id), ERR_CONFLICT, "leads to the tag rain");
	const struct name_input other = {S("en"), S("Other")};
	assert_err(tag_add(world, S("showers"), &other, 1, &id), ERR_CONFLICT, "as its slug");
	assert_string_equal(aliases_of(&newsroom, "rain"), "Showers");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag")), 2);
}

static void test_tag_aliases_are_added_and_removed_all_or_none(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input rain = {S("en"), S("Rain")};
	const struct name_input rivers = {S("en"), S("Rivers")};
	const Str taken[] = {S("Showers"), S("Rivers"), S("Drizzle")};
	const Str free[] = {S("Showers"), S("Drizzle"), S("SHOWERS")};
	const Str unknown[] = {S("Showers"), S("Snow")};
	int64_t id;
	assert_err(tag_add(world, S(""), &rain, 1, &id), OK, NULL);
	assert_err(tag_add(world, S(""), &rivers, 1, &id), OK, NULL);
	assert_err(
	    tag_alias_add(world, S("rain"), taken, 3), ERR_CONFLICT,
	    "\"Rivers\" leads to the tag rivers already, and nothing was added: if they are one, "
	    "make one of them with courant tag merge rivers rain");
	assert_string_equal(aliases_of(&newsroom, "rain"), "");
	assert_err(tag_alias_add(world, S("rain"), free, 3), OK, NULL);
	assert_string_equal(aliases_of(&newsroom, "rain"), "Drizzle, Showers");
	assert_err(tag_alias_add(world, S("rain"), free, 0), ERR_INVALID, "one to 64");
	assert_err(tag_alias_remove(world, S("rain"), unknown, 2), ERR_NOT_FOUND,
	           "\"Snow\" is not another name of the tag rain, and nothing was removed");
	/* Another tag's, and its own name, are none. */
	assert_err(tag_alias_remove(world, S("rivers"), free, 1), ERR_NOT_FOUND, "\"Showers\"");
	assert_err(tag_alias_remove(world, S("rivers"), taken + 1, 1), ERR_NOT_FOUND, "\"Rivers\"");
	assert_err(tag_alias_remove(world, S("roads"), free, 1), ERR_NOT_FOUND, "no tag with the slug");
	assert_string_equal(aliases_of(&newsroom, "rain"), "Drizzle, Showers");
	newsroom_fill_cache(&newsroom);
	assert_err(tag_alias_remove(world, S("rain"), free, 1), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home tag:1");
	assert_string_equal(aliases_of(&newsroom, "rain"), "Drizzle");
	assert_str(tag_of(&newsroom, "showers"), "404");
	assert_err(alias_add(world, "rivers", "Showers"), OK, NULL);
}

static void test_tag_merge_moves_stories_names_and_aliases(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input from[] = {{S("en"), S("Kazemi")}, {S("ar"), S("الكاظمي")}};
	const struct name_input into = {S("en"), S("Al-Kazemi")};
	const Str one[] = {S("Rain"), S("Kazemi"), S("Roads")};
	const Str both[] = {S("Kazemi"), S("Rain"), S("Al-Kazemi"), S("Roads"), S("Rivers")};
	const Str turned[] = {S("Al-Kazemi"), S("Rain"), S("Kazemi"), S("Roads")};
	struct tag tag;
	int64_t id;
	assert_err(tag_add(world, S(""), from, 2, &id), OK, NULL);
	assert_err(tag_add(world, S(""), &into, 1, &id), OK, NULL);
	assert_err(alias_add(world, "kazemi", "Kadhimi"), OK, NULL);
	const int64_t stories[] = {tagged(&newsroom, one, 3), tagged(&newsroom, both, 5),
	                           tagged(&newsroom, turned, 4)};
	assert_err(tag_merge(world, S("kazemi"), S("al-kazemi")), OK, NULL);
	assert_string_equal(tags_of(&newsroom, stories[0]), "rain al-kazemi roads");
	assert_string_equal(tags_of(&newsroom, stories[1]), "al-kazemi rain roads rivers");
	assert_string_equal(tags_of(&newsroom, stories[2]), "al-kazemi rain roads");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_tag WHERE position "
	                                               ">= (SELECT COUNT(*) FROM story_tag other WHERE "
	                                               "other.story_id = story_tag.story_id)")),
	                 0);
	static const char *const names[] = {"kazemi", "الكاظمي", "kadhimi", "al-kazemi"};
	for (size_t i = 0; i < 4; i++)
		assert_str(tag_of(&newsroom, names[i]), "al-kazemi");
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(tag_find(connection, &newsroom.site, test_language("ar"), S("al-kazemi"),
	                    &newsroom.mem, &tag),
	           OK, NULL);
	assert_str(tag.name, "الكاظمي");
	db_read_end(&connection);
	/* A slug that is an alias now is no new tag's. */
	assert_string_equal(tags_of(&newsroom, tagged(&newsroom, one, 3)), "rain al-kazemi roads");
}

static void test_tag_merge_refuses_what_makes_no_sense(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	tagged(&newsroom, tags, 3);
	assert_err(tag_merge(world, S("rain"), S("rain")), ERR_INVALID, "into itself");
	assert_err(tag_merge(world, S("rain"), S("snow")), ERR_NOT_FOUND, "\"snow\"");
	assert_err(tag_merge(world, S("snow"), S("rain")), ERR_NOT_FOUND, "\"snow\"");
	assert_err(tag_merge(world, S("rain"), S("rivers")), OK, NULL);
	/* Whoever repeats it may not know that it was done. */
	assert_err(tag_merge(world, S("rain"), S("rivers")), OK, NULL);
	assert_err(tag_merge(world, S("rain"), S("roads")), ERR_NOT_FOUND, "\"rain\"");
}

#define assert_drops(newsroom, act, expected)                                                      \
	do {                                                                                           \
		newsroom_fill_cache(newsroom);                                                             \
		assert_err(act, OK, NULL);                                                                 \
		assert_string_equal(newsroom_dropped(newsroom), expected);                                 \
	} while (0)

static void test_tag_merge_drops_every_page(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tags[] = {S("Rain"), S("Rivers")};
	tagged(&newsroom, tags, 2);
	assert_drops(&newsroom, alias_add(world, "rain", "Showers"), "home");
	/* Feeds say what a story is about, wherever it is listed. */
	assert_drops(&newsroom, tag_merge(world, S("rain"), S("rivers")), "site");
	/* Whoever repeats it may not know whether its pages fell. */
	assert_drops(&newsroom, tag_merge(world, S("rain"), S("rivers")), "site");
}

static void test_tag_merge_that_was_stopped_is_finished_when_the_site_opens(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	const Sql count_rain = SQL("SELECT COUNT(*) FROM story_tag WHERE tag_id = 1");
	const Sql count_rivers = SQL("SELECT COUNT(*) FROM story_tag WHERE tag_id = 2");
	int64_t into;
	bool done;
	for (int i = 0; i < 130; i++)
		tagged(&newsroom, tags, i % 4 == 0 ? 3 : 1);
	newsroom_fill_cache(&newsroom);
	assert_err(taxonomy_merge_some(world, &taxonomy_tag, S("rain"), S("rivers"), &done, &into), OK,
	           NULL);
	assert_false(done);
	/* So many stories at once that their pages alone are dropped. */
	assert_null(strstr(newsroom_dropped(&newsroom), "site"));
	assert_non_null(strstr(newsroom_dropped(&newsroom), "tag:1 tag:2"));
	assert_int_equal(newsroom_count(&newsroom, count_rain), 30);
	assert_str(tag_of(&newsroom, "rain"), "rain");
	assert_err(tag_merge(world, S("rain"), S("roads")), ERR_CONFLICT, "tag merge rain rivers");
	assert_err(tag_merge(world, S("roads"), S("rain")), ERR_CONFLICT, "tag merge rain rivers");
	assert_err(tag_merge(world, S("rivers"), S("roads")), ERR_CONFLICT, "tag merge rain rivers");
	assert_err(tag_remove(world, S("rain")), ERR_CONFLICT, "tag merge rain rivers");
	assert_err(tag_remove(world, S("rivers")), ERR_CONFLICT, "tag merge rain rivers");
	assert_err(stories_catch_up(world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, count_rain), 0);
	assert_int_equal(newsroom_count(&newsroom, count_rivers), 130);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag_merging")), 0);
	assert_str(tag_of(&newsroom, "rain"), "rivers");
	assert_string_equal(tags_of(&newsroom, 1), "rivers roads");
	assert_string_equal(tags_of(&newsroom, 130), "rivers");
	assert_err(tag_merge(world, S("rivers"), S("roads")), OK, NULL);
}

struct pair {
	struct newsroom *newsroom;
	Err errs[2];
};

static void merge_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = tag_merge(&pair->newsroom->world, S("rain"), S("rivers"));
}

static void merge_crosswise_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = tag_merge(&pair->newsroom->world, which == 0 ? S("roads") : S("rivers"),
	                              which == 0 ? S("rivers") : S("roads"));
}

static void alias_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] =
	    alias_add(&pair->newsroom->world, which == 0 ? "rivers" : "roads", "Floods");
}

static void test_tag_acts_hold_when_done_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	int64_t id = tagged(&newsroom, tags, 3);
	struct pair pair = {.newsroom = &newsroom};
	db_test_twice_at_once(merge_run, &pair);
	assert_int_equal(pair.errs[0], OK);
	assert_int_equal(pair.errs[1], OK);
	assert_string_equal(tags_of(&newsroom, id), "rivers roads");
	db_test_twice_at_once(alias_run, &pair);
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_CONFLICT) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_CONFLICT));
	db_test_twice_at_once(merge_crosswise_run, &pair);
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_NOT_FOUND) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_NOT_FOUND));
	assert_int_equal(newsroom_story(&newsroom, id).tag_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_tag_is_found_by_every_name_that_an_address_may_hold),
	    DB_TEST(test_tag_alias_leads_the_desk_too),
	    DB_TEST(test_tag_alias_belongs_to_one_tag),
	    DB_TEST(test_tag_aliases_are_added_and_removed_all_or_none),
	    DB_TEST(test_tag_merge_moves_stories_names_and_aliases),
	    DB_TEST(test_tag_merge_refuses_what_makes_no_sense),
	    DB_TEST(test_tag_merge_drops_every_page),
	    DB_TEST(test_tag_merge_that_was_stopped_is_finished_when_the_site_opens),
	    DB_TEST(test_tag_acts_hold_when_done_twice_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
