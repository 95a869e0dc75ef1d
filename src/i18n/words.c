#include "i18n/i18n_private.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

/* The rules are the same in all languages of ours, so that one kind serves them all. */
#define POOLED S("words")

static Err iterator_take(UBreakIterator **out)
{
	*out = pool_take(&word_pool, POOLED);
	if (*out != NULL)
		return OK;
	UErrorCode status = U_ZERO_ERROR;
	*out = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
	return U_FAILURE(status) ? icu_fail(status, "opening the rules of words") : OK;
}

static void iterator_give(UBreakIterator *iterator)
{
	if (!pool_give(&word_pool, POOLED, iterator))
		ubrk_close(iterator);
}

/* The iterator keeps pointing to the text until it is given another, and does not look at it any
 * more. */
static Err words_iterate(UBreakIterator *iterator, Str text, size_t offset, struct buf *found)
{
	UErrorCode status = U_ZERO_ERROR;
	UText utf8 = UTEXT_INITIALIZER;
	utext_openUTF8(&utf8, text.bytes, (int64_t)text.length, &status);
	ubrk_setUText(iterator, &utf8, &status);
	utext_close(&utf8); /* the iterator has a copy of its own */
	if (U_FAILURE(status))
		return icu_fail(status, "reading the words of a text");
	int32_t start = ubrk_first(iterator);
	int32_t end;
	for (; (end = ubrk_next(iterator)) != UBRK_DONE; start = end) {
		if (ubrk_getRuleStatus(iterator) < UBRK_WORD_NONE_LIMIT)
			continue;
		struct text_word word = {offset + (size_t)start, offset + (size_t)end};
		buf_add(found, (Str){(const char *)&word, sizeof word});
	}
	return OK;
}

Err words_by_icu(Str text, size_t offset, struct buf *found)
{
	UBreakIterator *iterator;
	TRY(iterator_take(&iterator));
	Err err = words_iterate(iterator, text, offset, found);
	iterator_give(iterator);
	return err;
}

/* The words of one stretch; moves to its end. */
static Err stretch_add(Str text, size_t *place, struct buf *found)
{
	size_t before = found->length;
	size_t start = *place;
	if (plain_words(text, place, found))
		return OK;
	found->length = before;
	while (*place < text.length && !word_stretch_ends(text.bytes[*place]))
		++*place;
	return words_by_icu(str_slice(text, start, *place - start), start, found);
}

/* A space and a line end part words whatever stands beside them: each stretch has its words by
 * itself. */
static Err words_add(Str text, size_t max, struct buf *found)
{
	for (size_t place = 0; place < text.length && found->length / sizeof(struct text_word) < max;
	     place++)
		TRY(stretch_add(text, &place, found));
	if (found->length / sizeof(struct text_word) > max)
		found->length = max * sizeof(struct text_word);
	return buf_check(found);
}

Err text_words(Str text, size_t max, struct arena *mem, struct text_word **out, size_t *count_out)
{
	if (text.length > TEXT_MAX)
		return fail(ERR_TOO_LARGE, "a text of %zu bytes is longer than the %zu it may have",
		            text.length, TEXT_MAX);
	if (!utf8_is_valid(text))
		return fail(ERR_INVALID, "this is not valid UTF-8");
	BUF_CLEANUP struct buf found;
	buf_init(&found, text.length * sizeof(struct text_word)); /* no word is empty */
	TRY(words_add(text, max, &found));
	struct text_word *words = ARENA_ARRAY(mem, struct text_word, found.length / sizeof *words);
	if (words == NULL)
		return ERR_MEMORY;
	if (found.length > 0)
		memcpy(words, found.bytes, found.length);
	*out = words;
	*count_out = found.length / sizeof *words;
	return OK;
}
