#include "stories/stories_test_support.h"

#include "replies/replies.h"

static struct reply_create_input reply_to(int64_t story_id, const char *key, const char *text)
{
	return (struct reply_create_input){.story_id = story_id,
	                                   .checked = {.name = S("Nadia"),
	                                               .email = S("nadia@example.org"),
	                                               .website = S("https://example.org/"),
	                                               .text = str_from_c(text)},
	                                   .key = str_from_c(key)};
}

static Err create(struct newsroom *newsroom, struct reply_create_input input, int64_t *id,
                  bool *is_new)
{
	return reply_create(&newsroom->world, &input, id, is_new);
}

static int64_t created(struct newsroom *newsroom, struct reply_create_input input)
{
	int64_t id;
	bool is_new;
	assert_err(create(newsroom, input, &id, &is_new), OK, NULL);
	assert_true(is_new);
	return id;
}

static size_t list(struct newsroom *newsroom, struct reply_filter filter, struct reply **out)
{
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(reply_list(connection, &filter, &newsroom->mem, out, &count), OK, NULL);
	return count;
}

static int64_t count_of(struct newsroom *newsroom, int64_t story_id)
{
	int64_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(reply_count(connection, story_id, &count), OK, NULL);
	return count;
}

static void test_reply_create_keeps_what_was_written(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	const char *text =
	    "<b>One</b>\n\n\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xF0\x9F\x8C\x8A '; --";
	int64_t id = created(&newsroom, reply_to(story, "k1", text));
	struct reply *replies;
	assert_int_equal(
	    list(&newsroom, (struct reply_filter){.story_id = story, .limit = 10}, &replies), 1);
	assert_int_equal(replies[0].id, id);
	assert_int_equal(replies[0].story_id, story);
	assert_int_equal(replies[0].status, REPLY_VISIBLE);
	assert_str(replies[0].name, "Nadia");
	assert_str(replies[0].email, "nadia@example.org");
	assert_str(replies[0].website, "https://example.org/");
	assert_str(replies[0].format, "text");
	assert_str(replies[0].text, text);
	assert_int_equal(replies[0].created, TEST_NOW);
	assert_int_equal(count_of(&newsroom, story), 1);
}

static void test_reply_create_keeps_the_time_of_one_written_elsewhere(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	struct reply_create_input input = reply_to(story, "k1", "Old.");
	struct reply *replies;
	int64_t id;
	bool is_new;
	input.created = TEST_NOW + 1;
	assert_err(create(&newsroom, input, &id, &is_new), ERR_INVALID, "in the future");
	input.created = TEST_NOW - DAY_MS;
	created(&newsroom, input);
	list(&newsroom, (struct reply_filter){.limit = 1}, &replies);
	assert_int_equal(replies[0].created, TEST_NOW - DAY_MS);
}

static void test_reply_create_stores_one_key_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	int64_t first = created(&newsroom, reply_to(story, "k1", "One."));
	int64_t again;
	bool is_new;
	newsroom_fill_cache(&newsroom);
	assert_err(create(&newsroom, reply_to(story, "k1", "Two."), &again, &is_new), OK, NULL);
	assert_int_equal(again, first);
	assert_false(is_new);
	assert_string_equal(newsroom_dropped(&newsroom), "replies story:1");
	/* Even when the story has gone meanwhile: the reader is told what became of the first. */
	assert_err(story_withdraw(&newsroom.world, story), OK, NULL);
	assert_err(create(&newsroom, reply_to(story, "k1", "One."), &again, &is_new), OK, NULL);
	assert_int_equal(again, first);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM reply")), 1);
}

static void test_reply_create_refuses_what_readers_can_not_see(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id;
	int64_t draft;
	bool is_new;
	struct story_input input = newsroom_input((struct story_input){0});
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	assert_err(story_withdraw(&newsroom.world, story), OK, NULL);
	assert_err(story_add(&newsroom.world, &input, &draft), OK, NULL);
	newsroom_fill_cache(&newsroom);
	assert_err(create(&newsroom, reply_to(story, "k1", "One."), &id, &is_new), ERR_GONE,
	           "was withdrawn");
	assert_err(create(&newsroom, reply_to(draft, "k2", "One."), &id, &is_new), ERR_NOT_FOUND,
	           "there is no story 2");
	assert_err(create(&newsroom, reply_to(77, "k3", "One."), &id, &is_new), ERR_NOT_FOUND,
	           "there is no story 77");
	assert_string_equal(newsroom_dropped(&newsroom), "");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM reply")), 0);
}

static void test_reply_acts_drop_the_story_s_page_and_what_lists_replies(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tag = S("Rain");
	int64_t story = newsroom_add(&newsroom, (struct story_input){.tags = &tag, .tag_count = 1});
	newsroom_fill_cache(&newsroom);
	int64_t id = created(&newsroom, reply_to(story, "k1", "One."));
	assert_string_equal(newsroom_dropped(&newsroom), "replies story:1");
	newsroom_fill_cache(&newsroom);
	assert_err(reply_hide(&newsroom.world, id), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "replies story:1");
	newsroom_fill_cache(&newsroom);
	assert_err(reply_show(&newsroom.world, id), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "replies story:1");
}

static void test_reply_hide_takes_it_from_readers_and_show_gives_it_back(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	int64_t first = created(&newsroom, reply_to(story, "k1", "One."));
	int64_t second = created(&newsroom, reply_to(story, "k2", "Two."));
	struct reply_filter readers = {.story_id = story, .limit = 10};
	struct reply_filter desk = {.story_id = story, .limit = 10, .hidden_too = true};
	struct reply *replies;
	assert_err(reply_hide(&newsroom.world, first), OK, NULL);
	assert_err(reply_hide(&newsroom.world, first), OK, NULL);
	assert_int_equal(list(&newsroom, readers, &replies), 1);
	assert_int_equal(replies[0].id, second);
	assert_int_equal(count_of(&newsroom, story), 1);
	assert_int_equal(list(&newsroom, desk, &replies), 2);
	assert_int_equal(replies[0].status, REPLY_HIDDEN);
	assert_int_equal(list(&newsroom, (struct reply_filter){.limit = 10}, &replies), 1);
	assert_err(reply_show(&newsroom.world, first), OK, NULL);
	assert_int_equal(list(&newsroom, readers, &replies), 2);
	assert_int_equal(count_of(&newsroom, story), 2);
	assert_err(reply_hide(&newsroom.world, 77), ERR_NOT_FOUND, "there is no reply 77");
	assert_err(reply_show(&newsroom.world, 77), ERR_NOT_FOUND, "there is no reply 77");
}

static void test_reply_list_pages_without_gaps_or_doubles(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t stories[2];
	for (size_t i = 0; i < 2; i++)
		stories[i] = newsroom_add(&newsroom, (struct story_input){0});
	for (int i = 0; i < 60; i++) {
		Str key;
		struct reply_create_input input = reply_to(stories[i % 2], "", "One.");
		assert_err(arena_format(&newsroom.mem, &key, "key %d", i), OK, NULL);
		input.key = key;
		created(&newsroom, input);
	}
	struct reply_filter filter = {.story_id = stories[1], .limit = 7};
	size_t found = 0;
	size_t count;
	do {
		struct reply *replies;
		count = list(&newsroom, filter, &replies);
		for (size_t i = 0; i < count; i++) {
			assert_true(replies[i].id > filter.after_id);
			assert_int_equal(replies[i].story_id, stories[1]);
			filter.after_id = replies[i].id;
		}
		found += count;
	} while (count == filter.limit);
	assert_int_equal(found, 30);
}

static void test_reply_list_pages_from_the_newest_on(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t stories[2];
	int64_t ids[6];
	for (size_t i = 0; i < 2; i++)
		stories[i] = newsroom_add(&newsroom, (struct story_input){0});
	for (size_t i = 0; i < 6; i++) {
		const char key[] = {(char)('a' + i), 0};
		ids[i] = created(&newsroom, reply_to(stories[i % 2], key, "One."));
	}
	struct reply_filter all = {.newest_first = true, .limit = 2};
	struct reply_filter one = {.newest_first = true, .story_id = stories[1], .limit = 9};
	struct reply *replies;
	assert_int_equal(list(&newsroom, all, &replies), 2);
	assert_int_equal(replies[0].id, ids[5]);
	assert_int_equal(replies[1].id, ids[4]);
	all.before_id = ids[4];
	assert_int_equal(list(&newsroom, all, &replies), 2);
	assert_int_equal(replies[0].id, ids[3]);
	all.after_id = ids[2];
	assert_int_equal(list(&newsroom, all, &replies), 1);
	one.before_id = ids[5];
	assert_int_equal(list(&newsroom, one, &replies), 2);
	assert_int_equal(replies[0].id, ids[3]);
	assert_int_equal(replies[1].id, ids[1]);
	assert_err(reply_hide(&newsroom.world, ids[3]), OK, NULL);
	assert_int_equal(list(&newsroom, one, &replies), 1);
	one.hidden_too = true;
	assert_int_equal(list(&newsroom, one, &replies), 2);
}

/* ---- twice at once ---- */

struct pair {
	struct newsroom *newsroom;
	const char *keys[2];
	int64_t story_id;
	Err errs[2];
	int64_t ids[2];
	bool are_new[2];
};

static void pair_create(void *context, int which)
{
	struct pair *pair = context;
	struct reply_create_input input = reply_to(pair->story_id, pair->keys[which], "One.");
	pair->errs[which] =
	    reply_create(&pair->newsroom->world, &input, &pair->ids[which], &pair->are_new[which]);
}

static void pair_hide(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = which == 0 ? reply_hide(&pair->newsroom->world, pair->ids[0])
	                               : reply_show(&pair->newsroom->world, pair->ids[0]);
}

static void assert_newest(struct newsroom *newsroom, const char *language, size_t limit,
                          const char *expected)
{
	struct reply *replies;
	size_t count;
	BUF_CLEANUP struct buf ids;
	DB_READ connection = NULL;
	buf_init(&ids, 256);
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(reply_list_newest(connection, test_language(language), limit, &newsroom->mem,
	                             &replies, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(&ids, "%s%.*s", i == 0 ? "" : " ", STR(replies[i].text));
	assert_str(buf_str(&ids), expected);
}

static void test_reply_list_newest_is_of_one_language_and_of_what_readers_see(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t english = newsroom_add(&newsroom, (struct story_input){0});
	int64_t other = newsroom_add(&newsroom, (struct story_input){.headline = S("Other")});
	int64_t arabic = newsroom_add(&newsroom, (struct story_input){.language = S("ar")});
	created(&newsroom, reply_to(english, "k1", "a"));
	created(&newsroom, reply_to(arabic, "k2", "b"));
	int64_t hidden = created(&newsroom, reply_to(english, "k3", "c"));
	created(&newsroom, reply_to(other, "k4", "d"));
	created(&newsroom, reply_to(english, "k5", "e"));
	assert_newest(&newsroom, "en", 9, "e d c a");
	assert_newest(&newsroom, "en", 2, "e d");
	assert_newest(&newsroom, "ar", 9, "b");
	assert_err(reply_hide(&newsroom.world, hidden), OK, NULL);
	assert_newest(&newsroom, "en", 9, "e d a");
	assert_err(story_withdraw(&newsroom.world, english), OK, NULL);
	assert_newest(&newsroom, "en", 9, "d");
	assert_err(story_publish(&newsroom.world, english, 0), OK, NULL);
	assert_newest(&newsroom, "en", 2, "e d");
}

static void test_reply_acts_hold_when_done_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	static const char *const keys[] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};
	for (size_t i = 0; i < 8; i++) {
		struct pair pair = {&newsroom, {keys[i], keys[i]}, story, {0}, {0}, {0}};
		db_test_twice_at_once(pair_create, &pair);
		assert_int_equal(pair.errs[0], OK);
		assert_int_equal(pair.errs[1], OK);
		assert_int_equal(pair.ids[0], pair.ids[1]);
		assert_true(pair.are_new[0] != pair.are_new[1]);
	}
	assert_int_equal(count_of(&newsroom, story), 8);
	struct pair other = {&newsroom, {"left", "right"}, story, {0}, {0}, {0}};
	db_test_twice_at_once(pair_create, &other);
	assert_true(other.are_new[0] && other.are_new[1]);
	assert_true(other.ids[0] != other.ids[1]);
	assert_int_equal(count_of(&newsroom, story), 10);
	db_test_twice_at_once(pair_hide, &other);
	assert_int_equal(other.errs[0], OK);
	assert_int_equal(other.errs[1], OK);
}

/* ---- damage ---- */

static Err damage_commit(struct db_connection *connection, void *unused)
{
	(void)unused;
	return db_run(connection, SQL("UPDATE reply SET text = 'Two.' WHERE id = 2"), DB_NO_ARGS, NULL);
}

static void test_many_replies_are_kept_as_each_alone(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t first = newsroom_add(&newsroom, (struct story_input){0});
	int64_t second = newsroom_add(&newsroom, (struct story_input){0});
	struct reply_create_input inputs[] = {
	    reply_to(first, "k1", "One"),
	    reply_to(second, "k2", "Two"),
	    reply_to(first, "k3", "Three"),
	};
	inputs[2].created = TEST_NOW - DAY_MS;
	created(&newsroom, inputs[1]);
	newsroom_fill_cache(&newsroom);
	size_t new_count;
	assert_err(reply_create_many(&newsroom.world, inputs, 3, &new_count), OK, NULL);
	assert_int_equal(new_count, 2);
	assert_string_equal(newsroom_dropped(&newsroom), "replies story:1 story:2");
	struct reply *replies;
	assert_int_equal(
	    list(&newsroom, (struct reply_filter){.story_id = first, .limit = 10}, &replies), 2);
	assert_str(replies[0].text, "One");
	assert_str(replies[0].name, "Nadia");
	assert_str(replies[0].website, "https://example.org/");
	assert_int_equal(replies[0].created, TEST_NOW);
	assert_int_equal(replies[1].created, TEST_NOW - DAY_MS);
	assert_int_equal(count_of(&newsroom, second), 1);
	assert_err(reply_create_many(&newsroom.world, inputs, 3, &new_count), OK, NULL);
	assert_int_equal(new_count, 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM reply "
	                                               "WHERE language = 'en' AND LENGTH(hash) > 20")),
	                 3);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(replies_verify(connection), OK, NULL);
}

static void test_one_reply_that_is_refused_is_named_and_none_is_kept(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	int64_t gone = newsroom_add(&newsroom, (struct story_input){0});
	assert_err(story_withdraw(&newsroom.world, gone), OK, NULL);
	struct reply_create_input inputs[] = {
	    reply_to(story, "k1", "One"),
	    reply_to(gone, "k2", "Two"),
	};
	size_t new_count = 7;
	assert_err(reply_create_many(&newsroom.world, inputs, 2, &new_count), ERR_GONE,
	           "reply 2 of 2: story 2 was withdrawn");
	inputs[1] = reply_to(99, "k2", "Two");
	assert_err(reply_create_many(&newsroom.world, inputs, 2, &new_count), ERR_NOT_FOUND,
	           "reply 2 of 2: there is no story 99");
	inputs[0].created = TEST_NOW + 1;
	assert_err(reply_create_many(&newsroom.world, inputs, 2, &new_count), ERR_INVALID,
	           "reply 1 of 2: a reply can't have been written in the future");
	assert_int_equal(new_count, 7);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM reply")), 0);
}

struct twice_many {
	struct newsroom *newsroom;
	int64_t story;
	size_t new_count[2];
};

static void create_all(void *context, int which)
{
	struct twice_many *twice = context;
	const struct reply_create_input inputs[] = {
	    reply_to(twice->story, "k1", "One"),
	    reply_to(twice->story, which == 0 ? "k2" : "k3", "Two"),
	};
	assert_err(reply_create_many(&twice->newsroom->world, inputs, 2, &twice->new_count[which]), OK,
	           NULL);
}

static void test_many_replies_hold_when_sent_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct twice_many twice = {.newsroom = &newsroom};
	twice.story = newsroom_add(&newsroom, (struct story_input){0});
	db_test_twice_at_once(create_all, &twice);
	assert_int_equal(twice.new_count[0] + twice.new_count[1], 3);
	assert_int_equal(count_of(&newsroom, twice.story), 3);
}

static void test_replies_verify_names_a_damaged_reply(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t story = newsroom_add(&newsroom, (struct story_input){0});
	created(&newsroom, reply_to(story, "k1", "One."));
	int64_t id = created(&newsroom, reply_to(story, "k2", "One."));
	/* Its status is the desk's, and no damage. */
	assert_err(reply_hide(&newsroom.world, id), OK, NULL);
	DB_READ before = NULL;
	assert_err(db_read_begin(newsroom.world.db, &before), OK, NULL);
	assert_err(replies_verify(before), OK, NULL);
	db_read_end(&before);
	struct db_act act = {"damage", damage_commit, NULL};
	assert_err(db_commit(newsroom.world.db, &act), OK, NULL);
	DB_READ after = NULL;
	assert_err(db_read_begin(newsroom.world.db, &after), OK, NULL);
	assert_err(replies_verify(after), ERR_IO, "reply 2 is damaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_reply_create_keeps_what_was_written),
	    DB_TEST(test_reply_create_keeps_the_time_of_one_written_elsewhere),
	    DB_TEST(test_reply_create_stores_one_key_once),
	    DB_TEST(test_reply_create_refuses_what_readers_can_not_see),
	    DB_TEST(test_reply_acts_drop_the_story_s_page_and_what_lists_replies),
	    DB_TEST(test_reply_hide_takes_it_from_readers_and_show_gives_it_back),
	    DB_TEST(test_reply_list_pages_without_gaps_or_doubles),
	    DB_TEST(test_reply_list_pages_from_the_newest_on),
	    DB_TEST(test_reply_list_newest_is_of_one_language_and_of_what_readers_see),
	    DB_TEST(test_reply_acts_hold_when_done_twice_at_once),
	    DB_TEST(test_many_replies_are_kept_as_each_alone),
	    DB_TEST(test_one_reply_that_is_refused_is_named_and_none_is_kept),
	    DB_TEST(test_many_replies_hold_when_sent_twice_at_once),
	    DB_TEST(test_replies_verify_names_a_damaged_reply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
