#include "i18n/i18n_private.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

/* A text on its way: what is read, and what came of it so far. */
struct folding {
	const struct utf16 *from;
	int32_t place;
	struct utf16 to;
	UChar32 last; /* the code point that `to` ends with, 0 when it is empty */
};

static void put(struct folding *folding, UChar32 point)
{
	utf16_append(&folding->to, point);
	folding->last = point;
}

/* --- One code point --- */

/* Before NFKC, which takes an acute accent that stands alone for a space and drops the zero width
 * space. */
static UChar32 spacing_sign(UChar32 point)
{
	return point == 0x00B4 ? '\'' : point == 0x200B ? ' ' : point;
}

/* Spaces, quotes, dashes and digits in their ASCII form. */
static UChar32 plain_sign(UChar32 point)
{
	if (u_isUWhiteSpace(point))
		return ' ';
	if (u_charType(point) == U_DECIMAL_DIGIT_NUMBER)
		return '0' + u_charDigitValue(point);
	if (u_charType(point) == U_DASH_PUNCTUATION)
		return '-';
	switch (point) {
	case '`':
	case 0x02B9: /* modifier letter prime */
	case 0x02BB: /* modifier letter turned comma */
	case 0x02BC: /* modifier letter apostrophe */
	case 0x02BE: /* a transliterated hamza */
	case 0x02BF: /* a transliterated ain */
	case 0x05F3: /* Hebrew geresh */
	case 0x2018:
	case 0x2019:
	case 0x201A:
	case 0x201B:
	case 0x2032: /* prime */
	case 0x2039:
	case 0x203A:
		return '\'';
	case 0x00AB:
	case 0x00BB:
	case 0x05F4: /* Hebrew gershayim */
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0x201F:
		return '"';
	case 0x066B: /* Arabic decimal separator */
		return '.';
	case 0x2212: /* minus */
		return '-';
	default:
		return point;
	}
}

/* Vowel signs and the like; a hamza that stands alone above or below its letter too. */
static bool is_arabic_mark(UChar32 point)
{
	return (point >= 0x0610 && point <= 0x061A) || (point >= 0x064B && point <= 0x065F) ||
	       point == 0x0670 || (point >= 0x06D6 && point <= 0x06ED && point_is_mark(point)) ||
	       (point >= 0x0898 && point <= 0x08FF && point_is_mark(point));
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
	case 0x06BE: /* Kurdish heh */
	case 0x06C0: /* ae with hamza above */
	case 0x06C1: /* heh goal */
	case 0x06C2: /* heh goal with hamza above */
	case 0x06C3: /* teh marbuta goal */
	case 0x06D5: /* Kurdish ae, which is also written as heh and a zero width non-joiner */
		return 0x0647;
	case 0x06A9: /* Persian and Kurdish kaf */
	case 0x06AA: /* swash kaf */
		return 0x0643;
	default:
		return point;
	}
}

/* Kurdish letters, and hamza on its seats, as they are typed on keyboards without them. */
static UChar32 unmarked_arabic_letter(UChar32 point)
{
	switch (point) {
	case 0x0624: /* waw with hamza */
	case 0x06C6: /* Kurdish oe */
	case 0x06C7: /* u */
	case 0x06CA: /* Kurdish long ue */
		return 0x0648;
	case 0x0626: /* yeh with hamza */
	case 0x06CE: /* Kurdish yeh with small v */
	case 0x06D0: /* e */
		return 0x064A;
	case 0x0695: /* Kurdish rolled reh */
		return 0x0631;
	case 0x06B5: /* Kurdish dark lam */
		return 0x0644;
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
	UChar32 base = utf16_next(parts, length, &first);
	return is_latin(base) ? base : point;
}

/* What a Latin letter is in ASCII, when Unicode does not take it for a letter with a mark. */
static const char *latin_plain(UChar32 point)
{
	switch (point) {
	case 0x00E6:
		return "ae";
	case 0x00F8: /* o with stroke */
		return "o";
	case 0x0111: /* d with stroke */
		return "d";
	case 0x0127: /* h with stroke */
		return "h";
	case 0x0131: /* dotless i */
		return "i";
	case 0x0142: /* l with stroke */
		return "l";
	case 0x0153:
		return "oe";
	default:
		return NULL;
	}
}

static bool is_arabic_letter(UChar32 point)
{
	UErrorCode status = U_ZERO_ERROR;
	return u_isalpha(point) && uscript_getScript(point, &status) == USCRIPT_ARABIC &&
	       U_SUCCESS(status);
}

/* A number or a foreign name has an Arabic article or a Kurdish ending glued to it, with or without
 * the drawn-out line between them. */
static bool is_border(UChar32 last, UChar32 point)
{
	return u_isalnum(last) && u_isalnum(point) && is_arabic_letter(last) != is_arabic_letter(point);
}

/* --- One text --- */

/* "Biden's" is found as Biden. */
static bool is_possessive(const struct folding *folding)
{
	const struct utf16 *from = folding->from;
	int32_t place = folding->place;
	if (!u_isalpha(folding->last) || place == from->length || from->units[place++] != 's')
		return false;
	if (place == from->length)
		return true;
	UChar32 next = utf16_next(from->units, from->length, &place);
	return !u_isalnum(next) && !point_is_mark(next);
}

/* What nobody searches for: the signs within a word or a number. Each depends on what was written
 * before it alone, so that folding twice changes nothing. */
static bool is_left_out(struct folding *folding, UChar32 point)
{
	switch (point) {
	case '\'':
		if (is_possessive(folding))
			folding->place++;
		return true;
	case '.':
		return u_isalpha(folding->last);
	case ',':
	case 0x060C: /* Arabic comma */
	case 0x066C: /* Arabic thousands separator */
		return u_isdigit(folding->last);
	default:
		return false;
	}
}

static void fold_point(struct folding *folding, enum fold_purpose purpose, const UNormalizer2 *nfc,
                       UChar32 point)
{
	if (is_arabic_mark(point) || point == 0x0640 /* tatweel */)
		return;
	if (point_is_mark(point)) {
		if (!is_latin(folding->last))
			put(folding, point);
		return;
	}
	point = latin_base(nfc, arabic_letter(plain_sign(point)));
	if (purpose == FOLD_SEARCH && is_left_out(folding, point))
		return;
	/* No Kurdish word begins with the other reh, so that some write it without its mark there. */
	if (purpose == FOLD_SEARCH || (point == 0x0695 && !u_isalpha(folding->last)))
		point = unmarked_arabic_letter(point);
	if (point == ' ' && (folding->last == ' ' || folding->last == 0))
		return;
	if (purpose == FOLD_SEARCH && is_border(folding->last, point))
		put(folding, ' ');
	const char *plain = latin_plain(point);
	if (plain == NULL)
		put(folding, point);
	for (; plain != NULL && *plain != '\0'; plain++)
		put(folding, *plain);
}

/* `to` takes the place of `text`. */
static Err fold_letters(enum fold_purpose purpose, const UNormalizer2 *nfc, struct utf16 *text)
{
	struct folding folding = {.from = text};
	/* No unit becomes more than two, and a space before them. */
	TRY(utf16_reserve(&folding.to, text->length * 3 + 1));
	while (folding.place < text->length) {
		UChar32 point = utf16_next(text->units, text->length, &folding.place);
		fold_point(&folding, purpose, nfc, point);
	}
	if (folding.last == ' ')
		folding.to.length--;
	utf16_done(text);
	*text = folding.to;
	return OK;
}

Err fold_any(Str text, enum fold_purpose purpose, struct arena *mem, Str *out)
{
	UErrorCode status = U_ZERO_ERROR;
	UTF16_CLEANUP struct utf16 work = {0};
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
	if (U_FAILURE(status))
		return icu_fail(status, "opening NFKC casefold");
	TRY(utf16_from(text, &work));
	for (int32_t i = 0; i < work.length; i++)
		work.units[i] = (UChar)spacing_sign(work.units[i]);
	TRY(utf16_normalize(casefold, &work));
	TRY(fold_letters(purpose, nfc, &work));
	TRY(utf16_normalize(nfc, &work)); /* what a dropped mark kept apart may join */
	return utf16_to(&work, mem, out);
}

static Err fold(Str text, enum fold_purpose purpose, struct arena *mem, Str *out)
{
	char folded[PLAIN_FOLD_MAX * PLAIN_LETTER_MAX];
	size_t length;
	if (plain_fold(text, purpose, folded, &length))
		return arena_copy(mem, (Str){folded, length}, out);
	return fold_any(text, purpose, mem, out);
}

Err text_fold(Str text, struct arena *mem, Str *out)
{
	return fold(text, FOLD_NAME, mem, out);
}

Err text_fold_search(Str text, struct arena *mem, Str *out)
{
	return fold(text, FOLD_SEARCH, mem, out);
}
