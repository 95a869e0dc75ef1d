/* Text as a pointer and a length: not owned, not NUL-ended, never changed through. What a Str
 * points to is untrusted; only the html room turns it into markup. C strings live at libc's door
 * alone. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	const char *bytes;
	size_t length;
} Str;

/* A literal as a Str, and a Str as the two arguments of "%.*s". */
#define S(literal) ((Str){"" literal "", sizeof(literal) - 1})
#define STR(str) (int)(str).length, (str).bytes

static inline Str str_from_c(const char *c_string)
{
	return (Str){c_string, c_string == NULL ? 0 : strlen(c_string)};
}

static inline bool str_equal(Str a, Str b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static inline bool str_is_empty(Str str)
{
	return str.length == 0;
}

/* From byte `start` on, `length` bytes at most; both are cut to what is there. */
Str str_slice(Str str, size_t start, size_t length);
static inline Str str_from(Str str, size_t start)
{
	return str_slice(str, start, SIZE_MAX);
}

bool str_starts_with(Str str, Str prefix);
bool str_ends_with(Str str, Str suffix);
/* ASCII letters alone are taken as alike in both cases. */
bool str_equal_ignoring_case(Str a, Str b);

#define STR_NOT_FOUND SIZE_MAX
/* The first place where `needle` begins, or STR_NOT_FOUND. */
size_t str_find(Str str, Str needle);
size_t str_find_byte(Str str, char byte);

/* Cuts `*rest` at the first `separator`: gives the part before it and leaves what follows. False
 * once nothing is left. "a,,b" gives "a", "", "b". */
bool str_next(Str *rest, char separator, Str *out);

/* Without ASCII space, tab, CR and LF at both ends. */
Str str_trim(Str str);

/* Decimal digits alone, no sign, no space; false when it is not that or passes `max`. */
bool str_parse_uint(Str str, uint64_t max, uint64_t *out);

/* What a hexadecimal digit, in either case, is worth; -1 for any other byte. */
int str_hex_digit(char byte);

/* Orders by bytes, as memcmp does, the shorter first. */
int str_compare(Str a, Str b);

/* How many characters must be added, left out, changed or put for their neighbour to make one of
 * the other (optimal string alignment), for what somebody mistyped; SIZE_MAX if one is longer than
 * STR_DISTANCE_MAX characters. */
#define STR_DISTANCE_MAX 64
size_t str_distance(Str a, Str b);
/* The same where it is little enough for `known` to have been meant: one slip, and one in four
 * characters of a name of eight or more. Else SIZE_MAX. */
size_t str_distance_near(Str typed, Str known);

#endif
