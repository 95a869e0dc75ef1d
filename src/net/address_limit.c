#include "net/address_limit_private.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/random.h"

#define MIN_BUCKETS 64

Err address_limit_init(struct address_limit *limit, int64_t max_connections, int64_t expected)
{
	size_t bucket_count = MIN_BUCKETS;
	while (bucket_count < (size_t)expected)
		bucket_count *= 2;
	*limit = (struct address_limit){
	    .max_connections = max_connections,
	    .buckets = calloc(bucket_count, sizeof(struct address_count *)),
	    .bucket_count = bucket_count,
	};
	if (limit->buckets == NULL)
		return fail(ERR_MEMORY, "there is no memory for %zu client addresses", bucket_count);
	pthread_mutex_init(&limit->lock, NULL);
	return OK;
}

void address_limit_done(struct address_limit *limit)
{
	for (size_t i = 0; i < limit->bucket_count; i++)
		CHECK(limit->buckets[i] == NULL);
	free(limit->buckets);
	pthread_mutex_destroy(&limit->lock);
}

/* An IPv4 address takes 2002::/16's place, 6to4's, which is its /48 there too. */
static uint64_t key_of_ipv4(uint32_t address)
{
	return UINT64_C(0x2002) << 48 | (uint64_t)address << 16;
}

/* False for loopback. */
static bool key_make(const struct sockaddr_storage *peer, uint64_t *key)
{
	uint32_t ipv4;
	if (peer->ss_family == AF_INET) {
		struct sockaddr_in address;
		memcpy(&address, peer, sizeof address);
		ipv4 = ntohl(address.sin_addr.s_addr);
	} else {
		struct sockaddr_in6 address;
		memcpy(&address, peer, sizeof address);
		const uint8_t *bytes = address.sin6_addr.s6_addr;
		if (IN6_IS_ADDR_LOOPBACK(&address.sin6_addr))
			return false;
		if (!IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
			*key = 0;
			for (size_t i = 0; i < 8; i++)
				*key = *key << 8 | bytes[i];
			return true;
		}
		memcpy(&ipv4, bytes + 12, sizeof ipv4);
		ipv4 = ntohl(ipv4);
	}
	*key = key_of_ipv4(ipv4);
	return ipv4 >> 24 != 127;
}

static struct address_count **bucket_of(struct address_limit *limit, uint64_t key)
{
	uint64_t hash = hash_keyed((Str){(const char *)&key, sizeof key});
	return &limit->buckets[hash & (limit->bucket_count - 1)];
}

/* Under the lock. NULL when there is no memory. */
static struct address_count *count_find_or_add(struct address_limit *limit, uint64_t key)
{
	struct address_count **bucket = bucket_of(limit, key);
	struct address_count *count = *bucket;
	while (count != NULL && count->key != key)
		count = count->next;
	if (count != NULL)
		return count;
	count = malloc(sizeof *count);
	if (count == NULL)
		return NULL;
	*count = (struct address_count){.next = *bucket, .key = key};
	*bucket = count;
	return count;
}

bool address_limit_take(struct address_limit *limit, const struct sockaddr_storage *peer,
                        struct address_count **out)
{
	uint64_t key;
	*out = NULL;
	if (!key_make(peer, &key))
		return true;
	pthread_mutex_lock(&limit->lock);
	struct address_count *count = count_find_or_add(limit, key);
	bool is_free = count != NULL && count->connections < limit->max_connections;
	if (is_free)
		count->connections++;
	pthread_mutex_unlock(&limit->lock);
	if (is_free)
		*out = count;
	return is_free;
}

void address_limit_give(struct address_limit *limit, struct address_count *count)
{
	if (count == NULL)
		return;
	pthread_mutex_lock(&limit->lock);
	if (--count->connections == 0) {
		struct address_count **place = bucket_of(limit, count->key);
		while (*place != count)
			place = &(*place)->next;
		*place = count->next;
		free(count);
	}
	pthread_mutex_unlock(&limit->lock);
}
