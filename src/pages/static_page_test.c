#include "stories/stories_test_support.h"

#include "pages/pages.h"

static struct static_page_input about(const char *language, const char *title, const char *body)
{
	return (struct static_page_input){.slug = S("about"),
	                                  .language = str_from_c(language),
	                                  .title = str_from_c(title),
	                                  .body = str_from_c(body)};
}

static Err set(struct newsroom *newsroom, struct static_page_input input)
{
	return static_page_set(&newsroom->world, &input);
}

static Err find(struct newsroom *newsroom, const char *language, struct static_page *out)
{
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	return static_page_find(connection, test_language(language), S("about"), &newsroom->mem, out);
}

static size_t list(struct newsroom *newsroom, const char *language, struct static_page **out)
{
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(static_page_list(connection, language != NULL ? test_language(language) : NULL,
	                            &newsroom->mem, out, &count),
	           OK, NULL);
	return count;
}

static void test_static_page_set_keeps_a_text_for_each_language(void **state)
{
	NEWSROOM newsroom;
	struct static_page page;
	newsroom_open(state, &newsroom);
	assert_err(set(&newsroom, about("", " About us ", "One.\n\nTwo <3.")), OK, NULL);
	assert_err(set(&newsroom, about("ar", "من نحن", "واحد.")), OK, NULL);
	assert_err(find(&newsroom, "en", &page), OK, NULL);
	assert_str(page.title, "About us");
	assert_str(page.body.markup, "<p>One.</p>\n<p>Two &lt;3.</p>");
	assert_int_equal(page.updated, TEST_NOW);
	assert_err(find(&newsroom, "ar", &page), OK, NULL);
	assert_str(page.title, "من نحن");
}

static void test_static_page_set_replaces_the_text_and_keeps_its_place(void **state)
{
	NEWSROOM newsroom;
	struct static_page *pages;
	newsroom_open(state, &newsroom);
	struct static_page_input contact = about("en", "Contact", "Write to us.");
	contact.slug = S("contact");
	assert_err(set(&newsroom, about("en", "About", "One.")), OK, NULL);
	assert_err(set(&newsroom, contact), OK, NULL);
	assert_err(set(&newsroom, about("en", "About us", "Two.")), OK, NULL);
	assert_err(set(&newsroom, about("ar", "من نحن", "واحد.")), OK, NULL);
	assert_int_equal(list(&newsroom, "en", &pages), 2);
	assert_str(pages[0].title, "About us");
	assert_str(pages[1].title, "Contact");
	assert_int_equal(list(&newsroom, NULL, &pages), 3);
	assert_str(pages[2].slug, "contact");
}

static void test_static_page_set_sanitizes_its_body(void **state)
{
	NEWSROOM newsroom;
	struct static_page page;
	newsroom_open(state, &newsroom);
	struct static_page_input input =
	    about("en", "About", "<p onclick=x()>A<script>x()</script></p>");
	input.format = BODY_HTML;
	assert_err(set(&newsroom, input), OK, NULL);
	assert_err(find(&newsroom, "en", &page), OK, NULL);
	assert_str(page.body.markup, "<p>A</p>");
}

static void test_static_page_set_refuses_what_is_wrong_and_says_so(void **state)
{
	NEWSROOM newsroom;
	struct static_page *pages;
	newsroom_open(state, &newsroom);
	(void)newsroom_add(&newsroom, (struct story_input){.section = S("politics")});
	struct static_page_input input = about("en", "Politics", "One.");
	input.slug = S("politics");
	assert_err(set(&newsroom, input), ERR_CONFLICT, "section");
	input.slug = S("search");
	assert_err(set(&newsroom, input), ERR_INVALID, "search");
	input.slug = S("About Us");
	assert_err(set(&newsroom, input), ERR_INVALID, "about-us");
	assert_err(set(&newsroom, about("xx", "About", "One.")), ERR_INVALID, "xx");
	assert_err(set(&newsroom, about("en", " ", "One.")), ERR_INVALID, "title");
	assert_err(set(&newsroom, about("en", "About", " \n")), ERR_INVALID, "text");
	assert_int_equal(list(&newsroom, NULL, &pages), 0);
}

static void test_section_add_refuses_the_address_of_a_page(void **state)
{
	NEWSROOM newsroom;
	int64_t id;
	const struct name_input name = {S("en"), S("About")};
	newsroom_open(state, &newsroom);
	assert_err(set(&newsroom, about("en", "About", "One.")), OK, NULL);
	assert_err(section_add(&newsroom.world, S("about"), &name, 1, &id), ERR_CONFLICT, "about");
	assert_err(static_page_remove(&newsroom.world, S("about"), S("")), OK, NULL);
	assert_err(section_add(&newsroom.world, S("about"), &name, 1, &id), OK, NULL);
}

static void test_static_page_remove_takes_one_language(void **state)
{
	NEWSROOM newsroom;
	struct static_page page;
	newsroom_open(state, &newsroom);
	assert_err(set(&newsroom, about("en", "About", "One.")), OK, NULL);
	assert_err(set(&newsroom, about("ar", "من نحن", "واحد.")), OK, NULL);
	assert_err(static_page_remove(&newsroom.world, S("about"), S("en")), OK, NULL);
	assert_err(find(&newsroom, "en", &page), ERR_NOT_FOUND, NULL);
	assert_err(find(&newsroom, "ar", &page), OK, NULL);
	assert_err(static_page_remove(&newsroom.world, S("about"), S("en")), ERR_NOT_FOUND, "about");
}

/* "café" with the accent as a character of its own, as some systems type it. */
static void test_a_page_is_found_and_removed_however_its_slug_is_typed(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct static_page page;
	struct static_page_input input = about("en", "Café", "Open.");
	const Str typed = S("cafe\u0301");
	input.slug = typed;
	assert_err(set(&newsroom, input), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(static_page_find(connection, test_language("en"), typed, &newsroom.mem, &page), OK,
	           NULL);
	assert_str(page.slug, "caf\u00e9");
	db_read_end(&connection);
	assert_err(static_page_remove(&newsroom.world, typed, S("")), OK, NULL);
}

static void test_static_pages_stand_in_the_foot_of_every_page(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	newsroom_fill_cache(&newsroom);
	assert_err(set(&newsroom, about("en", "About", "One.")), OK, NULL);
	assert_non_null(strstr(newsroom_dropped(&newsroom), "site"));
	newsroom_fill_cache(&newsroom);
	assert_err(static_page_remove(&newsroom.world, S("about"), S("en")), OK, NULL);
	assert_non_null(strstr(newsroom_dropped(&newsroom), "site"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_static_page_set_keeps_a_text_for_each_language),
	    DB_TEST(test_static_page_set_replaces_the_text_and_keeps_its_place),
	    DB_TEST(test_static_page_set_sanitizes_its_body),
	    DB_TEST(test_static_page_set_refuses_what_is_wrong_and_says_so),
	    DB_TEST(test_section_add_refuses_the_address_of_a_page),
	    DB_TEST(test_static_page_remove_takes_one_language),
	    DB_TEST(test_a_page_is_found_and_removed_however_its_slug_is_typed),
	    DB_TEST(test_static_pages_stand_in_the_foot_of_every_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
