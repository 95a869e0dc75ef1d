/* How requests are taken and answers leave, on real sockets. */
#include "net/net_test_support.h"

#include <sys/socket.h>

#define HOST "Host: news.example\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST(path, fields) "POST " path " HTTP/1.1\r\n" HOST fields "\r\n"

static void begin(struct test_server *server, struct client *client)
{
	server_init(server);
	server_start(server);
	client_open(client, server);
}

static void end(struct test_server *server, struct client *client)
{
	client_close(client);
	server_done(server);
}

static void test_connection_is_kept_for_the_next_request(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	for (int i = 0; i < 3; i++) {
		struct answer answer;
		Time asked = clock_now(&clock_system);
		client_send(&client, S(GET("/")));
		client_read(&client, &answer);
		assert_int_equal(answer.status, 200);
		assert_string_equal(answer.body, "hello");
		assert_null(strstr(answer.head, "\r\nConnection:"));
		/* Its Date is that of a second between the question and the answer. */
		bool is_dated = false;
		for (Time t = asked; t <= clock_now(&clock_system) + SECOND_MS; t += SECOND_MS) {
			char line[DATE_LINE_BYTES + 1] = "";
			format_date_line(t, line);
			line[DATE_LINE_BYTES - 2] = 0;
			is_dated |= answer_has(&answer, line);
		}
		assert_true(is_dated);
		answer_done(&answer);
	}
	end(&server, &client);
}

static void test_date_line_is_as_rfc_9110_has_it(void **state)
{
	(void)state;
	char line[DATE_LINE_BYTES + 1] = "";
	format_date_line(INT64_C(784111777) * 1000 + 999, line);
	assert_string_equal(line, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

static void test_request_may_come_in_any_pieces(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	Str bytes = S(POST("/echo", "Content-Length: 5\r\n") "howdy" GET("/"));
	for (size_t i = 0; i < bytes.length; i++)
		client_send(&client, str_slice(bytes, i, 1));
	client_expect(&client, 200, "howdy");
	client_expect(&client, 200, "hello");
	end(&server, &client);
}

struct late_answer {
	struct test_server *server;
	struct net_exchange *exchange;
	const char *text;
};

static void *late_answer_give(void *context)
{
	struct late_answer *late = context;
	pending_answer(late->server, late->exchange, late->text);
	return NULL;
}

static void answer_on_another_thread(struct test_server *server, struct net_exchange *exchange,
                                     const char *text)
{
	struct late_answer late = {server, exchange, text};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, late_answer_give, &late), 0);
	pthread_join(thread, NULL);
}

static void test_pipelined_answers_leave_in_the_order_of_their_requests(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(GET("/later/1") GET("/later/2") GET("/") GET("/later/4")));
	struct net_exchange *first = pending_take(&server, "/later/1");
	struct net_exchange *second = pending_take(&server, "/later/2");
	struct net_exchange *fourth = pending_take(&server, "/later/4");
	answer_on_another_thread(&server, fourth, "four");
	answer_on_another_thread(&server, second, "two");
	answer_on_another_thread(&server, first, "one");
	client_expect(&client, 200, "one");
	client_expect(&client, 200, "two");
	client_expect(&client, 200, "hello");
	client_expect(&client, 200, "four");
	end(&server, &client);
}

static void test_more_pipelined_requests_than_may_be_in_flight_are_all_answered(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	BUF_CLEANUP struct buf bytes;
	buf_init(&bytes, 100000);
	for (int i = 0; i < 10 * MAX_PIPELINE; i++)
		buf_format(&bytes, POST("/echo", "Content-Length: 3\r\n") "%03d" GET("/later"), i);
	client_send(&client, buf_str(&bytes));
	for (int i = 0; i < 10 * MAX_PIPELINE; i++) {
		char expected[16];
		snprintf(expected, sizeof expected, "%03d", i);
		pending_answer(&server, pending_take(&server, "/later"), "later");
		client_expect(&client, 200, expected);
		client_expect(&client, 200, "later");
	}
	buf_clear(&bytes);
	for (int i = 0; i < 10 * MAX_PIPELINE; i++)
		buf_add(&bytes, S(GET("/")));
	client_send(&client, buf_str(&bytes));
	for (int i = 0; i < 10 * MAX_PIPELINE; i++)
		client_expect(&client, 200, "hello");
	end(&server, &client);
}

static void test_no_more_than_the_maximum_is_in_flight(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct client other;
	server_init(&server);
	server.settings.reactors = 1;
	server_start(&server);
	client_open(&client, &server);
	BUF_CLEANUP struct buf bytes;
	buf_init(&bytes, 10000);
	for (int i = 0; i <= MAX_PIPELINE; i++)
		buf_add(&bytes, S(GET("/later")));
	client_send(&client, buf_str(&bytes));
	struct net_exchange *pending[MAX_PIPELINE];
	for (int i = 0; i < MAX_PIPELINE; i++)
		pending[i] = pending_take(&server, "/later");
	/* When the reactor has answered somebody else, it is through with the first. */
	client_open(&other, &server);
	client_send(&other, S(GET("/")));
	client_expect(&other, 200, "hello");
	pthread_mutex_lock(&server.lock);
	assert_int_equal(server.pending_count, 0);
	pthread_mutex_unlock(&server.lock);
	for (int i = 0; i < MAX_PIPELINE; i++)
		pending_answer(&server, pending[i], "a");
	pending_answer(&server, pending_take(&server, "/later"), "b");
	for (int i = 0; i < MAX_PIPELINE; i++)
		client_expect(&client, 200, "a");
	client_expect(&client, 200, "b");
	client_close(&other);
	end(&server, &client);
}

static void test_post_is_not_begun_beside_another_request(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(GET("/later/1") POST("/later/2", "Content-Length: 1\r\n") "x" POST(
	                         "/later/3", "") GET("/later/4")));
	const char *const paths[] = {"/later/1", "/later/2", "/later/3", "/later/4"};
	for (int i = 0; i < 4; i++) {
		struct net_exchange *exchange = pending_take(&server, paths[i]);
		assert_int_equal(server.pending_count, 0);
		pending_answer(&server, exchange, paths[i]);
		client_expect(&client, 200, paths[i]);
	}
	assert_int_equal(atomic_load(&server.unsafe_beside_others), 0);
	end(&server, &client);
}

static void test_head_gets_the_fields_without_the_body(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	begin(&server, &client);
	client_send(&client, S("HEAD / HTTP/1.1\r\n" HOST "\r\n" GET("/")));
	client_read_head(&client, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_has(&answer, "Content-Length: 5"));
	client_expect(&client, 200, "hello");
	end(&server, &client);
}

static void test_bodies_arrive_whole_with_either_framing(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	begin(&server, &client);
	client_send(
	    &client,
	    S(POST("/echo",
	           "Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nTrailer: "
	                                             "dropped\r\n\r\n" GET("/")));
	client_expect(&client, 200, "hello, world");
	client_expect(&client, 200, "hello");
	BUF_CLEANUP struct buf bytes;
	buf_init(&bytes, MAX_ECHO_BYTES + 1000);
	buf_format(&bytes, POST("/echo", "Content-Length: %zu\r\n"), MAX_ECHO_BYTES);
	buf_add(&bytes, (Str){server.large, MAX_ECHO_BYTES});
	client_send(&client, buf_str(&bytes));
	client_read(&client, &answer);
	assert_int_equal(answer.body_length, MAX_ECHO_BYTES);
	assert_memory_equal(answer.body, server.large, MAX_ECHO_BYTES);
	answer_done(&answer);
	client_send(&client, S(POST("/echo", "Content-Length: 0\r\n")));
	client_expect(&client, 200, "");
	end(&server, &client);
}

static void test_continue_is_sent_when_the_body_would_be_taken(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	begin(&server, &client);
	client_send(&client, S(POST("/echo", "Expect: 100-continue\r\nContent-Length: 5\r\n")));
	client_read_head(&client, &answer);
	assert_int_equal(answer.status, 100);
	client_send(&client, S("howdy"));
	client_expect(&client, 200, "howdy");
	/* Not when it is there already. */
	client_send(&client, S(POST("/echo", "Expect: 100-continue\r\nContent-Length: 5\r\n") "howdy"));
	client_expect(&client, 200, "howdy");
	client_send(&client, S(POST("/", "Expect: 100-continue\r\nContent-Length: 5\r\n")));
	client_expect(&client, 413, NULL);
	client_expect_end(&client);
	client_close(&client);
	client_open(&client, &server);
	client_send(&client, S(POST("/echo", "Expect: 102-processing\r\nContent-Length: 5\r\n")));
	client_expect(&client, 417, NULL);
	client_expect_end(&client);
	end(&server, &client);
}

static void test_refusals_come_in_their_turn_and_end_the_connection(void **state)
{
	(void)state;
	static const struct {
		int status;
		Str bytes;
	} cases[] = {
	    {400, {GET("/") "GET / HTTP/1.1\r\n\r\n", sizeof(GET("/") "GET / HTTP/1.1\r\n\r\n") - 1}},
	    {400, {GET("/") "GET / HTTP/1.1\n", sizeof(GET("/") "GET / HTTP/1.1\n") - 1}},
	    {501,
	     {GET("/") POST("/echo", "Transfer-Encoding: gzip\r\n"),
	      sizeof(GET("/") POST("/echo", "Transfer-Encoding: gzip\r\n")) - 1}},
	    {505, {GET("/") "GET / HTTP/3.0\r\n", sizeof(GET("/") "GET / HTTP/3.0\r\n") - 1}},
	    {400,
	     {GET("/") POST("/echo", "Transfer-Encoding: chunked\r\n") "5 \r\n",
	      sizeof(GET("/") POST("/echo", "Transfer-Encoding: chunked\r\n") "5 \r\n") - 1}},
	    {413,
	     {GET("/") POST("/echo", "Content-Length: 200001\r\n"),
	      sizeof(GET("/") POST("/echo", "Content-Length: 200001\r\n")) - 1}},
	    {413,
	     {GET("/") POST("/", "Transfer-Encoding: chunked\r\n"),
	      sizeof(GET("/") POST("/", "Transfer-Encoding: chunked\r\n")) - 1}},
	};
	struct test_server server;
	server_init(&server);
	server_start(&server);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client client;
		struct answer answer;
		client_open(&client, &server);
		client_send(&client, cases[i].bytes);
		/* Whoever was smuggled behind the refused request is not served. */
		client_send(&client, S(GET("/")));
		client_expect(&client, 200, "hello");
		client_read(&client, &answer);
		assert_int_equal(answer.status, cases[i].status);
		assert_true(answer_has(&answer, "Connection: close"));
		answer_done(&answer);
		client_expect_end(&client);
		client_close(&client);
	}
	server_done(&server);
}

static void test_heads_that_are_too_long_are_refused(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	BUF_CLEANUP struct buf bytes;
	buf_init(&bytes, 100000);
	buf_add(&bytes, S("GET / HTTP/1.1\r\n" HOST));
	while (bytes.length < 5000)
		buf_add(&bytes, S("Field: value\r\n"));
	client_send(&client, buf_str(&bytes));
	client_expect(&client, 431, NULL);
	client_expect_end(&client);
	client_close(&client);
	client_open(&client, &server);
	buf_clear(&bytes);
	buf_add(&bytes, S("GET /"));
	while (bytes.length < 5000)
		buf_add_byte(&bytes, 'a');
	client_send(&client, buf_str(&bytes));
	client_expect(&client, 414, NULL);
	client_expect_end(&client);
	end(&server, &client);
}

static void test_client_that_goes_on_sending_can_read_its_413(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(POST("/echo", "Content-Length: 10485760\r\n")));
	client_send(&client, (Str){server.large, LARGE_BYTES});
	client_expect(&client, 413, NULL);
	client_expect_end(&client);
	client_close(&client);
	client_open(&client, &server);
	client_send(&client, S(POST("/echo", "Transfer-Encoding: chunked\r\n") "a00000\r\n"));
	client_send(&client, (Str){server.large, LARGE_BYTES});
	client_expect(&client, 413, NULL);
	client_expect_end(&client);
	end(&server, &client);
}

static void test_connection_ends_where_client_version_or_answer_say_so(void **state)
{
	(void)state;
	static const Str requests[] = {
	    {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
	     sizeof("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n") - 1},
	    {"GET / HTTP/1.0\r\n\r\n", sizeof("GET / HTTP/1.0\r\n\r\n") - 1},
	    {GET("/end") GET("/later"), sizeof(GET("/end") GET("/later")) - 1},
	};
	struct test_server server;
	server_init(&server);
	server_start(&server);
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct client client;
		struct answer answer;
		client_open(&client, &server);
		client_send(&client, requests[i]);
		client_read(&client, &answer);
		assert_int_equal(answer.status, 200);
		assert_true(answer_has(&answer, "Connection: close"));
		answer_done(&answer);
		client_expect_end(&client);
		client_close(&client);
	}
	server_done(&server);
}

static void test_requests_behind_a_late_close_are_abandoned(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(GET("/later/1") GET("/end") GET("/later/3")));
	struct net_exchange *first = pending_take(&server, "/later/1");
	pending_answer(&server, first, "one");
	client_expect(&client, 200, "one");
	client_expect(&client, 200, "bye");
	client_expect_end(&client);
	end(&server, &client);
}

static void test_half_closed_client_gets_its_answer(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(GET("/") GET("/later")));
	shutdown(client.fd, SHUT_WR);
	pending_answer(&server, pending_take(&server, "/later"), "late");
	client_expect(&client, 200, "hello");
	client_expect(&client, 200, "late");
	client_expect_end(&client);
	wait_for_connections(&server, 0);
	end(&server, &client);
}

static void test_answer_to_a_client_that_is_gone_is_released(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S(GET("/later/1?a=b") GET("/later/2")));
	struct net_exchange *first = pending_take(&server, "/later/1");
	struct net_exchange *second = pending_take(&server, "/later/2");
	struct linger reset = {.l_onoff = 1};
	setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	client_close(&client);
	wait_for_connections(&server, 0);
	/* The exchange outlives the connection. */
	assert_true(str_equal(net_exchange_request(first)->query, S("a=b")));
	assert_true(str_equal(net_exchange_request(first)->address, S("127.0.0.1")));
	answer_on_another_thread(&server, second, "two");
	answer_on_another_thread(&server, first, "one");
	server_done(&server);
}

static void test_large_answer_reaches_a_slow_reader_whole(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	begin(&server, &client);
	/* The answers do not fit into the sockets, so that they wait for the reader. */
	client_send(&client, S(GET("/large") GET("/") GET("/large")));
	for (int i = 0; i < 2; i++) {
		client_read(&client, &answer);
		assert_int_equal(answer.body_length, LARGE_BYTES);
		assert_memory_equal(answer.body, server.large, LARGE_BYTES);
		answer_done(&answer);
		if (i == 0)
			client_expect(&client, 200, "hello");
	}
	end(&server, &client);
}

static void test_request_says_who_asks(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	client_send(&client, S("GET /later HTTP/1.1\r\n" HOST "User-Agent: test\r\n\r\n"));
	struct net_exchange *exchange = pending_take(&server, "/later");
	const struct http_request *request = net_exchange_request(exchange);
	assert_true(str_equal(request->address, S("127.0.0.1")));
	assert_true(str_equal(request->host, S("news.example")));
	assert_true(str_equal(http_request_field(request, S("user-agent")), S("test")));
	pending_answer(&server, exchange, "");
	client_expect(&client, 200, "");
	end(&server, &client);
}

static void test_heads_longer_than_usual_are_kept_too(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	begin(&server, &client);
	BUF_CLEANUP struct buf bytes;
	buf_init(&bytes, 10000);
	buf_add(&bytes, S("GET /later HTTP/1.1\r\n" HOST "Cookie: "));
	while (bytes.length < SHORT_HEAD_BYTES + 100)
		buf_add_byte(&bytes, 'c');
	buf_add(&bytes, S("\r\nLast: field\r\n\r\n"));
	client_send(&client, buf_str(&bytes));
	struct net_exchange *exchange = pending_take(&server, "/later");
	const struct http_request *request = net_exchange_request(exchange);
	assert_true(str_equal(http_request_field(request, S("Last")), S("field")));
	pending_answer(&server, exchange, "");
	client_expect(&client, 200, "");
	end(&server, &client);
}

#define CLIENTS 4
#define ROUNDS 50

static void *busy_client(void *context)
{
	struct test_server *server = context;
	struct client client;
	client_open(&client, server);
	for (int i = 0; i < ROUNDS; i++) {
		client_send(&client, S(GET("/later") GET("/") POST("/echo", "Content-Length: 2\r\n") "ok"));
		client_expect(&client, 200, "late");
		client_expect(&client, 200, "hello");
		client_expect(&client, 200, "ok");
		if (i % 10 == 9) {
			client_close(&client);
			client_open(&client, server);
		}
	}
	client_close(&client);
	return NULL;
}

static void *busy_worker(void *context)
{
	struct test_server *server = context;
	for (int i = 0; i < CLIENTS * ROUNDS / 2; i++)
		pending_answer(server, pending_take(server, "/later"), "late");
	return NULL;
}

static void test_many_clients_and_answering_threads_at_once(void **state)
{
	(void)state;
	struct test_server server;
	pthread_t clients[CLIENTS];
	pthread_t workers[2];
	server_init(&server);
	server_start(&server);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&workers[i], NULL, busy_worker, &server), 0);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&clients[i], NULL, busy_client, &server), 0);
	for (size_t i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	for (size_t i = 0; i < 2; i++)
		pthread_join(workers[i], NULL);
	server_done(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_connection_is_kept_for_the_next_request),
	    cmocka_unit_test(test_date_line_is_as_rfc_9110_has_it),
	    cmocka_unit_test(test_request_may_come_in_any_pieces),
	    cmocka_unit_test(test_pipelined_answers_leave_in_the_order_of_their_requests),
	    cmocka_unit_test(test_more_pipelined_requests_than_may_be_in_flight_are_all_answered),
	    cmocka_unit_test(test_no_more_than_the_maximum_is_in_flight),
	    cmocka_unit_test(test_post_is_not_begun_beside_another_request),
	    cmocka_unit_test(test_head_gets_the_fields_without_the_body),
	    cmocka_unit_test(test_bodies_arrive_whole_with_either_framing),
	    cmocka_unit_test(test_continue_is_sent_when_the_body_would_be_taken),
	    cmocka_unit_test(test_refusals_come_in_their_turn_and_end_the_connection),
	    cmocka_unit_test(test_heads_that_are_too_long_are_refused),
	    cmocka_unit_test(test_client_that_goes_on_sending_can_read_its_413),
	    cmocka_unit_test(test_connection_ends_where_client_version_or_answer_say_so),
	    cmocka_unit_test(test_requests_behind_a_late_close_are_abandoned),
	    cmocka_unit_test(test_half_closed_client_gets_its_answer),
	    cmocka_unit_test(test_answer_to_a_client_that_is_gone_is_released),
	    cmocka_unit_test(test_large_answer_reaches_a_slow_reader_whole),
	    cmocka_unit_test(test_request_says_who_asks),
	    cmocka_unit_test(test_heads_longer_than_usual_are_kept_too),
	    cmocka_unit_test(test_many_clients_and_answering_threads_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
