/* What the templates of replies read: the list under a story, the form, and the form's own page.
 * The story page includes the first two. */
#ifndef REPLIES_REPLY_VIEWS_H
#define REPLIES_REPLY_VIEWS_H

#include "replies/replies.h"
#include "web/web.h"

struct reply_item_view {
	Str anchor; /* "reply-12" */
	Url url;
	Str author_name;
	bool has_website;
	Url website_url;
	Str posted_at_iso, posted_at_text;
	Html body;
};

struct replies_view {
	bool is_open;
	bool has_items;
	Str count_text;
	struct view_list items; /* of struct reply_item_view */
	bool is_later_page;     /* of many; then the first leads back */
	Url first_url;
	bool has_later;
	Url later_url;
	/* "{n} new replies", by CLDR's categories: the page's script counts those that come. */
	Str new_one, new_two, new_few, new_many, new_other;
};
extern const struct view replies_view_view;

struct reply_form_view {
	Url action, key_url;
	Str key;
	Str problem;
	bool has_errors;
	Str text, name, email, website;
	Str text_error, name_error, email_error, website_error;
	bool has_providers;         /* no provider is configured: nothing can sign a reader in yet */
	struct view_list providers; /* of struct page_link */
};
extern const struct view reply_form_view_view;

/* The replies under a story as readers see them, from the place on that the address names. */
#define REPLIES_AFTER "replies-after"
MUST_CHECK Err replies_view_fill(struct web_request *request, struct web_response *response,
                                 const struct story *story, struct replies_view *out);
/* An empty form for a story, as it stands on a cached page: without a key. */
MUST_CHECK Err reply_form_view_fill(struct web_request *request, int64_t story_id,
                                    struct reply_form_view *out);

extern const struct route_table replies_routes;
extern const struct template_bindings replies_bindings;

#endif
