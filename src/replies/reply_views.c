#include "replies/reply_views.h"

static const struct view_field item_fields[] = {
    FIELD_TEXT(struct reply_item_view, anchor),
    FIELD_URL(struct reply_item_view, url),
    FIELD_TEXT(struct reply_item_view, author_name),
    FIELD_BOOL(struct reply_item_view, has_website),
    FIELD_URL(struct reply_item_view, website_url),
    FIELD_TEXT(struct reply_item_view, posted_at_iso),
    FIELD_TEXT(struct reply_item_view, posted_at_text),
    FIELD_HTML(struct reply_item_view, body),
};
static const struct view item_view = VIEW(struct reply_item_view, item_fields);

static const struct view_field replies_fields[] = {
    FIELD_BOOL(struct replies_view, is_open),
    FIELD_BOOL(struct replies_view, has_items),
    FIELD_TEXT(struct replies_view, count_text),
    FIELD_LIST(struct replies_view, items, &item_view),
};
const struct view replies_view_view = VIEW(struct replies_view, replies_fields);

static const struct view_field form_fields[] = {
    FIELD_URL(struct reply_form_view, action),
    FIELD_URL(struct reply_form_view, key_url),
    FIELD_TEXT(struct reply_form_view, key),
    FIELD_TEXT(struct reply_form_view, problem),
    FIELD_BOOL(struct reply_form_view, has_errors),
    FIELD_TEXT(struct reply_form_view, text),
    FIELD_TEXT(struct reply_form_view, name),
    FIELD_TEXT(struct reply_form_view, email),
    FIELD_TEXT(struct reply_form_view, website),
    FIELD_TEXT(struct reply_form_view, text_error),
    FIELD_TEXT(struct reply_form_view, name_error),
    FIELD_TEXT(struct reply_form_view, email_error),
    FIELD_TEXT(struct reply_form_view, website_error),
    FIELD_BOOL(struct reply_form_view, has_providers),
    FIELD_LIST(struct reply_form_view, providers, &page_link_view),
};
const struct view reply_form_view_view = VIEW(struct reply_form_view, form_fields);

static Err item_fill(const struct web_request *request, const struct reply *reply,
                     struct reply_item_view *out)
{
	struct arena *mem = request->mem;
	Str zone = request->world->site->zone;
	TRY(arena_format(mem, &out->anchor, "reply-%lld", (long long)reply->id));
	TRY(url_with_fragment((Url){0}, out->anchor, mem, &out->url));
	out->author_name = reply->name;
	out->has_website = reply->website.length > 0;
	if (out->has_website)
		TRY(url_parse_web(reply->website, REPLY_WEBSITE_MAX_BYTES, mem, &out->website_url));
	TRY(time_format(zone, reply->created, mem, &out->posted_at_iso));
	TRY(i18n_date(request->language, zone, reply->created, DATE_TIME, mem, &out->posted_at_text));
	return html_from_reply_text(reply->text, mem, &out->body);
}

/* All of them: the store gives a thousand at a time. */
static Err items_fill(struct web_request *request, struct db_connection *connection,
                      int64_t story_id, struct reply_item_view *items, size_t count, size_t *filled)
{
	struct reply_filter filter = {.story_id = story_id, .limit = REPLY_LIST_MAX};
	*filled = 0;
	while (*filled < count) {
		struct reply *replies;
		size_t found;
		TRY(reply_list(connection, &filter, request->mem, &replies, &found));
		if (found == 0)
			return OK;
		filter.after_id = replies[found - 1].id;
		for (size_t i = 0; i < found && *filled < count; i++)
			TRY(item_fill(request, &replies[i], &items[(*filled)++]));
	}
	return OK;
}

Err replies_view_fill(struct web_request *request, int64_t story_id, struct replies_view *out)
{
	struct db_connection *connection;
	int64_t counted;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(reply_count(connection, story_id, &counted));
	struct reply_item_view *items =
	    ARENA_ARRAY(request->mem, struct reply_item_view, (size_t)counted);
	if (items == NULL)
		return ERR_MEMORY;
	TRY(items_fill(request, connection, story_id, items, (size_t)counted, &count));
	out->is_open = true;
	out->has_items = count > 0;
	out->items = (struct view_list){items, count};
	return i18n_plural(request->language, "{n} reply", "{n} replies", count, request->mem,
	                   &out->count_text);
}

Err reply_form_view_fill(struct web_request *request, int64_t story_id, struct reply_form_view *out)
{
	Str id;
	TRY(arena_format(request->mem, &id, "%lld", (long long)story_id));
	const Str segments[] = {S("reply"), id, S("key")};
	TRY(url_path(segments, 2, request->mem, &out->action));
	return url_path(segments, 3, request->mem, &out->key_url);
}
