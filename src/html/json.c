#include "html/html_private.h"

#include <jansson.h>
#include <stdlib.h>

/* U+2028 and U+2029 end a line in JavaScript before 2019; both begin with these two bytes. */
#define SEPARATOR_HEAD "\xE2\x80"

/* What would end the script element or begin a comment in it stands inside JSON strings alone,
 * where an escape says the same. */
static Str json_escape_at(Str text, size_t place, size_t *length)
{
	*length = 1;
	switch (text.bytes[place]) {
	case '<':
		return S("\\u003c");
	case '>':
		return S("\\u003e");
	case '&':
		return S("\\u0026");
	default:
		break;
	}
	Str rest = str_from(text, place);
	*length = 3;
	if (str_starts_with(rest, S(SEPARATOR_HEAD "\xA8")))
		return S("\\u2028");
	if (str_starts_with(rest, S(SEPARATOR_HEAD "\xA9")))
		return S("\\u2029");
	*length = 1;
	return S("");
}

static void json_escape_to(struct buf *out, Str text)
{
	size_t start = 0;
	size_t place = 0;
	while (place < text.length) {
		size_t length;
		Str escaped = json_escape_at(text, place, &length);
		if (escaped.length > 0) {
			buf_add(out, str_slice(text, start, place - start));
			buf_add(out, escaped);
			start = place + length;
		}
		place += length;
	}
	buf_add(out, str_from(text, start));
}

Err json_for_page(const struct json_t *value, struct arena *mem, Json *out)
{
	char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (dumped == NULL)
		return fail(ERR_MEMORY, "the page's JSON-LD could not be written");
	Str text = str_from_c(dumped);
	struct buf escaped;
	Html taken;
	buf_init(&escaped, text.length * 6 + 1);
	json_escape_to(&escaped, text);
	Err err = html_take(&escaped, mem, &taken);
	buf_done(&escaped);
	free(dumped);
	TRY(err);
	*out = (Json){taken.markup};
	return OK;
}
