/* 2,000 stories in three languages, and some hundred questions: SQLite and PostgreSQL must find the
 * same set in the same order. Each is held against a model that knows neither of them, nor folding:
 * it knows which words it wrote, whatever the spelling. */
#include "db/db_test_support.h"
#include "search/search_test_support.h"

#include <stdlib.h>

#define DOCUMENTS 2000
#define WORDS 300 /* of a language */
#define LANGUAGES 3
#define QUESTIONS 360
#define PAGE 41
#define TEXT_WORDS_MAX 40 /* all of a document is its opening: what counts for its score */
#define SECTIONS 6
#define START ((Time)1500000000000)

static struct arena mem;
static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(random_state >> 33) % limit;
}

/* Small numbers come often, as common words do. */
static unsigned random_word(void)
{
	unsigned bound = 1 + random_below(WORDS);
	bound = 1 + random_below(bound);
	return random_below(bound);
}

/* ---- words and their spellings ---- */

/* How a letter may be written, the plain form first; ends with NULL. */
typedef const char *const Spellings[5];

static Spellings english_letters[] = {
    {"a", "A", "\u00E1", "\u00C4"},
    {"b", "B"},
    {"c", "C", "\u00E7"},
    {"d", "D"},
    {"e", "E", "\u00E9", "e\u0301"},
    {"g", "G"},
    {"i", "I", "\u00EE"},
    {"k", "K"},
    {"l", "L"},
    {"m", "M"},
    {"n", "N", "\u00F1"},
    {"o", "O", "\u00F6"},
    {"r", "R"},
    {"t", "T", "\uFF34"},
    {"u", "U", "\u00FC"},
    {"v", "V"},
};
static Spellings arabic_letters[] = {
    {"\u0627", "\u0623", "\u0625", "\u0622"},
    {"\u0628", "\u0628\u064E", "\u0628\u0640"},
    {"\u062A", "\u062A\u0651"},
    {"\u062D"},
    {"\u062F"},
    {"\u0631", "\u0631\u0650"},
    {"\u0633", "\u0633\u0640\u0640"},
    {"\u0639"},
    {"\u0641"},
    {"\u0642", "\u0642\u064F"},
    {"\u0643", "\u06A9"},
    {"\u0644"},
    {"\u0645", "\u0645\u0652"},
    {"\u0646"},
    {"\u0647", "\u0629"},
    {"\u064A", "\u0649", "\u06CC"},
};
static Spellings kurdish_letters[] = {
    {"\u0627"},
    {"\u0628"},
    {"\u067E"},
    {"\u062A"},
    {"\u0686"},
    {"\u062F"},
    {"\u0631", "\u0695"},
    {"\u0698"},
    {"\u0633"},
    {"\u0643", "\u06A9"},
    {"\u06AF"},
    {"\u0644", "\u06B5"},
    {"\u0646"},
    {"\u0648", "\u06C6"},
    {"\u0647", "\u06D5", "\u0647\u200C", "\u06BE"},
    {"\u064A", "\u06CC", "\u06CE", "\u0649"},
};
#define LETTERS 16
#define WORD_LETTERS_MAX 8
_Static_assert(sizeof english_letters == LETTERS * sizeof(Spellings), "as many letters");
_Static_assert(sizeof arabic_letters == LETTERS * sizeof(Spellings), "as many letters");
_Static_assert(sizeof kurdish_letters == LETTERS * sizeof(Spellings), "as many letters");

/* What may be glued to the front or the end of any word. */
#define GLUED 12
struct model_language {
	const char *code;
	Spellings *letters;
	const char *before[GLUED]; /* the first is nothing */
	const char *possessive;
};
static const struct model_language languages[LANGUAGES] = {
    {"en", english_letters, {""}, "\u2019s"},
    {"ar",
     arabic_letters,
     {"", "\u0648", "\u0627\u0644", "\u0671\u0644\u0640", "\u0648\u064E\u0627\u0644",
      "\u0628\u0627\u0644", "\u0643\u0627\u0644", "\u0641\u0627\u0644", "\u0644\u0644",
      "\u0648\u0644\u0644", "\u0648\u0628\u0627\u0644", "\u0648\u0643\u0627\u0644"},
     ""},
    {"ckb", kurdish_letters, {""}, ""}};

/* A word is its number in its language; its letters are the number's digits, after some that make
 * words of one language differ in length. */
static void word_write(struct buf *text, unsigned language, unsigned word, bool is_plain)
{
	Spellings *letters = languages[language].letters;
	unsigned length = 2 + word % 3;
	unsigned rest = word;
	unsigned glued = random_below(2) == 0 ? 0 : random_below(GLUED);
	const char *before = languages[language].before[glued];
	if (!is_plain && before != NULL)
		buf_format(text, "%s", before);
	for (unsigned i = 0; i < length + 3 && i < WORD_LETTERS_MAX; i++) {
		/* The first three letters say which word it is. */
		unsigned letter = i < 3 ? rest % LETTERS : (word * 7 + i) % LETTERS;
		rest = i < 3 ? rest / LETTERS : rest;
		unsigned count = 1;
		while (letters[letter][count] != NULL)
			count++;
		bool is_varied = !is_plain && random_below(4) == 0;
		buf_format(text, "%s", letters[letter][is_varied ? random_below(count) : 0]);
	}
	if (!is_plain && random_below(8) == 0)
		buf_format(text, "%s", languages[language].possessive);
}

/* ---- the model ---- */

struct model_line {
	uint16_t words[TEXT_WORDS_MAX];
	unsigned count;
};
struct model_document {
	int64_t id;
	Time published;
	unsigned language;
	int64_t section_id;
	struct model_line lines[DOCUMENT_LINES];
};
static struct model_document documents[DOCUMENTS]; /* newest first, once sorted */

static int documents_compare(const void *a, const void *b)
{
	const struct model_document *first = a;
	const struct model_document *second = b;
	if (first->published != second->published)
		return first->published > second->published ? -1 : 1;
	return first->id > second->id ? -1 : 1;
}

static void documents_make(void)
{
	static const unsigned longest[DOCUMENT_LINES] = {8, 12, TEXT_WORDS_MAX};
	random_state = 3;
	for (int64_t i = 0; i < DOCUMENTS; i++) {
		struct model_document *document = &documents[i];
		document->id = i + 1;
		/* Some at one moment, some before 1970. */
		document->published = START + (Time)random_below(500) * HOUR_MS;
		if (random_below(50) == 0)
			document->published = -(Time)random_below(10);
		document->language = random_below(LANGUAGES);
		document->section_id = 1 + random_below(SECTIONS);
		for (unsigned line = 0; line < DOCUMENT_LINES; line++) {
			unsigned count = random_below(longest[line]) + (line == LINE_HEADLINE);
			document->lines[line].count = count;
			for (unsigned word = 0; word < count; word++)
				document->lines[line].words[word] = (uint16_t)random_word();
		}
	}
}

struct model_term {
	uint16_t words[4];
	unsigned count;
	bool is_excluded;
};
struct question {
	struct model_term terms[4];
	unsigned count;
	struct search_query query;
};

static unsigned line_count(const struct model_line *line, const uint16_t *words, unsigned count)
{
	unsigned found = 0;
	for (unsigned i = 0; i + count <= line->count; i++)
		found += memcmp(line->words + i, words, count * sizeof *words) == 0;
	return found;
}

static bool document_has(const struct model_document *document, const struct model_term *term)
{
	for (unsigned line = 0; line < DOCUMENT_LINES; line++)
		if (line_count(&document->lines[line], term->words, term->count) > 0)
			return true;
	return false;
}

static bool model_matches(const struct question *question, const struct model_document *document)
{
	const struct search_query *query = &question->query;
	if (!str_equal(str_from_c(languages[document->language].code), query->language) ||
	    (query->section_id != 0 && query->section_id != document->section_id) ||
	    (query->has_from && document->published < query->from) ||
	    (query->has_until && document->published >= query->until))
		return false;
	for (unsigned i = 0; i < question->count; i++)
		if (document_has(document, &question->terms[i]) == question->terms[i].is_excluded)
			return false;
	return true;
}

static int64_t model_score(const struct question *question, const struct model_document *document)
{
	uint16_t together[4 * 4];
	unsigned words = 0;
	unsigned terms = 0;
	int64_t score = 0;
	const struct model_line *lines = document->lines;
	for (unsigned i = 0; i < question->count; i++) {
		const struct model_term *term = &question->terms[i];
		if (term->is_excluded)
			continue;
		unsigned in_text = line_count(&lines[LINE_TEXT], term->words, term->count);
		score += line_count(&lines[LINE_HEADLINE], term->words, term->count) > 0 ? 64 : 0;
		score += line_count(&lines[LINE_STANDFIRST], term->words, term->count) > 0 ? 16 : 0;
		score += INT64_C(2) * (in_text < 8 ? in_text : 8);
		memcpy(together + words, term->words, term->count * sizeof *together);
		words += term->count;
		terms++;
	}
	if (terms < 2)
		return score;
	if (line_count(&lines[LINE_HEADLINE], together, words) > 0)
		return score + 128;
	bool is_together = line_count(&lines[LINE_STANDFIRST], together, words) > 0 ||
	                   line_count(&lines[LINE_TEXT], together, words) > 0;
	return score + (is_together ? 32 : 0);
}

struct model_hit {
	int64_t id, score;
	int rank; /* by publication */
};

static int model_hits_compare(const void *a, const void *b)
{
	const struct model_hit *first = a;
	const struct model_hit *second = b;
	if (first->score != second->score)
		return first->score > second->score ? -1 : 1;
	return first->rank - second->rank;
}

static size_t model_find(const struct question *question, struct model_hit hits[DOCUMENTS])
{
	size_t count = 0;
	bool is_scored = question->query.order == SEARCH_RELEVANCE;
	for (int i = 0; i < DOCUMENTS; i++)
		if (model_matches(question, &documents[i]))
			hits[count++] = (struct model_hit){
			    documents[i].id, is_scored ? model_score(question, &documents[i]) : 0, i};
	qsort(hits, count, sizeof *hits, model_hits_compare);
	return count;
}

/* ---- the stories, as they are put in ---- */

static Str line_text(unsigned language, const struct model_line *line)
{
	static const char *const gaps[] = {" ",       "\u00A0", ", ",      " \u2014 ",
	                                   "\u060C ", ". ",     " \u00AB", "\u201D "};
	struct buf text;
	buf_init(&text, 65536);
	for (unsigned i = 0; i < line->count; i++) {
		buf_format(&text, "%s", i == 0 ? "" : gaps[random_below(4) == 0 ? random_below(8) : 0]);
		word_write(&text, language, line->words[i], false);
	}
	return str_from_c(test_c_string(&mem, &text));
}

static struct search_entry document_entry(const struct model_document *document)
{
	struct search_entry entry;
	unsigned language = document->language;
	struct search_document put = {
	    .story_id = document->id,
	    .published = document->published,
	    .language = str_from_c(languages[language].code),
	    .section_id = document->section_id,
	    .headline = line_text(language, &document->lines[LINE_HEADLINE]),
	    .standfirst = line_text(language, &document->lines[LINE_STANDFIRST]),
	    .text = line_text(language, &document->lines[LINE_TEXT]),
	};
	assert_int_equal(search_prepare(&put, &mem, &entry), OK);
	return entry;
}

#define ACT_DOCUMENTS 100
static Err entries_put(struct db_connection *connection, void *state)
{
	struct search_entry *entries = state;
	for (size_t i = 0; i < ACT_DOCUMENTS; i++)
		TRY(search_put(connection, &entries[i]));
	return OK;
}

static void documents_put(struct db *db)
{
	struct search_entry entries[ACT_DOCUMENTS];
	documents_make();
	for (size_t i = 0; i < DOCUMENTS; i++) {
		entries[i % ACT_DOCUMENTS] = document_entry(&documents[i]);
		if (i % ACT_DOCUMENTS == ACT_DOCUMENTS - 1)
			assert_int_equal(db_commit(db, &(struct db_act){"fill", entries_put, entries}), OK);
	}
	qsort(documents, DOCUMENTS, sizeof *documents, documents_compare);
}

/* ---- questions ---- */

/* A phrase that is somewhere, or that is perhaps nowhere. */
static struct model_term random_term(unsigned language)
{
	struct model_term term = {.count = 1 + random_below(3) * random_below(2)};
	if (random_below(3) > 0) {
		for (int tries = 0; tries < 100; tries++) {
			const struct model_document *document = &documents[random_below(DOCUMENTS)];
			const struct model_line *line = &document->lines[random_below(DOCUMENT_LINES)];
			if (document->language != language || line->count < term.count)
				continue;
			unsigned start = random_below(line->count - term.count + 1);
			memcpy(term.words, line->words + start, term.count * sizeof *term.words);
			return term;
		}
	}
	for (unsigned i = 0; i < term.count; i++)
		term.words[i] = (uint16_t)random_word();
	return term;
}

static const char *term_write(struct buf *text, unsigned language, const struct model_term *term)
{
	static const char *const quotes[][2] = {
	    {"\"", "\""}, {"\u201C", "\u201D"}, {"\u00AB", "\u00BB"}, {"'", "'"}};
	const char *const *quote = quotes[random_below(4)];
	buf_format(text, " %s%s", term->is_excluded ? "-" : "", term->count > 1 ? quote[0] : "");
	for (unsigned i = 0; i < term->count; i++) {
		buf_format(text, "%s", i == 0 ? "" : " ");
		word_write(text, language, term->words[i], false);
	}
	buf_format(text, "%s", term->count > 1 ? quote[1] : "");
	return NULL;
}

static struct question random_question(void)
{
	struct question question = {.count = 1 + random_below(3)};
	unsigned language = random_below(LANGUAGES);
	struct buf text;
	buf_init(&text, 4096);
	for (unsigned i = 0; i < question.count; i++) {
		question.terms[i] = random_term(language);
		question.terms[i].is_excluded = i > 0 && random_below(4) == 0;
		term_write(&text, language, &question.terms[i]);
	}
	question.query =
	    test_query_in(&mem, languages[language].code, str_from_c(test_c_string(&mem, &text)));
	assert_int_equal(question.query.term_count, question.count);
	question.query.section_id = random_below(3) == 0 ? 1 + random_below(SECTIONS) : 0;
	question.query.has_from = random_below(3) == 0;
	question.query.from = START + random_below(500) * HOUR_MS;
	question.query.has_until = random_below(3) == 0;
	question.query.until = START + random_below(500) * HOUR_MS;
	question.query.order = random_below(2) == 0 ? SEARCH_NEWEST : SEARCH_RELEVANCE;
	return question;
}

/* ---- asking ---- */

/* All pages of it; stops at the first that differs. */
static size_t assert_question(struct db_connection *connection, struct question *question)
{
	static struct model_hit expected[DOCUMENTS];
	size_t count = model_find(question, expected);
	struct search_query query = question->query;
	size_t place = 0;
	struct search_result result;
	do {
		assert_int_equal(search_find(connection, &query, PAGE, &mem, &result), OK);
		assert_false(result.is_bounded);
		for (size_t i = 0; i < result.count; i++, place++) {
			bool is_expected = place < count && result.hits[i].story_id == expected[place].id &&
			                   result.hits[i].score == expected[place].score;
			if (!is_expected)
				print_error("%s: hit %zu of %zu is story %lld\n", test_query_text(&mem, &query),
				            place, count, (long long)result.hits[i].story_id);
			assert_true(is_expected);
		}
		assert_int_equal(result.has_more, place < count);
		query.before = result.before;
		query.skip = place;
	} while (result.has_more);
	assert_int_equal(place, count);
	return count;
}

static void test_search_finds_the_same_set_in_the_same_order(void **state)
{
	struct db *db = db_test_db(state);
	size_t found = 0;
	size_t answered = 0;
	DB_READ connection = NULL;
	documents_put(db);
	assert_int_equal(db_read_begin(db, &connection), OK);
	for (int i = 0; i < QUESTIONS; i++) {
		struct question question = random_question();
		size_t count = assert_question(connection, &question);
		found += count;
		answered += count > 0;
	}
	/* Questions that nothing answers would prove nothing. */
	assert_in_range(answered, QUESTIONS / 2, QUESTIONS - 10);
	assert_true(found > 5000);
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)2 * 1024 * 1024 * 1024);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_search_finds_the_same_set_in_the_same_order),
	};
	return cmocka_run_group_tests_name("search_engines", tests, setup, teardown);
}
