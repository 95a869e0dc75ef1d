/* The least that any server does to answer: a bare loop that receives a request and sends the same
 * bytes every time, with the Date kept right. It parses nothing and has no deadlines; it is what
 * Courant's cost is held against, not something to serve with.
 *
 * Usage: floor MODE HEAD BODY
 *   send      epoll, and one send from memory
 *   sendfile  epoll, and one sendfile from a memfd, which is not copied. What a socket refers to
 * must not change, so each second's answer lies in a place of its own. uring     io_uring:
 * multishot accept and receive, and sends that go in with the next wait HEAD is a file with the
 * status line and the fields, each ended by CRLF, and among them "Date: " with 29 characters; the
 * empty line follows it. Prints the port on 127.0.0.1 that it listens on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define MAX_ANSWER_BYTES (1 << 20)
#define REQUEST_MAX_BYTES 8192
#define EVENTS_ROUND 256
/* Seconds that an answer may take to be sent. */
#define PLACES 16
#define RING_ENTRIES 1024
#define RING_BUFFERS 256
#define RING_GROUP 1

static char answer[MAX_ANSWER_BYTES];
static size_t answer_bytes;
static char *date;
static time_t date_second;
static int memfd = -1;
static off_t memfd_place;

/* ---- the answer ---- */

static void answer_add(const char *bytes, size_t length)
{
	if (length > sizeof answer - answer_bytes)
		die("floor: the answer is too large");
	memcpy(answer + answer_bytes, bytes, length);
	answer_bytes += length;
}

static void answer_add_file(const char *path)
{
	static char bytes[MAX_ANSWER_BYTES];
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		die(path);
	size_t length = fread(bytes, 1, sizeof bytes, file);
	if (ferror(file))
		die(path);
	fclose(file);
	answer_add(bytes, length);
}

static void answer_make(const char *head, const char *body)
{
	answer_add_file(head);
	answer_add("\r\n", 3); /* NUL-ended for strstr, and overwritten */
	answer_bytes--;
	date = strstr(answer, "\r\nDate: ");
	if (date == NULL) {
		fprintf(stderr, "floor: the head has no Date\n");
		exit(1);
	}
	date += sizeof "\r\nDate: " - 1;
	answer_add_file(body);
}

static void memfd_open(void)
{
	memfd = memfd_create("floor", MFD_CLOEXEC);
	if (memfd < 0 || ftruncate(memfd, (off_t)PLACES * MAX_ANSWER_BYTES) != 0)
		die("floor: memfd");
}

static void memfd_write(void)
{
	memfd_place = date_second % PLACES * MAX_ANSWER_BYTES;
	if (pwrite(memfd, answer, answer_bytes, memfd_place) != (ssize_t)answer_bytes)
		die("floor: memfd");
}

static void date_update(void)
{
	time_t now = time(NULL);
	if (now == date_second)
		return;
	char text[30];
	struct tm utc;
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
	memcpy(date, text, sizeof text - 1);
	date_second = now;
	if (memfd >= 0)
		memfd_write();
}

static int listen_open(void)
{
	int on = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
	    bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		die("floor");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void sent_in_part(int fd)
{
	fprintf(stderr, "floor: an answer was sent in part\n");
	close(fd);
}

/* ---- epoll ---- */

static void watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		die("floor: epoll_ctl");
}

static ssize_t answer_send(int fd)
{
	off_t place = memfd_place;
	if (memfd >= 0)
		return sendfile(fd, memfd, &place, answer_bytes);
	return send(fd, answer, answer_bytes, MSG_NOSIGNAL);
}

/* The answer fits into an empty socket; where it does not, the comparison would be void. */
static void serve(int fd)
{
	char request[REQUEST_MAX_BYTES];
	ssize_t received = recv(fd, request, sizeof request, 0);
	if (received <= 0)
		close(fd);
	else if (answer_send(fd) != (ssize_t)answer_bytes)
		sent_in_part(fd);
}

static void epoll_run(int listen_fd)
{
	int epoll_fd = epoll_create1(0);
	watch(epoll_fd, listen_fd);
	for (;;) {
		struct epoll_event events[EVENTS_ROUND];
		int count = epoll_wait(epoll_fd, events, EVENTS_ROUND, -1);
		date_update();
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd != listen_fd) {
				serve(events[i].data.fd);
				continue;
			}
			int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK);
			if (fd >= 0)
				watch(epoll_fd, fd);
		}
	}
}

/* ---- io_uring ---- */

enum operation { ACCEPTED, RECEIVED, SENT };

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char buffer_bytes[RING_BUFFERS][REQUEST_MAX_BYTES];

static struct io_uring_sqe *entry_new(void)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
	if (entry == NULL) {
		io_uring_submit(&ring);
		entry = io_uring_get_sqe(&ring);
	}
	if (entry == NULL)
		die("floor: io_uring_get_sqe");
	return entry;
}

static uint64_t tag_of(enum operation operation, int fd)
{
	return (uint64_t)operation << 32 | (uint32_t)fd;
}

static void ring_accept(int listen_fd)
{
	struct io_uring_sqe *entry = entry_new();
	io_uring_prep_multishot_accept(entry, listen_fd, NULL, NULL, 0);
	io_uring_sqe_set_data64(entry, tag_of(ACCEPTED, listen_fd));
}

static void ring_receive(int fd)
{
	struct io_uring_sqe *entry = entry_new();
	io_uring_prep_recv_multishot(entry, fd, NULL, 0, 0);
	entry->flags |= IOSQE_BUFFER_SELECT;
	entry->buf_group = RING_GROUP;
	io_uring_sqe_set_data64(entry, tag_of(RECEIVED, fd));
}

static void ring_send(int fd)
{
	struct io_uring_sqe *entry = entry_new();
	io_uring_prep_send(entry, fd, answer, answer_bytes, MSG_NOSIGNAL);
	io_uring_sqe_set_data64(entry, tag_of(SENT, fd));
}

static void buffer_give(unsigned number)
{
	io_uring_buf_ring_add(buffers, buffer_bytes[number], REQUEST_MAX_BYTES, (unsigned short)number,
	                      io_uring_buf_ring_mask(RING_BUFFERS), 0);
	io_uring_buf_ring_advance(buffers, 1);
}

static void ring_open(void)
{
	struct io_uring_params params = {.flags =
	                                     IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
	struct io_uring_buf_reg registration = {.ring_entries = RING_BUFFERS, .bgid = RING_GROUP};
	size_t bytes = RING_BUFFERS * sizeof(struct io_uring_buf);
	int failed = io_uring_queue_init_params(RING_ENTRIES, &ring, &params);
	if (failed != 0) {
		fprintf(stderr, "floor: io_uring: %s\n", strerror(-failed));
		exit(1);
	}
	buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	if (buffers == MAP_FAILED)
		die("floor: mmap");
	registration.ring_addr = (uint64_t)(uintptr_t)buffers;
	failed = io_uring_register_buf_ring(&ring, &registration, 0);
	if (failed != 0) {
		fprintf(stderr, "floor: io_uring buffers: %s\n", strerror(-failed));
		exit(1);
	}
	io_uring_buf_ring_init(buffers);
	for (unsigned i = 0; i < RING_BUFFERS; i++)
		buffer_give(i);
}

static void ring_received(const struct io_uring_cqe *done, int fd)
{
	bool has_buffer = (done->flags & IORING_CQE_F_BUFFER) != 0;
	bool goes_on = (done->flags & IORING_CQE_F_MORE) != 0;
	if (has_buffer)
		buffer_give(done->flags >> IORING_CQE_BUFFER_SHIFT);
	if (done->res > 0)
		ring_send(fd);
	else if (done->res != -ENOBUFS) {
		close(fd);
		return;
	}
	if (!goes_on)
		ring_receive(fd);
}

static void ring_done(const struct io_uring_cqe *done)
{
	int fd = (int)(uint32_t)done->user_data;
	switch ((enum operation)(done->user_data >> 32)) {
	case ACCEPTED:
		if (done->res >= 0)
			ring_receive(done->res);
		if ((done->flags & IORING_CQE_F_MORE) == 0)
			ring_accept(fd);
		break;
	case RECEIVED:
		ring_received(done, fd);
		break;
	case SENT:
		if (done->res >= 0 && done->res != (int)answer_bytes)
			sent_in_part(fd);
		break;
	}
}

static void ring_run(int listen_fd)
{
	ring_open();
	ring_accept(listen_fd);
	for (;;) {
		struct io_uring_cqe *done;
		unsigned head;
		unsigned count = 0;
		io_uring_submit_and_wait(&ring, 1);
		date_update();
		io_uring_for_each_cqe(&ring, head, done)
		{
			ring_done(done);
			count++;
		}
		io_uring_cq_advance(&ring, count);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: floor send|sendfile|uring HEAD BODY\n");
		return 2;
	}
	answer_make(argv[2], argv[3]);
	if (strcmp(argv[1], "sendfile") == 0)
		memfd_open();
	date_update();
	int listen_fd = listen_open();
	if (strcmp(argv[1], "uring") == 0)
		ring_run(listen_fd);
	epoll_run(listen_fd);
}
