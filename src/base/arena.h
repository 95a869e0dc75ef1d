/* Memory that is given back all at once: a request's, or a loaded site's. It has a ceiling, and
 * never hands out a piece alone or takes one back. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *newest;
	size_t used_bytes;
	size_t max_bytes;
};

void arena_init(struct arena *arena, size_t max_bytes);
void arena_done(struct arena *arena);
/* Gives everything back; the arena can be used again. */
void arena_clear(struct arena *arena);

/* `size_bytes` zeroed bytes, aligned for any type; NULL, with the failure noted, when the ceiling
 * or the machine's memory is reached. Lives as long as the arena. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size_bytes);
MUST_CHECK void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* For a list that grows: the list itself where it has `*room` for one more than `count` items, else
 * a copy twice as long. NULL as arena_alloc. */
MUST_CHECK void *arena_list_grow(struct arena *arena, void *list, size_t count, size_t size_bytes,
                                 size_t *room);

MUST_CHECK Err arena_copy(struct arena *arena, Str str, Str *out);
MUST_CHECK Err arena_format(struct arena *arena, Str *out, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* A NUL-ended copy for libc's door; ERR_INVALID when the text itself holds a NUL. */
MUST_CHECK Err arena_c_string(struct arena *arena, Str str, char **out);

#endif
