/* A server on a port of the kernel's choice and clients that talk to it byte by byte, for the
 * tests of this room. Everything that waits fails the test after TEST_PATIENCE_MS. */
#ifndef NET_NET_TEST_SUPPORT_H
#define NET_NET_TEST_SUPPORT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/random.h"
#include "net/net_private.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#undef fail /* cmocka's; ours is meant */

#define TEST_PATIENCE_MS 20000
#define MAX_PENDING 64
#define LARGE_BYTES (size_t)(10 * 1024 * 1024)
#define MAX_ECHO_BYTES (size_t)200000

/* What it answers:
 *   /        "hello"                   /large   LARGE_BYTES that tell where they are
 *   /echo    the body of the request   /end     "bye", and ends the connection
 *   /later…  nothing, until the test takes the exchange and answers it
 *   /busy    "hello", after the reactor was kept for longer than it should be
 *   /stream/TOPIC  the events on a topic, from the newest on or after Last-Event-ID; 503 when there
 *            are enough streams */
struct test_server {
	struct net_server *server;
	struct net_settings settings;
	struct event_ring *events; /* NULL: no streams */
	int64_t beat_min_ms;       /* 0: as it is */
	char *large;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct net_exchange *pending[MAX_PENDING]; /* under lock */
	size_t pending_count;                      /* under lock */
	_Atomic int given;                         /* answers */
	_Atomic bool lags;                         /* at the last /busy the reactor lagged */
	_Atomic int released;
	_Atomic int unsafe_beside_others; /* POSTs that were begun while something was pending */
};

/* Generous deadlines, two reactors; a test changes what it is about before server_start. */
void server_init(struct test_server *server);
void server_start(struct test_server *server);
/* Also checks that every answer was released exactly once. */
void server_done(struct test_server *server);

/* Waits for the exchange of the request for `path`, and takes it. */
struct net_exchange *pending_take(struct test_server *server, const char *path);
/* Answers 200 with this text, from the calling thread. */
void pending_answer(struct test_server *server, struct net_exchange *exchange, const char *text);
/* Waits until so many connections are open. */
void wait_for_connections(struct test_server *server, int64_t expected);

struct client {
	int fd;
	struct buf input; /* received, and not yet part of an answer */
};

struct answer {
	int status;
	char head[1024]; /* with a line end before every line, for answer_has */
	char *body;      /* NUL-ended */
	size_t body_length;
};

void client_open(struct client *client, const struct test_server *server);
void client_close(struct client *client);
void client_send(struct client *client, Str bytes);
/* Receives until `input` has so many bytes. */
void client_fill(struct client *client, size_t length);
/* Receives the next so many bytes, which must be these. */
void client_expect_bytes(struct client *client, Str bytes);
/* Waits for the next answer to a GET or POST, or to a HEAD. Given back with answer_done. */
void client_read(struct client *client, struct answer *out);
void client_read_head(struct client *client, struct answer *out);
void answer_done(struct answer *answer);
bool answer_has(const struct answer *answer, const char *line);
/* Waits for the end of the connection; there must be nothing before it. */
void client_expect_end(struct client *client);
/* Waits at most `wait_ms` for bytes or the end. */
bool client_is_readable(const struct client *client, int wait_ms);
/* The next answer has this status and, unless NULL, this body. */
void client_expect(struct client *client, int status, const char *body);

#endif
