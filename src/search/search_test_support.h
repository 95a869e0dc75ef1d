/* For this room's tests: queries and marked texts written so that a test can show them. */
#ifndef SEARCH_SEARCH_TEST_SUPPORT_H
#define SEARCH_SEARCH_TEST_SUPPORT_H

#include "base/test.h"
#include "search/search_private.h"

static inline const char *test_c_string(struct arena *mem, struct buf *text)
{
	char *copy;
	assert_int_equal(buf_check(text), OK);
	assert_int_equal(arena_c_string(mem, buf_str(text), &copy), OK);
	buf_done(text);
	return copy;
}

static inline struct search_query test_query_in(struct arena *mem, const char *language, Str text)
{
	struct search_query query;
	assert_int_equal(search_parse(text, str_from_c(language), mem, &query), OK);
	return query;
}

/* In English. */
static inline struct search_query test_query(struct arena *mem, Str text)
{
	return test_query_in(mem, "en", text);
}

/* biden [white house] -rain -[of the] */
static inline const char *test_query_text(struct arena *mem, const struct search_query *query)
{
	struct buf text;
	buf_init(&text, 4096);
	for (size_t i = 0; i < query->term_count; i++) {
		const struct search_term *term = &query->terms[i];
		buf_format(&text, "%s%s%s", i == 0 ? "" : " ", term->is_excluded ? "-" : "",
		           term->count > 1 ? "[" : "");
		for (size_t word = 0; word < term->count; word++)
			buf_format(&text, "%s%.*s", word == 0 ? "" : " ", STR(term->tokens[word]));
		buf_format(&text, "%s", term->count > 1 ? "]" : "");
	}
	return test_c_string(mem, &text);
}

/* …the <river> is high… */
static inline const char *test_marked_text(struct arena *mem, const struct search_marked *marked)
{
	struct buf text;
	buf_init(&text, 65536);
	buf_format(&text, "%s", marked->begins_later ? "\u2026" : "");
	for (size_t i = 0; i < marked->count; i++)
		buf_format(&text, marked->pieces[i].is_hit ? "<%.*s>" : "%.*s",
		           STR(marked->pieces[i].text));
	buf_format(&text, "%s", marked->ends_earlier ? "\u2026" : "");
	return test_c_string(mem, &text);
}

#endif
