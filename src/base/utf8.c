#include "base/utf8.h"

/* How many bytes follow the first one and the least value that may take that many. */
static int sequence(unsigned char first, uint32_t *point, uint32_t *least)
{
	if (first >= 0xC2 && first <= 0xDF) {
		*point = first & 0x1FU;
		*least = 0x80;
		return 1;
	}
	if (first >= 0xE0 && first <= 0xEF) {
		*point = first & 0x0FU;
		*least = 0x800;
		return 2;
	}
	if (first >= 0xF0 && first <= 0xF4) {
		*point = first & 0x07U;
		*least = 0x10000;
		return 3;
	}
	return -1;
}

uint32_t utf8_next_long(Str str, size_t *place)
{
	uint32_t point;
	uint32_t least;
	size_t start = (*place)++;
	int follow = sequence((unsigned char)str.bytes[start], &point, &least);
	if (follow < 0 || str.length - start <= (size_t)follow)
		return UTF8_INVALID;
	for (int i = 1; i <= follow; i++) {
		unsigned char byte = (unsigned char)str.bytes[start + (size_t)i];
		if ((byte & 0xC0) != 0x80)
			return UTF8_INVALID;
		point = point << 6 | (byte & 0x3FU);
	}
	if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
		return UTF8_INVALID;
	*place = start + (size_t)follow + 1;
	return point;
}

/* Moves past the ASCII that begins at `place`, eight bytes at a time where there are as many. */
static size_t ascii_end(Str str, size_t place)
{
	uint64_t eight;
	for (; str.length - place >= sizeof eight; place += sizeof eight) {
		memcpy(&eight, str.bytes + place, sizeof eight);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (place < str.length && (unsigned char)str.bytes[place] < 0x80)
		place++;
	return place;
}

bool utf8_is_valid(Str str)
{
	for (size_t place = 0; place < str.length;) {
		if ((unsigned char)str.bytes[place] < 0x80)
			place = ascii_end(str, place);
		else if (utf8_next(str, &place) == UTF8_INVALID)
			return false;
	}
	return true;
}

size_t utf8_length(Str str)
{
	size_t count = 0;
	for (size_t i = 0; i < str.length; i++)
		count += ((unsigned char)str.bytes[i] & 0xC0) != 0x80;
	return count;
}

Str utf8_head(Str str, size_t count)
{
	size_t place = 0;
	while (count > 0 && place < str.length) {
		utf8_next(str, &place);
		count--;
	}
	return str_slice(str, 0, place);
}

size_t utf8_encode(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xC0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xE0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3F));
		out[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3F));
	out[2] = (char)(0x80 | (point >> 6 & 0x3F));
	out[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

/* Set apart for ever (Unicode 23.7); XML 1.0 can't hold two of them. */
static bool is_no_character(uint32_t point)
{
	return point != UTF8_INVALID &&
	       ((point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF));
}

bool utf8_has_control(Str str)
{
	size_t place = 0;
	while (place < str.length) {
		uint32_t point = utf8_next(str, &place);
		if ((point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7F && point < 0xA0) ||
		    is_no_character(point))
			return true;
	}
	return false;
}

bool utf8_is_bidi_control(uint32_t point)
{
	return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* Unicode's White_Space, and the byte order mark that editors leave behind. */
static bool is_space(uint32_t point)
{
	return point == ' ' || (point >= '\t' && point <= '\r') || point == 0x85 || point == 0xA0 ||
	       point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
	       point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000 ||
	       point == 0xFEFF;
}

/* Where the code point that ends at `end` begins, `start` at the earliest. */
static size_t last_point(Str str, size_t start, size_t end)
{
	size_t last = end - 1;
	while (last > start && ((unsigned char)str.bytes[last] & 0xC0) == 0x80)
		last--;
	return last;
}

Str utf8_trim(Str str)
{
	size_t start = 0;
	for (size_t place = 0; place < str.length; start = place)
		if (!is_space(utf8_next(str, &place)))
			break;
	size_t end = str.length;
	while (end > start) {
		size_t last = last_point(str, start, end);
		size_t place = last;
		if (!is_space(utf8_next(str_slice(str, 0, end), &place)) || place != end)
			break;
		end = last;
	}
	return str_slice(str, end > start ? start : 0, end - start);
}
