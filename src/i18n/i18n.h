/* Words, numbers, dates and direction in the reader's language. Catalogues come from po/ and are
 * part of the program; dates, numbers and plural rules are ICU's. Holds no site's settings: the
 * language and the time zone are passed in. */
#ifndef I18N_I18N_H
#define I18N_I18N_H

#include "base/arena.h"
#include "base/clock.h"

/* A language that Courant speaks. Immutable, lives as long as the process. */
struct language {
	Str code;           /* BCP 47: "en", "ar", "ckb" */
	Str name;           /* in itself: "English", "العربية", "کوردی" */
	Str direction;      /* "ltr" or "rtl" */
	const char *locale; /* ICU's, with the region that months and digits follow: "en_GB", "ar_IQ" */
};

/* NULL when Courant has no words in it. */
const struct language *language_find(Str code);
/* All of them, in the order of their codes; `index` from 0 until NULL. */
const struct language *language_at(size_t index);
size_t language_count(void);
/* Their codes as a part of a sentence: "take " LANGUAGE_CODES. A test holds it to the table. */
#define LANGUAGE_CODES "ar, ckb or en"
/* Fails with ERR_INVALID and says which codes there are, or which one was meant: ckb for "ku". */
MUST_CHECK Err language_unknown(Str code);

/* Marks a sentence that is kept in a table and looked up later, so that the check of the catalogues
 * finds it. */
#define N_(sentence) sentence

/* The language's words for an English sentence; the sentence itself when the catalogue has none
 * (a test keeps the catalogues whole). Lives as long as the process. */
Str i18n_text(const struct language *language, const char *sentence);
Str i18n_text_of(const struct language *language, Str sentence); /* for the template compiler */

/* "{n} reply" / "{n} replies" by the language's plural rules (CLDR), with {n} replaced by the
 * number in the language's digits. */
MUST_CHECK Err i18n_plural(const struct language *language, const char *one, const char *other,
                           uint64_t n, struct arena *mem, Str *out);
/* The sentence that would be filled, with its {n}: for a page whose script counts on. Lives as long
 * as the process. */
MUST_CHECK Err i18n_plural_sentence(const struct language *language, const char *one,
                                    const char *other, uint64_t n, Str *out);

/* Replaces {name}-like marks of a sentence by values. The sentence is a catalogue's, never a
 * visitor's; values are not looked into. */
struct i18n_value {
	const char *mark; /* "{name}" */
	Str value;
};
MUST_CHECK Err i18n_fill(Str sentence, const struct i18n_value *values, size_t count,
                         struct arena *mem, Str *out);

/* "A, B and C", "A وB وC", "A و B و C"; nothing for nothing. */
MUST_CHECK Err i18n_list(const struct language *language, const Str *items, size_t count,
                         struct arena *mem, Str *out);

MUST_CHECK Err i18n_number(const struct language *language, int64_t number, struct arena *mem,
                           Str *out);

enum date_style {
	DATE_DAY,      /* 23 July 2021 */
	DATE_LONG_DAY, /* Friday, 23 July 2021 */
	DATE_TIME,     /* 23 July 2021, 14:39 */
	DATE_CLOCK,    /* 14:39 */
	DATE_MONTH,    /* July 2021 */
};
/* `zone` is an IANA name that zone_is_known accepted. */
MUST_CHECK Err i18n_date(const struct language *language, Str zone, Time time,
                         enum date_style style, struct arena *mem, Str *out);

bool zone_is_known(Str zone);
/* 2021-07-23T14:39:00+03:00 (RFC 3339), for machines, in `zone`. */
MUST_CHECK Err time_format(Str zone, Time time, struct arena *mem, Str *out);
/* What the desk types: 2021-07-23T14:39 (also with :SS, a space for T) is local to `zone`; a
 * trailing Z or offset wins. ERR_INVALID says which forms are known; a local time that a change of
 * clocks skips is refused, of one that comes twice the first is meant. */
MUST_CHECK Err time_parse(Str zone, Str text, Time *out);
/* The civil date in `zone`, for addresses. */
struct civil_date {
	int year, month, day;
};
MUST_CHECK Err time_civil(Str zone, Time time, struct civil_date *out);
/* The first moment of that day in `zone`, and with the next day's its end: where the clocks are put
 * forward over midnight, the moment at which they are. ERR_INVALID when there is no such day. */
MUST_CHECK Err time_day_start(Str zone, struct civil_date date, Time *out);
/* "2021-07-23", as a date field of a form sends it; false when it is no day of the calendar. */
bool civil_date_parse(Str text, struct civil_date *out);
/* The day after (or before, with -1). */
MUST_CHECK Err civil_date_add(struct civil_date date, int days, struct civil_date *out);
/* "Fri, 23 Jul 2021 11:39:00 GMT" (RFC 9110 §5.6.7). */
MUST_CHECK Err time_format_http(Time time, struct arena *mem, Str *out);
/* The same read, also in its two older forms; false for anything else. `now` says which century a
 * year of two digits is in. */
MUST_CHECK bool time_parse_http(Str text, Time now, Time *out);

/* NFC; valid UTF-8 is required and kept so. */
MUST_CHECK Err text_nfc(Str text, struct arena *mem, Str *out);
/* A line that somebody typed, to be shown: UTF-8 in NFC, no control characters, no white space at
 * its ends; bidi controls are taken out, because nobody sees them and the letters are whole without
 * them. ERR_INVALID with a sentence that says what to do, which `what` begins ("the headline");
 * what is too long is refused, never cut. */
MUST_CHECK Err line_check(const char *what, Str text, size_t max_characters, struct arena *mem,
                          Str *out);
/* Like a line, with line feeds. */
MUST_CHECK Err note_check(const char *what, Str text, size_t max_characters, struct arena *mem,
                          Str *out);
/* For comparing names, which may be kept: NFKC, case folded, spaces, quotes, dashes and digits in
 * one form each, the marks that Arabic and Latin readers leave out dropped, and the letters that
 * keyboards put for one another (ک ك, ی ي ى, ە ھ ه ة) brought together. Letters that part words
 * (ێ ی, ۆ و, ڵ ل, ؤ و) stay apart. At most TEXT_FOLD_GROWTH times as many bytes. */
#define TEXT_FOLD_GROWTH 11
/* The number of these rules: raised when a text is folded otherwise than before. */
#define TEXT_FOLD_RULES 1
MUST_CHECK Err text_fold(Str text, struct arena *mem, Str *out);
/* For finding one word that somebody typed: as text_fold, and without what is easily left out: the
 * marks of ێ ۆ ڕ ڵ ؤ ئ, apostrophes with a possessive s, the dots of U.S., what parts thousands.
 * A space parts Arabic letters from digits and from letters of another script, so that الـ20 and
 * 2015ـەوە have their number. Nothing may be left. Never shown; made anew whenever these rules
 * change. */
MUST_CHECK Err text_fold_search(Str text, struct arena *mem, Str *out);

/* A word of a text, from byte `start` to before `end`. */
struct text_word {
	size_t start, end;
};
/* The first `max` words of a text (UAX #29: what has letters or digits), in their order. A hyphen
 * parts words, an apostrophe or an invisible joiner within one does not. */
MUST_CHECK Err text_words(Str text, size_t max, struct arena *mem, struct text_word **out,
                          size_t *count_out);

/* The last part of an address from a headline: NFC, lower case, letters (with their marks) and
 * digits of any script, everything else one hyphen, at most 80 characters, cut at a hyphen where
 * there is one. Empty when nothing is left. */
MUST_CHECK Err text_slug(Str text, struct arena *mem, Str *out);

#endif
