/* Folding of the letters and digits of Latin and Arabic writing that come to the same whatever
 * stands beside them: from a table that fold.c's own answers fill (fold_test.c compares texts). */
#include "base/utf8.h"
#include "i18n/i18n_private.h"

#include <pthread.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#define TABLE_END 0x0700
#define FOLD_ONE_BYTES ((size_t)64 * 1024)

enum letter_kind {
	LETTER_NONE, /* its folding depends on others, or is not known here */
	LETTER_ARABIC,
	LETTER_OTHER,   /* a digit too: a search parts both from Arabic letters */
	LETTER_DROPPED, /* a vowel sign, or what draws a word out */
	LETTER_SPACE,
};
struct plain_letter {
	unsigned char kind; /* enum letter_kind */
	unsigned char length;
	char bytes[PLAIN_LETTER_MAX];
};
static pthread_once_t table_once = PTHREAD_ONCE_INIT;
static struct plain_letter table[FOLD_PURPOSES][TABLE_END]; /* written once */

/* Latin with all its marks, and Arabic; between them stand scripts that no language of ours has. */
static bool is_in_table(UChar32 point)
{
	return point < 0x0250 || point >= 0x0620;
}

/* These never join a letter into another one, as the madda and the hamzas do. */
static bool is_plain_vowel(UChar32 point)
{
	return (point >= 0x064B && point <= 0x0652) || point == 0x0670;
}

static bool is_alnum(Str text)
{
	for (size_t place = 0; place < text.length;)
		if (!u_isalnum((UChar32)utf8_next(text, &place)))
			return false;
	return text.length > 0;
}

static void letter_fill(UChar32 point, enum fold_purpose purpose, struct arena *mem)
{
	struct plain_letter *letter = &table[purpose][point];
	char bytes[4];
	Str alone = {bytes, utf8_encode((uint32_t)point, bytes)};
	Str folded;
	UErrorCode status = U_ZERO_ERROR;
	/* As a name's, this one depends on whether it begins a word. */
	if (purpose == FOLD_NAME && point == 0x0695)
		return;
	if (fold_any(alone, purpose, mem, &folded) != OK || folded.length > PLAIN_LETTER_MAX)
		return;
	if (str_is_empty(folded) && (is_plain_vowel(point) || point == 0x0640))
		letter->kind = LETTER_DROPPED;
	else if (!u_isalnum(point) || !is_alnum(folded))
		return;
	else if (u_isalpha(point) && uscript_getScript(point, &status) == USCRIPT_ARABIC)
		letter->kind = LETTER_ARABIC;
	else
		letter->kind = LETTER_OTHER;
	memcpy(letter->bytes, folded.bytes, folded.length);
	letter->length = (unsigned char)folded.length;
}

static void table_fill(void)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, FOLD_ONE_BYTES);
	for (enum fold_purpose purpose = FOLD_NAME; purpose < FOLD_PURPOSES; purpose++) {
		for (UChar32 point = 0; point < TABLE_END; point++)
			if (is_in_table(point))
				letter_fill(point, purpose, &mem);
		arena_clear(&mem);
		table[purpose][' '] = (struct plain_letter){LETTER_SPACE, 1, " "};
	}
}

bool plain_fold(Str text, enum fold_purpose purpose, char out[PLAIN_FOLD_MAX * PLAIN_LETTER_MAX],
                size_t *length_out)
{
	size_t length = 0;
	enum letter_kind former = LETTER_NONE;
	if (text.length > PLAIN_FOLD_MAX)
		return false;
	pthread_once(&table_once, table_fill);
	for (size_t place = 0; place < text.length;) {
		uint32_t point = utf8_next(text, &place);
		if (point >= TABLE_END || table[purpose][point].kind == LETTER_NONE)
			return false;
		const struct plain_letter *letter = &table[purpose][point];
		enum letter_kind kind = (enum letter_kind)letter->kind;
		bool is_again = kind == LETTER_SPACE && (length == 0 || former == LETTER_SPACE);
		if (kind == LETTER_DROPPED || is_again)
			continue;
		/* A space comes between the two. */
		if (purpose == FOLD_SEARCH && former != LETTER_NONE && former != LETTER_SPACE &&
		    kind != LETTER_SPACE && kind != former)
			return false;
		memcpy(out + length, letter->bytes, letter->length);
		length += letter->length;
		former = kind;
	}
	*length_out = former == LETTER_SPACE ? length - 1 : length;
	return true;
}
