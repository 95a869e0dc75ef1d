/* One feed, three formats: RSS 2.0 and Atom (RFC 4287) by templates, JSON Feed 1.1 by jansson. */
#include <jansson.h>
#include <stdlib.h>

#include "site/feed_private.h"

static const struct view_field author_fields[] = {
    FIELD_TEXT(struct feed_author, name, "The name of who wrote it.")};
static const struct view author_view = VIEW(struct feed_author, author_fields);

static const struct view_field category_fields[] = {
    FIELD_TEXT(struct feed_category, slug, "The tag's slug."),
    FIELD_TEXT(struct feed_category, name, "The tag's name."),
};
static const struct view category_view = VIEW(struct feed_category, category_fields);

static const struct view_field item_fields[] = {
    FIELD_TEXT(struct feed_item, id, "What names it for good, whatever becomes of its address."),
    FIELD_URL(struct feed_item, url, "Its whole address."),
    FIELD_TEXT(struct feed_item, title, "Its headline."),
    FIELD_TEXT(struct feed_item, language, "Its language's code."),
    FIELD_TEXT(struct feed_item, published_iso, "When it was published, as Atom has it."),
    FIELD_TEXT(struct feed_item, published_http, "When it was published, as RSS has it."),
    FIELD_TEXT(struct feed_item, updated_iso, "When it was last changed, as Atom has it."),
    FIELD_LIST(struct feed_item, authors, &author_view, "Who wrote it; none when nobody is named."),
    FIELD_LIST(struct feed_item, categories, &category_view, "Its section and its tags."),
    FIELD_TEXT(struct feed_item, summary, "Its summary, as text."),
    FIELD_TEXT(struct feed_item, summary_markup,
               "Its summary as markup, for RSS; it is escaped once more."),
    FIELD_TEXT(struct feed_item, content,
               "The whole of it as markup, to be escaped; empty where only summaries are given."),
};
static const struct view item_view = VIEW(struct feed_item, item_fields);

static const struct view_field feed_fields[] = {
    FIELD_TEXT(struct feed, id, "What names the feed for good."),
    FIELD_TEXT(struct feed, title, "What it is called."),
    FIELD_TEXT(struct feed, description, "What it is about."),
    FIELD_TEXT(struct feed, language, "Its language's code."),
    FIELD_TEXT(struct feed, site_name, "The name of the site."),
    FIELD_URL(struct feed, home_url, "The page that shows the same."),
    FIELD_URL(struct feed, self_url, "The feed's own address."),
    FIELD_URL(struct feed, icon_url, "The icon of the site."),
    FIELD_URL(struct feed, site_url, "The site's address."),
    FIELD_TEXT(struct feed, updated_iso, "When its newest item changed, as Atom has it."),
    FIELD_TEXT(struct feed, updated_http, "The same as RSS has it; empty without items."),
    FIELD_LIST(struct feed, items, &item_view, "The items, the newest first."),
};
const struct view feed_view = VIEW(struct feed, feed_fields);

/* ---- JSON Feed ---- */

static json_t *json_text(Str text)
{
	return json_stringn(text.bytes, text.length);
}

static json_t *json_authors(const struct view_list *authors)
{
	json_t *list = json_array();
	const struct feed_author *items = authors->items;
	for (size_t i = 0; i < authors->count; i++)
		json_array_append_new(list, json_pack("{s:o}", "name", json_text(items[i].name)));
	return list;
}

static json_t *json_tags(const struct view_list *categories)
{
	json_t *list = json_array();
	const struct feed_category *items = categories->items;
	for (size_t i = 0; i < categories->count; i++)
		json_array_append_new(list, json_text(items[i].name));
	return list;
}

/* An item has content, always: its summary, where that is all. */
static json_t *json_item(const struct feed_item *item)
{
	bool is_full = item->content.length > 0;
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
	                           json_text(item->id), "url", json_text(item->url.address), "title",
	                           json_text(item->title), is_full ? "content_html" : "content_text",
	                           json_text(is_full ? item->content : item->summary), "summary",
	                           json_text(item->summary), "date_published",
	                           json_text(item->published_iso), "date_modified",
	                           json_text(item->updated_iso), "language", json_text(item->language));
	if (object == NULL)
		return NULL;
	if (item->authors.count > 0)
		json_object_set_new(object, "authors", json_authors(&item->authors));
	if (item->categories.count > 0)
		json_object_set_new(object, "tags", json_tags(&item->categories));
	return object;
}

static json_t *json_feed(const struct feed *feed)
{
	const struct feed_item *items = feed->items.items;
	json_t *list = json_array();
	for (size_t i = 0; i < feed->items.count; i++)
		if (json_array_append_new(list, json_item(&items[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack(
	    "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:[{s:o, s:o}], s:o}", "version",
	    "https://jsonfeed.org/version/1.1", "title", json_text(feed->title), "home_page_url",
	    json_text(feed->home_url.address), "feed_url", json_text(feed->self_url.address),
	    "description", json_text(feed->description), "language", json_text(feed->language),
	    "favicon", json_text(feed->icon_url.address), "authors", "name", json_text(feed->site_name),
	    "url", json_text(feed->site_url.address), "items", list);
}

static Err json_write(struct web_response *response, const struct feed *feed)
{
	json_t *json = json_feed(feed);
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text == NULL)
		return fail(ERR_MEMORY, "the feed can't be written as JSON");
	buf_add(&response->body, str_from_c(text));
	buf_add_byte(&response->body, '\n');
	free(text);
	return buf_check(&response->body);
}

Err feed_write(struct web_request *request, struct web_response *response, struct feed *feed)
{
	Str zone = request->world->site->zone;
	/* Atom wants a time even of a feed in which nothing ever was. */
	Time updated = feed->updated != 0 ? feed->updated : request->now;
	TRY(time_format(zone, updated, request->mem, &feed->updated_iso));
	if (feed->updated != 0)
		TRY(time_format_http(updated, request->mem, &feed->updated_http));
	switch (feed->format) {
	case FEED_RSS:
		return web_render(request, response, "site/rss", feed);
	case FEED_ATOM:
		return web_render(request, response, "site/atom", feed);
	case FEED_JSON:
		break;
	}
	return json_write(response, feed);
}
