/* What a story's page tells machines: Open Graph, and schema.org as JSON-LD. */
#include <jansson.h>

#include "site/views.h"

static Err date_iso(const struct web_request *request, Time time, Str *out)
{
	return time_format(request->world->site->zone, time, request->mem, out);
}

static Err article_fill(const struct web_request *request, const struct story *story,
                        struct page_article *out)
{
	struct page_link *tags = ARENA_ARRAY(request->mem, struct page_link, story->tag_count);
	if (tags == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < story->tag_count; i++)
		tags[i].name = story->tags[i].name;
	out->tags = (struct view_list){tags, story->tag_count};
	out->section = story->section.name;
	TRY(date_iso(request, story->published, &out->published_at_iso));
	return date_iso(request, story_modified(story), &out->modified_at_iso);
}

/* ---- schema.org NewsArticle and BreadcrumbList ---- */

static json_t *json_text(Str text)
{
	return json_stringn(text.bytes, text.length);
}

/* A thing with a name and an address of this site. */
static Err json_named(const struct web_request *request, const char *type, Str name, Url path,
                      json_t **out)
{
	Url url;
	TRY(web_absolute(request, path, &url));
	*out = json_pack("{s:s, s:o, s:o}", "@type", type, "name", json_text(name), "url",
	                 json_text(url.address));
	return OK;
}

/* Adds who wrote it, else whose it is. */
static Err authors_add(const struct web_request *request, const struct story *story,
                       const struct page_view *page, json_t *list)
{
	json_t *author = NULL;
	Url path;
	for (size_t i = 0; i < story->byline_count; i++) {
		TRY(byline_url(request, story->bylines[i].slug, &path));
		TRY(json_named(request, "Person", story->bylines[i].name, path, &author));
		json_array_append_new(list, author);
	}
	if (story->byline_count > 0)
		return OK;
	if (story->source.id != 0) {
		TRY(source_url(request, story->source.slug, &path));
		TRY(json_named(request, "Organization", story->source.name, path, &author));
	} else {
		TRY(web_path(request, request->language, NULL, 0, &path));
		TRY(json_named(request, "NewsMediaOrganization", page->site_name, path, &author));
	}
	json_array_append_new(list, author);
	return OK;
}

static Err corrections_add(const struct web_request *request, const struct story *story,
                           json_t *article)
{
	json_t *list = json_array();
	for (size_t i = 0; i < story->correction_count; i++) {
		const struct correction *correction = &story->corrections[i];
		Str at;
		TRY(date_iso(request, correction->at, &at));
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "@type", "CorrectionComment",
		                                      "text", json_text(correction->text), "datePublished",
		                                      json_text(at)));
	}
	json_object_set_new(article, "correction", list);
	return OK;
}

/* Of a group the story that was made first is the work, the others translate it. */
static Err translations_add(const struct web_request *request, const struct story *story,
                            const struct story *translations, size_t count, json_t *article)
{
	const struct story *first = story;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (translations[i].id < first->id)
			first = &translations[i];
	for (size_t i = 0; i < count; i++) {
		Url path;
		Url url;
		if (first != story && first != &translations[i])
			continue;
		TRY(web_url_of_path(translations[i].path, request->mem, &path));
		TRY(web_absolute(request, path, &url));
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "@type", "NewsArticle", "@id",
		                                      json_text(url.address), "inLanguage",
		                                      json_text(translations[i].language->code)));
	}
	json_object_set_new(article, first == story ? "workTranslation" : "translationOfWork", list);
	return OK;
}

static json_t *json_keywords(const struct story *story)
{
	json_t *list = json_array();
	for (size_t i = 0; i < story->tag_count; i++)
		json_array_append_new(list, json_text(story->tags[i].name));
	return list;
}

static json_t *json_article(const struct web_request *request, const struct story *story,
                            const struct page_view *page)
{
	const struct site *site = request->world->site;
	return json_pack(
	    "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:i, s:o, s:{s:s, s:o, s:o}}",
	    "@context", "https://schema.org", "@type", "NewsArticle", "headline",
	    json_text(story->headline), "description", json_text(page->description), "datePublished",
	    json_text(page->article->published_at_iso), "dateModified",
	    json_text(page->article->modified_at_iso), "url", json_text(page->canonical_url.address),
	    "mainEntityOfPage", json_text(page->canonical_url.address), "inLanguage",
	    json_text(story->language->code), "isAccessibleForFree", 1, "articleSection",
	    json_text(story->section.name), "version", (int)story->revision, "keywords",
	    json_keywords(story), "publisher", "@type", "NewsMediaOrganization", "name",
	    json_text(page->site_name), "url", json_text(site->url.address));
}

static Err article_add(const struct web_request *request, const struct story *story,
                       const struct story *translations, size_t count, const struct page_view *page,
                       json_t *list)
{
	json_t *authors = json_array();
	json_t *article = json_article(request, story, page);
	json_array_append_new(list, article);
	json_object_set_new(article, "author", authors);
	TRY(authors_add(request, story, page, authors));
	if (story->correction_count > 0)
		TRY(corrections_add(request, story, article));
	return count == 0 ? OK : translations_add(request, story, translations, count, article);
}

/* Where the story stands: the site, its section, itself (which needs no address). */
static Err breadcrumb_add(const struct web_request *request, const struct story *story,
                          const struct page_view *page, json_t *list)
{
	Url home;
	Url section;
	TRY(web_path(request, request->language, NULL, 0, &home));
	TRY(web_absolute(request, home, &home));
	TRY(section_url(request, story->section.slug, &section));
	TRY(web_absolute(request, section, &section));
	json_array_append_new(
	    list,
	    json_pack("{s:s, s:s, s:[{s:s, s:i, s:o, s:o}, {s:s, s:i, s:o, s:o}, {s:s, s:i, s:o}]}",
	              "@context", "https://schema.org", "@type", "BreadcrumbList", "itemListElement",
	              "@type", "ListItem", "position", 1, "name", json_text(page->site_name), "item",
	              json_text(home.address), "@type", "ListItem", "position", 2, "name",
	              json_text(story->section.name), "item", json_text(section.address), "@type",
	              "ListItem", "position", 3, "name", json_text(story->headline)));
	return OK;
}

Err story_head_fill(struct web_request *request, const struct story *story,
                    const struct story *translations, size_t count, struct page_view *page)
{
	Url path;
	struct page_article *article = ARENA_NEW(request->mem, struct page_article);
	if (article == NULL)
		return ERR_MEMORY;
	TRY(web_url_of_path(story->path, request->mem, &path));
	TRY(page_set_public(request, page, path));
	TRY(web_title(request, story->headline, &page->title));
	page->share_title = story->headline;
	page->description = story->summary;
	TRY(article_fill(request, story, article));
	page->article = article;
	json_t *list = json_array();
	Err err = article_add(request, story, translations, count, page, list);
	if (err == OK)
		err = breadcrumb_add(request, story, page, list);
	if (err == OK)
		err = json_for_page(list, request->mem, &page->json_ld);
	page->has_json_ld = err == OK;
	json_decref(list);
	return err;
}
