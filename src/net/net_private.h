/* What the files of this room share: a server has reactors, a reactor has connections, a
 * connection has exchanges in the order of their requests. A connection and the exchanges in its
 * queue belong to its reactor's thread; other threads reach it through `answers` alone. */
#ifndef NET_NET_PRIVATE_H
#define NET_NET_PRIVATE_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "net/address_limit_private.h"
#include "net/http_private.h"
#include "net/net.h"
#include "net/streams_private.h"
#include "net/timers_private.h"

/* Requests of one connection that are handled or answered but not sent yet. */
#define MAX_PIPELINE 16
#define READ_BYTES (size_t)65536
/* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" */
#define DATE_LINE_BYTES 37
#define END_OF_HEAD_KEEP "\r\n"
#define END_OF_HEAD_CLOSE "Connection: close\r\n\r\n"
#define END_OF_HEAD_BYTES (DATE_LINE_BYTES + sizeof END_OF_HEAD_CLOSE)
/* Heads longer than this are kept on the heap. */
#define SHORT_HEAD_BYTES 2048
/* Of exchanges kept for reuse, a reactor. */
#define MAX_SPARE_EXCHANGES 256
/* Connections past max_connections that are told so; those past these are closed without a word. */
#define MAX_TURNED_AWAY 64

struct net_exchange {
	struct reactor *reactor;
	struct connection *connection;    /* NULL once that is gone; reactor's thread only */
	struct net_exchange *next;        /* in the connection's queue, or spare */
	struct net_exchange *next_answer; /* in the reactor's stack of answers */
	struct net_answer answer;         /* the answering thread's until it is on the stack */
	int64_t since_us;                 /* of its reactor's clock, when its head was there */
	int64_t answered_us;              /* of the answering thread's clock */
	_Atomic bool has_left;            /* the client has; set by the reactor, read by anybody */
	bool is_answered;
	bool is_read; /* `request` holds a head */
	bool is_head;
	bool close;            /* the connection ends after this one */
	bool linger;           /* and the client may still be sending: let it read the answer first */
	struct stream *stream; /* what the answer opens, or NULL */
	size_t sent_bytes;
	size_t head_length; /* of the request's, as it was received */
	size_t end_length;
	char end[END_OF_HEAD_BYTES]; /* Date, Connection and the empty line */
	struct http_chunks chunks;
	struct buf body;
	char *long_head; /* or NULL */
	char address[INET6_ADDRSTRLEN];
	struct http_request request;
	char short_head[SHORT_HEAD_BYTES];
};

/* An idle one must stay within 512 bytes: 10,000 of them are to take 5 MB at most. */
struct connection {
	struct timer timer;
	struct reactor *reactor;
	struct connection *next_closed; /* freed at the end of the reactor's round */
	struct connection *next_again;
	struct address_count *address_count; /* NULL when exempt */
	struct net_exchange *first, *last;   /* the queue */
	struct net_exchange *incoming;       /* its body is being read */
	struct stream *stream;               /* it sends events, and takes no more requests */
	char *leftover;                      /* read and not yet parsed */
	size_t leftover_length;
	int64_t head_deadline; /* 0: no part of a head is there */
	int64_t body_since;
	int64_t send_deadline; /* when to look whether the client reads; 0: nothing waits to be sent */
	int64_t unread_since;  /* since when the client has taken less than a little of: */
	int64_t idle_since;
	int64_t linger_deadline;
	uint32_t requests;
	int fd;           /* -1 once closed */
	int unread_bytes; /* that the kernel held then */
	uint8_t in_flight;
	bool readable;   /* the socket may hold more than was read */
	bool peer_ended; /* the peer sends no more */
	bool input_done; /* no further request will be taken */
	bool held;       /* leftover waits for answers to leave */
	bool in_order;   /* one is in flight that must be answered before the next is begun */
	bool lingering;
	bool unseen; /* all was handed to the kernel, and nobody has looked since whether it left */
	bool again;  /* in the reactor's list for the next round */
	bool awake;  /* its timer was set off to look at it, not because time ran out */
	char address[INET6_ADDRSTRLEN];
};

/* Why a connection was not taken. */
enum net_refused {
	NET_REFUSED_FULL,        /* net.max_connections */
	NET_REFUSED_ADDRESS,     /* net.max_connections_address */
	NET_REFUSED_DESCRIPTORS, /* one had to wait for a descriptor */
	NET_REFUSED_COUNT,
};

/* How late a reactor comes to what is there: its rounds are long, or others have the processor. */
struct lag {
	int64_t round_us;     /* what the last round took */
	int64_t since_us;     /* it has been late ever since; 0: it is not */
	unsigned late_rounds; /* in a row */
};
#define LAG_MAX_US 5000
/* A single round may be late by chance. */
#define LAG_AFTER_US 100000
#define LAG_AFTER_ROUNDS 8

/* Raised by the reactor's thread alone. */
struct net_counts {
	_Atomic uint64_t accepted;
	_Atomic uint64_t refused[NET_REFUSED_COUNT];
	_Atomic uint64_t sent_bytes;
	struct histogram rounds; /* how long a round kept the next one waiting */
};

struct reactor {
	struct net_server *server;
	pthread_t handle; /* the starter's */
	pthread_t thread; /* the same, noted by the thread itself */
	int epoll_fd;
	int wake_fd;
	bool is_listening;
	bool is_draining;
	bool is_paused;       /* reads nothing, begins nothing: see net_server_pause */
	bool is_short;        /* of descriptors, and this was logged */
	int64_t now;          /* monotonic, once a round */
	int64_t now_us;       /* the same, more exactly */
	int64_t finished_us;  /* when the answers that are told of left */
	int64_t date_ms;      /* `now` when the date was last looked at */
	int64_t listen_again; /* after a shortage of descriptors; 0: not paused */
	int64_t date_second;
	char date_line[DATE_LINE_BYTES];
	struct timers timers; /* every open connection is in it */
	struct streams streams;
	struct connection *closed;
	struct connection *again;
	struct net_exchange *spare;
	size_t spare_count;
	size_t exchange_count;            /* not given back yet */
	struct net_exchange *dispatching; /* the handler has it on this thread right now */
	char *read_buffer;                /* READ_BYTES */
	struct net_counts counts;
	struct lag lag;
	_Atomic(struct net_exchange *) answers;
	_Atomic uint64_t rounds;       /* that it has ended; ROUNDS_OVER: it runs no more */
	size_t unanswered;             /* exchanges that the handler has */
	_Atomic bool is_quiet;         /* paused, and the handler has none */
	_Atomic(struct taken *) taken; /* connections that another server gave, newest first */
};
#define ROUNDS_OVER UINT64_MAX

#define REFUSAL_STATUSES 9
struct refusal {
	int status;
	struct net_answer answer;
	char head[256];
	char body[128];
};

struct net_server {
	struct net_settings settings;
	struct net_handler handler;
	const struct clock *clock;
	int listen_fd;
	char address[INET6_ADDRSTRLEN + 9];
	int64_t max_connections;
	struct address_limit addresses;
	struct event_ring *events; /* what streams send; NULL: there are none */
	struct refusal refusals[REFUSAL_STATUSES];
	struct reactor *reactors;
	size_t reactor_count;
	size_t started_count;
	_Atomic bool draining;
	_Atomic int64_t drain_deadline;
	_Atomic int64_t connections_open;
	_Atomic bool pausing;
	int give_socket;           /* where connections go once it drains; -1: nowhere */
	_Atomic size_t next_taker; /* the reactor that gets the next one */
	_Atomic int watchers;      /* threads that wait for the reactors' rounds */
	pthread_mutex_t rounds_lock;
	pthread_cond_t round_ended;
	int64_t beat_min_ms;          /* how often a stream sends something, at least */
	_Atomic int64_t streams_open; /* those that are about to begin too */
};

static inline const struct net_settings *settings_for(const struct connection *connection)
{
	return &connection->reactor->server->settings;
}

static inline int64_t now_of(const struct connection *connection)
{
	return connection->reactor->now;
}

static inline struct connection *connection_of(struct timer *timer)
{
	return (struct connection *)timer; /* its first member */
}

/* NULL when there is no memory. */
struct net_exchange *exchange_new(struct reactor *reactor);
void exchange_free(struct net_exchange *exchange);
/* Tells the answer's owner that it is no longer needed. */
void exchange_release(struct net_exchange *exchange);
/* Moves the parsed head out of the read buffer, since the exchange may go to another thread. */
MUST_CHECK bool exchange_keep_head(struct net_exchange *exchange, Str head, Str address);
/* Tells the handler that it is over; `is_sent`: its answer has left as a whole. */
void exchange_tell(struct net_exchange *exchange, bool is_sent);
/* Completes the head of an answer that has come, on a connection that is still there. */
void exchange_finish(struct net_exchange *exchange);

/* Takes the socket over; NULL when there is no memory. Turned away, it gets a 503 and is closed. */
struct connection *connection_open(struct reactor *reactor, int fd,
                                   const struct sockaddr_storage *peer, bool turned_away,
                                   struct address_count *address_count);
void connection_close(struct connection *connection);
/* One that another server has begun: goes on with `input`, which that has read. */
void connection_open_given(struct reactor *reactor, int fd, Str input);
/* Reads, parses, hands over and sends as far as that goes without waiting. */
void connection_advance(struct connection *connection);
void connection_event(struct connection *connection, uint32_t events);
/* An answer is there. */
void connection_answered(struct connection *connection);
void connection_expire(struct connection *connection);
/* After all that could be done: is there anything left to wait for, and for how long? */
void connection_settle(struct connection *connection);

/* connection_receive.c */
/* The leftover and what the socket has, in the reactor's buffer. False when there is nothing new
 * or the connection is gone. */
bool connection_read_input(struct connection *connection, Str *input);
/* Takes as many requests as `*input` holds and may be in flight. */
void connection_take_input(struct connection *connection, Str *input);
/* Keeps what is not parsed yet, and no byte more, so that an idle connection has no buffer. */
MUST_CHECK bool connection_leftover_keep(struct connection *connection, Str input);
void connection_leftover_drop(struct connection *connection);
/* Net's own answer, in its turn; the connection ends with it. `exchange` may be NULL. */
void connection_refuse(struct connection *connection, struct net_exchange *exchange, int status);

/* connection_send.c */
void connection_queue_add(struct connection *connection, struct net_exchange *exchange);
/* What is unanswered outlives the connection, and is freed when its answer comes. */
void connection_queue_abandon(struct connection *connection);
/* Sends what is answered, in order. */
void connection_flush(struct connection *connection);
/* Something waits for room: the client has net.send_timeout to make some. */
void connection_send_wait(struct connection *connection);
/* When to look again whether the client reads. */
int64_t connection_look_at(const struct connection *connection);
/* No more is sent; what the client still sends is read past, so that it sees the last of ours. */
void connection_linger(struct connection *connection);
/* Whether the client takes what there is for it, as far as it may be told yet: `*unread` is what
 * the kernel still holds. */
bool connection_is_read(struct connection *connection, int *unread);

/* ---- hand_over.c ---- */

void rounds_init(struct net_server *server);
/* Whether what the client sends stays in its socket for now. */
bool connection_is_held_back(const struct connection *connection);
/* Gives it to the server at the other end, if it is at a point where that can go on with it. True:
 * it is closed here. */
bool connection_give(struct connection *connection);
/* Pauses or goes on, if it was told to. */
void reactor_pause_look(struct reactor *reactor);
/* Opens the connections that were given to it. */
void reactor_take_given(struct reactor *reactor);
/* Closes those that it never opened. */
void reactor_drop_given(struct reactor *reactor);

/* ---- reactor.c, for hand_over.c ---- */

void reactor_listen_start(struct reactor *reactor);
void reactor_listen_stop(struct reactor *reactor);
/* Each connection looks at itself once. */
void reactor_look_at_all(struct reactor *reactor);
/* NULL when it could not be opened; it may also be closed already (fd -1). */
struct connection *reactor_accepted(struct reactor *reactor, int fd,
                                    const struct sockaddr_storage *peer);

MUST_CHECK Err reactor_open(struct reactor *reactor, struct net_server *server);
void reactor_close(struct reactor *reactor);
/* The thread's function; `context` is the reactor. */
void *reactor_run(void *context);
void reactor_wake(struct reactor *reactor);
/* Tells those who wait in hand_over.c. */
void reactor_round_ended(struct reactor *reactor, uint64_t rounds);
/* Events of this socket come to the connection from now on, until it is closed. */
MUST_CHECK Err reactor_watch(struct reactor *reactor, int fd, struct connection *connection);
/* The connection gets another turn after the others have had theirs. */
void reactor_again(struct reactor *reactor, struct connection *connection);

void refusals_init(struct net_server *server);
const struct net_answer *refusal_find(const struct net_server *server, int status);

void format_date_line(Time now, char out[DATE_LINE_BYTES]);

#endif
