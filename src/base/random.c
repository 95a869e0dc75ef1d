#include "base/random.h"

#include <pthread.h>
#include <sodium.h>

static unsigned char hash_key[crypto_shorthash_KEYBYTES]; /* written once, by random_start */
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void hash_key_make(void)
{
	randombytes_buf(hash_key, sizeof hash_key);
}

bool random_start(void)
{
	if (sodium_init() < 0)
		return false;
	return pthread_once(&hash_key_once, hash_key_make) == 0;
}

void random_bytes(void *out, size_t size_bytes)
{
	randombytes_buf(out, size_bytes);
}

void mac_make(const struct mac_key *key, const Str *parts, size_t count,
              unsigned char out[MAC_BYTES])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, key->bytes, sizeof key->bytes, MAC_BYTES);
	for (size_t i = 0; i < count; i++) {
		uint64_t length = parts[i].length;
		crypto_generichash_update(&state, (const unsigned char *)&length, sizeof length);
		crypto_generichash_update(&state, (const unsigned char *)parts[i].bytes, length);
	}
	crypto_generichash_final(&state, out, MAC_BYTES);
}

bool mac_equal(const unsigned char a[MAC_BYTES], const unsigned char b[MAC_BYTES])
{
	return sodium_memcmp(a, b, MAC_BYTES) == 0;
}

uint64_t hash_keyed(Str str)
{
	uint64_t hash;
	CHECK(sizeof hash == crypto_shorthash_BYTES);
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)str.bytes, str.length,
	                 hash_key);
	return hash;
}

Err base64url_format(const void *bytes, size_t size_bytes, struct arena *mem, Str *out)
{
	size_t room = sodium_base64_encoded_len(size_bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(mem, room);
	if (text == NULL)
		return ERR_MEMORY;
	sodium_bin2base64(text, room, bytes, size_bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	*out = (Str){text, room - 1};
	return OK;
}

bool base64url_parse(Str str, void *out, size_t size_bytes)
{
	size_t length = 0;
	if (sodium_base642bin(out, size_bytes, str.bytes, str.length, NULL, &length, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	return length == size_bytes;
}
