#include "net/address_limit_private.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/random.h"

#define MIN_BUCKETS 64

/* ---- addresses ---- */

static struct in6_addr address_of_ipv4(const struct in_addr *ipv4)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(address.s6_addr + 12, ipv4, sizeof *ipv4);
	return address;
}

static struct in6_addr address_of_peer(const struct sockaddr_storage *peer)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	if (peer->ss_family == AF_INET) {
		memcpy(&ipv4, peer, sizeof ipv4);
		return address_of_ipv4(&ipv4.sin_addr);
	}
	memcpy(&ipv6, peer, sizeof ipv6);
	return ipv6.sin6_addr;
}

static bool address_parse(Str text, struct in6_addr *out)
{
	char name[INET6_ADDRSTRLEN] = "";
	struct in_addr ipv4;
	if (text.length >= sizeof name)
		return false;
	memcpy(name, text.bytes, text.length);
	if (inet_pton(AF_INET6, name, out) == 1)
		return true;
	if (inet_pton(AF_INET, name, &ipv4) != 1)
		return false;
	*out = address_of_ipv4(&ipv4);
	return true;
}

/* An IPv4 address takes 2002::/16's place, 6to4's, which is its /48 there too. */
static uint64_t key_of(const struct in6_addr *address)
{
	const uint8_t *bytes = address->s6_addr;
	uint64_t key = 0;
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		for (size_t i = 12; i < 16; i++)
			key = key << 8 | bytes[i];
		return UINT64_C(0x2002) << 48 | key << 16;
	}
	for (size_t i = 0; i < 8; i++)
		key = key << 8 | bytes[i];
	return key;
}

static bool is_exempt(const struct address_limit *limit, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_LOOPBACK(address) ||
	    (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127))
		return true;
	for (size_t i = 0; i < limit->exempt_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&limit->exempt[i], address))
			return true;
	return false;
}

/* ---- counts ---- */

Err address_limit_init(struct address_limit *limit, int64_t max_connections, int64_t expected,
                       const Str *exempt, size_t exempt_count)
{
	size_t bucket_count = MIN_BUCKETS;
	while (bucket_count < (size_t)expected)
		bucket_count *= 2;
	*limit = (struct address_limit){
	    .max_connections = max_connections,
	    .buckets = calloc(bucket_count, sizeof(struct address_count *)),
	    .bucket_count = bucket_count,
	    .exempt = calloc(exempt_count + 1, sizeof(struct in6_addr)),
	};
	pthread_mutex_init(&limit->lock, NULL);
	if (limit->buckets == NULL || limit->exempt == NULL)
		return fail(ERR_MEMORY, "there is no memory for %zu client addresses", bucket_count);
	for (size_t i = 0; i < exempt_count; i++)
		if (address_parse(exempt[i], &limit->exempt[limit->exempt_count]))
			limit->exempt_count++;
	return OK;
}

void address_limit_done(struct address_limit *limit)
{
	for (size_t i = 0; limit->buckets != NULL && i < limit->bucket_count; i++)
		CHECK(limit->buckets[i] == NULL);
	free(limit->buckets);
	free(limit->exempt);
	pthread_mutex_destroy(&limit->lock);
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
	struct in6_addr address = address_of_peer(peer);
	*out = NULL;
	if (is_exempt(limit, &address))
		return true;
	pthread_mutex_lock(&limit->lock);
	struct address_count *count = count_find_or_add(limit, key_of(&address));
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

bool address_limit_take_stream(struct address_limit *limit, struct address_count *count)
{
	if (count == NULL)
		return true;
	pthread_mutex_lock(&limit->lock);
	bool is_free = count->streams < limit->max_connections - limit->max_connections / 2;
	count->streams += is_free;
	pthread_mutex_unlock(&limit->lock);
	return is_free;
}

void address_limit_give_stream(struct address_limit *limit, struct address_count *count)
{
	if (count == NULL)
		return;
	pthread_mutex_lock(&limit->lock);
	count->streams--;
	pthread_mutex_unlock(&limit->lock);
}
