#include "base/utf8.h"
#include "stories/stories_private.h"

/* A name's longest, its white space and the slash, in bytes. */
#define CREDIT_MAX_BYTES ((size_t)4 * (NAME_MAX_CHARACTERS + 8))

static Err is_named(const struct story *story, Str typed, struct arena *mem, bool *out)
{
	Str folded;
	TRY(text_fold(typed, mem, &folded));
	*out = false;
	for (size_t i = 0; i < story->source.name_count && !*out; i++) {
		Str name;
		TRY(text_fold(story->source.names[i], mem, &name));
		*out = str_equal(name, folded);
	}
	return OK;
}

/* A name may hold a slash itself: each one may be that behind it. */
Err story_credit_replace(const struct story *story, Html body, Html credit, struct arena *mem,
                         bool *found, Html *out)
{
	Str lead;
	*found = false;
	*out = body;
	if (story->source.name_count == 0)
		return OK;
	TRY(html_lead(body, mem, &lead));
	for (size_t i = 0; i < lead.length && i < CREDIT_MAX_BYTES && !*found; i++) {
		bool is_credit;
		if (lead.bytes[i] != '/')
			continue;
		TRY(is_named(story, utf8_trim(str_slice(lead, 0, i)), mem, &is_credit));
		if (is_credit)
			TRY(html_replace_lead(body, str_slice(lead, 0, i + 1), credit, mem, found, out));
	}
	return OK;
}
