#include <stdlib.h>

#include "search/search_private.h"

/* ---- one document ---- */

/* A term as it stands among a document's tokens, which are parted by one space each. */
struct needle {
	Str text;
	size_t words;
	bool is_excluded;
};

static bool is_edge(Str line, size_t place)
{
	return place == 0 || place == line.length || line.bytes[place] == ' ' ||
	       line.bytes[place - 1] == ' ';
}

/* How often it stands there, `max` at most. */
static size_t needle_count(Str line, Str needle, size_t max)
{
	size_t count = 0;
	for (size_t place = 0; count < max && place < line.length;) {
		const char *found =
		    memmem(line.bytes + place, line.length - place, needle.bytes, needle.length);
		if (found == NULL)
			break;
		place = (size_t)(found - line.bytes);
		count += is_edge(line, place) && is_edge(line, place + needle.length);
		place++;
	}
	return count;
}

static void lines_split(Str tokens, Str lines[DOCUMENT_LINES])
{
	for (size_t i = 0; i < DOCUMENT_LINES; i++) {
		lines[i] = S("");
		(void)str_next(&tokens, '\n', &lines[i]);
	}
}

/* ---- one search ---- */

struct search {
	struct db_connection *connection;
	const struct search_query *query;
	struct needle needles[SEARCH_QUERY_WORDS];
	Str together; /* all words that are asked for, as one phrase; empty when there is only one term
	               */
	bool has_phrase;
	struct arena *mem;
	struct arena work; /* what a step needs */
};

static void search_done(struct search *search)
{
	arena_done(&search->work);
}

static Err join(const struct search_term *term, struct arena *mem, Str *out)
{
	Str text = term->tokens[0];
	for (size_t i = 1; i < term->count; i++)
		TRY(arena_format(mem, &text, "%.*s %.*s", STR(text), STR(term->tokens[i])));
	*out = text;
	return OK;
}

static Err needles_make(struct search *search)
{
	size_t asked = 0;
	Str together = S("");
	for (size_t i = 0; i < search->query->term_count; i++) {
		const struct search_term *term = &search->query->terms[i];
		struct needle *needle = &search->needles[i];
		needle->words = term->count;
		needle->is_excluded = term->is_excluded;
		search->has_phrase |= term->count > 1;
		TRY(join(term, search->mem, &needle->text));
		if (term->is_excluded)
			continue;
		if (asked++ == 0)
			together = needle->text;
		else
			TRY(arena_format(search->mem, &together, "%.*s %.*s", STR(together),
			                 STR(needle->text)));
	}
	search->together = asked > 1 ? together : S("");
	return OK;
}

/* What the index can't know for certain: that phrases are there, or not. */
static bool is_match(const struct search *search, Str tokens)
{
	Str lines[DOCUMENT_LINES];
	lines_split(tokens, lines);
	for (size_t i = 0; i < search->query->term_count; i++) {
		const struct needle *needle = &search->needles[i];
		bool is_there = false;
		if (needle->words == 1)
			continue;
		for (size_t line = 0; line < DOCUMENT_LINES && !is_there; line++)
			is_there = needle_count(lines[line], needle->text, 1) > 0;
		if (is_there == needle->is_excluded)
			return false;
	}
	return true;
}

/* Whole numbers, so that both databases' documents count alike. Each term counts where it stands,
 * in the text up to so often; all of them side by side count again. */
#define SCORE_HEADLINE 64
#define SCORE_STANDFIRST 16
#define SCORE_TEXT 2
#define SCORE_TEXT_MAX 8
#define SCORE_TOGETHER_HEADLINE 128
#define SCORE_TOGETHER 32
static int64_t score_of(const struct search *search, Str opening)
{
	int64_t score = 0;
	Str lines[DOCUMENT_LINES];
	lines_split(opening, lines);
	for (size_t i = 0; i < search->query->term_count; i++) {
		Str needle = search->needles[i].text;
		if (search->needles[i].is_excluded)
			continue;
		score += SCORE_HEADLINE * (int64_t)needle_count(lines[LINE_HEADLINE], needle, 1);
		score += SCORE_STANDFIRST * (int64_t)needle_count(lines[LINE_STANDFIRST], needle, 1);
		score += SCORE_TEXT * (int64_t)needle_count(lines[LINE_TEXT], needle, SCORE_TEXT_MAX);
	}
	if (str_is_empty(search->together))
		return score;
	if (needle_count(lines[LINE_HEADLINE], search->together, 1) > 0)
		return score + SCORE_TOGETHER_HEADLINE;
	bool is_together = needle_count(lines[LINE_STANDFIRST], search->together, 1) > 0 ||
	                   needle_count(lines[LINE_TEXT], search->together, 1) > 0;
	return score + (is_together ? SCORE_TOGETHER : 0);
}

/* ---- what the index finds ---- */

static Err index_query_make(const struct search *search, struct index_query *out)
{
	const struct search_query *query = search->query;
	int64_t until = query->has_until ? place_of(query->until, 0) : INT64_MAX;
	bool is_paged = query->order == SEARCH_NEWEST && query->before != 0;
	out->language = query->language;
	out->from = query->has_from ? place_of(query->from, 0) : INT64_MIN;
	out->below = is_paged && query->before < until ? query->before : until;
	return index_expression(query, db_connection_is_postgres(search->connection), search->mem,
	                        &out->expression);
}

/* Sees to it that this part of candidate `i` is there; candidates are read in turn. */
static Err part_need(struct search *search, struct candidate *candidates, size_t count, size_t i,
                     enum candidate_part part)
{
	size_t max = part == CANDIDATE_OPENING ? OPENINGS_READ_MAX : TOKENS_READ_MAX;
	if (i % max != 0)
		return OK;
	size_t some = count - i < max ? count - i : max;
	arena_clear(&search->work);
	return candidates_read(search->connection, candidates + i, some, part, &search->work);
}

/* ---- newest first ---- */

static void hit_add(struct search_result *result, const struct candidate *candidate)
{
	result->hits[result->count++] =
	    (struct search_hit){.place = candidate->place, .score = candidate->score};
}

/* Adds what matches; one match past the limit says that there is more. */
static Err page_fill(struct search *search, struct candidate *candidates, size_t count,
                     size_t limit, struct search_result *result)
{
	for (size_t i = 0; i < count && !result->has_more; i++) {
		if (search->has_phrase) {
			TRY(part_need(search, candidates, count, i, CANDIDATE_TOKENS));
			if (!is_match(search, candidates[i].tokens))
				continue;
		}
		result->has_more = result->count == limit;
		if (!result->has_more)
			hit_add(result, &candidates[i]);
	}
	if (result->has_more)
		result->before = result->hits[limit - 1].place;
	return OK;
}

/* The index is right about words: one look is enough. Phrases take a second, longer one where their
 * pairs are not what they seem. */
static Err newest_find(struct search *search, struct index_query *index, size_t limit,
                       struct search_result *result)
{
	struct candidate *candidates;
	size_t count;
	size_t some = limit + 1;
	TRY(candidates_find(search->connection, index, some, search->mem, &candidates, &count));
	TRY(page_fill(search, candidates, count, limit, result));
	if (!search->has_phrase || result->has_more || count < some)
		return OK;
	index->below = candidates[count - 1].place;
	some = SEARCH_COMPARED_MAX - count;
	TRY(candidates_find(search->connection, index, some + 1, search->mem, &candidates, &count));
	TRY(page_fill(search, candidates, count < some ? count : some, limit, result));
	if (!result->has_more && count > some) {
		result->has_more = result->is_bounded = true;
		result->before = candidates[some - 1].place;
	}
	return OK;
}

/* ---- by relevance ---- */

static int candidates_compare(const void *a, const void *b)
{
	const struct candidate *first = a;
	const struct candidate *second = b;
	if (first->score != second->score)
		return first->score > second->score ? -1 : 1;
	return first->place > second->place ? -1 : first->place < second->place;
}

/* The score needs no more than the opening: what stands further on counts for nothing. */
static Err candidates_sort(struct search *search, struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		TRY(part_need(search, candidates, count, i, CANDIDATE_OPENING));
		candidates[i].score = score_of(search, opening_of(candidates[i].tokens));
	}
	if (count > 0)
		qsort(candidates, count, sizeof *candidates, candidates_compare);
	return OK;
}

/* Best first, so that of a phrase's documents only those up to the end of the page are read. */
static Err relevant_find(struct search *search, const struct index_query *index, size_t limit,
                         struct search_result *result)
{
	struct candidate *candidates;
	size_t count;
	size_t skip = search->query->skip;
	TRY(candidates_find(search->connection, index, SEARCH_COMPARED_MAX + 1, search->mem,
	                    &candidates, &count));
	result->is_bounded = count > SEARCH_COMPARED_MAX;
	if (result->is_bounded)
		count = SEARCH_COMPARED_MAX;
	TRY(candidates_sort(search, candidates, count));
	for (size_t i = 0; i < count && !result->has_more; i++) {
		if (search->has_phrase)
			TRY(part_need(search, candidates, count, i, CANDIDATE_TOKENS));
		if (search->has_phrase && !is_match(search, candidates[i].tokens))
			continue;
		if (skip > 0)
			skip--;
		else if (result->count < limit)
			hit_add(result, &candidates[i]);
		else
			result->has_more = true;
	}
	return OK;
}

/* What the tokens of TOKENS_READ_MAX documents may take; so many openings are less. */
#define WORK_BYTES ((size_t)TOKENS_READ_MAX * (SEARCH_DOCUMENT_BYTES + 4096))
_Static_assert((size_t)OPENINGS_READ_MAX *(OPENING_BYTES + 4096) <= WORK_BYTES,
               "room for the openings");

Err search_find(struct db_connection *connection, const struct search_query *query, size_t limit,
                struct arena *mem, struct search_result *out)
{
	struct search_result result = {0};
	struct search search CLEANUP(search_done) = {
	    .connection = connection, .query = query, .mem = mem};
	struct index_query index;
	arena_init(&search.work, WORK_BYTES);
	CHECK(limit > 0 && limit <= SEARCH_PAGE_MAX && !str_is_empty(query->language));
	result.hits = ARENA_ARRAY(mem, struct search_hit, limit);
	if (result.hits == NULL)
		return ERR_MEMORY;
	if (query->term_count > 0) {
		TRY(needles_make(&search));
		TRY(index_query_make(&search, &index));
		TRY(query->order == SEARCH_NEWEST ? newest_find(&search, &index, limit, &result)
		                                  : relevant_find(&search, &index, limit, &result));
		TRY(hits_find_stories(connection, result.hits, result.count, mem));
	}
	*out = result;
	return OK;
}
