/* Stories, corrections and replies as items of a feed. */
#include "site/feed_private.h"

/* Past this much text the older stories of a feed have their summaries alone: no reader fetches
 * more, and a request's memory has a ceiling. */
#define CONTENT_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define REPLY_SUMMARY_MAX 180

/* ---- the content of an item, made by a template of its own ---- */

struct content_view {
	Str language, direction; /* of the item: a feed reader knows of no page that says it */
	Html body;
	Str source_credit;
	struct view_list notes; /* of struct correction_view */
};
static const struct view_field content_fields[] = {
    FIELD_TEXT(struct content_view, language, "The item's language code, for lang."),
    FIELD_TEXT(struct content_view, direction, "Its language's direction, for dir."),
    FIELD_HTML(struct content_view, body, "The text; empty where only summaries are given."),
    FIELD_TEXT(struct content_view, source_credit, "The agency it is credited to; may be empty."),
    FIELD_LIST(struct content_view, notes, &correction_view_view,
               "The notes on it, the newest first."),
};
const struct view feed_story_view = VIEW(struct content_view, content_fields);

static const struct site_settings *settings_of_site(const struct web_request *request)
{
	return web_settings_of(request, &site_settings_table);
}

/* In the item's own language, whatever the feed's. */
static Err content_render(struct web_request *request, const struct language *language,
                          struct content_view *view, Str *out)
{
	const struct language *page_language = request->language;
	struct web_response part = {0};
	buf_init(&part.body, CONTENT_MAX_BYTES * 2);
	view->language = language->code;
	view->direction = language->direction;
	request->language = language;
	Err err = web_render(request, &part, "site/feed_story", view);
	request->language = page_language;
	if (err == OK)
		err = arena_copy(request->mem, str_trim(buf_str(&part.body)), out);
	buf_done(&part.body);
	return err;
}

/* ---- what all items have ---- */

static Err item_times(const struct web_request *request, Time published, Time updated,
                      struct feed_item *out, struct feed *feed)
{
	Str zone = request->world->site->zone;
	if (updated < published)
		updated = published;
	if (updated > feed->updated)
		feed->updated = updated;
	TRY(time_format(zone, published, request->mem, &out->published_iso));
	TRY(time_format_http(published, request->mem, &out->published_http));
	return time_format(zone, updated, request->mem, &out->updated_iso);
}

static Err item_summary(const struct web_request *request, Str summary, struct feed_item *out)
{
	Html markup;
	TRY(html_escape(summary, request->mem, &markup));
	out->summary = summary;
	out->summary_markup = markup.markup;
	return OK;
}

static Err story_url(const struct web_request *request, const struct story *story, Url *out)
{
	TRY(web_url_of_path(story->path, request->mem, out));
	return web_absolute(request, *out, out);
}

static Err one_author(const struct web_request *request, Str name, struct view_list *out)
{
	struct feed_author *author = ARENA_NEW(request->mem, struct feed_author);
	if (author == NULL)
		return ERR_MEMORY;
	author->name = name;
	*out = (struct view_list){author, 1};
	return OK;
}

/* ---- stories ---- */

/* Who wrote it, else the agency that it came from. */
static Err story_authors(const struct web_request *request, const struct story *story,
                         struct view_list *out)
{
	if (story->byline_count == 0 && story->source.name.length > 0)
		return one_author(request, story->source.name, out);
	struct feed_author *authors =
	    ARENA_ARRAY(request->mem, struct feed_author, story->byline_count);
	if (authors == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < story->byline_count; i++)
		authors[i].name = story->bylines[i].name;
	*out = (struct view_list){authors, story->byline_count};
	return OK;
}

static Err story_categories(const struct web_request *request, const struct story *story,
                            struct view_list *out)
{
	size_t count = story->tag_count + 1;
	struct feed_category *categories = ARENA_ARRAY(request->mem, struct feed_category, count);
	if (categories == NULL)
		return ERR_MEMORY;
	categories[0] = (struct feed_category){story->section.slug, story->section.name};
	for (size_t i = 0; i < story->tag_count; i++)
		categories[i + 1] = (struct feed_category){story->tags[i].slug, story->tags[i].name};
	*out = (struct view_list){categories, count};
	return OK;
}

/* Empty where the text gives it. */
static Err story_credit(const struct web_request *request, const struct story *story, Str *out)
{
	Html same;
	bool found;
	TRY(story_credit_replace(story, story->body, HTML_LITERAL(""), request->mem, &found, &same));
	*out = found ? S("") : story->source.name;
	return OK;
}

static Err story_content(struct web_request *request, const struct story *story, Str *out)
{
	struct content_view view = {0};
	TRY(html_absolute_links(story->body, request->world->site->url, request->mem, &view.body));
	TRY(story_credit(request, story, &view.source_credit));
	TRY(corrections_fill(request, story->language, story->corrections, story->correction_count,
	                     &view.notes));
	return content_render(request, story->language, &view, out);
}

static Err story_item(struct web_request *request, const struct story *story,
                      size_t *content_left_bytes, struct feed_item *out, struct feed *feed)
{
	bool is_full = settings_of_site(request)->feed_text == FEED_FULL &&
	               story->body.markup.length < *content_left_bytes;
	TRY(feed_item_id(request, S("story"), story->id, &out->id));
	TRY(story_url(request, story, &out->url));
	out->title = story->headline;
	out->language = story->language->code;
	TRY(item_times(request, story->published, story_modified(story), out, feed));
	TRY(story_authors(request, story, &out->authors));
	TRY(story_categories(request, story, &out->categories));
	TRY(item_summary(request, story->summary, out));
	if (!is_full)
		return OK;
	*content_left_bytes -= story->body.markup.length;
	return story_content(request, story, &out->content);
}

Err feed_add_stories(struct web_request *request, const struct story_filter *given,
                     struct feed *feed)
{
	struct db_connection *connection;
	struct story *stories;
	struct story_filter filter = *given;
	size_t count;
	size_t content_left_bytes = CONTENT_MAX_BYTES;
	filter.status = STORY_PUBLISHED;
	filter.limit = (size_t)settings_of_site(request)->feed_stories;
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	struct feed_item *items = ARENA_ARRAY(request->mem, struct feed_item, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct story story;
		TRY(story_find(connection, request->world->site, stories[i].id, request->mem, &story));
		TRY(story_item(request, &story, &content_left_bytes, &items[i], feed));
	}
	feed->items = (struct view_list){items, count};
	return OK;
}

/* ---- corrections ---- */

static const char *correction_title(enum correction_kind kind)
{
	switch (kind) {
	case CORRECTION:
		return N_("Correction: {headline}");
	case CLARIFICATION:
		return N_("Clarification: {headline}");
	case UPDATE:
		break;
	}
	return N_("Update: {headline}");
}

static Err correction_item(struct web_request *request, const struct correction_listed *listed,
                           struct feed_item *out, struct feed *feed)
{
	const struct correction *correction = &listed->correction;
	const struct story *story = &listed->story;
	const struct i18n_value value = {"{headline}", story->headline};
	struct content_view view = {.body = HTML_LITERAL("")};
	TRY(feed_item_id(request, S("correction"), correction->id, &out->id));
	TRY(story_url(request, story, &out->url));
	TRY(url_with_fragment(out->url, S("corrections"), request->mem, &out->url));
	TRY(i18n_fill(i18n_text(story->language, correction_title(correction->kind)), &value, 1,
	              request->mem, &out->title));
	out->language = story->language->code;
	TRY(item_times(request, correction->at, correction->at, out, feed));
	TRY(item_summary(request, correction->text, out));
	TRY(corrections_fill(request, story->language, correction, 1, &view.notes));
	return content_render(request, story->language, &view, &out->content);
}

Err feed_add_corrections(struct web_request *request, struct feed *feed)
{
	struct db_connection *connection;
	struct correction_listed *listed;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(correction_list(connection, request->world->site, request->language, 0,
	                    (size_t)settings_of_site(request)->feed_stories, request->mem, &listed,
	                    &count));
	struct feed_item *items = ARENA_ARRAY(request->mem, struct feed_item, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(correction_item(request, &listed[i], &items[i], feed));
	feed->items = (struct view_list){items, count};
	return OK;
}

/* ---- replies ---- */

static Err reply_title(const struct web_request *request, const struct reply *reply,
                       const struct story *story, Str *out)
{
	const struct i18n_value values[] = {{"{name}", reply->name}, {"{headline}", story->headline}};
	return i18n_fill(i18n_text(story->language, "{name} on “{headline}”"), values, 2, request->mem,
	                 out);
}

/* A story and how far the first page of its replies goes. */
struct replied {
	struct story story;
	struct reply_extent first;
};

static Err replied_find(struct web_request *request, int64_t story_id, struct replied *out)
{
	struct db_connection *connection;
	TRY(web_read(request, &connection));
	TRY(story_find(connection, request->world->site, story_id, request->mem, &out->story));
	return reply_extent_find(connection, story_id, 0, &out->first);
}

/* Where it stands: on a later page of replies, if the first does not hold it. */
static Err reply_url(const struct web_request *request, const struct reply *reply,
                     const struct replied *replied, Url *out)
{
	Str anchor;
	Str before;
	TRY(story_url(request, &replied->story, out));
	if (replied->first.has_more && reply->id > replied->first.last_id) {
		TRY(arena_format(request->mem, &before, "%lld", (long long)reply->id - 1));
		TRY(url_with_query(*out, S(REPLIES_AFTER), before, request->mem, out));
	}
	TRY(arena_format(request->mem, &anchor, "reply-%lld", (long long)reply->id));
	return url_with_fragment(*out, anchor, request->mem, out);
}

static Err reply_item(struct web_request *request, const struct reply *reply,
                      const struct replied *replied, struct feed_item *out, struct feed *feed)
{
	struct content_view view = {0};
	Str summary;
	TRY(feed_item_id(request, S("reply"), reply->id, &out->id));
	TRY(reply_url(request, reply, replied, &out->url));
	TRY(reply_title(request, reply, &replied->story, &out->title));
	out->language = replied->story.language->code;
	TRY(item_times(request, reply->created, reply->created, out, feed));
	TRY(one_author(request, reply->name, &out->authors));
	TRY(html_from_reply_text(reply->text, request->mem, &view.body));
	TRY(html_to_text(view.body, REPLY_SUMMARY_MAX, request->mem, &summary));
	TRY(item_summary(request, summary, out));
	return content_render(request, replied->story.language, &view, &out->content);
}

static Err replies_list(struct web_request *request, int64_t story_id, struct reply **replies,
                        size_t *count)
{
	struct db_connection *connection;
	size_t limit = (size_t)settings_of_site(request)->feed_stories;
	TRY(web_read(request, &connection));
	if (story_id == 0)
		return reply_list_newest(connection, request->language, limit, request->mem, replies,
		                         count);
	const struct reply_filter filter = {.story_id = story_id, .newest_first = true, .limit = limit};
	return reply_list(connection, &filter, request->mem, replies, count);
}

Err feed_add_replies(struct web_request *request, int64_t story_id, struct feed *feed)
{
	struct reply *replies;
	size_t count;
	struct replied replied;
	TRY(replies_list(request, story_id, &replies, &count));
	struct feed_item *items = ARENA_ARRAY(request->mem, struct feed_item, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		/* Those of one story mostly stand together. */
		if (i == 0 || replies[i].story_id != replies[i - 1].story_id)
			TRY(replied_find(request, replies[i].story_id, &replied));
		TRY(reply_item(request, &replies[i], &replied, &items[i], feed));
	}
	feed->items = (struct view_list){items, count};
	return OK;
}
