/* What an act on a story tells readers with a page open, and what it keeps to itself. */
#include "stories/stories_test_support.h"

struct told {
	struct buf words;
};

/* "bar:en updated:1 …" */
static void tell(const struct act_news *news, size_t count, void *context)
{
	static const char *const words[] = {
	    [NEWS_STORY_UPDATED] = "updated",
	    [NEWS_STORY_CORRECTED] = "corrected",
	    [NEWS_STORY_WITHDRAWN] = "withdrawn",
	    [NEWS_STORY_BACK] = "back",
	};
	struct told *told = context;
	for (size_t i = 0; i < count; i++) {
		if (told->words.length > 0)
			buf_add_byte(&told->words, ' ');
		if (news[i].kind == NEWS_BREAKING)
			buf_format(&told->words, "bar:%.*s", STR(news[i].language->code));
		else
			buf_format(&told->words, "%s:%lld", words[news[i].kind], (long long)news[i].story);
	}
}

#define assert_tells(told, act, expected)                                                          \
	do {                                                                                           \
		buf_clear(&(told)->words);                                                                 \
		assert_err(act, OK, NULL);                                                                 \
		assert_str(buf_str(&(told)->words), expected);                                             \
	} while (0)

static Err edit(struct newsroom *newsroom, int64_t id, struct story_input input, unsigned fields)
{
	return story_edit(&newsroom->world, id, &input, fields);
}

static Err correct(struct newsroom *newsroom, int64_t id, enum correction_kind kind)
{
	struct story_input input = {0};
	return story_correct(&newsroom->world, id, kind, S("The day was wrong."), &input, 0);
}

static void told_done(struct told *told)
{
	buf_done(&told->words);
}

static void test_readers_hear_of_what_they_see_alone(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	CLEANUP(told_done) struct told told;
	buf_init(&told.words, 4096);
	const struct act_listener listener = {tell, &told};
	struct world *world = &newsroom.world;
	const struct story_input headline = {.headline = S("Another headline")};
	int64_t id;
	world->listener = &listener;
	struct story_input input =
	    newsroom_input((struct story_input){.breaking = true, .breaking_ms = HOUR_MS});
	/* A draft is nobody's business, breaking or not. */
	assert_tells(&told, story_add(world, &input, &id), "");
	assert_tells(&told, edit(&newsroom, id, headline, STORY_HEADLINE), "");
	assert_tells(&told, story_publish(world, id, 0), "bar:en");
	assert_tells(&told, edit(&newsroom, id, input, STORY_HEADLINE), "bar:en updated:1");
	assert_tells(&told, edit(&newsroom, id, (struct story_input){0}, STORY_BREAKING),
	             "bar:en updated:1");
	assert_tells(&told, edit(&newsroom, id, headline, STORY_HEADLINE), "updated:1");
	assert_tells(&told, correct(&newsroom, id, CORRECTION), "corrected:1");
	assert_tells(&told, correct(&newsroom, id, UPDATE), "updated:1");
	assert_tells(&told, story_withdraw(world, id), "withdrawn:1");
	/* Whoever repeats what is done may not know whether readers were told. */
	assert_tells(&told, story_withdraw(world, id), "withdrawn:1");
	assert_tells(&told, edit(&newsroom, id, input, STORY_HEADLINE), "");
	assert_tells(&told, story_publish(world, id, 0), "back:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_readers_hear_of_what_they_see_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
