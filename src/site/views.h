/* What the templates of the reader's site read, and how stories become that. */
#ifndef SITE_VIEWS_H
#define SITE_VIEWS_H

#include "replies/reply_views.h"

struct teaser_view {
	Url url;
	Str headline, summary;
	Str lang, dir;
	const struct page_link *section; /* NULL on the section's own page */
	bool is_breaking;
	Str published_at_iso, published_at_text, time_text;
};
extern const struct view teaser_view_view;

/* A note of the newsroom on a story. */
struct correction_view {
	bool is_correction, is_clarification, is_update;
	Str at_iso, at_text, text;
};
extern const struct view correction_view_view;
/* Its time is written in `language`, which a feed's item may have for itself. */
MUST_CHECK Err correction_fill(const struct web_request *request, const struct language *language,
                               const struct correction *correction, struct correction_view *out);
/* All of a story, the newest first: a list of struct correction_view. */
MUST_CHECK Err corrections_fill(const struct web_request *request, const struct language *language,
                                const struct correction *corrections, size_t count,
                                struct view_list *out);

/* A story in a listing; the page grows old when its breaking flag ends. */
MUST_CHECK Err teaser_fill(struct web_request *request, struct web_response *response,
                           const struct story *story, bool with_section, struct teaser_view *out);
MUST_CHECK Err teasers_fill(struct web_request *request, struct web_response *response,
                            const struct story *stories, size_t count, bool with_section,
                            struct view_list *out);
MUST_CHECK Err section_url(const struct web_request *request, Str slug, Url *out);
MUST_CHECK Err tag_url(const struct web_request *request, Str slug, Url *out);
MUST_CHECK Err byline_url(const struct web_request *request, Str slug, Url *out);
MUST_CHECK Err source_url(const struct web_request *request, Str slug, Url *out);
/* The page's public address. */
MUST_CHECK Err page_set_public(struct web_request *request, struct page_view *page, Url path);

/* Fails with ERR_NOT_FOUND: the listing has no such page, and its first is the way on. */
MUST_CHECK Err page_past_end(struct web_response *response, Url first_page);

/* The page is there under the same address in other languages too: in those that have a story that
 * `filter` lists (its language, place and limit are not looked at), or, with NULL, in all that have
 * stories. The switch leads there, and search engines are told. Before web_frame. */
MUST_CHECK Err page_in_languages(struct web_request *request, struct page_view *page,
                                 const struct story_filter *filter);
/* The same in languages that the caller knows. */
MUST_CHECK Err page_in_these_languages(struct web_request *request, struct page_view *page,
                                       const struct language *const *languages, size_t count);
/* The same for a story, which has an address of its own in each language. */
MUST_CHECK Err page_in_translations(struct web_request *request, struct page_view *page,
                                    const struct story *story, const struct story *translations,
                                    size_t count);

/* What a story's page says to machines; its translations in the order of their codes. */
MUST_CHECK Err story_head_fill(struct web_request *request, const struct story *story,
                               const struct story *translations, size_t count,
                               struct page_view *page);

#define BREAKING_SHOWN_MAX 3
/* For live_options.bar. */
MUST_CHECK Err site_live_bar(const struct world *world, const struct language *language,
                             struct arena *mem, Str *out);
/* For web_options.fill_frame. */
MUST_CHECK Err site_fill_frame(struct web_request *request, struct page_view *page, Time *expires);

/* For what is one for all languages: ERR_NOT_FOUND under a language's prefix. */
MUST_CHECK Err page_of_all_languages(const struct web_request *request);

web_handler home_get, section_get, tag_get, byline_get, source_get, story_get;
web_handler archive_get, month_get, day_get, corrections_get, search_get;
extern const struct view home_view_view, listing_view_view, story_page_view_view;
extern const struct view archive_view_view, corrections_view_view, search_view_view;

web_handler feed_get, feed_all_get, feed_section_get, feed_tag_get, feed_byline_get,
    feed_source_get, feed_corrections_get, feed_replies_get, feed_story_replies_get;
extern const struct view feed_view, feed_story_view;
extern const struct setting_table site_settings_table;

web_handler sitemap_index_get, sitemap_pages_get, sitemap_stories_get, sitemap_news_get;
extern const struct view sitemap_view, sitemap_news_view;

web_handler robots_get, opensearch_get, manifest_get, favicon_get, touch_icon_get;
extern const struct view robots_view, opensearch_view;

extern const struct route_table site_routes;
extern const struct template_bindings site_bindings;

#endif
