/* Random bytes, keyed hashes and codes, all from libsodium. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/arena.h"

/* Must be called once before any other function here; false when there is no randomness. */
MUST_CHECK bool random_start(void);
void random_bytes(void *out, size_t size_bytes);

/* BLAKE2b with a key, 32 bytes: for what is sent out and must come back unchanged. */
#define MAC_BYTES 32
struct mac_key {
	unsigned char bytes[MAC_BYTES];
};
/* The parts are told apart by their lengths: ("ab","c") is not ("a","bc"). */
void mac_make(const struct mac_key *key, const Str *parts, size_t count,
              unsigned char out[MAC_BYTES]);
/* In constant time. */
bool mac_equal(const unsigned char a[MAC_BYTES], const unsigned char b[MAC_BYTES]);

/* SipHash with a key that is made anew at every start: for tables that visitors can fill. */
uint64_t hash_keyed(Str str);

/* URL-safe base64 without padding (RFC 4648 §5). */
MUST_CHECK Err base64url_format(const void *bytes, size_t size_bytes, struct arena *mem, Str *out);
/* False unless `str` is exactly `size_bytes` bytes in that form. */
bool base64url_parse(Str str, void *out, size_t size_bytes);

#endif
