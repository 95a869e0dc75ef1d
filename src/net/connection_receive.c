#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/net_private.h"

void connection_leftover_drop(struct connection *connection)
{
	free(connection->leftover);
	connection->leftover = NULL;
	connection->leftover_length = 0;
}

void connection_refuse(struct connection *connection, struct net_exchange *exchange, int status)
{
	struct reactor *reactor = connection->reactor;
	if (exchange == NULL)
		exchange = exchange_new(reactor);
	if (exchange == NULL) {
		connection_close(connection);
		return;
	}
	connection->incoming = NULL;
	connection->input_done = true;
	exchange->answer = *refusal_find(reactor->server, status);
	exchange->close = true;
	exchange->linger = true;
	connection_queue_add(connection, exchange);
	exchange_finish(exchange);
}

static void hand_over(struct connection *connection, struct net_exchange *exchange)
{
	struct reactor *reactor = connection->reactor;
	const struct net_handler *handler = &reactor->server->handler;
	connection_queue_add(connection, exchange);
	connection->input_done |= exchange->close;
	reactor->unanswered++;
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
		connection_refuse(connection, exchange, 413);
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
	if (!exchange_keep_head(exchange, head, str_from_c(connection->address))) {
		connection_refuse(connection, exchange, 503);
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
		connection_refuse(connection, exchange, status);
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
	connection_refuse(connection, connection->incoming, fits ? 503 : 413);
	return false;
}

static bool body_next_chunked(struct connection *connection, Str *input)
{
	for (;;) {
		Str data;
		switch (http_chunks_next(&connection->incoming->chunks, input, &data)) {
		case HTTP_REFUSED:
			connection_refuse(connection, connection->incoming, 400);
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

void connection_take_input(struct connection *connection, Str *input)
{
	bool goes_on = true;
	connection->held = false;
	while (goes_on && connection->fd >= 0 && !connection->input_done && input->length > 0)
		goes_on = connection->incoming != NULL ? body_next(connection, input)
		                                       : head_next(connection, input);
}

bool connection_leftover_keep(struct connection *connection, Str input)
{
	if (connection->input_done || input.length == 0) {
		connection_leftover_drop(connection);
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

bool connection_read_input(struct connection *connection, Str *input)
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
