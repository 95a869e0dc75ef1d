#include "i18n/i18n_private.h"

#include "base/utf8.h"
#include "i18n/i18n_test_support.h"

static void assert_folds(const char *text, const char *expected)
{
	Str out;
	assert_int_equal(text_fold(str_from_c(text), &mem, &out), OK);
	assert_text(out, expected);
}

static void assert_found(const char *expected, const char *text)
{
	Str out;
	assert_int_equal(text_fold_search(str_from_c(text), &mem, &out), OK);
	assert_text(out, expected);
}

/* Both are found by what the other is. */
static void assert_found_alike(const char *one, const char *other)
{
	Str folded;
	char *text;
	assert_int_equal(text_fold_search(str_from_c(one), &mem, &folded), OK);
	assert_int_equal(arena_c_string(&mem, folded, &text), OK);
	assert_found(text, other);
}

/* --- Names --- */

static void test_text_fold_joins_the_spellings_of_one_name(void **state)
{
	(void)state;
	assert_folds("Kadhimi", "kadhimi");
	assert_folds("ＫＡＤＨＩＭＩ", "kadhimi");
	assert_folds("Zoë Müller", "zoe muller");
	assert_folds("Zoe\u0308", "zoe");
	assert_folds("Straße", "strasse");
	assert_folds("Việt Nam", "viet nam");
	assert_folds("ﬁnance", "finance");
	assert_folds("İstanbul", "istanbul");
	assert_folds("\u00ADsoft\u200D", "soft");
	assert_folds("Jørgen Æbelø", "jorgen aebelo");
	assert_folds("Yıldız", "yildiz");
}

static void test_text_fold_drops_what_arabic_readers_leave_out(void **state)
{
	(void)state;
	assert_folds("أحمد", "احمد");
	assert_folds("إبراهيم", "ابراهيم");
	assert_folds("آمال", "امال");
	assert_folds("\u0627\u0653مال", "امال");
	assert_folds("ٱلرحمن", "الرحمن");
	assert_folds("مصطفى", "مصطفي");
	assert_folds("المدينة", "المدينه");
	assert_folds("مُحَمَّدٌ", "محمد");
	assert_folds("رحمٰن", "رحمن");
	assert_folds("كـــاظمي", "كاظمي");
	assert_folds("کاظمی", "كاظمي");
	/* A hamza on another seat is another letter. */
	assert_folds("رؤوف", "رؤوف");
	assert_folds("رئيس", "رئيس");
}

static void test_text_fold_keeps_the_marks_of_other_scripts(void **state)
{
	(void)state;
	assert_folds("Й", "й");
	assert_folds("हिन्दी", "हिन्दी");
	assert_folds("が", "が");
	assert_folds("한국", "한국");
}

static void test_text_fold_of_nothing_is_nothing(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(text_fold((Str){NULL, 0}, &mem, &out), OK);
	assert_int_equal(out.length, 0);
	assert_folds("\u064E\u0640", "");
}

static void test_text_fold_survives_what_grows_most(void **state)
{
	(void)state;
	Str out;
	/* U+FDFA becomes a sentence of eighteen. */
	assert_int_equal(text_fold(repeated("\uFDFA", 1000), &mem, &out), OK);
	assert_int_equal(utf8_length(out), 18000);
}

static void test_text_fold_joins_kurdish_as_it_is_typed(void **state)
{
	(void)state;
	assert_folds("ھەولێر", "ههولێر");
	assert_folds("هەولێر", "ههولێر");
	assert_folds("هه\u200Cولێر", "ههولێر"); /* from before there was an ae */
	assert_folds("کوردی", "كوردي");
	assert_folds("كوردي", "كوردي");
	/* The first reh of a word is always the rolled one. */
	assert_folds("ڕووداو", "رووداو");
	assert_folds("تۆڕی ڕووداو", "تۆڕي رووداو");
}

static void test_text_fold_keeps_letters_that_part_kurdish_words(void **state)
{
	(void)state;
	assert_folds("شێر", "شێر"); /* lion */
	assert_folds("شیر", "شير"); /* milk */
	assert_folds("گوڵ", "گوڵ");
	assert_folds("کەڕ", "كهڕ");
	assert_folds("کۆ", "كۆ");
}

static void test_text_fold_has_one_form_of_each_sign(void **state)
{
	(void)state;
	assert_folds("don’t", "don't");
	assert_folds("don\u00B4t", "don't");
	assert_folds("don‘t", "don't");
	assert_folds("Saʿdi", "sa'di");
	assert_folds("צה״ל", "צה\"ל");
	assert_folds("«Sadr» “City”", "\"sadr\" \"city\"");
	assert_folds("Al\u2011Kazemi", "al-kazemi");
	assert_folds("Al–Kazemi", "al-kazemi");
	assert_folds("−5", "-5");
	assert_folds("٢٠٢١ ۲۰۲۱ 2021", "2021 2021 2021");
	assert_folds("٢٫٥", "2.5");
}

static void test_text_fold_has_one_space_between_words(void **state)
{
	(void)state;
	assert_folds("White\u00A0House", "white house");
	assert_folds("\u3000White \u2009\tHouse\n", "white house");
	assert_folds("White\u200BHouse", "white house");
	assert_folds("White \u200F House", "white house");
	assert_folds(" ", "");
}

/* --- Searches --- */

static void test_text_fold_search_finds_what_is_typed_without_its_marks(void **state)
{
	(void)state;
	assert_found("كاظمي", "کاظمی");
	assert_found("كاظمي", "كاظمى");
	assert_found("ههولير", "هەولێر");
	assert_found_alike("ھەولێر", "هه\u200Cولير");
	assert_found_alike("بەڕێوەبردن", "بةريوةبردن");
	assert_found_alike("گوڵ", "گول");
	assert_found_alike("کۆمار", "كومار");
	assert_found_alike("ئێران", "ئيران");
	assert_found_alike("رؤوف", "روؤف");
	assert_found_alike("هيئة", "هييه");
	assert_found_alike("\u064A\u0654", "ئ");
	assert_found_alike("الرَّئيس", "الرئيس");
	assert_found_alike("Müller", "muller");
}

static void test_text_fold_search_leaves_out_signs_within_a_word(void **state)
{
	(void)state;
	assert_found("dont", "don't");
	assert_found("dont", "Don’t");
	assert_found("baath", "Baʿath");
	assert_found("biden", "Biden’s");
	assert_found("biden", "BIDEN'S");
	assert_found("sadi", "Sa'di");
	assert_found("osullivan", "O'Sullivan"); /* an s that begins a name is not a possessive */
	assert_found("us", "U.S.");
	assert_found("2500", "2,500");
	assert_found("2500", "٢٬٥٠٠");
	assert_found("2500", "٢،٥٠٠");
	assert_found("2.5", "٢٫٥");
	assert_found("2.5", "2.5");
	assert_found("", "’");
}

static void test_text_fold_search_parts_arabic_letters_from_numbers_and_names(void **state)
{
	(void)state;
	assert_found("2015 هوه", "2015ـەوە");
	assert_found("2015 هوه", "٢٠١٥ەوە");
	assert_found("23 ي", "٢٣ی");
	assert_found("ال 20", "الـ20");
	assert_found("ال 20", "الــَـ٢٠");
	assert_found("bbc ي", "BBCی");
	assert_found("ال ae5", "الÆـ5"); /* what grows most */
	assert_found("mh370", "MH370");
	assert_found("covid19", "covid19");
	assert_found("2.5 م", "٢٫٥م");
}

static void test_text_fold_search_keeps_other_words_apart(void **state)
{
	(void)state;
	assert_found("باب", "باب");
	assert_found("پاپ", "پاپ");
	assert_found("قلب", "قلب");
	assert_found("كلب", "كلب");
	assert_found("й", "Й");
}

/* --- Both --- */

static void assert_stable(Err (*change)(Str, struct arena *, Str *), Str text)
{
	Str once;
	Str twice;
	assert_int_equal(change(text, &mem, &once), OK);
	assert_int_equal(change(once, &mem, &twice), OK);
	assert_true(str_equal(once, twice));
	assert_true(utf8_is_valid(once));
	assert_true(once.length <= text.length * TEXT_FOLD_GROWTH);
}

static void test_folding_twice_changes_nothing_and_grows_no_further_than_it_says(void **state)
{
	(void)state;
	/* The planes past these two have ideographs, which no rule touches. */
	for (uint32_t point = 1; point <= 0x1FFFF; point++) {
		char bytes[6] = {'a'};
		char mixed[7] = "\u0628";
		if (point >= 0xD800 && point <= 0xDFFF)
			continue;
		/* Alone, between two letters, and between an Arabic one and a digit. */
		size_t length = utf8_encode(point, bytes + 1);
		bytes[1 + length] = 's';
		assert_stable(text_fold, (Str){bytes + 1, length});
		assert_stable(text_fold_search, (Str){bytes + 1, length});
		assert_stable(text_fold, (Str){bytes, length + 2});
		assert_stable(text_fold_search, (Str){bytes, length + 2});
		memcpy(mixed + 2, bytes + 1, length);
		mixed[2 + length] = '2';
		assert_stable(text_fold_search, (Str){mixed, length + 3});
		arena_clear(&mem);
	}
}

/* What is folded by a table, and what ICU makes of it. */
static void assert_as_by_icu(Str text)
{
	for (enum fold_purpose purpose = FOLD_NAME; purpose < FOLD_PURPOSES; purpose++) {
		Str folded;
		Str by_icu;
		assert_int_equal((purpose == FOLD_NAME ? text_fold : text_fold_search)(text, &mem, &folded),
		                 OK);
		assert_int_equal(fold_any(text, purpose, &mem, &by_icu), OK);
		if (!str_equal(folded, by_icu))
			fail_msg("\"%.*s\" becomes \"%.*s\", by ICU \"%.*s\"", STR(text), STR(folded),
			         STR(by_icu));
	}
}

/* Each letter between all kinds of others: of its own script and another, marks, digits, a space,
 * and signs that are left out. */
static void test_folding_by_a_table_is_icus_around_every_letter(void **state)
{
	(void)state;
	static const char *const beside[] = {"",  "a", "s", "ß", "É",      "i",     "1",
	                                     " ", "ب", "ی", "ڕ", "ە",      "٣",     "ـ",
	                                     "َ",  "'", ".", ",", "\u0307", "\u0654"};
	enum { BESIDE = sizeof beside / sizeof beside[0] };
	for (uint32_t point = 1; point < 0x710; point = point == 0x260 ? 0x600 : point + 1)
		for (size_t i = 0; i < 3 * (size_t)BESIDE; i++) {
			BUF_CLEANUP struct buf text;
			char bytes[4];
			buf_init(&text, 64);
			buf_add(&text, str_from_c(i / BESIDE == 1 ? "" : beside[i % BESIDE]));
			buf_add(&text, (Str){bytes, utf8_encode(point, bytes)});
			buf_add(&text, str_from_c(i / BESIDE == 2 ? "" : beside[i % BESIDE]));
			assert_as_by_icu(buf_str(&text));
			arena_clear(&mem);
		}
}

static void test_folding_by_a_table_is_icus_in_texts_by_chance(void **state)
{
	(void)state;
	uint64_t number = 88172645463325252u;
	for (int i = 0; i < 10000; i++) {
		BUF_CLEANUP struct buf text;
		bool is_arabic = i % 2 == 0;
		buf_init(&text, 64);
		for (int j = 0; j < 8; j++) {
			char bytes[4];
			number ^= number << 13;
			number ^= number >> 7;
			number ^= number << 17;
			uint32_t point = is_arabic ? 0x600 + number % 0x100 : 0x20 + number % 0x230;
			if ((number >> 40) % 8 == 0)
				point = ' ';
			buf_add(&text, (Str){bytes, utf8_encode(point, bytes)});
		}
		assert_as_by_icu(buf_str(&text));
		arena_clear(&mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_fold_joins_the_spellings_of_one_name),
	    cmocka_unit_test(test_text_fold_drops_what_arabic_readers_leave_out),
	    cmocka_unit_test(test_text_fold_keeps_the_marks_of_other_scripts),
	    cmocka_unit_test(test_text_fold_of_nothing_is_nothing),
	    cmocka_unit_test(test_text_fold_survives_what_grows_most),
	    cmocka_unit_test(test_text_fold_joins_kurdish_as_it_is_typed),
	    cmocka_unit_test(test_text_fold_keeps_letters_that_part_kurdish_words),
	    cmocka_unit_test(test_text_fold_has_one_form_of_each_sign),
	    cmocka_unit_test(test_text_fold_has_one_space_between_words),
	    cmocka_unit_test(test_text_fold_search_finds_what_is_typed_without_its_marks),
	    cmocka_unit_test(test_text_fold_search_leaves_out_signs_within_a_word),
	    cmocka_unit_test(test_text_fold_search_parts_arabic_letters_from_numbers_and_names),
	    cmocka_unit_test(test_text_fold_search_keeps_other_words_apart),
	    cmocka_unit_test(test_folding_twice_changes_nothing_and_grows_no_further_than_it_says),
	    cmocka_unit_test(test_folding_by_a_table_is_icus_around_every_letter),
	    cmocka_unit_test(test_folding_by_a_table_is_icus_in_texts_by_chance),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
