#include "base/buf.h"
#include "base/utf8.h"
#include "stories/stories_private.h"

/* Addresses write a year with four digits. */
#define PUBLISHED_AT_MIN (-62135596800 * SECOND_MS) /* 0001-01-01 UTC */
#define PUBLISHED_AT_MAX (253402128000 * SECOND_MS) /* 9999-12-31, and before it in any zone */

static const struct setting rows[] = {
    {"breaking.hours", NULL, SETTING_DURATION, "6h", MINUTE_MS, 7 * DAY_MS, "",
     "How long a story that is marked as breaking stays so, unless the desk says until when.",
     offsetof(struct stories_settings, breaking_ms)},
};
static const char *const reloads[] = {"breaking.hours", NULL};
const struct setting_table stories_settings_table = {
    .room = "stories",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .reloads = reloads,
    .struct_bytes = sizeof(struct stories_settings),
};

Str story_status_word(enum story_status status)
{
	switch (status) {
	case STORY_DRAFT:
		return S("draft");
	case STORY_PUBLISHED:
		return S("published");
	case STORY_WITHDRAWN:
		return S("withdrawn");
	}
	check_failed("a status of a story", __FILE__, __LINE__);
}

Str correction_kind_word(enum correction_kind kind)
{
	switch (kind) {
	case CORRECTION:
		return S("correction");
	case CLARIFICATION:
		return S("clarification");
	case UPDATE:
		return S("update");
	}
	check_failed("a kind of correction", __FILE__, __LINE__);
}

bool correction_kind_parse(Str word, enum correction_kind *out)
{
	for (enum correction_kind kind = CORRECTION; kind <= UPDATE; kind++)
		if (str_equal(word, correction_kind_word(kind))) {
			*out = kind;
			return true;
		}
	return false;
}

bool story_is_breaking(const struct story *story, Time now)
{
	return story->status == STORY_PUBLISHED && story->breaking_until > now;
}

Err story_check_public(const struct story *story)
{
	if (story->status == STORY_WITHDRAWN)
		return fail(ERR_GONE, "story %lld was withdrawn", (long long)story->id);
	if (story->status != STORY_PUBLISHED)
		return fail(ERR_NOT_FOUND, "story %lld is not published", (long long)story->id);
	return OK;
}

bool breaking_bar_changes(const struct story *before, const struct story *after, Time now)
{
	bool was = before != NULL && story_is_breaking(before, now);
	bool is = story_is_breaking(after, now);
	if (was != is)
		return true;
	return is && (!str_equal(before->headline, after->headline) ||
	              !str_equal(before->path, after->path) || before->published != after->published ||
	              before->breaking_until != after->breaking_until);
}

/* ---- addresses ---- */

Err headline_slug(Str headline, struct arena *mem, Str *out)
{
	Str slug;
	TRY(text_slug(headline, mem, &slug));
	*out = str_is_empty(slug) ? S("story") : slug;
	return OK;
}

Err story_path(const struct site *site, const struct story *story, Str slug, struct arena *mem,
               Str *out)
{
	struct civil_date day;
	bool is_default = story->language == site->language;
	TRY(time_civil(site->zone, story->published, &day));
	return arena_format(mem, out, "%s%.*s/%.*s/%04d/%02d/%02d/%.*s", is_default ? "" : "/",
	                    STR(is_default ? S("") : story->language->code), STR(story->section.slug),
	                    day.year, day.month, day.day, STR(slug));
}

/* ---- what the desk hands in ---- */

Err published_at_check(Time published_at, Time now)
{
	if (published_at > now)
		return fail(ERR_INVALID, "the time of publication lies in the future and there is no "
		                         "schedule yet: publish it when the time has come, or give a time "
		                         "that has passed");
	return OK;
}

static Err headline_check(const struct story_input *input, struct arena *mem,
                          struct story_change *change)
{
	TRY(line_check("the headline", input->headline, HEADLINE_MAX, mem, &change->headline));
	if (str_is_empty(change->headline))
		return fail(ERR_INVALID, "the headline is empty: write one");
	return headline_slug(change->headline, mem, &change->headline_slug);
}

static Err source_check(const struct story_input *input, struct arena *mem,
                        struct story_change *change)
{
	change->source = (struct name){0};
	if (str_is_empty(utf8_trim(input->source)))
		return OK;
	return name_check("the source's name", input->source, mem, &change->source);
}

static Err bylines_check(const struct story_input *input, struct arena *mem,
                         struct story_change *change)
{
	if (input->byline_count > STORY_BYLINES_MAX)
		return fail(ERR_INVALID, "a story has at most %d bylines: take some away",
		            STORY_BYLINES_MAX);
	struct name *bylines = ARENA_ARRAY(mem, struct name, input->byline_count + 1);
	if (bylines == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < input->byline_count; i++)
		TRY(name_check("the byline's name", input->bylines[i], mem, &bylines[i]));
	change->bylines = bylines;
	change->byline_count = input->byline_count;
	return OK;
}

static Err tags_check(const struct story_input *input, struct arena *mem,
                      struct story_change *change)
{
	if (input->tag_count > STORY_TAGS_MAX)
		return fail(ERR_INVALID, "a story has at most %d tags: take some away", STORY_TAGS_MAX);
	struct name *tags = ARENA_ARRAY(mem, struct name, input->tag_count + 1);
	if (tags == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < input->tag_count; i++)
		TRY(name_check("the tag's name", input->tags[i], mem, &tags[i]));
	change->tags = tags;
	change->tag_count = input->tag_count;
	return OK;
}

Err body_check(Str body, enum body_format format, struct arena *mem, Html *out)
{
	if (!utf8_is_valid(body))
		return fail(ERR_INVALID, "the body is not UTF-8: save it in that encoding");
	if (body.length > (size_t)HTML_MAX_BYTES)
		return fail(ERR_TOO_LARGE, "the body has %zu bytes: shorten it to %d at most", body.length,
		            HTML_MAX_BYTES);
	struct buf lines CLEANUP(buf_done);
	buf_init(&lines, body.length);
	buf_add_lines(&lines, body);
	TRY(buf_check(&lines));
	Str text = buf_str(&lines);
	if (utf8_has_control(text))
		return fail(ERR_INVALID, "the body holds control characters: take them out");
	if (format == BODY_TEXT)
		return html_from_story_text(text, mem, out);
	return html_sanitize(text, HTML_POLICY_STORY, mem, out);
}

static Err story_body_check(const struct story_input *input, struct arena *mem,
                            struct story_change *change)
{
	TRY(body_check(input->body, input->format, mem, &change->body));
	return html_first_paragraph(change->body, STORY_SUMMARY_MAX, mem, &change->body_summary);
}

static Err published_at_range_check(const struct story_input *input, struct story_change *change)
{
	if (input->published_at < PUBLISHED_AT_MIN || input->published_at > PUBLISHED_AT_MAX)
		return fail(ERR_INVALID, "the time of publication needs a year from 1 to 9999");
	change->published_at = input->published_at;
	return OK;
}

static Err breaking_check(const struct story_input *input, Time now, struct story_change *change)
{
	change->breaking_until = 0;
	if (!input->breaking)
		return OK;
	Time until = input->breaking_until != 0 ? input->breaking_until : now + input->breaking_ms;
	if (until <= now)
		return fail(ERR_INVALID, "a story can't be breaking until a time that has passed: give a "
		                         "later one, or clear the flag");
	change->breaking_until = until;
	return OK;
}

Err story_change_check(const struct story_input *input, unsigned fields, Time now,
                       struct arena *mem, struct story_change *out)
{
	struct story_change change = {.fields = fields};
	if (fields & STORY_HEADLINE)
		TRY(headline_check(input, mem, &change));
	if (fields & STORY_STANDFIRST)
		TRY(line_check("the standfirst", input->standfirst, STANDFIRST_MAX, mem,
		               &change.standfirst));
	if (fields & STORY_BYLINE)
		TRY(bylines_check(input, mem, &change));
	if ((fields & STORY_SLUG) && !str_is_empty(input->slug))
		TRY(slug_check(input->slug, mem, &change.slug));
	if (fields & STORY_SECTION)
		TRY(name_check("the section's name", input->section, mem, &change.section));
	if (fields & STORY_SOURCE)
		TRY(source_check(input, mem, &change));
	if (fields & STORY_TAGS)
		TRY(tags_check(input, mem, &change));
	if (fields & STORY_BODY)
		TRY(story_body_check(input, mem, &change));
	if (fields & STORY_PUBLISHED_AT)
		TRY(published_at_range_check(input, &change));
	if (fields & STORY_BREAKING)
		TRY(breaking_check(input, now, &change));
	if (fields & STORY_TRANSLATION)
		change.translation_of = input->translation_of;
	*out = change;
	return OK;
}

Err bylines_join(const struct language *language, const struct byline *bylines, size_t count,
                 struct arena *mem, Str *out)
{
	Str *names = ARENA_ARRAY(mem, Str, count + 1);
	if (names == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		names[i] = bylines[i].name;
	return i18n_list(language, names, count, mem, out);
}
