/* Words of texts whose letters follow simple rules, as those of Latin, Cyrillic and Arabic do: what
 * ICU finds (words_test.c compares), at a tenth of the time. */
#include "base/utf8.h"
#include "i18n/i18n_private.h"

#include <pthread.h>
#include <unicode/uchar.h>

/* What UAX #29 says of a letter, as far as it matters here; the rest is ICU's. */
enum word_part {
	PART_OTHERS, /* ICU's */
	PART_LETTER,
	PART_DIGIT,
	PART_MARK,        /* belongs to what stands before it (WB4) */
	PART_GAP,         /* is in no word */
	PART_INNER,       /* joins two letters, or two digits (WB6, WB7, WB11, WB12) */
	PART_INNER_DIGIT, /* joins two digits */
};

/* Where no writing is that has a dictionary of its own, and the block of dashes and quotes. */
#define LETTERS_END 0x0800
#define SIGNS_START 0x2000
#define SIGNS_END 0x2070

static pthread_once_t parts_once = PTHREAD_ONCE_INIT;
static unsigned char letters[LETTERS_END];           /* enum word_part, written once */
static unsigned char signs[SIGNS_END - SIGNS_START]; /* the same */

static enum word_part part_find(UChar32 point)
{
	/* ICU takes @ for a letter, and has taken : for a sign within words. */
	if (point == '@' || point == ':')
		return PART_OTHERS;
	switch (u_getIntPropertyValue(point, UCHAR_WORD_BREAK)) {
	case U_WB_ALETTER:
		return PART_LETTER;
	case U_WB_NUMERIC:
		return PART_DIGIT;
	case U_WB_EXTEND:
	case U_WB_FORMAT:
		return PART_MARK;
	case U_WB_OTHER:
	case U_WB_WSEGSPACE:
		return PART_GAP;
	case U_WB_MIDNUMLET:
	case U_WB_SINGLE_QUOTE:
		return PART_INNER;
	case U_WB_MIDNUM:
		return PART_INNER_DIGIT;
	default:
		return PART_OTHERS;
	}
}

static void parts_fill(void)
{
	for (UChar32 point = 0; point < LETTERS_END; point++)
		letters[point] = (unsigned char)part_find(point);
	for (UChar32 point = SIGNS_START; point < SIGNS_END; point++)
		signs[point - SIGNS_START] = (unsigned char)part_find(point);
}

static enum word_part part_of(uint32_t point)
{
	if (point < LETTERS_END)
		return (enum word_part)letters[point];
	if (point >= SIGNS_START && point < SIGNS_END)
		return (enum word_part)signs[point - SIGNS_START];
	return PART_OTHERS;
}

/* A word on its way. */
struct open_word {
	struct text_word word;
	enum word_part last; /* a letter or a digit; PART_GAP: there is none */
};

static void word_add(struct open_word *open, enum word_part part, size_t start, size_t end)
{
	if (open->last == PART_GAP)
		open->word.start = start;
	open->word.end = end;
	open->last = part;
}

static void word_close(struct open_word *open, struct buf *found)
{
	if (open->last != PART_GAP)
		buf_add(found, (Str){(const char *)&open->word, sizeof open->word});
	open->last = PART_GAP;
}

/* Whether the sign that ends at `place` stands between two letters or two digits. */
static bool is_joined(Str text, size_t place, enum word_part former, enum word_part sign)
{
	if (place == text.length || former == PART_GAP ||
	    (sign == PART_INNER_DIGIT && former == PART_LETTER))
		return false;
	return part_of(utf8_next(text, &place)) == former;
}

bool plain_words(Str text, size_t *place, struct buf *found)
{
	struct open_word open = {.last = PART_GAP};
	size_t at = *place;
	pthread_once(&parts_once, parts_fill);
	while (at < text.length && !word_stretch_ends(text.bytes[at])) {
		size_t start = at;
		enum word_part part = part_of(utf8_next(text, &at));
		if (part == PART_OTHERS || (part == PART_MARK && open.last == PART_GAP))
			return false;
		if (part == PART_LETTER || part == PART_DIGIT)
			word_add(&open, part, start, at);
		else if (part == PART_MARK)
			word_add(&open, open.last, start, at);
		else if (part == PART_GAP || !is_joined(text, at, open.last, part))
			word_close(&open, found);
	}
	word_close(&open, found);
	*place = at;
	return true;
}
