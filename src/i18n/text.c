#include "i18n/i18n_private.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#define SLUG_MAX 80 /* code points */

static bool is_ascii(Str text)
{
	unsigned char all = 0;
	for (size_t i = 0; i < text.length; i++)
		all |= (unsigned char)text.bytes[i];
	return all < 0x80;
}

Err utf16_normalize(const UNormalizer2 *form, struct utf16 *text)
{
	UTF16_CLEANUP struct utf16 normal = {0};
	UErrorCode status = U_ZERO_ERROR;
	TRY(utf16_reserve(&normal, text->length + 1));
	normal.length =
	    unorm2_normalize(form, text->units, text->length, normal.units, normal.capacity, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR) {
		status = U_ZERO_ERROR;
		TRY(utf16_reserve(&normal, normal.length + 1));
		normal.length = unorm2_normalize(form, text->units, text->length, normal.units,
		                                 normal.capacity, &status);
	}
	if (U_FAILURE(status))
		return icu_fail(status, "normalizing a text");
	struct utf16 former = *text;
	*text = normal;
	normal = former;
	return OK;
}

static Err normalize_nfc(struct utf16 *text)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	return U_FAILURE(status) ? icu_fail(status, "opening NFC") : utf16_normalize(nfc, text);
}

Err text_nfc(Str text, struct arena *mem, Str *out)
{
	if (is_ascii(text))
		return arena_copy(mem, text, out);
	UTF16_CLEANUP struct utf16 work = {0};
	TRY(utf16_from(text, &work));
	TRY(normalize_nfc(&work));
	return utf16_to(&work, mem, out);
}

/* --- Slugs --- */

enum slug_part { SLUG_LETTER, SLUG_MARK, SLUG_NOTHING, SLUG_GAP };

static enum slug_part slug_part(UChar32 point)
{
	switch (point) {
	case '\'':
	case 0x02BC: /* modifier letter apostrophe */
	case 0x2018:
	case 0x2019:
	case 0x201B:
	case 0xFF07:
	case 0x0640: /* tatweel only draws a word out */
		return SLUG_NOTHING;
	case 0x200B: /* zero width space parts words */
		return SLUG_GAP;
	default:
		break;
	}
	/* Soft hyphens, joiners, direction and variation marks. */
	if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
	    u_charType(point) == U_FORMAT_CHAR)
		return SLUG_NOTHING;
	if ((U_GET_GC_MASK(point) & (U_GC_L_MASK | U_GC_ND_MASK)) != 0)
		return SLUG_LETTER;
	return point_is_mark(point) ? SLUG_MARK : SLUG_GAP;
}

/* Rewrites in place: a gap that becomes a hyphen was at least one unit. */
static void slug_rewrite(struct utf16 *text)
{
	int32_t end = text->length;
	int32_t place = 0;
	bool has_gap = false;
	text->length = 0;
	while (place < end) {
		UChar32 point = utf16_next(text->units, end, &place);
		enum slug_part part = slug_part(point);
		/* A mark belongs to the letter before it; without one it is nothing to read. */
		if (part == SLUG_MARK && (text->length == 0 || has_gap))
			part = SLUG_GAP;
		if (part == SLUG_GAP)
			has_gap = true;
		if (part == SLUG_GAP || part == SLUG_NOTHING)
			continue;
		if (has_gap && text->length > 0)
			utf16_append(text, '-');
		has_gap = false;
		utf16_append(text, point);
	}
}

/* Where a slug that is too long ends: at the last hyphen that leaves at most SLUG_MAX; where there
 * is none, before the first letter that does not fit with its marks. */
static int32_t slug_end(const struct utf16 *text)
{
	int32_t place = 0;
	int32_t hyphen = 0;
	int32_t letter = 0;
	for (int count = 0; place < text->length; count++) {
		int32_t start = place;
		UChar32 point = utf16_next(text->units, text->length, &place);
		if (point == '-')
			hyphen = start;
		if (!point_is_mark(point))
			letter = start;
		if (count == SLUG_MAX)
			return hyphen > 0 ? hyphen : letter > 0 ? letter : start;
	}
	return text->length;
}

Err text_slug(Str text, struct arena *mem, Str *out)
{
	UTF16_CLEANUP struct utf16 work = {0};
	UTF16_CLEANUP struct utf16 lower = {0};
	UErrorCode status = U_ZERO_ERROR;
	TRY(utf16_from(text, &work));
	TRY(normalize_nfc(&work));
	TRY(utf16_reserve(&lower, work.length * 3 + 1)); /* Unicode's longest case mapping */
	lower.length = u_strToLower(lower.units, lower.capacity, work.units, work.length, "", &status);
	if (U_FAILURE(status))
		return icu_fail(status, "writing a text in lower case");
	slug_rewrite(&lower);
	TRY(normalize_nfc(&lower)); /* what a dropped sign kept apart may join */
	lower.length = slug_end(&lower);
	return utf16_to(&lower, mem, out);
}
