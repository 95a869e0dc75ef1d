/* Finding published stories by their words: the same set in the same order from both databases.
 * The caller puts stories in and takes them out, inside its own commit halves; texts, addresses and
 * permissions stay with it, and which stories are in. Makes no pages, and has no rows that could
 * not be made anew. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "db/db.h"

/* ---- putting in ---- */

/* Of a document's text so many words are found, and so many bytes of its tokens are kept. */
#define SEARCH_DOCUMENT_WORDS 10000
#define SEARCH_DOCUMENT_BYTES ((size_t)400 * 1024)

struct search_document {
	int64_t story_id;
	Time published;
	Str language; /* its code */
	int64_t section_id;
	Str headline, standfirst, text; /* plain text, UTF-8; the last two may be empty */
};
/* A document as the database keeps it. Where the first three are known only in the commit half,
 * they are given to the entry there. */
struct search_entry {
	int64_t story_id;
	Time published;
	int64_t section_id;
	Str language;
	Str tokens;
	Str terms; /* of its words */
};
/* The costly half, for an act's prepare; what is past the maxima is left out. ERR_INVALID for what
 * is not UTF-8. `mem` holds the entry and needs SEARCH_PREPARE_BYTES at most. */
#define SEARCH_PREPARE_BYTES ((size_t)32 * 1024 * 1024)
MUST_CHECK Err search_prepare(const struct search_document *document, struct arena *mem,
                              struct search_entry *out);
/* Inside a commit half: replaces what there was of the story. */
MUST_CHECK Err search_put(struct db_connection *connection, const struct search_entry *entry);
/* The same for stories that were never put in. */
MUST_CHECK Err search_put_new(struct db_connection *connection, const struct search_entry *entries,
                              size_t count);
/* Inside a commit half; what is not there is fine. */
MUST_CHECK Err search_remove(struct db_connection *connection, int64_t story_id);

/* ---- asking ---- */

#define SEARCH_QUERY_WORDS 12
#define SEARCH_QUERY_BYTES ((size_t)1000)

/* One word, or several in a row. */
struct search_term {
	const Str *tokens;
	size_t count;
	bool is_excluded;
};
enum search_order { SEARCH_NEWEST, SEARCH_RELEVANCE };
struct search_query {
	struct search_term terms[SEARCH_QUERY_WORDS];
	size_t term_count; /* 0: there is nothing to look for */
	bool is_cut;       /* there were more words or bytes than a query may have */
	Str language;      /* its code */
	/* The rest is the caller's to fill; search_parse leaves it zero. */
	int64_t section_id; /* 0: all */
	bool has_from, has_until;
	Time from, until; /* published from the first to before the second */
	enum search_order order;
	int64_t before; /* newest first: the page after this place; 0: the first page */
	size_t skip;    /* by relevance: so many hits were on earlier pages */
};
/* What a reader typed, any bytes at all, to find it in documents of that language: words, which
 * must all occur; "phrases" in quotation marks of any kind; -word and -"phrase", which must not
 * occur. What is no whole quotation is read as words, and when everything is excluded, that is too.
 * `language` is kept, not copied. Fails only for lack of memory. */
MUST_CHECK Err search_parse(Str text, Str language, struct arena *mem, struct search_query *out);

#define SEARCH_PAGE_MAX 100
#define SEARCH_COMPARED_MAX 1000 /* the newest matches, by relevance; documents read for a page */

struct search_hit {
	int64_t story_id;
	int64_t place;
	int64_t score; /* by relevance; else 0 */
};
struct search_result {
	struct search_hit *hits;
	size_t count;
	bool has_more;
	/* Newest first with has_more: the `before` of the next page. */
	int64_t before;
	/* By relevance: there are older matches that were not compared. Newest first: so many documents
	 * had to be read for a phrase that this page ends early; the next one goes on. */
	bool is_bounded;
};
/* At most `limit` hits, up to SEARCH_PAGE_MAX. */
MUST_CHECK Err search_find(struct db_connection *connection, const struct search_query *query,
                           size_t limit, struct arena *mem, struct search_result *out);

/* ---- showing ---- */

/* A part of a text, and whether the query found it. */
struct search_piece {
	Str text;
	bool is_hit;
};
struct search_marked {
	const struct search_piece *pieces;
	size_t count;
	bool begins_later, ends_earlier; /* than the text that was given */
};
/* The whole of a short text, a headline in the query's language, with its hits. */
MUST_CHECK Err search_mark(const struct search_query *query, Str text, struct arena *mem,
                           struct search_marked *out);
/* The part of a text, at most so many characters, in which most of the query occurs; its beginning
 * where nothing does. It begins and ends with a word. Looks at the first
 * SEARCH_SNIPPET_WORDS words. A longer word than that is never shown. */
#define SEARCH_SNIPPET_WORDS 2000
MUST_CHECK Err search_snippet(const struct search_query *query, Str text, size_t max_characters,
                              struct arena *mem, struct search_marked *out);

#endif
