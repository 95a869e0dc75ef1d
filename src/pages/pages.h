/* The newsroom's own standing pages: about, contact, corrections policy. One address for all
 * languages ("/about", "/ar/about"), a text for each. Not stories: no time, no byline, no replies;
 * every page's foot leads to them. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "stories/text_rules.h"
#include "web/web.h"

#define PAGE_TITLE_MAX 120  /* characters */
#define STATIC_PAGES_MAX 30 /* addresses of a site */

struct static_page {
	Str slug;
	const struct language *language;
	Str title;
	Html body;
	Time updated;
};

/* In that language alone; ERR_NOT_FOUND. */
MUST_CHECK Err static_page_find(struct db_connection *connection, const struct language *language,
                                Str slug, struct arena *mem, struct static_page *out);
/* Without their bodies, in the order in which their slugs were first set; `language` NULL: all. */
MUST_CHECK Err static_page_list(struct db_connection *connection, const struct language *language,
                                struct arena *mem, struct static_page **out, size_t *count_out);

struct static_page_input {
	Str slug, language; /* language empty: the site's */
	Str title, body;
	enum body_format format;
};
/* Makes it or replaces it. ERR_CONFLICT when the slug is a section's, ERR_INVALID when it is
 * reserved or a text is wrong. */
MUST_CHECK Err static_page_set(const struct world *world, const struct static_page_input *input);
/* The text in that language (empty: the site's); with the last one its address goes too.
 * ERR_NOT_FOUND. */
MUST_CHECK Err static_page_remove(const struct world *world, Str slug, Str language);

/* Those in which it has a text, in the order of their codes. */
MUST_CHECK Err static_page_languages(struct db_connection *connection, Str slug, struct arena *mem,
                                     const struct language ***out, size_t *count_out);

/* For the row that answers "/{section}": the page of that name in the request's language, or
 * ERR_NOT_FOUND. `page` knows its other languages, the rest is filled. */
MUST_CHECK Err static_page_answer(struct web_request *request, struct web_response *response,
                                  Str slug, struct page_view *page);
/* Links to the language's pages, for the foot of every page: a list of struct page_link. */
MUST_CHECK Err static_page_links(struct web_request *request, struct view_list *out);

extern const struct template_bindings pages_bindings;
extern const struct db_table pages_tables[];
extern const size_t pages_table_count;

#endif
