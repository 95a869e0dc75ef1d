#include "web/page.h"

static const struct view_field link_fields[] = {
    FIELD_URL(struct page_link, url),         FIELD_TEXT(struct page_link, lang),
    FIELD_TEXT(struct page_link, dir),        FIELD_TEXT(struct page_link, name),
    FIELD_BOOL(struct page_link, is_current), FIELD_BOOL(struct page_link, is_around),
};
const struct view page_link_view = VIEW(struct page_link, link_fields);

static const struct view_field alternate_fields[] = {
    FIELD_URL(struct page_alternate, url),
    FIELD_TEXT(struct page_alternate, lang),
    FIELD_TEXT(struct page_alternate, locale),
    FIELD_TEXT(struct page_alternate, name),
};
const struct view page_alternate_view = VIEW(struct page_alternate, alternate_fields);

static const struct view_field article_fields[] = {
    FIELD_TEXT(struct page_article, published_at_iso),
    FIELD_TEXT(struct page_article, modified_at_iso),
    FIELD_TEXT(struct page_article, section),
    FIELD_LIST(struct page_article, tags, &page_link_view),
};
static const struct view article_view = VIEW(struct page_article, article_fields);

static const struct view_field breaking_fields[] = {
    FIELD_URL(struct page_breaking, url),
    FIELD_TEXT(struct page_breaking, lang),
    FIELD_TEXT(struct page_breaking, dir),
    FIELD_TEXT(struct page_breaking, headline),
};
static const struct view breaking_view = VIEW(struct page_breaking, breaking_fields);

static const struct view_field page_fields[] = {
    FIELD_TEXT(struct page_view, lang),
    FIELD_TEXT(struct page_view, dir),
    FIELD_TEXT(struct page_view, locale),
    FIELD_TEXT(struct page_view, title),
    FIELD_TEXT(struct page_view, share_title),
    FIELD_TEXT(struct page_view, description),
    FIELD_TEXT(struct page_view, site_name),
    FIELD_TEXT(struct page_view, tagline),
    FIELD_BOOL(struct page_view, is_home),
    FIELD_BOOL(struct page_view, is_public),
    FIELD_BOOL(struct page_view, hidden_from_search),
    FIELD_URL(struct page_view, canonical_url),
    FIELD_URL(struct page_view, home_url),
    FIELD_URL(struct page_view, icon_url),
    FIELD_URL(struct page_view, touch_icon_url),
    FIELD_URL(struct page_view, manifest_url),
    FIELD_URL(struct page_view, style_url),
    FIELD_URL(struct page_view, script_url),
    FIELD_TEXT(struct page_view, feed_title),
    FIELD_URL(struct page_view, feed_url),
    FIELD_URL(struct page_view, feed_atom_url),
    FIELD_URL(struct page_view, feed_json_url),
    FIELD_LIST(struct page_view, more_feeds, &page_link_view),
    FIELD_BOOL(struct page_view, is_search),
    FIELD_URL(struct page_view, search_url),
    FIELD_URL(struct page_view, opensearch_url),
    FIELD_URL(struct page_view, archive_url),
    FIELD_URL(struct page_view, corrections_url),
    FIELD_OBJECT(struct page_view, article, struct page_article, &article_view),
    FIELD_BOOL(struct page_view, has_json_ld),
    FIELD_JSON(struct page_view, json_ld),
    FIELD_BOOL(struct page_view, has_alternates),
    FIELD_LIST(struct page_view, alternates, &page_alternate_view),
    FIELD_BOOL(struct page_view, has_other_languages),
    FIELD_LIST(struct page_view, other_languages, &page_link_view),
    FIELD_BOOL(struct page_view, has_nav),
    FIELD_LIST(struct page_view, nav, &page_link_view),
    FIELD_BOOL(struct page_view, has_breaking),
    FIELD_LIST(struct page_view, breaking, &breaking_view),
    FIELD_LIST(struct page_view, foot_pages, &page_link_view),
};
const struct view page_view_view = VIEW(struct page_view, page_fields);

static const struct view_field error_fields[] = {
    FIELD_OBJECT(struct error_view, page, struct page_view, &page_view_view),
    FIELD_TEXT(struct error_view, status),
    FIELD_TEXT(struct error_view, title),
    FIELD_TEXT(struct error_view, sentence),
    FIELD_TEXT(struct error_view, way_on),
    FIELD_URL(struct error_view, way_on_url),
    FIELD_BOOL(struct error_view, has_search),
    FIELD_URL(struct error_view, search_url),
};
const struct view error_view_view = VIEW(struct error_view, error_fields);
