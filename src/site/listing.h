/* A page of teasers, twenty at a time, newest first: section, tag, byline, source, day. */
#ifndef SITE_LISTING_H
#define SITE_LISTING_H

#include "site/views.h"

struct listing_view {
	const struct page_view *page;
	Str name;
	Url url; /* of its first page */
	bool has_stories;
	struct view_list stories; /* of struct teaser_view */
	bool is_first_page, has_pages, has_older;
	Url older_url;
	/* Of a day: the days beside it that have stories. */
	Url archive_url;
	const struct page_link *earlier_day, *later_day; /* NULL where there is none */
};

/* `filter` says whose stories; `view` has name and url. ERR_NOT_FOUND past the last page. */
MUST_CHECK Err listing_answer(struct web_request *request, struct web_response *response,
                              struct story_filter *filter, struct listing_view *view,
                              struct page_view *page, const char *template_name);

#endif
