#include <stdarg.h>
#include <stdlib.h>
#include <unicode/uchar.h>

#include "base/utf8.h"
#include "cli/cli_private.h"
#include "server/serve.h"

Err print_json(const struct command_context *context, json_t *value)
{
	if (value == NULL)
		return fail(ERR_MEMORY, "there is no memory for the answer");
	int failed = json_dumpf(value, context->io->out, JSON_ENCODE_ANY);
	json_decref(value);
	fputc('\n', context->io->out);
	if (failed != 0)
		return fail(ERR_IO, "the answer could not be written");
	return OK;
}

json_t *json_text(Str text)
{
	if (text.length == 0)
		return json_string("");
	if (utf8_is_valid(text))
		return json_stringn(text.bytes, text.length);
	struct buf valid BUF_CLEANUP;
	buf_init(&valid, 3 * text.length);
	for (size_t place = 0; place < text.length;) {
		char bytes[4];
		uint32_t point = utf8_next(text, &place);
		size_t length = utf8_encode(point == UTF8_INVALID ? 0xFFFD : point, bytes);
		buf_add(&valid, (Str){bytes, length});
	}
	return buf_check(&valid) == OK ? json_stringn(valid.bytes, valid.length) : NULL;
}

json_t *json_text_or_null(Str text)
{
	return str_is_empty(text) ? json_null() : json_text(text);
}

json_t *json_time(const struct command_context *context, Time time)
{
	Str text;
	if (time == 0)
		return json_null();
	return time_format(context->world->site->zone, time, context->mem, &text) == OK
	           ? json_text(text)
	           : NULL;
}

void print_text(FILE *out, Str text)
{
	for (size_t place = 0; place < text.length;) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		bool is_control = point == UTF8_INVALID || (point < 0x20 && point != '\n') ||
		                  (point >= 0x7f && point < 0xa0);
		if (is_control)
			fputs("\xEF\xBF\xBD", out);
		else
			fwrite(text.bytes + start, 1, place - start, out);
	}
}

void print_line(const struct command_context *context, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length >= 0) {
		print_text(context->io->out, (Str){text, (size_t)length});
		fputc('\n', context->io->out);
		free(text);
	}
}

Err time_shown(const struct command_context *context, Time time, Str *out)
{
	if (time == 0) {
		*out = S("");
		return OK;
	}
	Str whole; /* 2021-07-23T14:39:00+03:00 */
	TRY(time_format(context->world->site->zone, time, context->mem, &whole));
	return arena_format(context->mem, out, "%.*s %.*s", STR(str_slice(whole, 0, 10)),
	                    STR(str_slice(whole, 11, 5)));
}

Err number_shown(const struct command_context *context, int64_t number, Str *out)
{
	return arena_format(context->mem, out, "%lld", (long long)number);
}

/* Without site.url and outside of a server it is where a server would listen. */
static Err site_address(const struct command_context *context, Url *out)
{
	*out = context->world->site->url;
	if (!str_is_empty(out->address))
		return OK;
	const struct server_settings *server = settings_of(context->settings, &server_settings_table);
	if (str_ends_with(server->listen, S(":0")))
		return OK;
	Str address;
	TRY(arena_format(context->mem, &address, "http://%.*s", STR(server->listen)));
	return url_parse_web(address, 300, context->mem, out);
}

#define SEGMENTS_MAX 16

Err address_shown(const struct command_context *context, Str path, Str *out)
{
	Str segments[SEGMENTS_MAX];
	size_t count = 0;
	Str rest = str_from(path, 1);
	while (!str_is_empty(rest) && count < SEGMENTS_MAX && str_next(&rest, '/', &segments[count]))
		count++;
	Url url;
	Url site;
	/* People read the letters of a path, and browsers take them as they are. */
	if (!context->call->json)
		count = 0;
	TRY(url_path(segments, count, context->mem, &url));
	TRY(site_address(context, &site));
	if (!str_is_empty(site.address))
		TRY(url_join(site, url, context->mem, &url));
	*out = url.address;
	if (context->call->json)
		return OK;
	return arena_format(context->mem, out, "%.*s%.*s", STR(url.address), STR(str_from(path, 1)));
}

/* ---- tables ---- */

void table_init(struct table *table, struct arena *mem, size_t columns)
{
	CHECK(columns > 0 && columns <= TABLE_COLUMNS_MAX);
	*table = (struct table){.mem = mem, .columns = columns};
}

Err table_add(struct table *table, const Str *cells)
{
	if (table->rows == table->capacity) {
		size_t capacity = table->capacity == 0 ? 32 : 2 * table->capacity;
		Str *grown = ARENA_ARRAY(table->mem, Str, capacity * table->columns);
		if (grown == NULL)
			return ERR_MEMORY;
		if (table->rows > 0)
			memcpy(grown, table->cells, table->rows * table->columns * sizeof *grown);
		table->cells = grown;
		table->capacity = capacity;
	}
	memcpy(table->cells + table->rows * table->columns, cells, table->columns * sizeof *cells);
	table->rows++;
	return OK;
}

size_t text_width(Str text)
{
	size_t width = 0;
	for (size_t place = 0; place < text.length;) {
		uint32_t point = utf8_next(text, &place);
		if (point == UTF8_INVALID) {
			width++;
			continue;
		}
		int8_t type = u_charType((UChar32)point);
		if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
			continue;
		int32_t east_asian = u_getIntPropertyValue((UChar32)point, UCHAR_EAST_ASIAN_WIDTH);
		width += east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
	}
	return width;
}

void table_print(const struct table *table, FILE *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};
	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t width = text_width(table->cells[i]);
		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t column = i % table->columns;
		print_text(out, table->cells[i]);
		if (column + 1 == table->columns)
			fputc('\n', out);
		else
			fprintf(out, "%*s", (int)(widths[column] - text_width(table->cells[i]) + 2), "");
	}
}
