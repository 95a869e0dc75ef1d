/* Fills a site with stories in every language that Courant speaks, through the same act as the desk
 * uses, so that what is measured on it is what a newsroom with such an archive has.
 *
 *   courant init DIR --name Archive --timezone UTC
 *   build/release/fill DIR STORIES
 *
 * The words are made up, but fall as words do (Zipf), the most frequent ones being real. The same
 * number gives the same stories, one every seven minutes up to now. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/site_folder.h"
#include "stories/stories.h"

#define THREADS 32 /* so many acts share a COMMIT */
#define VOCABULARY 20000
#define STEP_MS (7 * MINUTE_MS)
#define TAGS 2000
#define BYLINES 150
#define SOURCES 12
#define VOCABULARY_BYTES ((size_t)64 << 20)
#define STORY_BYTES ((size_t)256 * 1024)

/* ---- words ---- */

struct script {
	const char *code;
	const char *const *common;    /* ended by NULL */
	const char *const *syllables; /* ended by NULL */
};
static const char *const en_common[] = {"the", "of",  "and", "to",  "in",   "a",    "said",
                                        "on",  "for", "was", "his", "that", "with", NULL};
static const char *const ar_common[] = {"في", "من", "على", "إلى", "أن", "التي",
                                        "عن", "مع", "قال", "بعد", "ما", NULL};
static const char *const ckb_common[] = {"لە",    "و",   "بۆ",   "بە",  "کە", "ئەم",
                                         "لەگەڵ", "کرد", "دوای", "ئەو", NULL};
static const char *const en_syllables[] = {"ba",  "ker", "li", "mon", "ta", "ri", "ves", "do",
                                           "gan", "shu", "el", "por", "ni", "ca", "wes", NULL};
static const char *const ar_syllables[] = {"با", "كر", "لي", "مو", "تا", "ري", "سم", "دو",
                                           "جن", "شا", "حل", "عر", "قا", "نو", "هد", NULL};
static const char *const ckb_syllables[] = {"با", "کە", "لێ", "مۆ", "تا", "ڕی", "سە", "دو",
                                            "گە", "شا", "ڵە", "پێ", "چا", "نو", "هێ", NULL};
static const struct script scripts[] = {
    {"en", en_common, en_syllables},
    {"ar", ar_common, ar_syllables},
    {"ckb", ckb_common, ckb_syllables},
};
enum { SCRIPTS = sizeof scripts / sizeof scripts[0] };
static Str vocabulary[SCRIPTS][VOCABULARY];

/* xorshift64* (Vigna). */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1DULL;
}

static double draw_fraction(uint64_t *state)
{
	return (double)(draw(state) >> 11) / 9007199254740992.0;
}

static size_t list_length(const char *const *list)
{
	size_t length = 0;
	while (list[length] != NULL)
		length++;
	return length;
}

static void vocabulary_make(size_t index, struct arena *mem)
{
	const struct script *script = &scripts[index];
	size_t common = list_length(script->common);
	size_t syllables = list_length(script->syllables);
	uint64_t state = 7919 + index;
	for (size_t i = 0; i < VOCABULARY; i++) {
		size_t parts = 2 + draw(&state) % 3;
		Str word = i < common ? str_from_c(script->common[i]) : S("");
		for (size_t j = 0; i >= common && j < parts; j++)
			CHECK(arena_format(mem, &word, "%.*s%s", STR(word),
			                   script->syllables[draw(&state) % syllables]) == OK);
		vocabulary[index][i] = word;
	}
}

/* The rank's frequency is one over the rank. */
static Str word_draw(size_t script, uint64_t *state)
{
	size_t rank = (size_t)exp(draw_fraction(state) * log(VOCABULARY));
	return vocabulary[script][rank - 1 < VOCABULARY ? rank - 1 : 0];
}

static void words_add(struct buf *out, size_t script, size_t count, uint64_t *state)
{
	for (size_t i = 0; i < count; i++)
		buf_format(out, i == 0 ? "%.*s" : " %.*s", STR(word_draw(script, state)));
}

/* ---- stories ---- */

struct fill {
	struct world *world;
	size_t count;
	Time end;
	atomic_size_t next;
	atomic_size_t failed;
};

static size_t script_draw(uint64_t *state)
{
	size_t percent = draw(state) % 100;
	size_t script = percent < 45 ? 0 : percent < 80 ? 1 : 2;
	return language_find(str_from_c(scripts[script].code)) != NULL ? script : 0;
}

static Str words_kept(struct arena *mem, size_t script, size_t count, uint64_t *state)
{
	struct buf text CLEANUP(buf_done);
	Str kept = S("");
	buf_init(&text, STORY_BYTES / 4);
	words_add(&text, script, count, state);
	CHECK(arena_copy(mem, buf_str(&text), &kept) == OK);
	return kept;
}

static Str body_kept(struct arena *mem, size_t script, uint64_t *state)
{
	struct buf text CLEANUP(buf_done);
	Str kept = S("");
	size_t paragraphs = 4 + draw(state) % 7;
	buf_init(&text, STORY_BYTES / 2);
	for (size_t i = 0; i < paragraphs; i++) {
		words_add(&text, script, 30 + draw(state) % 50, state);
		buf_add(&text, S(".\n\n"));
	}
	CHECK(arena_copy(mem, buf_str(&text), &kept) == OK);
	return kept;
}

static Str name_kept(struct arena *mem, const char *what, size_t count, uint64_t *state)
{
	Str kept = S("");
	size_t rank = (size_t)exp(draw_fraction(state) * log((double)count));
	CHECK(arena_format(mem, &kept, "%s %zu", what, rank) == OK);
	return kept;
}

static Err fill_story(struct fill *fill, size_t number, struct arena *mem)
{
	uint64_t state = (number + 1) * 0x9E3779B97F4A7C15ULL;
	size_t script = script_draw(&state);
	Str tags[3];
	for (size_t i = 0; i < 3; i++)
		tags[i] = name_kept(mem, "Topic", TAGS, &state);
	Str byline = name_kept(mem, "Reporter", BYLINES, &state);
	struct story_input input = {
	    .headline = words_kept(mem, script, 6 + draw(&state) % 5, &state),
	    .standfirst = words_kept(mem, script, 14, &state),
	    .language = str_from_c(scripts[script].code),
	    .section = name_kept(mem, "Section", 8, &state),
	    .source = draw(&state) % 2 == 0 ? name_kept(mem, "Agency", SOURCES, &state) : S(""),
	    .tags = tags,
	    .tag_count = 3,
	    .bylines = &byline,
	    .byline_count = 1,
	    .body = body_kept(mem, script, &state),
	    .format = BODY_TEXT,
	    .published_at = fill->end - (Time)(fill->count - number) * STEP_MS,
	    .publish = true,
	};
	int64_t id;
	return story_add(fill->world, &input, &id);
}

static void *fill_some(void *context)
{
	struct fill *fill = context;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, STORY_BYTES);
	for (size_t number; (number = atomic_fetch_add(&fill->next, 1)) < fill->count;) {
		if (fill_story(fill, number, &mem) != OK) {
			if (atomic_fetch_add(&fill->failed, 1) == 0)
				fprintf(stderr, "fill: story %zu: %.*s\n", number, STR(err_text()));
		}
		if (number % 10000 == 9999)
			fprintf(stderr, "fill: %zu stories\n", number + 1);
		arena_clear(&mem);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct site_folder folder;
	uint64_t count;
	pthread_t threads[THREADS];
	if (argc != 3 || !str_parse_uint(str_from_c(argv[2]), 100000000, &count)) {
		fputs("Usage: fill SITE STORIES\n", stderr);
		return 2;
	}
	if (site_folder_open(&folder, str_from_c(argv[1]), NULL, 0) != OK) {
		fprintf(stderr, "fill: %.*s\n", STR(err_text()));
		return 1;
	}
	struct arena words CLEANUP(arena_done);
	arena_init(&words, VOCABULARY_BYTES);
	for (size_t i = 0; i < SCRIPTS; i++)
		vocabulary_make(i, &words);
	struct fill fill = {
	    .world = &folder.world, .count = count, .end = clock_now(folder.world.clock)};
	int64_t start = monotonic_ms();
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, fill_some, &fill) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	int64_t took = monotonic_ms() - start;
	fprintf(stderr, "fill: %zu stories in %lld ms, %zu refused\n", (size_t)count - fill.failed,
	        (long long)took, (size_t)fill.failed);
	site_folder_close(&folder);
	return fill.failed == 0 ? 0 : 1;
}
