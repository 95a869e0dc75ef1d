#include "base/utf8.h"

#include <strings.h>

Str str_slice(Str str, size_t start, size_t length)
{
	if (start > str.length)
		start = str.length;
	if (length > str.length - start)
		length = str.length - start;
	return (Str){str.bytes == NULL ? NULL : str.bytes + start, length};
}

bool str_starts_with(Str str, Str prefix)
{
	return str.length >= prefix.length && str_equal(str_slice(str, 0, prefix.length), prefix);
}

bool str_ends_with(Str str, Str suffix)
{
	return str.length >= suffix.length &&
	       str_equal(str_from(str, str.length - suffix.length), suffix);
}

static char ascii_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool str_equal_ignoring_case(Str a, Str b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (ascii_lower(a.bytes[i]) != ascii_lower(b.bytes[i]))
			return false;
	return true;
}

size_t str_find(Str str, Str needle)
{
	if (needle.length == 0)
		return 0;
	if (str.length < needle.length)
		return STR_NOT_FOUND;
	const char *found = memmem(str.bytes, str.length, needle.bytes, needle.length);
	return found == NULL ? STR_NOT_FOUND : (size_t)(found - str.bytes);
}

size_t str_find_byte(Str str, char byte)
{
	const char *found = str.length == 0 ? NULL : memchr(str.bytes, byte, str.length);
	return found == NULL ? STR_NOT_FOUND : (size_t)(found - str.bytes);
}

bool str_next(Str *rest, char separator, Str *out)
{
	if (rest->bytes == NULL)
		return false;
	size_t end = str_find_byte(*rest, separator);
	if (end == STR_NOT_FOUND) {
		*out = *rest;
		*rest = (Str){NULL, 0};
		return true;
	}
	*out = str_slice(*rest, 0, end);
	*rest = str_from(*rest, end + 1);
	return true;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

Str str_trim(Str str)
{
	while (str.length > 0 && is_space(str.bytes[0]))
		str = str_from(str, 1);
	while (str.length > 0 && is_space(str.bytes[str.length - 1]))
		str.length--;
	return str;
}

bool str_parse_uint(Str str, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	if (str.length == 0)
		return false;
	for (size_t i = 0; i < str.length; i++) {
		if (str.bytes[i] < '0' || str.bytes[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(str.bytes[i] - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

int str_hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

int str_compare(Str a, Str b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter == 0 ? 0 : memcmp(a.bytes, b.bytes, shorter);
	if (order != 0)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}

/* How many characters there are; more than STR_DISTANCE_MAX when they are too many. */
static size_t points_read(Str text, uint32_t points[STR_DISTANCE_MAX])
{
	size_t count = 0;
	for (size_t place = 0; place < text.length;) {
		if (count == STR_DISTANCE_MAX)
			return STR_DISTANCE_MAX + 1;
		points[count++] = utf8_next(text, &place);
	}
	return count;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t str_distance(Str a, Str b)
{
	uint32_t as[STR_DISTANCE_MAX];
	uint32_t bs[STR_DISTANCE_MAX];
	/* The row that is made, and the two before it. */
	size_t rows[3][STR_DISTANCE_MAX + 1] = {0};
	size_t a_count = points_read(a, as);
	size_t b_count = points_read(b, bs);
	if (a_count > STR_DISTANCE_MAX || b_count > STR_DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_count; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_count; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *second = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_count; j++) {
			row[j] = above[j - 1] + (as[i - 1] != bs[j - 1]);
			row[j] = lesser(row[j], lesser(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && as[i - 1] == bs[j - 2] && as[i - 2] == bs[j - 1])
				row[j] = lesser(row[j], second[j - 2] + 1);
		}
	}
	return rows[a_count % 3][b_count];
}

size_t str_distance_near(Str typed, Str known)
{
	size_t distance = str_distance(typed, known);
	if (distance == SIZE_MAX)
		return SIZE_MAX;
	size_t length = utf8_length(known);
	return distance <= (length < 8 ? 1 : length / 4) ? distance : SIZE_MAX;
}
