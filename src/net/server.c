#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"
#include "net/net_private.h"

/* Descriptors for the database, files and helpers. */
#define DESCRIPTORS_KEPT INT64_C(512)

static void address_note(struct net_server *server)
{
	struct sockaddr_storage bound = {0};
	socklen_t length = sizeof bound;
	char host[INET6_ADDRSTRLEN] = "";
	CHECK(getsockname(server->listen_fd, (struct sockaddr *)&bound, &length) == 0);
	if (bound.ss_family == AF_INET) {
		struct sockaddr_in ipv4;
		memcpy(&ipv4, &bound, sizeof ipv4);
		inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof host);
		snprintf(server->address, sizeof server->address, "%s:%d", host, ntohs(ipv4.sin_port));
	} else {
		struct sockaddr_in6 ipv6;
		memcpy(&ipv6, &bound, sizeof ipv6);
		inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof host);
		snprintf(server->address, sizeof server->address, "[%s]:%d", host, ntohs(ipv6.sin6_port));
	}
}

/* The soft limit on descriptors is raised as far as the hard one allows. */
static int64_t connections_possible(int64_t wanted)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	int64_t most = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
	most = most > 2 * DESCRIPTORS_KEPT ? most - DESCRIPTORS_KEPT : most / 2;
	return wanted < most ? wanted : most;
}

static size_t reactors_wanted(const struct net_settings *settings)
{
	if (settings->reactors > 0)
		return (size_t)settings->reactors;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores > 0 ? (size_t)cores : 1;
}

static Err server_fill(struct net_server *server)
{
	if (!random_start())
		return fail(ERR_INTERNAL, "the system gives no random numbers");
	server->max_connections = connections_possible(server->settings.max_connections);
	TRY(address_limit_init(&server->addresses, server->settings.max_connections_address,
	                       server->max_connections, server->handler.exempt,
	                       server->handler.exempt_count));
	refusals_init(server);
	size_t reactor_count = reactors_wanted(&server->settings);
	server->reactors = calloc(reactor_count, sizeof *server->reactors);
	if (server->reactors == NULL)
		return fail(ERR_MEMORY, "there is no memory for %zu reactors", reactor_count);
	while (server->reactor_count < reactor_count)
		TRY(reactor_open(&server->reactors[server->reactor_count++], server));
	address_note(server);
	return OK;
}

Err net_server_open(int listener, const struct net_settings *settings,
                    const struct net_handler *handler, const struct clock *clock,
                    struct net_server **out)
{
	struct net_server *server = calloc(1, sizeof *server);
	if (server == NULL) {
		close(listener);
		return fail(ERR_MEMORY, "there is no memory for a server");
	}
	server->settings = *settings;
	server->handler = *handler;
	server->events = handler->events;
	server->beat_min_ms = STREAM_BEAT_MIN_MS;
	server->clock = clock;
	server->listen_fd = listener;
	server->give_socket = -1;
	rounds_init(server);
	Err err = server_fill(server);
	if (err != OK) {
		net_server_close(server);
		return err;
	}
	*out = server;
	return OK;
}

Str net_server_address(const struct net_server *server)
{
	return str_from_c(server->address);
}

/* Signals are for the thread that waits for them. */
static int thread_start(struct reactor *reactor)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&reactor->handle, NULL, reactor_run, reactor);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

Err net_server_start(struct net_server *server)
{
	while (server->started_count < server->reactor_count) {
		int failed = thread_start(&server->reactors[server->started_count]);
		if (failed != 0) {
			errno = failed;
			return fail(ERR_INTERNAL, "can't start a thread: %m");
		}
		server->started_count++;
	}
	if (server->events != NULL)
		event_ring_attach(server->events, server);
	return OK;
}

void net_server_drain(struct net_server *server, int64_t deadline_ms)
{
	if (server->events != NULL)
		event_ring_attach(server->events, NULL);
	atomic_store(&server->drain_deadline, monotonic_ms() + deadline_ms);
	atomic_store(&server->draining, true);
	for (size_t i = 0; i < server->started_count; i++)
		reactor_wake(&server->reactors[i]);
	for (size_t i = 0; i < server->started_count; i++)
		pthread_join(server->reactors[i].handle, NULL);
	server->started_count = 0;
}

void net_server_close(struct net_server *server)
{
	if (server->started_count > 0)
		net_server_drain(server, 0);
	for (size_t i = 0; i < server->reactor_count; i++)
		reactor_close(&server->reactors[i]);
	free(server->reactors);
	address_limit_done(&server->addresses);
	close(server->listen_fd);
	pthread_cond_destroy(&server->round_ended);
	pthread_mutex_destroy(&server->rounds_lock);
	free(server);
}
