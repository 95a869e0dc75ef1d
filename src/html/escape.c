#include "base/embedded.h"
#include "base/utf8.h"
#include "html/html_private.h"

/* The most that one byte can become: "&quot;". */
#define ESCAPED_MAX 6

/* Runs of harmless bytes are copied whole. */
static void escape_to(struct buf *out, Str text, bool double_quote, bool single_quote)
{
	size_t start = 0;
	for (size_t i = 0; i < text.length; i++) {
		Str escaped;
		switch (text.bytes[i]) {
		case '&':
			escaped = S("&amp;");
			break;
		case '<':
			escaped = S("&lt;");
			break;
		case '>':
			escaped = S("&gt;");
			break;
		case '"':
			if (!double_quote)
				continue;
			escaped = S("&quot;");
			break;
		case '\'':
			if (!single_quote)
				continue;
			escaped = S("&#39;");
			break;
		default:
			continue;
		}
		buf_add(out, str_slice(text, start, i - start));
		buf_add(out, escaped);
		start = i + 1;
	}
	buf_add(out, str_from(text, start));
}

void html_escape_to(struct buf *out, Str text)
{
	escape_to(out, text, true, true);
}

void html_escape_content_to(struct buf *out, Str text)
{
	escape_to(out, text, false, false);
}

void html_escape_value_to(struct buf *out, Str text)
{
	escape_to(out, text, true, false);
}

Err html_take(const struct buf *built, struct arena *mem, Html *out)
{
	Str markup;
	TRY(buf_check(built));
	TRY(arena_copy(mem, buf_str(built), &markup));
	*out = (Html){markup};
	return OK;
}

Err html_escape(Str text, struct arena *mem, Html *out)
{
	BUF_CLEANUP struct buf escaped = {0};
	if (text.length > SIZE_MAX / ESCAPED_MAX)
		return fail(ERR_TOO_LARGE, "a text of %zu bytes is too long to be shown", text.length);
	buf_init(&escaped, text.length * ESCAPED_MAX);
	html_escape_to(&escaped, text);
	return html_take(&escaped, mem, out);
}

Err html_join(const Html *pieces, size_t count, struct arena *mem, Html *out)
{
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		length += pieces[i].markup.length;
	if (length == 0) {
		*out = HTML_LITERAL("");
		return OK;
	}
	char *bytes = arena_alloc(mem, length);
	if (bytes == NULL)
		return ERR_MEMORY;
	char *end = bytes;
	for (size_t i = 0; i < count; i++) {
		Str markup = pieces[i].markup;
		if (markup.length > 0)
			memcpy(end, markup.bytes, markup.length);
		end += markup.length;
	}
	*out = (Html){{bytes, length}};
	return OK;
}

Html html_from_asset(const struct embedded_file *asset)
{
	return (Html){{(const char *)asset->bytes, asset->size_bytes}};
}

Html html_from_store(Str markup)
{
	return (Html){markup};
}

bool html_is_no_character(uint32_t point)
{
	return point == UTF8_INVALID || (point & 0xFFFE) == 0xFFFE ||
	       (point >= 0xFDD0 && point <= 0xFDEF);
}

bool html_is_control(uint32_t point)
{
	return (point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7F && point < 0xA0);
}
