#include <stdlib.h>

#include "base/log.h"
#include "live/live_private.h"

#define BAR_BYTES ((size_t)1 << 20)
#define TOPIC_BARS (UINT64_C(1) << 63)
/* The page looks for itself. */
#define BAR_UNKNOWN S("null")

static void tell(const struct act_news *news, size_t count, void *context);

Err live_new(const struct live_options *options, struct live **out)
{
	struct live *live = calloc(1, sizeof *live);
	if (live == NULL)
		return fail(ERR_MEMORY, "there is no memory for live events");
	live->options = *options;
	live->listener = (struct act_listener){tell, live};
	pthread_mutex_init(&live->bar_lock, NULL);
	Err err = event_ring_new(&live->ring);
	if (err == OK)
		*out = live;
	else
		live_free(live);
	return err;
}

void live_free(struct live *live)
{
	if (live == NULL)
		return;
	event_ring_free(live->ring);
	pthread_mutex_destroy(&live->bar_lock);
	free(live);
}

struct event_ring *live_ring(struct live *live)
{
	return live->ring;
}

const struct act_listener *live_listener(const struct live *live)
{
	return &live->listener;
}

/* ---- topics ---- */

uint64_t topic_of_story(int64_t id)
{
	return (uint64_t)id;
}

uint64_t topic_of_bar(const struct language *language)
{
	uint64_t index = 0;
	while (language_at(index) != language)
		index++;
	return TOPIC_BARS | index;
}

/* ---- events ---- */

static void add(struct live *live, uint64_t topic, Str name, Str data)
{
	Err err = event_ring_add(live->ring, topic, name, data, monotonic_ms());
	struct err_note note;
	err_note_take(&note, err);
	/* The act is done, and pages show it: only those who wait for it are not told. */
	if (err != OK)
		log_error("readers are not told of an event (%.*s): %s", STR(name), note.text);
}

static void tell_bar(struct live *live, const struct language *language)
{
	struct arena mem CLEANUP(arena_done);
	Str data = BAR_UNKNOWN;
	struct err_note note;
	arena_init(&mem, BAR_BYTES);
	pthread_mutex_lock(&live->bar_lock);
	Err err = live->options.bar(live->options.world, language, &mem, &data);
	err_note_take(&note, err);
	if (err != OK)
		log_error("readers look for the breaking bar themselves: %s", note.text);
	if (err != OK || data.length > EVENT_MAX_BYTES - 2 * EVENT_ID_BYTES)
		data = BAR_UNKNOWN;
	add(live, topic_of_bar(language), S("bar"), data);
	pthread_mutex_unlock(&live->bar_lock);
}

void live_missed(struct live *live)
{
	const struct language *language;
	for (size_t i = 0; (language = language_at(i)) != NULL; i++)
		add(live, topic_of_bar(language), S("bar"), BAR_UNKNOWN);
}

static void tell_story(struct live *live, const struct act_news *news)
{
	static const char *const kinds[] = {
	    [NEWS_STORY_UPDATED] = "updated",
	    [NEWS_STORY_CORRECTED] = "corrected",
	    [NEWS_STORY_WITHDRAWN] = "withdrawn",
	    [NEWS_STORY_BACK] = "back",
	};
	char data[96];
	int length = snprintf(data, sizeof data, "{\"kind\":\"%s\",\"at\":%lld}", kinds[news->kind],
	                      (long long)news->value);
	add(live, topic_of_story(news->story), S("story"), (Str){data, (size_t)length});
}

static void tell_reply(struct live *live, const struct act_news *news, Str name)
{
	char data[32];
	int length = snprintf(data, sizeof data, "%lld", (long long)news->value);
	add(live, topic_of_story(news->story), name, (Str){data, (size_t)length});
}

static void tell(const struct act_news *news, size_t count, void *context)
{
	struct live *live = context;
	for (size_t i = 0; i < count; i++) {
		switch (news[i].kind) {
		case NEWS_BREAKING:
			tell_bar(live, news[i].language);
			break;
		case NEWS_REPLY:
			tell_reply(live, &news[i], S("reply"));
			break;
		case NEWS_REPLY_GONE:
			tell_reply(live, &news[i], S("reply-gone"));
			break;
		case NEWS_STORY_UPDATED:
		case NEWS_STORY_CORRECTED:
		case NEWS_STORY_WITHDRAWN:
		case NEWS_STORY_BACK:
			tell_story(live, &news[i]);
			break;
		}
	}
}
