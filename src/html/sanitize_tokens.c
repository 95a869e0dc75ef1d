#include "html/html_private.h"
#include "html/sanitize_private.h"

/* The part of the HTML Standard's tokenizer (§13.2.5) that matters when raw text, scripts and
 * foreign content are cut out by the caller. Every byte is looked at once. */

static bool ends_name(char byte)
{
	return html_is_space(byte) || byte == '/' || byte == '>';
}

/* Behind the next `end`; behind the whole text if there is none. */
static size_t skip_past(Str text, size_t from, Str end)
{
	size_t found = str_find(str_from(text, from), end);
	return found == STR_NOT_FOUND ? text.length : from + found + end.length;
}

/* Behind a comment whose "<!--" ends at `from`: --> and --!> end it, and so does the > of <!--> and
 * <!--->. */
static size_t skip_comment(Str text, size_t from)
{
	Str inside = str_from(text, from);
	if (str_starts_with(inside, S(">")))
		return from + 1;
	if (str_starts_with(inside, S("->")))
		return from + 2;
	for (size_t place = from;;) {
		place = skip_past(text, place, S("--"));
		while (place < text.length && text.bytes[place] == '-')
			place++;
		Str rest = str_from(text, place);
		if (rest.length == 0)
			return text.length;
		if (rest.bytes[0] == '>')
			return place + 1;
		if (str_starts_with(rest, S("!>")))
			return place + 2;
	}
}

static size_t skip_space(Str text, size_t place)
{
	while (place < text.length && html_is_space(text.bytes[place]))
		place++;
	return place;
}

/* A value in quotes or up to a space or >; moves `*place` behind it. */
static Str value_read(Str text, size_t *place)
{
	size_t start = skip_space(text, *place);
	char quote = start < text.length ? text.bytes[start] : 0;
	if (quote == '"' || quote == '\'') {
		size_t length = str_find_byte(str_from(text, start + 1), quote);
		Str value = str_slice(text, start + 1, length);
		*place = length == STR_NOT_FOUND ? text.length : start + length + 2;
		return value;
	}
	size_t end = start;
	while (end < text.length && !html_is_space(text.bytes[end]) && text.bytes[end] != '>')
		end++;
	*place = end;
	return str_slice(text, start, end - start);
}

/* The first of several attributes of one name holds. */
static void attribute_keep(struct token *token, Str name, Str value)
{
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
		if (str_equal_ignoring_case(name, attribute_names[i]) && token->attributes[i].bytes == NULL)
			token->attributes[i] = value;
}

bool tag_attribute_next(Str text, size_t *place, Str *name, Str *value)
{
	size_t start = *place;
	while (start < text.length && (html_is_space(text.bytes[start]) || text.bytes[start] == '/'))
		start++;
	*place = start;
	if (start >= text.length || text.bytes[start] == '>')
		return false;
	/* A name may begin with = (§13.2.5.32). */
	size_t end = start + 1;
	while (end < text.length && !ends_name(text.bytes[end]) && text.bytes[end] != '=')
		end++;
	*name = str_slice(text, start, end - start);
	*value = S("");
	*place = end;
	size_t equals = skip_space(text, end);
	if (equals < text.length && text.bytes[equals] == '=') {
		*place = equals + 1;
		*value = value_read(text, place);
	}
	return true;
}

/* From behind the tag's name; the place behind its >, or the text's length if it has none. */
static size_t attributes_read(Str text, size_t place, struct token *token)
{
	size_t behind = place;
	Str name, value;
	while (tag_attribute_next(text, &place, &name, &value)) {
		attribute_keep(token, name, value);
		behind = place;
	}
	/* The last of the spaces and slashes between the attributes and the >. */
	token->is_self_closing = place > behind && text.bytes[place - 1] == '/';
	return place < text.length ? place + 1 : text.length;
}

static void name_copy(struct token *token, Str name)
{
	memset(token->name, 0, sizeof token->name);
	if (name.length >= sizeof token->name)
		return;
	for (size_t i = 0; i < name.length; i++)
		token->name[i] = html_lower(name.bytes[i]);
}

/* A tag at `start`, which begins with < or </ and a letter. False if the text ends within it. */
static bool tag_read(struct tokens *tokens, size_t name_start, struct token *out)
{
	Str text = tokens->markup;
	size_t end = name_start;
	while (end < text.length && !ends_name(text.bytes[end]))
		end++;
	name_copy(out, str_slice(text, name_start, end - name_start));
	size_t behind = attributes_read(text, end, out);
	out->rest = str_slice(text, end, behind - end);
	tokens->place = behind;
	return behind > 0 && text.bytes[behind - 1] == '>';
}

static bool is_letter_at(Str text, size_t place)
{
	return place < text.length && html_is_letter(text.bytes[place]);
}

/* What is no tag and no text, beginning with < at `place`; false if it is text after all. */
static bool skip_other(struct tokens *tokens)
{
	Str rest = str_from(tokens->markup, tokens->place);
	if (str_starts_with(rest, S("<!--")))
		tokens->place = skip_comment(tokens->markup, tokens->place + 4);
	else if (str_starts_with(rest, S("<!")) || str_starts_with(rest, S("<?")) ||
	         (str_starts_with(rest, S("</")) && rest.length > 2))
		tokens->place = skip_past(tokens->markup, tokens->place, S(">"));
	else
		return false;
	return true;
}

void tokens_next(struct tokens *tokens, struct token *out)
{
	Str text = tokens->markup;
	*out = (struct token){.kind = TOKEN_END};
	while (tokens->place < text.length) {
		size_t start = tokens->place;
		bool is_tag = text.bytes[start] == '<' && is_letter_at(text, start + 1);
		bool is_end_tag =
		    str_starts_with(str_from(text, start), S("</")) && is_letter_at(text, start + 2);
		if (is_tag || is_end_tag) {
			*out = (struct token){.kind = is_tag ? TOKEN_START_TAG : TOKEN_END_TAG};
			if (tag_read(tokens, start + (is_tag ? 1 : 2), out))
				return;
			*out = (struct token){.kind = TOKEN_END};
			return;
		}
		if (text.bytes[start] == '<' && skip_other(tokens))
			continue;
		size_t length = str_find_byte(str_from(text, start + 1), '<');
		out->kind = TOKEN_TEXT;
		out->text = str_slice(text, start, length == STR_NOT_FOUND ? SIZE_MAX : length + 1);
		tokens->place = start + out->text.length;
		return;
	}
}

void tokens_skip_raw(struct tokens *tokens, const char *name)
{
	Str wanted = str_from_c(name);
	size_t place = tokens->place;
	for (;;) {
		place = skip_past(tokens->markup, place, S("</"));
		Str rest = str_from(tokens->markup, place);
		if (rest.length == 0)
			break;
		if (str_equal_ignoring_case(str_slice(rest, 0, wanted.length), wanted) &&
		    (rest.length == wanted.length || ends_name(rest.bytes[wanted.length]))) {
			struct token end_tag = {.kind = TOKEN_END_TAG};
			tokens->place = place;
			if (tag_read(tokens, place, &end_tag))
				return;
			break;
		}
	}
	tokens->place = tokens->markup.length;
}
