/* What the files of this room share: ICU's tools, and texts in ICU's UTF-16. */
#ifndef I18N_I18N_PRIVATE_H
#define I18N_I18N_PRIVATE_H

#include "base/buf.h"
#include "base/embedded.h"
#include "i18n/i18n.h"

#include <unicode/unorm2.h>
#include <unicode/unum.h>
#include <unicode/unumberformatter.h>
#include <unicode/upluralrules.h>
#include <unicode/utypes.h>

/* ERR_INTERNAL with ICU's name for what went wrong, ERR_MEMORY when that was memory. */
MUST_CHECK Err icu_fail(UErrorCode status, const char *doing);

/* --- Texts in UTF-16 (utf16.c) --- */

struct utf16 {
	UChar *units;
	int32_t length;
	int32_t capacity;
};
void utf16_done(struct utf16 *text);
#define UTF16_CLEANUP CLEANUP(utf16_done)
/* ERR_INVALID for what is not UTF-8, ERR_TOO_LARGE past TEXT_MAX. `out` must be empty or zero. */
#define TEXT_MAX ((size_t)4 * 1024 * 1024)
MUST_CHECK Err utf16_from(Str text, struct utf16 *out);
/* Room for so many units; what was there is kept. */
MUST_CHECK Err utf16_reserve(struct utf16 *text, int32_t capacity);
MUST_CHECK Err utf16_to(const struct utf16 *text, struct arena *mem, Str *out);
/* The code point at `*place`, which moves on. No text of ours has half of a pair alone: valid UTF-8
 * has no such thing. */
UChar32 utf16_next(const UChar *units, int32_t length, int32_t *place);
/* Appends within the room that was reserved. */
void utf16_append(struct utf16 *text, UChar32 point);
bool point_is_mark(UChar32 point);
/* Replaces `text` by its normal form (text.c). */
MUST_CHECK Err utf16_normalize(const UNormalizer2 *form, struct utf16 *text);

/* --- Words and letters without ICU's rules (plain_words.c, plain_letters.c) --- */

/* A stretch of text goes up to a space or a line end. */
static inline bool word_stretch_ends(char byte)
{
	return byte == ' ' || byte == '\n';
}
/* Appends the `struct text_word` of each word of the stretch that begins at `*place`, and moves to
 * its end; false where that takes ICU: then what was appended is nothing to use. */
bool plain_words(Str text, size_t *place, struct buf *found);
/* The same by ICU, of a text that is whole; `offset` is added to the words' places (words.c). */
MUST_CHECK Err words_by_icu(Str text, size_t offset, struct buf *found);

/* Names are kept and must not be taken for one another; a search should rather find too much. */
enum fold_purpose { FOLD_NAME, FOLD_SEARCH, FOLD_PURPOSES };
/* Folding as ICU's tables have it, whatever the text (fold.c). */
MUST_CHECK Err fold_any(Str text, enum fold_purpose purpose, struct arena *mem, Str *out);
/* The same for a short text of letters whose folding does not depend on what stands beside them;
 * false for any other. */
#define PLAIN_FOLD_MAX 64  /* bytes */
#define PLAIN_LETTER_MAX 4 /* bytes that come of one letter */
bool plain_fold(Str text, enum fold_purpose purpose, char out[PLAIN_FOLD_MAX * PLAIN_LETTER_MAX],
                size_t *length_out);

/* --- Tools that no two threads may use at once (pool.c) --- */

/* Idle ones wait under a name. Opening one reads ICU's data and takes some tens of microseconds,
 * using one less than one; a pool serves all threads, so that it ends up with as many of a name as
 * were ever used at once, POOL_MAX in all. */
#define POOL_MAX 64
#define POOL_NAME_MAX 64
struct pool;
extern struct pool calendar_pool;
extern struct pool date_pool;
extern struct pool word_pool;
/* NULL when none is idle. */
void *pool_take(struct pool *pool, Str name);
/* False when the pool is full: the caller closes it. */
MUST_CHECK bool pool_give(struct pool *pool, Str name, void *tool);

/* --- Tools that all threads use (language.c) --- */

enum { PLURAL_CATEGORIES = 6 };

struct language_tools {
	UNumberFormatter *numbers; /* immutable, as ICU promises for both */
	UPluralRules *plurals;
	/* Which form of a catalogue's message a CLDR category takes; in the order zero, one, two, few,
	 * many, other. */
	int forms[PLURAL_CATEGORIES];
};
MUST_CHECK Err language_tools(const struct language *language, const struct language_tools **out);
const UChar *language_date_pattern(const struct language *language, enum date_style style);
/* A month, from 0, that newspapers write otherwise than ICU. The last of them has no name. */
struct month_name {
	int32_t month;
	UChar name[20];
};
const struct month_name *language_months(const struct language *language);
/* What stands between the items of a list, and before its last one. */
struct list_words {
	Str between, last;
};
struct list_words language_list_words(const struct language *language);

/* --- Catalogues (message.c) --- */

/* The message in a table sorted as embedded_messages is, or NULL. */
const struct embedded_message *message_find(const struct embedded_message *table, size_t count,
                                            Str lang, Str msgid);
/* i18n_plural on a table of the caller's. */
MUST_CHECK Err plural_from(const struct embedded_message *table, size_t count,
                           const struct language *language, const char *one, const char *other,
                           uint64_t n, struct arena *mem, Str *out);

/* --- Zones and civil time (zone.c, civil.c) --- */

/* The zone's offset from UTC at that moment, in whole minutes: before standard time came, offsets
 * had seconds, which no offset in a written time can say. */
MUST_CHECK Err zone_offset_ms(Str zone, Time time, int64_t *out);

#define YEAR_MIN 1
#define YEAR_MAX 9999

/* A date and a time of day, in a zone that is known elsewhere. */
struct civil_time {
	struct civil_date date;
	int hour, minute, second;
};
/* As if the zone were UTC, by the Gregorian rules at all times. */
int64_t civil_to_ms(const struct civil_time *civil);
/* ERR_INVALID outside the years 1 to 9999. */
MUST_CHECK Err civil_from_ms(int64_t ms, struct civil_time *out);
bool civil_is_real(const struct civil_time *civil);
/* 0 is Sunday. */
int civil_weekday(const struct civil_date *date);

#endif
