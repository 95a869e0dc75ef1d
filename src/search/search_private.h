/* What the files of this room share. Nothing outside the room and its tests includes it. */
#ifndef SEARCH_SEARCH_PRIVATE_H
#define SEARCH_SEARCH_PRIVATE_H

#include "base/buf.h"
#include "search/search.h"

/* ---- tokens (tokens.c) ---- */

#define TOKEN_MAX_BYTES 120 /* longer ones are cut, in documents and queries alike */

/* A token never has a space, a control character, an upper-case letter, or a sign of ASCII: nothing
 * that a database or its query language could take for something else. A sign within a word, as in
 * 3.14, is a middle dot. */
struct token {
	Str text;
	size_t start, end; /* of its word in the text that it is from */
};
/* The first `max` tokens of the text's first `max` words. Most words have one; some have none, or
 * several. In Arabic (language "ar") a token is without what is glued to the front of its word:
 * articles, and the conjunction و. */
MUST_CHECK Err tokenize(Str text, Str language, size_t max, struct arena *mem, struct token **out,
                        size_t *count_out);
bool tokens_equal(const struct token *tokens, const Str *wanted, size_t count);

/* ---- documents and their terms (document.c) ---- */

/* The place of a story. Those of one millisecond are ordered by id, up to a million of them. */
#define PLACE_ID_BITS 20
int64_t place_of(Time published, int64_t story_id);

/* Signs that no token begins with say what kind of term it is. */
#define TERM_LANGUAGE "\u00A4" /* and the code */
#define TERM_SECTION "\u00A7"  /* and the id */
#define TERM_PAIR "\u00AC"     /* and PAIR_LETTERS: two tokens in a row, hashed */
#define PAIR_LETTERS 4
#define PAIR_BYTES (sizeof TERM_PAIR - 1 + PAIR_LETTERS)
void pair_term(Str first, Str second, char out[PAIR_BYTES]);
/* The terms of its words, parted by spaces, each once. */
MUST_CHECK Err words_terms(Str tokens, struct arena *mem, Str *out);
/* All terms of a document: those of its words, and what else it is found by. */
MUST_CHECK Err document_terms(Str language, int64_t section_id, Str words, struct arena *mem,
                              Str *out);
/* A document's tokens: parted by spaces, three lines. */
enum { LINE_HEADLINE, LINE_STANDFIRST, LINE_TEXT, DOCUMENT_LINES };

/* What is looked at for a document's score: its first tokens, whole ones. Seven lie on a page of
 * PostgreSQL. (Migration 0019 left so many letters: what is more than bytes is cut when it is
 * read.)
 */
#define OPENING_BYTES 1000
Str opening_of(Str tokens);

/* ---- statements (search_store.c) ---- */

struct candidate {
	int64_t place;
	Str tokens;    /* once read */
	int64_t score; /* by relevance, once known */
};
/* What the index is asked: the terms in each engine's words, and the bounds. */
struct index_query {
	Str expression;
	Str language;
	int64_t from, below; /* places: the first that counts, and the first above them */
};
/* "a" AND "b" NOT "c" for FTS5, 'a' & 'b' & !'c' for a tsquery. Phrases are their words and pairs.
 */
MUST_CHECK Err index_expression(const struct search_query *query, bool is_postgres,
                                struct arena *mem, Str *out);
/* The newest documents that have the terms, at most `limit`. */
MUST_CHECK Err candidates_find(struct db_connection *connection, const struct index_query *query,
                               size_t limit, struct arena *mem, struct candidate **out,
                               size_t *count_out);
/* What is read of candidates: as many at a time as the work of a search has room for. */
enum candidate_part { CANDIDATE_TOKENS, CANDIDATE_OPENING };
#define TOKENS_READ_MAX 32
#define OPENINGS_READ_MAX 512
/* Reads the tokens of at most OPENINGS_READ_MAX candidates, or how they begin; of their tokens no
 * more than TOKENS_READ_MAX. */
MUST_CHECK Err candidates_read(struct db_connection *connection, struct candidate *candidates,
                               size_t count, enum candidate_part part, struct arena *mem);

/* Fills in which stories the hits are, by their places. */
MUST_CHECK Err hits_find_stories(struct db_connection *connection, struct search_hit *hits,
                                 size_t count, struct arena *mem);

/* The statements whose plans a test looks at. What a thousand candidates are asked for is in the
 * index alone: a document is a page of its own. */
#define SQL_FIND_SQLITE                                                                            \
	"SELECT rowid FROM search_term WHERE search_term MATCH $1 AND rowid < $2 AND rowid >= $3 "     \
	"ORDER BY rowid DESC LIMIT $4"
/* Walks along the newest documents and says which match. */
#define SQL_WALK_POSTGRES                                                                          \
	"SELECT place, CASE WHEN terms @@ CAST($1 AS TSQUERY) THEN 1 ELSE 0 END "                      \
	"FROM search_document WHERE language = $2 AND place < $3 AND place >= $4 "                     \
	"ORDER BY place DESC LIMIT $5"
/* Finds all that match and sorts them. `place + 0`: no plan may walk along the places instead, and
 * read every document's terms on its way. */
#define SQL_FIND_POSTGRES                                                                          \
	"SELECT place FROM search_document WHERE terms @@ CAST($1 AS TSQUERY) "                        \
	"AND place + 0 < $2 AND place + 0 >= $3 ORDER BY place + 0 DESC LIMIT $4"
/* By a list of places (SQL_IN_…). */
#define SQL_TOKENS "SELECT place, tokens FROM search_document WHERE place"
#define SQL_OPENINGS "SELECT place, tokens FROM search_opening WHERE place"
#define SQL_STORIES "SELECT place, story_id FROM search_document WHERE place"

#endif
