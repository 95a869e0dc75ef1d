#include "base/utf8.h"
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

/* ---- as ICU has it ---- */

static void assert_as_by_icu(Str text)
{
	struct text_word *words;
	size_t count;
	BUF_CLEANUP struct buf by_icu;
	buf_init(&by_icu, (text.length + 1) * sizeof *words);
	assert_int_equal(text_words(text, SIZE_MAX, &mem, &words, &count), OK);
	assert_int_equal(words_by_icu(text, 0, &by_icu), OK);
	if (!str_equal((Str){(const char *)words, count * sizeof *words}, buf_str(&by_icu)))
		fail_msg("other words than ICU's: \"%.*s\"", STR(text));
	arena_clear(&mem);
}

/* What stands before and behind a character: each of them with each of the signs that join words,
 * digits or marks to it. */
static const char *const surroundings[][2] = {
    {"", ""},
    {"a", "a"},
    {"1", "1"},
    {"a", "1"},
    {"1", "a"},
    {"ب", "ب"},
    {"٣", "٣"},
    {"a ", " a"},
    {"a", " b"},
    {"a.", "b"},
    {"a", ".b"},
    {"a", "\u0301b"},
    {"1,", "2"},
    {"1", ",2"},
    {"\u200D", "a"},
    {"a\u200D", "b"},
    {"a'", "b"},
    {"a", "'b"},
    {"_", "_"},
    {"-", "-"},
    {"\u05D0", "\u05D0"},
    {"\u3042", "\u3042"},
    {"\n", "a"},
    {"a\r", "b"},
    {"@", "a"},
    {"a:", "b"},
    {"\u200C", "\u200C"},
    {"\u0E01", "\u0E01"},
    {"a\u0640", "b"},
    {".", "."},
};

static void test_text_words_are_icus_around_every_letter(void **state)
{
	(void)state;
	for (uint32_t point = 1; point < 0x3100; point = point == 0x0A00 ? 0x1F00 : point + 1)
		for (size_t i = 0; i < sizeof surroundings / sizeof surroundings[0]; i++) {
			BUF_CLEANUP struct buf text;
			char bytes[4];
			buf_init(&text, 64);
			buf_add(&text, str_from_c(surroundings[i][0]));
			buf_add(&text, (Str){bytes, utf8_encode(point, bytes)});
			buf_add(&text, str_from_c(surroundings[i][1]));
			assert_as_by_icu(buf_str(&text));
		}
}

/* Of letters, signs and marks that have rules between them; the same in every run. */
static const uint32_t rule_points[] = {
    'a',    'B',    '1',    '7',    ' ',    ' ',     '\n',    '\r',   '\t',   '.',    ',',    ';',
    ':',    '\'',   '"',    '_',    '-',    '/',     '@',     '#',    0xA0,   0xAD,   0xB7,   0xE9,
    0x301,  0x5D0,  0x5F3,  0x60C,  0x628,  0x640,   0x64E,   0x661,  0x66B,  0x66C,  0x6D5,  0x6DD,
    0x200B, 0x200C, 0x200D, 0x200E, 0x2013, 0x2019,  0x201C,  0x202F, 0x2060, 0x2764, 0xFE0F, 0xE01,
    0x30AB, 0x4E00, 0xFF0E, 0x85,   0x2028, 0x1F600, 0x1F1EA, 0x387,  0x300,  0x434};

static void test_text_words_are_icus_in_texts_by_chance(void **state)
{
	(void)state;
	uint64_t number = 88172645463325252u;
	for (int i = 0; i < 10000; i++) {
		BUF_CLEANUP struct buf text;
		buf_init(&text, 200);
		for (int j = 0; j < 24; j++) {
			char bytes[4];
			number ^= number << 13;
			number ^= number >> 7;
			number ^= number << 17;
			uint32_t point = rule_points[number % (sizeof rule_points / sizeof rule_points[0])];
			buf_add(&text, (Str){bytes, utf8_encode(point, bytes)});
		}
		assert_as_by_icu(buf_str(&text));
	}
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
	    cmocka_unit_test(test_text_words_are_icus_around_every_letter),
	    cmocka_unit_test(test_text_words_are_icus_in_texts_by_chance),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
