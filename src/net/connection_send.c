#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/net_private.h"

/* Of one message: three an answer. */
#define MAX_PIECES (3 * (size_t)MAX_PIPELINE)
/* While something is not read, it is looked at so often within net.send_timeout. */
#define LOOKS 8
/* Whoever takes less in net.send_timeout takes nothing. */
#define PROGRESS_BYTES 1024
/* How long a client may go on sending after the last answer. */
#define LINGER_MS (15 * SECOND_MS)

void connection_queue_add(struct connection *connection, struct net_exchange *exchange)
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

void connection_queue_abandon(struct connection *connection)
{
	if (connection->first != NULL)
		connection->reactor->finished_us = monotonic_us();
	while (connection->first != NULL) {
		struct net_exchange *exchange = connection->first;
		if (exchange->is_answered) {
			exchange_tell(exchange, false);
			queue_pop(connection);
			continue;
		}
		connection->first = exchange->next;
		exchange->connection = NULL;
		atomic_store_explicit(&exchange->has_left, true, memory_order_relaxed);
		connection->in_flight--;
	}
	connection->last = NULL;
}

/* RST would make the client lose an answer that it has not read yet (RFC 9112 §9.6): so say that
 * nothing more comes, and read past what it still sends. */
void connection_linger(struct connection *connection)
{
	if (shutdown(connection->fd, SHUT_WR) != 0) {
		connection_close(connection);
		return;
	}
	connection_queue_abandon(connection);
	connection->send_deadline = 0;
	connection->lingering = true;
	connection->readable = true;
	connection->linger_deadline = now_of(connection) + LINGER_MS;
}

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
static bool sent_count(struct connection *connection, size_t sent, bool *linger,
                       struct stream **stream)
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
		exchange_tell(exchange, true);
		*stream = exchange->stream;
		exchange->stream = NULL;
		queue_pop(connection);
		if (close)
			return true;
	}
	return false;
}

static int unread_bytes(const struct connection *connection)
{
	int bytes;
	return ioctl(connection->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

static void unread_note(struct connection *connection, int bytes)
{
	connection->unread_bytes = bytes;
	connection->unread_since = now_of(connection);
}

static int64_t look_every(const struct connection *connection)
{
	return settings_for(connection)->send_timeout_ms / LOOKS;
}

int64_t connection_look_at(const struct connection *connection)
{
	return now_of(connection) + look_every(connection);
}

void connection_send_wait(struct connection *connection)
{
	unread_note(connection, unread_bytes(connection));
	connection->send_deadline = connection_look_at(connection);
}

/* The kernel takes more only when it got rid of a good part of what it holds. So a slow reader is
 * told from a dead one by what was acknowledged meanwhile. What a look sees may have happened just
 * after the look before it: so nobody has longer than they may, and a little less perhaps. */
bool connection_is_read(struct connection *connection, int *unread)
{
	int64_t allowed_ms = settings_for(connection)->send_timeout_ms - look_every(connection);
	*unread = unread_bytes(connection);
	if (*unread == 0 || *unread <= connection->unread_bytes - PROGRESS_BYTES)
		unread_note(connection, *unread);
	return now_of(connection) - connection->unread_since < allowed_ms;
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
				connection_send_wait(connection);
			return;
		}
		if (sent < 0) {
			connection_close(connection);
			return;
		}
		connection->reactor->finished_us = monotonic_us();
		count_own(&connection->reactor->counts.sent_bytes, (uint64_t)sent);
		bool linger = false;
		struct stream *stream = NULL;
		if (sent_count(connection, (size_t)sent, &linger, &stream)) {
			if (stream != NULL)
				stream_begin(connection, stream);
			else if (linger)
				connection_linger(connection);
			else
				connection_close(connection);
			return;
		}
		if ((size_t)sent < total) {
			connection_send_wait(connection); /* the next event comes when there is room again */
			return;
		}
		connection->send_deadline = 0;
		unread_note(connection, INT_MAX); /* the first look tells how much */
		connection->unseen = true;
	}
}
