#include "search/search_private.h"

#include "base/utf8.h"

/* A query on its way: its text, its tokens, and the sign that stands at `place`. */
struct parsing {
	Str text;
	const struct token *tokens;
	size_t count;
	size_t next; /* the first token at or after `place` */
	size_t place;
	bool is_after_space;
	bool is_after_minus; /* which stood after a space */
	struct arena *mem;
	size_t words; /* in the query so far */
	struct search_query *query;
};

/* The text without bytes that are not UTF-8, cut to what a query may have. */
static Err text_make_valid(Str text, struct arena *mem, Str *out, bool *is_cut)
{
	char *bytes = arena_alloc(mem, SEARCH_QUERY_BYTES);
	size_t length = 0;
	if (bytes == NULL)
		return ERR_MEMORY;
	*is_cut = false;
	for (size_t place = 0; place < text.length;) {
		size_t start = place;
		bool is_valid = utf8_next(text, &place) != UTF8_INVALID;
		if (length + (place - start) > SEARCH_QUERY_BYTES) {
			*is_cut = true;
			break;
		}
		if (is_valid)
			memcpy(bytes + length, text.bytes + start, place - start);
		else
			bytes[length] = ' ';
		length += place - start;
	}
	*out = (Str){bytes, length};
	return OK;
}

enum quote { QUOTE_NONE, QUOTE_DOUBLE, QUOTE_SINGLE };

static enum quote quote_of(uint32_t point)
{
	switch (point) {
	case '"':
	case 0x00AB: /* « */
	case 0x00BB:
	case 0x201C: /* “ */
	case 0x201D:
	case 0x201E:
	case 0x201F:
	case 0x300C: /* corner brackets */
	case 0x300D:
	case 0xFF02:
		return QUOTE_DOUBLE;
	case '\'':
	case 0x2018: /* ‘ */
	case 0x2019:
	case 0x201A:
	case 0x201B:
	case 0x2039: /* ‹ */
	case 0x203A:
	case 0xFF07:
		return QUOTE_SINGLE;
	default:
		return QUOTE_NONE;
	}
}

/* White space, ASCII's and Unicode's, and control characters. */
static bool is_space(uint32_t point)
{
	char bytes[4];
	return point < 0x20 || str_is_empty(utf8_trim((Str){bytes, utf8_encode(point, bytes)}));
}

/* Keyboards put it before a sign that would else stand on the wrong side. */
static bool is_direction_mark(uint32_t point)
{
	return point == 0x200E || point == 0x200F || point == 0x061C;
}

/* The words from `first` to before `end` must stand in a row. */
static Err term_add(struct parsing *parsing, size_t first, size_t end)
{
	struct search_query *query = parsing->query;
	size_t count = end - first;
	if (count > SEARCH_QUERY_WORDS - parsing->words) {
		query->is_cut = true;
		count = SEARCH_QUERY_WORDS - parsing->words;
	}
	if (count == 0)
		return OK;
	Str *tokens = ARENA_ARRAY(parsing->mem, Str, count);
	if (tokens == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		tokens[i] = parsing->tokens[first + i].text;
	parsing->words += count;
	query->terms[query->term_count++] =
	    (struct search_term){tokens, count, parsing->is_after_minus};
	return OK;
}

/* A single quotation mark is an apostrophe where it stands at a word. */
static bool can_close(const struct parsing *parsing, enum quote quote, size_t next, size_t place)
{
	return quote == QUOTE_DOUBLE || next == parsing->count || parsing->tokens[next].start != place;
}

/* Where the quotation that opens at `place` closes: sets `end` to behind its mark and `last` to the
 * token after it. False when it does not, or has no word. */
static bool quote_end(const struct parsing *parsing, enum quote quote, size_t *last, size_t *end)
{
	size_t next = parsing->next;
	size_t place = parsing->place;
	while (place < parsing->text.length) {
		if (next < parsing->count && parsing->tokens[next].start == place) {
			place = parsing->tokens[next].end;
			while (next < parsing->count && parsing->tokens[next].start < place)
				next++;
			continue;
		}
		uint32_t point = utf8_next(parsing->text, &place);
		if (quote_of(point) == quote && can_close(parsing, quote, next, place)) {
			*last = next;
			*end = place;
			return next > parsing->next;
		}
	}
	return false;
}

static Err word_parse(struct parsing *parsing)
{
	size_t first = parsing->next;
	size_t end = first;
	while (end < parsing->count && parsing->tokens[end].start == parsing->tokens[first].start)
		end++;
	parsing->place = parsing->tokens[first].end;
	parsing->next = end;
	return term_add(parsing, first, end);
}

static Err sign_parse(struct parsing *parsing)
{
	bool can_open = parsing->is_after_space;
	uint32_t point = utf8_next(parsing->text, &parsing->place);
	enum quote quote = quote_of(point);
	size_t first = parsing->next;
	size_t last;
	size_t end;
	if ((quote == QUOTE_DOUBLE || (quote == QUOTE_SINGLE && can_open)) &&
	    quote_end(parsing, quote, &last, &end)) {
		parsing->place = end;
		parsing->next = last;
		TRY(term_add(parsing, first, last));
		parsing->is_after_space = parsing->is_after_minus = false;
		return OK;
	}
	if (is_direction_mark(point))
		return OK;
	parsing->is_after_minus = point == '-' && parsing->is_after_space;
	/* A bracket or a quotation mark that means nothing may stand before one that does. */
	parsing->is_after_space = point != '-' && (is_space(point) || point == '(' || point == '[');
	parsing->is_after_space |= parsing->is_after_minus;
	return OK;
}

/* What nothing else is asked for is not excluded, but was meant to be found. */
static void query_right(struct search_query *query)
{
	for (size_t i = 0; i < query->term_count; i++)
		if (!query->terms[i].is_excluded)
			return;
	for (size_t i = 0; i < query->term_count; i++)
		query->terms[i].is_excluded = false;
}

Err search_parse(Str text, Str language, struct arena *mem, struct search_query *out)
{
	struct search_query query = {.language = language};
	struct token *tokens;
	struct parsing parsing = {.is_after_space = true, .mem = mem, .query = &query};
	TRY(text_make_valid(text, mem, &parsing.text, &query.is_cut));
	TRY(tokenize(parsing.text, language, SIZE_MAX, mem, &tokens, &parsing.count));
	parsing.tokens = tokens;
	while (parsing.place < parsing.text.length) {
		if (parsing.next == parsing.count || parsing.tokens[parsing.next].start != parsing.place) {
			TRY(sign_parse(&parsing));
			continue;
		}
		TRY(word_parse(&parsing));
		parsing.is_after_space = parsing.is_after_minus = false;
	}
	query_right(&query);
	*out = query;
	return OK;
}
