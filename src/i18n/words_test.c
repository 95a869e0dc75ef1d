#include "i18n/i18n.h"

#include "i18n/i18n_private.h"
#include "i18n/i18n_test_support.h"

/* `expected` has the words with a | between them. */
static void assert_words(const char *text, size_t max, const char *expected)
{
	struct text_word *words;
	size_t count;
	BUF_CLEANUP struct buf joined;
	buf_init(&joined, 1000);
	assert_int_equal(text_words(str_from_c(text), max, &mem, &words, &count), OK);
	for (size_t i = 0; i < count; i++) {
		buf_add(&joined, i > 0 ? S("|") : S(""));
		buf_add(&joined,
		        str_slice(str_from_c(text), words[i].start, words[i].end - words[i].start));
	}
	assert_int_equal(buf_check(&joined), OK);
	assert_text(buf_str(&joined), expected);
}

static void test_text_words_of_english(void **state)
{
	(void)state;
	assert_words("Biden’s visit: 2,500 troops — don't go!", 99,
	             "Biden’s|visit|2,500|troops|don't|go");
	assert_words("Al-Kazemi", 99, "Al|Kazemi");
	assert_words("(the U.S.) Café", 99, "the|U.S|Café");
	assert_words("❤️ … !?", 99, "");
}

static void test_text_words_of_arabic_and_kurdish(void **state)
{
	(void)state;
	assert_words("«الكاظمي»، ٢٬٥٠٠ جندي؟", 99, "الكاظمي|٢٬٥٠٠|جندي");
	assert_words("مُحَمَّد العـــراق", 99, "مُحَمَّد|العـــراق");
	assert_words("٢٣ی تەمموز", 99, "٢٣ی|تەمموز");
	/* A joiner does not part a word. */
	assert_words("هه\u200Cولێر، نامه\u200Cیەک", 99, "هه\u200Cولێر|نامه\u200Cیەک");
	assert_words("\u200Fالعراق\u200F", 99, "العراق\u200F");
}

static void test_text_words_without_spaces(void **state)
{
	(void)state;
	assert_words("カタカナ", 99, "カタカナ");
	assert_words("ภาษาไทย", 99, "ภาษา|ไทย");
}

static void test_text_words_stops_at_the_maximum(void **state)
{
	(void)state;
	assert_words("one two three", 2, "one|two");
	assert_words("one two three", 3, "one|two|three");
	assert_words("one two three", 0, "");
	assert_words("one two three", SIZE_MAX, "one|two|three");
}

static void test_text_words_of_nothing_are_none(void **state)
{
	(void)state;
	struct text_word *words;
	size_t count = 1;
	assert_int_equal(text_words((Str){NULL, 0}, 99, &mem, &words, &count), OK);
	assert_int_equal(count, 0);
}

static void test_text_words_refuses_bad_utf8_and_what_is_too_long(void **state)
{
	(void)state;
	struct text_word *words = NULL;
	size_t count = 7;
	assert_int_equal(text_words(S("a \xC3"), 99, &mem, &words, &count), ERR_INVALID);
	assert_int_equal(text_words(repeated("a ", (int)(TEXT_MAX / 2) + 1), 99, &mem, &words, &count),
	                 ERR_TOO_LARGE);
	assert_null(words);
	assert_int_equal(count, 7);
}

static void test_text_words_says_when_there_is_no_room(void **state)
{
	(void)state;
	struct arena small;
	struct text_word *words = NULL;
	size_t count = 7;
	arena_init(&small, 3 * sizeof(struct text_word));
	assert_int_equal(text_words(S("a b c d"), 99, &small, &words, &count), ERR_MEMORY);
	assert_null(words);
	assert_int_equal(text_words(S("a b c d"), 3, &small, &words, &count), OK);
	assert_int_equal(count, 3);
	arena_done(&small);
}

static void assert_same_words(const char *one, const char *other)
{
	const char *const texts[] = {one, other};
	struct text_word *words[2];
	size_t counts[2];
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(text_words(str_from_c(texts[i]), 99, &mem, &words[i], &counts[i]), OK);
	assert_int_equal(counts[0], counts[1]);
	for (size_t i = 0; i < counts[0]; i++) {
		Str folded[2];
		for (size_t j = 0; j < 2; j++) {
			struct text_word word = words[j][i];
			Str found = str_slice(str_from_c(texts[j]), word.start, word.end - word.start);
			assert_int_equal(text_fold_search(found, &mem, &folded[j]), OK);
		}
		assert_true(str_equal(folded[0], folded[1]));
	}
}

static void test_words_typed_on_other_keyboards_break_and_fold_alike(void **state)
{
	(void)state;
	assert_same_words("مصطفى الكاظمي", "مصطفی الکاظمی");
	assert_same_words("ھەولێری ڕووداو", "هه\u200Cوليرى رووداو");
	assert_same_words("they don't", "they don’t");
	assert_same_words("al-Kazemi’s 2,500", "al Kazemi 2500");
	assert_same_words("عام ٢٠٢١", "عام\u00A02021");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_words_of_english),
	    cmocka_unit_test(test_text_words_of_arabic_and_kurdish),
	    cmocka_unit_test(test_text_words_without_spaces),
	    cmocka_unit_test(test_text_words_stops_at_the_maximum),
	    cmocka_unit_test(test_text_words_of_nothing_are_none),
	    cmocka_unit_test(test_text_words_refuses_bad_utf8_and_what_is_too_long),
	    cmocka_unit_test(test_text_words_says_when_there_is_no_room),
	    cmocka_unit_test(test_words_typed_on_other_keyboards_break_and_fold_alike),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
