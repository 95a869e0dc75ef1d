#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 256

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){.max_bytes = max_bytes};
}

void buf_done(struct buf *buf)
{
	free(buf->bytes);
	*buf = (struct buf){.max_bytes = buf->max_bytes};
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
}

/* Makes room for `more` bytes; false, remembered, when that can't be. */
static bool buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed || more > buf->max_bytes - buf->length) {
		buf->failed = true;
		return false;
	}
	size_t needed = buf->length + more;
	if (needed <= buf->capacity)
		return true;
	size_t capacity = buf->capacity == 0 ? FIRST_BYTES : buf->capacity * 2;
	if (capacity < needed)
		capacity = needed;
	if (capacity > buf->max_bytes)
		capacity = buf->max_bytes;
	/* One more, for the NUL that printf writes. */
	char *bytes = realloc(buf->bytes, capacity + 1);
	if (bytes == NULL) {
		buf->failed = true;
		return false;
	}
	buf->bytes = bytes;
	buf->capacity = capacity;
	return true;
}

void buf_add(struct buf *buf, Str str)
{
	if (str.length == 0 || !buf_reserve(buf, str.length))
		return;
	memcpy(buf->bytes + buf->length, str.bytes, str.length);
	buf->length += str.length;
}

void buf_add_lines(struct buf *buf, Str text)
{
	Str line;
	bool after_return = false;
	while (str_next(&text, '\r', &line)) {
		if (after_return && !str_starts_with(line, S("\n")))
			buf_add_byte(buf, '\n');
		buf_add(buf, line);
		after_return = true;
	}
}

void buf_add_byte(struct buf *buf, char byte)
{
	buf_add(buf, (Str){&byte, 1});
}

void buf_add_uint(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t start = sizeof digits;
	do {
		digits[--start] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_add(buf, (Str){digits + start, sizeof digits - start});
}

void buf_format(struct buf *buf, const char *format, ...)
{
	char small[256];
	va_list arguments;
	va_list again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(small, sizeof small, format, arguments);
	va_end(arguments);
	CHECK(length >= 0);
	if ((size_t)length < sizeof small) {
		buf_add(buf, (Str){small, (size_t)length});
	} else if (buf_reserve(buf, (size_t)length)) {
		vsnprintf(buf->bytes + buf->length, (size_t)length + 1, format, again);
		buf->length += (size_t)length;
	}
	va_end(again);
}

Err buf_check(const struct buf *buf)
{
	if (buf->failed)
		return fail(ERR_MEMORY, "this is longer than the %zu bytes it may have", buf->max_bytes);
	return OK;
}

char *buf_take(struct buf *buf, size_t *length_out)
{
	char *bytes = buf->bytes;
	*length_out = buf->length;
	*buf = (struct buf){.max_bytes = buf->max_bytes};
	return bytes;
}
