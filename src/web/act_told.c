/* An act's effects as words, for other nodes: "1 t3f9c0a17d2b84e65 nreply::42:7", the version of
 * this form, the tags that fall, the news. Nodes of several versions may serve one database, and a
 * hash of a tag means the same to all. */
#include "web/act.h"

#define FORM S("1")
#define TAG_DIGITS 16

static const char *const kinds[] = {
    [NEWS_BREAKING] = "breaking",         [NEWS_STORY_UPDATED] = "updated",
    [NEWS_STORY_CORRECTED] = "corrected", [NEWS_STORY_WITHDRAWN] = "withdrawn",
    [NEWS_STORY_BACK] = "back",           [NEWS_REPLY] = "reply",
    [NEWS_REPLY_GONE] = "reply-gone",
};
#define KINDS (sizeof kinds / sizeof kinds[0])

void effects_format(const struct effects *effects, struct buf *out)
{
	if (effects->count == 0 && effects->news_count == 0)
		return;
	buf_add(out, FORM);
	for (size_t i = 0; i < effects->count; i++)
		buf_format(out, " t%0*llx", TAG_DIGITS, (unsigned long long)effects->tags[i].hash);
	for (size_t i = 0; i < effects->news_count; i++) {
		const struct act_news *news = &effects->news[i];
		buf_format(out, " n%s:%.*s:%lld:%lld", kinds[news->kind],
		           STR(news->language == NULL ? S("") : news->language->code),
		           (long long)news->story, (long long)news->value);
	}
}

static bool tag_parse(Str digits, CacheTag *out)
{
	uint64_t hash = 0;
	if (digits.length != TAG_DIGITS)
		return false;
	for (size_t i = 0; i < TAG_DIGITS; i++) {
		int digit = str_hex_digit(digits.bytes[i]);
		if (digit < 0)
			return false;
		hash = hash << 4 | (uint64_t)digit;
	}
	out->hash = hash;
	return true;
}

static bool number_take(Str *rest, int64_t *out)
{
	Str word;
	uint64_t number;
	if (!str_next(rest, ':', &word) || !str_parse_uint(word, INT64_MAX, &number))
		return false;
	*out = (int64_t)number;
	return true;
}

static bool news_parse(Str text, struct act_news *out)
{
	struct act_news news = {0};
	Str kind;
	Str code;
	size_t i = 0;
	if (!str_next(&text, ':', &kind) || !str_next(&text, ':', &code) ||
	    !number_take(&text, &news.story) || !number_take(&text, &news.value))
		return false;
	while (i < KINDS && !str_equal(str_from_c(kinds[i]), kind))
		i++;
	news.kind = (enum act_news_kind)i;
	news.language = str_is_empty(code) ? NULL : language_find(code);
	if (i == KINDS || (news.kind == NEWS_BREAKING && news.language == NULL))
		return false;
	*out = news;
	return true;
}

/* False for a word that this version does not know; what readers are told may be left out, what
 * falls may not. */
static bool word_take(Str word, struct effects *effects)
{
	CacheTag tag;
	struct act_news news;
	if (str_starts_with(word, S("n"))) {
		if (effects->news_count < EFFECTS_NEWS_MAX && news_parse(str_from(word, 1), &news))
			effects->news[effects->news_count++] = news;
		return true;
	}
	if (!str_starts_with(word, S("t")) || !tag_parse(str_from(word, 1), &tag))
		return false;
	effects_add(effects, tag);
	return true;
}

void effects_parse(Str words, struct effects *out)
{
	Str word;
	effects_clear(out);
	bool is_known = str_next(&words, ' ', &word) && str_equal(word, FORM);
	while (is_known && !str_is_empty(words) && str_next(&words, ' ', &word))
		is_known = word_take(word, out);
	if (!is_known)
		effects_add(out, TAG_SITE);
}
