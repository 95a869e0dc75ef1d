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
	struct token *list =
	    arena_list_grow(mem, tokens->list, tokens->count, sizeof *list, &tokens->room);
	if (list == NULL)
		return ERR_MEMORY;
	tokens->list = list;
	list[tokens->count++] = token;
	return OK;
}

static bool is_plain(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

/* The signs that terms begin with, which ICU lets no word have, and the one that stands for all
 * others: a word that begins with "@" may have it next. */
static bool is_own_sign(uint32_t point)
{
	return point == 0xA4 || point == 0xA7 || point == 0xAC || point == 0xB7;
}

static bool is_sign(uint32_t point)
{
	return point < 0x80 ? !is_plain((char)point) : point < 0xA0 || is_own_sign(point);
}

static bool is_clean(Str part)
{
	size_t place = 0;
	while (place < part.length)
		if (is_sign(utf8_next(part, &place)))
			return false;
	return part.length <= TOKEN_MAX_BYTES;
}

/* A part of a folded word, cut to what a token may have; empty when it is nothing but signs. Signs
 * between letters become one middle dot. */
static Err token_clean(Str part, struct arena *mem, Str *out)
{
	if (is_clean(part)) {
		*out = part;
		return OK;
	}
	char bytes[TOKEN_MAX_BYTES];
	size_t length = 0;
	bool has_sign = false;
	for (size_t place = 0; place < part.length;) {
		size_t start = place;
		uint32_t point = utf8_next(part, &place);
		Str dot = has_sign && length > 0 ? S(MIDDLE_DOT) : S("");
		has_sign = is_sign(point);
		if (has_sign)
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

/* ---- Arabic: what is glued to the front of a word ---- */

/* The conjunction and the articles, alone and with a preposition before them, as light10 has them
 * (Larkey, Ballesteros and Connell, 2007), and how many letters at least must be left. Its وال is و
 * and ال. None is the beginning of another. */
static const struct arabic_prefix {
	const char *text;
	size_t left;
} arabic_prefixes[] = {{"و", 3}, {"ال", 2}, {"بال", 2}, {"كال", 2}, {"فال", 2}, {"لل", 2}};

static bool has_arabic_letters(Str text, size_t count)
{
	size_t place = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t point = place < text.length ? utf8_next(text, &place) : 0;
		if (point < 0x0620 || point > 0x06D3)
			return false;
	}
	return true;
}

/* What is left of God and of "now" would be "to him" and "that", two of the commonest words. */
static bool is_article_its_own(Str rest)
{
	return str_equal(rest, S("له")) || str_equal(rest, S("ان"));
}

static bool prefix_drop(Str *word)
{
	for (size_t i = 0; i < sizeof arabic_prefixes / sizeof arabic_prefixes[0]; i++) {
		Str prefix = str_from_c(arabic_prefixes[i].text);
		if (!str_starts_with(*word, prefix))
			continue;
		Str rest = str_from(*word, prefix.length);
		if (!has_arabic_letters(rest, arabic_prefixes[i].left) || is_article_its_own(rest))
			return false;
		*word = rest;
		return true;
	}
	return false;
}

/* Until nothing comes off, unlike light10, which takes one conjunction and one article: it makes
 * زير of وزير but وزير of الوزير. So every word has the same stem with a prefix and without. */
static Str token_stem(Str token, Str language)
{
	while (str_equal(language, S("ar")) && prefix_drop(&token))
		continue;
	return token;
}

/* ---- words ---- */

/* So much of a word is looked at: a letter may stand for several words (ﷺ for four), and nothing
 * parts two of them. */
#define WORD_MAX_CHARACTERS 1000

/* What one letter stands for may be several words, and a number may have letters glued to it. */
static Err word_tokens(Str folded, struct text_word word, Str language, struct arena *mem,
                       struct tokens *tokens)
{
	Str part;
	while (str_next(&folded, ' ', &part)) {
		Str text;
		TRY(token_clean(part, mem, &text));
		if (str_is_empty(text))
			continue;
		text = token_stem(text, language);
		TRY(token_add(tokens, (struct token){text, word.start, word.end}, mem));
	}
	return OK;
}

Err tokenize(Str text, Str language, size_t max, struct arena *mem, struct token **out,
             size_t *count_out)
{
	struct text_word *words;
	size_t count;
	struct tokens tokens = {0};
	TRY(text_words(text, max, mem, &words, &count));
	for (size_t i = 0; i < count && tokens.count < max; i++) {
		Str word = str_slice(text, words[i].start, words[i].end - words[i].start);
		word = utf8_head(word, WORD_MAX_CHARACTERS);
		Str folded;
		TRY(text_fold_search(word, mem, &folded));
		TRY(word_tokens(folded, words[i], language, mem, &tokens));
	}
	*out = tokens.list;
	*count_out = tokens.count < max ? tokens.count : max;
	return OK;
}

bool tokens_equal(const struct token *tokens, const Str *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!str_equal(tokens[i].text, wanted[i]))
			return false;
	return true;
}
