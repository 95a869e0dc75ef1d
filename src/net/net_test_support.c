#include "net/net_test_support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_ANSWER_BYTES ((size_t)16 << 20)

static void released(void *owner)
{
	struct test_server *server = owner;
	atomic_fetch_add(&server->released, 1);
}

/* Answers whose bytes must live until they are released carry them. */
struct owned_answer {
	struct test_server *server;
	char head[128];
	char *body;
};

static void owned_released(void *owner)
{
	struct owned_answer *owned = owner;
	atomic_fetch_add(&owned->server->released, 1);
	free(owned->body);
	free(owned);
}

static void answer_copy(struct test_server *server, struct net_exchange *exchange, Str body)
{
	struct owned_answer *owned = malloc(sizeof *owned);
	assert_non_null(owned);
	owned->server = server;
	owned->body = malloc(body.length + 1);
	assert_non_null(owned->body);
	if (body.length > 0)
		memcpy(owned->body, body.bytes, body.length);
	int length = snprintf(owned->head, sizeof owned->head,
	                      "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n", body.length);
	atomic_fetch_add(&server->given, 1);
	net_answer(exchange, &(struct net_answer){.head = {owned->head, (size_t)length},
	                                          .body = {owned->body, body.length},
	                                          .release = owned_released,
	                                          .owner = owned});
}

static void answer_fixed(struct test_server *server, struct net_exchange *exchange, Str head,
                         Str body, bool close)
{
	atomic_fetch_add(&server->given, 1);
	net_answer(exchange, &(struct net_answer){
	                         .head = head,
	                         .body = body,
	                         .close = close,
	                         .release = released,
	                         .owner = server,
	                     });
}

static void pending_add(struct test_server *server, struct net_exchange *exchange)
{
	pthread_mutex_lock(&server->lock);
	assert_true(server->pending_count < MAX_PENDING);
	if (net_exchange_request(exchange)->method == HTTP_POST && server->pending_count > 0)
		atomic_fetch_add(&server->unsafe_beside_others, 1);
	server->pending[server->pending_count++] = exchange;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
}

static void answer_stream(struct test_server *server, struct net_exchange *exchange)
{
	const struct http_request *request = net_exchange_request(exchange);
	uint64_t topics[STREAM_TOPICS] = {0};
	uint64_t position = event_ring_newest(server->events);
	Str id = http_request_field(request, S("Last-Event-ID"));
	assert_true(str_parse_uint(str_from(request->path, sizeof "/stream/" - 1), UINT64_MAX, topics));
	if (id.length > 0)
		assert_true(event_ring_find(server->events, id, &position));
	const struct net_answer answer = {.head = S("HTTP/1.1 200 OK\r\n"),
	                                  .body = S("hello\n"),
	                                  .release = released,
	                                  .owner = server};
	atomic_fetch_add(&server->given, 1);
	if (net_answer_stream(exchange, &answer, position, topics))
		return;
	atomic_fetch_sub(&server->given, 1);
	answer_fixed(server, exchange, S("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n"),
	             S("full"), false);
}

static void answer_busy(struct test_server *server, struct net_exchange *exchange)
{
	int64_t until_us = monotonic_us() + LAG_MAX_US + 1000;
	atomic_store(&server->lags, net_exchange_lags(exchange));
	while (monotonic_us() < until_us)
		;
	answer_fixed(server, exchange, S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), S("hello"),
	             false);
}

static void handle(struct net_exchange *exchange, void *context)
{
	struct test_server *server = context;
	const struct http_request *request = net_exchange_request(exchange);
	if (str_starts_with(request->path, S("/later")))
		pending_add(server, exchange);
	else if (str_starts_with(request->path, S("/stream/")))
		answer_stream(server, exchange);
	else if (str_equal(request->path, S("/echo")))
		answer_copy(server, exchange, request->body);
	else if (str_equal(request->path, S("/large")))
		answer_fixed(server, exchange, S("HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n"),
		             (Str){server->large, LARGE_BYTES}, false);
	else if (str_equal(request->path, S("/busy")))
		answer_busy(server, exchange);
	else if (str_equal(request->path, S("/end")))
		answer_fixed(server, exchange, S("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), S("bye"),
		             true);
	else
		answer_fixed(server, exchange, S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), S("hello"),
		             false);
}

static size_t max_body_bytes(const struct http_request *request, void *context)
{
	(void)context;
	return str_equal(request->path, S("/")) ? 0 : MAX_ECHO_BYTES;
}

void server_init(struct test_server *server)
{
	*server = (struct test_server){
	    .settings =
	        {
	            .reactors = 2,
	            .max_connections = 1000,
	            .max_connections_address = 100,
	            .header_timeout_ms = TEST_PATIENCE_MS,
	            .body_timeout_ms = TEST_PATIENCE_MS,
	            .body_bytes_per_second = 1024,
	            .send_timeout_ms = TEST_PATIENCE_MS,
	            .idle_timeout_ms = TEST_PATIENCE_MS,
	            .max_header_bytes = 4096,
	            .max_body_bytes = 1 << 20,
	            .max_requests_connection = 1000,
	        },
	    .large = malloc(LARGE_BYTES),
	};
	assert_non_null(server->large);
	for (size_t i = 0; i < LARGE_BYTES; i++)
		server->large[i] = (char)(i >> (i % 3 * 8));
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->changed, NULL);
}

void server_start(struct test_server *server)
{
	struct net_handler handler = {.request = handle,
	                              .max_body_bytes = max_body_bytes,
	                              .context = server,
	                              .events = server->events};
	int listener;
	assert_int_equal(net_listen(S("127.0.0.1:0"), &listener), OK);
	assert_int_equal(
	    net_server_open(listener, &server->settings, &handler, &clock_system, &server->server), OK);
	if (server->beat_min_ms != 0)
		server->server->beat_min_ms = server->beat_min_ms;
	assert_int_equal(net_server_start(server->server), OK);
}

void server_done(struct test_server *server)
{
	net_server_close(server->server);
	assert_int_equal(atomic_load(&server->released), atomic_load(&server->given));
	assert_int_equal(server->pending_count, 0);
	free(server->large);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->changed);
}

static struct net_exchange *pending_find(struct test_server *server, Str path)
{
	for (size_t i = 0; i < server->pending_count; i++) {
		struct net_exchange *exchange = server->pending[i];
		if (!str_equal(net_exchange_request(exchange)->path, path))
			continue;
		server->pending[i] = server->pending[--server->pending_count];
		return exchange;
	}
	return NULL;
}

struct net_exchange *pending_take(struct test_server *server, const char *path)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += TEST_PATIENCE_MS / 1000;
	struct net_exchange *exchange;
	int failed = 0;
	pthread_mutex_lock(&server->lock);
	while ((exchange = pending_find(server, str_from_c(path))) == NULL && failed == 0)
		failed = pthread_cond_timedwait(&server->changed, &server->lock, &until);
	pthread_mutex_unlock(&server->lock);
	assert_non_null(exchange);
	return exchange;
}

void pending_answer(struct test_server *server, struct net_exchange *exchange, const char *text)
{
	answer_copy(server, exchange, str_from_c(text));
}

void wait_for_connections(struct test_server *server, int64_t expected)
{
	int64_t until = monotonic_ms() + TEST_PATIENCE_MS;
	int64_t open;
	do {
		poll(NULL, 0, 1);
		open = atomic_load(&server->server->connections_open);
	} while (open != expected && monotonic_ms() < until);
	assert_int_equal(open, expected);
}

void client_open(struct client *client, const struct test_server *server)
{
	Str address = net_server_address(server->server);
	uint64_t port;
	assert_true(str_parse_uint(str_from(address, sizeof "127.0.0.1:" - 1), UINT16_MAX, &port));
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(client->fd >= 0);
	struct timeval patience = {.tv_sec = TEST_PATIENCE_MS / 1000};
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
	buf_init(&client->input, MAX_ANSWER_BYTES);
}

void client_close(struct client *client)
{
	close(client->fd);
	buf_done(&client->input);
}

void client_send(struct client *client, Str bytes)
{
	while (bytes.length > 0) {
		ssize_t sent = send(client->fd, bytes.bytes, bytes.length, MSG_NOSIGNAL);
		assert_true(sent > 0);
		bytes = str_from(bytes, (size_t)sent);
	}
}

/* More input; false at the end of the connection. */
static bool client_receive(struct client *client)
{
	char chunk[65536];
	ssize_t count = recv(client->fd, chunk, sizeof chunk, 0);
	assert_true(count >= 0);
	buf_add(&client->input, (Str){chunk, (size_t)count});
	assert_int_equal(buf_check(&client->input), OK);
	return count > 0;
}

static void input_drop(struct client *client, size_t length)
{
	struct buf *input = &client->input;
	memmove(input->bytes, input->bytes + length, input->length - length);
	input->length -= length;
}

void client_fill(struct client *client, size_t length)
{
	while (client->input.length < length)
		assert_true(client_receive(client));
}

void client_expect_bytes(struct client *client, Str bytes)
{
	client_fill(client, bytes.length);
	assert_memory_equal(client->input.bytes, bytes.bytes, bytes.length);
	input_drop(client, bytes.length);
}

void client_read_head(struct client *client, struct answer *out)
{
	size_t end;
	*out = (struct answer){0};
	while ((end = str_find(buf_str(&client->input), S("\r\n\r\n"))) == STR_NOT_FOUND)
		assert_true(client_receive(client));
	Str head = str_slice(buf_str(&client->input), 0, end + 2);
	snprintf(out->head, sizeof out->head, "\r\n%.*s", STR(head));
	uint64_t status;
	assert_true(str_starts_with(head, S("HTTP/1.1 ")));
	assert_true(str_parse_uint(str_slice(head, 9, 3), 599, &status));
	out->status = (int)status;
	input_drop(client, end + 4);
}

void client_read(struct client *client, struct answer *out)
{
	client_read_head(client, out);
	const char *field = strstr(out->head, "\r\nContent-Length: ");
	assert_non_null(field);
	out->body_length = strtoul(field + sizeof "\r\nContent-Length: " - 1, NULL, 10);
	while (client->input.length < out->body_length)
		assert_true(client_receive(client));
	out->body = malloc(out->body_length + 1);
	assert_non_null(out->body);
	memcpy(out->body, client->input.bytes, out->body_length);
	out->body[out->body_length] = 0;
	input_drop(client, out->body_length);
}

void answer_done(struct answer *answer)
{
	free(answer->body);
}

bool answer_has(const struct answer *answer, const char *line)
{
	char framed[256];
	snprintf(framed, sizeof framed, "\r\n%s\r\n", line);
	return strstr(answer->head, framed) != NULL;
}

void client_expect_end(struct client *client)
{
	assert_false(client_receive(client));
	assert_int_equal(client->input.length, 0);
}

bool client_is_readable(const struct client *client, int wait_ms)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
	return poll(&poll_fd, 1, wait_ms) == 1;
}

void client_expect(struct client *client, int status, const char *body)
{
	struct answer answer;
	client_read(client, &answer);
	assert_int_equal(answer.status, status);
	if (body != NULL)
		assert_string_equal(answer.body, body);
	answer_done(&answer);
}
