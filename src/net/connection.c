#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_private.h"

/* Reads of one connection before the others have their turn. */
#define READS_ROUND 8
/* Of one message: three an answer. */
#define MAX_PIECES (3 * (size_t)MAX_PIPELINE)
/* After the last answer: as long as the client sends, and then as long as it is quiet. */
#define LINGER_MS (15 * SECOND_MS)
#define LINGER_QUIET_MS (2 * SECOND_MS)

static const struct net_settings *settings_for(const struct connection *connection)
{
	return &connection->reactor->server->settings;
}

static int64_t now_of(const struct connection *connection)
{
	return connection->reactor->now;
}

static Str address_of(const struct connection *connection)
{
	return str_from_c(connection->address);
}

/* ---- Queue ------------------------------------------------------------------------------- */

static void queue_add(struct connection *connection, struct net_exchange *exchange)
{
	exchange->connection = connection;
	exchange->next = NULL;
	if (connection->last == NULL)
		connection->first = exchange;
	else
		connection->last->next = exchange;
	connection->last = exchange;
	connection->in_flight++;
}

static void queue_pop(struct connection *connection)
{
	struct net_exchange *exchange = connection->first;
	connection->first = exchange->next;
	if (connection->first == NULL)
		connection->last = NULL;
	connection->in_flight--;
	exchange_release(exchange);
	exchange_free(exchange);
}

/* What is unanswered outlives the connection, and is freed when its answer comes. */
static void queue_abandon(struct connection *connection)
{
	while (connection->first != NULL) {
		struct net_exchange *exchange = connection->first;
		if (exchange->is_answered) {
			queue_pop(connection);
			continue;
		}
		connection->first = exchange->next;
		exchange->connection = NULL;
		connection->in_flight--;
	}
	connection->last = NULL;
}

/* ---- Life -------------------------------------------------------------------------------- */

static void leftover_drop(struct connection *connection)
{
	free(connection->leftover);
	connection->leftover = NULL;
	connection->leftover_length = 0;
}

void connection_close(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	if (connection->fd < 0)
		return;
	close(connection->fd);
	connection->fd = -1;
	timers_remove(&reactor->timers, &connection->timer);
	queue_abandon(connection);
	if (connection->incoming != NULL)
		exchange_free(connection->incoming);
	connection->incoming = NULL;
	leftover_drop(connection);
	address_limit_give(&reactor->server->addresses, connection->address_count);
	atomic_fetch_sub_explicit(&reactor->server->connections_open, 1, memory_order_relaxed);
	connection->next_closed = reactor->closed;
	reactor->closed = connection;
}

/* RST would make the client lose an answer that it has not read yet (RFC 9112 §9.6): so say that
 * nothing more comes, and read past what it still sends. */
static void linger_begin(struct connection *connection)
{
	if (shutdown(connection->fd, SHUT_WR) != 0) {
		connection_close(connection);
		return;
	}
	queue_abandon(connection);
	connection->lingering = true;
	connection->readable = true;
	connection->linger_deadline = now_of(connection) + LINGER_MS;
}

static void linger_read(struct connection *connection)
{
	for (int round = 0; round < READS_ROUND; round++) {
		ssize_t count = recv(connection->fd, NULL, INT32_MAX, MSG_TRUNC);
		if (count > 0 || (count < 0 && errno == EINTR))
			continue;
		if (count == 0 || errno != EAGAIN)
			connection_close(connection);
		return;
	}
	reactor_again(connection->reactor, connection);
}

/* ---- Sending ----------------------------------------------------------------------------- */

static size_t piece_add(struct iovec *pieces, size_t count, Str piece, size_t *skip)
{
	if (*skip >= piece.length) {
		*skip -= piece.length;
		return count;
	}
	/* sendmsg only reads; its struct serves both directions. */
	union {
		const char *in;
		void *out;
	} base = {.in = piece.bytes + *skip};
	pieces[count] = (struct iovec){base.out, piece.length - *skip};
	*skip = 0;
	return count + 1;
}

static size_t exchange_bytes(const struct net_exchange *exchange)
{
	return exchange->answer.head.length + exchange->end_length + exchange->answer.body.length;
}

/* Counts `sent` bytes off the queue. True when the connection's last answer has left. */
static bool sent_count(struct connection *connection, size_t sent, bool *linger)
{
	while (connection->first != NULL && connection->first->is_answered) {
		struct net_exchange *exchange = connection->first;
		size_t rest = exchange_bytes(exchange) - exchange->sent_bytes;
		if (sent < rest) {
			exchange->sent_bytes += sent;
			return false;
		}
		sent -= rest;
		bool close = exchange->close;
		*linger = exchange->linger;
		queue_pop(connection);
		if (close)
			return true;
	}
	return false;
}

static void send_wait(struct connection *connection)
{
	connection->send_deadline = now_of(connection) + settings_for(connection)->send_timeout_ms;
	connection->unacknowledged_bytes = INT32_MAX;
}

/* Answers in a row, up to one that ends the connection, as one message: head, end and body of each
 * where they lie. */
static size_t pieces_gather(const struct connection *connection, struct iovec *pieces,
                            size_t *total)
{
	size_t count = 0;
	*total = 0;
	for (const struct net_exchange *exchange = connection->first;
	     exchange != NULL && exchange->is_answered && count + 3 <= MAX_PIECES;
	     exchange = exchange->next) {
		size_t skip = exchange->sent_bytes;
		*total += exchange_bytes(exchange) - skip;
		count = piece_add(pieces, count, exchange->answer.head, &skip);
		count = piece_add(pieces, count, (Str){exchange->end, exchange->end_length}, &skip);
		count = piece_add(pieces, count, exchange->answer.body, &skip);
		if (exchange->close)
			break;
	}
	return count;
}

void connection_flush(struct connection *connection)
{
	while (connection->first != NULL && connection->first->is_answered) {
		struct iovec pieces[MAX_PIECES];
		size_t total;
		size_t count = pieces_gather(connection, pieces, &total);
		struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
		ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN) {
			if (connection->send_deadline == 0)
				send_wait(connection);
			return;
		}
		if (sent < 0) {
			connection_close(connection);
			return;
		}
		bool linger = false;
		if (sent_count(connection, (size_t)sent, &linger)) {
			if (linger)
				linger_begin(connection);
			else
				connection_close(connection);
			return;
		}
		if ((size_t)sent < total) {
			send_wait(connection); /* the next event comes when there is room again */
			return;
		}
		connection->send_deadline = 0;
	}
}

/* ---- Receiving --------------------------------------------------------------------------- */

/* Net's own answer, in its turn; the connection ends with it. `exchange` may be NULL. */
static void refuse(struct connection *connection, struct net_exchange *exchange, int status)
{
	struct reactor *reactor = connection->reactor;
	if (exchange == NULL)
		exchange = exchange_new(reactor);
	if (exchange == NULL) {
		connection_close(connection);
		return;
	}
	count_one(&reactor->refusals);
	connection->incoming = NULL;
	connection->input_done = true;
	exchange->answer = *refusal_find(reactor->server, status);
	exchange->close = true;
	exchange->linger = true;
	queue_add(connection, exchange);
	exchange_finish(exchange);
}

static void hand_over(struct connection *connection, struct net_exchange *exchange)
{
	struct reactor *reactor = connection->reactor;
	const struct net_handler *handler = &reactor->server->handler;
	count_one(&reactor->requests);
	queue_add(connection, exchange);
	connection->input_done |= exchange->close;
	reactor->dispatching = exchange;
	handler->request(exchange, handler->context);
	reactor->dispatching = NULL;
}

static bool has_body(const struct http_request *request)
{
	return request->chunked || request->content_length > 0;
}

/* RFC 9110 §10.1.1. Not sent when the body is already coming. All answers before it have left, so
 * there is room for it; where there is not, the client goes on by itself after a while. */
static bool continue_send(const struct connection *connection)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	ssize_t sent = send(connection->fd, line, sizeof line - 1, MSG_NOSIGNAL);
	return sent == (ssize_t)sizeof line - 1 || (sent < 0 && errno == EAGAIN);
}

static void body_begin(struct connection *connection, struct net_exchange *exchange, bool is_coming)
{
	const struct net_handler *handler = &connection->reactor->server->handler;
	const struct http_request *request = &exchange->request;
	size_t max_bytes =
	    handler->max_body_bytes == NULL ? 0 : handler->max_body_bytes(request, handler->context);
	if (max_bytes > (size_t)settings_for(connection)->max_body_bytes)
		max_bytes = (size_t)settings_for(connection)->max_body_bytes;
	if (max_bytes == 0 || request->content_length > max_bytes) {
		refuse(connection, exchange, 413);
		return;
	}
	buf_init(&exchange->body, max_bytes);
	exchange->chunks = HTTP_CHUNKS_START;
	connection->incoming = exchange;
	connection->body_since = now_of(connection);
	if (request->expects_continue && !is_coming && !continue_send(connection))
		connection_close(connection);
}

static bool is_safe(const struct http_request *request)
{
	return (request->method == HTTP_GET || request->method == HTTP_HEAD) && !has_body(request);
}

static void head_take(struct connection *connection, struct net_exchange *exchange, Str head,
                      bool more_is_there)
{
	struct http_request *request = &exchange->request;
	connection->head_deadline = 0;
	connection->requests++;
	exchange->is_head = request->method == HTTP_HEAD;
	if (!exchange_keep_head(exchange, head, address_of(connection))) {
		refuse(connection, exchange, 503);
		return;
	}
	if (!request->keep_alive) {
		exchange->close = true;
	} else if (connection->requests >= settings_for(connection)->max_requests_connection) {
		exchange->close = true;
		exchange->linger = true;
	}
	connection->in_order = !is_safe(request);
	if (has_body(request))
		body_begin(connection, exchange, more_is_there);
	else
		hand_over(connection, exchange);
}

/* One head from the front of `*input`. False when that must wait. */
static bool head_next(struct connection *connection, Str *input)
{
	struct reactor *reactor = connection->reactor;
	if (connection->in_flight == MAX_PIPELINE || (connection->in_order && connection->in_flight)) {
		connection->held = true;
		return false;
	}
	struct net_exchange *exchange = exchange_new(reactor);
	if (exchange == NULL) {
		connection_close(connection);
		return false;
	}
	size_t head_bytes;
	int status;
	enum http_parse_result result =
	    http_parse_head(*input, (size_t)settings_for(connection)->max_header_bytes,
	                    &exchange->request, &head_bytes, &status);
	/* Only safe requests are handled side by side (RFC 9112 §9.3.2). */
	bool must_wait =
	    result == HTTP_PARSED && connection->in_flight > 0 && !is_safe(&exchange->request);
	if (result == HTTP_INCOMPLETE || must_wait) {
		connection->held = must_wait;
		exchange_free(exchange);
		return false;
	}
	if (result == HTTP_REFUSED) {
		refuse(connection, exchange, status);
		return false;
	}
	Str head = str_slice(*input, 0, head_bytes);
	*input = str_from(*input, head_bytes);
	head_take(connection, exchange, head, input->length > 0);
	return true;
}

static void body_end(struct connection *connection)
{
	struct net_exchange *exchange = connection->incoming;
	connection->incoming = NULL;
	exchange->request.body = buf_str(&exchange->body);
	hand_over(connection, exchange);
}

/* False when the body was refused. */
static bool body_add(struct connection *connection, Str data)
{
	struct buf *body = &connection->incoming->body;
	bool fits = data.length <= body->max_bytes - body->length;
	buf_add(body, data);
	if (!body->failed)
		return true;
	refuse(connection, connection->incoming, fits ? 503 : 413);
	return false;
}

static bool body_next_chunked(struct connection *connection, Str *input)
{
	for (;;) {
		Str data;
		switch (http_chunks_next(&connection->incoming->chunks, input, &data)) {
		case HTTP_REFUSED:
			refuse(connection, connection->incoming, 400);
			return false;
		case HTTP_PARSED:
			body_end(connection);
			return true;
		case HTTP_INCOMPLETE:
			if (data.length == 0 || !body_add(connection, data))
				return false;
		}
	}
}

/* What there is of a body. True when it is complete. */
static bool body_next(struct connection *connection, Str *input)
{
	struct net_exchange *exchange = connection->incoming;
	if (exchange->request.chunked)
		return body_next_chunked(connection, input);
	size_t missing = (size_t)exchange->request.content_length - exchange->body.length;
	Str data = str_slice(*input, 0, missing);
	*input = str_from(*input, data.length);
	if (!body_add(connection, data) || data.length < missing)
		return false;
	body_end(connection);
	return true;
}

/* As many requests as `*input` holds and may be in flight. */
static void input_take(struct connection *connection, Str *input)
{
	bool goes_on = true;
	connection->held = false;
	while (goes_on && connection->fd >= 0 && !connection->input_done && input->length > 0)
		goes_on = connection->incoming != NULL ? body_next(connection, input)
		                                       : head_next(connection, input);
}

/* Keeps what is not parsed yet, and no byte more, so that an idle connection has no buffer. */
static bool leftover_keep(struct connection *connection, Str input)
{
	if (connection->input_done || input.length == 0) {
		leftover_drop(connection);
		return true;
	}
	char *leftover = realloc(connection->leftover, input.length);
	if (leftover == NULL)
		return false;
	connection->leftover = leftover;
	connection->leftover_length = input.length;
	memcpy(connection->leftover, input.bytes, input.length);
	return true;
}

/* The leftover and what the socket has, in the reactor's buffer. False when there is nothing new
 * or the connection is gone. */
static bool input_read(struct connection *connection, Str *input)
{
	char *buffer = connection->reactor->read_buffer;
	size_t have = connection->leftover_length;
	bool is_new = connection->held;
	if (have > 0)
		memcpy(buffer, connection->leftover, have);
	*input = (Str){buffer, have};
	if (!connection->readable || have == READ_BYTES)
		return is_new;
	ssize_t count;
	do
		count = recv(connection->fd, buffer + have, READ_BYTES - have, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0 && errno != EAGAIN) {
		connection_close(connection);
		return false;
	}
	/* Less than was asked for is all there was, but the end may follow (epoll(7), question 9). */
	connection->readable =
	    count > 0 && (have + (size_t)count == READ_BYTES || connection->peer_ended);
	if (count == 0)
		connection->peer_ended = true;
	if (count <= 0)
		return is_new;
	input->length += (size_t)count;
	return true;
}

static bool wants_input(const struct connection *connection)
{
	return connection->fd >= 0 && !connection->input_done &&
	       (connection->readable || connection->held) &&
	       !(connection->held && connection->in_flight > 0);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The body may take its time from the start, and longer only as long as it comes fast enough. */
static int64_t body_deadline(const struct connection *connection)
{
	const struct net_settings *settings = settings_for(connection);
	int64_t received = (int64_t)connection->incoming->body.length;
	return connection->body_since + settings->body_timeout_ms +
	       received * SECOND_MS / settings->body_bytes_per_second;
}

static bool is_idle(const struct connection *connection)
{
	return connection->in_flight == 0 && connection->incoming == NULL &&
	       connection->leftover_length == 0;
}

static void deadline_set(struct connection *connection)
{
	const struct net_settings *settings = settings_for(connection);
	int64_t now = now_of(connection);
	int64_t deadline = TIMER_NEVER;
	if (connection->lingering)
		deadline = earlier(connection->linger_deadline, now + LINGER_QUIET_MS);
	else if (is_idle(connection))
		deadline = now + (connection->requests == 0 ? settings->header_timeout_ms
		                                            : settings->idle_timeout_ms);
	else if (connection->incoming != NULL)
		deadline = body_deadline(connection);
	else if (connection->head_deadline != 0)
		deadline = connection->head_deadline;
	if (connection->send_deadline != 0)
		deadline = earlier(deadline, connection->send_deadline);
	timers_set(&connection->reactor->timers, &connection->timer, deadline);
}

/* After all that could be done: is there anything left to wait for, and for how long? */
static void settle(struct connection *connection)
{
	if (connection->fd < 0)
		return;
	bool is_at_end = connection->peer_ended && !connection->readable && !connection->held;
	bool is_over = connection->in_flight == 0 &&
	               (is_at_end || (connection->reactor->is_draining && is_idle(connection)));
	if (is_over && !connection->lingering) {
		connection_close(connection);
		return;
	}
	bool is_partial = connection->leftover_length > 0 && !connection->held;
	if (!is_partial)
		connection->head_deadline = 0;
	else if (connection->head_deadline == 0)
		connection->head_deadline =
		    now_of(connection) + settings_for(connection)->header_timeout_ms;
	deadline_set(connection);
}

void connection_advance(struct connection *connection)
{
	if (connection->lingering)
		linger_read(connection);
	for (int round = 0; wants_input(connection); round++) {
		Str input;
		if (round == READS_ROUND) {
			reactor_again(connection->reactor, connection);
			break;
		}
		if (!input_read(connection, &input))
			break;
		do {
			input_take(connection, &input);
			if (connection->fd >= 0)
				connection_flush(connection);
		} while (connection->held && connection->in_flight == 0 && connection->fd >= 0);
		if (connection->fd >= 0 && !leftover_keep(connection, input))
			connection_close(connection);
	}
	settle(connection);
}

void connection_event(struct connection *connection, uint32_t events)
{
	if (connection->fd < 0)
		return;
	if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && !connection->lingering)) {
		connection_close(connection);
		return;
	}
	if ((events & EPOLLRDHUP) != 0)
		connection->peer_ended = true;
	if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
		connection->readable = true;
	if ((events & EPOLLOUT) != 0 && connection->send_deadline != 0)
		connection_flush(connection);
	if (connection->fd >= 0)
		connection_advance(connection);
}

void connection_answered(struct connection *connection)
{
	if (connection->send_deadline == 0)
		connection_flush(connection);
	if (connection->fd >= 0)
		connection_advance(connection);
}

/* The kernel takes more only when a good part of what it holds has been acknowledged. A slow but
 * living reader is told from a dead one by asking it. */
static bool is_progressing(struct connection *connection)
{
	int unacknowledged;
	if (ioctl(connection->fd, SIOCOUTQ, &unacknowledged) != 0)
		return false;
	bool is_less = unacknowledged < connection->unacknowledged_bytes;
	connection->unacknowledged_bytes = unacknowledged;
	return is_less;
}

void connection_expire(struct connection *connection)
{
	int64_t now = now_of(connection);
	if (connection->awake) {
		connection->awake = false;
		connection->readable = true; /* a last look */
		connection_advance(connection);
		return;
	}
	if (connection->send_deadline != 0 && connection->send_deadline <= now) {
		if (!is_progressing(connection)) {
			connection_close(connection);
			return;
		}
		connection->send_deadline = now + settings_for(connection)->send_timeout_ms;
		settle(connection);
		return;
	}
	if (connection->lingering || is_idle(connection)) {
		connection_close(connection);
		return;
	}
	refuse(connection, connection->incoming, 408);
	leftover_drop(connection);
	if (connection->fd >= 0 && connection->send_deadline == 0)
		connection_flush(connection);
	if (connection->fd >= 0)
		connection_advance(connection);
}

static void address_format(const struct sockaddr_storage *peer, char out[INET6_ADDRSTRLEN])
{
	if (peer->ss_family == AF_INET) {
		struct sockaddr_in address;
		memcpy(&address, peer, sizeof address);
		inet_ntop(AF_INET, &address.sin_addr, out, INET6_ADDRSTRLEN);
		return;
	}
	struct sockaddr_in6 address;
	memcpy(&address, peer, sizeof address);
	/* A socket that serves both shows an IPv4 peer as ::ffff:192.0.2.1. */
	if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr))
		inet_ntop(AF_INET, address.sin6_addr.s6_addr + 12, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &address.sin6_addr, out, INET6_ADDRSTRLEN);
}

void connection_open(struct reactor *reactor, int fd, const struct sockaddr_storage *peer,
                     bool turned_away, struct address_count *address_count)
{
	struct connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL || !timers_add(&reactor->timers, &connection->timer)) {
		free(connection);
		close(fd);
		address_limit_give(&reactor->server->addresses, address_count);
		atomic_fetch_sub_explicit(&reactor->server->connections_open, 1, memory_order_relaxed);
		return;
	}
	connection->reactor = reactor;
	connection->fd = fd;
	connection->address_count = address_count;
	address_format(peer, connection->address);
	if (reactor_watch(reactor, fd, connection) != OK) {
		connection_close(connection);
		return;
	}
	if (turned_away) {
		refuse(connection, NULL, 503);
		if (connection->fd >= 0)
			connection_flush(connection);
	}
	settle(connection);
}
