#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "net/net_private.h"

#define EVENTS_ROUND 256
/* Of one listening event, so that a flood of connections does not starve those that are there. */
#define ACCEPTS_ROUND 32
#define LISTEN_PAUSE_MS 100

static Err epoll_add(const struct reactor *reactor, int fd, uint32_t events, void *what)
{
	struct epoll_event event = {.events = events, .data.ptr = what};
	if (epoll_ctl(reactor->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return fail(ERR_IO, "epoll refuses a descriptor: %m");
	return OK;
}

Err reactor_open(struct reactor *reactor, struct net_server *server)
{
	*reactor = (struct reactor){.server = server, .epoll_fd = -1, .wake_fd = -1};
	reactor->read_buffer = malloc(READ_BYTES);
	if (reactor->read_buffer == NULL)
		return fail(ERR_MEMORY, "there is no memory for a reactor");
	reactor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	reactor->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reactor->epoll_fd < 0 || reactor->wake_fd < 0)
		return fail(ERR_IO, "a reactor can't be opened: %m");
	/* Edge-triggered too: every write to it is an event, and it need not be read. */
	return epoll_add(reactor, reactor->wake_fd, EPOLLIN | EPOLLET, &reactor->wake_fd);
}

Err reactor_watch(struct reactor *reactor, int fd, struct connection *connection)
{
	/* Edge-triggered, so that this is the only epoll_ctl that a connection costs. */
	return epoll_add(reactor, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection);
}

void reactor_wake(struct reactor *reactor)
{
	uint64_t one = 1;
	ssize_t written = write(reactor->wake_fd, &one, sizeof one);
	(void)written; /* a counter that is full wakes as well */
}

void reactor_again(struct reactor *reactor, struct connection *connection)
{
	if (connection->again)
		return;
	connection->again = true;
	connection->next_again = reactor->again;
	reactor->again = connection;
}

void reactor_listen_start(struct reactor *reactor)
{
	/* Exclusive: a new connection wakes one reactor, not all. */
	Err err = epoll_add(reactor, reactor->server->listen_fd, EPOLLIN | EPOLLEXCLUSIVE, NULL);
	reactor->is_listening = err == OK;
	reactor->listen_again = err == OK ? 0 : reactor->now + LISTEN_PAUSE_MS;
}

void reactor_listen_stop(struct reactor *reactor)
{
	if (reactor->is_listening)
		epoll_ctl(reactor->epoll_fd, EPOLL_CTL_DEL, reactor->server->listen_fd, NULL);
	reactor->is_listening = false;
	reactor->listen_again = 0;
}

struct connection *reactor_accepted(struct reactor *reactor, int fd,
                                    const struct sockaddr_storage *peer)
{
	struct net_server *server = reactor->server;
	int64_t open = atomic_fetch_add_explicit(&server->connections_open, 1, memory_order_relaxed);
	struct address_count *address_count = NULL;
	bool turned_away = open >= server->max_connections ||
	                   !address_limit_take(&server->addresses, peer, &address_count);
	count_own(&reactor->counts.accepted, 1);
	if (turned_away)
		count_own(&reactor->counts.refused[open >= server->max_connections ? NET_REFUSED_FULL
		                                                                   : NET_REFUSED_ADDRESS],
		          1);
	if (turned_away && open >= server->max_connections + MAX_TURNED_AWAY) {
		atomic_fetch_sub_explicit(&server->connections_open, 1, memory_order_relaxed);
		close(fd);
		return NULL;
	}
	return connection_open(reactor, fd, peer, turned_away, address_count);
}

static void listen_event(struct reactor *reactor)
{
	for (int i = 0; i < ACCEPTS_ROUND; i++) {
		struct sockaddr_storage peer;
		socklen_t peer_length = sizeof peer;
		int fd = accept4(reactor->server->listen_fd, (struct sockaddr *)&peer, &peer_length,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			reactor->is_short = false;
			(void)reactor_accepted(reactor, fd, &peer);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* The connection stays in the kernel's queue: asking again at once would spin. */
			if (!reactor->is_short)
				log_warning("new connections have to wait: %m");
			reactor->is_short = true;
			count_own(&reactor->counts.refused[NET_REFUSED_DESCRIPTORS], 1);
			reactor_listen_stop(reactor);
			reactor->listen_again = reactor->now + LISTEN_PAUSE_MS;
		}
		/* The others are about the one connection, which is gone. */
		if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO)
			return;
	}
}

/* The oldest answer tells how long nobody looked, whoever had the processor. */
static void lag_note(struct reactor *reactor, int64_t late_us)
{
	struct lag *lag = &reactor->lag;
	if (late_us < lag->round_us)
		late_us = lag->round_us;
	if (late_us <= LAG_MAX_US) {
		*lag = (struct lag){0};
		return;
	}
	if (lag->late_rounds++ == 0)
		lag->since_us = reactor->now_us;
}

static int64_t late_by(const struct reactor *reactor, const struct net_exchange *oldest)
{
	return oldest == NULL ? 0 : reactor->now_us - oldest->answered_us;
}

/* Answers given on other threads, oldest first. */
static void take_answers(struct reactor *reactor)
{
	struct net_exchange *newest =
	    atomic_load_explicit(&reactor->answers, memory_order_relaxed) == NULL
	        ? NULL
	        : atomic_exchange_explicit(&reactor->answers, NULL, memory_order_acquire);
	struct net_exchange *oldest = NULL;
	while (newest != NULL) {
		struct net_exchange *before = newest->next_answer;
		newest->next_answer = oldest;
		oldest = newest;
		newest = before;
	}
	lag_note(reactor, late_by(reactor, oldest));
	while (oldest != NULL) {
		struct net_exchange *exchange = oldest;
		oldest = exchange->next_answer;
		reactor->unanswered--;
		if (exchange->connection == NULL) {
			reactor->finished_us = monotonic_us();
			exchange_tell(exchange, false);
			exchange_release(exchange);
			exchange_free(exchange);
			continue;
		}
		exchange_finish(exchange);
		connection_answered(exchange->connection);
	}
}

static void read_clocks(struct reactor *reactor)
{
	reactor->now_us = monotonic_us();
	reactor->now = reactor->now_us / 1000;
	if (reactor->now == reactor->date_ms)
		return;
	reactor->date_ms = reactor->now;
	Time now = clock_now(reactor->server->clock);
	if (now / SECOND_MS == reactor->date_second)
		return;
	reactor->date_second = now / SECOND_MS;
	format_date_line(now, reactor->date_line);
}

static int wait_ms(const struct reactor *reactor)
{
	int64_t next = reactor->is_paused ? TIMER_NEVER : timers_next(&reactor->timers);
	if (reactor->again != NULL)
		return 0;
	int64_t events = streams_next(reactor);
	next = events < next ? events : next;
	if (reactor->listen_again != 0 && reactor->listen_again < next)
		next = reactor->listen_again;
	if (reactor->is_draining) {
		int64_t end = atomic_load(&reactor->server->drain_deadline);
		next = end < next ? end : next;
	}
	if (next == TIMER_NEVER)
		return -1;
	int64_t wait = next - reactor->now;
	if (wait < 0)
		return 0;
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

void reactor_look_at_all(struct reactor *reactor)
{
	for (size_t i = 0; i < reactor->timers.count; i++)
		connection_of(reactor->timers.heap[i])->awake = true;
	timers_set_off(&reactor->timers);
}

/* Idle connections close, or go to another server; the others go on. */
static void drain_begin(struct reactor *reactor)
{
	reactor->is_draining = true;
	reactor->is_paused = false;
	reactor_listen_stop(reactor);
	reactor_look_at_all(reactor);
}

static void run_timers(struct reactor *reactor)
{
	if (!reactor->is_paused && reactor->listen_again != 0 && reactor->listen_again <= reactor->now)
		reactor_listen_start(reactor);
	if (!reactor->is_draining && atomic_load(&reactor->server->draining))
		drain_begin(reactor);
	if (reactor->is_paused)
		return; /* nobody is told of time that we take from them */
	struct timer *due;
	while ((due = timers_due(&reactor->timers, reactor->now)) != NULL)
		connection_expire(connection_of(due));
}

static void run_again(struct reactor *reactor)
{
	struct connection *connection = reactor->again;
	reactor->again = NULL;
	while (connection != NULL) {
		struct connection *next = connection->next_again;
		connection->again = false;
		if (connection->fd >= 0)
			connection_advance(connection);
		connection = next;
	}
}

/* Only now, since an event of the same round may still have pointed there. */
static void free_closed(struct reactor *reactor)
{
	struct connection **place = &reactor->closed;
	while (*place != NULL) {
		struct connection *connection = *place;
		if (connection->again) {
			place = &connection->next_closed;
			continue;
		}
		*place = connection->next_closed;
		free(connection);
	}
}

static bool is_finished(const struct reactor *reactor)
{
	return reactor->is_draining && (reactor->timers.count == 0 ||
	                                reactor->now >= atomic_load(&reactor->server->drain_deadline));
}

static void handle(struct reactor *reactor, const struct epoll_event *event)
{
	if (event->data.ptr == NULL)
		listen_event(reactor);
	else if (event->data.ptr != &reactor->wake_fd)
		connection_event(event->data.ptr, event->events);
}

#define SLICE_NS 100000 /* the shortest that there is */

/* A reactor has little to do at a time, and many wait for it: with a short slice it goes before
 * whoever is at work on its processor, instead of after the milliseconds that they may have
 * (sched_setattr(2), Linux 6.12). Where it is not granted, everything is as ever. */
static void slice_shorten(void)
{
	/* struct sched_attr of Linux, whose header and libc's can't be had both. */
	const struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime_ns, deadline_ns, period_ns;
	} attributes = {.size = sizeof attributes,
	                .policy = SCHED_OTHER,
	                .nice = getpriority(PRIO_PROCESS, 0),
	                .runtime_ns = SLICE_NS};
	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void *reactor_run(void *context)
{
	struct reactor *reactor = context;
	struct epoll_event events[EVENTS_ROUND];
	slice_shorten();
	reactor->thread = pthread_self();
	reactor->date_second = -1;
	reactor->date_ms = -1;
	read_clocks(reactor);
	reactor_listen_start(reactor);
	while (!is_finished(reactor)) {
		int count = epoll_wait(reactor->epoll_fd, events, EVENTS_ROUND, wait_ms(reactor));
		CHECK(count >= 0 || errno == EINTR);
		read_clocks(reactor);
		for (int i = 0; i < count; i++)
			handle(reactor, &events[i]);
		take_answers(reactor);
		run_again(reactor);
		reactor_take_given(reactor);
		reactor_pause_look(reactor);
		streams_run(reactor);
		run_timers(reactor);
		free_closed(reactor);
		reactor->lag.round_us = monotonic_us() - reactor->now_us;
		histogram_own(&reactor->counts.rounds, reactor->lag.round_us);
		reactor_round_ended(reactor, atomic_load(&reactor->rounds) + 1);
	}
	while (reactor->timers.count > 0)
		connection_close(connection_of(reactor->timers.heap[0]));
	run_again(reactor);
	free_closed(reactor);
	reactor_round_ended(reactor, ROUNDS_OVER);
	return NULL;
}

void reactor_close(struct reactor *reactor)
{
	reactor_drop_given(reactor);
	take_answers(reactor);
	CHECK(reactor->exchange_count == 0);
	while (reactor->spare != NULL) {
		struct net_exchange *next = reactor->spare->next;
		free(reactor->spare);
		reactor->spare = next;
	}
	timers_done(&reactor->timers);
	free(reactor->read_buffer);
	if (reactor->epoll_fd >= 0)
		close(reactor->epoll_fd);
	if (reactor->wake_fd >= 0)
		close(reactor->wake_fd);
}
