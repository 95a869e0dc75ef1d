#include "i18n/i18n.h"

#include "base/utf8.h"
#include "i18n/i18n_private.h"
#include "i18n/i18n_test_support.h"

static void assert_slug(const char *text, const char *expected)
{
	Str out;
	assert_int_equal(text_slug(str_from_c(text), &mem, &out), OK);
	assert_text(out, expected);
}

static void test_text_nfc_joins_letters_and_their_marks(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(text_nfc(S("e\u0301"), &mem, &out), OK);
	assert_text(out, "\u00E9");
	assert_int_equal(text_nfc(S("\u0627\u0653"), &mem, &out), OK);
	assert_text(out, "\u0622");
	assert_int_equal(text_nfc(S("plain \tASCII\n"), &mem, &out), OK);
	assert_text(out, "plain \tASCII\n");
	assert_int_equal(text_nfc(S(""), &mem, &out), OK);
	assert_int_equal(out.length, 0);
	assert_int_equal(text_nfc((Str){NULL, 0}, &mem, &out), OK);
}

static void test_texts_keep_nul_characters_and_refuse_bad_utf8(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
	Str out = S("untouched");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(text_nfc(str_from_c(bad[i]), &mem, &out), ERR_INVALID);
		assert_int_equal(text_fold(str_from_c(bad[i]), &mem, &out), ERR_INVALID);
		assert_int_equal(text_fold_search(str_from_c(bad[i]), &mem, &out), ERR_INVALID);
		assert_int_equal(text_slug(str_from_c(bad[i]), &mem, &out), ERR_INVALID);
	}
	assert_text(out, "untouched");
	assert_int_equal(text_nfc(S("é\0é"), &mem, &out), OK);
	assert_true(str_equal(out, S("é\0é")));
	assert_int_equal(text_slug(S("a\0b"), &mem, &out), OK);
	assert_text(out, "a-b");
}

static void test_texts_past_the_maximum_are_refused(void **state)
{
	(void)state;
	Str out;
	Str large = repeated("é", (int)(TEXT_MAX / 2) + 1);
	assert_int_equal(text_nfc(large, &mem, &out), ERR_TOO_LARGE);
	assert_int_equal(text_slug(large, &mem, &out), ERR_TOO_LARGE);
	assert_int_equal(text_fold(large, &mem, &out), ERR_TOO_LARGE);
	assert_int_equal(text_fold_search(large, &mem, &out), ERR_TOO_LARGE);
}

static void test_text_slug_of_english_headlines(void **state)
{
	(void)state;
	assert_slug("Biden’s “first” visit: what’s next?", "bidens-first-visit-whats-next");
	assert_slug("Biden's visit", "bidens-visit");
	assert_slug("  U.S. & Iraq — a  new\u00A0start!  ", "u-s-iraq-a-new-start");
	assert_slug("Café Élan, Zürich", "café-élan-zürich");
	assert_slug("Cafe\u0301", "caf\u00E9");
	assert_slug("AL-KADHIMI", "al-kadhimi");
	assert_slug("100% of 2,500 troops", "100-of-2-500-troops");
	assert_slug("ΟΔΟΣ", "οδος");
}

static void test_text_slug_of_arabic_headlines(void **state)
{
	(void)state;
	assert_slug("الكاظمي يلتقي بايدن في واشنطن", "الكاظمي-يلتقي-بايدن-في-واشنطن");
	assert_slug("«بايدن»: ٢٬٥٠٠ جندي؟", "بايدن-٢-٥٠٠-جندي");
	assert_slug("العـــراق", "العراق");
	assert_slug("مُحَمَّد", "مُحَمَّد");
	assert_slug("هه\u200Cولێر", "ههولێر");
}

static void test_text_slug_drops_what_cannot_be_seen(void **state)
{
	(void)state;
	assert_slug("\u200Fwo\u00ADrd\u2069", "word");
	assert_slug("two\u200Bwords", "two-words");
	assert_slug("❤️ love 1️⃣", "love-1");
	assert_slug("\u0301\u0302 mark", "mark");
	/* What a dropped sign kept apart is joined. */
	assert_slug("e\u2019\u0301", "\u00E9");
}

static void test_text_slug_of_nothing_is_empty(void **state)
{
	(void)state;
	assert_slug("", "");
	assert_slug(" — … !?", "");
	assert_slug("'’", "");
	assert_slug("🗞️", "");
}

static void test_text_slug_is_cut_at_a_hyphen(void **state)
{
	(void)state;
	/* 9 × "ten-chars-" is cut after 79, as the 80th is a hyphen. */
	Str out;
	assert_int_equal(text_slug(repeated("ten chars ", 9), &mem, &out), OK);
	assert_true(str_equal(out, str_slice(repeated("ten-chars-", 8), 0, 79)));
	/* Exactly 80 stay, and one more takes the last word with it. */
	assert_int_equal(text_slug(repeated("abcdefg ", 10), &mem, &out), OK);
	assert_int_equal(utf8_length(out), 79);
	assert_slug("aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaaa",
	            "aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaaa");
	assert_slug("aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaaaa",
	            "aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa");
	assert_slug(
	    "aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaaa b",
	    "aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaa-aaaaaaaaaa");
}

static void test_text_slug_of_one_long_word_is_cut_between_letters(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(text_slug(repeated("ع", 200), &mem, &out), OK);
	assert_int_equal(utf8_length(out), 80);
	/* A letter goes with its mark, and a heap of marks does not empty the slug. */
	assert_int_equal(text_slug(repeated("م\u064E\u0651", 100), &mem, &out), OK);
	assert_int_equal(utf8_length(out), 78);
	Str letter = S("x");
	Str parts[] = {letter, repeated("\u0301", 300)};
	Str heap;
	assert_int_equal(arena_format(&mem, &heap, "%.*s%.*s", STR(parts[0]), STR(parts[1])), OK);
	assert_int_equal(text_slug(heap, &mem, &out), OK);
	assert_int_equal(utf8_length(out), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_nfc_joins_letters_and_their_marks),
	    cmocka_unit_test(test_texts_keep_nul_characters_and_refuse_bad_utf8),
	    cmocka_unit_test(test_texts_past_the_maximum_are_refused),
	    cmocka_unit_test(test_text_slug_of_english_headlines),
	    cmocka_unit_test(test_text_slug_of_arabic_headlines),
	    cmocka_unit_test(test_text_slug_drops_what_cannot_be_seen),
	    cmocka_unit_test(test_text_slug_of_nothing_is_empty),
	    cmocka_unit_test(test_text_slug_is_cut_at_a_hyphen),
	    cmocka_unit_test(test_text_slug_of_one_long_word_is_cut_between_letters),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
