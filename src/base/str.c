#include "base/str.h"

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

size_t str_distance(Str a, Str b)
{
	size_t costs[STR_DISTANCE_MAX_BYTES + 1];
	if (a.length > STR_DISTANCE_MAX_BYTES || b.length > STR_DISTANCE_MAX_BYTES)
		return SIZE_MAX;
	for (size_t i = 0; i <= b.length; i++)
		costs[i] = i;
	for (size_t i = 1; i <= a.length; i++) {
		size_t diagonal = costs[0];
		costs[0] = i;
		for (size_t j = 1; j <= b.length; j++) {
			size_t least = diagonal + (a.bytes[i - 1] != b.bytes[j - 1]);
			diagonal = costs[j];
			if (costs[j] + 1 < least)
				least = costs[j] + 1;
			if (costs[j - 1] + 1 < least)
				least = costs[j - 1] + 1;
			costs[j] = least;
		}
	}
	return costs[b.length];
}
