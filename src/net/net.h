/* Sockets, the event loop and HTTP/1.1 (RFC 9110, 9112). Reactor threads parse requests strictly,
 * hand them to one function and write the answers; they never wait for anything. Knows nothing of
 * routes, pages or databases. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/arena.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "net/http.h"

struct net_settings {
	int64_t reactors; /* 0: one a core */
	int64_t max_connections;
	int64_t max_connections_address; /* an IPv4 address or an IPv6 /64; see `exempt` */
	int64_t header_timeout_ms;       /* absolute, from the first byte */
	int64_t body_timeout_ms;         /* at any speed, and from then on only at this one: */
	int64_t body_bytes_per_second;
	int64_t send_timeout_ms; /* without progress */
	int64_t idle_timeout_ms; /* between requests */
	int64_t max_header_bytes;
	int64_t max_body_bytes; /* whatever a route allows */
	int64_t max_requests_connection;
};
extern const struct setting_table net_settings_table;

/* One request and the place for its answer. Belongs to net until the answer is given. */
struct net_exchange;
/* Valid until the exchange is answered. */
const struct http_request *net_exchange_request(const struct net_exchange *exchange);

/* Any thread: whether the client has gone, so that an answer would be for nobody. A client may
 * close its side alone and still wait, but says so with its request and not a while after it. */
bool net_exchange_has_left(const struct net_exchange *exchange);
/* On its reactor's thread: whether that comes too late to what is there, and has all the time for
 * a while. */
bool net_exchange_lags(const struct net_exchange *exchange);

/* An answer. `head` is the status line and the fields, each ended by CRLF, with Content-Length
 * where the status has a body, without Date, Connection and the empty line: net adds those. For a
 * HEAD request the body is not sent. Both must stay until `release` is called, exactly once, on
 * any thread. */
struct net_answer {
	Str head;
	Str body;
	bool close; /* end the connection after this answer */
	/* What the handler counts it as, for `finished`; net makes nothing of them. */
	unsigned class;
	int64_t subject;
	void (*release)(void *owner);
	void *owner;
};
/* Any thread, once an exchange; the exchange is gone for the caller afterwards. Answers of a
 * pipelined connection leave in the order of their requests. */
void net_answer(struct net_exchange *exchange, const struct net_answer *answer);

struct event_ring;

/* What a request is called whose client left before there was an answer, as nginx does it. */
#define NET_STATUS_LEFT 499

/* A request that is over: its answer has left, or the client has. */
struct net_finished {
	size_t reactor;                     /* the number of the thread, from 0 on */
	const struct http_request *request; /* NULL: no head could be read */
	int status;                         /* 0: the client left before there was an answer */
	unsigned class;                     /* the answer's, 0 without one or for net's own */
	int64_t subject;
	uint64_t body_bytes; /* that were sent */
	int64_t took_us;     /* since the reactor was woken with the end of its head */
	int64_t now_ms;      /* monotonic */
};

struct net_handler {
	/* On a reactor thread, with the whole request there. Must not wait; answers at once or hands
	 * the exchange to another thread. */
	void (*request)(struct net_exchange *exchange, void *context);
	/* How large a body this request may have, asked when its head is there; 0 for none. */
	size_t (*max_body_bytes)(const struct http_request *request, void *context);
	/* On a reactor thread, once for every request, as its last word; or NULL. Must not wait. */
	void (*finished)(const struct net_finished *finished, void *context);
	void *context;
	/* Clients that may have any number of connections, as loopback may: proxies in front. What is
	 * no address exempts nobody. Needed only while the server is opened. */
	const Str *exempt;
	size_t exempt_count;
	/* What net_answer_stream sends (net/events.h); must outlive the server. NULL: no streams. */
	struct event_ring *events;
};

struct net_server;
/* Opens a listening socket for "127.0.0.1:8080", "[::1]:0", "0.0.0.0:80"; port 0 is the kernel's
 * choice. ERR_CONFLICT when the port is in use, ERR_INVALID when the address is not one. */
MUST_CHECK Err net_listen(Str listen, int *out);
/* The same where a server that follows another listens before that one has left. */
MUST_CHECK Err net_listen_shared(Str listen, int *out);
/* Takes one that somebody else has opened, as systemd does; ERR_INVALID when it is something else.
 */
MUST_CHECK Err net_listen_inherited(int listener);

/* A server on a listening socket, which it takes over, also when it fails. Others may listen on the
 * same: each connection comes to one of them. */
MUST_CHECK Err net_server_open(int listener, const struct net_settings *settings,
                               const struct net_handler *handler, const struct clock *clock,
                               struct net_server **out);
/* "127.0.0.1:8080" with the port that it got. Lives as long as the server. */
Str net_server_address(const struct net_server *server);
/* How many reactor threads it has or will have. */
size_t net_server_reactors(const struct net_server *server);
/* Of a struct net_server; any thread, while it is open. */
extern const struct metric_table net_metrics;
/* Starts the reactor threads. */
MUST_CHECK Err net_server_start(struct net_server *server);
/* Returns when every handler that a reactor had called before has returned: whoever swaps what they
 * use gives the old one back after it. Not from a reactor. */
void net_server_pass(struct net_server *server);
/* For a server that hands over to another one on the same listening socket. From now on no request
 * is read or begun: what clients send waits in their sockets, and who connects waits too. True when
 * all that was begun has been answered; false when it was not by `deadline` (monotonic_ms). Not
 * from a reactor. */
MUST_CHECK bool net_server_pause(struct net_server *server, int64_t deadline);
/* Goes on as if nothing had been. */
void net_server_resume(struct net_server *server);
/* Of a paused server: each connection goes over `socket` to the server that net_server_take gives
 * it to, with what was read of a request, as soon as no answer is on its way. Those that can't
 * (what comes in chunks, events) end as in net_server_drain, which this is otherwise. */
void net_server_give(struct net_server *server, int socket, int64_t deadline_ms);
/* Takes one connection from the other end of that socket; waits for it. False: there are no more.
 */
MUST_CHECK bool net_server_take(struct net_server *server, int socket);
/* Stops accepting, closes idle connections, lets requests under way be answered for at most
 * `deadline_ms`, then ends the threads. */
void net_server_drain(struct net_server *server, int64_t deadline_ms);
/* Every exchange must have been answered: after the drain, end the threads that answer; then call
 * this. */
void net_server_close(struct net_server *server);

#endif
