/* Deadlines, maximums, and how a server ends. */
#include "net/net_test_support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define HOST "Host: news.example\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST(path, fields) "POST " path " HTTP/1.1\r\n" HOST fields "\r\n"

/* Short enough to wait for, long enough for a request in time. */
#define SHORT_MS 150

static void test_head_that_takes_too_long_gets_408(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.header_timeout_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/") "GET / HTTP/1.1\r\nField: "));
	client_expect(&client, 200, "hello");
	/* A byte now and then does not move the deadline. */
	int64_t since = monotonic_ms();
	do
		client_send(&client, S("x"));
	while (!client_is_readable(&client, 10));
	assert_in_range(monotonic_ms() - since, SHORT_MS / 2, TEST_PATIENCE_MS / 2);
	client_expect(&client, 408, NULL);
	client_expect_end(&client);
	client_close(&client);
	server_done(&server);
}

static void test_408_waits_for_the_answers_before_it(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct client other;
	server_init(&server);
	server.settings.reactors = 1;
	server.settings.header_timeout_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/later") "GET / HT"));
	struct net_exchange *exchange = pending_take(&server, "/later");
	/* When the time of one who began later is over, so is that of the first. */
	client_open(&other, &server);
	client_send(&other, S("GET / HT"));
	client_expect(&other, 408, NULL);
	client_close(&other);
	pending_answer(&server, exchange, "late");
	client_expect(&client, 200, "late");
	client_expect(&client, 408, NULL);
	client_expect_end(&client);
	client_close(&client);
	server_done(&server);
}

static void test_body_that_comes_too_slowly_gets_408(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.body_timeout_ms = SHORT_MS;
	server.settings.body_bytes_per_second = 1 << 20;
	server_start(&server);
	static const Str heads[] = {
	    {POST("/echo", "Content-Length: 100000\r\n"),
	     sizeof(POST("/echo", "Content-Length: 100000\r\n")) - 1},
	    {POST("/echo", "Transfer-Encoding: chunked\r\n") "fff\r\n",
	     sizeof(POST("/echo", "Transfer-Encoding: chunked\r\n") "fff\r\n") - 1},
	};
	for (size_t i = 0; i < 2; i++) {
		client_open(&client, &server);
		client_send(&client, heads[i]);
		do
			client_send(&client, S("x"));
		while (!client_is_readable(&client, 10));
		client_expect(&client, 408, NULL);
		client_expect_end(&client);
		client_close(&client);
	}
	server_done(&server);
}

static void test_body_may_take_longer_when_it_comes_fast_enough(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.body_timeout_ms = 50;
	server.settings.body_bytes_per_second = 1;
	server_start(&server);
	client_open(&client, &server);
	int64_t since = monotonic_ms();
	client_send(&client, S(POST("/echo", "Content-Length: 25\r\n") "twenty bytes earn 20s"));
	/* Past the first deadline. */
	while (monotonic_ms() < since + 150)
		assert_false(client_is_readable(&client, 10));
	client_send(&client, S("done"));
	client_expect(&client, 200, "twenty bytes earn 20sdone");
	client_close(&client);
	server_done(&server);
}

static void test_idle_connections_are_closed_without_a_word(void **state)
{
	(void)state;
	struct test_server server;
	struct client fresh;
	struct client used;
	server_init(&server);
	server.settings.header_timeout_ms = SHORT_MS;
	server.settings.idle_timeout_ms = SHORT_MS;
	server_start(&server);
	client_open(&fresh, &server);
	client_open(&used, &server);
	client_send(&used, S(GET("/")));
	client_expect(&used, 200, "hello");
	client_expect_end(&fresh);
	client_expect_end(&used);
	client_close(&fresh);
	client_close(&used);
	server_done(&server);
}

static void test_waiting_for_a_handler_has_no_deadline(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.header_timeout_ms = 20;
	server.settings.idle_timeout_ms = 20;
	server.settings.send_timeout_ms = 20;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/later")));
	struct net_exchange *exchange = pending_take(&server, "/later");
	int64_t since = monotonic_ms();
	while (monotonic_ms() < since + 150)
		assert_false(client_is_readable(&client, 10));
	pending_answer(&server, exchange, "late");
	client_expect(&client, 200, "late");
	client_close(&client);
	server_done(&server);
}

static void test_client_that_does_not_read_is_dropped(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.send_timeout_ms = SHORT_MS;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/large") GET("/large")));
	while (atomic_load(&server.given) < 2)
		poll(NULL, 0, 1);
	wait_for_connections(&server, 0);
	assert_int_equal(atomic_load(&server.released), 2);
	client_close(&client);
	server_done(&server);
}

static void test_client_that_reads_slowly_is_not_dropped(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	char bytes[65536];
	server_init(&server);
	server.settings.send_timeout_ms = 500;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/large")));
	/* Steadily for several times the deadline, and much less than the kernel holds for it. */
	int64_t since = monotonic_ms();
	size_t received = 0;
	while (monotonic_ms() < since + 1500) {
		ssize_t count = recv(client.fd, bytes, sizeof bytes, 0);
		assert_true(count > 0);
		received += (size_t)count;
		poll(NULL, 0, 20);
	}
	assert_true(received < LARGE_BYTES);
	while (received < LARGE_BYTES) {
		ssize_t count = recv(client.fd, bytes, sizeof bytes, 0);
		assert_true(count > 0);
		received += (size_t)count;
	}
	client_close(&client);
	server_done(&server);
}

static void test_connections_past_the_maximum_get_503(void **state)
{
	(void)state;
	struct test_server server;
	struct client clients[3];
	struct answer answer;
	server_init(&server);
	server.settings.max_connections = 2;
	server_start(&server);
	client_open(&clients[0], &server);
	client_open(&clients[1], &server);
	wait_for_connections(&server, 2);
	client_open(&clients[2], &server);
	client_send(&clients[2], S(GET("/")));
	client_read(&clients[2], &answer);
	assert_int_equal(answer.status, 503);
	assert_true(answer_has(&answer, "Connection: close"));
	assert_true(answer_has(&answer, "Retry-After: 10"));
	answer_done(&answer);
	client_expect_end(&clients[2]);
	client_close(&clients[2]);
	/* The others are served, and a place that becomes free is given away. */
	client_send(&clients[0], S(GET("/")));
	client_expect(&clients[0], 200, "hello");
	client_close(&clients[0]);
	wait_for_connections(&server, 1);
	client_open(&clients[0], &server);
	client_send(&clients[0], S(GET("/")));
	client_expect(&clients[0], 200, "hello");
	client_close(&clients[0]);
	client_close(&clients[1]);
	server_done(&server);
}

static struct sockaddr_storage peer_of(const char *text)
{
	struct sockaddr_storage peer = {0};
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
		memcpy(&peer, &ipv4, sizeof ipv4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1);
		memcpy(&peer, &ipv6, sizeof ipv6);
	}
	return peer;
}

/* Loopback is exempt, so that this can't be seen from here through a socket. */
static void test_address_has_its_maximum_of_connections(void **state)
{
	(void)state;
	static const struct {
		const char *address;
		bool is_taken; /* with a maximum of two */
	} steps[] = {
	    {"192.0.2.1", true},
	    {"192.0.2.1", true},
	    {"192.0.2.1", false},
	    {"::ffff:192.0.2.1", false},
	    {"192.0.2.2", true},
	    {"2001:db8:0:1::1", true},
	    {"2001:db8:0:1:2::2", true},
	    {"2001:db8:0:1::3", false},
	    {"2001:db8:0:2::1", true},
	    {"127.0.0.1", true},
	    {"127.0.0.1", true},
	    {"127.9.9.9", true},
	    {"::1", true},
	    {"::1", true},
	    {"::1", true},
	    {"::ffff:127.0.0.1", true},
	    {"::ffff:127.0.0.1", true},
	    {"::ffff:127.0.0.1", true},
	    {"198.51.100.7", true},
	    {"198.51.100.7", true},
	    {"::ffff:198.51.100.7", true},
	    {"2001:db8:9::1", true},
	    {"2001:db8:9::1", true},
	    {"2001:db8:9::1", true},
	    {"2001:db8:9::2", true}, /* the proxy's neighbours are counted */
	    {"2001:db8:9::3", true},
	    {"2001:db8:9::2", false},
	};
	static const Str exempt[] = {{"proxy.example", 13},
	                             {"198.51.100.7", 12},
	                             {"2001:db8:9:0::1", 15},
	                             {"an address that is longer than any address can be", 49}};
	struct address_limit limit;
	struct address_count *counts[sizeof steps / sizeof steps[0]];
	assert_true(random_start());
	assert_int_equal(address_limit_init(&limit, 2, 10, exempt, 4), OK);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct sockaddr_storage peer = peer_of(steps[i].address);
		assert_int_equal(address_limit_take(&limit, &peer, &counts[i]), steps[i].is_taken);
	}
	address_limit_give(&limit, counts[0]);
	struct sockaddr_storage peer = peer_of("::ffff:192.0.2.1");
	assert_true(address_limit_take(&limit, &peer, &counts[0]));
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		address_limit_give(&limit, counts[i]);
	address_limit_done(&limit); /* checks that nothing is left */
}

static void test_connection_ends_after_its_maximum_of_requests(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct answer answer;
	server_init(&server);
	server.settings.max_requests_connection = 2;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/") GET("/") GET("/later")));
	client_expect(&client, 200, "hello");
	client_read(&client, &answer);
	assert_true(answer_has(&answer, "Connection: close"));
	answer_done(&answer);
	client_expect_end(&client);
	client_close(&client);
	server_done(&server);
}

static void test_shortage_of_descriptors_passes(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	struct rlimit before;
	server_init(&server);
	server_start(&server);
	/* The client takes the last descriptor; the server's end waits in the kernel's queue. */
	client_open(&client, &server);
	client_send(&client, S(GET("/")));
	client_expect(&client, 200, "hello");
	int next = dup(client.fd);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	struct rlimit small = {.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	struct client late;
	client_open(&late, &server);
	client_send(&late, S(GET("/")));
	/* Those that are there are served meanwhile. */
	client_send(&client, S(GET("/")));
	client_expect(&client, 200, "hello");
	assert_false(client_is_readable(&late, SHORT_MS));
	assert_int_equal(atomic_load(&server.server->connections_open), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	client_expect(&late, 200, "hello");
	client_close(&late);
	client_close(&client);
	server_done(&server);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* gcc brings the function without its header. */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static size_t allocated_bytes(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks;
#endif
}

#define IDLE_CONNECTIONS 400

static void test_idle_connection_takes_at_most_512_bytes(void **state)
{
	(void)state;
	static struct client clients[IDLE_CONNECTIONS];
	struct test_server server;
	server_init(&server);
	server.settings.reactors = 1;
	server_start(&server);
	/* What a reactor keeps for reuse is there before. */
	client_open(&clients[0], &server);
	client_send(&clients[0], S(GET("/") POST("/echo", "Content-Length: 4\r\n") "body"));
	client_expect(&clients[0], 200, "hello");
	client_expect(&clients[0], 200, "body");
	client_close(&clients[0]);
	wait_for_connections(&server, 0);
	size_t before = allocated_bytes();
	for (size_t i = 0; i < IDLE_CONNECTIONS; i++) {
		client_open(&clients[i], &server);
		client_send(&clients[i], S(GET("/") "GET / HTTP/1.1\r\n"));
		client_expect(&clients[i], 200, "hello");
		client_send(&clients[i], S(HOST "\r\n" POST("/echo", "Content-Length: 4\r\n") "body"));
		client_expect(&clients[i], 200, "hello");
		client_expect(&clients[i], 200, "body");
		buf_done(&clients[i].input);
	}
	size_t each = (allocated_bytes() - before) / IDLE_CONNECTIONS;
	print_message("# an idle connection takes %zu bytes\n", each);
	assert_in_range(each, sizeof(struct connection), 512);
	for (size_t i = 0; i < IDLE_CONNECTIONS; i++)
		client_close(&clients[i]);
	server_done(&server);
}

struct drain {
	struct test_server *server;
	int64_t deadline_ms;
	_Atomic bool is_done;
};

static void *drain_run(void *context)
{
	struct drain *drain = context;
	net_server_drain(drain->server->server, drain->deadline_ms);
	atomic_store(&drain->is_done, true);
	return NULL;
}

static void test_drain_answers_what_is_under_way(void **state)
{
	(void)state;
	struct test_server server;
	struct client idle;
	struct client busy;
	struct client halfway;
	struct answer answer;
	pthread_t thread;
	server_init(&server);
	server.settings.reactors = 1; /* so that the others know of it when the idle one is closed */
	server_start(&server);
	client_open(&idle, &server);
	client_send(&idle, S(GET("/")));
	client_expect(&idle, 200, "hello");
	client_open(&busy, &server);
	client_send(&busy, S(GET("/later")));
	struct net_exchange *exchange = pending_take(&server, "/later");
	client_open(&halfway, &server);
	client_send(&halfway, S(GET("/") POST("/echo", "Content-Length: 10\r\n") "first"));
	client_expect(&halfway, 200, "hello");
	struct drain drain = {.server = &server, .deadline_ms = TEST_PATIENCE_MS};
	assert_int_equal(pthread_create(&thread, NULL, drain_run, &drain), 0);
	client_expect_end(&idle);
	assert_false(atomic_load(&drain.is_done));
	client_send(&halfway, S(" half"));
	client_read(&halfway, &answer);
	assert_string_equal(answer.body, "first half");
	assert_true(answer_has(&answer, "Connection: close"));
	answer_done(&answer);
	client_expect_end(&halfway);
	pending_answer(&server, exchange, "late");
	client_read(&busy, &answer);
	assert_string_equal(answer.body, "late");
	assert_true(answer_has(&answer, "Connection: close"));
	answer_done(&answer);
	client_expect_end(&busy);
	client_close(&idle);
	client_close(&busy);
	client_close(&halfway);
	pthread_join(thread, NULL);
	server_done(&server);
}

static void test_drain_ends_at_its_deadline(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/later")));
	struct net_exchange *exchange = pending_take(&server, "/later");
	net_server_drain(server.server, SHORT_MS);
	client_expect_end(&client);
	/* The answer comes after the threads are gone, and is released all the same. */
	pending_answer(&server, exchange, "too late");
	client_close(&client);
	server_done(&server);
}

static Err open_on(const char *listen, struct net_server **out)
{
	struct test_server server;
	server_init(&server);
	struct net_handler handler = {0};
	int listener;
	Err err = net_listen(str_from_c(listen), &listener);
	if (err == OK)
		err = net_server_open(listener, &server.settings, &handler, &clock_system, out);
	free(server.large);
	return err;
}

static void test_addresses_to_listen_on_are_checked(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "127.0.0.1",
	    "127.0.0.1:",
	    ":80",
	    "127.0.0.1:65536",
	    "localhost:80",
	    "127.0.0.1:+80",
	    "127.0.0.1:8 ",
	    "[::1]",
	    "::1:80",
	    "[127.0.0.1]:80",
	    "192.0.2.1:0",
	};
	struct net_server *server = NULL;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(open_on(wrong[i], &server), ERR_INVALID);
	assert_int_equal(open_on("127.0.0.1:0", &server), OK);
	struct net_server *second = NULL;
	assert_int_equal(open_on(server->address, &second), ERR_CONFLICT);
	assert_null(second);
	net_server_close(server);
}

static void test_ipv6_is_listened_on(void **state)
{
	(void)state;
	struct net_server *server = NULL;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool is_there = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
	if (fd >= 0)
		close(fd);
	if (!is_there)
		skip();
	assert_int_equal(open_on("[::1]:0", &server), OK);
	assert_true(str_starts_with(net_server_address(server), S("[::1]:")));
	net_server_close(server);
}

static void test_every_setting_has_its_row(void **state)
{
	(void)state;
	const struct setting_table *table = &net_settings_table;
	assert_int_equal(table->count * sizeof(int64_t), sizeof(struct net_settings));
	for (size_t i = 0; i < table->count; i++) {
		assert_int_equal(table->rows[i].offset, i * sizeof(int64_t));
		assert_true(table->rows[i].min < table->rows[i].max);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head_that_takes_too_long_gets_408),
	    cmocka_unit_test(test_408_waits_for_the_answers_before_it),
	    cmocka_unit_test(test_body_that_comes_too_slowly_gets_408),
	    cmocka_unit_test(test_body_may_take_longer_when_it_comes_fast_enough),
	    cmocka_unit_test(test_idle_connections_are_closed_without_a_word),
	    cmocka_unit_test(test_waiting_for_a_handler_has_no_deadline),
	    cmocka_unit_test(test_client_that_does_not_read_is_dropped),
	    cmocka_unit_test(test_client_that_reads_slowly_is_not_dropped),
	    cmocka_unit_test(test_connections_past_the_maximum_get_503),
	    cmocka_unit_test(test_address_has_its_maximum_of_connections),
	    cmocka_unit_test(test_connection_ends_after_its_maximum_of_requests),
	    cmocka_unit_test(test_shortage_of_descriptors_passes),
	    cmocka_unit_test(test_idle_connection_takes_at_most_512_bytes),
	    cmocka_unit_test(test_drain_answers_what_is_under_way),
	    cmocka_unit_test(test_drain_ends_at_its_deadline),
	    cmocka_unit_test(test_addresses_to_listen_on_are_checked),
	    cmocka_unit_test(test_ipv6_is_listened_on),
	    cmocka_unit_test(test_every_setting_has_its_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
