/* UTF-8 as RFC 3629 has it: no over-long forms, no surrogates, nothing past U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

#define UTF8_INVALID UINT32_MAX

/* Reads the code point at `*place` and moves on; UTF8_INVALID moves on by one byte. `*place` must
 * be inside the text. */
uint32_t utf8_next_long(Str str, size_t *place);
static inline uint32_t utf8_next(Str str, size_t *place)
{
	const unsigned char *bytes = (const unsigned char *)str.bytes + *place;
	if (bytes[0] < 0x80) {
		++*place;
		return bytes[0];
	}
	/* Two bytes: Latin with marks, Arabic. */
	if (bytes[0] >= 0xC2 && bytes[0] <= 0xDF && str.length - *place > 1 &&
	    (bytes[1] & 0xC0) == 0x80) {
		*place += 2;
		return (bytes[0] & 0x1FU) << 6 | (bytes[1] & 0x3FU);
	}
	return utf8_next_long(str, place);
}
bool utf8_is_valid(Str str);
/* Code points in valid text. */
size_t utf8_length(Str str);
/* At most `count` code points from the start of valid text. */
Str utf8_head(Str str, size_t count);
/* Writes `point` to `out` (4 bytes of room) and returns how many bytes that took. */
size_t utf8_encode(uint32_t point, char out[4]);

/* C0, C1 and DEL, but not tab and line feed; and what Unicode says is no character, such as U+FFFE.
 * Text without them can stand in XML. */
bool utf8_has_control(Str str);
/* Embeddings, overrides and isolates (UAX #9 §2): left open, one turns round what stands after it.
 * The marks LRM, RLM and ALM, which only say where a letter belongs, are not among them. */
bool utf8_is_bidi_control(uint32_t point);
/* Without white space at both ends: ASCII's, no-break and the other Unicode spaces, and the
 * invisible byte order mark. */
Str utf8_trim(Str str);

#endif
