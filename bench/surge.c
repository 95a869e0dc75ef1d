/* An open loop of requests: they are begun when they are due, whatever became of those before, as
 * readers do who know nothing of each other.
 *
 *   build/release/bench_surge PORT HOST SECONDS COOKIE KEY KIND:RATE:FILE…
 *
 * KIND is kept, page, search (each line of FILE a target, in turn, from a place that is chosen by
 * chance) or reply (each line the path of a form, which is sent with KEY and words of its own). An
 * hour's requests may be due at once: none is left out, and the time of each is counted from when
 * it was due. Prints a line of JSON a second and kind, and one at the end. bench/surge.py drives
 * it. */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
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

#define KINDS_MAX 4
#define CONNECTIONS_MAX 4096      /* of a kind */
#define DUE_MAX ((size_t)1 << 20) /* requests that wait for a connection */
#define EVENTS_ROUND 512
#define HEAD_BYTES 4096
#define REQUEST_BYTES 4096
#define TIMES 512 /* in steps of 4 %, from 10 µs on */
#define STEP 1.04
#define SECOND_US INT64_C(1000000)
#define GRACE_US (5 * SECOND_US)

struct connection {
	struct connection *next_free;
	struct kind *kind;
	int fd;
	bool is_busy, is_last;
	int64_t due_us;
	int status;
	size_t body_left;
	bool has_head;
	size_t head_length;
	char head[HEAD_BYTES];
};

struct counts {
	unsigned sent, fine, refused, other, failed;
	unsigned times[TIMES];         /* of what went well */
	unsigned refused_times[TIMES]; /* of what was refused */
};

struct kind {
	const char *name;
	double per_second;
	char **targets;
	size_t target_count, next_target;
	int64_t next_us;
	struct connection *free;
	struct connection connections[CONNECTIONS_MAX];
	size_t connection_count;
	int64_t due[DUE_MAX]; /* a ring */
	size_t due_first, due_count;
	size_t under_way;
	struct counts second, all;
};

static struct kind kinds[KINDS_MAX];
static size_t kind_count;
static struct sockaddr_in server;
static const char *host, *cookie, *key;
static int epoll_fd;
static uint64_t words_number;
static char bytes[1 << 18];

/* Evenly in (0, 1]. */
static double chance(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)((state >> 11) + 1) / (double)(UINT64_C(1) << 53);
}

/* ---- counting ---- */

static size_t time_index(int64_t took_us)
{
	double place = took_us <= 10 ? 0 : log((double)took_us / 10) / log(STEP);
	return place >= TIMES - 1 ? TIMES - 1 : (size_t)place;
}

static void counts_add(struct counts *counts, int status, int64_t took_us)
{
	if (status == 200 || status == 303) {
		counts->fine++;
		counts->times[time_index(took_us)]++;
	} else if (status == 503) {
		counts->refused++;
		counts->refused_times[time_index(took_us)]++;
	} else if (status == 0) {
		counts->failed++;
	} else {
		counts->other++;
	}
}

static void ended(struct connection *connection, int status)
{
	struct kind *kind = connection->kind;
	int64_t took_us = now_us() - connection->due_us;
	connection->is_busy = false;
	kind->under_way--;
	counts_add(&kind->second, status, took_us);
	counts_add(&kind->all, status, took_us);
}

static double quantile_ms(const unsigned *times, double share)
{
	double total = 0;
	double below = 0;
	for (size_t i = 0; i < TIMES; i++)
		total += times[i];
	for (size_t i = 0; i < TIMES && total > 0; i++) {
		below += times[i];
		if (below >= share * total)
			return 10 * pow(STEP, (double)i + 1) / 1000;
	}
	return 0;
}

static void print(const char *when, double at, const struct kind *kind, const struct counts *counts)
{
	printf(
	    "{\"when\":\"%s\",\"at\":%.1f,\"kind\":\"%s\",\"sent\":%u,\"fine\":%u,\"refused\":%u,"
	    "\"other\":%u,\"failed\":%u,\"waiting\":%zu,\"connections\":%zu,\"p50\":%.3f,\"p99\":%.3f,"
	    "\"p999\":%.3f,\"refused_p99\":%.3f}\n",
	    when, at, kind->name, counts->sent, counts->fine, counts->refused, counts->other,
	    counts->failed, kind->due_count, kind->connection_count, quantile_ms(counts->times, 0.5),
	    quantile_ms(counts->times, 0.99), quantile_ms(counts->times, 0.999),
	    quantile_ms(counts->refused_times, 0.99));
	fflush(stdout);
}

/* ---- requests ---- */

static int request_write(struct kind *kind, char *out)
{
	const char *target = kind->targets[kind->next_target++ % kind->target_count];
	char form[1024];
	if (strcmp(kind->name, "reply") != 0)
		return snprintf(out, REQUEST_BYTES,
		                "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", target,
		                host);
	int length =
	    snprintf(form, sizeof form,
	             "key=%s&name=Reader&email=reader%%40example.org&website=&text=These+are+the+"
	             "words+of+reader+%llu%%2C+who+has+read+the+story+and+thinks+that+there+is+"
	             "more+to+say+about+it.%%0D%%0A%%0D%%0ASo+here+it+is.",
	             key, (unsigned long long)words_number++);
	return snprintf(out, REQUEST_BYTES,
	                "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: "
	                "application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
	                target, host, cookie, length, form);
}

static bool reconnect(struct connection *connection)
{
	int one = 1;
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		die("socket");
	if (connect(connection->fd, (struct sockaddr *)&server, sizeof server) != 0)
		return false;
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0)
		die("epoll_ctl");
	connection->is_last = false;
	return true;
}

static void send_one(struct connection *connection, int64_t due_us)
{
	char request[REQUEST_BYTES];
	int length = request_write(connection->kind, request);
	connection->due_us = due_us;
	connection->is_busy = true;
	connection->has_head = false;
	connection->head_length = 0;
	connection->kind->under_way++;
	if (connection->fd < 0 && !reconnect(connection)) {
		ended(connection, 0);
		return;
	}
	if (send(connection->fd, request, (size_t)length, MSG_NOSIGNAL) == length)
		return;
	ended(connection, 0);
	close(connection->fd);
	connection->fd = -1;
}

static void free_put(struct connection *connection)
{
	connection->next_free = connection->kind->free;
	connection->kind->free = connection;
}

static struct connection *free_take(struct kind *kind)
{
	struct connection *connection = kind->free;
	if (connection != NULL) {
		kind->free = connection->next_free;
		return connection;
	}
	if (kind->connection_count == CONNECTIONS_MAX)
		return NULL;
	connection = &kind->connections[kind->connection_count++];
	connection->kind = kind;
	connection->fd = -1;
	return connection;
}

/* Sends what is due, as far as there are connections. */
static void kind_serve(struct kind *kind)
{
	while (kind->due_count > 0) {
		struct connection *connection = free_take(kind);
		if (connection == NULL)
			return;
		int64_t due_us = kind->due[kind->due_first];
		kind->due_first = (kind->due_first + 1) % DUE_MAX;
		kind->due_count--;
		send_one(connection, due_us);
		if (!connection->is_busy)
			free_put(connection);
	}
}

static void kind_come_due(struct kind *kind, int64_t now, int64_t end_us)
{
	while (kind->next_us <= now && kind->next_us < end_us) {
		if (kind->due_count == DUE_MAX) {
			fputs("more is due than can be kept\n", stderr);
			exit(1);
		}
		kind->due[(kind->due_first + kind->due_count++) % DUE_MAX] = kind->next_us;
		kind->second.sent++;
		kind->all.sent++;
		kind->next_us += (int64_t)(-log(chance()) / kind->per_second * 1e6) + 1;
	}
	kind_serve(kind);
}

/* ---- answers ---- */

static void head_read(struct connection *connection)
{
	const char *length = strcasestr(connection->head, "\r\nContent-Length: ");
	connection->status = (int)strtol(connection->head + 9, NULL, 10);
	connection->body_left = length == NULL ? 0 : strtoul(length + 18, NULL, 10);
	connection->is_last = strcasestr(connection->head, "\r\nConnection: close") != NULL;
	connection->has_head = true;
}

static void answered(struct connection *connection)
{
	ended(connection, connection->status);
	if (connection->is_last) {
		close(connection->fd);
		connection->fd = -1;
	}
	free_put(connection);
	kind_serve(connection->kind);
}

static void take(struct connection *connection, const char *from, size_t count)
{
	if (!connection->has_head) {
		size_t room = HEAD_BYTES - 1 - connection->head_length;
		size_t copied = count < room ? count : room;
		memcpy(connection->head + connection->head_length, from, copied);
		size_t before = connection->head_length;
		connection->head_length += copied;
		connection->head[connection->head_length] = 0;
		char *end = strstr(connection->head, "\r\n\r\n");
		if (end == NULL)
			return;
		end[2] = 0;
		head_read(connection);
		size_t used = (size_t)(end + 4 - connection->head) - before;
		count -= used;
	}
	if (count > connection->body_left)
		count = connection->body_left;
	connection->body_left -= count;
	if (connection->body_left == 0)
		answered(connection);
}

static void readable(struct connection *connection)
{
	ssize_t count = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count > 0) {
		if (connection->is_busy)
			take(connection, bytes, (size_t)count);
		return;
	}
	bool was_busy = connection->is_busy;
	close(connection->fd);
	connection->fd = -1;
	if (!was_busy)
		return; /* it is among the free ones, and opened again when it is wanted */
	ended(connection, 0);
	free_put(connection);
}

/* ---- the loop ---- */

static void wait_round(int64_t until_us)
{
	struct epoll_event events[EVENTS_ROUND];
	int64_t wait_us = until_us - now_us();
	struct timespec wait = {.tv_nsec = wait_us <= 0        ? 0
	                                   : wait_us >= 100000 ? 100000000
	                                                       : wait_us * 1000};
	int ready = epoll_pwait2(epoll_fd, events, EVENTS_ROUND, &wait, NULL);
	for (int i = 0; i < ready; i++) {
		struct connection *connection = events[i].data.ptr;
		if (connection->fd >= 0)
			readable(connection);
	}
}

static void second_print(int64_t begun_us, int64_t now)
{
	for (size_t i = 0; i < kind_count; i++) {
		print("second", (double)(now - begun_us) / SECOND_US, &kinds[i], &kinds[i].second);
		kinds[i].second = (struct counts){0};
	}
}

static void run(double seconds)
{
	int64_t begun_us = now_us();
	int64_t end_us = begun_us + (int64_t)(seconds * SECOND_US);
	int64_t print_at = begun_us + SECOND_US;
	size_t under_way = 1;
	for (size_t i = 0; i < kind_count; i++)
		kinds[i].next_us = begun_us;
	for (int64_t now = begun_us; now < end_us || (under_way > 0 && now < end_us + GRACE_US);
	     now = now_us()) {
		int64_t next = print_at;
		under_way = 0;
		for (size_t i = 0; i < kind_count; i++) {
			kind_come_due(&kinds[i], now, end_us);
			if (kinds[i].next_us < next)
				next = kinds[i].next_us;
			under_way += kinds[i].under_way + kinds[i].due_count;
		}
		wait_round(next < end_us ? next : now + 1000);
		if (now < print_at)
			continue;
		second_print(begun_us, now);
		print_at += SECOND_US;
	}
	for (size_t i = 0; i < kind_count; i++) {
		kinds[i].all.failed += (unsigned)(kinds[i].under_way + kinds[i].due_count);
		print("all", seconds, &kinds[i], &kinds[i].all);
	}
}

/* ---- arguments ---- */

static void targets_read(struct kind *kind, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	size_t places = 0;
	if (file == NULL)
		die(path);
	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (kind->target_count == places) {
			places = places == 0 ? 1024 : 2 * places;
			kind->targets = realloc(kind->targets, places * sizeof(char *));
			if (kind->targets == NULL)
				die("realloc");
		}
		kind->targets[kind->target_count++] = line;
		line = NULL; /* the next one gets memory of its own */
	}
	free(line);
	fclose(file);
	if (kind->target_count == 0)
		die("an empty file");
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	kind->next_target = (size_t)now.tv_nsec / 1000 % kind->target_count;
	words_number = (uint64_t)now.tv_sec * 1000000;
}

static void kind_read(char *argument)
{
	struct kind *kind = &kinds[kind_count++];
	char *rate = strchr(argument, ':');
	char *path = rate == NULL ? NULL : strchr(rate + 1, ':');
	if (path == NULL) {
		fputs("a kind is KIND:RATE:FILE\n", stderr);
		exit(2);
	}
	*rate = *path = 0;
	kind->name = argument;
	kind->per_second = strtod(rate + 1, NULL);
	targets_read(kind, path + 1);
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	if (argc < 7 || argc > 6 + KINDS_MAX) {
		fputs("usage: bench_surge PORT HOST SECONDS COOKIE KEY KIND:RATE:FILE…\n", stderr);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	server = (struct sockaddr_in){.sin_family = AF_INET,
	                              .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	host = argv[2];
	cookie = argv[4];
	key = argv[5];
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 6; i < argc; i++)
		kind_read(argv[i]);
	run(strtod(argv[3], NULL));
	return 0;
}
