#include "i18n/i18n_private.h"

#include "base/buf.h"

#include <unicode/uformattedvalue.h>

/* --- Catalogues --- */

static int message_compare(Str lang, Str msgid, const struct embedded_message *message)
{
	int order = str_compare(lang, str_from_c(message->lang));
	return order != 0 ? order : str_compare(msgid, str_from_c(message->msgid));
}

const struct embedded_message *message_find(const struct embedded_message *table, size_t count,
                                            Str lang, Str msgid)
{
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = message_compare(lang, msgid, &table[middle]);
		if (order == 0)
			return &table[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

Str i18n_text_of(const struct language *language, Str sentence)
{
	const struct embedded_message *message =
	    message_find(embedded_messages, embedded_message_count, language->code, sentence);
	/* A message with plurals has no form that is right without a number. */
	if (message == NULL || message->msgid_plural != NULL)
		return sentence;
	return str_from_c(message->forms[0]);
}

Str i18n_text(const struct language *language, const char *sentence)
{
	return i18n_text_of(language, str_from_c(sentence));
}

/* --- Filling in --- */

/* The value whose mark stands at `place`, or NULL. */
static const struct i18n_value *value_at(Str sentence, size_t place,
                                         const struct i18n_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_starts_with(str_from(sentence, place), str_from_c(values[i].mark)))
			return &values[i];
	return NULL;
}

/* Writes to `room` unless that is NULL, and returns the length. One pass over the sentence: what a
 * value brings is not looked at again. */
static size_t fill(Str sentence, const struct i18n_value *values, size_t count, char *room)
{
	size_t length = 0;
	size_t place = 0;
	while (place < sentence.length) {
		Str piece = str_slice(sentence, place, 1);
		const struct i18n_value *value =
		    piece.bytes[0] == '{' ? value_at(sentence, place, values, count) : NULL;
		place += value == NULL ? 1 : strlen(value->mark);
		if (value != NULL)
			piece = value->value;
		if (room != NULL && piece.length > 0)
			memcpy(room + length, piece.bytes, piece.length);
		length += piece.length;
	}
	return length;
}

Err i18n_fill(Str sentence, const struct i18n_value *values, size_t count, struct arena *mem,
              Str *out)
{
	size_t length = fill(sentence, values, count, NULL);
	char *bytes = arena_alloc(mem, length);
	if (bytes == NULL)
		return ERR_MEMORY;
	fill(sentence, values, count, bytes);
	*out = (Str){bytes, length};
	return OK;
}

/* --- Lists --- */

static Str list_separator(const struct list_words *words, size_t index, size_t count)
{
	return index == 0 ? S("") : index + 1 == count ? words->last : words->between;
}

Err i18n_list(const struct language *language, const Str *items, size_t count, struct arena *mem,
              Str *out)
{
	struct list_words words = language_list_words(language);
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		length += list_separator(&words, i, count).length + items[i].length;
	char *bytes = arena_alloc(mem, length);
	if (bytes == NULL)
		return ERR_MEMORY;
	char *end = bytes;
	for (size_t i = 0; i < count; i++) {
		Str separator = list_separator(&words, i, count);
		memcpy(end, separator.bytes, separator.length);
		end += separator.length;
		if (items[i].length > 0)
			memcpy(end, items[i].bytes, items[i].length);
		end += items[i].length;
	}
	*out = (Str){bytes, length};
	return OK;
}

/* --- Numbers and plurals --- */

static void formatted_number_close(UFormattedNumber **number)
{
	unumf_closeResult(*number);
}
#define FORMATTED_CLEANUP CLEANUP(formatted_number_close)

/* Decimal text goes in, so that every int64_t and uint64_t comes out exactly. */
static void number_format(const struct language_tools *tools, Str decimal,
                          UFormattedNumber *formatted, UErrorCode *status)
{
	unumf_formatDecimal(tools->numbers, decimal.bytes, (int32_t)decimal.length, formatted, status);
}

static Err formatted_text(const UFormattedNumber *formatted, struct arena *mem, Str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar units[64]; /* the longest has 19 digits, 6 separators, a sign and its marks */
	int32_t length = unumf_resultToString(formatted, units, 64, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "writing a number");
	struct utf16 text = {.units = units, .length = length};
	return utf16_to(&text, mem, out);
}

Err i18n_number(const struct language *language, int64_t number, struct arena *mem, Str *out)
{
	const struct language_tools *tools;
	TRY(language_tools(language, &tools));
	UErrorCode status = U_ZERO_ERROR;
	FORMATTED_CLEANUP UFormattedNumber *formatted = unumf_openResult(&status);
	if (U_SUCCESS(status))
		unumf_formatInt(tools->numbers, number, formatted, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "writing a number");
	return formatted_text(formatted, mem, out);
}

/* -1 for a category that the language does not use. */
static int category_form(const struct language_tools *tools, const UChar *category)
{
	/* The first two letters tell the categories apart. */
	static const char *const starts[PLURAL_CATEGORIES] = {"ze", "on", "tw", "fe", "ma", "ot"};
	for (size_t i = 0; i < PLURAL_CATEGORIES; i++)
		if (category[0] == (UChar)starts[i][0] && category[1] == (UChar)starts[i][1])
			return tools->forms[i];
	return -1;
}

/* Chooses the sentence for a number. `number` gets the number in the language's digits, unless it
 * is NULL. */
static Err plural_choose(const struct embedded_message *table, size_t count,
                         const struct language *language, const char *one, const char *other,
                         uint64_t n, struct arena *mem, Str *sentence, Str *number)
{
	const struct language_tools *tools;
	TRY(language_tools(language, &tools));
	BUF_CLEANUP struct buf decimal;
	buf_init(&decimal, 32);
	buf_add_uint(&decimal, n);
	TRY(buf_check(&decimal));
	UErrorCode status = U_ZERO_ERROR;
	UChar category[16] = {0};
	FORMATTED_CLEANUP UFormattedNumber *formatted = unumf_openResult(&status);
	if (U_SUCCESS(status))
		number_format(tools, buf_str(&decimal), formatted, &status);
	if (U_SUCCESS(status))
		uplrules_selectFormatted(tools->plurals, formatted, category, 16, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "choosing a plural");

	*sentence = str_from_c(n == 1 ? one : other);
	const struct embedded_message *message =
	    message_find(table, count, language->code, str_from_c(one));
	int form = category_form(tools, category);
	if (message != NULL && message->msgid_plural != NULL && form >= 0 && form < message->form_count)
		*sentence = str_from_c(message->forms[form]);
	return number == NULL ? OK : formatted_text(formatted, mem, number);
}

Err plural_from(const struct embedded_message *table, size_t count, const struct language *language,
                const char *one, const char *other, uint64_t n, struct arena *mem, Str *out)
{
	Str sentence = S("");
	struct i18n_value value = {.mark = "{n}"};
	TRY(plural_choose(table, count, language, one, other, n, mem, &sentence, &value.value));
	return i18n_fill(sentence, &value, 1, mem, out);
}

Err i18n_plural(const struct language *language, const char *one, const char *other, uint64_t n,
                struct arena *mem, Str *out)
{
	return plural_from(embedded_messages, embedded_message_count, language, one, other, n, mem,
	                   out);
}

Err i18n_plural_sentence(const struct language *language, const char *one, const char *other,
                         uint64_t n, Str *out)
{
	return plural_choose(embedded_messages, embedded_message_count, language, one, other, n, NULL,
	                     out, NULL);
}
