/* Asks for one page at a fixed rate over connections that stay, whether answers come or not: an
 * open loop. A request is due at its moment, also while all connections still wait for answers, and
 * its time counts from there, so that a server that stands still for a while is seen to have done
 * so.
 *
 *   load PORT HOST PATH ENCODING CONNECTIONS RATE SECONDS [FILE RATE]
 *
 * Gaps between requests are exponential, and the same in each run. FILE holds other requests, each
 * ended by a NUL: one after the other they are sent at a rate of their own, evenly, over some more
 * connections, and must be answered 303. Prints a line for each of the two:
 *
 *   COUNT MEDIAN 99TH 99.9TH LONGEST BEHIND FAILED
 *
 * in microseconds. BEHIND is the 99th percentile of how much later than due this program itself
 * came to look, what it adds at most. Failed are requests with another status, or a connection that
 * broke.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define CONNECTIONS_MAX 1024
#define WRITERS 16
#define REQUEST_MAX_BYTES 65536
#define HEAD_MAX_BYTES 16384
#define RECEIVE_BYTES (256 * 1024)
#define EVENTS_ROUND 256
#define GRACE_NS INT64_C(5000000000)
#define SECOND_NS INT64_C(1000000000)

/* What is asked for at one rate. */
struct stream {
	const char *requests; /* of a file: each ended by a NUL; of the page: one */
	size_t requests_bytes, at;
	int status;
	int first, count; /* its connections */
	int64_t gap_ns;
	bool is_even;
	int64_t due; /* the next request's moment */
	int64_t end;
	int64_t *times, *behind;
	size_t time_count, behind_count, room;
	size_t sent, failed;
	/* Those that are due and found no connection free: a ring of moments. */
	int64_t *waiting;
	size_t waiting_first, waiting_count;
};

struct connection {
	int fd;
	int64_t due; /* of the request that it waits for; 0: free */
	struct stream *stream;
	char head[HEAD_MAX_BYTES];
	size_t head_bytes;
	bool has_head, is_chunked, closes;
	int64_t body_left;
	char tail[5]; /* of a body in chunks */
};

static struct connection connections[CONNECTIONS_MAX + WRITERS];
static int free_list[2][CONNECTIONS_MAX + WRITERS];
static int free_count[2];
static struct sockaddr_in server = {.sin_family = AF_INET};
static int epoll_fd;
static uint64_t chance = 20210723;
static char received[RECEIVE_BYTES];

/* Between 0 and 1, without 0. SplitMix64. */
static double chance_next(void)
{
	uint64_t z = chance += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return ((double)((z ^ z >> 31) >> 11) + 1) / 9007199254740993.0;
}

static int stream_index(const struct stream *stream)
{
	return stream->first == 0 ? 0 : 1;
}

static void connection_open(struct connection *connection)
{
	int on = 1;
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
	    connect(connection->fd, (struct sockaddr *)&server, sizeof server) != 0 ||
	    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
	    fcntl(connection->fd, F_SETFL, O_NONBLOCK) != 0)
		die("load: connect");
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0)
		die("load: epoll_ctl");
}

static void connection_again(struct connection *connection)
{
	close(connection->fd);
	connection_open(connection);
}

/* The next request of the stream, on this connection. */
static void request_send(struct connection *connection, int64_t due)
{
	struct stream *stream = connection->stream;
	if (stream->at == stream->requests_bytes)
		stream->at = 0;
	const char *request = stream->requests + stream->at;
	size_t length = strlen(request);
	stream->at += length + 1;
	connection->due = due;
	connection->head_bytes = 0;
	connection->has_head = false;
	memset(connection->tail, 0, sizeof connection->tail);
	stream->sent++;
	/* A server may have closed it while it was free. */
	for (int tries = 0; tries < 2; tries++) {
		if (send(connection->fd, request, length, MSG_NOSIGNAL) == (ssize_t)length)
			return;
		connection_again(connection);
	}
	die("load: send");
}

static void waiting_add(struct stream *stream, int64_t due)
{
	if (stream->waiting_count == stream->room) {
		fputs("load: there is no room for more requests\n", stderr);
		exit(1);
	}
	stream->waiting[(stream->waiting_first + stream->waiting_count++) % stream->room] = due;
}

static void request_due(struct stream *stream, int64_t now)
{
	int list = stream_index(stream);
	if (stream->behind_count < stream->room)
		stream->behind[stream->behind_count++] = now - stream->due;
	if (free_count[list] > 0)
		request_send(&connections[free_list[list][--free_count[list]]], stream->due);
	else
		waiting_add(stream, stream->due);
	double gap = stream->is_even ? 1 : -log(chance_next());
	stream->due += (int64_t)((double)stream->gap_ns * gap) + 1;
	if (stream->due >= stream->end)
		stream->due = INT64_MAX;
}

/* The answer is there, or the connection broke. */
static void request_over(struct connection *connection, bool is_good)
{
	struct stream *stream = connection->stream;
	int list = stream_index(stream);
	if (is_good && stream->time_count < stream->room)
		stream->times[stream->time_count++] = now_ns() - connection->due;
	else
		stream->failed++;
	connection->due = 0;
	if (!is_good || connection->closes)
		connection_again(connection);
	if (stream->waiting_count > 0) {
		int64_t due = stream->waiting[stream->waiting_first];
		stream->waiting_first = (stream->waiting_first + 1) % stream->room;
		stream->waiting_count--;
		request_send(connection, due);
		return;
	}
	free_list[list][free_count[list]++] = (int)(connection - connections);
}

static const char *field_find(const char *head, const char *name)
{
	const char *line = strcasestr(head, name);
	return line == NULL ? NULL : line + strlen(name);
}

/* False: no answer that this program understands. */
static bool head_read(struct connection *connection)
{
	connection->head[connection->head_bytes] = '\0';
	const char *length = field_find(connection->head, "\r\ncontent-length:");
	const char *closes = field_find(connection->head, "\r\nconnection: close");
	connection->is_chunked = field_find(connection->head, "\r\ntransfer-encoding: chunked") != NULL;
	connection->closes = closes != NULL;
	connection->has_head = true;
	connection->body_left = length == NULL ? 0 : strtoll(length, NULL, 10);
	return length != NULL || connection->is_chunked;
}

static bool is_over(const struct connection *connection)
{
	return connection->is_chunked ? memcmp(connection->tail, "0\r\n\r\n", 5) == 0
	                              : connection->body_left == 0;
}

static void body_take(struct connection *connection, const char *bytes, size_t count)
{
	connection->body_left -= (int64_t)count;
	size_t last = count < sizeof connection->tail ? count : sizeof connection->tail;
	memmove(connection->tail, connection->tail + last, sizeof connection->tail - last);
	memcpy(connection->tail + sizeof connection->tail - last, bytes + count - last, last);
}

/* What came; false when it is no answer. */
static bool answer_take(struct connection *connection, const char *bytes, size_t count)
{
	if (connection->has_head) {
		body_take(connection, bytes, count);
		return true;
	}
	size_t before = connection->head_bytes;
	size_t taken = count < HEAD_MAX_BYTES - 1 - before ? count : HEAD_MAX_BYTES - 1 - before;
	memcpy(connection->head + before, bytes, taken);
	connection->head_bytes += taken;
	const char *end = memmem(connection->head, connection->head_bytes, "\r\n\r\n", 4);
	if (end == NULL)
		return connection->head_bytes < HEAD_MAX_BYTES - 1;
	size_t head_bytes = (size_t)(end - connection->head) + 4;
	connection->head_bytes = head_bytes;
	if (!head_read(connection))
		return false;
	body_take(connection, bytes + (head_bytes - before), count - (head_bytes - before));
	return true;
}

static bool is_wanted(const struct connection *connection)
{
	return strncmp(connection->head, "HTTP/1.1 ", 9) == 0 &&
	       atoi(connection->head + 9) == connection->stream->status;
}

static void connection_read(struct connection *connection)
{
	ssize_t count = recv(connection->fd, received, sizeof received, 0);
	if (count < 0 && errno == EAGAIN)
		return;
	if (connection->due == 0) { /* closed while free */
		connection_again(connection);
		return;
	}
	if (count <= 0 || !answer_take(connection, received, (size_t)count)) {
		request_over(connection, false);
		return;
	}
	if (connection->has_head && is_over(connection))
		request_over(connection, is_wanted(connection));
}

static bool stream_is_over(const struct stream *stream)
{
	return stream->due == INT64_MAX && stream->waiting_count == 0 &&
	       free_count[stream_index(stream)] == stream->count;
}

static void run(struct stream *streams, int count, int64_t deadline)
{
	struct epoll_event events[EVENTS_ROUND];
	for (;;) {
		int64_t now = now_ns();
		int64_t next = deadline;
		int over = 0;
		for (int i = 0; i < count; i++) {
			while (streams[i].due <= now)
				request_due(&streams[i], now);
			if (streams[i].due < next)
				next = streams[i].due;
			over += stream_is_over(&streams[i]);
		}
		if (over == count || now >= deadline)
			return;
		int64_t wait = next - now_ns();
		if (wait < 0)
			wait = 0;
		struct timespec timeout = {.tv_sec = wait / SECOND_NS, .tv_nsec = wait % SECOND_NS};
		int ready = epoll_pwait2(epoll_fd, events, EVENTS_ROUND, &timeout, NULL);
		for (int i = 0; i < ready; i++)
			connection_read(events[i].data.ptr);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double percentile_us(int64_t *sorted, size_t count, double share)
{
	return count == 0 ? 0 : (double)sorted[(size_t)((double)(count - 1) * share)] / 1000;
}

static void stream_report(struct stream *stream)
{
	size_t unanswered = stream->sent + stream->waiting_count - stream->time_count - stream->failed;
	qsort(stream->times, stream->time_count, sizeof *stream->times, compare);
	qsort(stream->behind, stream->behind_count, sizeof *stream->behind, compare);
	printf("%zu %.1f %.1f %.1f %.1f %.1f %zu\n", stream->time_count,
	       percentile_us(stream->times, stream->time_count, 0.5),
	       percentile_us(stream->times, stream->time_count, 0.99),
	       percentile_us(stream->times, stream->time_count, 0.999),
	       percentile_us(stream->times, stream->time_count, 1),
	       percentile_us(stream->behind, stream->behind_count, 0.99), stream->failed + unanswered);
}

static void stream_begin(struct stream *stream, double rate, double seconds, int64_t start)
{
	stream->gap_ns = (int64_t)(1e9 / rate);
	stream->due = start;
	stream->end = start + (int64_t)(seconds * 1e9);
	stream->room = (size_t)(rate * seconds * 2) + 1000;
	stream->times = calloc(stream->room, sizeof *stream->times);
	stream->behind = calloc(stream->room, sizeof *stream->behind);
	stream->waiting = calloc(stream->room, sizeof *stream->waiting);
	if (stream->times == NULL || stream->behind == NULL || stream->waiting == NULL)
		die("load");
	for (int i = stream->first; i < stream->first + stream->count; i++) {
		connections[i].stream = stream;
		connection_open(&connections[i]);
		free_list[stream_index(stream)][free_count[stream_index(stream)]++] = i;
	}
}

static void requests_read(struct stream *stream, const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		die(path);
	stream->requests_bytes = (size_t)ftell(file);
	rewind(file);
	char *bytes = malloc(stream->requests_bytes);
	if (bytes == NULL || fread(bytes, 1, stream->requests_bytes, file) != stream->requests_bytes ||
	    stream->requests_bytes == 0 || bytes[stream->requests_bytes - 1] != '\0')
		die(path);
	fclose(file);
	stream->requests = bytes;
}

/* What else runs on this core shall not count as the server's time. */
static void go_first(void)
{
	struct sched_param first = {.sched_priority = 10};
	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		fputs("load: without the right to go first; what else runs counts too\n", stderr);
	prctl(PR_SET_TIMERSLACK, 1);
}

int main(int argc, char **argv)
{
	static char request[REQUEST_MAX_BYTES];
	if (argc != 8 && argc != 10) {
		fputs("usage: load PORT HOST PATH ENCODING CONNECTIONS RATE SECONDS [FILE RATE]\n", stderr);
		return 2;
	}
	int readers = atoi(argv[5]);
	double seconds = atof(argv[7]);
	if (readers < 1 || readers > CONNECTIONS_MAX || atof(argv[6]) <= 0 || seconds <= 0)
		return 2;
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int length = snprintf(request, sizeof request,
	                      "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: %s\r\n\r\n", argv[3],
	                      argv[2], argv[4]);
	struct stream streams[2] = {
	    {.requests = request,
	     .requests_bytes = (size_t)length + 1,
	     .status = 200,
	     .count = readers},
	    {.status = 303, .first = readers, .count = WRITERS, .is_even = true},
	};
	int count = argc == 10 ? 2 : 1;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (count == 2)
		requests_read(&streams[1], argv[8]);
	int64_t start = now_ns() + SECOND_NS / 10;
	stream_begin(&streams[0], atof(argv[6]), seconds, start);
	if (count == 2)
		stream_begin(&streams[1], atof(argv[9]), seconds, start);
	go_first();
	run(streams, count, start + (int64_t)(seconds * 1e9) + GRACE_NS);
	for (int i = 0; i < count; i++)
		stream_report(&streams[i]);
	return 0;
}
