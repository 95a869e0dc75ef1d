#include "base/utf8.h"
#include "html/html_private.h"
#include "html/sanitize_private.h"

/* Text becomes the markup that the sanitizer would have written: a story's is kept without passing
 * it, a reply's could pass it. reply_text_fuzz.c holds the two against each other. */

/* A byte of text is 5 bytes of markup at most, "&amp;"; one that is no UTF-8 becomes three. */
#define CONTENT_MAX_FACTOR 5
#define CLEAN_MAX_FACTOR 3
/* Also counts the tags of a one-byte paragraph and those of the shortest link, which is written
 * twice, once with each byte as %XX. */
#define MARKUP_MAX_FACTOR 16

struct paragraphs {
	struct buf out;
	struct arena *mem;
	Str line_break; /* what stands between two lines of a paragraph */
	bool has_links;
	bool is_open;
};

/* Lines end with LF alone, other white space is a space, control characters are gone, what is
 * no character is U+FFFD. Runs of what stays are copied whole. */
static void clean_add(struct buf *out, Str text)
{
	size_t place = 0;
	size_t run = 0;
	while (place < text.length) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		bool is_no_character = html_is_no_character(point);
		if (point == '\n' || (point >= 0x20 && !html_is_control(point) && !is_no_character))
			continue;
		bool is_before_line_feed = point == '\r' && str_starts_with(str_from(text, place), S("\n"));
		buf_add(out, str_slice(text, run, start - run));
		run = place;
		if (is_no_character)
			buf_add(out, S("\xEF\xBF\xBD"));
		else if (point < 0x20 && html_is_space((char)point) && !is_before_line_feed)
			buf_add_byte(out, point == '\r' ? '\n' : ' ');
	}
	buf_add(out, str_from(text, run));
}

/* Escaped, runs of spaces folded. */
static void content_add(struct buf *out, Str text)
{
	while (text.length > 0) {
		size_t spaces = str_find(text, S("  "));
		size_t end = spaces == STR_NOT_FOUND ? text.length : spaces + 1;
		html_escape_content_to(out, str_slice(text, 0, end));
		while (end < text.length && text.bytes[end] == ' ')
			end++;
		text = str_from(text, end);
	}
}

/* --- links --- */

/* Long enough for any address worth following. */
#define LINK_MAX_BYTES 2048

static bool begins_address(Str text, size_t place)
{
	/* Asked at every byte, and nearly all are told apart by this. */
	if (text.bytes[place] != 'h' && text.bytes[place] != 'H')
		return false;
	Str rest = str_from(text, place);
	bool is_inside_word =
	    place > 0 && (html_is_letter(text.bytes[place - 1]) ||
	                  (text.bytes[place - 1] >= '0' && text.bytes[place - 1] <= '9'));
	return !is_inside_word && (str_equal_ignoring_case(str_slice(rest, 0, 7), S("http://")) ||
	                           str_equal_ignoring_case(str_slice(rest, 0, 8), S("https://")));
}

static bool is_one_of(uint32_t point, const uint32_t *these)
{
	for (; *these != 0; these++)
		if (*these == point)
			return true;
	return false;
}

/* Spaces, marks of direction, quotes and brackets that no address holds. */
static bool ends_address(uint32_t point)
{
	static const uint32_t ends[] = {' ',    '<',    '>',    '"',    0xA0,   0x1680, 0x2028,
	                                0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF, 0};
	return point == UTF8_INVALID || point < 0x20 || html_is_control(point) ||
	       is_one_of(point, ends) || (point >= 0x2000 && point <= 0x200F) ||
	       (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* What ends a sentence or a quotation rather than an address. */
static bool is_punctuation(uint32_t point)
{
	static const uint32_t these[] = {'.',    ',',    ';',    ':',    '!',    '?',    '\'',   '*',
	                                 '_',    '~',    0xAB,   0xBB,   0x060C, 0x061B, 0x061F, 0x06D4,
	                                 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x2039, 0x203A, 0x3001,
	                                 0x3002, 0xFF01, 0xFF0C, 0xFF1F, 0};
	return is_one_of(point, these);
}

/* The brackets of an address, counted once: it is shortened a character at a time. */
struct brackets {
	size_t opening[3], closing[3];
};
static const char bracket_pairs[3][2] = {{'(', ')'}, {'[', ']'}, {'{', '}'}};

static struct brackets brackets_count(Str address)
{
	struct brackets count = {0};
	for (size_t i = 0; i < address.length; i++)
		for (size_t pair = 0; pair < 3; pair++) {
			count.opening[pair] += address.bytes[i] == bracket_pairs[pair][0];
			count.closing[pair] += address.bytes[i] == bracket_pairs[pair][1];
		}
	return count;
}

/* Whether the last character is a closing bracket without its opening one; then it is no longer
 * counted, since it goes. */
static bool take_unpaired(struct brackets *count, char last)
{
	for (size_t pair = 0; pair < 3; pair++)
		if (last == bracket_pairs[pair][1] && count->closing[pair] > count->opening[pair]) {
			count->closing[pair]--;
			return true;
		}
	return false;
}

static size_t last_point_start(Str text)
{
	size_t start = text.length - 1;
	while (start > 0 && ((unsigned char)text.bytes[start] & 0xC0) == 0x80)
		start--;
	return start;
}

/* The address that begins the text, without the punctuation of the sentence around it. */
static Str address_at(Str text)
{
	size_t end = 0;
	for (size_t place = 0; place < text.length; end = place)
		if (ends_address(utf8_next(text, &place)))
			break;
	Str address = str_slice(text, 0, end);
	struct brackets brackets = brackets_count(address);
	while (address.length > 0) {
		size_t start = last_point_start(address);
		size_t place = start;
		if (!is_punctuation(utf8_next(address, &place)) &&
		    !take_unpaired(&brackets, address.bytes[address.length - 1]))
			break;
		address.length = start;
	}
	return address;
}

static Err link_add(struct buf *out, Str address, struct arena *mem)
{
	Url url;
	Err err = url_parse_web(address, LINK_MAX_BYTES, mem, &url);
	if (err == ERR_INVALID) {
		content_add(out, address);
		return OK;
	}
	TRY(err);
	buf_add(out, S("<a href=\""));
	html_escape_value_to(out, url.address);
	buf_add(out, S("\" rel=\"nofollow ugc\">"));
	content_add(out, address);
	buf_add(out, S("</a>"));
	return OK;
}

static Err linked_add(struct buf *out, Str line, struct arena *mem)
{
	size_t start = 0;
	size_t place = 0;
	while (place < line.length) {
		Str address = S("");
		if (begins_address(line, place))
			address = address_at(str_from(line, place));
		if (address.length == 0) {
			place++;
			continue;
		}
		content_add(out, str_slice(line, start, place - start));
		TRY(link_add(out, address, mem));
		place += address.length;
		start = place;
	}
	content_add(out, str_from(line, start));
	return OK;
}

/* --- paragraphs --- */

static void paragraph_close(struct paragraphs *paragraphs)
{
	if (paragraphs->is_open)
		buf_add(&paragraphs->out, S("</p>"));
	paragraphs->is_open = false;
}

static Err line_add(struct paragraphs *paragraphs, Str line)
{
	if (utf8_trim(line).length == 0) {
		paragraph_close(paragraphs);
		return OK;
	}
	if (paragraphs->is_open)
		buf_add(&paragraphs->out, paragraphs->line_break);
	else
		buf_add(&paragraphs->out, paragraphs->out.length == 0 ? S("<p>") : S("\n<p>"));
	paragraphs->is_open = true;
	if (paragraphs->has_links)
		return linked_add(&paragraphs->out, str_trim(line), paragraphs->mem);
	content_add(&paragraphs->out, str_trim(line));
	return OK;
}

static Err paragraphs_make(struct paragraphs *paragraphs, Str text, Html *out)
{
	Str line;
	while (str_next(&text, '\n', &line))
		TRY(line_add(paragraphs, line));
	paragraph_close(paragraphs);
	return html_take(&paragraphs->out, paragraphs->mem, out);
}

static Err text_to_html(Str text, Str line_break, bool has_links, struct arena *mem, Html *out)
{
	BUF_CLEANUP struct buf clean = {0};
	struct paragraphs paragraphs = {.mem = mem, .line_break = line_break, .has_links = has_links};
	if (text.length > HTML_MAX_BYTES)
		return fail(ERR_TOO_LARGE, "the text is longer than the %d KB it may have",
		            HTML_MAX_BYTES / 1024);
	buf_init(&clean, text.length * CLEAN_MAX_FACTOR);
	clean_add(&clean, text);
	buf_init(&paragraphs.out, (clean.length + 1) * MARKUP_MAX_FACTOR);
	Err err = paragraphs_make(&paragraphs, buf_str(&clean), out);
	buf_done(&paragraphs.out);
	return err;
}

Err html_from_story_text(Str text, struct arena *mem, Html *out)
{
	Html html;
	TRY(text_to_html(text, S(" "), false, mem, &html));
	/* The sanitizer's bound, so that what it would not change is also what it would not refuse. */
	if (html.markup.length > HTML_MAX_BYTES)
		return fail(ERR_TOO_LARGE, "the markup is longer than the %d KB it may have",
		            HTML_MAX_BYTES / 1024);
	*out = html;
	return OK;
}

Err html_from_reply_text(Str text, struct arena *mem, Html *out)
{
	return text_to_html(text, S("<br>"), true, mem, out);
}

/* --- markup to text --- */

static void point_add(struct buf *out, uint32_t point)
{
	char bytes[4];
	size_t length = utf8_encode(point, bytes);
	buf_add(out, (Str){bytes, length});
}

/* &#39; and &#x27;: 0 if it is none. */
static uint32_t numeric_reference(Str name)
{
	uint32_t point = 0;
	bool is_hex = name.length > 1 && html_lower(name.bytes[1]) == 'x';
	size_t start = is_hex ? 2 : 1;
	if (name.length == 0 || name.bytes[0] != '#' || name.length > 8)
		return 0;
	for (size_t i = start; i < name.length; i++) {
		char byte = html_lower(name.bytes[i]);
		uint32_t digit = byte >= '0' && byte <= '9'             ? (uint32_t)(byte - '0')
		                 : is_hex && byte >= 'a' && byte <= 'f' ? (uint32_t)(byte - 'a' + 10)
		                                                        : 99;
		if (digit == 99)
			return 0;
		point = point * (is_hex ? 16 : 10) + digit;
	}
	bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
	return is_surrogate || point > 0x10FFFF || html_is_control(point) ? 0 : point;
}

/* The references that this room writes, and numbers. */
static uint32_t reference(Str name)
{
	static const struct {
		Str name;
		uint32_t point;
	} known[] = {
	    {{"amp", 3}, '&'},  {{"lt", 2}, '<'},    {{"gt", 2}, '>'},
	    {{"quot", 4}, '"'}, {{"apos", 4}, '\''}, {{"nbsp", 4}, 0xA0},
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_equal(known[i].name, name))
			return known[i].point;
	return numeric_reference(name);
}

static void space_add(struct buf *out)
{
	if (out->length > 0 && out->bytes[out->length - 1] != ' ')
		buf_add_byte(out, ' ');
}

static void resolved_add(struct buf *out, Str text)
{
	for (size_t i = 0; i < text.length; i++) {
		size_t run = i;
		while (i < text.length && !html_is_space(text.bytes[i]) && text.bytes[i] != '&')
			i++;
		buf_add(out, str_slice(text, run, i - run));
		if (i == text.length)
			break;
		if (text.bytes[i] != '&') {
			space_add(out);
			continue;
		}
		size_t end = str_find_byte(str_slice(text, i, 12), ';');
		uint32_t point =
		    end > 1 && end != STR_NOT_FOUND ? reference(str_slice(text, i + 1, end - 1)) : 0;
		if (point == 0) {
			buf_add_byte(out, '&');
		} else {
			point_add(out, point);
			i += end;
		}
	}
}

/* At most `max_characters` with the ellipsis; at the last space, if there is one. */
static Err text_cut(Str text, size_t max_characters, struct arena *mem, Str *out)
{
	if (utf8_length(text) <= max_characters)
		return arena_copy(mem, text, out);
	Str head = utf8_head(text, max_characters == 0 ? 0 : max_characters - 1);
	size_t end = head.length;
	while (end > 0 && text.bytes[end] != ' ')
		end--;
	if (end > 0)
		head.length = end;
	while (head.length > 0) {
		size_t start = last_point_start(head);
		size_t place = start;
		uint32_t last = utf8_next(head, &place);
		if (last != ' ' && !is_punctuation(last))
			break;
		head.length = start;
	}
	return arena_format(mem, out, "%.*s%s", STR(head), max_characters == 0 ? "" : "…");
}

static void token_add(struct buf *out, const struct token *token)
{
	if (token->kind == TOKEN_TEXT)
		resolved_add(out, token->text);
	else if (!element_is_inline(element_named(token->name)))
		space_add(out);
}

Err html_to_text(Html html, size_t max_characters, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf text = {0};
	struct tokens tokens = {.markup = html.markup};
	struct token token;
	buf_init(&text, html.markup.length + 1);
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token))
		token_add(&text, &token);
	TRY(buf_check(&text));
	return text_cut(str_trim(buf_str(&text)), max_characters, mem, out);
}

/* The next paragraph's text; false when there is none. */
static bool paragraph_next(struct tokens *tokens, struct buf *out)
{
	struct token token;
	bool is_inside = false;
	buf_clear(out);
	for (tokens_next(tokens, &token); token.kind != TOKEN_END; tokens_next(tokens, &token)) {
		bool is_edge = token.kind != TOKEN_TEXT && element_named(token.name) == ELEMENT_P;
		if (is_edge && is_inside)
			return true;
		if (is_inside)
			token_add(out, &token);
		is_inside = is_inside || is_edge;
	}
	return is_inside;
}

Err html_first_paragraph(Html html, size_t max_characters, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf text = {0};
	struct tokens tokens = {.markup = html.markup};
	buf_init(&text, html.markup.length + 1);
	while (paragraph_next(&tokens, &text)) {
		TRY(buf_check(&text));
		if (!str_is_empty(utf8_trim(buf_str(&text))))
			return text_cut(str_trim(buf_str(&text)), max_characters, mem, out);
	}
	return html_to_text(html, max_characters, mem, out);
}

/* --- the run-in credit --- */

/* Where the first text of the first paragraph begins; STR_NOT_FOUND if the markup begins otherwise.
 * A link is not looked into: what replaces the text may be one itself. */
static size_t first_text(Str markup)
{
	struct tokens tokens = {.markup = markup};
	struct token token;
	tokens_next(&tokens, &token);
	if (token.kind != TOKEN_START_TAG || element_named(token.name) != ELEMENT_P)
		return STR_NOT_FOUND;
	do
		tokens_next(&tokens, &token);
	while (token.kind == TOKEN_START_TAG && element_is_inline(element_named(token.name)) &&
	       element_named(token.name) != ELEMENT_A);
	return token.kind == TOKEN_TEXT ? tokens.place - token.text.length : STR_NOT_FOUND;
}

Err html_lead(Html body, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf text = {0};
	size_t start = first_text(body.markup);
	if (start == STR_NOT_FOUND) {
		*out = S("");
		return OK;
	}
	Str rest = str_from(body.markup, start);
	size_t end = str_find_byte(rest, '<');
	buf_init(&text, body.markup.length + 1);
	resolved_add(&text, str_slice(rest, 0, end));
	TRY(buf_check(&text));
	return arena_copy(mem, buf_str(&text), out);
}

Err html_replace_lead(Html body, Str prefix, Html replacement, struct arena *mem, bool *found,
                      Html *out)
{
	BUF_CLEANUP struct buf escaped = {0};
	buf_init(&escaped, prefix.length * CONTENT_MAX_FACTOR);
	html_escape_content_to(&escaped, prefix);
	TRY(buf_check(&escaped));
	Str wanted = buf_str(&escaped);
	size_t start = first_text(body.markup);
	if (wanted.length == 0 || start == STR_NOT_FOUND ||
	    !str_starts_with(str_from(body.markup, start), wanted)) {
		*found = false;
		*out = body;
		return OK;
	}
	const Html pieces[] = {
	    {str_slice(body.markup, 0, start)},
	    replacement,
	    {str_from(body.markup, start + wanted.length)},
	};
	TRY(html_join(pieces, sizeof pieces / sizeof pieces[0], mem, out));
	*found = true;
	return OK;
}
