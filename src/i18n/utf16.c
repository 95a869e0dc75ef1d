#include "i18n/i18n_private.h"

#include <stdlib.h>

#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

Err icu_fail(UErrorCode status, const char *doing)
{
	if (status == U_MEMORY_ALLOCATION_ERROR)
		return fail(ERR_MEMORY, "there is no memory for %s", doing);
	return fail(ERR_INTERNAL, "ICU failed at %s: %s", doing, u_errorName(status));
}

void utf16_done(struct utf16 *text)
{
	free(text->units);
	*text = (struct utf16){0};
}

Err utf16_reserve(struct utf16 *text, int32_t capacity)
{
	if (capacity <= text->capacity)
		return OK;
	UChar *units = realloc(text->units, (size_t)capacity * sizeof *units);
	if (units == NULL)
		return fail(ERR_MEMORY, "there is no memory for a text of %d characters", (int)capacity);
	text->units = units;
	text->capacity = capacity;
	return OK;
}

Err utf16_from(Str text, struct utf16 *out)
{
	if (text.length > TEXT_MAX)
		return fail(ERR_TOO_LARGE, "a text of %zu bytes is longer than the %zu it may have",
		            text.length, TEXT_MAX);
	/* No sequence of UTF-8 takes more units than bytes. */
	TRY(utf16_reserve(out, (int32_t)text.length + 1));
	UErrorCode status = U_ZERO_ERROR;
	u_strFromUTF8(out->units, out->capacity, &out->length, text.length == 0 ? "" : text.bytes,
	              (int32_t)text.length, &status);
	if (status == U_INVALID_CHAR_FOUND || status == U_TRUNCATED_CHAR_FOUND)
		return fail(ERR_INVALID, "this is not valid UTF-8");
	return U_FAILURE(status) ? icu_fail(status, "reading a text") : OK;
}

Err utf16_to(const struct utf16 *text, struct arena *mem, Str *out)
{
	int32_t length = 0;
	UErrorCode status = U_ZERO_ERROR;
	if (text->length == 0) {
		*out = S("");
		return OK;
	}
	u_strToUTF8(NULL, 0, &length, text->units, text->length, &status);
	if (status != U_BUFFER_OVERFLOW_ERROR)
		return icu_fail(status, "writing a text");
	char *bytes = arena_alloc(mem, (size_t)length);
	if (bytes == NULL)
		return ERR_MEMORY;
	status = U_ZERO_ERROR;
	u_strToUTF8(bytes, length, NULL, text->units, text->length, &status);
	if (U_FAILURE(status))
		return icu_fail(status, "writing a text");
	*out = (Str){bytes, (size_t)length};
	return OK;
}

UChar32 utf16_next(const UChar *units, int32_t length, int32_t *place)
{
	UChar unit = units[(*place)++];
	if (!U16_IS_LEAD(unit) || *place == length)
		return unit;
	UChar trail = units[(*place)++];
	return U16_GET_SUPPLEMENTARY(unit, trail);
}

void utf16_append(struct utf16 *text, UChar32 point)
{
	U16_APPEND_UNSAFE(text->units, text->length, point);
}

bool point_is_mark(UChar32 point)
{
	uint32_t mask = U_GET_GC_MASK(point);
	return (mask & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}
