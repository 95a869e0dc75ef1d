/* The least that any server does to answer: a bare epoll loop that receives a request and sends the
 * same bytes every time, with the Date kept right. It parses nothing and has no deadlines; it is
 * what Courant's cost is held against, not something to serve with.
 *
 * Usage: floor HEAD BODY
 * HEAD is a file with the status line and the fields, each ended by CRLF, and among them "Date: "
 * with 29 characters; the empty line follows it. Prints the port on 127.0.0.1 that it listens on.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_ANSWER_BYTES (1 << 20)
#define EVENTS_ROUND 256

static char answer[MAX_ANSWER_BYTES];
static size_t answer_bytes;
static char *date;
static time_t date_second;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

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

static void watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		die("floor: epoll_ctl");
}

/* The answer fits into an empty socket; where it does not, the comparison would be void. */
static void serve(int fd)
{
	char request[8192];
	ssize_t received = recv(fd, request, sizeof request, 0);
	if (received <= 0) {
		close(fd);
		return;
	}
	if (send(fd, answer, answer_bytes, MSG_NOSIGNAL) == (ssize_t)answer_bytes)
		return;
	fprintf(stderr, "floor: an answer was sent in part\n");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: floor HEAD BODY\n");
		return 2;
	}
	answer_make(argv[1], argv[2]);
	int listen_fd = listen_open();
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
