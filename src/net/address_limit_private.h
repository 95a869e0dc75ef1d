/* How many connections each client address has: an IPv4 address or an IPv6 /64, since a household
 * is given one. Asked when a connection is opened and closed, by any thread. */
#ifndef NET_ADDRESS_LIMIT_PRIVATE_H
#define NET_ADDRESS_LIMIT_PRIVATE_H

#include <netinet/in.h>
#include <pthread.h>

#include "base/err.h"
#include "base/str.h"

struct address_count {
	struct address_count *next;
	uint64_t key;
	int64_t connections; /* under limit->lock */
	int64_t streams;     /* of them; under limit->lock */
};

struct address_limit {
	pthread_mutex_t lock;
	int64_t max_connections;
	struct address_count **buckets; /* under lock */
	size_t bucket_count;            /* a power of two */
	struct in6_addr *exempt;        /* beside loopback; an IPv4 address as ::ffff:192.0.2.1 */
	size_t exempt_count;
};

/* `expected` connections in all, for the size of the table. What is no address exempts nobody. */
MUST_CHECK Err address_limit_init(struct address_limit *limit, int64_t max_connections,
                                  int64_t expected, const Str *exempt, size_t exempt_count);
void address_limit_done(struct address_limit *limit);
/* Counts a connection of this peer; false when it has its maximum, or there is no memory.
 * `*out` is what to give back, or NULL for one that is exempt. */
MUST_CHECK bool address_limit_take(struct address_limit *limit, const struct sockaddr_storage *peer,
                                   struct address_count **out);
void address_limit_give(struct address_limit *limit, struct address_count *count);
/* Whether one of its connections may be an event stream: half of its maximum may, so that pages
 * still come. NULL, which is exempt, may. */
MUST_CHECK bool address_limit_take_stream(struct address_limit *limit, struct address_count *count);
/* Before the connection itself is given back. */
void address_limit_give_stream(struct address_limit *limit, struct address_count *count);

#endif
