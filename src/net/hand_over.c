/* One server's end as another's beginning: waiting for reactors from outside, the pause in which
 * nothing is under way, and connections that go from one process to the other. A round of a reactor
 * is what it does between two waits for events: what was called in it has returned when it ends. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "net/net_private.h"

/* ---- rounds ---- */

void rounds_init(struct net_server *server)
{
	pthread_condattr_t attributes;
	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_mutex_init(&server->rounds_lock, NULL) == 0);
	CHECK(pthread_cond_init(&server->round_ended, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
}

void reactor_round_ended(struct reactor *reactor, uint64_t rounds)
{
	struct net_server *server = reactor->server;
	atomic_store(&reactor->rounds, rounds);
	if (atomic_load(&server->watchers) == 0)
		return;
	pthread_mutex_lock(&server->rounds_lock);
	pthread_cond_broadcast(&server->round_ended);
	pthread_mutex_unlock(&server->rounds_lock);
}

static void round_await(struct reactor *reactor)
{
	struct net_server *server = reactor->server;
	uint64_t before = atomic_load(&reactor->rounds);
	if (before == ROUNDS_OVER)
		return;
	reactor_wake(reactor);
	pthread_mutex_lock(&server->rounds_lock);
	while (atomic_load(&reactor->rounds) == before)
		pthread_cond_wait(&server->round_ended, &server->rounds_lock);
	pthread_mutex_unlock(&server->rounds_lock);
}

void net_server_pass(struct net_server *server)
{
	atomic_fetch_add(&server->watchers, 1);
	for (size_t i = 0; i < server->started_count; i++)
		round_await(&server->reactors[i]);
	atomic_fetch_sub(&server->watchers, 1);
}

/* ---- the pause ---- */

void reactor_pause_look(struct reactor *reactor)
{
	bool is_to_pause = atomic_load_explicit(&reactor->server->pausing, memory_order_relaxed);
	if (is_to_pause != reactor->is_paused && !reactor->is_draining) {
		reactor->is_paused = is_to_pause;
		if (is_to_pause) {
			reactor_listen_stop(reactor);
		} else {
			reactor_listen_start(reactor);
			reactor_look_at_all(reactor);
		}
	}
	bool is_quiet = reactor->is_paused && reactor->unanswered == 0;
	if (is_quiet != atomic_load_explicit(&reactor->is_quiet, memory_order_relaxed))
		atomic_store(&reactor->is_quiet, is_quiet);
}

static bool all_are_quiet(struct net_server *server)
{
	for (size_t i = 0; i < server->started_count; i++)
		if (!atomic_load(&server->reactors[i].is_quiet))
			return false;
	return true;
}

bool net_server_pause(struct net_server *server, int64_t deadline)
{
	const struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
	atomic_fetch_add(&server->watchers, 1);
	atomic_store(&server->pausing, true);
	for (size_t i = 0; i < server->started_count; i++)
		reactor_wake(&server->reactors[i]);
	pthread_mutex_lock(&server->rounds_lock);
	bool in_time = true;
	while (in_time && !all_are_quiet(server))
		in_time =
		    pthread_cond_timedwait(&server->round_ended, &server->rounds_lock, &until) != ETIMEDOUT;
	pthread_mutex_unlock(&server->rounds_lock);
	atomic_fetch_sub(&server->watchers, 1);
	return in_time;
}

void net_server_resume(struct net_server *server)
{
	atomic_store(&server->pausing, false);
	for (size_t i = 0; i < server->started_count; i++)
		reactor_wake(&server->reactors[i]);
}

/* ---- giving ---- */

static bool is_chunked(const struct connection *connection)
{
	return connection->incoming != NULL && connection->incoming->request.chunked;
}

bool connection_is_held_back(const struct connection *connection)
{
	const struct reactor *reactor = connection->reactor;
	return reactor->is_paused ||
	       (reactor->server->give_socket >= 0 && reactor->is_draining && !is_chunked(connection));
}

static bool can_be_given(const struct connection *connection)
{
	const struct reactor *reactor = connection->reactor;
	return reactor->is_draining && reactor->server->give_socket >= 0 &&
	       connection->in_flight == 0 && connection->stream == NULL && !connection->lingering &&
	       !connection->input_done && !is_chunked(connection);
}

/* What was read of a request, as it came: its head and what there is of its body, or a part of a
 * head. False when there is no memory for it. */
static bool input_write(const struct connection *connection, int file)
{
	const struct net_exchange *incoming = connection->incoming;
	Str parts[] = {{connection->leftover, connection->leftover_length}, {0}};
	if (incoming != NULL) {
		const char *head = incoming->long_head == NULL ? incoming->short_head : incoming->long_head;
		parts[0] = (Str){head, incoming->head_length};
		parts[1] = buf_str(&incoming->body);
	}
	for (size_t i = 0; i < 2; i++)
		if (parts[i].length > 0 &&
		    write(file, parts[i].bytes, parts[i].length) != (ssize_t)parts[i].length)
			return false;
	return true;
}

bool connection_give(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	bool has_input = connection->incoming != NULL || connection->leftover_length > 0;
	DESCRIPTOR input = -1;
	if (!can_be_given(connection))
		return false;
	if (has_input) {
		input = memfd_create("request", MFD_CLOEXEC);
		if (input < 0 || !input_write(connection, input))
			return false;
	}
	const int descriptors[] = {connection->fd, input};
	if (!packet_send(reactor->server->give_socket, S("c"), descriptors, has_input ? 2 : 1))
		return false;
	/* Closing alone would not do it: the other server has the same socket open. */
	(void)epoll_ctl(reactor->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
	/* Its request is the other server's, which tells of it. */
	if (connection->incoming != NULL)
		exchange_free(connection->incoming);
	connection->incoming = NULL;
	connection_close(connection);
	return true;
}

void net_server_give(struct net_server *server, int socket, int64_t deadline_ms)
{
	server->give_socket = socket;
	net_server_drain(server, deadline_ms);
}

/* ---- taking ---- */

/* A connection on its way to the reactor that is to have it. */
struct taken {
	struct taken *next;
	int fd;
	size_t length;
	char input[]; /* read by the other server */
};

static struct taken *taken_new(int fd, int input)
{
	struct stat file = {0};
	if (input >= 0 && fstat(input, &file) != 0)
		return NULL;
	size_t length = (size_t)file.st_size;
	struct taken *taken = malloc(sizeof *taken + length);
	if (taken == NULL)
		return NULL;
	*taken = (struct taken){.fd = fd, .length = length};
	if (length > 0 && pread(input, taken->input, length, 0) != (ssize_t)length) {
		free(taken);
		return NULL;
	}
	return taken;
}

static void taken_push(struct net_server *server, struct taken *taken)
{
	size_t number = atomic_fetch_add(&server->next_taker, 1) % server->started_count;
	struct reactor *reactor = &server->reactors[number];
	struct taken *newest = atomic_load_explicit(&reactor->taken, memory_order_relaxed);
	do
		taken->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&reactor->taken, &newest, taken,
	                                              memory_order_release, memory_order_relaxed));
	if (newest == NULL)
		reactor_wake(reactor);
}

bool net_server_take(struct net_server *server, int socket)
{
	char byte;
	struct descriptors given;
	if (packet_receive(socket, &byte, 1, 0, &given) != 1 || given.count == 0)
		return false;
	DESCRIPTOR input = given.count > 1 ? given.list[1] : -1;
	struct taken *taken = taken_new(given.list[0], input);
	if (taken == NULL)
		descriptor_close(&given.list[0]);
	else
		taken_push(server, taken);
	return true;
}

static struct taken *given_all(struct reactor *reactor)
{
	if (atomic_load_explicit(&reactor->taken, memory_order_relaxed) == NULL)
		return NULL;
	return atomic_exchange_explicit(&reactor->taken, NULL, memory_order_acquire);
}

/* What comes while nothing may be begun waits. */
void reactor_take_given(struct reactor *reactor)
{
	struct taken *taken = reactor->is_paused ? NULL : given_all(reactor);
	while (taken != NULL) {
		struct taken *next = taken->next;
		connection_open_given(reactor, taken->fd, (Str){taken->input, taken->length});
		free(taken);
		taken = next;
	}
}

void reactor_drop_given(struct reactor *reactor)
{
	struct taken *taken = given_all(reactor);
	while (taken != NULL) {
		struct taken *next = taken->next;
		close(taken->fd);
		free(taken);
		taken = next;
	}
}
