#include "i18n/i18n_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <uchar.h>

#include <unicode/ucal.h>
#include <unicode/uenum.h>

static const struct language languages[] = {
    {{"ar", 2}, {"العربية", sizeof "العربية" - 1}, {"rtl", 3}, "ar_IQ"},
    {{"ckb", 3}, {"کوردی", sizeof "کوردی" - 1}, {"rtl", 3}, "ckb_IQ"},
    {{"en", 2}, {"English", 7}, {"ltr", 3}, "en_GB"},
};

enum { LANGUAGES = sizeof languages / sizeof languages[0] };

/* Unicode's date patterns (UTS 35); the words and digits in them are ICU's. Beside `languages`. */
static const UChar *const date_patterns[LANGUAGES][5] = {
    {u"d MMMM y", u"EEEE، d MMMM y", u"d MMMM y، HH:mm", u"HH:mm", u"MMMM y"},
    {u"d'ی' MMMM'ی' y", u"EEEE، d'ی' MMMM'ی' y", u"d'ی' MMMM'ی' y، HH:mm", u"HH:mm", u"MMMM'ی' y"},
    {u"d MMMM y", u"EEEE, d MMMM y", u"d MMMM y, HH:mm", u"HH:mm", u"MMMM y"},
};

/* ICU writes Kurdish July with one m and December with a short u (but not January, its namesake).
 */
static const struct month_name kurdish_months[] = {
    {UCAL_JULY, u"تەمموز"},
    {UCAL_DECEMBER, u"کانوونی یەکەم"},
    {0, u""},
};
static const struct month_name no_months[] = {{0, u""}};

/* Beside `languages`. */
static const struct month_name *const own_months[LANGUAGES] = {
    no_months,
    kurdish_months,
    no_months,
};

/* Beside `languages`. Not ICU's, which has no words for a Kurdish list. */
static const struct list_words list_words[LANGUAGES] = {
    {{" و", sizeof " و" - 1}, {" و", sizeof " و" - 1}},
    {{" و ", sizeof " و " - 1}, {" و ", sizeof " و " - 1}},
    {{", ", 2}, {" and ", 5}},
};

/* Written once, by tools_open; never closed, as the languages are there as long as the process. */
static struct language_tools tools[LANGUAGES];
static UErrorCode tools_status;
static pthread_once_t tools_once = PTHREAD_ONCE_INIT;

/* What people call the languages besides: their other codes and English names. Kurmanji, "kmr", is
 * none of them. */
static const struct {
	Str word;
	const char *meant;
} other_codes[] = {
    {S("ara"), "for Arabic take ar"},
    {S("arabic"), "for Arabic take ar"},
    {S("eng"), "for English take en"},
    {S("english"), "for English take en"},
    {S("ku"), "for Kurdish (Sorani) take ckb"},
    {S("kur"), "for Kurdish (Sorani) take ckb"},
    {S("kurdish"), "for Kurdish (Sorani) take ckb"},
    {S("sorani"), "for Kurdish (Sorani) take ckb"},
};

/* "ar-IQ" and "ckb_IQ" name a region besides. */
static Str code_without_region(Str code)
{
	size_t end = 0;
	while (end < code.length && code.bytes[end] != '-' && code.bytes[end] != '_')
		end++;
	return str_slice(code, 0, end);
}

Err language_unknown(Str code)
{
	Str shown = str_slice(code, 0, 40);
	Str plain = code_without_region(code);
	for (size_t i = 0; i < sizeof other_codes / sizeof other_codes[0]; i++)
		if (str_equal_ignoring_case(plain, other_codes[i].word))
			return fail(ERR_INVALID, "%.*s is not a language that Courant speaks: %s", STR(shown),
			            other_codes[i].meant);
	for (size_t i = 0; i < LANGUAGES; i++)
		if (str_equal_ignoring_case(plain, languages[i].code))
			return fail(ERR_INVALID, "%.*s is not a language that Courant speaks: take %.*s",
			            STR(shown), STR(languages[i].code));
	return fail(ERR_INVALID, "%.*s is not a language that Courant speaks: take " LANGUAGE_CODES,
	            STR(shown));
}

const struct language *language_find(Str code)
{
	for (size_t i = 0; i < LANGUAGES; i++)
		if (str_equal(code, languages[i].code))
			return &languages[i];
	return NULL;
}

size_t language_count(void)
{
	return LANGUAGES;
}

const struct language *language_at(size_t index)
{
	return index < LANGUAGES ? &languages[index] : NULL;
}

const UChar *language_date_pattern(const struct language *language, enum date_style style)
{
	return date_patterns[language - languages][style];
}

const struct month_name *language_months(const struct language *language)
{
	return own_months[language - languages];
}

struct list_words language_list_words(const struct language *language)
{
	return list_words[language - languages];
}

/* A catalogue has one form for each category that its language uses, in CLDR's order. */
static void forms_number(struct language_tools *of, UErrorCode *status)
{
	static const char *const categories[PLURAL_CATEGORIES] = {"zero", "one",  "two",
	                                                          "few",  "many", "other"};
	bool is_used[PLURAL_CATEGORIES] = {false};
	UEnumeration *used = uplrules_getKeywords(of->plurals, status);
	const char *category;
	while ((category = uenum_next(used, NULL, status)) != NULL && U_SUCCESS(*status))
		for (size_t i = 0; i < PLURAL_CATEGORIES; i++)
			is_used[i] |= strcmp(category, categories[i]) == 0;
	uenum_close(used);
	int form = 0;
	for (size_t i = 0; i < PLURAL_CATEGORIES; i++)
		of->forms[i] = is_used[i] ? form++ : -1;
}

static void tools_open(void)
{
	tools_status = U_ZERO_ERROR;
	for (size_t i = 0; i < LANGUAGES && U_SUCCESS(tools_status); i++) {
		const char *locale = languages[i].locale;
		tools[i].numbers = unumf_openForSkeletonAndLocale(u"", 0, locale, &tools_status);
		tools[i].plurals = uplrules_open(locale, &tools_status);
		if (U_SUCCESS(tools_status))
			forms_number(&tools[i], &tools_status);
	}
}

Err language_tools(const struct language *language, const struct language_tools **out)
{
	CHECK(pthread_once(&tools_once, tools_open) == 0);
	if (U_FAILURE(tools_status))
		return icu_fail(tools_status, "opening the languages");
	*out = &tools[language - languages];
	return OK;
}
