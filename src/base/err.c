#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#undef fail /* the analyzer's, see err.h */

/* Owned by its thread, as errno is. */
static _Thread_local struct {
	char text[ERR_TEXT_MAX];
	size_t length;
} last;

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
	if (length >= ERR_TEXT_MAX)
		length = ERR_TEXT_MAX - 1;
	memcpy(last.text, text, (size_t)length);
	last.text[length] = 0;
	last.length = (size_t)length;
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
