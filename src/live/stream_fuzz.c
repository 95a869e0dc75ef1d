/* What a stream asks for: whatever comes, it is refused, or begins at a place that the ring has. */
#include "base/random.h"
#include "live/live_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The first line is the query, the rest the id that the browser sends. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct event_ring *ring;
	struct stream_query query;
	uint64_t position;
	Str text = {(const char *)bytes, size};
	size_t end = str_find_byte(text, '\n');
	struct http_request http = {.query = str_slice(text, 0, end)};
	if (ring == NULL) {
		CHECK(event_ring_new(&ring) == OK);
		for (int i = 0; i < EVENTS_KEPT + 7; i++)
			CHECK(event_ring_add(ring, 1, S("x"), S("1"), monotonic_ms()) == OK);
	}
	if (end != STR_NOT_FOUND) {
		http.fields[0] = (struct http_field){S("Last-Event-ID"), str_from(text, end + 1)};
		http.field_count = 1;
	}
	if (!stream_query_read(&http, language_find(S("en")), &query))
		return 0;
	CHECK(query.story >= 0 && query.age_ms >= -1 && query.language != NULL);
	bool is_known = stream_position(ring, &query, monotonic_ms(), &position);
	CHECK(position >= 7 && position <= EVENTS_KEPT + 7);
	CHECK(is_known || position == EVENTS_KEPT + 7);
	return 0;
}
