/* Fills a site with stories in every language that Courant speaks, and replies under them, by the
 * acts with which an archive is brought along, so that what is measured on it is what a newsroom
 * with such an archive has.
 *
 *   courant init DIR --name Archive --timezone UTC
 *   build/release/fill DIR STORIES [REPLIES]
 *
 * The words are made up, but fall as words do (Zipf), the most frequent ones being real. Of ten
 * stories one has two fifths of the replies and two have none. The same numbers give the same
 * texts, a story every seven minutes up to now. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "replies/replies.h"
#include "server/site_folder.h"

#define THREADS 3 /* one commits while the others prepare */
#define BATCH STORY_ADD_MAX
#define VOCABULARY 20000
#define STEP_MS (7 * MINUTE_MS)
#define TAGS 2000
#define BYLINES 150
#define SOURCES 12
#define SECTIONS 8
#define VOCABULARY_BYTES ((size_t)64 << 20)
#define BATCH_BYTES ((size_t)64 << 20)
#define TEXT_BYTES ((size_t)128 * 1024)
#define REPLY_DAYS 3 /* so long a story is replied to */

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
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(out, ' ');
		buf_add(out, word_draw(script, state));
	}
}

/* ---- stories ---- */

struct fill {
	struct world *world;
	uint64_t stories, replies;
	Time end;
	int64_t begun_ms, told_ms; /* told_ms under lock */
	uint64_t made, told;       /* stories, under lock */
	uint64_t made_replies;     /* under lock */
	pthread_mutex_t lock;
	_Atomic uint64_t next; /* story */
	_Atomic bool failed;
};

/* What one thread is at. */
struct batch {
	struct fill *fill;
	struct arena mem;
	uint64_t first; /* the number of its first story */
	size_t count;
	struct story_input stories[BATCH];
	int64_t ids[BATCH];
	struct reply_create_input replies[REPLY_CREATE_MAX];
	size_t reply_count;
};

static uint64_t state_of(uint64_t number)
{
	return (number + 1) * 0x9E3779B97F4A7C15ULL;
}

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
	buf_init(&text, TEXT_BYTES);
	words_add(&text, script, count, state);
	CHECK(arena_copy(mem, buf_str(&text), &kept) == OK);
	return kept;
}

static Str body_kept(struct arena *mem, size_t script, uint64_t *state)
{
	struct buf text CLEANUP(buf_done);
	Str kept = S("");
	size_t paragraphs = 4 + draw(state) % 7;
	buf_init(&text, TEXT_BYTES);
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

/* Half of all stories are in the first one, as news is with most newsrooms. */
static Str section_kept(struct arena *mem, uint64_t *state)
{
	return name_kept(mem, "Section", draw(state) % 4 == 0 ? 1 : SECTIONS, state);
}

static void story_make(struct batch *batch, size_t index)
{
	struct arena *mem = &batch->mem;
	uint64_t number = batch->first + index;
	uint64_t state = state_of(number);
	size_t script = script_draw(&state);
	Str *tags = ARENA_ARRAY(mem, Str, 3);
	Str *byline = ARENA_NEW(mem, Str);
	CHECK(tags != NULL && byline != NULL);
	for (size_t i = 0; i < 3; i++)
		tags[i] = name_kept(mem, "Topic", TAGS, &state);
	*byline = name_kept(mem, "Reporter", BYLINES, &state);
	batch->stories[index] = (struct story_input){
	    .headline = words_kept(mem, script, 6 + draw(&state) % 5, &state),
	    .standfirst = words_kept(mem, script, 14, &state),
	    .language = str_from_c(scripts[script].code),
	    .section = section_kept(mem, &state),
	    .source = draw(&state) % 2 == 0 ? name_kept(mem, "Agency", SOURCES, &state) : S(""),
	    .tags = tags,
	    .tag_count = 3,
	    .bylines = byline,
	    .byline_count = 1,
	    .body = body_kept(mem, script, &state),
	    .format = BODY_TEXT,
	    .published_at = batch->fill->end - (Time)(batch->fill->stories - number) * STEP_MS,
	    .publish = true,
	};
}

/* ---- replies ---- */

/* How many of a hundred replies the stories before the `number`th of ten have. */
static const uint64_t shares[10] = {0, 40, 65, 80, 89, 94, 97, 99, 100, 100};

static uint64_t share_before(uint64_t number)
{
	return number / 10 * 100 + shares[number % 10];
}

/* Of all replies, those of the stories before this one. */
static uint64_t replies_before(const struct fill *fill, uint64_t number)
{
	return (uint64_t)((double)fill->replies * (double)share_before(number) /
	                  (double)share_before(fill->stories));
}

/* On a busy machine an act may not get its turn in time. */
static bool is_to_be_repeated(const struct fill *fill, Err err)
{
	return err == ERR_UNAVAILABLE && db_can_write(fill->world->db);
}

static Err replies_write(struct batch *batch)
{
	const struct fill *fill = batch->fill;
	size_t new_count;
	Err err = OK;
	if (batch->reply_count == 0)
		return OK;
	do
		err = reply_create_many(fill->world, batch->replies, batch->reply_count, &new_count);
	while (is_to_be_repeated(fill, err));
	batch->reply_count = 0;
	return err;
}

static void reply_make(struct batch *batch, size_t index, uint64_t reply, uint64_t *state)
{
	struct arena *mem = &batch->mem;
	struct reply_create_input *input = &batch->replies[batch->reply_count++];
	size_t script = script_draw(&(uint64_t){state_of(batch->first + index)});
	Time later = batch->stories[index].published_at + (Time)(draw(state) % (REPLY_DAYS * DAY_MS));
	*input = (struct reply_create_input){
	    .story_id = batch->ids[index],
	    .checked = {.name = words_kept(mem, script, 2, state),
	                .website = S(""),
	                .text = words_kept(mem, script, 10 + draw(state) % 50, state)},
	    .created = later < batch->fill->end ? later : batch->fill->end,
	};
	CHECK(arena_format(mem, &input->checked.email, "reader%llu@example.org",
	                   (unsigned long long)(draw(state) % 100000)) == OK);
	CHECK(arena_format(mem, &input->key, "fill-%012llu", (unsigned long long)reply) == OK);
}

static Err replies_add(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		uint64_t number = batch->first + i;
		uint64_t state = state_of(number) ^ 0xD1B54A32D192ED03ULL;
		uint64_t end = replies_before(batch->fill, number + 1);
		for (uint64_t reply = replies_before(batch->fill, number); reply < end; reply++) {
			reply_make(batch, i, reply, &state);
			if (batch->reply_count == REPLY_CREATE_MAX)
				TRY(replies_write(batch));
		}
	}
	return replies_write(batch);
}

/* ---- how it goes ---- */

#define TELL_MS 5000

static double per_minute(uint64_t stories, int64_t ms)
{
	return (double)stories * MINUTE_MS / (double)(ms < 1 ? 1 : ms);
}

/* Counts a batch that is on disk; every few seconds a line says how fast it goes now. */
static void progress_note(struct fill *fill, uint64_t stories, uint64_t replies)
{
	pthread_mutex_lock(&fill->lock);
	int64_t now_ms = monotonic_ms();
	fill->made += stories;
	fill->made_replies += replies;
	if (now_ms - fill->told_ms >= TELL_MS) {
		fprintf(stderr, "fill: %llu of %llu stories, %llu replies; %.0f stories a minute\n",
		        (unsigned long long)fill->made, (unsigned long long)fill->stories,
		        (unsigned long long)fill->made_replies,
		        per_minute(fill->made - fill->told, now_ms - fill->told_ms));
		fill->told = fill->made;
		fill->told_ms = now_ms;
	}
	pthread_mutex_unlock(&fill->lock);
}

static void progress_end(const struct fill *fill)
{
	int64_t ms = monotonic_ms() - fill->begun_ms;
	fprintf(stderr, "fill: %llu stories and %llu replies in %.1f s: %.0f stories a minute\n",
	        (unsigned long long)fill->made, (unsigned long long)fill->made_replies,
	        (double)ms / 1000, per_minute(fill->made, ms));
}

/* ---- filling ---- */

static Err batch_add(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		story_make(batch, i);
	Err err;
	do
		err = story_add_many(batch->fill->world, batch->stories, batch->count, batch->ids);
	while (is_to_be_repeated(batch->fill, err));
	TRY(err);
	return replies_add(batch);
}

static void *fill_some(void *context)
{
	struct fill *fill = context;
	struct batch *batch = calloc(1, sizeof *batch);
	CHECK(batch != NULL);
	batch->fill = fill;
	arena_init(&batch->mem, BATCH_BYTES);
	while (!fill->failed && (batch->first = atomic_fetch_add(&fill->next, BATCH)) < fill->stories) {
		uint64_t left = fill->stories - batch->first;
		batch->count = left < BATCH ? (size_t)left : BATCH;
		if (batch_add(batch) == OK)
			progress_note(fill, batch->count,
			              replies_before(fill, batch->first + batch->count) -
			                  replies_before(fill, batch->first));
		else if (!atomic_exchange(&fill->failed, true))
			fprintf(stderr, "fill: from story %llu on: %.*s\n", (unsigned long long)batch->first,
			        STR(err_text()));
		arena_clear(&batch->mem);
	}
	arena_done(&batch->mem);
	free(batch);
	return NULL;
}

static void fill_run(struct fill *fill)
{
	pthread_t threads[THREADS];
	fill->begun_ms = fill->told_ms = monotonic_ms();
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, fill_some, fill) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	progress_end(fill);
}

int main(int argc, char **argv)
{
	struct site_folder folder;
	struct fill fill = {.lock = PTHREAD_MUTEX_INITIALIZER};
	if (argc < 3 || argc > 4 || !str_parse_uint(str_from_c(argv[2]), 100000000, &fill.stories) ||
	    (argc == 4 && !str_parse_uint(str_from_c(argv[3]), 1000000000, &fill.replies))) {
		fputs("Usage: fill SITE STORIES [REPLIES]\n", stderr);
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
	db_wait_long(folder.db);
	fill.world = &folder.world;
	fill.end = clock_now(folder.world.clock);
	fill_run(&fill);
	site_folder_close(&folder);
	return fill.failed ? 1 : 0;
}
