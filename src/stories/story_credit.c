#include "stories/stories_private.h"

Err story_credit_replace(const struct story *story, Html body, Html credit, struct arena *mem,
                         bool *found, Html *out)
{
	*found = false;
	*out = body;
	for (size_t i = 0; i < story->source.name_count && !*found; i++) {
		Str prefix;
		TRY(arena_format(mem, &prefix, "%.*s/", STR(story->source.names[i])));
		TRY(html_replace_lead(body, prefix, credit, mem, found, out));
	}
	return OK;
}
