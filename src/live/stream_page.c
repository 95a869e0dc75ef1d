#include <stdlib.h>

#include "base/random.h"
#include "live/live_private.h"

/* A page older than that looks for itself. */
#define AGE_MAX_MS DAY_MS
/* A client whose connection broke comes back within this time, not all at once. */
#define RETRY_MIN_MS (2 * SECOND_MS)
#define RETRY_SPREAD_MS (4 * SECOND_MS)
#define GREETING_BYTES 256

const struct route live_stream_route =
    ROUTE(.method = HTTP_GET, .pattern = "/events", .audience = AUDIENCE_READERS,
          .cache = CACHE_NEVER, .query = {"lang", "story", "since", "age"});

/* ---- what is asked for ---- */

static bool number_read(Str text, uint64_t most, int64_t *out)
{
	uint64_t number;
	if (!str_parse_uint(text, most, &number))
		return false;
	*out = (int64_t)number;
	return true;
}

bool stream_query_read(const struct http_request *http, const struct language *own,
                       struct stream_query *out)
{
	Str lang;
	Str story;
	Str age;
	Str since;
	*out = (struct stream_query){.language = own, .age_ms = -1};
	if (!query_find(http->query, "lang", &lang) || !query_find(http->query, "story", &story) ||
	    !query_find(http->query, "since", &since) || !query_find(http->query, "age", &age))
		return false;
	if (lang.length > 0)
		out->language = language_find(lang);
	if (out->language == NULL ||
	    (story.length > 0 && !number_read(story, INT64_MAX, &out->story)) ||
	    (age.length > 0 && !number_read(age, AGE_MAX_MS, &out->age_ms)))
		return false;
	/* What the browser adds by itself when a connection broke is newer than the address. */
	out->since = http_request_field(http, S("Last-Event-ID"));
	if (out->since.length == 0)
		out->since = since;
	return true;
}

bool stream_position(struct event_ring *ring, const struct stream_query *query, int64_t now,
                     uint64_t *out)
{
	bool is_known = true;
	*out = event_ring_newest(ring);
	if (query->since.length > 0)
		is_known = event_ring_find(ring, query->since, out);
	else if (query->age_ms >= 0)
		is_known = event_ring_since(ring, now - query->age_ms, out);
	return is_known;
}

/* ---- the answer ---- */

static const char head[] = "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/event-stream\r\n"
                           "Cache-Control: no-store\r\n"
                           "X-Accel-Buffering: no\r\n" /* nginx passes each event on at once */
                           "X-Content-Type-Options: nosniff\r\n";

/* The clock, by which the page knows when a breaking flag ends; and whether it must look for
 * itself. NULL without memory; the caller frees it. */
static char *greeting_make(const struct live *live, uint64_t position, bool is_known,
                           size_t *length_out)
{
	char id[EVENT_ID_BYTES];
	uint32_t spread;
	char *text = malloc(GREETING_BYTES);
	if (text == NULL)
		return NULL;
	random_bytes(&spread, sizeof spread);
	int length =
	    snprintf(text, GREETING_BYTES, "retry: %lld\nid: %.*s\nevent: hello\ndata: %lld\n\n%s",
	             (long long)(RETRY_MIN_MS + spread % RETRY_SPREAD_MS),
	             STR(event_ring_id(live->ring, position, id)),
	             (long long)clock_now(live->options.world->clock),
	             is_known ? "" : "event: reset\ndata: null\n\n");
	CHECK(length > 0 && length < GREETING_BYTES);
	*length_out = (size_t)length;
	return text;
}

int live_answer_stream(struct net_exchange *exchange, void *context)
{
	struct live *live = context;
	struct stream_query query;
	uint64_t position;
	size_t length;
	if (!stream_query_read(net_exchange_request(exchange), live->options.world->site->language,
	                       &query))
		return 400;
	bool is_known = stream_position(live->ring, &query, monotonic_ms(), &position);
	char *greeting = greeting_make(live, position, is_known, &length);
	if (greeting == NULL)
		return 503;
	const struct net_answer answer = {
	    .head = {head, sizeof head - 1},
	    .body = {greeting, length},
	    .release = free,
	    .owner = greeting,
	};
	const uint64_t topics[STREAM_TOPICS] = {topic_of_bar(query.language),
	                                        topic_of_story(query.story)};
	if (net_answer_stream(exchange, &answer, position, topics))
		return 0;
	free(greeting);
	return 503;
}
