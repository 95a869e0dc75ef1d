#include "base/utf8.h"
#include "html/html_private.h"
#include "html/sanitize_private.h"

/* One link, as the sanitizer would have it. */
#define LINK_MAX_BYTES ((size_t)1024 * 1024)

/* The name's first characters, as UTF-8 whatever the markup was. */
static void name_copy(char *to, size_t size, Str name)
{
	size_t length = 0;
	for (size_t place = 0; place < name.length;) {
		char bytes[4];
		uint32_t point = utf8_next(name, &place);
		size_t count = utf8_encode(point == UTF8_INVALID || point == 0 ? 0xFFFD : point, bytes);
		if (length + count >= size)
			break;
		memcpy(to + length, bytes, count);
		length += count;
	}
	to[length] = 0;
}

static void loss_add(struct html_loss_list *list, Str name)
{
	char copy[sizeof list->rows[0].name];
	size_t row = 0;
	name_copy(copy, sizeof copy, name);
	list->times++;
	while (row < list->count && strcmp(list->rows[row].name, copy) != 0)
		row++;
	if (row == HTML_LOSS_MAX)
		return;
	if (row == list->count)
		memcpy(list->rows[list->count++].name, copy, sizeof copy);
	list->rows[row].times++;
}

/* Somebody chose it, and readers would see or feel it: the others say something to machines. */
static bool attribute_is_missed(Str name)
{
	static const Str missed[] = {
	    S("align"), S("bgcolor"), S("class"), S("color"), S("height"),
	    S("id"),    S("style"),   S("title"), S("width"),
	};
	for (size_t i = 0; i < sizeof missed / sizeof missed[0]; i++)
		if (str_equal(missed[i], name))
			return true;
	return str_starts_with(name, S("on"));
}

static bool attribute_is_kept(enum element element, Str name, enum html_policy policy)
{
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
		if (str_equal(name, attribute_names[i]))
			return element_has_attribute(element, (enum attribute)i, policy);
	return false;
}

static void attributes_count(const struct token *token, enum element element,
                             enum html_policy policy, struct html_loss_list *list)
{
	Str name, value;
	for (size_t place = 0; tag_attribute_next(token->rest, &place, &name, &value);) {
		char lower[sizeof list->rows[0].name];
		size_t length = name.length < sizeof lower ? name.length : sizeof lower;
		for (size_t i = 0; i < length; i++)
			lower[i] = html_lower(name.bytes[i]);
		name = (Str){lower, length};
		if (attribute_is_missed(name) && !attribute_is_kept(element, name, policy))
			loss_add(list, name);
	}
}

/* What the sanitizer itself says of it: the one judge of addresses. */
static bool link_is_kept(Str address, enum html_policy policy)
{
	BUF_CLEANUP struct buf markup = {0};
	struct arena mem CLEANUP(arena_done);
	Html out;
	arena_init(&mem, LINK_MAX_BYTES);
	buf_init(&markup, HTML_MAX_BYTES);
	buf_add(&markup, S("<a href=\""));
	for (size_t i = 0; i < address.length; i++)
		buf_add(&markup, address.bytes[i] == '"' ? S("&quot;") : str_slice(address, i, 1));
	buf_add(&markup, S("\">x</a>"));
	return html_sanitize(buf_str(&markup), policy, &mem, &out) == OK &&
	       str_find(out.markup, S("<a ")) != STR_NOT_FOUND;
}

/* The same walk over the tags as the sanitizer's own. */
void html_loss_count(Str markup, enum html_policy policy, struct html_loss *out)
{
	struct html_loss loss = {0};
	struct tokens tokens = {.markup = markup};
	struct token token;
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		enum element element;
		enum treatment treatment = treatment_of(str_from_c(token.name), policy, &element);
		if (token.kind != TOKEN_START_TAG)
			continue;
		Str address = token.attributes[ATTRIBUTE_HREF];
		if (treatment == TREAT_KEEP)
			attributes_count(&token, element, policy, &loss.attributes);
		else if (token.name[0] != 0)
			loss_add(&loss.elements, str_from_c(token.name));
		if (element == ELEMENT_A && address.length > 0 && !link_is_kept(address, policy))
			loss_add(&loss.links, address);
		tokens_skip_content(&tokens, &token, treatment, policy);
	}
	*out = loss;
}
