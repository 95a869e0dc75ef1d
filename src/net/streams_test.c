/* Event streams from the first byte to the last: many, slow ones, too many, and the end. */
#include "net/net_test_support.h"

#include <poll.h>
#include <sys/socket.h>

#define HOST "Host: news.example\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define SHORT_MS 150
#define EACH_BYTES 3000

static void streams_start(struct test_server *server)
{
	assert_int_equal(event_ring_new(&server->events), OK);
	server_start(server);
}

static void streams_done(struct test_server *server)
{
	struct event_ring *events = server->events;
	server_done(server);
	event_ring_free(events);
}

static void stream_open(struct client *client, struct test_server *server, const char *request)
{
	struct answer answer;
	client_open(client, server);
	client_send(client, str_from_c(request));
	client_read_head(client, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_has(&answer, "Connection: close"));
	assert_null(strstr(answer.head, "Content-Length"));
	client_expect_bytes(client, S("hello\n"));
}

static void wait_for_streams(struct test_server *server, int64_t expected)
{
	int64_t until = monotonic_ms() + TEST_PATIENCE_MS;
	while (atomic_load(&server->server->streams_open) != expected && monotonic_ms() < until)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(&server->server->streams_open), expected);
}

static void event_add(struct test_server *server, uint64_t topic, Str data)
{
	assert_int_equal(event_ring_add(server->events, topic, S("x"), data, monotonic_ms()), OK);
}

static void expect_event(struct client *client, struct test_server *server, uint64_t number,
                         Str data)
{
	char id[EVENT_ID_BYTES];
	char text[EVENT_MAX_BYTES];
	int length = snprintf(text, sizeof text, "id: %.*s\nevent: x\ndata: %.*s\n\n",
	                      STR(event_ring_id(server->events, number, id)), STR(data));
	client_expect_bytes(client, (Str){text, (size_t)length});
}

#define STREAMS 300

/* More than one turn of a reactor serves, on both. */
static void test_event_goes_to_every_stream_that_wants_it(void **state)
{
	(void)state;
	static struct client clients[STREAMS];
	struct test_server server;
	server_init(&server);
	streams_start(&server);
	for (size_t i = 0; i < STREAMS; i++)
		stream_open(&clients[i], &server, i % 2 == 0 ? GET("/stream/1") : GET("/stream/2"));
	event_add(&server, 1, S("one"));
	event_add(&server, 2, S("two"));
	event_add(&server, 1, S("three"));
	for (size_t i = 0; i < STREAMS; i++) {
		if (i % 2 == 0)
			expect_event(&clients[i], &server, 1, S("one"));
		expect_event(&clients[i], &server, i % 2 == 0 ? 3 : 2, i % 2 == 0 ? S("three") : S("two"));
		assert_int_equal(clients[i].input.length, 0);
	}
	/* A client that leaves is forgotten, also while events are on their way. */
	for (size_t i = 0; i < STREAMS; i++) {
		if (i % 16 == 0)
			event_add(&server, 1, S("more"));
		client_close(&clients[i]);
	}
	wait_for_streams(&server, 0);
	wait_for_connections(&server, 0);
	streams_done(&server);
}

static void test_stream_goes_on_where_it_left_off(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	char id[EVENT_ID_BYTES];
	char request[256];
	server_init(&server);
	streams_start(&server);
	for (int i = 0; i < 40; i++)
		event_add(&server, 1, S("missed"));
	snprintf(request, sizeof request,
	         "GET /stream/1 HTTP/1.1\r\n" HOST "Last-Event-ID: %.*s\r\n\r\n",
	         STR(event_ring_id(server.events, 3, id)));
	stream_open(&client, &server, request);
	for (uint64_t number = 4; number <= 40; number++)
		expect_event(&client, &server, number, S("missed"));
	event_add(&server, 1, S("new"));
	expect_event(&client, &server, 41, S("new"));
	client_close(&client);
	streams_done(&server);
}

static void test_stream_waits_its_turn_and_is_the_last_answer(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	server_init(&server);
	streams_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/later") GET("/stream/1") GET("/")));
	struct net_exchange *exchange = pending_take(&server, "/later");
	event_add(&server, 1, S("meanwhile"));
	pending_answer(&server, exchange, "late");
	client_expect(&client, 200, "late");
	client_read_head(&client, &answer);
	client_expect_bytes(&client, S("hello\n"));
	event_add(&server, 1, S("then"));
	/* Which of them it gets first depends on when the request was read. */
	client_fill(&client, 1);
	client_close(&client);
	/* HTTP/1.0 gets the same. */
	stream_open(&client, &server, "GET /stream/1 HTTP/1.0\r\n" HOST "\r\n");
	event_add(&server, 1, S("old"));
	expect_event(&client, &server, 3, S("old"));
	client_close(&client);
	/* HEAD gets the head, and the connection goes on. */
	client_open(&client, &server);
	client_send(&client, S("HEAD /stream/1 HTTP/1.1\r\n" HOST "\r\n" GET("/")));
	client_read_head(&client, &answer);
	client_expect(&client, 200, "hello");
	wait_for_streams(&server, 0);
	client_close(&client);
	streams_done(&server);
}

/* A client that takes nothing, with as little room as the kernel gives. */
static void stuck_open(struct client *client, struct test_server *server)
{
	int bytes = 2048;
	client_open(client, server);
	setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	client_send(client, S(GET("/stream/1")));
	wait_for_streams(server, 1);
}

static Str large_data(void)
{
	static char data[EACH_BYTES];
	memset(data, 'x', sizeof data);
	return (Str){data, sizeof data};
}

static void test_client_that_takes_nothing_is_cut(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct client reader;
	server_init(&server);
	server.settings.send_timeout_ms = SHORT_MS;
	streams_start(&server);
	stuck_open(&client, &server);
	stream_open(&reader, &server, GET("/stream/1"));
	/* Less than the ring holds, and more than the kernel does. */
	for (uint64_t number = 1; number <= 200; number++) {
		event_add(&server, 1, large_data());
		expect_event(&reader, &server, number, large_data());
	}
	wait_for_streams(&server, 1);
	/* Whoever takes what there is stays. */
	event_add(&server, 1, S("on"));
	expect_event(&reader, &server, 201, S("on"));
	client_close(&client);
	client_close(&reader);
	streams_done(&server);
}

static void test_client_that_the_ring_overtakes_is_cut(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	streams_start(&server);
	stuck_open(&client, &server);
	for (uint64_t number = 1; number <= 2 * (uint64_t)EVENTS_KEPT; number++)
		event_add(&server, 1, large_data());
	/* It begins to read, far too late: it gets whole what was begun, and no event after a gap. */
	char bytes[65536];
	size_t total = 0;
	ssize_t count;
	while ((count = recv(client.fd, bytes, sizeof bytes, 0)) > 0)
		total += (size_t)count;
	assert_true(total < (size_t)EVENTS_KEPT * EACH_BYTES);
	wait_for_streams(&server, 0);
	client_close(&client);
	streams_done(&server);
}

static void test_quiet_stream_beats(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.idle_timeout_ms = SHORT_MS; /* a stream is not idle */
	server.beat_min_ms = 100;
	streams_start(&server);
	stream_open(&client, &server, GET("/stream/1"));
	int64_t since = monotonic_ms();
	client_expect_bytes(&client, S(":\n\n:\n\n:\n\n"));
	assert_in_range(monotonic_ms() - since, 290, TEST_PATIENCE_MS / 2);
	event_add(&server, 1, S("news"));
	expect_event(&client, &server, 1, S("news"));
	client_close(&client);
	streams_done(&server);
}

static void test_pages_have_connections_that_streams_may_not_take(void **state)
{
	(void)state;
	struct test_server server;
	struct client clients[4];
	server_init(&server);
	server.settings.max_connections = 4;
	streams_start(&server);
	for (size_t i = 0; i < 3; i++)
		stream_open(&clients[i], &server, GET("/stream/1"));
	client_open(&clients[3], &server);
	client_send(&clients[3], S(GET("/stream/1") GET("/")));
	client_expect(&clients[3], 503, "full");
	client_expect(&clients[3], 200, "hello");
	/* A place that becomes free is given away. */
	client_close(&clients[0]);
	wait_for_streams(&server, 2);
	stream_open(&clients[0], &server, GET("/stream/1"));
	for (size_t i = 0; i < 4; i++)
		client_close(&clients[i]);
	streams_done(&server);
}

/* Loopback is exempt, so that this can't be seen from here through a socket. */
static void test_address_may_have_half_of_its_connections_as_streams(void **state)
{
	(void)state;
	struct address_limit limit;
	struct sockaddr_storage peer = {0};
	struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
	struct address_count *counts[5];
	memcpy(&peer, &ipv4, sizeof ipv4);
	assert_true(random_start());
	assert_int_equal(address_limit_init(&limit, 5, 100, NULL, 0), OK);
	for (size_t i = 0; i < 5; i++)
		assert_true(address_limit_take(&limit, &peer, &counts[i]));
	for (size_t i = 0; i < 3; i++)
		assert_true(address_limit_take_stream(&limit, counts[i]));
	assert_false(address_limit_take_stream(&limit, counts[3]));
	address_limit_give_stream(&limit, counts[0]);
	assert_true(address_limit_take_stream(&limit, counts[3]));
	assert_true(address_limit_take_stream(&limit, NULL));
	for (size_t i = 0; i < 3; i++)
		address_limit_give_stream(&limit, counts[i]);
	for (size_t i = 0; i < 5; i++)
		address_limit_give(&limit, counts[i]);
	address_limit_done(&limit);
}

static void *server_drain(void *context)
{
	net_server_drain(context, TEST_PATIENCE_MS);
	return NULL;
}

static void test_drain_says_when_to_come_back(void **state)
{
	(void)state;
	struct test_server server;
	struct client clients[2];
	char last[2][64];
	server_init(&server);
	streams_start(&server);
	for (size_t i = 0; i < 2; i++)
		stream_open(&clients[i], &server, GET("/stream/1"));
	event_add(&server, 1, S("last"));
	for (size_t i = 0; i < 2; i++)
		expect_event(&clients[i], &server, 1, S("last"));
	int64_t since = monotonic_ms();
	pthread_t thread;
	struct net_server *net = server.server;
	assert_int_equal(pthread_create(&thread, NULL, server_drain, net), 0);
	for (size_t i = 0; i < 2; i++) {
		ssize_t count;
		size_t length = 0;
		while ((count = recv(clients[i].fd, last[i] + length, sizeof last[i] - length, 0)) > 0)
			length += (size_t)count;
		uint64_t retry_ms;
		Str text = {last[i], length};
		assert_true(str_starts_with(text, S("retry: ")) && str_ends_with(text, S("\n\n")));
		assert_true(str_parse_uint(str_slice(text, 7, length - 9), 11000, &retry_ms));
		assert_true(retry_ms >= 1000);
		client_close(&clients[i]);
	}
	pthread_join(thread, NULL);
	/* Nobody waits for those who have been told. */
	assert_in_range(monotonic_ms() - since, 0, TEST_PATIENCE_MS / 2);
	streams_done(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_event_goes_to_every_stream_that_wants_it),
	    cmocka_unit_test(test_stream_goes_on_where_it_left_off),
	    cmocka_unit_test(test_stream_waits_its_turn_and_is_the_last_answer),
	    cmocka_unit_test(test_client_that_takes_nothing_is_cut),
	    cmocka_unit_test(test_client_that_the_ring_overtakes_is_cut),
	    cmocka_unit_test(test_quiet_stream_beats),
	    cmocka_unit_test(test_pages_have_connections_that_streams_may_not_take),
	    cmocka_unit_test(test_address_may_have_half_of_its_connections_as_streams),
	    cmocka_unit_test(test_drain_says_when_to_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
