#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return "error";
	case LOG_WARNING:
		return "warning";
	case LOG_INFO:
		break;
	}
	return "info";
}

/* Control characters become a dot; the line is ended by us alone. */
static size_t escape(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '.';
	text[length] = '\n';
	return length + 1;
}

void log_write(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t length = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &utc);
	length += (size_t)snprintf(line + length, sizeof line - length, ".%03dZ %s ",
	                           (int)(now.tv_nsec / 1000000), level_word(level));
	va_list arguments;
	va_start(arguments, format);
	int more = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
	va_end(arguments);
	if (more > 0)
		length += (size_t)more;
	if (length > sizeof line - 2)
		length = sizeof line - 2;
	length = escape(line, length);
	/* One write a line keeps lines of several threads apart; a log that can't be written to is not
	 * a reason to stop serving. */
	ssize_t written = write(STDERR_FILENO, line, length);
	(void)written;
}
