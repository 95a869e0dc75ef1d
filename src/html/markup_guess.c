/* Whether somebody who says "text" has handed in markup. */
#include "html/html_private.h"
#include "html/sanitize_private.h"

/* What a text of a newsroom may begin with, and what parts its blocks. */
static const char *const inline_names[] = {"a", "b",   "br",   "em",    "font",
                                           "i", "img", "span", "strong"};
static const char *const block_names[] = {
    "article", "blockquote", "body", "div", "figure", "h1",  "h2",      "h3",    "h4", "h5",
    "h6",      "html",       "li",   "ol",  "p",      "pre", "section", "table", "ul",
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_block(const char *name)
{
	return is_one_of(name, block_names, sizeof block_names / sizeof block_names[0]);
}

static bool is_inline(const char *name)
{
	return is_one_of(name, inline_names, sizeof inline_names / sizeof inline_names[0]);
}

bool html_is_markup(Str text)
{
	struct tokens tokens = {.markup = str_trim(text)};
	struct token token;
	bool is_first = str_starts_with(tokens.markup, S("<"));
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		if (token.kind == TOKEN_END_TAG && is_block(token.name))
			return true;
		if (token.kind == TOKEN_START_TAG && is_first &&
		    (is_block(token.name) || is_inline(token.name)))
			return true;
		is_first = false;
	}
	return false;
}
