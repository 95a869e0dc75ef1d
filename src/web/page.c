#include "web/page.h"

static const struct view_field link_fields[] = {
    FIELD_URL(struct page_link, url, "Where it leads."),
    FIELD_TEXT(struct page_link, lang,
               "The code of the language of what it leads to, or of its name; may be empty."),
    FIELD_TEXT(struct page_link, dir, "That language's direction; may be empty."),
    FIELD_TEXT(struct page_link, name, "What the link says."),
    FIELD_BOOL(struct page_link, is_current, "It leads to this very page."),
    FIELD_BOOL(struct page_link, is_around,
               "This page belongs to what it leads to, such as a story to its section."),
};
const struct view page_link_view = VIEW(struct page_link, link_fields);

static const struct view_field alternate_fields[] = {
    FIELD_URL(struct page_alternate, url, "The whole address of this page in that language."),
    FIELD_TEXT(struct page_alternate, lang,
               "The language's code; x-default for readers of any other."),
    FIELD_TEXT(struct page_alternate, locale,
               "The language as Open Graph names it, ar_IQ; empty for the page's own."),
    FIELD_TEXT(struct page_alternate, name, "What the language calls itself."),
};
const struct view page_alternate_view = VIEW(struct page_alternate, alternate_fields);

static const struct view_field article_fields[] = {
    FIELD_TEXT(struct page_article, published_at_iso, "When the story was published."),
    FIELD_TEXT(struct page_article, modified_at_iso, "When it was last changed."),
    FIELD_TEXT(struct page_article, section, "The name of its section."),
    FIELD_LIST(struct page_article, tags, &page_link_view, "Its tags; their names count."),
};
static const struct view article_view = VIEW(struct page_article, article_fields);

static const struct view_field breaking_fields[] = {
    FIELD_URL(struct page_breaking, url, "The story's address."),
    FIELD_TEXT(struct page_breaking, lang, "Its language's code, for lang."),
    FIELD_TEXT(struct page_breaking, dir, "Its language's direction, for dir."),
    FIELD_TEXT(struct page_breaking, headline, "Its headline."),
    FIELD_TEXT(struct page_breaking, until,
               "When it is no longer breaking, in milliseconds since 1970: for live.js."),
};
static const struct view breaking_view = VIEW(struct page_breaking, breaking_fields);

static const struct view_field page_fields[] = {
    FIELD_TEXT(struct page_view, lang, "The page's language, for lang: en, ar, ckb."),
    FIELD_TEXT(struct page_view, dir, "Its direction, for dir: ltr or rtl."),
    FIELD_TEXT(struct page_view, locale, "The language as Open Graph and scripts name it: ar_IQ."),
    FIELD_TEXT(struct page_view, title, "The title of the window: headline and site."),
    FIELD_TEXT(struct page_view, share_title,
               "The title without the site's name, for shared links."),
    FIELD_TEXT(struct page_view, description,
               "What the page is about, for search engines; may be empty."),
    FIELD_TEXT(struct page_view, site_name, "The name of the site in this language."),
    FIELD_TEXT(struct page_view, tagline, "The line below the site's name; may be empty."),
    FIELD_BOOL(struct page_view, is_home, "This is a front page."),
    FIELD_BOOL(struct page_view, is_public,
               "The page has an address of its own, to which others may link."),
    FIELD_BOOL(struct page_view, hidden_from_search,
               "Search engines are asked to leave the page out."),
    FIELD_URL(struct page_view, canonical_url, "The page's whole address; empty unless is_public."),
    FIELD_URL(struct page_view, home_url, "The front page in this language."),
    FIELD_URL(struct page_view, icon_url, "The icon of the site, an SVG."),
    FIELD_URL(struct page_view, touch_icon_url, "The icon for a phone's home screen, a PNG."),
    FIELD_URL(struct page_view, manifest_url, "The web app manifest."),
    FIELD_URL(struct page_view, style_url, "The style sheet site.css."),
    FIELD_URL(struct page_view, script_url, "The script site.js."),
    FIELD_URL(struct page_view, live_script_url, "The script live.js."),
    FIELD_TEXT(struct page_view, feed_title, "What the page's feed is called."),
    FIELD_URL(struct page_view, feed_url,
              "The page's feed as RSS; where it has none, the language's."),
    FIELD_URL(struct page_view, feed_atom_url, "The same feed as Atom."),
    FIELD_URL(struct page_view, feed_json_url, "The same feed as JSON Feed."),
    FIELD_LIST(struct page_view, more_feeds, &page_link_view,
               "Further feeds that go with the page, as RSS."),
    FIELD_BOOL(struct page_view, is_search, "The page has a search form of its own."),
    FIELD_URL(struct page_view, search_url, "Where a search form is sent, with the words as q."),
    FIELD_URL(struct page_view, opensearch_url, "The description of the search, for browsers."),
    FIELD_URL(struct page_view, archive_url, "The archive by days."),
    FIELD_URL(struct page_view, corrections_url, "All corrections."),
    FIELD_OBJECT(struct page_view, article, struct page_article, &article_view,
                 "What Open Graph says of a story; absent on other pages."),
    FIELD_BOOL(struct page_view, has_json_ld, "There is JSON-LD for the page."),
    FIELD_JSON(struct page_view, json_ld, "What the page tells search engines, as JSON-LD."),
    FIELD_BOOL(struct page_view, has_alternates, "The page is there in more than one language."),
    FIELD_LIST(struct page_view, alternates, &page_alternate_view,
               "The page in each of its languages, its own too, for machines."),
    FIELD_BOOL(struct page_view, has_other_languages, "There are other languages to switch to."),
    FIELD_LIST(struct page_view, other_languages, &page_link_view,
               "This page in other languages, else their front pages."),
    FIELD_BOOL(struct page_view, has_nav, "There are sections to show."),
    FIELD_LIST(struct page_view, nav, &page_link_view, "The sections, in their order."),
    FIELD_TEXT(struct page_view, leading,
               "The number of the story at the head of the page, for live.js; may be empty."),
    FIELD_BOOL(struct page_view, has_breaking, "There is breaking news."),
    FIELD_LIST(struct page_view, breaking, &breaking_view,
               "The breaking stories, the newest first."),
    FIELD_LIST(struct page_view, foot_pages, &page_link_view,
               "The standing pages of this language, such as about and contact."),
};
const struct view page_view_view = VIEW(struct page_view, page_fields);

static const struct view_field error_fields[] = {
    FIELD_OBJECT(struct error_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_TEXT(struct error_view, status, "The number of the error: 404."),
    FIELD_TEXT(struct error_view, title, "What happened, in a few words."),
    FIELD_TEXT(struct error_view, sentence, "What that means for the reader."),
    FIELD_TEXT(struct error_view, way_on,
               "What a link onwards says, where there is more than the front page; else empty."),
    FIELD_URL(struct error_view, way_on_url, "Where that link leads."),
    FIELD_BOOL(struct error_view, has_search, "A search form helps here."),
    FIELD_URL(struct error_view, search_url, "Where that form is sent, with the words as q."),
};
const struct view error_view_view = VIEW(struct error_view, error_fields);
