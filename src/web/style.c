/* Style sheets of a theme: names of assets become their addresses. */
#include "web/theme_private.h"

struct style {
	Str text;
	size_t place;
	size_t copied; /* up to here the text is in `out` */
	size_t line;   /* of `counted` */
	size_t counted;
	const struct style_watch *watch;
	struct buf *out;
};

static char byte_at(const struct style *style, size_t place)
{
	return place < style->text.length ? style->text.bytes[place] : '\0';
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || (byte & 0x80) != 0;
}

static size_t skip_space(const struct style *style, size_t place)
{
	while (place < style->text.length && is_space(style->text.bytes[place]))
		place++;
	return place;
}

static size_t line_of(struct style *style, size_t place)
{
	for (; style->counted < place; style->counted++)
		style->line += style->text.bytes[style->counted] == '\n';
	return style->line;
}

/* Behind the string that begins at `place`; a line's end ends one that is not closed. */
static size_t string_end(const struct style *style, size_t place)
{
	char quote = style->text.bytes[place++];
	while (place < style->text.length && style->text.bytes[place] != '\n') {
		if (style->text.bytes[place] == '\\' && place + 1 < style->text.length)
			place++;
		else if (style->text.bytes[place] == quote)
			return place + 1;
		place++;
	}
	return place;
}

static bool has_scheme(Str address)
{
	size_t colon = str_find_byte(address, ':');
	return colon != STR_NOT_FOUND &&
	       str_find_byte(str_slice(address, 0, colon), '/') == STR_NOT_FOUND;
}

/* The address that stands from `start` to `end`, without quotes. */
static void address_resolve(struct style *style, size_t start, size_t end)
{
	const struct style_watch *watch = style->watch;
	Str address = str_slice(style->text, start, end - start);
	size_t mark = 0; /* what follows ? or # is not the name's */
	while (mark < address.length && address.bytes[mark] != '?' && address.bytes[mark] != '#')
		mark++;
	Str name = str_slice(address, 0, mark);
	Str found;
	if (str_starts_with(name, S("./")))
		name = str_from(name, 2);
	if (name.length == 0 || name.bytes[0] == '/')
		return;
	size_t line = line_of(style, start);
	if (has_scheme(address)) {
		watch->fault(line, str_slice(address, 0, 80),
		             "browsers load nothing from elsewhere here: put the file into the theme",
		             watch->context);
		return;
	}
	if (!watch->find(name, watch->context, &found)) {
		watch->fault(line, name,
		             str_ends_with(name, S(".css"))
		                 ? "one style sheet can't bring in another: put it into this one"
		                 : "there is no such asset",
		             watch->context);
		return;
	}
	buf_add(style->out, str_slice(style->text, style->copied, start - style->copied));
	buf_add(style->out, found);
	style->copied = start + mark;
}

/* A string at `place` that is an address. */
static void string_resolve(struct style *style, size_t place)
{
	size_t end = string_end(style, place);
	bool is_closed = end > place + 1 && style->text.bytes[end - 1] == style->text.bytes[place];
	if (is_closed)
		address_resolve(style, place + 1, end - 1);
	style->place = end;
}

/* Behind "url(". */
static void url_resolve(struct style *style, size_t place)
{
	place = skip_space(style, place);
	char first = byte_at(style, place);
	if (first == '"' || first == '\'') {
		string_resolve(style, place);
		return;
	}
	size_t end = place;
	while (end < style->text.length && style->text.bytes[end] != ')' &&
	       !is_space(style->text.bytes[end]))
		end++;
	address_resolve(style, place, end);
	style->place = end;
}

static void step(struct style *style)
{
	Str rest = str_from(style->text, style->place);
	char byte = rest.bytes[0];
	if (str_starts_with(rest, S("/*"))) {
		size_t end = str_find(str_from(rest, 2), S("*/"));
		style->place = end == STR_NOT_FOUND ? style->text.length : style->place + end + 4;
		return;
	}
	if (byte == '"' || byte == '\'') {
		style->place = string_end(style, style->place);
		return;
	}
	if (byte == '\\') {
		style->place += 2;
		return;
	}
	if (!is_name_byte(byte) && byte != '@') {
		style->place++;
		return;
	}
	size_t end = style->place + 1;
	while (is_name_byte(byte_at(style, end)))
		end++;
	Str word = str_slice(style->text, style->place, end - style->place);
	style->place = end;
	if (str_equal_ignoring_case(word, S("url")) && byte_at(style, end) == '(') {
		url_resolve(style, end + 1);
	} else if (str_equal_ignoring_case(word, S("@import"))) {
		size_t next = skip_space(style, end);
		if (byte_at(style, next) == '"' || byte_at(style, next) == '\'')
			string_resolve(style, next);
	}
}

void style_resolve(Str text, const struct style_watch *watch, struct buf *out)
{
	struct style style = {.text = text, .line = 1, .watch = watch, .out = out};
	while (style.place < text.length)
		step(&style);
	buf_add(out, str_from(text, style.copied));
}
