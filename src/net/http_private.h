/* The decoder of chunked bodies (RFC 9112 §7.1), and what it shares with the parser of heads. It
 * keeps nothing but counts: content is handed out where it lies. */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include "net/http.h"

bool http_byte_is_token(char byte);
bool http_byte_is_value(char byte);

struct http_chunks {
	unsigned place; /* where in the grammar; private to the decoder */
	unsigned digits;
	uint64_t left_bytes;   /* of the chunk that is being read */
	size_t overhead_bytes; /* extensions and trailers so far */
};

/* All zero is the start of a body. */
#define HTTP_CHUNKS_START ((struct http_chunks){0})

/* Extensions and trailers of one body together: they are read past, and cost the reader time. */
#define HTTP_MAX_CHUNK_OVERHEAD_BYTES 8192

/* Takes bytes from the front of `*input`. HTTP_INCOMPLETE: `*data` is the next piece of content, or
 * empty when all input was used up. HTTP_PARSED: the body ended, what follows is still in
 * `*input`. HTTP_REFUSED: 400. */
enum http_parse_result http_chunks_next(struct http_chunks *chunks, Str *input, Str *data);

#endif
