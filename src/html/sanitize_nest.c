#include "base/utf8.h"
#include "html/html_private.h"
#include "html/sanitize_private.h"

/* Elements are opened and closed here by the rules of the HTML Standard (§13.2.6.4.7, "in body"),
 * each with its end tag, and inline elements only within one block: so that gumbo, which frees its
 * tree by recursion, never sees anything deeper or larger than was counted here. */

/* Blocks alone; inline elements of one kind never nest. */
#define BLOCKS_MAX (HTML_MAX_DEPTH - INLINE_COUNT)
/* Reopened inline elements may make the stream longer than the markup was. */
#define STREAM_MAX_BYTES ((size_t)2 * HTML_MAX_BYTES)
/* An attribute that is longer is dropped; escaped, what the tree keeps of one is shorter. */
#define ATTRIBUTE_MAX_BYTES 16384

struct inline_element {
	enum element element;
	size_t count;       /* start tags without end tag */
	size_t block_count; /* blocks that were open when it began */
	Str attributes[ATTRIBUTE_COUNT];
};

struct nest {
	enum html_policy policy;
	struct buf *out;
	enum element blocks[BLOCKS_MAX];
	size_t block_count;
	struct inline_element inlines[INLINE_COUNT];
	size_t inline_count;
	size_t open_count; /* the first so many of them are open in the stream */
};

/* Text with its character references. What HTML does not allow is replaced: what is no
 * character by U+FFFD, control characters by a space. Runs of what stays are copied whole. */
static void raw_add(struct buf *out, Str text, bool in_value)
{
	size_t place = 0;
	size_t run = 0;
	while (place < text.length) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		Str instead;
		if (html_is_no_character(point))
			instead = S("\xEF\xBF\xBD");
		else if (point == '\r')
			instead = place < text.length && text.bytes[place] == '\n' ? S("") : S("\n");
		else if (html_is_control(point))
			instead = S(" ");
		else if (point == '<')
			instead = S("&lt;");
		else if (point == '"' && in_value)
			instead = S("&quot;");
		else
			continue;
		buf_add(out, str_slice(text, run, start - run));
		buf_add(out, instead);
		run = place;
	}
	buf_add(out, str_from(text, run));
}

static void start_tag_add(struct nest *nest, enum element element, const Str *attributes)
{
	buf_add_byte(nest->out, '<');
	buf_add(nest->out, str_from_c(element_name(element)));
	for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
		Str value = attributes[i];
		if (value.bytes == NULL || value.length > ATTRIBUTE_MAX_BYTES ||
		    !element_has_attribute(element, (enum attribute)i, nest->policy))
			continue;
		buf_add_byte(nest->out, ' ');
		buf_add(nest->out, attribute_names[i]);
		buf_add(nest->out, S("=\""));
		raw_add(nest->out, value, true);
		buf_add_byte(nest->out, '"');
	}
	buf_add_byte(nest->out, '>');
}

static void end_tag_add(struct nest *nest, enum element element)
{
	buf_add(nest->out, S("</"));
	buf_add(nest->out, str_from_c(element_name(element)));
	buf_add_byte(nest->out, '>');
}

/* --- inline elements --- */

static void inlines_close_to(struct nest *nest, size_t count)
{
	while (nest->open_count > count)
		end_tag_add(nest, nest->inlines[--nest->open_count].element);
}

static void inlines_reopen(struct nest *nest)
{
	for (; nest->open_count < nest->inline_count; nest->open_count++) {
		const struct inline_element *inner = &nest->inlines[nest->open_count];
		start_tag_add(nest, inner->element, inner->attributes);
	}
}

static size_t inline_find(const struct nest *nest, enum element element)
{
	for (size_t i = 0; i < nest->inline_count; i++)
		if (nest->inlines[i].element == element)
			return i;
	return nest->inline_count;
}

static void inline_remove(struct nest *nest, size_t index)
{
	inlines_close_to(nest, index);
	nest->inline_count--;
	memmove(&nest->inlines[index], &nest->inlines[index + 1],
	        (nest->inline_count - index) * sizeof nest->inlines[0]);
}

static void inline_start(struct nest *nest, enum element element, const struct token *token)
{
	size_t index = inline_find(nest, element);
	/* A link ends where the next one begins. */
	if (index < nest->inline_count && element == ELEMENT_A) {
		inline_remove(nest, index);
		index = nest->inline_count;
	}
	if (index < nest->inline_count) {
		nest->inlines[index].count++;
		return;
	}
	struct inline_element *added = &nest->inlines[nest->inline_count++];
	*added =
	    (struct inline_element){.element = element, .count = 1, .block_count = nest->block_count};
	memcpy(added->attributes, token->attributes, sizeof added->attributes);
}

static void inline_end(struct nest *nest, enum element element)
{
	size_t index = inline_find(nest, element);
	if (index < nest->inline_count && --nest->inlines[index].count == 0)
		inline_remove(nest, index);
}

/* --- blocks --- */

static void block_pop(struct nest *nest)
{
	inlines_close_to(nest, 0);
	for (size_t i = nest->inline_count; i-- > 0;)
		if (nest->inlines[i].block_count >= nest->block_count &&
		    !element_is_formatting(nest->inlines[i].element))
			inline_remove(nest, i);
	end_tag_add(nest, nest->blocks[--nest->block_count]);
	for (size_t i = 0; i < nest->inline_count; i++)
		if (nest->inlines[i].block_count > nest->block_count)
			nest->inlines[i].block_count = nest->block_count;
}

static void blocks_pop_to(struct nest *nest, size_t count)
{
	while (nest->block_count > count)
		block_pop(nest);
}

static bool is_heading(enum element element)
{
	return element == ELEMENT_H2 || element == ELEMENT_H3;
}

static bool is_list(enum element element)
{
	return element == ELEMENT_UL || element == ELEMENT_OL;
}

static bool top_is(const struct nest *nest, enum element element)
{
	return nest->block_count > 0 && nest->blocks[nest->block_count - 1] == element;
}

/* An item ends where the next one begins, unless a list or another block lies between. */
static void item_close_before(struct nest *nest)
{
	for (size_t i = nest->block_count; i-- > 0;) {
		if (nest->blocks[i] == ELEMENT_LI) {
			blocks_pop_to(nest, i);
			return;
		}
		if (nest->blocks[i] != ELEMENT_DIV && nest->blocks[i] != ELEMENT_P)
			return;
	}
}

static Err block_start(struct nest *nest, enum element element, const struct token *token)
{
	inlines_close_to(nest, 0);
	if (element == ELEMENT_LI)
		item_close_before(nest);
	/* No block is inside a paragraph, so an open one is the innermost. */
	if (top_is(nest, ELEMENT_P))
		block_pop(nest);
	if (is_heading(element) && nest->block_count > 0 &&
	    is_heading(nest->blocks[nest->block_count - 1]))
		block_pop(nest);
	if (nest->block_count == BLOCKS_MAX)
		return fail(ERR_TOO_LARGE, "the markup is nested deeper than the %d levels it may have",
		            HTML_MAX_DEPTH);
	start_tag_add(nest, element, token->attributes);
	nest->blocks[nest->block_count++] = element;
	return OK;
}

static void block_end(struct nest *nest, enum element element)
{
	for (size_t i = nest->block_count; i-- > 0;) {
		enum element open = nest->blocks[i];
		if (open == element || (is_heading(element) && is_heading(open))) {
			blocks_pop_to(nest, i);
			return;
		}
		/* An item is not ended from inside a list within it, a paragraph from no other block. */
		if ((element == ELEMENT_LI && is_list(open)) || element == ELEMENT_P)
			return;
	}
}

/* --- the stream --- */

static Err start_tag(struct nest *nest, enum element element, const struct token *token)
{
	bool is_boundary = element == ELEMENT_DIV && strcmp(token->name, "hr") == 0;
	if (element_is_inline(element)) {
		inline_start(nest, element, token);
	} else if (element == ELEMENT_BR) {
		inlines_reopen(nest);
		buf_add(nest->out, S("<br>"));
	} else if (element == ELEMENT_HR) {
		inlines_close_to(nest, 0);
		if (top_is(nest, ELEMENT_P))
			block_pop(nest);
		buf_add(nest->out, S("<hr>"));
	} else {
		TRY(block_start(nest, element, token));
		if (is_boundary)
			block_pop(nest);
	}
	return OK;
}

static void end_tag(struct nest *nest, enum element element, const struct token *token)
{
	if (element_is_inline(element))
		inline_end(nest, element);
	else if (element == ELEMENT_BR)
		buf_add(nest->out, S("<br>"));
	else if (element != ELEMENT_HR && strcmp(token->name, "hr") != 0)
		block_end(nest, element);
}

/* Up to the end tag of an element that is dropped whole; others of its name may lie within. */
static void skip_nested(struct tokens *tokens, const char *name, enum html_policy policy)
{
	struct token token;
	size_t depth = 1;
	while (depth > 0) {
		enum element element;
		tokens_next(tokens, &token);
		if (token.kind == TOKEN_END)
			return;
		if (token.kind == TOKEN_TEXT)
			continue;
		enum treatment treatment = treatment_of(str_from_c(token.name), policy, &element);
		if (strcmp(token.name, name) == 0 && token.kind == TOKEN_END_TAG)
			depth--;
		else if (strcmp(token.name, name) == 0)
			depth += !token.is_self_closing;
		else if (token.kind == TOKEN_START_TAG && treatment == TREAT_DROP_RAW)
			tokens_skip_raw(tokens, token.name);
	}
}

void tokens_skip_content(struct tokens *tokens, const struct token *token, enum treatment treatment,
                         enum html_policy policy)
{
	if (token->kind != TOKEN_START_TAG)
		return;
	if (treatment == TREAT_DROP_RAW)
		tokens_skip_raw(tokens, token->name);
	if (treatment == TREAT_DROP_NESTED && !token->is_self_closing)
		skip_nested(tokens, token->name, policy);
	if (treatment == TREAT_DROP_REST)
		tokens->place = tokens->markup.length;
}

static Err tag_take(struct nest *nest, struct tokens *tokens, const struct token *token)
{
	enum element element;
	enum treatment treatment = treatment_of(str_from_c(token->name), nest->policy, &element);
	bool is_start = token->kind == TOKEN_START_TAG;
	bool is_kept = treatment == TREAT_KEEP || treatment == TREAT_FLATTEN;
	if (is_kept && is_start)
		return start_tag(nest, element, token);
	if (is_kept)
		end_tag(nest, element, token);
	tokens_skip_content(tokens, token, treatment, nest->policy);
	return OK;
}

static bool is_space(Str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!html_is_space(text.bytes[i]))
			return false;
	return true;
}

Err nest_markup(Str markup, enum html_policy policy, struct buf *out)
{
	struct nest nest = {.policy = policy, .out = out};
	struct tokens tokens = {.markup = markup};
	struct token token;
	if (markup.length > HTML_MAX_BYTES)
		return fail(ERR_TOO_LARGE, "the markup is longer than the %d KB it may have",
		            HTML_MAX_BYTES / 1024);
	buf_init(out, STREAM_MAX_BYTES);
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		if (token.kind == TOKEN_TEXT) {
			if (!is_space(token.text))
				inlines_reopen(&nest);
			raw_add(out, token.text, false);
		} else {
			TRY(tag_take(&nest, &tokens, &token));
		}
	}
	blocks_pop_to(&nest, 0);
	inlines_close_to(&nest, 0);
	if (out->failed)
		return fail(ERR_TOO_LARGE, "the markup has too many elements that are never closed");
	return OK;
}
