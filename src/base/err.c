#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#undef fail /* the analyzer's, see err.h */

/* Owned by its thread, as errno is. */
static _Thread_local struct {
	char text[ERR_TEXT_MAX];
	size_t length;
} last;

/* The length without a character that the end of the room cut through. */
static size_t whole_characters(Str text)
{
	size_t start = text.length - 1;
	while (start > text.length - 4 && (text.bytes[start] & 0xC0) == 0x80)
		start--;
	size_t place = start;
	return utf8_next(text, &place) == UTF8_INVALID ? start : text.length;
}

Err fail(Err code, const char *format, ...)
{
	/* The arguments may point into `last` itself: a failure wrapped in another. */
	char text[ERR_TEXT_MAX];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;
	size_t kept = (size_t)length;
	if (kept >= ERR_TEXT_MAX)
		kept = whole_characters((Str){text, ERR_TEXT_MAX - 1});
	memcpy(last.text, text, kept);
	last.text[kept] = 0;
	last.length = kept;
	return code;
}

Str err_text(void)
{
	return (Str){last.text, last.length};
}

void err_note_take(struct err_note *note, Err code)
{
	note->code = code;
	memcpy(note->text, last.text, sizeof note->text);
}

Err err_note_give(const struct err_note *note)
{
	if (note->code == OK)
		return OK;
	return fail(note->code, "%s", note->text);
}

void check_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "courant: a promise of the program itself is broken at %s:%d: %s\n", file, line,
	        condition);
	abort();
}
