#include "html/html_private.h"
#include "html/sanitize_private.h"

/* The shortest paragraph, <p>x</p>, has 8 bytes; its id adds at most 32. */
#define NUMBERED_MAX_FACTOR 5

/* FNV-1a, 32 bits: small, and the same on every machine and in every version, since readers keep
 * the addresses that are made from it. Nothing leans on it being hard to forge. */
#define HASH_START 2166136261u
static uint32_t hash_add(uint32_t hash, Str text)
{
	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.bytes[i]) * 16777619u;
	return hash;
}

static bool has_content(enum element element)
{
	return element != ELEMENT_BR && element != ELEMENT_HR;
}

struct numbering {
	Str markup;
	struct buf out;
	size_t copied;    /* up to here the markup is in `out` */
	size_t paragraph; /* where the open paragraph's tag begins */
	size_t number;
	uint32_t hash;
	size_t depth;
};

static void paragraph_end(struct numbering *numbering)
{
	size_t name_end = numbering->paragraph + sizeof "<p" - 1;
	uint32_t folded = (numbering->hash >> 16) ^ (numbering->hash & 0xFFFF);
	buf_add(&numbering->out,
	        str_slice(numbering->markup, numbering->copied, name_end - numbering->copied));
	buf_format(&numbering->out, " id=\"p%zu-%04x\"", ++numbering->number, folded);
	numbering->copied = name_end;
}

static void token_take(struct numbering *numbering, const struct token *token, size_t start)
{
	enum element element = ELEMENT_NONE;
	if (token->kind == TOKEN_TEXT)
		numbering->hash = hash_add(numbering->hash, token->text);
	else
		element = element_named(token->name);
	if (token->kind == TOKEN_START_TAG && has_content(element) && numbering->depth++ == 0) {
		numbering->hash = HASH_START;
		numbering->paragraph = start;
	}
	if (token->kind == TOKEN_END_TAG && numbering->depth > 0 && --numbering->depth == 0 &&
	    element == ELEMENT_P)
		paragraph_end(numbering);
}

Err html_number_paragraphs(Html body, struct arena *mem, Html *out)
{
	struct numbering numbering = {.markup = body.markup};
	struct tokens tokens = {.markup = body.markup};
	struct token token;
	size_t start = 0;
	buf_init(&numbering.out, body.markup.length * NUMBERED_MAX_FACTOR + 1);
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		token_take(&numbering, &token, start);
		start = tokens.place;
	}
	buf_add(&numbering.out, str_from(body.markup, numbering.copied));
	Err err = html_take(&numbering.out, mem, out);
	buf_done(&numbering.out);
	return err;
}
