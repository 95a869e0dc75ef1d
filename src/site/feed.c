/* RSS 2.0 of a language's newest stories, with their whole text. */
#include "site/views.h"

#define FEED_STORIES 30

struct feed_item_view {
	Str title;
	Url url;
	Str guid;
	Str published; /* RFC 822, as RSS wants it */
	Str creator, category;
	Str content; /* the body's markup, as text: the template escapes it */
};
static const struct view_field item_fields[] = {
    FIELD_TEXT(struct feed_item_view, title),   FIELD_URL(struct feed_item_view, url),
    FIELD_TEXT(struct feed_item_view, guid),    FIELD_TEXT(struct feed_item_view, published),
    FIELD_TEXT(struct feed_item_view, creator), FIELD_TEXT(struct feed_item_view, category),
    FIELD_TEXT(struct feed_item_view, content),
};
static const struct view item_view = VIEW(struct feed_item_view, item_fields);

struct feed_view {
	Str title, language, built;
	Url home_url, feed_url;
	struct view_list items;
};
static const struct view_field feed_fields[] = {
    FIELD_TEXT(struct feed_view, title),   FIELD_TEXT(struct feed_view, language),
    FIELD_TEXT(struct feed_view, built),   FIELD_URL(struct feed_view, home_url),
    FIELD_URL(struct feed_view, feed_url), FIELD_LIST(struct feed_view, items, &item_view),
};
const struct view feed_view_view = VIEW(struct feed_view, feed_fields);

static Err item_fill(struct web_request *request, const struct story *listed,
                     struct feed_item_view *out)
{
	struct db_connection *connection;
	struct story story;
	Url path;
	TRY(web_read(request, &connection));
	TRY(story_find(connection, request->world->site, listed->id, request->mem, &story));
	TRY(web_url_of_path(story.path, request->mem, &path));
	TRY(web_absolute(request, path, &out->url));
	TRY(arena_format(request->mem, &out->guid, "%.*s/#story-%lld",
	                 STR(request->world->site->url.address), (long long)story.id));
	TRY(time_format_http(story.published, request->mem, &out->published));
	out->title = story.headline;
	out->creator = story.byline.length > 0 ? story.byline : story.source.name;
	out->category = story.section.name;
	out->content = story.body.markup;
	return OK;
}

Err feed_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	Time newest = 0;
	const struct language *language = request->language;
	const Str segments[] = {S("feed.xml")};
	struct story_filter filter = {
	    .language = language, .status = STORY_PUBLISHED, .limit = FEED_STORIES};
	struct site_words words;
	TRY(web_site_words(request, &words));
	struct feed_view view = {.title = words.name, .language = language->code};
	web_tag(response, TAG_HOME);
	TRY(web_path(request, language, segments, 1, &view.feed_url));
	TRY(web_absolute(request, view.feed_url, &view.feed_url));
	TRY(web_path(request, language, NULL, 0, &view.home_url));
	TRY(web_absolute(request, view.home_url, &view.home_url));
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	struct feed_item_view *items = ARENA_ARRAY(request->mem, struct feed_item_view, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		TRY(item_fill(request, &stories[i], &items[i]));
		Time updated = stories[i].updated;
		newest = updated > newest ? updated : newest;
	}
	view.items = (struct view_list){items, count};
	if (count > 0)
		TRY(time_format_http(newest, request->mem, &view.built));
	response->content_type = "application/rss+xml; charset=utf-8";
	return web_render(request, response, "site/feed", &view);
}
