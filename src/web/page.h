/* What every page shows around its own matter: head, masthead, navigation, breaking bar, foot.
 * The templates web/page_head and web/page_foot read it as {{page.…}}. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "html/template.h"
#include "i18n/i18n.h"

struct page_link {
	Url url;
	Str lang, dir; /* of the name, where it may differ from the page's */
	Str name;
	bool is_current; /* leads to this page */
	bool is_around;  /* or to what this page is in */
};
extern const struct view page_link_view;

/* The same page in a language, this one's own included. */
struct page_alternate {
	const struct language *language; /* NULL: for readers of any other ("x-default") */
	Url path;                        /* for the switch */
	Url url;                         /* absolute, for machines */
	Str lang, locale;                /* the locale is empty for the page's own language */
	Str name;                        /* of the language, in it */
};
extern const struct view page_alternate_view;

/* What Open Graph says of a story. */
struct page_article {
	Str published_at_iso, modified_at_iso;
	Str section;
	struct view_list tags; /* of struct page_link: the names */
};

struct page_view {
	Str lang, dir, locale;
	Str title;       /* of the window: "Headline – Site" */
	Str share_title; /* without the site's name */
	Str description;
	Str site_name, tagline;
	bool is_home;
	bool is_public; /* has an address of its own that others may link to */
	bool hidden_from_search;
	Url canonical_url; /* with is_public */
	Url home_url, icon_url, touch_icon_url, manifest_url, style_url, script_url, live_script_url;
	/* The feeds of what the page lists, else the language's own. */
	Str feed_title;
	Url feed_url, feed_atom_url, feed_json_url;
	struct view_list more_feeds; /* of struct page_link: in RSS, beside these */
	bool is_search;              /* the page has a search form of its own */
	Url search_url, opensearch_url, archive_url, corrections_url;
	const struct page_article *article; /* NULL: not a story */
	bool has_json_ld;
	Json json_ld;
	/* Where there are more languages than one that have this page: web_frame's caller knows. */
	bool has_alternates;
	struct view_list alternates; /* of struct page_alternate */
	Str searched;                /* what the page looked for: the switch asks for the same */
	bool has_other_languages;
	struct view_list other_languages; /* of struct page_link: the same page, or the front page */
	bool has_nav;
	struct view_list nav;  /* of struct page_link */
	int64_t leading_story; /* stands at the head of the page: not in the bar too; 0: none */
	Str leading;           /* its number, for live.js; empty: none */
	bool has_breaking;
	struct view_list breaking; /* of struct page_breaking */
	/* The newsroom's standing pages: about, contact. */
	struct view_list foot_pages; /* of struct page_link */
};
extern const struct view page_view_view;

struct page_breaking {
	Url url;
	Str lang, dir;
	Str headline;
	Str until; /* milliseconds since 1970, for live.js */
};

/* The page that says why there is no other: template web/error. */
struct error_view {
	const struct page_view *page;
	Str status, title, sentence;
	Str way_on; /* where to go on, if there is more than the front page; else empty */
	Url way_on_url;
	bool has_search;
	Url search_url;
};
extern const struct view error_view_view;

#endif
