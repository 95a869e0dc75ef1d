#include "search/search_private.h"

#include "base/utf8.h"

#define PLACE_MS_MAX (INT64_MAX >> PLACE_ID_BITS)

int64_t place_of(Time published, int64_t story_id)
{
	int64_t ms = published < -PLACE_MS_MAX  ? -PLACE_MS_MAX
	             : published > PLACE_MS_MAX ? PLACE_MS_MAX
	                                        : published;
	return ms * (INT64_C(1) << PLACE_ID_BITS) + (story_id & ((INT64_C(1) << PLACE_ID_BITS) - 1));
}

/* FNV-1a. What two pairs share is sorted out by reading the document. */
static uint32_t hash_add(uint32_t hash, Str str)
{
	for (size_t i = 0; i < str.length; i++)
		hash = (hash ^ (unsigned char)str.bytes[i]) * UINT32_C(16777619);
	return hash;
}

void pair_term(Str first, Str second, char out[PAIR_BYTES])
{
	static const char letters[32] = "abcdefghijklmnopqrstuvwxyz234567";
	const size_t sign = sizeof TERM_PAIR - 1;
	uint32_t hash = hash_add(UINT32_C(2166136261), first);
	hash = hash_add(hash_add(hash, S(" ")), second);
	hash ^= hash >> 20; /* the lowest 20 bits are taken */
	memcpy(out, TERM_PAIR, sign);
	for (size_t i = 0; i < PAIR_LETTERS; i++)
		out[sign + i] = letters[hash >> (5 * i) & 31];
}

Err words_terms(Str tokens, struct arena *mem, Str *out)
{
	struct buf terms CLEANUP(buf_done);
	Str line;
	buf_init(&terms, SEARCH_PREPARE_BYTES);
	while (str_next(&tokens, '\n', &line)) {
		Str former = {0};
		Str token;
		while (str_next(&line, ' ', &token)) {
			char pair[PAIR_BYTES];
			if (str_is_empty(token))
				continue; /* the line is empty */
			if (terms.length > 0)
				buf_add_byte(&terms, ' ');
			buf_add(&terms, token);
			if (!str_is_empty(former)) {
				pair_term(former, token, pair);
				buf_add_byte(&terms, ' ');
				buf_add(&terms, (Str){pair, sizeof pair});
			}
			former = token;
		}
	}
	TRY(buf_check(&terms));
	return arena_copy(mem, buf_str(&terms), out);
}

Err document_terms(Str language, int64_t section_id, Str words, struct arena *mem, Str *out)
{
	return arena_format(mem, out, TERM_LANGUAGE "%.*s " TERM_SECTION "%lld%s%.*s", STR(language),
	                    (long long)section_id, str_is_empty(words) ? "" : " ", STR(words));
}

Str opening_of(Str tokens)
{
	if (tokens.length <= OPENING_BYTES)
		return tokens;
	size_t end = OPENING_BYTES;
	while (end > 0 && tokens.bytes[end] != ' ' && tokens.bytes[end] != '\n')
		end--;
	return str_slice(tokens, 0, end);
}

/* One line of the document's tokens; those that are too many are left out. */
static Err line_add(Str text, Str language, struct arena *mem, struct buf *line)
{
	struct token *tokens;
	size_t count;
	TRY(tokenize(text, language, SEARCH_DOCUMENT_WORDS, mem, &tokens, &count));
	for (size_t i = 0; i < count; i++) {
		if (line->length + tokens[i].text.length + 1 > SEARCH_DOCUMENT_BYTES)
			break;
		if (i > 0)
			buf_add_byte(line, ' ');
		buf_add(line, tokens[i].text);
	}
	return OK;
}

Err search_prepare(const struct search_document *document, struct arena *mem,
                   struct search_entry *out)
{
	struct buf tokens CLEANUP(buf_done);
	struct search_entry entry = {.story_id = document->story_id,
	                             .published = document->published,
	                             .section_id = document->section_id};
	buf_init(&tokens, SEARCH_DOCUMENT_BYTES + DOCUMENT_LINES);
	TRY(line_add(document->headline, document->language, mem, &tokens));
	buf_add_byte(&tokens, '\n');
	TRY(line_add(document->standfirst, document->language, mem, &tokens));
	buf_add_byte(&tokens, '\n');
	TRY(line_add(document->text, document->language, mem, &tokens));
	TRY(buf_check(&tokens));
	TRY(arena_copy(mem, document->language, &entry.language));
	TRY(arena_copy(mem, buf_str(&tokens), &entry.tokens));
	TRY(words_terms(entry.tokens, mem, &entry.terms));
	*out = entry;
	return OK;
}
