/* Text under construction, on the heap, with a maximum given at init. A buf that would pass it
 * keeps what it had and remembers: append freely, ask once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

struct buf {
	char *bytes;
	size_t length;
	size_t capacity;
	size_t max_bytes;
	bool failed;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_done(struct buf *buf);
#define BUF_CLEANUP CLEANUP(buf_done)
/* Empties it and forgets a failure; the memory stays. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, Str str);
/* Other systems' line ends (CR LF, CR) become LF. */
void buf_add_lines(struct buf *buf, Str text);
void buf_add_byte(struct buf *buf, char byte);
void buf_add_uint(struct buf *buf, uint64_t number);
void buf_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

static inline Str buf_str(const struct buf *buf)
{
	return (Str){buf->bytes, buf->length};
}

/* ERR_MEMORY if anything did not fit. */
MUST_CHECK Err buf_check(const struct buf *buf);

/* Hands the bytes over to the caller, who frees them, and leaves the buf empty. */
char *buf_take(struct buf *buf, size_t *length_out);

#endif
