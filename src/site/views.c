#include "site/views.h"

static const struct view_field teaser_fields[] = {
    FIELD_URL(struct teaser_view, url, "The story's address."),
    FIELD_TEXT(struct teaser_view, headline, "Its headline."),
    FIELD_TEXT(struct teaser_view, summary,
               "Its standfirst, else how its text begins; may be empty."),
    FIELD_TEXT(struct teaser_view, lang, "Its language's code, for lang."),
    FIELD_TEXT(struct teaser_view, dir, "Its language's direction, for dir."),
    FIELD_OBJECT(struct teaser_view, section, struct page_link, &page_link_view,
                 "Its section; absent on that section's own page."),
    FIELD_BOOL(struct teaser_view, is_breaking, "It is breaking news."),
    FIELD_TEXT(struct teaser_view, published_at_iso, "When it was published, for datetime."),
    FIELD_TEXT(struct teaser_view, published_at_text,
               "When it was published, day and time in words."),
    FIELD_TEXT(struct teaser_view, time_text, "The time of the day alone."),
};
const struct view teaser_view_view = VIEW(struct teaser_view, teaser_fields);

Err section_url(const struct web_request *request, Str slug, Url *out)
{
	return web_path(request, request->language, &slug, 1, out);
}

Err tag_url(const struct web_request *request, Str slug, Url *out)
{
	const Str segments[] = {S("tag"), slug};
	return web_path(request, request->language, segments, 2, out);
}

Err byline_url(const struct web_request *request, Str slug, Url *out)
{
	const Str segments[] = {S("byline"), slug};
	return web_path(request, request->language, segments, 2, out);
}

Err source_url(const struct web_request *request, Str slug, Url *out)
{
	const Str segments[] = {S("source"), slug};
	return web_path(request, request->language, segments, 2, out);
}

static Err teaser_section(const struct web_request *request, const struct section *section,
                          const struct page_link **out)
{
	struct page_link *link = ARENA_NEW(request->mem, struct page_link);
	if (link == NULL)
		return ERR_MEMORY;
	link->name = section->name;
	TRY(section_url(request, section->slug, &link->url));
	*out = link;
	return OK;
}

Err teaser_fill(struct web_request *request, struct web_response *response,
                const struct story *story, bool with_section, struct teaser_view *out)
{
	struct arena *mem = request->mem;
	Str zone = request->world->site->zone;
	*out = (struct teaser_view){
	    .headline = story->headline,
	    .summary = story->summary,
	    .lang = story->language->code,
	    .dir = story->language->direction,
	    .is_breaking = story_is_breaking(story, request->now),
	};
	if (out->is_breaking)
		web_expires(response, story->breaking_until);
	TRY(web_url_of_path(story->path, mem, &out->url));
	if (with_section)
		TRY(teaser_section(request, &story->section, &out->section));
	TRY(time_format(zone, story->published, mem, &out->published_at_iso));
	TRY(i18n_date(request->language, zone, story->published, DATE_TIME, mem,
	              &out->published_at_text));
	return i18n_date(request->language, zone, story->published, DATE_CLOCK, mem, &out->time_text);
}

Err teasers_fill(struct web_request *request, struct web_response *response,
                 const struct story *stories, size_t count, bool with_section,
                 struct view_list *out)
{
	struct teaser_view *teasers = ARENA_ARRAY(request->mem, struct teaser_view, count);
	if (teasers == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(teaser_fill(request, response, &stories[i], with_section, &teasers[i]));
	*out = (struct view_list){teasers, count};
	return OK;
}

static const struct view_field correction_fields[] = {
    FIELD_BOOL(struct correction_view, is_correction, "The note corrects something."),
    FIELD_BOOL(struct correction_view, is_clarification, "The note makes something clearer."),
    FIELD_BOOL(struct correction_view, is_update, "The note tells news."),
    FIELD_TEXT(struct correction_view, at_iso, "When it was added, for datetime."),
    FIELD_TEXT(struct correction_view, at_text, "When it was added, in words."),
    FIELD_TEXT(struct correction_view, text, "The note."),
};
const struct view correction_view_view = VIEW(struct correction_view, correction_fields);

Err correction_fill(const struct web_request *request, const struct language *language,
                    const struct correction *correction, struct correction_view *out)
{
	Str zone = request->world->site->zone;
	out->is_correction = correction->kind == CORRECTION;
	out->is_clarification = correction->kind == CLARIFICATION;
	out->is_update = correction->kind == UPDATE;
	out->text = correction->text;
	TRY(time_format(zone, correction->at, request->mem, &out->at_iso));
	return i18n_date(language, zone, correction->at, DATE_TIME, request->mem, &out->at_text);
}

Err corrections_fill(const struct web_request *request, const struct language *language,
                     const struct correction *corrections, size_t count, struct view_list *out)
{
	struct correction_view *items = ARENA_ARRAY(request->mem, struct correction_view, count);
	if (items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(correction_fill(request, language, &corrections[count - 1 - i], &items[i]));
	*out = (struct view_list){items, count};
	return OK;
}

Err page_past_end(struct web_response *response, Url first_page)
{
	response->way_on = N_("Go to the first page of this list");
	response->way_on_url = first_page;
	return fail(ERR_NOT_FOUND, "the list has no such page");
}

Err page_set_public(struct web_request *request, struct page_view *page, Url path)
{
	page->is_public = true;
	return web_absolute(request, path, &page->canonical_url);
}

Err page_of_all_languages(const struct web_request *request)
{
	if (request->language != request->world->site->language)
		return fail(ERR_NOT_FOUND, "this page is the same for all languages");
	return OK;
}
