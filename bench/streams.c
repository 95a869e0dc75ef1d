/* Opens many event streams and tells when each event has come to the first and to the last of them.
 *
 *   build/release/bench_streams PORT STREAMS PATH
 *
 * Prints "ready" when all have been greeted. For every line on its input it waits until one more
 * event has come to each stream, and prints two moments of the monotonic clock in microseconds:
 * when the first had it, and the last. bench/streams.py drives it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define STREAMS_MAX 100000
#define EVENTS_ROUND 1024
/* Clients come from as many addresses, 127.0.0.2 and so on. */
#define ADDRESSES 200

struct stream {
	int fd;
	unsigned blocks;   /* ended by an empty line: the greeting, events, beats */
	unsigned comments; /* of them */
	char last[2];      /* the two signs before what comes next */
};
static struct stream streams[STREAMS_MAX];

static void stream_open(struct stream *stream, unsigned index, uint16_t port, const char *path)
{
	char request[512];
	struct sockaddr_in from = {.sin_family = AF_INET,
	                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % ADDRESSES)};
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
	                      path, port);
	stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (stream->fd < 0 || bind(stream->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
	    connect(stream->fd, (struct sockaddr *)&to, sizeof to) != 0 ||
	    send(stream->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
		die("a stream can't be opened");
}

/* Counts the blocks in what came. */
static void stream_read(struct stream *stream)
{
	char bytes[4096];
	ssize_t count = recv(stream->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (count == 0) {
		fputs("the server has ended a stream\n", stderr);
		exit(1);
	}
	if (count < 0 && errno != EAGAIN)
		die("recv");
	for (ssize_t i = 0; i < count; i++) {
		bool is_end = bytes[i] == '\n' && stream->last[1] == '\n';
		if (is_end && stream->last[0] == ':')
			stream->comments++;
		if (is_end)
			stream->blocks++;
		stream->last[0] = stream->last[1];
		stream->last[1] = bytes[i];
	}
}

/* Until every stream has had so many events, the greeting included. */
static void wait_for(int epoll, unsigned count, unsigned expected, int64_t *first, int64_t *last)
{
	struct epoll_event events[EVENTS_ROUND];
	unsigned there = 0;
	*first = 0;
	for (unsigned i = 0; i < count; i++)
		if (streams[i].blocks - streams[i].comments >= expected)
			there++;
	while (there < count) {
		int ready = epoll_wait(epoll, events, EVENTS_ROUND, 10000);
		if (ready == 0) {
			fprintf(stderr, "%u of %u streams have waited 10 s in vain\n", count - there, count);
			exit(1);
		}
		for (int i = 0; i < ready; i++) {
			struct stream *stream = events[i].data.ptr;
			bool was = stream->blocks - stream->comments >= expected;
			stream_read(stream);
			bool is = stream->blocks - stream->comments >= expected;
			if (!was && is && *first == 0)
				*first = now_us();
			if (!was && is)
				there++;
		}
	}
	*last = now_us();
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	char line[16];
	int64_t first;
	int64_t last;
	unsigned expected = 1;
	if (argc != 4) {
		fputs("usage: bench_streams PORT STREAMS PATH\n", stderr);
		return 2;
	}
	unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
	if (count > STREAMS_MAX || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 2;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &streams[i]};
		stream_open(&streams[i], i, (uint16_t)strtoul(argv[1], NULL, 10), argv[3]);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, streams[i].fd, &event) != 0)
			die("epoll_ctl");
	}
	wait_for(epoll, count, expected, &first, &last);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		wait_for(epoll, count, ++expected, &first, &last);
		printf("%lld %lld\n", (long long)first, (long long)last);
		fflush(stdout);
	}
	return 0;
}
