#include "html/template_private.h"

#include <stdarg.h>

void scanner_init(struct scanner *scanner, Str name, Str text, bool words)
{
	*scanner = (struct scanner){
	    .name = name, .text = text, .open = S("{{"), .close = S("}}"), .words = words};
}

Err scanner_fail(const struct scanner *scanner, size_t place, const char *format, ...)
{
	char sentence[ERR_TEXT_MAX];
	va_list arguments;
	size_t line = 1;
	for (size_t i = 0; i < place && i < scanner->text.length; i++)
		line += scanner->text.bytes[i] == '\n';
	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (scanner->note != NULL) {
		*scanner->note =
		    (struct fault_note){.name = scanner->name, .line = line, .field = scanner->field};
		memcpy(scanner->note->sentence, sentence, sizeof sentence);
	}
	return fail(ERR_INVALID, "%.*s:%zu: %s", STR(scanner->name), line, sentence);
}

static size_t find_from(Str text, size_t from, Str needle)
{
	size_t found = str_find(str_from(text, from), needle);
	return found == STR_NOT_FOUND ? STR_NOT_FOUND : from + found;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The start of the line that `place` is in, if only blanks stand between; else STR_NOT_FOUND. */
static size_t line_start(Str text, size_t place)
{
	while (place > 0 && is_blank(text.bytes[place - 1]))
		place--;
	return place == 0 || text.bytes[place - 1] == '\n' ? place : STR_NOT_FOUND;
}

/* The start of the next line, if only blanks stand before it; else STR_NOT_FOUND. */
static size_t line_end(Str text, size_t place)
{
	while (place < text.length && is_blank(text.bytes[place]))
		place++;
	if (place == text.length)
		return place;
	if (text.bytes[place] == '\r' && place + 1 < text.length)
		place++;
	return text.bytes[place] == '\n' ? place + 1 : STR_NOT_FOUND;
}

/* Tags that print nothing take their line with them when they have it to themselves. */
static bool can_stand_alone(const struct scanner *scanner, const struct tag *tag)
{
	switch (tag->kind) {
	case TAG_SECTION:
	case TAG_CLOSE:
		return !(scanner->words &&
		         (str_equal(tag->name, S("_")) || str_equal(tag->name, S("asset"))));
	case TAG_INVERTED:
	case TAG_PARTIAL:
	case TAG_COMMENT:
	case TAG_DELIMITERS:
		return true;
	case TAG_END:
	case TAG_VALUE:
	case TAG_RAW_VALUE:
		break;
	}
	return false;
}

static enum tag_kind sigil_kind(char sigil)
{
	switch (sigil) {
	case '#':
		return TAG_SECTION;
	case '^':
		return TAG_INVERTED;
	case '/':
		return TAG_CLOSE;
	case '>':
		return TAG_PARTIAL;
	case '!':
		return TAG_COMMENT;
	case '=':
		return TAG_DELIMITERS;
	case '{':
	case '&':
		return TAG_RAW_VALUE;
	default:
		return TAG_VALUE;
	}
}

static bool delimiter_is_good(Str delimiter)
{
	return delimiter.length > 0 && str_find_byte(delimiter, '=') == STR_NOT_FOUND &&
	       str_find_byte(delimiter, '\n') == STR_NOT_FOUND;
}

static Err delimiters_set(struct scanner *scanner, const struct tag *tag)
{
	size_t gap = 0;
	while (gap < tag->name.length && !is_blank(tag->name.bytes[gap]))
		gap++;
	Str open = str_slice(tag->name, 0, gap);
	Str close = str_trim(str_from(tag->name, gap));
	for (size_t i = 0; i < close.length; i++)
		if (is_blank(close.bytes[i]))
			close.length = 0;
	if (!delimiter_is_good(open) || !delimiter_is_good(close))
		return scanner_fail(scanner, tag->place, "new delimiters are written {{=<%% %%>=}}");
	scanner->open = open;
	scanner->close = close;
	return OK;
}

/* Reads the tag at tag->place. */
static Err tag_read(struct scanner *scanner, struct tag *tag)
{
	Str text = scanner->text;
	size_t start = tag->place + scanner->open.length;
	char sigil = start < text.length ? text.bytes[start] : 0;
	tag->kind = sigil_kind(sigil);
	if (tag->kind != TAG_VALUE)
		start++;
	/* {{{x}}} and {{=x y=}} end with their own sign before the delimiter. */
	size_t end = start;
	char last = sigil == '{' ? '}' : sigil == '=' ? '=' : 0;
	for (;;) {
		size_t found = find_from(text, end, last == 0 ? scanner->close : (Str){&last, 1});
		if (found == STR_NOT_FOUND)
			return scanner_fail(scanner, tag->place, "a tag begins here and has no end");
		end = found;
		if (last == 0 || str_starts_with(str_from(text, found + 1), scanner->close))
			break;
		end++;
	}
	tag->name = str_trim(str_slice(text, start, end - start));
	tag->end = end + (last != 0) + scanner->close.length;
	if (tag->name.length == 0 && tag->kind != TAG_COMMENT)
		return scanner_fail(scanner, tag->place, "this tag has no name");
	return OK;
}

Err scanner_next(struct scanner *scanner, struct tag *out)
{
	Str text = scanner->text;
	size_t start = scanner->place;
	size_t place = find_from(text, start, scanner->open);
	if (place == STR_NOT_FOUND) {
		*out = (struct tag){
		    .kind = TAG_END, .literal = str_from(text, start), .place = start, .end = text.length};
		scanner->place = text.length;
		return OK;
	}
	struct tag tag = {.place = place};
	TRY(tag_read(scanner, &tag));
	size_t literal_end = place;
	if (can_stand_alone(scanner, &tag)) {
		size_t line = line_start(text, place);
		size_t next = line_end(text, tag.end);
		if (line != STR_NOT_FOUND && next != STR_NOT_FOUND) {
			literal_end = line;
			tag.indent = str_slice(text, line, place - line);
			tag.end = next;
		}
	}
	tag.literal = str_slice(text, start, literal_end - start);
	if (tag.kind == TAG_DELIMITERS)
		TRY(delimiters_set(scanner, &tag));
	scanner->place = tag.end;
	*out = tag;
	return OK;
}
