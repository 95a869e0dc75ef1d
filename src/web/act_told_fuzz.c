/* What another node says: whatever it is, it ends, stays inside its memory, and what was understood
 * is said again in the same words. What was not makes everything fall. */
#include "web/act.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	BUF_CLEANUP struct buf words;
	struct effects effects;
	struct effects again;
	buf_init(&words, DB_TOLD_MAX);
	effects_parse((Str){(const char *)bytes, size}, &effects);
	CHECK(effects.count <= EFFECTS_MAX && effects.news_count <= EFFECTS_NEWS_MAX);
	effects_format(&effects, &words);
	CHECK(buf_check(&words) == OK);
	effects_parse(buf_str(&words), &again);
	if (words.length == 0)
		return 0;
	CHECK(again.count == effects.count && again.news_count == effects.news_count);
	for (size_t i = 0; i < effects.count; i++)
		CHECK(again.tags[i].hash == effects.tags[i].hash);
	for (size_t i = 0; i < effects.news_count; i++)
		CHECK(again.news[i].kind == effects.news[i].kind &&
		      again.news[i].language == effects.news[i].language &&
		      again.news[i].story == effects.news[i].story &&
		      again.news[i].value == effects.news[i].value);
	return 0;
}
