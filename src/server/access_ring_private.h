/* A ring of bytes from one thread to another: entries of any length up to a maximum, in order.
 * Neither side ever waits for the other. */
#ifndef SERVER_ACCESS_RING_PRIVATE_H
#define SERVER_ACCESS_RING_PRIVATE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ACCESS_RING_BYTES ((size_t)1 << 20) /* a power of two */
#define ACCESS_CACHE_LINE_BYTES 64

struct access_ring {
	char *bytes;
	_Alignas(ACCESS_CACHE_LINE_BYTES) _Atomic uint64_t written; /* the giver's */
	_Atomic uint64_t overrun;                                   /* entries that had no room */
	_Alignas(ACCESS_CACHE_LINE_BYTES) _Atomic uint64_t read;    /* the taker's */
};

MUST_CHECK Err access_ring_init(struct access_ring *ring);
void access_ring_done(struct access_ring *ring);
/* The giver's thread; false when there is no room, which is counted. */
bool access_ring_put(struct access_ring *ring, const void *entry, uint32_t size_bytes);
/* Whether more than half is taken. */
bool access_ring_is_filling(const struct access_ring *ring);
/* The taker's thread. */
bool access_ring_is_empty(const struct access_ring *ring);
/* The taker's thread: the next entry's bytes, at most `max_bytes`, or 0. */
size_t access_ring_take(struct access_ring *ring, void *out, size_t max_bytes);

#endif
