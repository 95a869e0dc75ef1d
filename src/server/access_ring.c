#include "server/access_ring_private.h"

#include <stdlib.h>

#include "base/metrics.h"

Err access_ring_init(struct access_ring *ring)
{
	*ring = (struct access_ring){.bytes = malloc(ACCESS_RING_BYTES)};
	if (ring->bytes == NULL)
		return fail(ERR_MEMORY, "there is no memory for the access log");
	return OK;
}

void access_ring_done(struct access_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

static size_t before_the_end(uint64_t place, size_t length)
{
	size_t left = ACCESS_RING_BYTES - (size_t)(place % ACCESS_RING_BYTES);
	return length < left ? length : left;
}

static void copy_in(struct access_ring *ring, uint64_t place, const void *from, size_t length)
{
	size_t first = before_the_end(place, length);
	memcpy(ring->bytes + place % ACCESS_RING_BYTES, from, first);
	memcpy(ring->bytes, (const char *)from + first, length - first);
}

static void copy_out(const struct access_ring *ring, uint64_t place, void *to, size_t length)
{
	size_t first = before_the_end(place, length);
	memcpy(to, ring->bytes + place % ACCESS_RING_BYTES, first);
	memcpy((char *)to + first, ring->bytes, length - first);
}

bool access_ring_put(struct access_ring *ring, const void *entry, uint32_t size_bytes)
{
	uint64_t place = atomic_load_explicit(&ring->written, memory_order_relaxed);
	/* Acquire: what was taken out of there has been read. */
	uint64_t used = place - atomic_load_explicit(&ring->read, memory_order_acquire);
	if (ACCESS_RING_BYTES - used < sizeof size_bytes + size_bytes) {
		count_own(&ring->overrun, 1);
		return false;
	}
	copy_in(ring, place, &size_bytes, sizeof size_bytes);
	copy_in(ring, place + sizeof size_bytes, entry, size_bytes);
	/* Release: whoever sees the place sees what lies before it. */
	atomic_store_explicit(&ring->written, place + sizeof size_bytes + size_bytes,
	                      memory_order_release);
	return true;
}

bool access_ring_is_filling(const struct access_ring *ring)
{
	return atomic_load_explicit(&ring->written, memory_order_relaxed) -
	           atomic_load_explicit(&ring->read, memory_order_relaxed) >
	       ACCESS_RING_BYTES / 2;
}

bool access_ring_is_empty(const struct access_ring *ring)
{
	return atomic_load_explicit(&ring->read, memory_order_relaxed) ==
	       atomic_load_explicit(&ring->written, memory_order_acquire);
}

size_t access_ring_take(struct access_ring *ring, void *out, size_t max_bytes)
{
	uint32_t size_bytes;
	uint64_t place = atomic_load_explicit(&ring->read, memory_order_relaxed);
	if (place == atomic_load_explicit(&ring->written, memory_order_acquire))
		return 0;
	copy_out(ring, place, &size_bytes, sizeof size_bytes);
	CHECK(size_bytes <= max_bytes);
	copy_out(ring, place + sizeof size_bytes, out, size_bytes);
	atomic_store_explicit(&ring->read, place + sizeof size_bytes + size_bytes,
	                      memory_order_release);
	return size_bytes;
}
