#include "db/postgres_test_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

#define LINKS_MAX 32

struct link {
	int client; /* -1: free */
	int server;
	bool cut_at_answer;
};

struct proxy {
	struct sockaddr_in server;
	int listener;
	int port;
	int stop; /* an eventfd */
	pthread_t thread;
	struct link links[LINKS_MAX]; /* the thread's */
	pthread_mutex_t lock;
	/* Under lock: */
	enum proxy_cut cut;
	int times;
	int cuts;
	bool refuses;
};

static void link_close(struct link *link)
{
	if (link->client < 0)
		return;
	close(link->client);
	close(link->server);
	link->client = -1;
}

static void link_open(struct proxy *proxy)
{
	int client = accept(proxy->listener, NULL, NULL);
	CHECK(client >= 0);
	pthread_mutex_lock(&proxy->lock);
	bool refuses = proxy->refuses;
	pthread_mutex_unlock(&proxy->lock);
	if (refuses) {
		close(client);
		return;
	}
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(server, (struct sockaddr *)&proxy->server, sizeof proxy->server) == 0);
	for (int i = 0; i < LINKS_MAX; i++) {
		if (proxy->links[i].client < 0) {
			proxy->links[i] = (struct link){client, server, false};
			return;
		}
	}
	check_failed("fewer than LINKS_MAX connections", __FILE__, __LINE__);
}

/* What to do with a COMMIT that comes by now. */
static enum proxy_cut cut_take(struct proxy *proxy)
{
	pthread_mutex_lock(&proxy->lock);
	enum proxy_cut cut = proxy->times == 0 ? CUT_NONE : proxy->cut;
	if (cut != CUT_NONE) {
		proxy->cuts++;
		if (proxy->times > 0)
			proxy->times--;
	}
	pthread_mutex_unlock(&proxy->lock);
	return cut;
}

static void pass_on(int to, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t sent = send(to, bytes, count, MSG_NOSIGNAL);
		if (sent <= 0)
			return; /* seen by the next poll */
		bytes += sent;
		count -= (size_t)sent;
	}
}

/* libpq sends a simple query in one piece: 'Q', its length in four bytes, its text, a NUL. COMMIT
 * is its last word. */
static bool is_commit(const char *bytes, size_t count)
{
	return count >= 12 && bytes[0] == 'Q' && memcmp(bytes + count - 7, "COMMIT", 7) == 0;
}

static void from_client(struct proxy *proxy, struct link *link)
{
	char bytes[16384];
	ssize_t count = read(link->client, bytes, sizeof bytes);
	if (count <= 0) {
		link_close(link);
		return;
	}
	enum proxy_cut cut = is_commit(bytes, (size_t)count) ? cut_take(proxy) : CUT_NONE;
	if (cut != CUT_BEFORE_COMMIT)
		pass_on(link->server, bytes, (size_t)count);
	if (cut == CUT_AFTER_COMMIT)
		link->cut_at_answer = true;
	else if (cut != CUT_NONE)
		link_close(link);
}

static void from_server(struct link *link)
{
	char bytes[16384];
	ssize_t count = read(link->server, bytes, sizeof bytes);
	if (count <= 0 || link->cut_at_answer)
		link_close(link);
	else
		pass_on(link->client, bytes, (size_t)count);
}

static void *proxy_main(void *context)
{
	struct proxy *proxy = context;
	for (;;) {
		struct pollfd polled[2 + 2 * LINKS_MAX];
		polled[0] = (struct pollfd){.fd = proxy->stop, .events = POLLIN};
		polled[1] = (struct pollfd){.fd = proxy->listener, .events = POLLIN};
		for (int i = 0; i < LINKS_MAX; i++) {
			bool is_open = proxy->links[i].client >= 0;
			polled[2 + 2 * i] = (struct pollfd){is_open ? proxy->links[i].client : -1, POLLIN, 0};
			polled[3 + 2 * i] = (struct pollfd){is_open ? proxy->links[i].server : -1, POLLIN, 0};
		}
		CHECK(poll(polled, 2 + 2 * LINKS_MAX, -1) > 0);
		if (polled[0].revents != 0)
			return NULL;
		for (int i = 0; i < LINKS_MAX; i++) {
			if (polled[2 + 2 * i].revents != 0)
				from_client(proxy, &proxy->links[i]);
			if (polled[3 + 2 * i].revents != 0 && proxy->links[i].client >= 0)
				from_server(&proxy->links[i]);
		}
		if (polled[1].revents != 0)
			link_open(proxy);
	}
}

struct proxy *proxy_new(const char *host, const char *port)
{
	struct proxy *proxy = calloc(1, sizeof *proxy);
	CHECK(proxy != NULL);
	proxy->server.sin_family = AF_INET;
	proxy->server.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	CHECK(inet_pton(AF_INET, host, &proxy->server.sin_addr) == 1);
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof own;
	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(proxy->listener, (struct sockaddr *)&own, sizeof own) == 0);
	CHECK(listen(proxy->listener, LINKS_MAX) == 0);
	CHECK(getsockname(proxy->listener, (struct sockaddr *)&own, &length) == 0);
	proxy->port = ntohs(own.sin_port);
	proxy->stop = eventfd(0, EFD_CLOEXEC);
	for (int i = 0; i < LINKS_MAX; i++)
		proxy->links[i].client = -1;
	CHECK(pthread_mutex_init(&proxy->lock, NULL) == 0);
	CHECK(pthread_create(&proxy->thread, NULL, proxy_main, proxy) == 0);
	return proxy;
}

void proxy_free(struct proxy *proxy)
{
	CHECK(eventfd_write(proxy->stop, 1) == 0);
	pthread_join(proxy->thread, NULL);
	for (int i = 0; i < LINKS_MAX; i++)
		link_close(&proxy->links[i]);
	close(proxy->listener);
	close(proxy->stop);
	pthread_mutex_destroy(&proxy->lock);
	free(proxy);
}

int proxy_port(const struct proxy *proxy)
{
	return proxy->port;
}

void proxy_cut_next(struct proxy *proxy, enum proxy_cut cut, int times)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->cut = cut;
	proxy->times = times;
	pthread_mutex_unlock(&proxy->lock);
}

void proxy_refuse(struct proxy *proxy, bool refuse)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->refuses = refuse;
	pthread_mutex_unlock(&proxy->lock);
}

int proxy_cuts(struct proxy *proxy)
{
	pthread_mutex_lock(&proxy->lock);
	int cuts = proxy->cuts;
	pthread_mutex_unlock(&proxy->lock);
	return cuts;
}
