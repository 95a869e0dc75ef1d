/* A feed as all three formats write it, filled once. Only the feed's own files include it. */
#ifndef SITE_FEED_PRIVATE_H
#define SITE_FEED_PRIVATE_H

#include "site/views.h"

enum feed_format { FEED_RSS, FEED_ATOM, FEED_JSON };

struct feed_author {
	Str name;
};
struct feed_category {
	Str slug, name;
};

struct feed_item {
	Str id; /* "urn:uuid:…", for good: whatever becomes of the site's address */
	Url url;
	Str title;
	Str language;
	Str published_iso, published_http, updated_iso;
	struct view_list authors;    /* of struct feed_author; none: the newsroom */
	struct view_list categories; /* of struct feed_category */
	Str summary;                 /* as text */
	Str summary_markup;          /* the same, for RSS, whose descriptions are HTML */
	Str content;                 /* markup; empty where only summaries are given */
};

struct feed {
	enum feed_format format;
	Str id;
	Str title, description, language;
	Str site_name;
	Url home_url; /* the page that shows the same */
	Url self_url, site_url, icon_url;
	Time updated; /* the newest item's; 0: there is none */
	Str updated_iso;
	Str updated_http;       /* empty without items */
	struct view_list items; /* of struct feed_item */
};

/* An item's "urn:uuid:…" by a MAC from the site's key (RFC 9562 §5.8): the same kind and number
 * give the same as long as the site's key lives. What is numbered here is never deleted. */
MUST_CHECK Err feed_item_id(const struct web_request *request, Str kind, int64_t number, Str *out);

/* ---- items (feed_items.c): each sets the feed's items and `updated` ---- */

MUST_CHECK Err feed_add_stories(struct web_request *request, const struct story_filter *filter,
                                struct feed *feed);
MUST_CHECK Err feed_add_corrections(struct web_request *request, struct feed *feed);
/* `story_id` 0: the newest of the language. */
MUST_CHECK Err feed_add_replies(struct web_request *request, int64_t story_id, struct feed *feed);

/* ---- writers (feed_write.c) ---- */

MUST_CHECK Err feed_write(struct web_request *request, struct web_response *response,
                          struct feed *feed);

/* ---- settings ---- */

#define FEED_STORIES_MAX 100
enum feed_text { FEED_FULL, FEED_SUMMARY };
struct site_settings {
	int64_t feed_text;    /* enum feed_text */
	int64_t feed_stories; /* in one feed */
};

#endif
