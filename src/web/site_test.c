/* What the site is called, in each language. */
#include "web/site.h"

#include "db/db_test_support.h"
#include "web/act.h"

#define CACHE_BYTES ((size_t)1024 * 1024)

struct paper {
	struct arena mem;
	struct cache *cache;
	struct site site;
	struct world world;
};

static void paper_close(struct paper *paper)
{
	if (paper->cache != NULL)
		cache_free(paper->cache);
	arena_done(&paper->mem);
}
#define PAPER CLEANUP(paper_close) struct paper

static Err create(struct db *db, const char *language, const struct name_input *names, size_t count)
{
	struct site_input input = {
	    str_from_c(language), S("Asia/Baghdad"), {.names = names, .name_count = count}};
	return site_create(db, &input);
}

static void paper_open(void **state, struct paper *paper)
{
	const struct name_input names[] = {{S(""), S(" The Lantern ")}, {S("ar"), S("الفانوس")}};
	struct db *db = db_test_db(state);
	arena_init(&paper->mem, 65536);
	assert_int_equal(cache_new(CACHE_BYTES, &paper->cache), OK);
	assert_int_equal(create(db, "en", names, 2), OK);
	DB_READ connection = NULL;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(site_find(connection, &paper->mem, &paper->site), OK);
	paper->world = (struct world){
	    .db = db, .cache = paper->cache, .clock = &clock_system, .site = &paper->site};
}

static void assert_words(struct paper *paper, const char *language, const char *name,
                         const char *tagline)
{
	struct site_words words;
	DB_READ connection = NULL;
	assert_int_equal(db_read_begin(paper->world.db, &connection), OK);
	assert_int_equal(site_words_find(connection, &paper->site, language_find(str_from_c(language)),
	                                 &paper->mem, &words),
	                 OK);
	assert_true(str_equal(words.name, str_from_c(name)));
	assert_true(str_equal(words.tagline, str_from_c(tagline)));
}

static Err set_name(struct paper *paper, const char *language, const char *name)
{
	struct name_input input = {str_from_c(language), str_from_c(name)};
	return site_set(&paper->world, &(struct site_words_input){.names = &input, .name_count = 1});
}

static Err set_tagline(struct paper *paper, const char *language, const char *tagline)
{
	struct name_input input = {str_from_c(language), str_from_c(tagline)};
	return site_set(&paper->world,
	                &(struct site_words_input){.taglines = &input, .tagline_count = 1});
}

static void test_site_create_takes_a_name_in_each_language(void **state)
{
	PAPER paper = {0};
	paper_open(state, &paper);
	assert_true(str_equal(paper.site.name_at_start, S("The Lantern")));
	assert_words(&paper, "en", "The Lantern", "");
	assert_words(&paper, "ar", "الفانوس", "");
	const struct name_input names[] = {{S("en"), S("Another")}};
	assert_int_equal(create(paper.world.db, "en", names, 1), ERR_CONFLICT);
}

static void test_site_create_needs_a_name_in_the_sites_own_language(void **state)
{
	const struct name_input names[] = {{S("en"), S("The Lantern")}};
	assert_int_equal(create(db_test_db(state), "ar", names, 1), ERR_INVALID);
	assert_int_equal(create(db_test_db(state), "ar", names, 0), ERR_INVALID);
	assert_int_equal(create(db_test_db(state), "xx", names, 1), ERR_INVALID);
	assert_int_equal(create(db_test_db(state), "en", names, 1), OK);
}

static void test_site_set_changes_one_language_and_leaves_the_others(void **state)
{
	PAPER paper = {0};
	paper_open(state, &paper);
	assert_int_equal(set_name(&paper, "", "The Lamp"), OK);
	assert_words(&paper, "en", "The Lamp", "");
	assert_words(&paper, "ar", "الفانوس", "");
	assert_int_equal(set_name(&paper, "en", "The Light"), OK);
	assert_words(&paper, "en", "The Light", "");
	assert_int_equal(set_tagline(&paper, "ar", "منذ ٢٠٢١"), OK);
	assert_words(&paper, "ar", "الفانوس", "منذ ٢٠٢١");
	assert_words(&paper, "en", "The Light", "");
}

static void test_site_set_takes_away_what_is_empty(void **state)
{
	PAPER paper = {0};
	paper_open(state, &paper);
	assert_int_equal(set_tagline(&paper, "", "Since 2021"), OK);
	assert_words(&paper, "en", "The Lantern", "Since 2021");
	assert_words(&paper, "ar", "الفانوس", "");
	assert_int_equal(set_tagline(&paper, "", " "), OK);
	assert_words(&paper, "en", "The Lantern", "");
	assert_int_equal(set_name(&paper, "ar", ""), OK);
	assert_words(&paper, "ar", "The Lantern", "");
	assert_int_equal(set_name(&paper, "", ""), ERR_INVALID);
	assert_words(&paper, "en", "The Lantern", "");
}

static void test_site_set_refuses_what_is_no_line_of_text(void **state)
{
	PAPER paper = {0};
	char line[SITE_TAGLINE_MAX + 2];
	paper_open(state, &paper);
	memset(line, 'x', sizeof line - 1);
	line[SITE_TAGLINE_MAX + 1] = 0;
	assert_int_equal(set_tagline(&paper, "", line), ERR_INVALID);
	line[SITE_TAGLINE_MAX] = 0;
	assert_int_equal(set_tagline(&paper, "", line), OK);
	line[SITE_NAME_MAX + 1] = 0;
	assert_int_equal(set_name(&paper, "", line), ERR_INVALID);
	line[SITE_NAME_MAX] = 0;
	assert_int_equal(set_name(&paper, "", line), OK);
	assert_int_equal(set_name(&paper, "", "two\nlines"), ERR_INVALID);
	assert_int_equal(set_name(&paper, "", "a\x07 bell"), ERR_INVALID);
	assert_int_equal(set_name(&paper, "", "\xff"), ERR_INVALID);
	assert_int_equal(set_name(&paper, "xx", "Name"), ERR_INVALID);
	assert_int_equal(site_set(&paper.world, &(struct site_words_input){0}), ERR_INVALID);
}

static void set_at_once(void *context, int which)
{
	assert_int_equal(set_name(context, "", which == 0 ? "The Lamp" : "The Light"), OK);
}

static void test_site_set_twice_at_once_leaves_one_of_both(void **state)
{
	PAPER paper = {0};
	struct site_words words;
	paper_open(state, &paper);
	db_test_twice_at_once(set_at_once, &paper);
	DB_READ connection = NULL;
	assert_int_equal(db_read_begin(paper.world.db, &connection), OK);
	assert_int_equal(
	    site_words_find(connection, &paper.site, paper.site.language, &paper.mem, &words), OK);
	assert_true(str_equal(words.name, S("The Lamp")) || str_equal(words.name, S("The Light")));
}

static void test_site_set_drops_every_page(void **state)
{
	PAPER paper = {0};
	CacheTag tag = TAG_SITE;
	struct page content = {.expires = INT64_MAX, .tags = &tag, .tag_count = 1};
	struct page *page;
	content.encodings[PAGE_IDENTITY].body = S("a page");
	paper_open(state, &paper);
	CacheTicket ticket = cache_render_begin(paper.cache);
	assert_int_equal(page_new(&content, &page), OK);
	assert_true(cache_put(paper.cache, S("/"), ticket, page));
	ticket = cache_render_begin(paper.cache);
	assert_int_equal(set_name(&paper, "ar", "المصباح"), OK);
	assert_null(cache_find(paper.cache, S("/"), 0));
	/* Nor may one come back that was begun before. */
	assert_false(cache_put(paper.cache, S("/"), ticket, page));
	page_release(page);
}

int main(void)
{
	const struct CMUnitTest list[] = {
	    DB_TEST(test_site_create_takes_a_name_in_each_language),
	    DB_TEST(test_site_create_needs_a_name_in_the_sites_own_language),
	    DB_TEST(test_site_set_changes_one_language_and_leaves_the_others),
	    DB_TEST(test_site_set_takes_away_what_is_empty),
	    DB_TEST(test_site_set_refuses_what_is_no_line_of_text),
	    DB_TEST(test_site_set_twice_at_once_leaves_one_of_both),
	    DB_TEST(test_site_set_drops_every_page),
	};
	return cmocka_run_group_tests(list, NULL, NULL);
}
