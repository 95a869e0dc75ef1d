/* Feeds of stories, corrections and replies: which there are, and what each is about. */
#include "site/feed_private.h"

static const struct setting rows[] = {
    {"feeds.text", NULL, SETTING_WORD, "full", 0, 0, "full summary",
     "What feeds hold of a story: its full text, or its summary alone.",
     offsetof(struct site_settings, feed_text)},
    {"feeds.stories", NULL, SETTING_COUNT, "30", 1, FEED_STORIES_MAX, "stories",
     "How many stories, corrections or replies a feed holds.",
     offsetof(struct site_settings, feed_stories)},
};
static const char *const reloads[] = {"feeds.text", "feeds.stories", NULL};
const struct setting_table site_settings_table = {
    .room = "site",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .reloads = reloads,
    .struct_bytes = sizeof(struct site_settings),
};

/* ---- what all have in common ---- */

static const struct {
	Str file;
	const char *content_type;
} formats[] = {
    [FEED_RSS] = {{"feed.xml", 8}, "application/rss+xml; charset=utf-8"},
    [FEED_ATOM] = {{"feed.atom", 9}, "application/atom+xml; charset=utf-8"},
    [FEED_JSON] = {{"feed.json", 9}, "application/feed+json; charset=utf-8"},
};

static enum feed_format format_of(const struct web_request *request)
{
	if (str_ends_with(request->path, S(".atom")))
		return FEED_ATOM;
	return str_ends_with(request->path, S(".json")) ? FEED_JSON : FEED_RSS;
}

static Err id_make(const struct web_request *request, Str kind, Str which, Str language, Str *out)
{
	unsigned char mac[MAC_BYTES];
	const Str parts[] = {S("urn:uuid"), kind, which, language};
	mac_make(&request->world->site->key, parts, sizeof parts / sizeof parts[0], mac);
	/* Version 8, the variant of RFC 9562. */
	mac[6] = (unsigned char)((mac[6] & 0x0F) | 0x80);
	mac[8] = (unsigned char)((mac[8] & 0x3F) | 0x80);
	return arena_format(request->mem, out,
	                    "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	                    "%02x%02x%02x%02x%02x%02x",
	                    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7], mac[8],
	                    mac[9], mac[10], mac[11], mac[12], mac[13], mac[14], mac[15]);
}

Err feed_item_id(const struct web_request *request, Str kind, int64_t number, Str *out)
{
	Str digits;
	TRY(arena_format(request->mem, &digits, "%lld", (long long)number));
	return id_make(request, kind, digits, S(""), out);
}

static Err absolute_path(const struct web_request *request, const Str *segments, size_t count,
                         Url *out)
{
	TRY(web_path(request, request->language, segments, count, out));
	return web_absolute(request, *out, out);
}

static Err sentence_with_site(struct web_request *request, const char *sentence, Str *out)
{
	struct site_words words;
	TRY(web_site_words(request, &words));
	const struct i18n_value value = {"{site}", words.name};
	return i18n_fill(i18n_text(request->language, sentence), &value, 1, request->mem, out);
}

/* `kind`, `which` and the page's language say which feed it is, for good: a slug is nobody else's
 * later, as an id may be. `name` is empty for the site's own. */
static Err feed_begin(struct web_request *request, struct web_response *response, Str kind,
                      Str which, Str name, struct feed *out)
{
	const Str icon[] = {S("favicon.ico")};
	struct site_words words;
	TRY(web_site_words(request, &words));
	*out = (struct feed){
	    .format = format_of(request),
	    .title = words.name,
	    .site_name = words.name,
	    .description = words.tagline,
	    .language = request->language->code,
	};
	response->content_type = formats[out->format].content_type;
	response->modified = request->now;
	if (name.length > 0)
		TRY(web_title(request, name, &out->title));
	if (name.length > 0 || words.tagline.length == 0)
		TRY(sentence_with_site(request, N_("The newest stories from {site}"), &out->description));
	TRY(id_make(request, kind, which, request->language->code, &out->id));
	TRY(web_url_of_path(request->path, request->mem, &out->self_url));
	TRY(web_absolute(request, out->self_url, &out->self_url));
	TRY(absolute_path(request, NULL, 0, &out->site_url));
	out->home_url = out->site_url; /* unless the feed has a page of its own */
	TRY(url_path(icon, 1, request->mem, &out->icon_url));
	return web_absolute(request, out->icon_url, &out->icon_url);
}

/* To the feed under the slug of now, in the same format. */
static Err redirect_to(const struct web_request *request, struct web_response *response, Str what,
                       Str slug)
{
	Url url;
	const Str segments[] = {what, slug, formats[format_of(request)].file};
	TRY(web_path(request, request->language, segments, 3, &url));
	return web_redirect(response, 301, url);
}

static Err answer_stories(struct web_request *request, struct web_response *response,
                          const struct story_filter *filter, struct feed *feed)
{
	TRY(feed_add_stories(request, filter, feed));
	return feed_write(request, response, feed);
}

/* ---- of a language, of all ---- */

Err feed_get(struct web_request *request, struct web_response *response)
{
	struct feed feed;
	const struct story_filter filter = {.language = request->language};
	web_tag(response, TAG_HOME);
	TRY(feed_begin(request, response, S("language"), S(""), S(""), &feed));
	return answer_stories(request, response, &filter, &feed);
}

Err feed_all_get(struct web_request *request, struct web_response *response)
{
	struct feed feed;
	const struct story_filter filter = {.language = NULL};
	TRY(page_of_all_languages(request));
	web_tag(response, TAG_HOME);
	TRY(feed_begin(request, response, S("all"), S(""), S(""), &feed));
	return answer_stories(request, response, &filter, &feed);
}

/* ---- of a section, tag, byline, source ---- */

Err feed_section_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct section section;
	struct feed feed;
	TRY(web_read(request, &connection));
	TRY(section_find(connection, request->world->site, request->language, request->parameters[0],
	                 request->mem, &section));
	web_tag(response, TAG_SECTION(section.id));
	TRY(feed_begin(request, response, S("section"), section.slug, section.name, &feed));
	TRY(absolute_path(request, &section.slug, 1, &feed.home_url));
	const struct story_filter filter = {.language = request->language, .section_id = section.id};
	return answer_stories(request, response, &filter, &feed);
}

Err feed_tag_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct tag tag;
	struct feed feed;
	TRY(web_read(request, &connection));
	TRY(tag_find(connection, request->world->site, request->language, request->parameters[0],
	             request->mem, &tag));
	if (!str_equal(tag.slug, request->parameters[0]))
		return redirect_to(request, response, S("tag"), tag.slug);
	const Str segments[] = {S("tag"), tag.slug};
	web_tag(response, TAG_TAG(tag.id));
	TRY(feed_begin(request, response, S("tag"), tag.slug, tag.name, &feed));
	TRY(absolute_path(request, segments, 2, &feed.home_url));
	const struct story_filter filter = {.language = request->language, .tag_id = tag.id};
	return answer_stories(request, response, &filter, &feed);
}

Err feed_byline_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct byline byline;
	struct feed feed;
	TRY(web_read(request, &connection));
	TRY(byline_find(connection, request->world->site, request->language, request->parameters[0],
	                request->mem, &byline));
	if (!str_equal(byline.slug, request->parameters[0]))
		return redirect_to(request, response, S("byline"), byline.slug);
	const Str segments[] = {S("byline"), byline.slug};
	web_tag(response, TAG_BYLINE(byline.id));
	TRY(feed_begin(request, response, S("byline"), byline.slug, byline.name, &feed));
	TRY(absolute_path(request, segments, 2, &feed.home_url));
	const struct story_filter filter = {.language = request->language, .byline_id = byline.id};
	return answer_stories(request, response, &filter, &feed);
}

Err feed_source_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct source source;
	struct feed feed;
	TRY(web_read(request, &connection));
	TRY(source_find(connection, request->world->site, request->language, request->parameters[0],
	                request->mem, &source));
	if (!str_equal(source.slug, request->parameters[0]))
		return redirect_to(request, response, S("source"), source.slug);
	const Str segments[] = {S("source"), source.slug};
	web_tag(response, TAG_SOURCE(source.id));
	TRY(feed_begin(request, response, S("source"), source.slug, source.name, &feed));
	TRY(absolute_path(request, segments, 2, &feed.home_url));
	const struct story_filter filter = {.language = request->language, .source_id = source.id};
	return answer_stories(request, response, &filter, &feed);
}

/* ---- of corrections and replies ---- */

Err feed_corrections_get(struct web_request *request, struct web_response *response)
{
	struct feed feed;
	const Str segments[] = {S("corrections")};
	web_tag(response, TAG_CORRECTIONS);
	TRY(feed_begin(request, response, S("corrections"), S(""),
	               i18n_text(request->language, "Corrections"), &feed));
	TRY(sentence_with_site(request,
	                       N_("What {site} has corrected, clarified and brought up to date"),
	                       &feed.description));
	TRY(absolute_path(request, segments, 1, &feed.home_url));
	TRY(feed_add_corrections(request, &feed));
	return feed_write(request, response, &feed);
}

/* TAG_HOME too: a story that is withdrawn, and one that comes back, has its replies with it. */
Err feed_replies_get(struct web_request *request, struct web_response *response)
{
	struct feed feed;
	web_tag(response, TAG_REPLIES);
	web_tag(response, TAG_HOME);
	TRY(feed_begin(request, response, S("replies"), S(""), i18n_text(request->language, "Replies"),
	               &feed));
	TRY(sentence_with_site(request, N_("The newest replies from readers of {site}"),
	                       &feed.description));
	TRY(feed_add_replies(request, 0, &feed));
	return feed_write(request, response, &feed);
}

static Err story_replies_begin(struct web_request *request, struct web_response *response,
                               const struct story *story, struct feed *feed)
{
	Str name;
	Str number;
	const struct i18n_value value = {"{headline}", story->headline};
	TRY(arena_format(request->mem, &number, "%lld", (long long)story->id));
	TRY(i18n_fill(i18n_text(request->language, "Replies to “{headline}”"), &value, 1, request->mem,
	              &name));
	TRY(feed_begin(request, response, S("story replies"), number, name, feed));
	feed->description = name;
	TRY(web_url_of_path(story->path, request->mem, &feed->home_url));
	TRY(web_absolute(request, feed->home_url, &feed->home_url));
	return url_with_fragment(feed->home_url, S("replies"), request->mem, &feed->home_url);
}

Err feed_story_replies_get(struct web_request *request, struct web_response *response)
{
	struct db_connection *connection;
	struct story story;
	struct feed feed;
	Str file = formats[format_of(request)].file;
	Str path = str_slice(request->path, 0, request->path.length - file.length - 1);
	TRY(web_read(request, &connection));
	TRY(story_find_by_path(connection, request->world->site, path, request->mem, &story));
	TRY(story_check_public(&story));
	if (!str_equal(story.path, path)) {
		Url url;
		TRY(arena_format(request->mem, &path, "%.*s/%.*s", STR(story.path), STR(file)));
		TRY(web_url_of_path(path, request->mem, &url));
		return web_redirect(response, 301, url);
	}
	web_tag(response, TAG_STORY(story.id));
	TRY(story_replies_begin(request, response, &story, &feed));
	TRY(feed_add_replies(request, story.id, &feed));
	return feed_write(request, response, &feed);
}
