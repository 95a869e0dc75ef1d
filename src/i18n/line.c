#include "base/buf.h"
#include "base/utf8.h"
#include "i18n/i18n.h"

static bool has_line_end(Str text)
{
	size_t place = 0;
	while (place < text.length) {
		uint32_t point = utf8_next(text, &place);
		if (point == '\n' || point == '\t' || point == 0x2028 || point == 0x2029)
			return true;
	}
	return false;
}

static Err without_bidi_controls(Str text, struct arena *mem, Str *out)
{
	struct buf kept CLEANUP(buf_done);
	buf_init(&kept, text.length);
	size_t place = 0;
	while (place < text.length) {
		size_t start = place;
		if (!utf8_is_bidi_control(utf8_next(text, &place)))
			buf_add(&kept, str_slice(text, start, place - start));
	}
	TRY(buf_check(&kept));
	return arena_copy(mem, buf_str(&kept), out);
}

static Err text_check(const char *what, Str text, size_t max_characters, bool one_line,
                      struct arena *mem, Str *out)
{
	if (!utf8_is_valid(text))
		return fail(ERR_INVALID, "%s is not UTF-8: save it in that encoding", what);
	Str trimmed = utf8_trim(text);
	if (utf8_has_control(trimmed))
		return fail(ERR_INVALID, "%s holds control characters: take them out", what);
	if (one_line && has_line_end(trimmed))
		return fail(ERR_INVALID, "%s stands on one line: take out line ends and tabs", what);
	Str visible;
	TRY(without_bidi_controls(trimmed, mem, &visible));
	TRY(text_nfc(utf8_trim(visible), mem, &visible));
	size_t length = utf8_length(visible);
	if (length > max_characters)
		return fail(ERR_INVALID, "%s has %zu characters: shorten it to %zu at most", what, length,
		            max_characters);
	*out = visible;
	return OK;
}

Err line_check(const char *what, Str text, size_t max_characters, struct arena *mem, Str *out)
{
	return text_check(what, text, max_characters, true, mem, out);
}

Err note_check(const char *what, Str text, size_t max_characters, struct arena *mem, Str *out)
{
	return text_check(what, text, max_characters, false, mem, out);
}
