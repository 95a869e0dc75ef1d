#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/random.h"
#include "net/net_private.h"

/* Of one turn, so that requests are answered in between. */
#define STREAMS_TURN 64
/* After a round as many times its length is left to other work: a story with a hundred replies a
 * second and ten thousand readers sends each of them several events at a time. */
#define ROUND_PAUSES 2
#define ROUND_PAUSE_MAX_MS 150
/* A client that acknowledges nothing for so long is gone. */
#define SILENT_MAX_MS (30 * SECOND_MS)
/* The kernel's part of what a stream may have waiting. */
#define SEND_BUFFER_BYTES (16 << 10)
/* When the server ends, its clients come back within this time, not all at once. */
#define RETURN_MIN_MS (1 * SECOND_MS)
#define RETURN_SPREAD_MS (10 * SECOND_MS)

/* ---- the life of one ---- */

static void list_add(struct streams *streams, struct stream *stream)
{
	stream->previous = NULL;
	stream->next = streams->first;
	if (streams->first != NULL)
		streams->first->previous = stream;
	streams->first = stream;
}

static void list_remove(struct streams *streams, struct stream *stream)
{
	if (streams->cursor == stream)
		streams->cursor = stream->next;
	if (stream->next != NULL)
		stream->next->previous = stream->previous;
	if (stream->previous != NULL)
		stream->previous->next = stream->next;
	else
		streams->first = stream->next;
}

static struct stream *stream_new(struct connection *connection)
{
	struct net_server *server = connection->reactor->server;
	int64_t most = server->max_connections - server->max_connections / 4;
	struct stream *stream = calloc(1, sizeof *stream);
	if (stream == NULL)
		return NULL;
	if (atomic_fetch_add(&server->streams_open, 1) >= most ||
	    !address_limit_take_stream(&server->addresses, connection->address_count)) {
		atomic_fetch_sub(&server->streams_open, 1);
		free(stream);
		return NULL;
	}
	stream->reactor = connection->reactor;
	stream->address_count = connection->address_count;
	return stream;
}

void stream_free(struct stream *stream)
{
	struct streams *streams = &stream->reactor->streams;
	struct net_server *server = stream->reactor->server;
	if (stream->connection != NULL) {
		list_remove(streams, stream);
		atomic_fetch_sub(&streams->count, 1);
	}
	address_limit_give_stream(&server->addresses, stream->address_count);
	atomic_fetch_sub(&server->streams_open, 1);
	free(stream);
}

bool net_answer_stream(struct net_exchange *exchange, const struct net_answer *answer,
                       uint64_t position, const uint64_t topics[STREAM_TOPICS])
{
	CHECK(exchange->reactor->dispatching == exchange && exchange->reactor->server->events != NULL);
	if (exchange->is_head) {
		net_answer(exchange, answer);
		return true;
	}
	if (exchange->reactor->is_draining)
		return false;
	struct stream *stream = stream_new(exchange->connection);
	if (stream == NULL)
		return false;
	stream->position = position;
	memcpy(stream->topics, topics, sizeof stream->topics);
	exchange->stream = stream;
	/* The end of the stream is the end of the connection, in HTTP/1.0 as in 1.1. */
	exchange->close = true;
	net_answer(exchange, answer);
	return true;
}

void stream_begin(struct connection *connection, struct stream *stream)
{
	struct streams *streams = &connection->reactor->streams;
	int buffer_bytes = SEND_BUFFER_BYTES;
	unsigned silent_ms = SILENT_MAX_MS;
	/* Where the kernel refuses either, the stream works all the same. */
	setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
	setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof silent_ms);
	/* Knuth's multiplicative hash: neighbours lie far apart. */
	uint32_t spread = streams->begun++ * UINT32_C(2654435761) >> 16;
	int64_t beat_ms = connection->reactor->server->beat_min_ms;
	stream->beat_ms = beat_ms + (beat_ms / 2 * spread >> 16);
	stream->beat_at = now_of(connection) + stream->beat_ms;
	stream->connection = connection;
	connection->stream = stream;
	connection->send_deadline = 0;
	list_add(streams, stream);
	/* Before the ring is looked at: what comes after that look wakes the reactor. */
	atomic_fetch_add(&streams->count, 1);
	if (connection->reactor->is_draining)
		stream_end(connection);
	else
		stream_flush(connection);
}

/* ---- sending ---- */

/* Counts `sent` bytes off the events. False when some of them are left. */
static bool sent_count(struct stream *stream, struct event *const *events, size_t count,
                       size_t sent)
{
	for (size_t i = 0; i < count; i++) {
		size_t rest = events[i]->length - stream->sent_bytes;
		if (sent < rest) {
			stream->sent_bytes += sent;
			return false;
		}
		sent -= rest;
		stream->sent_bytes = 0;
		stream->position = events[i]->number;
	}
	return true;
}

static ssize_t events_send(const struct stream *stream, struct event *const *events, size_t count)
{
	struct iovec pieces[EVENTS_TAKEN_MAX];
	for (size_t i = 0; i < count; i++) {
		size_t skip = i == 0 ? stream->sent_bytes : 0;
		pieces[i] = (struct iovec){events[i]->bytes + skip, events[i]->length - skip};
	}
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
	ssize_t sent;
	do
		sent = sendmsg(stream->connection->fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

/* Sends some events. True when there may be more to send at once. */
static bool flush_some(struct connection *connection)
{
	struct stream *stream = connection->stream;
	struct event_ring *ring = connection->reactor->server->events;
	struct event *events[EVENTS_TAKEN_MAX];
	size_t count;
	uint64_t position = stream->position;
	if (!event_ring_take(ring, stream->topics, &position, events, &count)) {
		/* Further behind than the ring reaches: it comes back, and is told that it missed some. */
		connection_close(connection);
		return false;
	}
	ssize_t sent = count == 0 ? 0 : events_send(stream, events, count);
	bool is_blocked = sent < 0 && errno == EAGAIN;
	bool is_all = sent >= 0 && sent_count(stream, events, count, (size_t)sent);
	for (size_t i = 0; i < count; i++)
		event_release(events[i]);
	if (sent < 0 && !is_blocked) {
		connection_close(connection);
		return false;
	}
	if (!is_all) {
		connection_send_wait(connection);
		return false;
	}
	stream->position = position;
	connection->send_deadline = 0;
	if (count > 0)
		stream->beat_at = now_of(connection) + stream->beat_ms;
	return count == EVENTS_TAKEN_MAX;
}

void stream_flush(struct connection *connection)
{
	while (flush_some(connection))
		continue;
}

void stream_beat(struct connection *connection)
{
	static const char comment[] = ":\n\n";
	struct stream *stream = connection->stream;
	stream->beat_at = now_of(connection) + stream->beat_ms;
	ssize_t sent = send(connection->fd, comment, sizeof comment - 1, MSG_NOSIGNAL);
	/* A part of it would swallow the line that comes next. */
	if (sent != (ssize_t)sizeof comment - 1 && !(sent < 0 && errno == EAGAIN))
		connection_close(connection);
}

void stream_end(struct connection *connection)
{
	uint32_t spread;
	char last[32];
	random_bytes(&spread, sizeof spread);
	int length = snprintf(last, sizeof last, "retry: %lld\n\n",
	                      (long long)(RETURN_MIN_MS + spread % RETURN_SPREAD_MS));
	/* In the middle of an event nothing can be said. */
	ssize_t sent = connection->send_deadline != 0
	                   ? -1
	                   : send(connection->fd, last, (size_t)length, MSG_NOSIGNAL);
	if (sent < 0) {
		connection_close(connection);
		return;
	}
	stream_free(connection->stream);
	connection->stream = NULL;
	connection_linger(connection);
}

/* ---- rounds ---- */

static bool has_news(const struct reactor *reactor)
{
	const struct event_ring *ring = reactor->server->events;
	return ring != NULL && reactor->streams.first != NULL &&
	       event_ring_newest(ring) != reactor->streams.goal;
}

static void round_end(struct reactor *reactor)
{
	struct streams *streams = &reactor->streams;
	int64_t pause = ROUND_PAUSES * (monotonic_ms() - streams->round_began);
	streams->again_at = monotonic_ms() + (pause < ROUND_PAUSE_MAX_MS ? pause : ROUND_PAUSE_MAX_MS);
}

void streams_run(struct reactor *reactor)
{
	struct streams *streams = &reactor->streams;
	if (streams->cursor == NULL) {
		if (!has_news(reactor) || reactor->now < streams->again_at)
			return;
		streams->goal = event_ring_newest(reactor->server->events);
		streams->cursor = streams->first;
		streams->round_began = reactor->now;
	}
	for (size_t i = 0; i < STREAMS_TURN && streams->cursor != NULL; i++) {
		struct stream *stream = streams->cursor;
		struct connection *connection = stream->connection;
		streams->cursor = stream->next;
		/* One that is blocked goes on when its client has read. */
		if (connection->send_deadline != 0)
			continue;
		stream_flush(connection);
		connection_settle(connection);
	}
	if (streams->cursor == NULL)
		round_end(reactor);
}

int64_t streams_next(const struct reactor *reactor)
{
	if (reactor->streams.cursor != NULL)
		return 0;
	return has_news(reactor) ? reactor->streams.again_at : TIMER_NEVER;
}

void streams_wake(struct net_server *server)
{
	for (size_t i = 0; i < server->reactor_count; i++)
		if (atomic_load(&server->reactors[i].streams.count) > 0)
			reactor_wake(&server->reactors[i]);
}
