/* Queries and marked texts: any bytes are a query within its bounds, its expressions can't be
 * anything but words to a database, and a marked text is the text, in whole words. */
#include "base/utf8.h"
#include "search/search_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `"a" AND "b"`: a sign closes, so that only what stands between two of them is a term. */
static void check_expression(const struct search_query *query, bool is_postgres, struct arena *mem)
{
	Str expression;
	CHECK(index_expression(query, is_postgres, mem, &expression) == OK);
	CHECK(utf8_is_valid(expression));
	char quote = is_postgres ? '\'' : '"';
	bool is_inside = false;
	for (size_t i = 0; i < expression.length; i++) {
		char byte = expression.bytes[i];
		bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte < 0;
		is_inside = byte == quote ? !is_inside : is_inside;
		if (is_inside)
			CHECK(is_plain || byte == quote);
		else
			CHECK(byte == quote || memchr(" ()&!ANDOT", byte, 10) != NULL);
	}
	CHECK(!is_inside);
}

static void check_query(const struct search_query *query, struct arena *mem)
{
	size_t words = 0;
	bool has_word = query->term_count == 0;
	CHECK(query->term_count <= SEARCH_QUERY_WORDS);
	for (size_t i = 0; i < query->term_count; i++) {
		has_word |= !query->terms[i].is_excluded;
		words += query->terms[i].count;
		for (size_t word = 0; word < query->terms[i].count; word++)
			CHECK(query->terms[i].tokens[word].length > 0 &&
			      query->terms[i].tokens[word].length <= TOKEN_MAX_BYTES);
	}
	CHECK(has_word && words <= SEARCH_QUERY_WORDS);
	if (query->term_count == 0)
		return;
	check_expression(query, false, mem);
	check_expression(query, true, mem);
}

/* The pieces follow one another in the text; answers how many bytes they are. */
static size_t check_pieces(const struct search_marked *marked)
{
	size_t length = 0;
	for (size_t i = 0; i < marked->count; i++) {
		CHECK(marked->pieces[i].text.length > 0 && utf8_is_valid(marked->pieces[i].text));
		CHECK(marked->pieces[i].text.bytes == marked->pieces[0].text.bytes + length);
		CHECK(i == 0 || !marked->pieces[i].is_hit || !marked->pieces[i - 1].is_hit ||
		      marked->pieces[i].text.length > 0);
		length += marked->pieces[i].text.length;
	}
	return length;
}

static void check_marks(const struct search_query *query, Str text, size_t max_characters,
                        struct arena *mem)
{
	struct search_marked marked;
	if (!utf8_is_valid(text)) {
		CHECK(search_mark(query, text, mem, &marked) == ERR_INVALID);
		CHECK(search_snippet(query, text, max_characters, mem, &marked) == ERR_INVALID);
		return;
	}
	CHECK(search_mark(query, text, mem, &marked) == OK);
	CHECK(check_pieces(&marked) == text.length);
	CHECK(search_snippet(query, text, max_characters, mem, &marked) == OK);
	size_t length = check_pieces(&marked);
	/* And a quotation mark or a full stop at both ends. */
	if (length > 0)
		CHECK(utf8_length((Str){marked.pieces[0].text.bytes, length}) <= max_characters + 12);
	if (length > 0 && length == utf8_trim(text).length)
		CHECK(!marked.begins_later && !marked.ends_earlier);
}

/* What a text's tokens must be like for both databases, whatever the language. */
static void check_tokens(Str tokens)
{
	Str token;
	while (str_next(&tokens, ' ', &token)) {
		CHECK(token.length > 0 && token.length <= TOKEN_MAX_BYTES && utf8_is_valid(token));
		CHECK(!str_starts_with(token, S("\u00B7")));
	}
}

static void check_document(Str text, Str language, struct arena *mem)
{
	struct search_entry entry;
	struct search_document document = {.language = language, .headline = text, .text = text};
	Err err = search_prepare(&document, mem, &entry);
	CHECK(err == (utf8_is_valid(text) ? OK : ERR_INVALID));
	if (err != OK)
		return;
	Str line;
	CHECK(utf8_is_valid(entry.terms) && str_next(&entry.tokens, '\n', &line));
	if (line.length > 0)
		check_tokens(line);
}

/* The first byte says how long a snippet may be, the second where the text begins in the rest. */
static void check_all(Str input, Str language, size_t max_characters, size_t split)
{
	struct search_query query;
	struct arena mem;
	Str text = str_from(input, split);
	arena_init(&mem, (size_t)64 * 1024 * 1024);
	CHECK(search_parse(str_slice(input, 0, split), language, &mem, &query) == OK);
	check_query(&query, &mem);
	check_marks(&query, text, max_characters, &mem);
	check_document(text, language, &mem);
	arena_done(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	Str input = {(const char *)data + 2, size - 2};
	Str language = data[0] % 2 == 0 ? S("ar") : S("en");
	check_all(input, language, 1 + data[0], data[1]);
	/* Few inputs are UTF-8; taken two by two as code points, all are. */
	struct buf points CLEANUP(buf_done);
	buf_init(&points, size * 2);
	for (size_t i = 0; i + 1 < input.length; i += 2) {
		uint32_t point = (uint32_t)data[i + 2] << 8 | data[i + 3];
		char bytes[4];
		if (point < 0xD800 || point > 0xDFFF)
			buf_add(&points, (Str){bytes, utf8_encode(point, bytes)});
	}
	CHECK(buf_check(&points) == OK);
	size_t split = data[1];
	while (split < points.length && ((unsigned char)points.bytes[split] & 0xC0) == 0x80)
		split++;
	check_all(buf_str(&points), language, 1 + data[0], split);
	return 0;
}
