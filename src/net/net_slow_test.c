/* Clients that take nothing, clients that have gone, and reactors that come too late. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/net_test_support.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define PAGE_BYTES ((size_t)30000)
#define SHORT_MS 400

/* A client for which the kernel keeps next to nothing. */
static void client_open_small(struct client *client, const struct test_server *server)
{
	int least = 1;
	uint64_t port;
	Str address = net_server_address(server->server);
	assert_true(str_parse_uint(str_from(address, sizeof "127.0.0.1:" - 1), UINT16_MAX, &port));
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
	buf_init(&client->input, 2 * PAGE_BYTES);
}

/* Asks for a page and has it answered. */
static void page_get(struct test_server *server, const struct client *client)
{
	static char page[PAGE_BYTES + 1];
	memset(page, 'a', PAGE_BYTES);
	assert_int_equal(send(client->fd, GET("/later"), sizeof GET("/later") - 1, 0),
	                 sizeof GET("/later") - 1);
	pending_answer(server, pending_take(server, "/later"), page);
}

static void test_client_that_takes_nothing_of_a_page_is_not_idle(void **state)
{
	(void)state;
	struct test_server server;
	struct client taker;
	struct client idler;
	struct answer answer;
	server_init(&server);
	server.settings.send_timeout_ms = SHORT_MS;
	server.settings.idle_timeout_ms = (int64_t)2 * TEST_PATIENCE_MS;
	server_start(&server);
	client_open(&idler, &server);
	page_get(&server, &idler);
	client_read(&idler, &answer);
	assert_int_equal(answer.body_length, PAGE_BYTES);
	answer_done(&answer);
	int64_t since = monotonic_ms();
	client_open_small(&taker, &server);
	page_get(&server, &taker);
	wait_for_connections(&server, 1);
	assert_true(monotonic_ms() - since >= SHORT_MS / 2);
	/* Who has read everything may ask for more. */
	client_send(&idler, S(GET("/")));
	client_expect(&idler, 200, "hello");
	client_close(&taker);
	client_close(&idler);
	server_done(&server);
}

static void test_client_that_reads_a_page_slowly_gets_all_of_it(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	char bytes[1500];
	size_t received = 0;
	server_init(&server);
	server.settings.send_timeout_ms = SHORT_MS;
	server.settings.idle_timeout_ms = (int64_t)2 * TEST_PATIENCE_MS;
	server_start(&server);
	client_open_small(&client, &server);
	page_get(&server, &client);
	while (received < PAGE_BYTES) {
		ssize_t count = recv(client.fd, bytes, sizeof bytes, 0);
		assert_true(count > 0);
		received += (size_t)count;
		poll(NULL, 0, SHORT_MS / 8);
	}
	client_close(&client);
	server_done(&server);
}

static void test_client_that_closes_after_a_while_has_left(void **state)
{
	(void)state;
	struct test_server server;
	struct client waiter;
	struct client leaver;
	server_init(&server);
	server_start(&server);
	/* One says with its request that nothing more comes, and waits. */
	client_open(&waiter, &server);
	client_send(&waiter, S(GET("/later/1")));
	assert_int_equal(shutdown(waiter.fd, SHUT_WR), 0);
	client_open(&leaver, &server);
	client_send(&leaver, S(GET("/later/2")));
	struct net_exchange *first = pending_take(&server, "/later/1");
	struct net_exchange *second = pending_take(&server, "/later/2");
	int64_t since = monotonic_ms();
	while (monotonic_ms() - since < 150)
		poll(NULL, 0, 10);
	assert_false(net_exchange_has_left(first));
	assert_false(net_exchange_has_left(second));
	client_close(&leaver);
	while (!net_exchange_has_left(second) && monotonic_ms() - since < TEST_PATIENCE_MS)
		poll(NULL, 0, 1);
	assert_true(net_exchange_has_left(second));
	pending_answer(&server, first, "here");
	pending_answer(&server, second, "for nobody");
	client_expect(&waiter, 200, "here");
	client_close(&waiter);
	server_done(&server);
}

static void test_reactor_that_is_late_all_the_time_lags(void **state)
{
	(void)state;
	struct test_server server;
	struct client client;
	server_init(&server);
	server.settings.reactors = 1;
	server_start(&server);
	client_open(&client, &server);
	client_send(&client, S(GET("/busy")));
	client_expect(&client, 200, "hello");
	assert_false(atomic_load(&server.lags));
	for (int i = 0; i < 40; i++) {
		client_send(&client, S(GET("/busy")));
		client_expect(&client, 200, "hello");
	}
	assert_true(atomic_load(&server.lags));
	/* Once in time, and it does no longer. */
	for (int i = 0; i < 2; i++) {
		client_send(&client, S(GET("/")));
		client_expect(&client, 200, "hello");
	}
	client_send(&client, S(GET("/busy")));
	client_expect(&client, 200, "hello");
	assert_false(atomic_load(&server.lags));
	client_close(&client);
	server_done(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_that_takes_nothing_of_a_page_is_not_idle),
	    cmocka_unit_test(test_client_that_reads_a_page_slowly_gets_all_of_it),
	    cmocka_unit_test(test_client_that_closes_after_a_while_has_left),
	    cmocka_unit_test(test_reactor_that_is_late_all_the_time_lags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
