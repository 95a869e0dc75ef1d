#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/net_test_support.h"

struct pair {
	struct test_server old, new;
	int ends[2];
	pthread_t taker;
	int taken; /* the taker's, until it has ended */
};

static void *take_all(void *context)
{
	struct pair *pair = context;
	while (net_server_take(pair->new.server, pair->ends[1]))
		pair->taken++;
	return NULL;
}

static int pair_begin(void **state)
{
	static struct pair pair;
	pair = (struct pair){0};
	server_init(&pair.old);
	server_init(&pair.new);
	server_start(&pair.old);
	server_start(&pair.new);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.ends), 0);
	*state = &pair;
	return 0;
}

static int pair_end(void **state)
{
	struct pair *pair = *state;
	server_done(&pair->old);
	server_done(&pair->new);
	close(pair->ends[1]);
	return 0;
}

static int64_t patience(void)
{
	return monotonic_ms() + TEST_PATIENCE_MS;
}

/* From the pause to the end of the old server's threads. */
static void hand_over(struct pair *pair)
{
	assert_int_equal(pthread_create(&pair->taker, NULL, take_all, pair), 0);
	net_server_give(pair->old.server, pair->ends[0], TEST_PATIENCE_MS);
	close(pair->ends[0]);
	pthread_join(pair->taker, NULL);
}

static void test_a_paused_server_begins_nothing_and_goes_on_where_it_was(void **state)
{
	struct pair *pair = *state;
	struct client kept;
	struct client late;
	client_open(&kept, &pair->old);
	client_send(&kept, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	client_expect(&kept, 200, "hello");
	assert_true(net_server_pause(pair->old.server, patience()));
	client_send(&kept, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	client_open(&late, &pair->old);
	client_send(&late, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_false(client_is_readable(&kept, 50));
	assert_false(client_is_readable(&late, 50));
	net_server_resume(pair->old.server);
	client_expect(&kept, 200, "hello");
	client_expect(&late, 200, "hello");
	client_close(&kept);
	client_close(&late);
	close(pair->ends[0]);
}

static void test_a_pause_waits_for_what_is_under_way_or_says_that_it_did_not(void **state)
{
	struct pair *pair = *state;
	struct client client;
	client_open(&client, &pair->old);
	client_send(&client, S("GET /later HTTP/1.1\r\nHost: a\r\n\r\n"));
	struct net_exchange *exchange = pending_take(&pair->old, "/later");
	assert_false(net_server_pause(pair->old.server, monotonic_ms() + 20));
	pending_answer(&pair->old, exchange, "at last");
	assert_true(net_server_pause(pair->old.server, patience()));
	client_expect(&client, 200, "at last");
	net_server_resume(pair->old.server);
	client_send(&client, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	client_expect(&client, 200, "hello");
	client_close(&client);
	close(pair->ends[0]);
}

static void test_connections_go_to_the_other_server_with_what_was_read(void **state)
{
	struct pair *pair = *state;
	struct client idle;
	struct client head;
	struct client body;
	struct client piped;
	client_open(&idle, &pair->old);
	client_open(&head, &pair->old);
	client_open(&body, &pair->old);
	client_open(&piped, &pair->old);
	client_send(&idle, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	client_expect(&idle, 200, "hello");
	client_send(&head, S("GET / HTTP/1.1\r\nHo"));
	client_send(&body, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nfour"));
	/* The second must wait for the first, and is read by then. */
	client_send(&piped, S("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
	                      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nsecond"));
	struct net_exchange *exchange = pending_take(&pair->old, "/later");
	assert_false(net_server_pause(pair->old.server, monotonic_ms() + 20));
	pending_answer(&pair->old, exchange, "first");
	assert_true(net_server_pause(pair->old.server, patience()));
	client_send(&idle, S("GET /later/2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	hand_over(pair);
	assert_int_equal(pair->taken, 4);
	pending_answer(&pair->new, pending_take(&pair->new, "/later/2"), "the new one");
	client_expect(&idle, 200, "the new one");
	client_send(&head, S("st: a\r\n\r\n"));
	client_expect(&head, 200, "hello");
	client_send(&body, S("five"));
	client_expect(&body, 200, "fourfive");
	client_expect(&piped, 200, "first");
	client_expect(&piped, 200, "secon");
	client_close(&idle);
	client_close(&head);
	client_close(&body);
	client_close(&piped);
}

static void test_what_can_not_go_over_is_finished_where_it_is(void **state)
{
	struct pair *pair = *state;
	struct client chunked;
	struct answer answer;
	client_open(&chunked, &pair->old);
	client_send(&chunked, S("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	                        "Expect: 100-continue\r\n\r\n"));
	client_read_head(&chunked, &answer);
	assert_int_equal(answer.status, 100);
	answer_done(&answer);
	assert_true(net_server_pause(pair->old.server, patience()));
	client_send(&chunked, S("4\r\nfour\r\n0\r\n\r\n"));
	assert_false(client_is_readable(&chunked, 50));
	hand_over(pair);
	assert_int_equal(pair->taken, 0);
	client_read(&chunked, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "four");
	assert_true(answer_has(&answer, "Connection: close"));
	answer_done(&answer);
	client_expect_end(&chunked);
	client_close(&chunked);
}

static void test_a_round_ends_after_the_handlers_in_it(void **state)
{
	struct pair *pair = *state;
	net_server_pass(pair->old.server);
	net_server_drain(pair->old.server, 0);
	net_server_pass(pair->old.server); /* its threads have ended: nothing to wait for */
	close(pair->ends[0]);
}

#define PAIR_TEST(function) cmocka_unit_test_setup_teardown(function, pair_begin, pair_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PAIR_TEST(test_a_paused_server_begins_nothing_and_goes_on_where_it_was),
	    PAIR_TEST(test_a_pause_waits_for_what_is_under_way_or_says_that_it_did_not),
	    PAIR_TEST(test_connections_go_to_the_other_server_with_what_was_read),
	    PAIR_TEST(test_what_can_not_go_over_is_finished_where_it_is),
	    PAIR_TEST(test_a_round_ends_after_the_handlers_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
