/* A story with what belongs to it: times, body, corrections, tags, translations, replies. */
#include "site/views.h"

#define RELATED_STORIES 4
/* How long a new story may be missing from the list of related stories. */
#define RELATED_LIFE_MS (5 * MINUTE_MS)
#define WORDS_HASH_BYTES 9

/* A name in a sentence: "By A, B and C". */
struct byline_view {
	Str before; /* what stands between it and the name before it */
	Url url;
	Str name;
};
static const struct view_field byline_fields[] = {
    FIELD_TEXT(struct byline_view, before,
               "What stands between it and the name before it: a comma, an and."),
    FIELD_URL(struct byline_view, url, "The page of who wrote it."),
    FIELD_TEXT(struct byline_view, name, "The name of who wrote it."),
};
static const struct view byline_view_view = VIEW(struct byline_view, byline_fields);

struct story_view {
	Str id, revision;
	Str changed; /* when anything of it was, in milliseconds since 1970 */
	Str words;   /* the same as long as headline, standfirst and text have the same words */
	Str zone;    /* in which its times are written */
	Str headline, standfirst;
	bool has_bylines;
	struct view_list bylines; /* of struct byline_view */
	Str bylines_before, bylines_after;
	const struct page_link *source; /* NULL when it has none, or the text begins with it */
	Str source_before, source_after;
	const struct page_link *section;
	bool is_breaking;
	Str published_at_iso, published_at_text;
	Str updated_at_iso, updated_at_text;
	Str corrected_at_text, clarified_at_text;
	Html body;
	bool has_corrections;
	struct view_list corrections; /* of struct correction_view */
	bool has_tags;
	struct view_list tags; /* of struct page_link */
	bool has_translations;
	struct view_list translations; /* of struct page_link */
	bool has_related;
	struct view_list related; /* of struct teaser_view */
};
static const struct view_field story_fields[] = {
    FIELD_TEXT(struct story_view, id, "The story's number."),
    FIELD_TEXT(struct story_view, revision, "The number of its version."),
    FIELD_TEXT(struct story_view, changed,
               "When it was last changed or corrected, in milliseconds since 1970: for live.js."),
    FIELD_TEXT(struct story_view, words,
               "A mark that changes when headline, standfirst or text do."),
    FIELD_TEXT(struct story_view, zone, "The site's time zone, in which times are written."),
    FIELD_TEXT(struct story_view, headline, "Its headline."),
    FIELD_TEXT(struct story_view, standfirst, "The sentence below the headline; may be empty."),
    FIELD_BOOL(struct story_view, has_bylines, "Somebody is named as who wrote it."),
    FIELD_LIST(struct story_view, bylines, &byline_view_view, "Who wrote it."),
    FIELD_TEXT(struct story_view, bylines_before, "The words before the names: By."),
    FIELD_TEXT(struct story_view, bylines_after, "The words behind the names; often empty."),
    FIELD_OBJECT(
        struct story_view, source, struct page_link, &page_link_view,
        "The agency it is credited to; absent when it has none or its text begins with it."),
    FIELD_TEXT(struct story_view, source_before, "The words before the agency's name."),
    FIELD_TEXT(struct story_view, source_after, "The words behind the agency's name; often empty."),
    FIELD_OBJECT(struct story_view, section, struct page_link, &page_link_view, "Its section."),
    FIELD_BOOL(struct story_view, is_breaking, "It is breaking news."),
    FIELD_TEXT(struct story_view, published_at_iso, "When it was published, for datetime."),
    FIELD_TEXT(struct story_view, published_at_text, "When it was published, in words."),
    FIELD_TEXT(struct story_view, updated_at_iso, "When it was last changed, for datetime."),
    FIELD_TEXT(struct story_view, updated_at_text,
               "When it was last changed, in words; empty if it never was."),
    FIELD_TEXT(struct story_view, corrected_at_text,
               "When it was last corrected, in words; empty if it never was."),
    FIELD_TEXT(struct story_view, clarified_at_text,
               "When it was last clarified, in words; empty if it never was."),
    FIELD_HTML(struct story_view, body, "Its text."),
    FIELD_BOOL(struct story_view, has_corrections, "There are notes on it."),
    FIELD_LIST(struct story_view, corrections, &correction_view_view,
               "The notes on it, the newest first."),
    FIELD_BOOL(struct story_view, has_tags, "It has tags."),
    FIELD_LIST(struct story_view, tags, &page_link_view, "Its tags."),
    FIELD_BOOL(struct story_view, has_translations, "It is there in other languages."),
    FIELD_LIST(struct story_view, translations, &page_link_view,
               "The same story in other languages."),
    FIELD_BOOL(struct story_view, has_related, "There are related stories."),
    FIELD_LIST(struct story_view, related, &teaser_view_view, "Stories with the same tags."),
};
static const struct view story_view_view = VIEW(struct story_view, story_fields);

struct story_page_view {
	const struct page_view *page;
	const struct story_view *story;
	const struct replies_view *replies;
	const struct reply_form_view *form;
	Html first_paint_script;
	Url story_script_url, changed_script_url;
};
static const struct view_field story_page_fields[] = {
    FIELD_OBJECT(struct story_page_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_OBJECT(struct story_page_view, story, struct story_view, &story_view_view, "The story."),
    FIELD_OBJECT(struct story_page_view, replies, struct replies_view, &replies_view_view,
                 "Its readers' replies."),
    FIELD_OBJECT(struct story_page_view, form, struct reply_form_view, &reply_form_view_view,
                 "The form for a reply."),
    FIELD_HTML(struct story_page_view, first_paint_script,
               "Courant's own script that runs before the page is shown."),
    FIELD_URL(struct story_page_view, story_script_url, "The script story.js."),
    FIELD_URL(struct story_page_view, changed_script_url, "The script changed.js."),
};
const struct view story_page_view_view = VIEW(struct story_page_view, story_page_fields);

/* ---- times ---- */

/* The moment of the latest correction of a kind; 0 when there is none. */
static Time latest_correction(const struct story *story, enum correction_kind kind)
{
	Time latest = 0;
	for (size_t i = 0; i < story->correction_count; i++)
		if (story->corrections[i].kind == kind && story->corrections[i].at > latest)
			latest = story->corrections[i].at;
	return latest;
}

static Err date_text(const struct web_request *request, Time time, Str *out)
{
	return i18n_date(request->language, request->world->site->zone, time, DATE_TIME, request->mem,
	                 out);
}

static Err date_iso(const struct web_request *request, Time time, Str *out)
{
	return time_format(request->world->site->zone, time, request->mem, out);
}

static Err times_fill(const struct web_request *request, const struct story *story,
                      struct story_view *out)
{
	Time corrected = latest_correction(story, CORRECTION);
	Time clarified = latest_correction(story, CLARIFICATION);
	Time noted = corrected > clarified ? corrected : clarified;
	out->zone = request->world->site->zone;
	TRY(date_iso(request, story->published, &out->published_at_iso));
	TRY(date_text(request, story->published, &out->published_at_text));
	/* A correction has its own line; only a later change needs another. */
	if (story->updated > story->published && story->updated > noted) {
		TRY(date_iso(request, story->updated, &out->updated_at_iso));
		TRY(date_text(request, story->updated, &out->updated_at_text));
	}
	if (corrected > 0)
		TRY(date_text(request, corrected, &out->corrected_at_text));
	if (clarified > 0)
		TRY(date_text(request, clarified, &out->clarified_at_text));
	return OK;
}

/* ---- parts ---- */

static Err tags_fill(const struct web_request *request, const struct story *story,
                     struct story_view *out)
{
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, story->tag_count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < story->tag_count; i++) {
		links[i].name = story->tags[i].name;
		TRY(tag_url(request, story->tags[i].slug, &links[i].url));
	}
	out->tags = (struct view_list){links, story->tag_count};
	out->has_tags = story->tag_count > 0;
	return OK;
}

/* What stands around a mark in a sentence: "By {names}". */
static void sentence_split(Str sentence, Str mark, Str *before, Str *after)
{
	size_t place = str_find(sentence, mark);
	CHECK(place != STR_NOT_FOUND);
	*before = str_slice(sentence, 0, place);
	*after = str_from(sentence, place + mark.length);
}

/* The names are links, and what stands between them is the language's own: the rule is asked for a
 * list of as many marks that no name can hold (a control character is refused in names). */
static Err bylines_fill(const struct web_request *request, const struct story *story,
                        struct story_view *out)
{
	const Str mark = S("\x01");
	Str marks[STORY_BYLINES_MAX];
	Str rest;
	size_t count = story->byline_count;
	struct byline_view *items = ARENA_ARRAY(request->mem, struct byline_view, count);
	if (items == NULL)
		return ERR_MEMORY;
	CHECK(count <= STORY_BYLINES_MAX);
	for (size_t i = 0; i < count; i++)
		marks[i] = mark;
	TRY(i18n_list(request->language, marks, count, request->mem, &rest));
	for (size_t i = 0; i < count; i++) {
		sentence_split(rest, mark, &items[i].before, &rest);
		items[i].name = story->bylines[i].name;
		TRY(byline_url(request, story->bylines[i].slug, &items[i].url));
	}
	sentence_split(i18n_text(request->language, "By {names}"), S("{names}"), &out->bylines_before,
	               &out->bylines_after);
	out->bylines = (struct view_list){items, count};
	out->has_bylines = count > 0;
	return OK;
}

/* The agency's credit stands once: where the text gives it, as a link, or else on a line of its
 * own. */
static Err body_fill(const struct web_request *request, const struct story *story,
                     struct story_view *out)
{
	Url url;
	Html name;
	Html address;
	Html credit;
	bool found;
	TRY(html_number_paragraphs(story->body, request->mem, &out->body));
	if (story->source.id == 0)
		return OK;
	TRY(source_url(request, story->source.slug, &url));
	TRY(html_escape(story->source.name, request->mem, &name));
	TRY(html_escape(url.address, request->mem, &address));
	const Html pieces[] = {HTML_LITERAL("<span class=\"run-in-credit\"><a href=\""), address,
	                       HTML_LITERAL("\">"), name, HTML_LITERAL("</a>/</span>")};
	TRY(html_join(pieces, sizeof pieces / sizeof pieces[0], request->mem, &credit));
	TRY(story_credit_replace(story, out->body, credit, request->mem, &found, &out->body));
	if (found)
		return OK;
	struct page_link *link = ARENA_NEW(request->mem, struct page_link);
	if (link == NULL)
		return ERR_MEMORY;
	*link = (struct page_link){.name = story->source.name, .url = url};
	out->source = link;
	sentence_split(i18n_text(request->language, "Source: {name}"), S("{name}"), &out->source_before,
	               &out->source_after);
	return OK;
}

/* What a reader's browser compares to know whether there is something new to read: not links, not
 * tags, not the breaking flag. */
static Err words_fill(const struct web_request *request, const struct story *story,
                      struct story_view *out)
{
	unsigned char hash[MAC_BYTES];
	Str text;
	TRY(html_to_text(story->body, SIZE_MAX, request->mem, &text));
	const Str parts[] = {story->headline, story->standfirst, text};
	mac_make(&request->world->site->key, parts, sizeof parts / sizeof parts[0], hash);
	return base64url_format(hash, WORDS_HASH_BYTES, request->mem, &out->words);
}

static Err translations_fill(const struct web_request *request, const struct story *translations,
                             size_t count, struct story_view *out)
{
	struct page_link *links = ARENA_ARRAY(request->mem, struct page_link, count);
	if (links == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const struct language *language = translations[i].language;
		links[i].name = language->name;
		links[i].lang = language->code;
		links[i].dir = language->direction;
		TRY(web_url_of_path(translations[i].path, request->mem, &links[i].url));
	}
	out->translations = (struct view_list){links, count};
	out->has_translations = count > 0;
	return OK;
}

static Err related_fill(struct web_request *request, struct web_response *response,
                        const struct story *story, struct story_view *out)
{
	struct db_connection *connection;
	struct story *related;
	size_t count;
	/* What has no tags is related to nothing, now and later. */
	if (story->tag_count == 0)
		return OK;
	web_expires(response, request->now + RELATED_LIFE_MS);
	TRY(web_read(request, &connection));
	TRY(story_list_related(connection, request->world->site, story, RELATED_STORIES, request->mem,
	                       &related, &count));
	out->has_related = count > 0;
	/* What they say of themselves is never old; only what is new comes later. */
	for (size_t i = 0; i < count; i++)
		web_tag(response, TAG_STORY(related[i].id));
	return teasers_fill(request, response, related, count, true, &out->related);
}

static Err story_fill(struct web_request *request, const struct story *story,
                      struct story_view *out)
{
	struct page_link *section = ARENA_NEW(request->mem, struct page_link);
	if (section == NULL)
		return ERR_MEMORY;
	section->name = story->section.name;
	TRY(section_url(request, story->section.slug, &section->url));
	TRY(arena_format(request->mem, &out->id, "%lld", (long long)story->id));
	TRY(arena_format(request->mem, &out->revision, "%lld", (long long)story->revision));
	TRY(arena_format(request->mem, &out->changed, "%lld", (long long)story->updated));
	out->headline = story->headline;
	out->standfirst = story->standfirst;
	out->section = section;
	out->is_breaking = story_is_breaking(story, request->now);
	TRY(words_fill(request, story, out));
	TRY(bylines_fill(request, story, out));
	TRY(times_fill(request, story, out));
	TRY(body_fill(request, story, out));
	TRY(corrections_fill(request, request->language, story->corrections, story->correction_count,
	                     &out->corrections));
	out->has_corrections = story->correction_count > 0;
	return tags_fill(request, story, out);
}

/* ---- the page ---- */

static Err replies_feed_fill(const struct web_request *request, const struct story *story,
                             struct page_view *page)
{
	Str path;
	struct page_link *feed = ARENA_NEW(request->mem, struct page_link);
	if (feed == NULL)
		return ERR_MEMORY;
	feed->name = i18n_text(request->language, N_("Replies to this story (RSS)"));
	page->more_feeds = (struct view_list){feed, 1};
	TRY(arena_format(request->mem, &path, "%.*s/feed.xml", STR(story->path)));
	return web_url_of_path(path, request->mem, &feed->url);
}

static Err story_found(struct web_request *request, struct web_response *response,
                       const struct story *story)
{
	struct db_connection *connection;
	struct story *translations;
	size_t count;
	struct page_view page = {0};
	struct story_view view = {0};
	struct replies_view replies = {0};
	struct reply_form_view form = {0};
	struct story_page_view all = {.page = &page,
	                              .story = &view,
	                              .replies = &replies,
	                              .form = &form,
	                              .first_paint_script = web_first_paint_script()};
	web_tag(response, TAG_STORY(story->id));
	response->story = story->id;
	if (story_is_breaking(story, request->now))
		web_expires(response, story->breaking_until);
	TRY(web_asset(request, "story.js", &all.story_script_url));
	TRY(web_asset(request, "changed.js", &all.changed_script_url));
	TRY(web_read(request, &connection));
	TRY(story_list_translations(connection, request->world->site, story, request->mem,
	                            &translations, &count));
	TRY(story_fill(request, story, &view));
	TRY(translations_fill(request, translations, count, &view));
	TRY(related_fill(request, response, story, &view));
	TRY(page_in_translations(request, &page, story, translations, count));
	TRY(replies_feed_fill(request, story, &page));
	page.leading_story = story->id;
	TRY(web_frame(request, response, &page));
	TRY(story_head_fill(request, story, translations, count, &page));
	TRY(replies_view_fill(request, response, story, &replies));
	TRY(reply_form_view_fill(request, story->id, &form));
	return web_render(request, response, "site/story", &all);
}

Err story_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct story story;
	Url url;
	TRY(web_read(request, &connection));
	TRY(story_find_by_path(connection, request->world->site, request->path, request->mem, &story));
	TRY(story_check_public(&story));
	if (str_equal(story.path, request->path))
		return story_found(request, response, &story);
	TRY(web_url_of_path(story.path, request->mem, &url));
	TRY(web_query_keep(request, REPLIES_AFTER, &url));
	return web_redirect(response, 301, url);
}
