/* How long searches take: fills an empty database with stories in three languages whose words are
 * as common as in real texts (Zipf), then asks. Called with the path of a SQLite file that is not
 * there yet, or the address of an empty PostgreSQL database, and the number of stories. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/random.h"
#include "search/search.h"

#define WORDS 60000 /* of a language */
#define LANGUAGES 3
#define TEXT_WORDS_MIN 120
#define TEXT_WORDS_MAX 480
#define HEADLINE_WORDS 10
#define SECTIONS 20
#define ACT_DOCUMENTS 100
#define ROUNDS 300 /* questions of a kind */
#define PAGE 20
#define START ((Time)1262304000000)
#define APART_MS 5000000 /* between two stories: a hundred thousand take sixteen years */

static double cumulative[WORDS];
static uint64_t random_state = 7;

static double random_unit(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(random_state >> 11) / (double)(UINT64_C(1) << 53);
}

static unsigned random_below(unsigned limit)
{
	return (unsigned)(random_unit() * limit);
}

static unsigned random_word(void)
{
	double wanted = random_unit() * cumulative[WORDS - 1];
	unsigned low = 0;
	unsigned high = WORDS - 1;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (cumulative[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static double clock_ms(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static void must(Err err)
{
	if (err == OK)
		return;
	fprintf(stderr, "bench: %.*s\n", STR(err_text()));
	exit(1);
}

/* ---- texts ---- */

static const char *const codes[LANGUAGES] = {"en", "ar", "ckb"};

/* Common words are short. */
static void word_add(struct buf *text, unsigned language, unsigned word)
{
	static const char *const letters[LANGUAGES][16] = {
	    {"e", "t", "a", "o", "i", "n", "s", "r", "h", "l", "d", "c", "u", "m", "p", "g"},
	    {"ا", "ل", "ي", "م", "ن", "ر", "ت", "ب", "ع", "د", "ف", "س", "ق", "ح", "ك", "ج"},
	    {"ا", "ە", "ی", "ن", "و", "ک", "ر", "د", "ب", "ت", "م", "ل", "س", "ش", "گ", "ێ"}};
	unsigned rest = word + 16;
	while (rest > 0) {
		buf_format(text, "%s", letters[language][rest % 16]);
		rest /= 16;
	}
	for (unsigned i = 0; word > 200 && i < word % 4; i++)
		buf_format(text, "%s", letters[language][(word + i) % 16]);
}

static void text_make(struct buf *text, unsigned language, unsigned words)
{
	buf_clear(text);
	for (unsigned i = 0; i < words; i++) {
		word_add(text, language, random_word());
		buf_format(text, "%s", i % 12 == 11 ? ". " : " ");
	}
}

/* ---- filling ---- */

static Err entries_put(struct db_connection *connection, void *state)
{
	struct search_entry *entries = state;
	for (size_t i = 0; i < ACT_DOCUMENTS; i++)
		TRY(search_put(connection, &entries[i]));
	return OK;
}

static void fill(struct db *db, int64_t count)
{
	struct arena mem CLEANUP(arena_done);
	struct buf headline CLEANUP(buf_done);
	struct buf text CLEANUP(buf_done);
	struct search_entry entries[ACT_DOCUMENTS];
	double preparing_ms = 0;
	double putting_ms = 0;
	arena_init(&mem, (size_t)1024 * 1024 * 1024);
	buf_init(&headline, 65536);
	buf_init(&text, 1 << 20);
	for (int64_t id = 1; id <= count; id++) {
		unsigned language = (unsigned)(id % LANGUAGES);
		text_make(&headline, language, HEADLINE_WORDS);
		text_make(&text, language, TEXT_WORDS_MIN + random_below(TEXT_WORDS_MAX - TEXT_WORDS_MIN));
		struct search_document document = {
		    .story_id = id,
		    .published = START + id * APART_MS + random_below(APART_MS),
		    .language = str_from_c(codes[language]),
		    .section_id = 1 + (int64_t)(SECTIONS * random_unit() * random_unit()),
		    .headline = buf_str(&headline),
		    .text = buf_str(&text)};
		double start = now_ms();
		must(search_prepare(&document, &mem, &entries[(id - 1) % ACT_DOCUMENTS]));
		preparing_ms += now_ms() - start;
		if (id % ACT_DOCUMENTS != 0)
			continue;
		start = now_ms();
		must(db_commit(db, &(struct db_act){"bench_fill", entries_put, entries}));
		putting_ms += now_ms() - start;
		arena_clear(&mem);
		if (id % 10000 == 0)
			fprintf(stderr, "%lld stories\n", (long long)id);
	}
	printf("a story: %.2f ms to prepare, %.2f ms to put in\n", preparing_ms / (double)count,
	       putting_ms / (double)count);
}

/* ---- asking ---- */

/* What is asked: numbers of words, from the most common one (0) up. */
struct kind {
	const char *name;
	unsigned first, last; /* the words are drawn from these */
	unsigned count;
	bool is_phrase, is_excluding;
	bool has_section, has_dates, is_deep, is_foreign;
	enum search_order order;
};
static const struct kind kinds[] = {
    {.name = "the most common word", .first = 0, .last = 1, .count = 1},
    {.name = "a common word", .first = 0, .last = 30, .count = 1},
    {.name = "five common words", .first = 0, .last = 30, .count = 5},
    {.name = "three middling words", .first = 50, .last = 500, .count = 3},
    {.name = "six middling words", .first = 50, .last = 300, .count = 6},
    {.name = "a rare word", .first = 5000, .last = WORDS, .count = 1},
    {.name = "twelve common words", .first = 0, .last = 60, .count = 12},
    {.name = "words of two languages, never together",
     .first = 0,
     .last = 3,
     .count = 2,
     .is_foreign = true},
    {.name = "common words, others excluded",
     .first = 0,
     .last = 30,
     .count = 3,
     .is_excluding = true},
    {.name = "a phrase of common words", .first = 0, .last = 10, .count = 2, .is_phrase = true},
    {.name = "a phrase of three common words",
     .first = 0,
     .last = 30,
     .count = 3,
     .is_phrase = true},
    {.name = "a phrase of middling words", .first = 50, .last = 500, .count = 2, .is_phrase = true},
    {.name = "a common word, one section", .first = 0, .last = 30, .count = 1, .has_section = true},
    {.name = "two middling words, one section",
     .first = 50,
     .last = 500,
     .count = 2,
     .has_section = true},
    {.name = "a common word, one month", .first = 0, .last = 30, .count = 1, .has_dates = true},
    {.name = "two middling words, one month",
     .first = 50,
     .last = 500,
     .count = 2,
     .has_dates = true},
    {.name = "a common word, deep", .first = 0, .last = 30, .count = 1, .is_deep = true},
    {.name = "two middling words, deep", .first = 50, .last = 500, .count = 2, .is_deep = true},
    {.name = "the most common word, by relevance",
     .first = 0,
     .last = 1,
     .count = 1,
     .order = SEARCH_RELEVANCE},
    {.name = "two common words, by relevance",
     .first = 0,
     .last = 30,
     .count = 2,
     .order = SEARCH_RELEVANCE},
    {.name = "two middling words, by relevance",
     .first = 50,
     .last = 500,
     .count = 2,
     .order = SEARCH_RELEVANCE},
    {.name = "a phrase of common words, by relevance",
     .first = 0,
     .last = 10,
     .count = 2,
     .is_phrase = true,
     .order = SEARCH_RELEVANCE},
};

static void question_write(const struct kind *kind, unsigned language, struct buf *text)
{
	buf_clear(text);
	buf_format(text, "%s", kind->is_phrase ? "\"" : "");
	for (unsigned i = 0; i < kind->count; i++) {
		buf_format(text, "%s", kind->is_excluding && i > 0 ? " -" : " ");
		word_add(text, kind->is_foreign ? (language + i) % LANGUAGES : language,
		         kind->first + random_below(kind->last - kind->first));
	}
	buf_format(text, "%s", kind->is_phrase ? "\"" : "");
}

static int doubles_compare(const void *a, const void *b)
{
	double first = *(const double *)a;
	double second = *(const double *)b;
	return first < second ? -1 : first > second;
}

static void ask(struct db *db, const struct kind *kind, int64_t count)
{
	double took[ROUNDS];
	double busy[ROUNDS]; /* this thread: all of SQLite, and of PostgreSQL the client's part */
	size_t hits = 0;
	struct arena mem CLEANUP(arena_done);
	struct buf text CLEANUP(buf_done);
	arena_init(&mem, (size_t)64 * 1024 * 1024);
	buf_init(&text, 65536);
	for (int i = 0; i < ROUNDS; i++) {
		struct search_query query;
		struct search_result result;
		unsigned language = random_below(LANGUAGES);
		Time someday = START + (Time)(random_unit() * (double)count) * APART_MS;
		arena_clear(&mem);
		question_write(kind, language, &text);
		double start = now_ms();
		double start_busy = clock_ms(CLOCK_THREAD_CPUTIME_ID);
		must(search_parse(buf_str(&text), str_from_c(codes[language]), &mem, &query));
		query.order = kind->order;
		query.section_id = kind->has_section ? 1 + random_below(SECTIONS) : 0;
		query.has_from = query.has_until = kind->has_dates;
		query.from = someday;
		query.until = someday + 30 * DAY_MS;
		query.before = kind->is_deep ? someday << 20 : 0;
		DB_READ connection = NULL;
		must(db_read_begin(db, &connection));
		must(search_find(connection, &query, PAGE, &mem, &result));
		db_read_end(&connection);
		took[i] = now_ms() - start;
		busy[i] = clock_ms(CLOCK_THREAD_CPUTIME_ID) - start_busy;
		hits += result.count;
	}
	qsort(took, ROUNDS, sizeof *took, doubles_compare);
	qsort(busy, ROUNDS, sizeof *busy, doubles_compare);
	printf("%-42s %7.2f %7.2f %7.2f %8.2f   %4.1f\n", kind->name, took[ROUNDS / 2],
	       took[ROUNDS * 99 / 100], took[ROUNDS - 1], busy[ROUNDS * 99 / 100],
	       (double)hits / ROUNDS);
}

static void mark(void)
{
	struct arena mem CLEANUP(arena_done);
	struct buf text CLEANUP(buf_done);
	arena_init(&mem, (size_t)64 * 1024 * 1024);
	buf_init(&text, 65536);
	for (unsigned language = 0; language < LANGUAGES; language++) {
		struct search_query query;
		struct search_marked marked;
		struct buf question CLEANUP(buf_done);
		buf_init(&question, 1024);
		word_add(&question, language, 20);
		double total_ms = 0;
		for (int i = 0; i < ROUNDS; i++) {
			arena_clear(&mem);
			text_make(&text, language, (TEXT_WORDS_MIN + TEXT_WORDS_MAX) / 2);
			must(search_parse(buf_str(&question), str_from_c(codes[language]), &mem, &query));
			double start = now_ms();
			must(search_snippet(&query, buf_str(&text), 200, &mem, &marked));
			total_ms += now_ms() - start;
		}
		printf("a snippet, %-31s %7.2f\n", codes[language], total_ms / ROUNDS);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3 || !random_start()) {
		fprintf(stderr, "usage: bench_search FILE|postgres://… STORIES\n");
		return 2;
	}
	int64_t count = strtoll(argv[2], NULL, 10) / ACT_DOCUMENTS * ACT_DOCUMENTS;
	struct db_options options = {.create = true, .clock = &clock_system};
	bool is_postgres = strncmp(argv[1], "postgres", 8) == 0;
	*(is_postgres ? &options.postgres_url : &options.sqlite_path) = str_from_c(argv[1]);
	for (int i = 0; i < WORDS; i++)
		cumulative[i] = (i == 0 ? 0 : cumulative[i - 1]) + 1.0 / (i + 2);
	struct db *db;
	int64_t there;
	DB_READ connection = NULL;
	must(db_open(&options, &db));
	must(db_read_begin(db, &connection));
	must(db_query_int(connection, SQL("SELECT COUNT(*) FROM search_document"), DB_NO_ARGS, &there));
	db_read_end(&connection);
	if (there == 0)
		fill(db, count);
	printf("%-42s %7s %7s %7s   hits\n", is_postgres ? "PostgreSQL, ms" : "SQLite, ms", "p50",
	       "p99", "max");
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		ask(db, &kinds[i], count);
	mark();
	db_close(db);
	return 0;
}
