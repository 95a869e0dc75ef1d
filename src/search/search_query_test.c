#include "search/search_test_support.h"

#include "i18n/i18n.h"

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

/* ---- tokens ---- */

static void assert_tokens_in(const char *language, const char *text, const char *expected)
{
	struct token *tokens;
	size_t count;
	struct buf line;
	buf_init(&line, 4096);
	assert_int_equal(
	    tokenize(str_from_c(text), str_from_c(language), SIZE_MAX, &mem, &tokens, &count), OK);
	for (size_t i = 0; i < count; i++)
		buf_format(&line, "%s%.*s", i == 0 ? "" : "|", STR(tokens[i].text));
	assert_string_equal(test_c_string(&mem, &line), expected);
}

static void assert_tokens(const char *text, const char *expected)
{
	assert_tokens_in("en", text, expected);
}

static void test_tokens_are_folded_words(void **state)
{
	(void)state;
	assert_tokens("The White House said: \u201Cno\u201D.", "the|white|house|said|no");
	assert_tokens("Biden\u2019s visit, caf\u00E9 and Z\u00DCRICH", "biden|visit|cafe|and|zurich");
	assert_tokens("U.S.\u00A0troops 2,500 and 3.14%", "us|troops|2500|and|3\u00B714");
	assert_tokens("Al-Kadhimi", "al|kadhimi");
	assert_tokens("\u0663\u0664 \u06F3\u06F4", "34|34");
	assert_tokens("日本語の新聞 Ελλάδα ΕΛΛΆΔΑ Україна हिन्दी",
	              "日本語|の|新聞|ελλάδα|ελλάδα|україна|हिन्दी");
	assert_tokens("", "");
	assert_tokens("@\u00B7ab a\u00B7b", "ab|a\u00B7b");
	assert_tokens("\u2026 -- \u00A7\u00A4\u00AC !", "");
}

/* Letters of Arabic and Kurdish keyboards, vowel marks and the drawn-out line are one. */
static void test_tokens_bring_arabic_and_kurdish_spellings_together(void **state)
{
	(void)state;
	assert_tokens("مُحَمَّد محمـــد", "محمد|محمد");
	assert_tokens("أربيل إربيل اربيل", "اربيل|اربيل|اربيل");
	assert_tokens("کوردستان كوردستان", "كوردستان|كوردستان");
	assert_tokens("هه\u200Cولێر هەولێر", "ههولير|ههولير");
}

static void test_arabic_tokens_are_without_articles_and_conjunctions(void **state)
{
	(void)state;
	assert_tokens_in("ar", "أربيل وأربيل", "اربيل|اربيل");
	assert_tokens_in("ar", "سليمانية السليمانية والسليمانية", "سليمانيه|سليمانيه|سليمانيه");
	assert_tokens_in("ar", "كاظمي الكاظمي والكاظمي بالكاظمي للكاظمي وللكاظمي",
	                 "كاظمي|كاظمي|كاظمي|كاظمي|كاظمي|كاظمي");
	assert_tokens_in("ar", "معلمون المعلمون", "معلمون|معلمون");
	assert_tokens_in("ar", "عراق العراق بالعراق وبالعراق كالعراق فالعراق للعراق",
	                 "عراق|عراق|عراق|عراق|عراق|عراق|عراق");
	assert_tokens_in("ar", "وَالْعِــرَاق ٱلعراق", "عراق|عراق");
	assert_tokens_in("ar", "نفط والنفط وللنفط حق الحق", "نفط|نفط|نفط|حق|حق");
}

/* What a word begins with by itself may go, but goes with an article before it as well. */
static void test_arabic_tokens_are_alike_with_a_prefix_and_without(void **state)
{
	(void)state;
	assert_tokens_in("ar", "وزير الوزير والوزير للوزير ووزير", "زير|زير|زير|زير|زير");
	assert_tokens_in("ar", "إلكترونية الإلكترونية", "كترونيه|كترونيه");
	assert_tokens_in("ar", "التزام الالتزام والالتزام", "تزام|تزام|تزام");
	assert_tokens_in("ar", "والد الوالد ووالد", "الد|الد|الد");
	assert_tokens_in("ar", "وكالة الوكالة والوكالة", "كاله|كاله|كاله");
}

static void test_arabic_tokens_keep_as_many_letters_as_a_word_needs(void **state)
{
	(void)state;
	assert_tokens_in("ar", "ولد وفد وهو الف الم بالي كالا فالح لله ال و",
	                 "ولد|وفد|وهو|الف|الم|بالي"
	                 "|كالا|فالح|لله|ال|و");
	assert_tokens_in("ar", "الله والله حزب الله بالله", "الله|الله|حزب|الله|بالله");
	assert_tokens_in("ar", "الآن والآن أن", "الان|الان|ان");
	/* Only letters count, and what is left begins with one. */
	assert_tokens_in("ar", "و_ابج ال_بت والـ20 وBBC", "و\u00B7ابج|ال\u00B7بت|وال|20|و|bbc");
}

static void test_tokens_of_other_languages_stay_whole(void **state)
{
	(void)state;
	assert_tokens_in("ckb", "وڵات ولات والی اڵوده وتی", "ولات|ولات|والي|الوده|وتي");
	assert_tokens_in("ckb", "2015ـەوە ٢٣ی", "2015|هوه|23|ي");
	assert_tokens_in("en", "والعراق", "والعراق");
	assert_tokens_in("ar", "walk the al-Kadhimi", "walk|the|al|kadhimi");
}

static void test_tokens_hold_nothing_that_a_database_could_read(void **state)
{
	(void)state;
	assert_tokens("snake_case _a_ a:b a\0b", "snake\u00B7case|a|a|b|a");
	struct token *tokens;
	size_t count;
	/* A letter that stands for four words. */
	assert_tokens("\uFDFA", "صلي|الله|عليه|وسلم");
	char *word = arena_alloc(&mem, 1000);
	memset(word, 'X', 1000);
	assert_int_equal(tokenize((Str){word, 1000}, S("ar"), 10, &mem, &tokens, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(tokens[0].text.length, TOKEN_MAX_BYTES);
	assert_int_equal(tokens[0].end, 1000);
	assert_int_equal(tokenize(S("a\xFF"), S("ar"), 10, &mem, &tokens, &count), ERR_INVALID);
}

static void test_tokens_of_ascii_words_are_as_folding_has_them(void **state)
{
	(void)state;
	static const char *const words[] = {"Rain", "MH370", "2021", "iPhone", "s", "A1b2"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct token *tokens;
		size_t count;
		Str folded;
		assert_int_equal(text_fold_search(str_from_c(words[i]), &mem, &folded), OK);
		assert_int_equal(tokenize(str_from_c(words[i]), S("en"), 10, &mem, &tokens, &count), OK);
		assert_int_equal(count, 1);
		assert_true(str_equal(tokens[0].text, folded));
	}
}

/* ---- places and terms ---- */

static void test_places_are_ordered_as_stories_were_published(void **state)
{
	(void)state;
	assert_true(place_of(1000, 5) < place_of(1000, 6));
	assert_true(place_of(1000, 900000) < place_of(1001, 1));
	assert_true(place_of(-1, 7) < place_of(0, 1));
	assert_true(place_of(-62135596800000, 1) < place_of(-1, 1));            /* the year 1 */
	assert_true(place_of(253402300799999, 1) > place_of(1627040340000, 1)); /* the year 9999 */
	assert_int_equal(place_of(0, (INT64_C(1) << PLACE_ID_BITS) + 3), 3);
}

static void test_terms_are_tokens_pairs_language_and_section(void **state)
{
	(void)state;
	Str words;
	Str terms;
	char pair[PAIR_BYTES];
	char expected[64];
	assert_int_equal(words_terms(S("high river\n\nhigh"), &mem, &words), OK);
	assert_int_equal(document_terms(S("en"), 7, words, &mem, &terms), OK);
	pair_term(S("high"), S("river"), pair);
	snprintf(expected, sizeof expected, "\u00A4en \u00A77 high river %.*s", (int)PAIR_BYTES, pair);
	assert_int_equal(terms.length, strlen(expected));
	assert_memory_equal(terms.bytes, expected, terms.length);
	char other[PAIR_BYTES];
	pair_term(S("river"), S("high"), other);
	assert_memory_not_equal(pair, other, PAIR_BYTES);
}

static struct search_entry prepared(Str headline, Str text)
{
	struct search_entry entry;
	struct search_document document = {.story_id = 3,
	                                   .published = 1000,
	                                   .language = S("en"),
	                                   .section_id = 7,
	                                   .headline = headline,
	                                   .text = text};
	assert_int_equal(search_prepare(&document, &mem, &entry), OK);
	return entry;
}

static void test_prepare_leaves_out_what_is_too_much(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, (size_t)4 * 1024 * 1024);
	for (int i = 0; i < SEARCH_DOCUMENT_WORDS + 5; i++)
		buf_format(&text, "w%d ", i);
	struct search_entry entry = prepared(S("Rain"), buf_str(&text));
	assert_true(str_starts_with(entry.tokens, S("rain\n\nw0 w1 ")));
	assert_true(str_ends_with(entry.tokens, S(" w9998 w9999")));
	buf_clear(&text);
	for (int i = 0; i < SEARCH_DOCUMENT_WORDS; i++)
		buf_format(&text, "%0100d ", i);
	entry = prepared(S("Rain"), buf_str(&text));
	assert_in_range(entry.tokens.length, SEARCH_DOCUMENT_BYTES - 200, SEARCH_DOCUMENT_BYTES + 2);
	buf_done(&text);
	struct search_document bad = {.story_id = 3, .language = S("en"), .headline = S("\xFF")};
	assert_int_equal(search_prepare(&bad, &mem, &entry), ERR_INVALID);
}

/* ---- queries ---- */

static void assert_query(const char *text, const char *expected)
{
	struct search_query query = test_query(&mem, str_from_c(text));
	assert_string_equal(test_query_text(&mem, &query), expected);
	assert_false(query.is_cut);
}

static void test_parse_reads_words_and_phrases(void **state)
{
	(void)state;
	assert_query("Biden  White", "biden white");
	assert_query("\"White House\" biden", "[white house] biden");
	assert_query("\u201CWhite House\u201D", "[white house]");
	assert_query("\u00ABالبيت الأبيض\u00BB بايدن", "[البيت الابيض] بايدن");
	assert_query("'white house' \u2018of the\u2019", "[white house] [of the]");
	assert_query("\"rain\"", "rain");
	assert_query("\"a b\"c", "[a b] c");
	/* Marks of one kind belong together however they are turned. */
	assert_query("\u00BBa b\u201C", "[a b]");
	/* A letter that stands for several words is found as these. */
	assert_query("\uFDFA", "[صلي الله عليه وسلم]");
}

static void test_parse_reads_what_is_excluded(void **state)
{
	(void)state;
	assert_query("rain -flood", "rain -flood");
	assert_query("-flood rain", "-flood rain");
	assert_query("rain -\"of the\"", "rain -[of the]");
	assert_query("\u0645\u0637\u0631 \u200F-\u0628\u063A\u062F\u0627\u062F",
	             "\u0645\u0637\u0631 -\u0628\u063A\u062F\u0627\u062F");
	assert_query("covid-19", "covid 19");
	assert_query("rain - flood", "rain flood");
	/* Nothing but exclusions: words. */
	assert_query("-rain -\"of the\"", "rain [of the]");
}

static void test_parse_takes_broken_syntax_for_words(void **state)
{
	(void)state;
	assert_query("\"white house", "white house");
	assert_query("white\" house", "white house");
	assert_query("\"\" \"", "");
	assert_query("\"white' house\"", "[white house]");
	assert_query("'tis the season", "tis the season");
	assert_query("workers' rights and owners' duties", "workers rights and owners duties");
	assert_query("don't 'stop", "dont stop");
	assert_query("(rain OR flood) AND NOT near(a, 3) col:x* ^y", "rain or flood and not near a 3 "
	                                                             "col x y");
	assert_query("", "");
	assert_query("  \t\n", "");
	assert_query("- -- \"-\"", "");
	assert_query("!@#$%^&*()|<>:", "");
	assert_query("'; DROP TABLE story; --", "drop table story");
}

static void test_parse_takes_any_bytes(void **state)
{
	(void)state;
	struct search_query query = test_query(&mem, S("a\xFF\xC3 b\0c \xE2\x80"));
	assert_string_equal(test_query_text(&mem, &query), "a b c");
	query = test_query(&mem, (Str){NULL, 0});
	assert_int_equal(query.term_count, 0);
}

static void test_parse_has_bounds(void **state)
{
	(void)state;
	struct search_query query = test_query(&mem, S("a b c d e f g h i j \"k l m n\" o"));
	assert_string_equal(test_query_text(&mem, &query), "a b c d e f g h i j [k l]");
	assert_true(query.is_cut);
	char *text = arena_alloc(&mem, 5000);
	memset(text, ' ', 5000);
	text[900] = 'a';
	text[2000] = 'b';
	query = test_query(&mem, (Str){text, 5000});
	assert_string_equal(test_query_text(&mem, &query), "a");
	assert_true(query.is_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_tokens_are_folded_words, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tokens_bring_arabic_and_kurdish_spellings_together,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_arabic_tokens_are_without_articles_and_conjunctions,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_arabic_tokens_are_alike_with_a_prefix_and_without,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_arabic_tokens_keep_as_many_letters_as_a_word_needs,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tokens_of_other_languages_stay_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tokens_hold_nothing_that_a_database_could_read, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_tokens_of_ascii_words_are_as_folding_has_them, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_places_are_ordered_as_stories_were_published, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_terms_are_tokens_pairs_language_and_section, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_prepare_leaves_out_what_is_too_much, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_parse_reads_words_and_phrases, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_parse_reads_what_is_excluded, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_parse_takes_broken_syntax_for_words, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_parse_takes_any_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_parse_has_bounds, setup, teardown),
	};
	return cmocka_run_group_tests_name("search_query", tests, NULL, NULL);
}
