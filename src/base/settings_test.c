#include "base/settings.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#undef fail /* cmocka's; ours is meant */

struct net_settings {
	int64_t header_timeout_ms;
	int64_t body_max_bytes;
	int64_t connections;
	Str listen;
};

static const struct setting net_rows[] = {
    {"net.header_timeout", NULL, SETTING_DURATION, "10s", 1000, 60000, "",
     "How long a request's head may take.", offsetof(struct net_settings, header_timeout_ms)},
    {"net.body_max", NULL, SETTING_SIZE, "64KB", 512, INT64_C(1) << 30, "",
     "How large a request's body may be.", offsetof(struct net_settings, body_max_bytes)},
    {"net.connections", NULL, SETTING_COUNT, "1000", 1, 100000, "connections",
     "How many may be open.", offsetof(struct net_settings, connections)},
    {"net.listen", "listen", SETTING_TEXT, "127.0.0.1:8080", 1, 20, "", "Where to listen.",
     offsetof(struct net_settings, listen)},
};
static const char *const net_reloads[] = {"net.body_max", "net.listen", NULL};
static const struct setting_table net_table = {.room = "net",
                                               .rows = net_rows,
                                               .count = 4,
                                               .struct_bytes = sizeof(struct net_settings),
                                               .reloads = net_reloads};

struct log_settings {
	Str path;
	int64_t keep_ms;
	int64_t detail;
};
static const struct setting log_rows[] = {
    {"log.path", NULL, SETTING_TEXT, "", 0, 10, "", "Where to.",
     offsetof(struct log_settings, path)},
    {"log.keep", NULL, SETTING_DURATION, "0s", 0, 30 * DAY_MS, "", "How long.",
     offsetof(struct log_settings, keep_ms)},
    {"log.detail", NULL, SETTING_WORD, "some", 0, 0, "none some all", "How much.",
     offsetof(struct log_settings, detail)},
};
static const struct setting_table log_table = {
    .room = "log", .rows = log_rows, .count = 3, .struct_bytes = sizeof(struct log_settings)};

static const struct setting_table *const tables[] = {&net_table, &log_table};
static const Str source = {"news/courant.conf", 17};

static int setup(void **state)
{
	struct settings *settings = NULL;
	if (settings_new(tables, 2, &settings) != OK)
		return -1;
	*state = settings;
	return 0;
}

static int teardown(void **state)
{
	settings_free(*state);
	return 0;
}

static const struct net_settings *net_of(struct settings *settings)
{
	return settings_of(settings, &net_table);
}

static void assert_says(const char *expected)
{
	assert_string_equal(err_text().bytes, expected);
}

static void assert_refused(struct settings *settings, const char *text, const char *expected)
{
	assert_int_equal(settings_parse(settings, str_from_c(text), source), ERR_INVALID);
	assert_says(expected);
}

static void assert_duration(struct settings *settings, const char *written, int64_t expected_ms)
{
	assert_int_equal(settings_set(settings, S("log.keep"), str_from_c(written), S("test")), OK);
	const struct log_settings *log = settings_of(settings, &log_table);
	assert_int_equal(log->keep_ms, expected_ms);
}

static void test_settings_new_fills_the_defaults(void **state)
{
	const struct net_settings *net = net_of(*state);
	assert_int_equal(net->header_timeout_ms, 10000);
	assert_int_equal(net->body_max_bytes, 65536);
	assert_int_equal(net->connections, 1000);
	assert_true(str_equal(net->listen, S("127.0.0.1:8080")));
}

static void test_settings_parse_takes_names_values_and_comments(void **state)
{
	static const char text[] = "\xEF\xBB\xBF# where\r\n"
	                           "\n"
	                           "  net.listen =  [::1]:0  # any port\r\n"
	                           "net.connections=12\n"
	                           "net.body_max\t=\t2MB\n"
	                           "log.path = a#b\n"
	                           "net.header_timeout = 1500ms";
	assert_int_equal(settings_parse(*state, str_from_c(text), source), OK);
	const struct net_settings *net = net_of(*state);
	const struct log_settings *log = settings_of(*state, &log_table);
	assert_true(str_equal(net->listen, S("[::1]:0")));
	assert_int_equal(net->connections, 12);
	assert_int_equal(net->body_max_bytes, 2097152);
	assert_int_equal(net->header_timeout_ms, 1500);
	assert_true(str_equal(log->path, S("a#b")));
	assert_int_equal(log->keep_ms, 0);
}

static void test_settings_take_one_of_the_words_that_a_row_names(void **state)
{
	const struct log_settings *log = settings_of(*state, &log_table);
	assert_int_equal(log->detail, 1);
	assert_int_equal(settings_parse(*state, S("log.detail = all"), source), OK);
	assert_int_equal(log->detail, 2);
	assert_int_equal(settings_set(*state, S("log.detail"), S("none"), S("test")), OK);
	assert_int_equal(log->detail, 0);
	assert_refused(*state, "log.detail = All",
	               "news/courant.conf line 1: log.detail is All; it takes none or some or all");
	assert_refused(
	    *state, "log.detail = some all",
	    "news/courant.conf line 1: log.detail is some all; it takes none or some or all");
	assert_refused(*state, "log.detail =",
	               "news/courant.conf line 1: log.detail is empty; it takes none or some or all");
	assert_int_equal(log->detail, 0);
}

static void test_settings_values_outlive_the_text_they_came_from(void **state)
{
	char text[] = "net.listen = 127.0.0.9:1";
	assert_int_equal(settings_parse(*state, str_from_c(text), source), OK);
	memset(text, 'x', sizeof text);
	assert_true(str_equal(net_of(*state)->listen, S("127.0.0.9:1")));
}

static void test_settings_parse_names_line_setting_and_allowed_values(void **state)
{
	assert_refused(*state, "\n\nnet.header_timeout = 90m\n",
	               "news/courant.conf line 3: net.header_timeout is 90m; it takes a duration from "
	               "1s to 60s");
	assert_refused(
	    *state, "net.body_max = 64 KB",
	    "news/courant.conf line 1: net.body_max is 64 KB; it takes a size from 512 to 1GB");
	assert_refused(
	    *state, "net.connections = 0",
	    "news/courant.conf line 1: net.connections is 0; it takes a number of connections "
	    "from 1 to 100000");
	assert_refused(*state, "net.connections =",
	               "news/courant.conf line 1: net.connections is empty; it takes a number of "
	               "connections from 1 to 100000");
	assert_refused(*state, "net.header_timeout\n",
	               "news/courant.conf line 1: this is not `name = value`");
	assert_refused(*state, "log.keep = 31d",
	               "news/courant.conf line 1: log.keep is 31d; it takes a duration from 0s to 30d");
}

static void test_settings_parse_tells_only_the_length_of_a_refused_text(void **state)
{
	assert_refused(*state, "log.path = secret-word",
	               "news/courant.conf line 1: log.path has 11 bytes; it takes a text of at most 10 "
	               "bytes");
	assert_refused(*state, "net.listen = ",
	               "news/courant.conf line 1: net.listen has 0 bytes; it takes a text of 1 to 20 "
	               "bytes");
}

static void test_settings_parse_proposes_the_nearest_name(void **state)
{
	assert_refused(*state, "net.header_timeot = 1s",
	               "news/courant.conf line 1: there is no setting net.header_timeot; did you mean "
	               "net.header_timeout?");
	assert_refused(*state, "header_timeout = 1s",
	               "news/courant.conf line 1: there is no setting header_timeout; did you mean "
	               "net.header_timeout?");
	assert_refused(
	    *state, "listen = :1",
	    "news/courant.conf line 1: there is no setting listen; did you mean net.listen?");
	assert_refused(*state, "colour = red",
	               "news/courant.conf line 1: there is no setting colour; `courant settings` lists "
	               "them all");
}

static void test_settings_parse_refuses_a_name_given_twice(void **state)
{
	assert_refused(
	    *state, "net.listen = [::1]:1\n\nnet.listen = [::1]:1\n",
	    "news/courant.conf line 3: net.listen is already set on line 1; leave one of them");
	/* Another text may set it again: the flags come after the file. */
	assert_int_equal(settings_parse(*state, S("net.listen = [::1]:1"), source), OK);
	assert_int_equal(settings_set(*state, S("listen"), S("[::1]:2"), S("--listen")), OK);
	assert_true(str_equal(net_of(*state)->listen, S("[::1]:2")));
}

static void test_settings_parse_refuses_bytes_that_are_not_text(void **state)
{
	assert_refused(*state, "log.path = \xFF",
	               "news/courant.conf line 1: the value of log.path is not valid UTF-8");
	assert_refused(*state, "log.path = a\x1b[0m",
	               "news/courant.conf line 1: the value of log.path holds a control character");
	assert_refused(*state, "log\x01 = a",
	               "news/courant.conf line 1: the name holds characters that no setting has");
	assert_int_equal(settings_parse(*state, S("log.path = a\0b"), source), ERR_INVALID);
	assert_says("news/courant.conf line 1: the value of log.path holds a control character");
}

static void test_settings_parse_refuses_a_file_past_its_maximum(void **state)
{
	static char text[256 * 1024 + 1];
	memset(text, '\n', sizeof text);
	assert_int_equal(settings_parse(*state, (Str){text, sizeof text - 1}, source), OK);
	assert_int_equal(settings_parse(*state, (Str){text, sizeof text}, source), ERR_TOO_LARGE);
	assert_says("news/courant.conf has 262145 bytes; settings take at most 262144");
}

static void test_settings_set_knows_names_and_short_flags(void **state)
{
	assert_int_equal(settings_set(*state, S("listen"), S(" 127.0.0.1:0 "), S("--listen")), OK);
	assert_true(str_equal(net_of(*state)->listen, S("127.0.0.1:0")));
	assert_int_equal(settings_set(*state, S("net.connections"), S("5"), S("--net.connections")),
	                 OK);
	assert_int_equal(net_of(*state)->connections, 5);
	assert_int_equal(settings_set(*state, S("listen"), S("a #b"), S("--listen")), ERR_INVALID);
	assert_says("--listen: the value of net.listen holds a # at its start or after a space, which "
	            "begins a comment");
	assert_int_equal(settings_set(*state, S("lisen"), S("x"), S("--lisen")), ERR_INVALID);
	assert_says("--lisen: there is no setting lisen; did you mean net.listen?");
	assert_true(str_equal(net_of(*state)->listen, S("127.0.0.1:0")));
}

static void test_settings_find_knows_names_and_short_flags(void **state)
{
	assert_ptr_equal(settings_find(*state, S("net.listen")), &net_rows[3]);
	assert_ptr_equal(settings_find(*state, S("listen")), &net_rows[3]);
	assert_null(settings_find(*state, S("net.liste")));
	assert_null(settings_find(*state, S("")));
}

static void test_settings_amounts_are_exact_in_every_unit(void **state)
{
	assert_duration(*state, "250ms", 250);
	assert_duration(*state, "10s", 10000);
	assert_duration(*state, "5m", 300000);
	assert_duration(*state, "6h", 21600000);
	assert_duration(*state, "30d", INT64_C(2592000000));
	static const char *const wrong[] = {"1",
	                                    "1 s",
	                                    "-1s",
	                                    "1.5s",
	                                    "s",
	                                    "1S",
	                                    "0x1s",
	                                    "1w",
	                                    "+1s",
	                                    "1ss",
	                                    "١s",
	                                    "1s2",
	                                    "9223372036854775807d",
	                                    "99999999999999999999s"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(settings_set(*state, S("log.keep"), str_from_c(wrong[i]), S("test")),
		                 ERR_INVALID);
	const struct log_settings *log = settings_of(*state, &log_table);
	assert_int_equal(log->keep_ms, INT64_C(2592000000));
}

static Err value_append(const struct setting *row, Str value, void *context)
{
	buf_format(context, "%s = %.*s\n", row->name, STR(value));
	return OK;
}

static void assert_written(struct settings *settings, const char *expected)
{
	BUF_CLEANUP struct buf written;
	buf_init(&written, 4096);
	assert_int_equal(settings_each(settings, value_append, &written), OK);
	buf_add_byte(&written, 0);
	assert_int_equal(buf_check(&written), OK);
	assert_string_equal(written.bytes, expected);
}

static void test_settings_each_writes_values_in_their_largest_unit(void **state)
{
	static const char expected[] = "net.header_timeout = 20s\n"
	                               "net.body_max = 1537\n"
	                               "net.connections = 7\n"
	                               "net.listen = [::1]:0\n"
	                               "log.path = \n"
	                               "log.keep = 2d\n"
	                               "log.detail = some\n";
	assert_int_equal(settings_parse(*state,
	                                S("net.header_timeout = 20000ms\nnet.body_max = 1537\n"
	                                  "net.connections = 007\nlog.keep = 48h\n"
	                                  "net.listen = [::1]:0"),
	                                source),
	                 OK);
	assert_written(*state, expected);
	/* What is written is read as the same. */
	assert_int_equal(settings_parse(*state, str_from_c(expected), source), OK);
	assert_written(*state, expected);
}

static Err stop_at_once(const struct setting *row, Str value, void *context)
{
	(void)value;
	(*(int *)context)++;
	return fail(ERR_IO, "stopped at %s", row->name);
}

static void test_settings_each_passes_a_failure_up(void **state)
{
	int calls = 0;
	assert_int_equal(settings_each(*state, stop_at_once, &calls), ERR_IO);
	assert_int_equal(calls, 1);
	assert_says("stopped at net.header_timeout");
}

static void test_setting_allowed_is_a_phrase(void **state)
{
	(void)state;
	struct arena mem;
	Str words;
	arena_init(&mem, 4096);
	assert_int_equal(setting_allowed(&net_rows[0], &mem, &words), OK);
	assert_true(str_equal(words, S("a duration from 1s to 60s")));
	assert_int_equal(setting_allowed(&net_rows[2], &mem, &words), OK);
	assert_true(str_equal(words, S("a number of connections from 1 to 100000")));
	arena_done(&mem);
}

struct followed {
	const char *taken, *kept;
	int count;
};

static Err follow_note(const struct setting *row, bool is_taken, void *context)
{
	struct followed *followed = context;
	if (is_taken)
		followed->taken = row->name;
	else
		followed->kept = row->name;
	followed->count++;
	return OK;
}

static void test_settings_follow_keeps_what_does_not_reload(void **state)
{
	struct settings *before = *state;
	struct settings *next;
	struct followed followed = {0};
	assert_int_equal(settings_new(tables, 2, &next), OK);
	assert_int_equal(settings_set(before, S("net.connections"), S("7"), source), OK);
	assert_int_equal(settings_set(next, S("net.connections"), S("8"), source), OK);
	assert_int_equal(settings_set(next, S("net.listen"), S("[::1]:80"), source), OK);
	assert_int_equal(settings_follow(next, before, follow_note, &followed), OK);
	assert_int_equal(followed.count, 2);
	assert_string_equal(followed.taken, "net.listen");
	assert_string_equal(followed.kept, "net.connections");
	assert_int_equal(net_of(next)->connections, 7);
	assert_true(str_equal(net_of(next)->listen, S("[::1]:80")));
	/* What follows is itself what the next one follows. */
	followed = (struct followed){0};
	assert_int_equal(settings_follow(next, next, follow_note, &followed), OK);
	assert_int_equal(followed.count, 0);
	settings_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_settings_new_fills_the_defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_takes_names_values_and_comments, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_take_one_of_the_words_that_a_row_names, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_values_outlive_the_text_they_came_from, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_names_line_setting_and_allowed_values,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_tells_only_the_length_of_a_refused_text,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_proposes_the_nearest_name, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_refuses_a_name_given_twice, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_refuses_bytes_that_are_not_text, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_parse_refuses_a_file_past_its_maximum, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_set_knows_names_and_short_flags, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_find_knows_names_and_short_flags, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_amounts_are_exact_in_every_unit, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_settings_each_writes_values_in_their_largest_unit,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_each_passes_a_failure_up, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_follow_keeps_what_does_not_reload, setup,
	                                    teardown),
	    cmocka_unit_test(test_setting_allowed_is_a_phrase),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
