#include "search/search_private.h"

#include "base/utf8.h"
#include "i18n/i18n.h"

#define MIDDLE_DOT "\u00B7"

struct tokens {
	struct token *list;
	size_t count;
	size_t room;
};

static Err token_add(struct tokens *tokens, struct token token, struct arena *mem)
{
	if (tokens->count == tokens->room) {
		size_t room = tokens->room == 0 ? 16 : tokens->room * 2;
		struct token *longer = ARENA_ARRAY(mem, struct token, room);
		if (longer == NULL)
			return ERR_MEMORY;
		if (tokens->count > 0)
			memcpy(longer, tokens->list, tokens->count * sizeof *longer);
		tokens->list = longer;
		tokens->room = room;
	}
	tokens->list[tokens->count++] = token;
	return OK;
}

static bool is_plain(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

/* Most English words: folding would only write them in lower case. */
static bool is_ascii_word(Str word)
{
	for (size_t i = 0; i < word.length; i++)
		if (!is_plain(word.bytes[i]) && !(word.bytes[i] >= 'A' && word.bytes[i] <= 'Z'))
			return false;
	return true;
}

static Err ascii_fold(Str word, struct arena *mem, Str *out)
{
	char *bytes = arena_alloc(mem, word.length);
	if (bytes == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < word.length; i++)
		bytes[i] = (char)(is_plain(word.bytes[i]) ? word.bytes[i] : word.bytes[i] - 'A' + 'a');
	*out = (Str){bytes, word.length};
	return OK;
}

/* The signs that terms begin with, which ICU lets no word have. */
static bool is_term_sign(uint32_t point)
{
	return point == 0xA4 || point == 0xA7 || point == 0xAC;
}

/* A part of a folded word, cut to what a token may have; empty when it is nothing but signs. Signs
 * between letters become one middle dot. */
static Err token_clean(Str part, struct arena *mem, Str *out)
{
	char bytes[TOKEN_MAX_BYTES];
	size_t length = 0;
	bool has_sign = false;
	for (size_t place = 0; place < part.length;) {
		size_t start = place;
		uint32_t point = utf8_next(part, &place);
		bool is_sign = point < 0x80 ? !is_plain((char)point) : point < 0xA0 || is_term_sign(point);
		Str dot = has_sign && length > 0 ? S(MIDDLE_DOT) : S("");
		has_sign = is_sign;
		if (is_sign)
			continue;
		if (length + dot.length + (place - start) > sizeof bytes)
			break;
		memcpy(bytes + length, dot.bytes, dot.length);
		length += dot.length;
		memcpy(bytes + length, part.bytes + start, place - start);
		length += place - start;
	}
	return arena_copy(mem, (Str){bytes, length}, out);
}

/* What one letter stands for may be several words. */
static Err word_tokens(Str folded, struct text_word word, struct arena *mem, struct tokens *tokens)
{
	Str part;
	while (str_next(&folded, ' ', &part)) {
		Str text;
		TRY(token_clean(part, mem, &text));
		if (!str_is_empty(text))
			TRY(token_add(tokens, (struct token){text, word.start, word.end}, mem));
	}
	return OK;
}

Err tokenize(Str text, size_t max, struct arena *mem, struct token **out, size_t *count_out)
{
	struct text_word *words;
	size_t count;
	struct tokens tokens = {0};
	TRY(text_words(text, max, mem, &words, &count));
	for (size_t i = 0; i < count; i++) {
		Str word = str_slice(text, words[i].start, words[i].end - words[i].start);
		Str folded;
		if (is_ascii_word(word))
			TRY(ascii_fold(word, mem, &folded));
		else
			TRY(text_fold_search(word, mem, &folded));
		TRY(word_tokens(folded, words[i], mem, &tokens));
	}
	*out = tokens.list;
	*count_out = tokens.count;
	return OK;
}

bool tokens_equal(const struct token *tokens, const Str *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!str_equal(tokens[i].text, wanted[i]))
			return false;
	return true;
}
