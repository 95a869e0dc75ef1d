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
#define HASH_START UINT32_C(2166136261)
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
	uint32_t hash = hash_add(HASH_START, first);
	hash = hash_add(hash_add(hash, S(" ")), second);
	hash ^= hash >> 20; /* the lowest 20 bits are taken */
	memcpy(out, TERM_PAIR, sign);
	for (size_t i = 0; i < PAIR_LETTERS; i++)
		out[sign + i] = letters[hash >> (5 * i) & 31];
}

/* ---- terms, each once ---- */

struct terms {
	struct buf text;
	uint32_t *slots; /* where in the text a term begins, plus 1; 0: free */
	size_t mask;     /* of slots, a power of two, less 1 */
};

/* Room for twice as many terms as there are, two a token. */
static Err terms_init(struct terms *terms, Str tokens, struct arena *mem)
{
	size_t count = 1;
	size_t slots = 64;
	for (size_t i = 0; i < tokens.length; i++)
		count += tokens.bytes[i] == ' ' || tokens.bytes[i] == '\n';
	while (slots < 4 * count)
		slots *= 2;
	terms->slots = ARENA_ARRAY(mem, uint32_t, slots);
	terms->mask = slots - 1;
	return terms->slots == NULL ? ERR_MEMORY : OK;
}

static bool is_term_at(Str text, size_t place, Str term)
{
	Str rest = str_from(text, place);
	return str_starts_with(rest, term) &&
	       (rest.length == term.length || rest.bytes[term.length] == ' ');
}

static void term_put(struct terms *terms, Str term)
{
	size_t slot = hash_add(HASH_START, term);
	for (slot &= terms->mask; terms->slots[slot] != 0; slot = (slot + 1) & terms->mask)
		if (is_term_at(buf_str(&terms->text), terms->slots[slot] - 1, term))
			return;
	if (terms->text.length > 0)
		buf_add_byte(&terms->text, ' ');
	terms->slots[slot] = (uint32_t)terms->text.length + 1;
	buf_add(&terms->text, term);
}

static void line_terms(struct terms *terms, Str line)
{
	Str former = {0};
	Str token;
	while (str_next(&line, ' ', &token)) {
		char pair[PAIR_BYTES];
		if (str_is_empty(token))
			continue; /* the line is empty */
		term_put(terms, token);
		if (!str_is_empty(former)) {
			pair_term(former, token, pair);
			term_put(terms, (Str){pair, sizeof pair});
		}
		former = token;
	}
}

static void terms_done(struct terms *terms)
{
	buf_done(&terms->text);
}

Err words_terms(Str tokens, struct arena *mem, Str *out)
{
	struct terms terms CLEANUP(terms_done) = {0};
	Str line;
	buf_init(&terms.text, SEARCH_PREPARE_BYTES);
	TRY(terms_init(&terms, tokens, mem));
	while (str_next(&tokens, '\n', &line))
		line_terms(&terms, line);
	TRY(buf_check(&terms.text));
	return arena_copy(mem, buf_str(&terms.text), out);
}

Err document_terms(Str language, int64_t section_id, Str words, struct arena *mem, Str *out)
{
	const Str space = str_is_empty(words) ? S("") : S(" ");
	Str others;
	TRY(arena_format(mem, &others, TERM_LANGUAGE "%.*s " TERM_SECTION "%lld%.*s", STR(language),
	                 (long long)section_id, STR(space)));
	char *bytes = arena_alloc(mem, others.length + words.length);
	if (bytes == NULL)
		return ERR_MEMORY;
	memcpy(bytes, others.bytes, others.length);
	if (words.length > 0)
		memcpy(bytes + others.length, words.bytes, words.length);
	*out = (Str){bytes, others.length + words.length};
	return OK;
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
