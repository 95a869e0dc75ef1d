#include "search/search_test_support.h"

#include "base/utf8.h"

static struct arena mem;

static int setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)64 * 1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static void assert_marked_in(const char *language, const char *query_text, const char *text,
                             const char *expected)
{
	struct search_query query = test_query_in(&mem, language, str_from_c(query_text));
	struct search_marked marked;
	assert_int_equal(search_mark(&query, str_from_c(text), &mem, &marked), OK);
	assert_string_equal(test_marked_text(&mem, &marked), expected);
}

static void assert_marked(const char *query_text, const char *text, const char *expected)
{
	assert_marked_in("en", query_text, text, expected);
}

static void assert_snippet(const char *query_text, const char *text, size_t max_characters,
                           const char *expected)
{
	struct search_query query = test_query(&mem, str_from_c(query_text));
	struct search_marked marked;
	assert_int_equal(search_snippet(&query, str_from_c(text), max_characters, &mem, &marked), OK);
	assert_string_equal(test_marked_text(&mem, &marked), expected);
}

static void test_mark_shows_words_as_they_are_written(void **state)
{
	(void)state;
	assert_marked("biden cafe", "BIDEN\u2019s caf\u00E9, again",
	              "<BIDEN\u2019s> <caf\u00E9>, again");
	assert_marked("محمد", "قال مُحَمَّد.", "قال <مُحَمَّد>.");
	assert_marked("كوردستان", "(کوردستان)", "(<کوردستان>)");
	assert_marked("rain", "", "");
	assert_marked("", "The river", "The river");
	assert_marked("high -river", "The high river", "The <high> river");
}

static void test_mark_shows_an_arabic_word_with_what_is_glued_to_it(void **state)
{
	(void)state;
	assert_marked_in("ar", "أربيل", "بغداد وأربيل، وسط البلاد", "بغداد <وأربيل>، وسط البلاد");
	assert_marked_in("ar", "العراق", "قال للعراق إن عراقاً", "قال <للعراق> إن عراقاً");
	assert_marked_in("ar", "\"مجلس نواب\"", "مجلس النواب والمجلس", "<مجلس النواب> والمجلس");
	assert_marked_in("ckb", "لات", "ولات", "ولات");
	assert_marked_in("ckb", "2015", "لە 2015ـەوە", "لە <2015ـەوە>");
	assert_marked_in("ar", "20", "قمة الـ20", "قمة <الـ20>");
}

static void test_mark_shows_a_phrase_only_where_it_stands(void **state)
{
	(void)state;
	assert_marked("\"of the\"", "The end of the rain, of rain", "The end <of the> rain, of rain");
	assert_marked("\"of the\" rain", "of the rain", "<of the> <rain>");
	assert_marked("\"a b a\"", "a b a b a", "<a b a b a>");
	/* One letter for four words. */
	assert_marked("\uFDFA", "x \uFDFA y", "x <\uFDFA> y");
	assert_marked("الله", "x \uFDFA y", "x <\uFDFA> y");
}

static void test_snippet_has_most_of_the_query(void **state)
{
	(void)state;
	const char *text = "The river rose in the night and many left their houses. By noon the bridge "
	                   "was closed, the mayor said. The river and the bridge are watched.";
	assert_snippet("mayor", text, 50,
	               "\u2026closed, the <mayor> said. The river and the bridge\u2026");
	assert_snippet("bridge river", text, 40, "\u2026The <river> and the <bridge> are watched.");
	/* Nothing there: how the text begins. */
	assert_snippet("council", text, 20, "The river rose in\u2026");
	assert_snippet("council", "Short.", 20, "Short.");
	assert_snippet("council", "\u00ABShort.\u00BB", 20, "\u00ABShort.\u00BB");
	assert_snippet("council", "", 20, "");
	assert_snippet("council", " \u2026 ", 20, "");
}

static void test_snippet_never_shows_part_of_a_word(void **state)
{
	(void)state;
	assert_snippet("x", "abcdefghijkl x abcdefghijkl", 6, "\u2026<x>\u2026");
	assert_snippet("abcdefghijkl", "abcdefghijkl x abcdefghijkl", 6, "\u2026x\u2026");
	assert_snippet("q", "abcdefghijkl", 6, "");
	/* Letters keep their marks, and those of a family their joiners. */
	assert_snippet("e", "a e\u0301\u0301 o", 4, "\u2026<e\u0301\u0301>\u2026");
	assert_snippet("به", "مَرْحَبًا بِهِ كُلَّ", 6, "\u2026<بِهِ>\u2026");
}

static void test_snippet_keeps_its_length(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 65536);
	for (int i = 0; i < 1000; i++)
		buf_format(&text, "%s ", i % 7 == 0 ? "هەولێر" : i % 5 == 0 ? "rain" : "قال");
	struct search_query query = test_query(&mem, S("rain هەولێر"));
	for (size_t max = 1; max < 300; max += 13) {
		struct search_marked marked;
		size_t shown = 0;
		assert_int_equal(search_snippet(&query, buf_str(&text), max, &mem, &marked), OK);
		for (size_t i = 0; i < marked.count; i++)
			shown += utf8_length(marked.pieces[i].text);
		assert_in_range(shown, max < 20 ? 0 : max - 10, max + 3);
	}
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_mark_shows_words_as_they_are_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mark_shows_an_arabic_word_with_what_is_glued_to_it,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mark_shows_a_phrase_only_where_it_stands, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_snippet_has_most_of_the_query, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_snippet_never_shows_part_of_a_word, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_snippet_keeps_its_length, setup, teardown),
	};
	return cmocka_run_group_tests_name("search_mark", tests, NULL, NULL);
}
