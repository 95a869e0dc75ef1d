/* The decoder of chunked bodies: result, content and what follows must not depend on how the bytes
 * arrive. */
#include <stdlib.h>

#include "base/err.h"
#include "net/http_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum http_parse_result result;
	size_t used_bytes;
	char *content;
	size_t content_length;
};

static void decode(Str bytes, size_t step, struct outcome *out)
{
	struct http_chunks chunks = HTTP_CHUNKS_START;
	size_t place = 0;
	out->result = HTTP_INCOMPLETE;
	out->content_length = 0;
	while (place < bytes.length && out->result == HTTP_INCOMPLETE) {
		Str input = str_slice(bytes, place, step);
		size_t given = input.length;
		while (input.length > 0 && out->result == HTTP_INCOMPLETE) {
			Str content;
			size_t before = input.length;
			out->result = http_chunks_next(&chunks, &input, &content);
			CHECK(input.length < before || out->result == HTTP_REFUSED);
			CHECK(chunks.overhead_bytes <= HTTP_MAX_CHUNK_OVERHEAD_BYTES + 1);
			if (content.length > 0)
				memcpy(out->content + out->content_length, content.bytes, content.length);
			out->content_length += content.length;
		}
		place += given - input.length;
	}
	out->used_bytes = place;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	/* The first byte says in which steps. */
	size_t step = (size_t)data[0] + 1;
	Str bytes = {(const char *)data + 1, size - 1};
	struct outcome whole = {.content = malloc(size)};
	struct outcome parts = {.content = malloc(size)};
	CHECK(whole.content != NULL && parts.content != NULL);
	decode(bytes, SIZE_MAX, &whole);
	decode(bytes, step, &parts);
	CHECK(whole.result == parts.result);
	if (whole.result != HTTP_REFUSED)
		CHECK(whole.used_bytes == parts.used_bytes);
	CHECK(whole.content_length == parts.content_length);
	CHECK(memcmp(whole.content, parts.content, whole.content_length) == 0);
	free(whole.content);
	free(parts.content);
	return 0;
}
