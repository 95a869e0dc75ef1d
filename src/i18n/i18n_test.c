#include "i18n/i18n.h"

#include "i18n/i18n_private.h"
#include "i18n/i18n_test_support.h"

#include <pthread.h>
#include <stdlib.h>

#define BAGHDAD S("Asia/Baghdad")
#define STORY_TIME ((Time)1627040340000) /* 2021-07-23T11:39:00Z */

/* As tools/embed.py would write them. */
static const struct embedded_message messages[] = {
    {"ar", "Home", NULL, {"الرئيسية"}, 1},
    {"ar",
     "{n} reply",
     "{n} replies",
     {"لا ردود", "رد واحد", "ردان", "{n} ردود", "{n} ردًا", "{n} رد"},
     6},
    {"ar", "{n} story", "{n} stories", {"لا شيء"}, 1},
    {"ckb", "Home", NULL, {"سەرەکی"}, 1},
    {"ckb", "{n} reply", "{n} replies", {"یەک وەڵام", "{n} وەڵام"}, 2},
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

static const struct language *english(void)
{
	return language_find(S("en"));
}

static const struct language *arabic(void)
{
	return language_find(S("ar"));
}

static const struct language *kurdish(void)
{
	return language_find(S("ckb"));
}

/* --- Languages and words --- */

static void test_language_find_knows_english_arabic_and_kurdish(void **state)
{
	(void)state;
	assert_text(english()->name, "English");
	assert_text(english()->direction, "ltr");
	assert_text(arabic()->name, "العربية");
	assert_text(arabic()->direction, "rtl");
	assert_text(kurdish()->name, "کوردی");
	assert_text(kurdish()->direction, "rtl");
	assert_null(language_find(S("de")));
	assert_null(language_find(S("EN")));
	assert_null(language_find(S("")));
	assert_ptr_equal(language_at(0), arabic());
	assert_ptr_equal(language_at(1), kurdish());
	assert_ptr_equal(language_at(2), english());
	assert_null(language_at(3));
}

static void test_language_codes_name_all_languages_in_order(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf codes;
	buf_init(&codes, 1000);
	for (size_t i = 0; language_at(i) != NULL; i++) {
		bool is_last = language_at(i + 1) == NULL;
		buf_add(&codes, i == 0 ? S("") : is_last ? S(" or ") : S(", "));
		buf_add(&codes, language_at(i)->code);
	}
	assert_int_equal(buf_check(&codes), OK);
	assert_text(buf_str(&codes), LANGUAGE_CODES);
}

static void test_message_find_finds_every_message_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++)
		assert_ptr_equal(message_find(messages, MESSAGES, str_from_c(messages[i].lang),
		                              str_from_c(messages[i].msgid)),
		                 &messages[i]);
	assert_null(message_find(messages, MESSAGES, S("en"), S("Home")));
	assert_null(message_find(messages, MESSAGES, S("ar"), S("Hom")));
	assert_null(message_find(messages, MESSAGES, S("ar"), S("")));
	assert_null(message_find(messages, 0, S("ar"), S("Home")));
}

static void test_i18n_text_is_the_sentence_itself_without_a_translation(void **state)
{
	(void)state;
	assert_text(i18n_text(arabic(), "no catalogue has this"), "no catalogue has this");
	assert_text(i18n_text_of(english(), S("Leave a Reply")), "Leave a Reply");
}

static void test_embedded_messages_are_sorted_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < embedded_message_count; i++) {
		const struct embedded_message *message = &embedded_messages[i];
		const struct language *language = language_find(str_from_c(message->lang));
		assert_non_null(language);
		assert_ptr_equal(message_find(embedded_messages, embedded_message_count, language->code,
		                              str_from_c(message->msgid)),
		                 message);
		if (message->msgid_plural == NULL)
			assert_text(i18n_text(language, message->msgid), message->forms[0]);
	}
}

static void test_catalogues_have_the_plural_forms_that_their_language_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < embedded_message_count; i++) {
		const struct embedded_message *message = &embedded_messages[i];
		const struct language_tools *tools;
		int forms = 0;
		if (message->msgid_plural == NULL)
			continue;
		assert_int_equal(language_tools(language_find(str_from_c(message->lang)), &tools), OK);
		for (size_t j = 0; j < PLURAL_CATEGORIES; j++)
			forms += tools->forms[j] >= 0;
		assert_int_equal(message->form_count, forms);
	}
}

static void test_the_kurdish_catalogue_is_written_in_the_kurdish_alphabet(void **state)
{
	(void)state;
	/* Arabic's own letters, tatweel, and the joiner that old Kurdish fonts needed. */
	static const char *const foreign[] = {"ي", "ى", "ك", "ه", "ة", "أ", "إ", "ـ", "\u200C"};
	size_t seen = 0;
	for (size_t i = 0; i < embedded_message_count; i++) {
		const struct embedded_message *message = &embedded_messages[i];
		if (!str_equal(str_from_c(message->lang), S("ckb")))
			continue;
		seen++;
		for (int form = 0; form < message->form_count; form++)
			for (size_t j = 0; j < sizeof foreign / sizeof foreign[0]; j++)
				assert_null(strstr(message->forms[form], foreign[j]));
	}
	assert_true(seen > 0);
}

static void assert_plural(const struct language *language, uint64_t n, const char *expected)
{
	Str out;
	assert_int_equal(
	    plural_from(messages, MESSAGES, language, "{n} reply", "{n} replies", n, &mem, &out), OK);
	assert_text(out, expected);
}

static void test_i18n_plural_follows_the_language(void **state)
{
	(void)state;
	assert_plural(english(), 0, "0 replies");
	assert_plural(english(), 1, "1 reply");
	assert_plural(english(), 2, "2 replies");
	assert_plural(english(), 21, "21 replies");
	assert_plural(english(), 12345, "12,345 replies");
	assert_plural(arabic(), 0, "لا ردود");
	assert_plural(arabic(), 1, "رد واحد");
	assert_plural(arabic(), 2, "ردان");
	assert_plural(arabic(), 3, "٣ ردود");
	assert_plural(arabic(), 10, "١٠ ردود");
	assert_plural(arabic(), 11, "١١ ردًا");
	assert_plural(arabic(), 99, "٩٩ ردًا");
	assert_plural(arabic(), 100, "١٠٠ رد");
	assert_plural(arabic(), 102, "١٠٢ رد");
	assert_plural(arabic(), 103, "١٠٣ ردود");
	assert_plural(kurdish(), 0, "٠ وەڵام");
	assert_plural(kurdish(), 1, "یەک وەڵام");
	assert_plural(kurdish(), 2, "٢ وەڵام");
	assert_plural(kurdish(), 1234, "١٬٢٣٤ وەڵام");
}

static void test_i18n_plural_is_exact_for_the_largest_number(void **state)
{
	(void)state;
	assert_plural(english(), UINT64_MAX, "18,446,744,073,709,551,615 replies");
	/* ...615 ends in 15: many. As a double it would end in 16 or 00. */
	assert_plural(arabic(), UINT64_C(9007199254740993), "٩٬٠٠٧٬١٩٩٬٢٥٤٬٧٤٠٬٩٩٣ ردًا");
	assert_plural(arabic(), UINT64_C(9007199254741003), "٩٬٠٠٧٬١٩٩٬٢٥٤٬٧٤١٬٠٠٣ ردود");
}

static void test_i18n_plural_falls_back_to_english_for_a_missing_form(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(
	    plural_from(messages, MESSAGES, arabic(), "{n} story", "{n} stories", 5, &mem, &out), OK);
	assert_text(out, "٥ stories");
	assert_int_equal(i18n_plural(arabic(), "{n} oddity", "{n} oddities", 1, &mem, &out), OK);
	assert_text(out, "١ oddity");
}

static void test_i18n_fill_replaces_marks_once(void **state)
{
	(void)state;
	const struct i18n_value values[] = {{"{name}", S("{time}")}, {"{time}", S("noon")}};
	Str out;
	assert_int_equal(i18n_fill(S("{name}, {time}: {time}{other} {na"), values, 2, &mem, &out), OK);
	assert_text(out, "{time}, noon: noon{other} {na");
	assert_int_equal(i18n_fill(S("{name}{time}"),
	                           (struct i18n_value[]){{"{name}", {NULL, 0}}, {"{time}", {NULL, 0}}},
	                           2, &mem, &out),
	                 OK);
	assert_int_equal(out.length, 0);
}

static void test_i18n_fill_says_when_there_is_no_room(void **state)
{
	(void)state;
	struct arena small;
	Str out = S("untouched");
	arena_init(&small, 16);
	const struct i18n_value value = {"{name}", S("a name that is longer than that")};
	assert_int_equal(i18n_fill(S("by {name}"), &value, 1, &small, &out), ERR_MEMORY);
	assert_text(out, "untouched");
	arena_done(&small);
}

static void assert_list(const struct language *language, size_t count, const char *expected)
{
	const Str items[] = {S("A"), S("B"), S("C"), S("D")};
	Str out;
	assert_int_equal(i18n_list(language, items, count, &mem, &out), OK);
	assert_text(out, expected);
}

static void test_i18n_list_joins_as_the_language_does(void **state)
{
	(void)state;
	assert_list(english(), 1, "A");
	assert_list(english(), 2, "A and B");
	assert_list(english(), 3, "A, B and C");
	assert_list(english(), 4, "A, B, C and D");
	assert_list(arabic(), 1, "A");
	assert_list(arabic(), 3, "A وB وC");
	assert_list(kurdish(), 2, "A و B");
	assert_list(kurdish(), 3, "A و B و C");
	for (size_t i = 0; language_at(i) != NULL; i++)
		assert_list(language_at(i), 0, "");
}

static void test_i18n_list_keeps_empty_items_and_says_when_there_is_no_room(void **state)
{
	(void)state;
	const Str items[] = {{NULL, 0}, S("a name that is long")};
	struct arena small;
	Str out;
	assert_int_equal(i18n_list(english(), items, 2, &mem, &out), OK);
	assert_text(out, " and a name that is long");
	arena_init(&small, 16);
	assert_int_equal(i18n_list(english(), items, 2, &small, &out), ERR_MEMORY);
	assert_text(out, " and a name that is long");
	arena_done(&small);
}

static void test_i18n_number_uses_the_language_s_digits(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(i18n_number(english(), 1234567, &mem, &out), OK);
	assert_text(out, "1,234,567");
	assert_int_equal(i18n_number(arabic(), 1234567, &mem, &out), OK);
	assert_text(out, "١٬٢٣٤٬٥٦٧");
	assert_int_equal(i18n_number(kurdish(), 1234567, &mem, &out), OK);
	assert_text(out, "١٬٢٣٤٬٥٦٧");
	assert_int_equal(i18n_number(english(), INT64_MIN, &mem, &out), OK);
	assert_text(out, "-9,223,372,036,854,775,808");
	assert_int_equal(i18n_number(english(), 0, &mem, &out), OK);
	assert_text(out, "0");
}

/* --- Dates --- */

static void assert_date(const struct language *language, Str zone, Time time, enum date_style style,
                        const char *expected)
{
	Str out;
	assert_int_equal(i18n_date(language, zone, time, style, &mem, &out), OK);
	assert_text(out, expected);
}

static void test_i18n_date_in_english(void **state)
{
	(void)state;
	assert_date(english(), BAGHDAD, STORY_TIME, DATE_DAY, "23 July 2021");
	assert_date(english(), BAGHDAD, STORY_TIME, DATE_LONG_DAY, "Friday, 23 July 2021");
	assert_date(english(), BAGHDAD, STORY_TIME, DATE_TIME, "23 July 2021, 14:39");
	assert_date(english(), BAGHDAD, STORY_TIME, DATE_CLOCK, "14:39");
	assert_date(english(), BAGHDAD, STORY_TIME, DATE_MONTH, "July 2021");
}

static void test_i18n_date_in_arabic_has_the_months_and_digits_of_iraq(void **state)
{
	(void)state;
	assert_date(arabic(), BAGHDAD, STORY_TIME, DATE_DAY, "٢٣ تموز ٢٠٢١");
	assert_date(arabic(), BAGHDAD, STORY_TIME, DATE_LONG_DAY, "الجمعة، ٢٣ تموز ٢٠٢١");
	assert_date(arabic(), BAGHDAD, STORY_TIME, DATE_TIME, "٢٣ تموز ٢٠٢١، ١٤:٣٩");
	assert_date(arabic(), BAGHDAD, STORY_TIME, DATE_CLOCK, "١٤:٣٩");
	assert_date(arabic(), BAGHDAD, STORY_TIME, DATE_MONTH, "تموز ٢٠٢١");
}

static void test_i18n_date_in_kurdish_is_as_newspapers_write_it(void **state)
{
	(void)state;
	assert_date(kurdish(), BAGHDAD, STORY_TIME, DATE_DAY, "٢٣ی تەمموزی ٢٠٢١");
	assert_date(kurdish(), BAGHDAD, STORY_TIME, DATE_LONG_DAY, "ھەینی، ٢٣ی تەمموزی ٢٠٢١");
	assert_date(kurdish(), BAGHDAD, STORY_TIME, DATE_TIME, "٢٣ی تەمموزی ٢٠٢١، ١٤:٣٩");
	assert_date(kurdish(), BAGHDAD, STORY_TIME, DATE_CLOCK, "١٤:٣٩");
	assert_date(kurdish(), BAGHDAD, STORY_TIME, DATE_MONTH, "تەمموزی ٢٠٢١");
}

static void test_i18n_date_has_the_kurdish_months_and_weekdays_of_iraq(void **state)
{
	(void)state;
	static const char *const days[] = {
	    "شەممە، ٢ی کانوونی دووەمی ٢٠٢١",   "دووشەممە، ١ی شوباتی ٢٠٢١",
	    "دووشەممە، ١ی ئازاری ٢٠٢١",        "پێنجشەممە، ١ی نیسانی ٢٠٢١",
	    "یەکشەممە، ٢ی ئایاری ٢٠٢١",        "سێشەممە، ١ی حوزەیرانی ٢٠٢١",
	    "پێنجشەممە، ١ی تەمموزی ٢٠٢١",      "یەکشەممە، ١ی ئابی ٢٠٢١",
	    "چوارشەممە، ١ی ئەیلوولی ٢٠٢١",     "ھەینی، ١ی تشرینی یەکەمی ٢٠٢١",
	    "دووشەممە، ١ی تشرینی دووەمی ٢٠٢١", "چوارشەممە، ١ی کانوونی یەکەمی ٢٠٢١",
	};
	for (int month = 1; month <= 12; month++) {
		Str written;
		Time time;
		/* The first, and where that weekday came already, the second. */
		int day = month == 1 || month == 5 ? 2 : 1;
		assert_int_equal(arena_format(&mem, &written, "2021-%02d-%02dT12:00Z", month, day), OK);
		assert_int_equal(time_parse(S("UTC"), written, &time), OK);
		assert_date(kurdish(), S("UTC"), time, DATE_LONG_DAY, days[month - 1]);
	}
}

static void test_i18n_date_is_the_zone_s_own_day(void **state)
{
	(void)state;
	Time late = STORY_TIME + 11 * HOUR_MS; /* 22:39 UTC */
	assert_date(english(), S("UTC"), late, DATE_TIME, "23 July 2021, 22:39");
	assert_date(english(), BAGHDAD, late, DATE_TIME, "24 July 2021, 01:39");
	assert_date(english(), S("America/New_York"), late, DATE_TIME, "23 July 2021, 18:39");
}

static void test_i18n_date_agrees_with_time_format_before_1582(void **state)
{
	(void)state;
	Time time;
	Str machine;
	assert_int_equal(time_parse(S("UTC"), S("1066-10-14T09:00Z"), &time), OK);
	assert_date(english(), S("UTC"), time, DATE_TIME, "14 October 1066, 09:00");
	assert_int_equal(time_format(S("UTC"), time, &mem, &machine), OK);
	assert_text(machine, "1066-10-14T09:00:00+00:00");
}

static void test_i18n_date_refuses_years_outside_1_to_9999(void **state)
{
	(void)state;
	static const Time outside[] = {INT64_MIN, INT64_MAX, INT64_C(253402300800000),
	                               INT64_C(-62135596800001)};
	Str out = S("untouched");
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
		assert_int_equal(i18n_date(english(), S("UTC"), outside[i], DATE_DAY, &mem, &out),
		                 ERR_INVALID);
	/* In UTC still 9999, in Baghdad already 10000. */
	assert_int_equal(i18n_date(english(), BAGHDAD, INT64_C(253402300799999), DATE_DAY, &mem, &out),
	                 ERR_INVALID);
	assert_text(out, "untouched");
	assert_date(english(), S("UTC"), INT64_C(253402300799999), DATE_DAY, "31 December 9999");
	assert_date(english(), S("UTC"), INT64_C(-62135596800000), DATE_DAY, "1 January 1");
}

static void test_i18n_date_refuses_an_unknown_zone(void **state)
{
	(void)state;
	Str out;
	assert_int_equal(i18n_date(english(), S("Asia/Bagdad"), STORY_TIME, DATE_DAY, &mem, &out),
	                 ERR_INVALID);
	assert_text(err_text(), "there is no time zone Asia/Bagdad; write one such as Asia/Baghdad");
}

/* --- Many threads --- */

static void *write_dates(void *context)
{
	size_t number = *(const size_t *)context;
	static const char *const zones[] = {"Asia/Baghdad", "Europe/London", "America/New_York"};
	static const char *const clocks[] = {"14:39", "12:39", "07:39"};
	struct arena own;
	arena_init(&own, (size_t)64 * 1024);
	for (size_t i = 0; i < 500; i++) {
		size_t zone = (i + number) % 3;
		Str out;
		arena_clear(&own);
		if (i18n_date(english(), str_from_c(zones[zone]), STORY_TIME, DATE_CLOCK, &own, &out) !=
		        OK ||
		    !str_equal(out, str_from_c(clocks[zone])))
			abort();
		if (plural_from(messages, MESSAGES, arabic(), "{n} reply", "{n} replies", 103, &own,
		                &out) != OK ||
		    !str_equal(out, S("١٠٣ ردود")))
			abort();
		if (i18n_date(kurdish(), S("Asia/Baghdad"), STORY_TIME, DATE_DAY, &own, &out) != OK ||
		    !str_equal(out, S("٢٣ی تەمموزی ٢٠٢١")))
			abort();
		struct text_word *words;
		size_t count;
		if (text_words(S("al-Kazemi’s visit"), 9, &own, &words, &count) != OK || count != 3 ||
		    words[2].start != 14)
			abort();
		if (text_slug(S("Biden’s Élan"), &own, &out) != OK || !str_equal(out, S("bidens-élan")))
			abort();
	}
	arena_done(&own);
	return NULL;
}

static void test_i18n_serves_many_threads_at_once(void **state)
{
	(void)state;
	pthread_t threads[4];
	size_t numbers[] = {0, 1, 2, 3};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_dates, &numbers[i]), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void test_language_unknown_names_the_one_that_was_meant(void **state)
{
	(void)state;
	static const char *const asked[][2] = {
	    {"ku", "ku is not a language that Courant speaks: for Kurdish (Sorani) take ckb"},
	    {"KUR", "KUR is not a language that Courant speaks: for Kurdish (Sorani) take ckb"},
	    {"Sorani", "Sorani is not a language that Courant speaks: for Kurdish (Sorani) take ckb"},
	    {"ku-IQ", "ku-IQ is not a language that Courant speaks: for Kurdish (Sorani) take ckb"},
	    {"ar_IQ", "ar_IQ is not a language that Courant speaks: take ar"},
	    {"EN", "EN is not a language that Courant speaks: take en"},
	    {"fa", "fa is not a language that Courant speaks: take ar, ckb or en"},
	    {"kmr", "kmr is not a language that Courant speaks: take ar, ckb or en"},
	    {"", " is not a language that Courant speaks: take ar, ckb or en"},
	};
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		assert_int_equal(language_unknown(str_from_c(asked[i][0])), ERR_INVALID);
		assert_text(err_text(), asked[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_language_find_knows_english_arabic_and_kurdish),
	    cmocka_unit_test(test_language_codes_name_all_languages_in_order),
	    cmocka_unit_test(test_language_unknown_names_the_one_that_was_meant),
	    cmocka_unit_test(test_message_find_finds_every_message_and_no_other),
	    cmocka_unit_test(test_i18n_text_is_the_sentence_itself_without_a_translation),
	    cmocka_unit_test(test_embedded_messages_are_sorted_and_found),
	    cmocka_unit_test(test_catalogues_have_the_plural_forms_that_their_language_has),
	    cmocka_unit_test(test_the_kurdish_catalogue_is_written_in_the_kurdish_alphabet),
	    cmocka_unit_test(test_i18n_plural_follows_the_language),
	    cmocka_unit_test(test_i18n_plural_is_exact_for_the_largest_number),
	    cmocka_unit_test(test_i18n_plural_falls_back_to_english_for_a_missing_form),
	    cmocka_unit_test(test_i18n_fill_replaces_marks_once),
	    cmocka_unit_test(test_i18n_fill_says_when_there_is_no_room),
	    cmocka_unit_test(test_i18n_list_joins_as_the_language_does),
	    cmocka_unit_test(test_i18n_list_keeps_empty_items_and_says_when_there_is_no_room),
	    cmocka_unit_test(test_i18n_number_uses_the_language_s_digits),
	    cmocka_unit_test(test_i18n_date_in_english),
	    cmocka_unit_test(test_i18n_date_in_arabic_has_the_months_and_digits_of_iraq),
	    cmocka_unit_test(test_i18n_date_in_kurdish_is_as_newspapers_write_it),
	    cmocka_unit_test(test_i18n_date_has_the_kurdish_months_and_weekdays_of_iraq),
	    cmocka_unit_test(test_i18n_date_is_the_zone_s_own_day),
	    cmocka_unit_test(test_i18n_date_agrees_with_time_format_before_1582),
	    cmocka_unit_test(test_i18n_date_refuses_years_outside_1_to_9999),
	    cmocka_unit_test(test_i18n_date_refuses_an_unknown_zone),
	    cmocka_unit_test(test_i18n_serves_many_threads_at_once),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
