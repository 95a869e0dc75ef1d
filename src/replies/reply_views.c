#include "replies/reply_views.h"

static const struct view_field item_fields[] = {
    FIELD_TEXT(struct reply_item_view, anchor,
               "The id of its element, to which a link can lead: reply-12."),
    FIELD_URL(struct reply_item_view, url, "A link to this reply on its page."),
    FIELD_TEXT(struct reply_item_view, author_name, "The name that its writer gave."),
    FIELD_BOOL(struct reply_item_view, has_website, "Its writer gave a website."),
    FIELD_URL(struct reply_item_view, website_url, "That website."),
    FIELD_TEXT(struct reply_item_view, posted_at_iso, "When it was sent, for datetime."),
    FIELD_TEXT(struct reply_item_view, posted_at_text, "When it was sent, in words."),
    FIELD_HTML(struct reply_item_view, body,
               "What was written: paragraphs, line breaks and links."),
};
static const struct view item_view = VIEW(struct reply_item_view, item_fields);

static const struct view_field replies_fields[] = {
    FIELD_BOOL(struct replies_view, is_open, "The story takes replies."),
    FIELD_BOOL(struct replies_view, has_items, "There are replies on this page."),
    FIELD_TEXT(struct replies_view, count_text,
               "How many replies the story has, in words: 3 replies."),
    FIELD_LIST(struct replies_view, items, &item_view,
               "The replies of this page, the oldest first."),
    FIELD_BOOL(struct replies_view, is_later_page, "Earlier replies are on other pages."),
    FIELD_URL(struct replies_view, first_url, "The story with its first replies."),
    FIELD_BOOL(struct replies_view, has_later, "There are later replies on a next page."),
    FIELD_URL(struct replies_view, later_url, "That next page."),
    FIELD_TEXT(struct replies_view, new_one,
               "What live.js says when one reply has come since: {n} new reply."),
    FIELD_TEXT(struct replies_view, new_two, "The same for two, where the language has a form."),
    FIELD_TEXT(struct replies_view, new_few, "The same for a few, as Arabic has for 3 to 10."),
    FIELD_TEXT(struct replies_view, new_many, "The same for many, as Arabic has for 11 to 99."),
    FIELD_TEXT(struct replies_view, new_other, "The same for all other numbers."),
};
const struct view replies_view_view = VIEW(struct replies_view, replies_fields);

static const struct view_field form_fields[] = {
    FIELD_URL(struct reply_form_view, action, "Where the form is sent."),
    FIELD_URL(struct reply_form_view, key_url,
              "Where the page's script fetches a key for the form."),
    FIELD_TEXT(struct reply_form_view, key,
               "The key that goes with the form, so that it counts once; empty on a kept page."),
    FIELD_TEXT(struct reply_form_view, problem,
               "Why the reply was not taken; empty when nothing is wrong."),
    FIELD_BOOL(struct reply_form_view, has_errors, "A field below has an error."),
    FIELD_TEXT(struct reply_form_view, text, "The reply as it was typed."),
    FIELD_TEXT(struct reply_form_view, name, "The name as it was typed."),
    FIELD_TEXT(struct reply_form_view, email, "The e-mail address as it was typed."),
    FIELD_TEXT(struct reply_form_view, website, "The website as it was typed."),
    FIELD_TEXT(struct reply_form_view, text_error,
               "What is wrong with the reply; empty when nothing is."),
    FIELD_TEXT(struct reply_form_view, name_error,
               "What is wrong with the name; empty when nothing is."),
    FIELD_TEXT(struct reply_form_view, email_error,
               "What is wrong with the e-mail address; empty when nothing is."),
    FIELD_TEXT(struct reply_form_view, website_error,
               "What is wrong with the website; empty when nothing is."),
    FIELD_BOOL(struct reply_form_view, has_providers,
               "There are other sites to log in with; there are none so far."),
    FIELD_LIST(struct reply_form_view, providers, &page_link_view, "Those sites."),
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

/* Where replies were hidden meanwhile, or nobody has written so many. */
static Err past_end(struct web_response *response, Url story)
{
	response->way_on = N_("Back to the story");
	response->way_on_url = story;
	return fail(ERR_NOT_FOUND, "there are no later replies");
}

/* Where this page of replies begins: "?replies-after=12". */
static Err after_read(struct web_request *request, struct web_response *response, Url story,
                      int64_t *out)
{
	Str text;
	uint64_t id = 0;
	TRY(web_query(request, REPLIES_AFTER, &text));
	if (text.length > 0 && (!str_parse_uint(text, INT64_MAX, &id) || id == 0))
		return past_end(response, story);
	*out = (int64_t)id;
	return OK;
}

static Err items_fill(struct web_request *request, struct db_connection *connection,
                      const struct reply_filter *filter, struct view_list *out)
{
	struct reply *replies;
	size_t count;
	TRY(reply_list(connection, filter, request->mem, &replies, &count));
	struct reply_item_view *items = ARENA_ARRAY(request->mem, struct reply_item_view, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(item_fill(request, &replies[i], &items[i]));
	*out = (struct view_list){items, count};
	return OK;
}

static Err later_url_fill(struct web_request *request, const struct story *story, int64_t last_id,
                          struct replies_view *out)
{
	Str place;
	TRY(arena_format(request->mem, &place, "%lld", (long long)last_id));
	TRY(web_url_of_path(story->path, request->mem, &out->later_url));
	TRY(url_with_query(out->later_url, S(REPLIES_AFTER), place, request->mem, &out->later_url));
	return url_with_fragment(out->later_url, S("replies"), request->mem, &out->later_url);
}

/* A number of each category, in the languages that have it. */
static Err new_fill(const struct language *language, struct replies_view *out)
{
	const struct {
		uint64_t number;
		Str *sentence;
	} forms[] = {{1, &out->new_one},
	             {2, &out->new_two},
	             {3, &out->new_few},
	             {11, &out->new_many},
	             {100, &out->new_other}};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		TRY(i18n_plural_sentence(language, "{n} new reply", "{n} new replies", forms[i].number,
		                         forms[i].sentence));
	return OK;
}

Err replies_view_fill(struct web_request *request, struct web_response *response,
                      const struct story *story, struct replies_view *out)
{
	struct db_connection *connection;
	struct reply_filter filter = {.story_id = story->id};
	struct reply_extent extent;
	int64_t count;
	TRY(web_url_of_path(story->path, request->mem, &out->first_url));
	TRY(after_read(request, response, out->first_url, &filter.after_id));
	TRY(web_read(request, &connection));
	TRY(reply_count(connection, story->id, &count));
	TRY(reply_extent_find(connection, story->id, filter.after_id, &extent));
	if (extent.count == 0 && filter.after_id > 0)
		return past_end(response, out->first_url);
	TRY(url_with_fragment(out->first_url, S("replies"), request->mem, &out->first_url));
	filter.limit = extent.count;
	TRY(items_fill(request, connection, &filter, &out->items));
	out->is_open = true;
	out->has_items = extent.count > 0;
	out->is_later_page = filter.after_id > 0;
	out->has_later = extent.has_more;
	if (out->has_later)
		TRY(later_url_fill(request, story, extent.last_id, out));
	TRY(new_fill(request->language, out));
	return i18n_plural(request->language, "{n} reply", "{n} replies", (uint64_t)count, request->mem,
	                   &out->count_text);
}

Err reply_form_view_fill(struct web_request *request, int64_t story_id, struct reply_form_view *out)
{
	Str id;
	TRY(arena_format(request->mem, &id, "%lld", (long long)story_id));
	const Str segments[] = {S("reply"), id, S("key")};
	/* With the language's prefix: a refusal that needs no database knows it from there. */
	TRY(web_path(request, request->language, segments, 2, &out->action));
	return web_path(request, request->language, segments, 3, &out->key_url);
}
