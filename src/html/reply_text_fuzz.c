/* Text of any bytes becomes markup that its policy's sanitizer would not change; its words come
 * back from the markup as they were. */
#include "base/utf8.h"
#include "html/html.h"

#define MEMORY_BYTES ((size_t)64 * 1024 * 1024)

/* Text without any white space and control characters; what is no character as U+FFFD. */
static void words_add(struct buf *out, Str text)
{
	size_t place = 0;
	while (place < text.length) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		Str character = str_slice(text, start, place - start);
		bool is_control = point < 0x20 || (point >= 0x7F && point < 0xA0);
		bool is_none = (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
		if (point == UTF8_INVALID || is_none)
			buf_add(out, S("\xEF\xBF\xBD"));
		else if (!is_control && utf8_trim(character).length > 0)
			buf_add(out, character);
	}
}

static void markup_check(Html html, enum html_policy policy, Str words, struct arena *mem)
{
	Html sanitized;
	Str text;
	struct buf found;
	CHECK(html_sanitize(html.markup, policy, mem, &sanitized) == OK);
	CHECK(str_equal(html.markup, sanitized.markup));
	CHECK(html_to_text(html, SIZE_MAX, mem, &text) == OK);
	buf_init(&found, HTML_MAX_BYTES);
	words_add(&found, text);
	CHECK(str_equal(buf_str(&found), words));
	buf_done(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct arena mem;
	struct buf words;
	Html html;
	Str text = {(const char *)data, size_bytes};
	arena_init(&mem, MEMORY_BYTES);
	buf_init(&words, HTML_MAX_BYTES);
	words_add(&words, text);
	CHECK(html_from_reply_text(text, &mem, &html) == OK);
	markup_check(html, HTML_POLICY_REPLY, buf_str(&words), &mem);
	CHECK(html_from_story_text(text, &mem, &html) == OK);
	markup_check(html, HTML_POLICY_STORY, buf_str(&words), &mem);
	buf_done(&words);
	arena_done(&mem);
	return 0;
}
