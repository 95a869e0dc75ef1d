#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_private.h"

/* Reads of one connection before the others have their turn. */
#define READS_ROUND 8
/* After the last answer a client has as long to be quiet. */
#define LINGER_QUIET_MS (2 * SECOND_MS)
/* Whoever closes its side sooner after its request may have meant nothing by it. */
#define LEFT_AFTER_US 100000

void connection_close(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	if (connection->fd < 0)
		return;
	close(connection->fd);
	connection->fd = -1;
	timers_remove(&reactor->timers, &connection->timer);
	connection_queue_abandon(connection);
	if (connection->incoming != NULL) {
		reactor->finished_us = monotonic_us();
		exchange_tell(connection->incoming, false);
		exchange_free(connection->incoming);
	}
	connection->incoming = NULL;
	connection_leftover_drop(connection);
	if (connection->stream != NULL)
		stream_free(connection->stream);
	connection->stream = NULL;
	address_limit_give(&reactor->server->addresses, connection->address_count);
	atomic_fetch_sub_explicit(&reactor->server->connections_open, 1, memory_order_relaxed);
	connection->next_closed = reactor->closed;
	reactor->closed = connection;
}

static void linger_read(struct connection *connection)
{
	for (int round = 0; round < READS_ROUND; round++) {
		ssize_t count = recv(connection->fd, connection->reactor->read_buffer, READ_BYTES, 0);
		if (count > 0 || (count < 0 && errno == EINTR))
			continue;
		if (count == 0 || errno != EAGAIN)
			connection_close(connection);
		return;
	}
	reactor_again(connection->reactor, connection);
}

static bool wants_input(const struct connection *connection)
{
	return connection->fd >= 0 && !connection->input_done &&
	       (connection->readable || connection->held) && !connection_is_held_back(connection) &&
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

static int64_t idle_deadline(struct connection *connection)
{
	const struct net_settings *settings = settings_for(connection);
	connection->idle_since = now_of(connection);
	if (connection->requests == 0)
		return connection->idle_since + settings->header_timeout_ms;
	int64_t deadline = connection->idle_since + settings->idle_timeout_ms;
	return connection->unseen ? earlier(deadline, connection_look_at(connection)) : deadline;
}

static void deadline_set(struct connection *connection)
{
	int64_t deadline = TIMER_NEVER;
	if (connection->lingering)
		deadline = earlier(connection->linger_deadline, now_of(connection) + LINGER_QUIET_MS);
	else if (connection->stream != NULL)
		deadline = connection->send_deadline != 0 ? TIMER_NEVER : connection->stream->beat_at;
	else if (is_idle(connection))
		deadline = idle_deadline(connection);
	else if (connection->incoming != NULL)
		deadline = body_deadline(connection);
	else if (connection->head_deadline != 0)
		deadline = connection->head_deadline;
	if (connection->send_deadline != 0)
		deadline = earlier(deadline, connection->send_deadline);
	timers_set(&connection->reactor->timers, &connection->timer, deadline);
}

void connection_settle(struct connection *connection)
{
	if (connection->fd < 0 || connection_give(connection))
		return;
	if (connection->stream != NULL) {
		/* A client that sends no more has left, as browsers do. */
		if (connection->peer_ended)
			connection_close(connection);
		else
			deadline_set(connection);
		return;
	}
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
		if (!connection_read_input(connection, &input))
			break;
		do {
			connection_take_input(connection, &input);
			if (connection->fd >= 0)
				connection_flush(connection);
		} while (connection->held && connection->in_flight == 0 && connection->fd >= 0);
		if (connection->fd >= 0 && !connection_leftover_keep(connection, input))
			connection_close(connection);
	}
	connection_settle(connection);
}

/* A client that has waited a while and then closes its side has given up, as browsers do when their
 * reader goes elsewhere. */
static void left_note(struct connection *connection)
{
	for (struct net_exchange *exchange = connection->first; exchange != NULL;
	     exchange = exchange->next)
		if (connection->reactor->now_us - exchange->since_us > LEFT_AFTER_US)
			atomic_store_explicit(&exchange->has_left, true, memory_order_relaxed);
}

static void send_more(struct connection *connection)
{
	if (connection->stream != NULL)
		stream_flush(connection);
	else
		connection_flush(connection);
}

void connection_event(struct connection *connection, uint32_t events)
{
	if (connection->fd < 0)
		return;
	if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && !connection->lingering)) {
		connection_close(connection);
		return;
	}
	if ((events & EPOLLRDHUP) != 0) {
		connection->peer_ended = true;
		left_note(connection);
	}
	if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
		connection->readable = true;
	if ((events & EPOLLOUT) != 0 && connection->send_deadline != 0)
		send_more(connection);
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

/* Reset, so that the kernel does not go on with what it holds for it. */
static void connection_cut(struct connection *connection)
{
	const struct linger at_once = {.l_onoff = 1};
	(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	connection_close(connection);
}

/* All was handed to the kernel: has it left? Whoever takes nothing of an answer is no idle client
 * that may ask for more. */
static void idle_look(struct connection *connection)
{
	int unread;
	if (!connection_is_read(connection, &unread)) {
		connection_cut(connection);
		return;
	}
	connection->unseen = unread > 0;
	timers_set(&connection->reactor->timers, &connection->timer,
	           connection->unseen
	               ? connection_look_at(connection)
	               : connection->idle_since + settings_for(connection)->idle_timeout_ms);
}

void connection_expire(struct connection *connection)
{
	int64_t now = now_of(connection);
	if (connection->awake) {
		connection->awake = false;
		if (connection->stream != NULL && connection->reactor->is_draining) {
			stream_end(connection);
			connection_settle(connection);
			return;
		}
		connection->readable = true; /* a last look */
		connection_advance(connection);
		return;
	}
	if (connection->send_deadline != 0 && connection->send_deadline <= now) {
		int unread;
		connection->send_deadline = connection_look_at(connection);
		if (connection_is_read(connection, &unread))
			connection_settle(connection);
		else
			connection_cut(connection);
		return;
	}
	if (connection->stream != NULL) {
		stream_beat(connection);
		connection_settle(connection);
		return;
	}
	if (connection->unseen && is_idle(connection) && !connection->lingering) {
		idle_look(connection);
		return;
	}
	if (connection->lingering || is_idle(connection)) {
		connection_close(connection);
		return;
	}
	connection_refuse(connection, connection->incoming, 408);
	connection_leftover_drop(connection);
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

void connection_open_given(struct reactor *reactor, int fd, Str input)
{
	struct sockaddr_storage peer = {0};
	socklen_t length = sizeof peer;
	if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) {
		close(fd); /* the client has gone */
		return;
	}
	struct connection *connection = reactor_accepted(reactor, fd, &peer);
	if (connection == NULL || connection->fd < 0)
		return;
	connection->requests++; /* it is no newcomer, whose head would be waited for */
	connection_take_input(connection, &input);
	if (connection->fd >= 0)
		connection_flush(connection);
	if (connection->fd >= 0 && !connection_leftover_keep(connection, input))
		connection_close(connection);
	if (connection->fd >= 0)
		connection_advance(connection);
}

struct connection *connection_open(struct reactor *reactor, int fd,
                                   const struct sockaddr_storage *peer, bool turned_away,
                                   struct address_count *address_count)
{
	struct connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL || !timers_add(&reactor->timers, &connection->timer)) {
		free(connection);
		close(fd);
		address_limit_give(&reactor->server->addresses, address_count);
		atomic_fetch_sub_explicit(&reactor->server->connections_open, 1, memory_order_relaxed);
		return NULL;
	}
	connection->reactor = reactor;
	connection->fd = fd;
	connection->address_count = address_count;
	address_format(peer, connection->address);
	if (reactor_watch(reactor, fd, connection) != OK) {
		connection_close(connection);
		return NULL;
	}
	if (turned_away) {
		connection_refuse(connection, NULL, 503);
		if (connection->fd >= 0)
			connection_flush(connection);
	}
	connection_settle(connection);
	return connection;
}
