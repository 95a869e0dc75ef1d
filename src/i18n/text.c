#include "i18n/i18n_private.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#define SLUG_MAX 80 /* code points */

static bool is_ascii(Str text)
{
	unsigned char all = 0;
	for (size_t i = 0; i < text.length; i++)
		all |= (unsigned char)text.bytes[i];
	return all < 0x80;
}

/* Replaces `text` by its normal form. */
static Err normalize(const UNormalizer2 *form, struct utf16 *text)
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
	return U_FAILURE(status) ? icu_fail(status, "opening NFC") : normalize(nfc, text);
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

/* The code point at `*place`, which moves on. No text of ours has half of a pair alone: valid UTF-8
 * has no such thing. */
static UChar32 next_point(const UChar *units, int32_t length, int32_t *place)
{
	UChar unit = units[(*place)++];
	if (!U16_IS_LEAD(unit) || *place == length)
		return unit;
	UChar trail = units[(*place)++];
	return U16_GET_SUPPLEMENTARY(unit, trail);
}

/* Appends within the room that was reserved. */
static void append(struct utf16 *text, UChar32 point)
{
	U16_APPEND_UNSAFE(text->units, text->length, point);
}

static bool is_mark(UChar32 point)
{
	uint32_t mask = U_GET_GC_MASK(point);
	return (mask & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

/* --- Folding --- */

/* Vowel signs and the like; a hamza that stands alone above or below its letter too. */
static bool is_arabic_mark(UChar32 point)
{
	return (point >= 0x0610 && point <= 0x061A) || (point >= 0x064B && point <= 0x065F) ||
	       point == 0x0670 || (point >= 0x06D6 && point <= 0x06ED && is_mark(point));
}

/* Letters that keyboards and writers use for one another. */
static UChar32 arabic_letter(UChar32 point)
{
	switch (point) {
	case 0x0622: /* alef with madda */
	case 0x0623: /* alef with hamza above */
	case 0x0625: /* alef with hamza below */
	case 0x0671: /* alef wasla */
		return 0x0627;
	case 0x0649: /* alef maksura */
	case 0x06CC: /* Persian and Kurdish yeh */
		return 0x064A;
	case 0x0629: /* teh marbuta */
		return 0x0647;
	case 0x06A9: /* Persian and Kurdish kaf */
		return 0x0643;
	default:
		return point;
	}
}

static bool is_latin(UChar32 point)
{
	UErrorCode status = U_ZERO_ERROR;
	return uscript_getScript(point, &status) == USCRIPT_LATIN && U_SUCCESS(status);
}

/* Without its marks when it is a Latin letter. */
static UChar32 latin_base(const UNormalizer2 *nfc, UChar32 point)
{
	UChar parts[32];
	UErrorCode status = U_ZERO_ERROR;
	if (point < 0x80)
		return point;
	int32_t length = unorm2_getDecomposition(nfc, point, parts, 32, &status);
	if (U_FAILURE(status) || length <= 0)
		return point;
	int32_t first = 0;
	UChar32 base = next_point(parts, length, &first);
	return is_latin(base) ? base : point;
}

/* Rewrites in place: nothing gets longer. */
static void fold_letters(const UNormalizer2 *nfc, struct utf16 *text)
{
	int32_t end = text->length;
	int32_t place = 0;
	bool after_latin = false;
	text->length = 0;
	while (place < end) {
		UChar32 point = next_point(text->units, end, &place);
		if (is_arabic_mark(point) || point == 0x0640 /* tatweel */)
			continue;
		if (is_mark(point)) {
			if (!after_latin)
				append(text, point);
			continue;
		}
		point = latin_base(nfc, arabic_letter(point));
		after_latin = is_latin(point);
		append(text, point);
	}
}

Err text_fold(Str text, struct arena *mem, Str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	UTF16_CLEANUP struct utf16 work = {0};
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
	if (U_FAILURE(status))
		return icu_fail(status, "opening NFKC casefold");
	TRY(utf16_from(text, &work));
	TRY(normalize(casefold, &work));
	fold_letters(nfc, &work);
	TRY(normalize(nfc, &work)); /* what a dropped mark kept apart may join */
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
	return is_mark(point) ? SLUG_MARK : SLUG_GAP;
}

/* Rewrites in place: a gap that becomes a hyphen was at least one unit. */
static void slug_rewrite(struct utf16 *text)
{
	int32_t end = text->length;
	int32_t place = 0;
	bool has_gap = false;
	text->length = 0;
	while (place < end) {
		UChar32 point = next_point(text->units, end, &place);
		enum slug_part part = slug_part(point);
		/* A mark belongs to the letter before it; without one it is nothing to read. */
		if (part == SLUG_MARK && (text->length == 0 || has_gap))
			part = SLUG_GAP;
		if (part == SLUG_GAP)
			has_gap = true;
		if (part == SLUG_GAP || part == SLUG_NOTHING)
			continue;
		if (has_gap && text->length > 0)
			append(text, '-');
		has_gap = false;
		append(text, point);
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
		UChar32 point = next_point(text->units, text->length, &place);
		if (point == '-')
			hyphen = start;
		if (!is_mark(point))
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
