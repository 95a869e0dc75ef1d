#include <jansson.h>

#include "site/views.h"

struct correction_view {
	bool is_correction, is_clarification, is_update;
	Str at_iso, at_text, text;
};
static const struct view_field correction_fields[] = {
    FIELD_BOOL(struct correction_view, is_correction),
    FIELD_BOOL(struct correction_view, is_clarification),
    FIELD_BOOL(struct correction_view, is_update),
    FIELD_TEXT(struct correction_view, at_iso),
    FIELD_TEXT(struct correction_view, at_text),
    FIELD_TEXT(struct correction_view, text),
};
static const struct view correction_view_view = VIEW(struct correction_view, correction_fields);

struct story_view {
	Str headline, standfirst, byline, source_credit;
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
};
static const struct view_field story_fields[] = {
    FIELD_TEXT(struct story_view, headline),
    FIELD_TEXT(struct story_view, standfirst),
    FIELD_TEXT(struct story_view, byline),
    FIELD_TEXT(struct story_view, source_credit),
    FIELD_OBJECT(struct story_view, section, struct page_link, &page_link_view),
    FIELD_BOOL(struct story_view, is_breaking),
    FIELD_TEXT(struct story_view, published_at_iso),
    FIELD_TEXT(struct story_view, published_at_text),
    FIELD_TEXT(struct story_view, updated_at_iso),
    FIELD_TEXT(struct story_view, updated_at_text),
    FIELD_TEXT(struct story_view, corrected_at_text),
    FIELD_TEXT(struct story_view, clarified_at_text),
    FIELD_HTML(struct story_view, body),
    FIELD_BOOL(struct story_view, has_corrections),
    FIELD_LIST(struct story_view, corrections, &correction_view_view),
    FIELD_BOOL(struct story_view, has_tags),
    FIELD_LIST(struct story_view, tags, &page_link_view),
};
static const struct view story_view_view = VIEW(struct story_view, story_fields);

struct story_page_view {
	const struct page_view *page;
	const struct story_view *story;
	const struct replies_view *replies;
	const struct reply_form_view *form;
	Html text_size_script;
};
static const struct view_field story_page_fields[] = {
    FIELD_OBJECT(struct story_page_view, page, struct page_view, &page_view_view),
    FIELD_OBJECT(struct story_page_view, story, struct story_view, &story_view_view),
    FIELD_OBJECT(struct story_page_view, replies, struct replies_view, &replies_view_view),
    FIELD_OBJECT(struct story_page_view, form, struct reply_form_view, &reply_form_view_view),
    FIELD_HTML(struct story_page_view, text_size_script),
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

static Err corrections_fill(const struct web_request *request, const struct story *story,
                            struct story_view *out)
{
	size_t count = story->correction_count;
	struct correction_view *items = ARENA_ARRAY(request->mem, struct correction_view, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		/* Newest first. */
		const struct correction *correction = &story->corrections[count - 1 - i];
		items[i].is_correction = correction->kind == CORRECTION;
		items[i].is_clarification = correction->kind == CLARIFICATION;
		items[i].is_update = correction->kind == UPDATE;
		items[i].text = correction->text;
		TRY(date_iso(request, correction->at, &items[i].at_iso));
		TRY(date_text(request, correction->at, &items[i].at_text));
	}
	out->corrections = (struct view_list){items, count};
	out->has_corrections = count > 0;
	return OK;
}

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

/* "SOURCE/" at the head of the body is the agency's own credit: shown once, where it stands. */
static Err body_fill(const struct web_request *request, const struct story *story,
                     struct story_view *out)
{
	Str prefix;
	Html credit;
	bool found = false;
	out->body = story->body;
	if (story->source.name.length == 0)
		return OK;
	TRY(arena_format(request->mem, &prefix, "%.*s/", STR(story->source.name)));
	TRY(html_escape(prefix, request->mem, &credit));
	const Html pieces[] = {HTML_LITERAL("<span class=\"run-in-credit\">"), credit,
	                       HTML_LITERAL("</span>")};
	TRY(html_join(pieces, 3, request->mem, &credit));
	TRY(html_replace_lead(story->body, prefix, credit, request->mem, &found, &out->body));
	if (!found)
		out->source_credit = story->source.name;
	return OK;
}

static Err story_fill(const struct web_request *request, const struct story *story,
                      struct story_view *out)
{
	struct page_link *section = ARENA_NEW(request->mem, struct page_link);
	if (section == NULL)
		return ERR_MEMORY;
	section->name = story->section.name;
	TRY(section_url(request, story->section.slug, &section->url));
	out->headline = story->headline;
	out->standfirst = story->standfirst;
	out->byline = story->byline;
	out->section = section;
	out->is_breaking = story_is_breaking(story, request->now);
	TRY(times_fill(request, story, out));
	TRY(body_fill(request, story, out));
	TRY(corrections_fill(request, story, out));
	return tags_fill(request, story, out);
}

/* ---- head: Open Graph and schema.org ---- */

static Time modified(const struct story *story)
{
	Time latest = story->updated > story->published ? story->updated : story->published;
	for (size_t i = 0; i < story->correction_count; i++)
		if (story->corrections[i].at > latest)
			latest = story->corrections[i].at;
	return latest;
}

static Err article_fill(const struct web_request *request, const struct story *story,
                        const struct story_view *view, struct page_article *out)
{
	out->section = story->section.name;
	out->published_at_iso = view->published_at_iso;
	out->tags = view->tags;
	return date_iso(request, modified(story), &out->modified_at_iso);
}

static json_t *json_text(Str text)
{
	return json_stringn(text.bytes, text.length);
}

static json_t *json_corrections(const struct story_view *view)
{
	json_t *list = json_array();
	const struct correction_view *items = view->corrections.items;
	for (size_t i = 0; i < view->corrections.count; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "@type", "CorrectionComment",
		                                      "text", json_text(items[i].text), "datePublished",
		                                      json_text(items[i].at_iso)));
	return list;
}

static json_t *json_keywords(const struct story *story)
{
	json_t *list = json_array();
	for (size_t i = 0; i < story->tag_count; i++)
		json_array_append_new(list, json_text(story->tags[i].name));
	return list;
}

/* schema.org NewsArticle. */
static json_t *json_article(const struct web_request *request, const struct story *story,
                            const struct story_view *view, const struct page_view *page,
                            const struct page_article *article)
{
	Str author = story->byline.length > 0        ? story->byline
	             : story->source.name.length > 0 ? story->source.name
	                                             : request->world->site->name;
	json_t *object = json_pack(
	    "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:o}, s:{s:s, s:o, s:o}}", "@context",
	    "https://schema.org", "@type", "NewsArticle", "headline", json_text(story->headline),
	    "datePublished", json_text(article->published_at_iso), "dateModified",
	    json_text(article->modified_at_iso), "url", json_text(page->canonical_url.address),
	    "inLanguage", json_text(story->language->code), "articleSection",
	    json_text(story->section.name), "author", "@type",
	    story->byline.length > 0 ? "Person" : "Organization", "name", json_text(author),
	    "publisher", "@type", "NewsMediaOrganization", "name",
	    json_text(request->world->site->name), "url", json_text(request->world->site->url.address));
	if (object == NULL)
		return NULL;
	json_object_set_new(object, "mainEntityOfPage", json_text(page->canonical_url.address));
	json_object_set_new(object, "version", json_integer(story->revision));
	if (page->description.length > 0)
		json_object_set_new(object, "description", json_text(page->description));
	if (story->tag_count > 0)
		json_object_set_new(object, "keywords", json_keywords(story));
	if (view->has_corrections)
		json_object_set_new(object, "correction", json_corrections(view));
	return object;
}

static Err head_fill(struct web_request *request, const struct story *story,
                     const struct story_view *view, struct page_view *page)
{
	Url path;
	struct page_article *article = ARENA_NEW(request->mem, struct page_article);
	if (article == NULL)
		return ERR_MEMORY;
	TRY(web_url_of_path(story->path, request->mem, &path));
	TRY(page_set_public(request, page, path));
	TRY(web_title(request, story->headline, &page->title));
	page->share_title = story->headline;
	page->description = story->summary;
	TRY(article_fill(request, story, view, article));
	page->article = article;
	json_t *json = json_article(request, story, view, page, article);
	if (json == NULL)
		return fail(ERR_INTERNAL, "the NewsArticle of story %lld can't be made",
		            (long long)story->id);
	page->has_json_ld = true;
	Err err = json_for_page(json, request->mem, &page->json_ld);
	json_decref(json);
	return err;
}

/* ---- the page ---- */

static Err story_found(struct web_request *request, struct web_response *response,
                       const struct story *story)
{
	struct page_view page = {0};
	struct story_view view = {0};
	struct replies_view replies = {0};
	struct reply_form_view form = {0};
	struct story_page_view all = {&page, &view, &replies, &form, web_text_size_script()};
	web_tag(response, TAG_STORY(story->id));
	if (story_is_breaking(story, request->now))
		web_expires(response, story->breaking_until);
	TRY(story_fill(request, story, &view));
	TRY(head_fill(request, story, &view, &page));
	TRY(web_frame(request, response, &page));
	TRY(replies_view_fill(request, story, &replies));
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
	if (story.status == STORY_WITHDRAWN)
		return fail(ERR_GONE, "story %lld was withdrawn", (long long)story.id);
	if (story.status != STORY_PUBLISHED)
		return fail(ERR_NOT_FOUND, "story %lld is not published", (long long)story.id);
	if (str_equal(story.path, request->path))
		return story_found(request, response, &story);
	TRY(web_url_of_path(story.path, request->mem, &url));
	return web_redirect(response, 301, url);
}
