#include "base/utf8.h"
#include "search/search_private.h"

/* A text as the query sees it. */
struct marking {
	Str text;
	struct token *tokens;
	uint16_t *terms; /* for each token, which terms of the query it is part of, a bit each */
	size_t count;
	struct arena *mem;
};
_Static_assert(SEARCH_QUERY_WORDS <= 16, "a bit for each term");

static Err marking_make(const struct search_query *query, Str text, struct arena *mem,
                        struct marking *out)
{
	struct marking marking = {.text = text, .mem = mem};
	TRY(tokenize(text, query->language, SEARCH_SNIPPET_WORDS, mem, &marking.tokens,
	             &marking.count));
	marking.terms = ARENA_ARRAY(mem, uint16_t, marking.count + 1);
	if (marking.terms == NULL)
		return ERR_MEMORY;
	for (size_t t = 0; t < query->term_count; t++) {
		const struct search_term *term = &query->terms[t];
		if (term->is_excluded)
			continue;
		for (size_t i = 0; i + term->count <= marking.count; i++)
			if (tokens_equal(marking.tokens + i, term->tokens, term->count))
				for (size_t word = i; word < i + term->count; word++)
					marking.terms[word] |= (uint16_t)(1u << t);
	}
	*out = marking;
	return OK;
}

/* ---- pieces ---- */

struct pieces {
	struct search_piece *list;
	size_t count;
};

static void piece_add(struct pieces *pieces, Str text, size_t start, size_t end, bool is_hit)
{
	if (start < end)
		pieces->list[pieces->count++] =
		    (struct search_piece){str_slice(text, start, end - start), is_hit};
}

/* Where the hit that begins with token `first` ends: hits with nothing but signs and spaces between
 * them that are one phrase are one piece. */
static size_t hit_end(const struct marking *marking, size_t *first, size_t last)
{
	size_t i = *first;
	while (i + 1 < last && (marking->terms[i] & marking->terms[i + 1]) != 0 &&
	       marking->tokens[i + 1].start > marking->tokens[i].start)
		i++;
	size_t end = marking->tokens[i].end;
	*first = i + 1;
	return end;
}

/* From byte `start` to `end`, which hold the tokens from `first` to before `last`. */
static Err pieces_make(const struct marking *marking, size_t first, size_t last, size_t start,
                       size_t end, struct search_marked *out)
{
	struct pieces pieces = {
	    .list = ARENA_ARRAY(marking->mem, struct search_piece, 2 * (last - first) + 1)};
	if (pieces.list == NULL)
		return ERR_MEMORY;
	size_t place = start;
	for (size_t i = first; i < last;) {
		/* A word's second token lies where the first one does. */
		if (marking->terms[i] == 0 || marking->tokens[i].start < place) {
			i++;
			continue;
		}
		size_t hit = marking->tokens[i].start;
		size_t hit_ends = hit_end(marking, &i, last);
		piece_add(&pieces, marking->text, place, hit, false);
		piece_add(&pieces, marking->text, hit, hit_ends, true);
		place = hit_ends;
	}
	piece_add(&pieces, marking->text, place, end, false);
	out->pieces = pieces.list;
	out->count = pieces.count;
	return OK;
}

Err search_mark(const struct search_query *query, Str text, struct arena *mem,
                struct search_marked *out)
{
	struct marking marking;
	struct search_marked marked = {0};
	TRY(marking_make(query, text, mem, &marking));
	TRY(pieces_make(&marking, 0, marking.count, 0, text.length, &marked));
	*out = marked;
	return OK;
}

/* ---- snippets ---- */

/* Which tokens are shown: from `first` to before `last`. */
struct window {
	size_t first, last;
	size_t weight;
};

static size_t characters(const struct marking *marking, size_t first, size_t last)
{
	size_t start = marking->tokens[first].start;
	return utf8_length(str_slice(marking->text, start, marking->tokens[last - 1].end - start));
}

/* A term that was not seen yet counts more than one that comes again. */
#define WEIGHT_NEW 16
static size_t weight_of(const struct marking *marking, size_t first, size_t last)
{
	unsigned seen = 0;
	size_t weight = 0;
	for (size_t i = first; i < last; i++) {
		unsigned fresh = marking->terms[i] & ~seen;
		weight += marking->terms[i] != 0;
		weight += WEIGHT_NEW * (size_t)__builtin_popcount(fresh);
		seen |= marking->terms[i];
	}
	return weight;
}

/* The window that begins with this token and holds as many as fit. */
static struct window window_from(const struct marking *marking, size_t first, size_t max_characters)
{
	struct window window = {.first = first, .last = first};
	size_t length = 0;
	size_t end = marking->tokens[first].start;
	while (window.last < marking->count) {
		size_t next = marking->tokens[window.last].end;
		length += next > end ? utf8_length(str_slice(marking->text, end, next - end)) : 0;
		if (length > max_characters)
			break;
		end = next;
		window.last++;
	}
	window.weight = weight_of(marking, window.first, window.last);
	return window;
}

/* Words before the first hit, so that it stands in its sentence: a third of what is left. */
static void window_widen(const struct marking *marking, size_t max_characters,
                         struct window *window)
{
	size_t last_hit = window->first;
	for (size_t i = window->first; i < window->last; i++)
		if (marking->terms[i] != 0)
			last_hit = i;
	size_t hits = characters(marking, window->first, last_hit + 1);
	size_t before = (max_characters - hits) / 3;
	size_t start = marking->tokens[window->first].start;
	size_t first = window->first;
	while (first > 0) {
		size_t earlier = marking->tokens[first - 1].start;
		if (utf8_length(str_slice(marking->text, earlier, start - earlier)) > before)
			break;
		first--;
	}
	*window = window_from(marking, first, max_characters);
}

/* The first of the best; the beginning when nothing was found. */
static struct window window_find(const struct marking *marking, size_t max_characters)
{
	struct window best = {0};
	for (size_t i = 0; i < marking->count; i++) {
		if (marking->terms[i] == 0)
			continue;
		struct window window = window_from(marking, i, max_characters);
		if (window.weight > best.weight)
			best = window;
	}
	if (best.weight > 0) {
		window_widen(marking, max_characters, &best);
		return best;
	}
	size_t first = 0;
	while (first < marking->count && characters(marking, first, first + 1) > max_characters)
		first++;
	return first < marking->count ? window_from(marking, first, max_characters) : best;
}

/* A quotation mark before the first word and a full stop after the last one belong to the text. */
#define EDGE_BYTES 6
static void edges_find(const struct marking *marking, struct window window, size_t *start,
                       size_t *end)
{
	Str text = utf8_trim(marking->text);
	size_t text_start = (size_t)(text.bytes - marking->text.bytes);
	size_t text_end = text_start + text.length;
	*start = marking->tokens[window.first].start;
	*end = marking->tokens[window.last - 1].end;
	if (*start > text_start && *start - text_start <= EDGE_BYTES && window.first == 0)
		*start = text_start;
	if (*end < text_end && text_end - *end <= EDGE_BYTES && window.last == marking->count)
		*end = text_end;
}

Err search_snippet(const struct search_query *query, Str text, size_t max_characters,
                   struct arena *mem, struct search_marked *out)
{
	struct marking marking;
	struct search_marked marked = {0};
	TRY(marking_make(query, text, mem, &marking));
	struct window window = window_find(&marking, max_characters);
	if (window.first < window.last) {
		size_t start;
		size_t end;
		edges_find(&marking, window, &start, &end);
		TRY(pieces_make(&marking, window.first, window.last, start, end, &marked));
		marked.begins_later = start > 0 && window.first > 0;
		marked.ends_earlier = end < utf8_trim(text).length;
	}
	*out = marked;
	return OK;
}
