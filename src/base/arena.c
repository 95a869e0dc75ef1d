#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES 8192

struct arena_block {
	struct arena_block *older;
	size_t used_bytes;
	size_t size_bytes;
	_Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
	*arena = (struct arena){.max_bytes = max_bytes};
}

void arena_clear(struct arena *arena)
{
	while (arena->newest != NULL) {
		struct arena_block *older = arena->newest->older;
		free(arena->newest);
		arena->newest = older;
	}
	arena->used_bytes = 0;
}

void arena_done(struct arena *arena)
{
	arena_clear(arena);
}

static struct arena_block *block_add(struct arena *arena, size_t least_bytes)
{
	size_t size_bytes = least_bytes > BLOCK_BYTES ? least_bytes : BLOCK_BYTES;
	if (size_bytes > arena->max_bytes - arena->used_bytes)
		size_bytes = least_bytes;
	if (size_bytes > arena->max_bytes - arena->used_bytes ||
	    size_bytes > PTRDIFF_MAX - sizeof(struct arena_block))
		return NULL;
	struct arena_block *block = calloc(1, sizeof *block + size_bytes);
	if (block == NULL)
		return NULL;
	block->size_bytes = size_bytes;
	block->older = arena->newest;
	arena->newest = block;
	arena->used_bytes += size_bytes;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
	size_t alignment = _Alignof(max_align_t);
	size_t rounded;
	if (__builtin_add_overflow(size_bytes, alignment - 1, &rounded))
		rounded = SIZE_MAX;
	rounded &= ~(alignment - 1);
	struct arena_block *block = arena->newest;
	if (block == NULL || rounded > block->size_bytes - block->used_bytes)
		block = rounded > arena->max_bytes ? NULL : block_add(arena, rounded);
	if (block == NULL) {
		Err noted = fail(ERR_MEMORY, "this needs more memory than the %zu bytes it may have",
		                 arena->max_bytes);
		(void)noted;
		return NULL;
	}
	void *piece = block->bytes + block->used_bytes;
	block->used_bytes += rounded;
	return piece;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes)
{
	size_t total;
	if (__builtin_mul_overflow(count, size_bytes, &total))
		total = SIZE_MAX;
	return arena_alloc(arena, total);
}

#define LIST_FIRST_ROOM 16

void *arena_list_grow(struct arena *arena, void *list, size_t count, size_t size_bytes,
                      size_t *room)
{
	if (count < *room)
		return list;
	size_t more = count == 0 ? LIST_FIRST_ROOM : count * 2;
	void *longer = arena_alloc_array(arena, more, size_bytes);
	if (longer == NULL)
		return NULL;
	if (count > 0)
		memcpy(longer, list, count * size_bytes);
	*room = more;
	return longer;
}

Err arena_copy(struct arena *arena, Str str, Str *out)
{
	if (str.length == 0) {
		*out = S("");
		return OK;
	}
	char *bytes = arena_alloc(arena, str.length);
	if (bytes == NULL)
		return ERR_MEMORY;
	memcpy(bytes, str.bytes, str.length);
	*out = (Str){bytes, str.length};
	return OK;
}

Err arena_format(struct arena *arena, Str *out, const char *format, ...)
{
	va_list arguments;
	va_list again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	CHECK(length >= 0);
	char *bytes = arena_alloc(arena, (size_t)length + 1);
	if (bytes != NULL)
		vsnprintf(bytes, (size_t)length + 1, format, again);
	va_end(again);
	if (bytes == NULL)
		return ERR_MEMORY;
	*out = (Str){bytes, (size_t)length};
	return OK;
}

Err arena_c_string(struct arena *arena, Str str, char **out)
{
	if (str_find_byte(str, 0) != STR_NOT_FOUND)
		return fail(ERR_INVALID, "this holds a NUL character, which no name or path may");
	char *bytes = arena_alloc(arena, str.length + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	if (str.length > 0)
		memcpy(bytes, str.bytes, str.length);
	*out = bytes;
	return OK;
}
