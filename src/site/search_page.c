/* Search: a form, and the stories that have its words. Everything is in the address, so that a
 * search can be kept, sent and gone back to. */
#include "search/search.h"
#include "site/views.h"

#define PAGE_RESULTS 20
#define SNIPPET_CHARACTERS 220
#define STORY_TEXT_CHARACTERS 60000 /* so much of a story is looked through for its snippet */
#define SKIP_MAX 1000

struct search_piece_view {
	Str text;
	bool is_hit;
};
static const struct view_field piece_fields[] = {
    FIELD_TEXT(struct search_piece_view, text, "A piece of the text."),
    FIELD_BOOL(struct search_piece_view, is_hit, "It is one of the words that were looked for."),
};
static const struct view piece_view = VIEW(struct search_piece_view, piece_fields);

struct search_result_view {
	Url url;
	Str lang, dir;
	const struct page_link *section;
	struct view_list headline, snippet; /* of struct search_piece_view */
	Str published_at_iso, published_at_text;
};
static const struct view_field result_fields[] = {
    FIELD_URL(struct search_result_view, url, "The story's address."),
    FIELD_TEXT(struct search_result_view, lang, "Its language's code, for lang."),
    FIELD_TEXT(struct search_result_view, dir, "Its language's direction, for dir."),
    FIELD_OBJECT(struct search_result_view, section, struct page_link, &page_link_view,
                 "Its section."),
    FIELD_LIST(struct search_result_view, headline, &piece_view, "Its headline, in pieces."),
    FIELD_LIST(struct search_result_view, snippet, &piece_view,
               "Where its text has the words, in pieces."),
    FIELD_TEXT(struct search_result_view, published_at_iso, "When it was published, for datetime."),
    FIELD_TEXT(struct search_result_view, published_at_text, "When it was published, in words."),
};
static const struct view result_view = VIEW(struct search_result_view, result_fields);

struct search_option_view {
	Str value, name;
	bool is_selected;
};
static const struct view_field option_fields[] = {
    FIELD_TEXT(struct search_option_view, value, "The section's slug, for value."),
    FIELD_TEXT(struct search_option_view, name, "The section's name."),
    FIELD_BOOL(struct search_option_view, is_selected, "It is the one that is chosen."),
};
static const struct view option_view = VIEW(struct search_option_view, option_fields);

/* A page about what was typed, if that is a name; one of the four is true. */
struct search_subject_view {
	Url url;
	Str name;
	bool is_tag, is_byline, is_section, is_source;
};
static const struct view_field subject_fields[] = {
    FIELD_URL(struct search_subject_view, url, "Its page."),
    FIELD_TEXT(struct search_subject_view, name, "What it is called in the page's language."),
    FIELD_BOOL(struct search_subject_view, is_tag, "It is a topic."),
    FIELD_BOOL(struct search_subject_view, is_byline, "It is a writer."),
    FIELD_BOOL(struct search_subject_view, is_section, "It is a section."),
    FIELD_BOOL(struct search_subject_view, is_source, "It is an agency."),
};
static const struct view subject_view = VIEW(struct search_subject_view, subject_fields);

struct search_view {
	const struct page_view *page;
	Url url;
	Str text, from, until; /* as they were sent; a date that is none is empty */
	bool has_filters;
	bool by_relevance;
	struct view_list sections; /* of struct search_option_view */
	bool has_subjects;
	struct view_list subjects; /* of struct search_subject_view */
	Str problem, note;
	bool found_nothing;
	bool has_results;
	Str count_text;           /* "3 results", where all are on this page; else empty */
	struct view_list results; /* of struct search_result_view */
	bool is_first_page, has_pages, has_more;
	Url first_url, more_url;
};
static const struct view_field search_fields[] = {
    FIELD_OBJECT(struct search_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_URL(struct search_view, url, "Where the form is sent."),
    FIELD_TEXT(struct search_view, text, "The words as they were typed; may be empty."),
    FIELD_TEXT(struct search_view, from, "The first day, as it was sent; empty if it is none."),
    FIELD_TEXT(struct search_view, until, "The last day, as it was sent; empty if it is none."),
    FIELD_BOOL(struct search_view, has_filters, "A section, a day or an order is chosen."),
    FIELD_BOOL(struct search_view, by_relevance, "The best match comes first, not the newest."),
    FIELD_LIST(struct search_view, sections, &option_view, "The sections to choose from."),
    FIELD_BOOL(struct search_view, has_subjects, "Something is called as the words are."),
    FIELD_LIST(struct search_view, subjects, &subject_view,
               "The topic, writer, section and agency that are called so."),
    FIELD_TEXT(struct search_view, problem,
               "Why there is nothing to show; empty when there is no problem."),
    FIELD_BOOL(struct search_view, found_nothing,
               "No story has the words: page.other_languages has the same search in each."),
    FIELD_TEXT(struct search_view, note, "What else is to be said of the results; may be empty."),
    FIELD_BOOL(struct search_view, has_results, "There are results on this page."),
    FIELD_TEXT(struct search_view, count_text,
               "How many results there are; empty when it is not known."),
    FIELD_LIST(struct search_view, results, &result_view, "The stories that were found."),
    FIELD_BOOL(struct search_view, is_first_page, "This is the first page of the results."),
    FIELD_BOOL(struct search_view, has_pages, "There is another page of results."),
    FIELD_BOOL(struct search_view, has_more, "There is a next page."),
    FIELD_URL(struct search_view, first_url, "The first page."),
    FIELD_URL(struct search_view, more_url, "The next page."),
};
const struct view search_view_view = VIEW(struct search_view, search_fields);

/* ---- what was asked ---- */

/* What the address holds, in the order in which a form sends it. */
struct search_asked {
	Str text, section, from, until, order, before;
};

/* Wrong bytes are looked for as nothing, never refused: a search is only a question. */
static Err asked_read(struct web_request *request, struct search_asked *out)
{
	const struct {
		const char *name;
		Str *value;
	} all[] = {
	    {"q", &out->text},      {"section", &out->section}, {"from", &out->from},
	    {"until", &out->until}, {"order", &out->order},     {"before", &out->before},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (web_query(request, all[i].name, all[i].value) != OK)
			*all[i].value = S("");
		TRY(web_showable(*all[i].value, request->mem, all[i].value));
	}
	return OK;
}

/* "2021-07-23" in the site's zone. */
static bool day_start(const struct web_request *request, Str text, Time *out)
{
	struct civil_date date;
	return civil_date_parse(text, &date) &&
	       time_day_start(request->world->site->zone, date, out) == OK;
}

/* The next day's start. The last of all days has none. */
static bool day_end(const struct web_request *request, Str text, Time *out)
{
	struct civil_date date;
	if (!civil_date_parse(text, &date))
		return false;
	if (civil_date_add(date, 1, &date) != OK) {
		*out = INT64_MAX;
		return true;
	}
	return time_day_start(request->world->site->zone, date, out) == OK;
}

static Err query_fill(struct web_request *request, const struct search_asked *asked,
                      struct search_query *query, struct search_view *view)
{
	TRY(search_parse(asked->text, request->language->code, request->mem, query));
	query->order = view->by_relevance ? SEARCH_RELEVANCE : SEARCH_NEWEST;
	query->has_from = day_start(request, asked->from, &query->from);
	query->has_until = day_end(request, asked->until, &query->until);
	if ((asked->from.length > 0 && !query->has_from) ||
	    (asked->until.length > 0 && !query->has_until))
		view->problem = i18n_text(request->language,
		                          N_("One of the dates can’t be read. Write it as year-month-day, "
		                             "such as 2021-07-23."));
	else if (query->has_from && query->has_until && query->from >= query->until)
		view->problem = i18n_text(request->language,
		                          N_("The first day is later than the last one: change one of "
		                             "them."));
	return OK;
}

/* Newest first the place before which to go on; by relevance how many were shown. */
static Err before_read(struct web_response *response, const struct search_asked *asked,
                       const struct search_view *view, struct search_query *query)
{
	uint64_t number;
	if (asked->before.length == 0)
		return OK;
	if (!str_parse_uint(asked->before, INT64_MAX, &number) || number == 0 ||
	    (query->order == SEARCH_RELEVANCE && number > SKIP_MAX))
		return page_past_end(response, view->first_url);
	if (query->order == SEARCH_RELEVANCE)
		query->skip = (size_t)number;
	else
		query->before = (int64_t)number;
	return OK;
}

static Err sections_fill(struct web_request *request, const struct search_asked *asked,
                         struct search_query *query, struct search_view *out)
{
	struct db_connection *connection;
	struct section *sections;
	size_t count;
	TRY(web_read(request, &connection));
	TRY(section_list_used(connection, request->world->site, request->language, request->mem,
	                      &sections, &count));
	struct search_option_view *options =
	    ARENA_ARRAY(request->mem, struct search_option_view, count);
	if (options == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		options[i].value = sections[i].slug;
		options[i].name = sections[i].name;
		options[i].is_selected = str_equal(sections[i].slug, asked->section);
		if (options[i].is_selected)
			query->section_id = sections[i].id;
	}
	out->sections = (struct view_list){options, count};
	if (asked->section.length > 0 && query->section_id == 0 && out->problem.length == 0)
		out->problem = i18n_text(request->language, N_("There is no such section here: choose "
		                                               "another one, or all sections."));
	return OK;
}

/* ---- what was typed, as a name ---- */

static Err subject_fill(const struct web_request *request, const struct subject *subject,
                        struct search_subject_view *out)
{
	out->name = subject->name;
	switch (subject->kind) {
	case SUBJECT_TAG:
		out->is_tag = true;
		return tag_url(request, subject->slug, &out->url);
	case SUBJECT_BYLINE:
		out->is_byline = true;
		return byline_url(request, subject->slug, &out->url);
	case SUBJECT_SECTION:
		out->is_section = true;
		return section_url(request, subject->slug, &out->url);
	case SUBJECT_SOURCE:
		break;
	}
	out->is_source = true;
	return source_url(request, subject->slug, &out->url);
}

/* Its page has something to read in this language. What the search page says of it changes with its
 * names, so that it carries its tag in any case. */
static Err subject_has_stories(struct web_request *request, struct web_response *response,
                               const struct subject *subject, bool *out)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	struct story_filter filter = {
	    .language = request->language, .status = STORY_PUBLISHED, .limit = 1};
	switch (subject->kind) {
	case SUBJECT_TAG:
		filter.tag_id = subject->id;
		web_tag(response, TAG_TAG(subject->id));
		break;
	case SUBJECT_BYLINE:
		filter.byline_id = subject->id;
		web_tag(response, TAG_BYLINE(subject->id));
		break;
	case SUBJECT_SECTION:
		filter.section_id = subject->id;
		web_tag(response, TAG_SECTION(subject->id));
		break;
	case SUBJECT_SOURCE:
		filter.source_id = subject->id;
		web_tag(response, TAG_SOURCE(subject->id));
		break;
	}
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	*out = count > 0;
	return OK;
}

static Err subjects_fill(struct web_request *request, struct web_response *response,
                         const struct search_asked *asked, struct search_view *out)
{
	struct db_connection *connection;
	struct subject subjects[SUBJECTS_MAX];
	size_t found;
	size_t count = 0;
	struct search_subject_view *views =
	    ARENA_ARRAY(request->mem, struct search_subject_view, SUBJECTS_MAX);
	if (views == NULL)
		return ERR_MEMORY;
	TRY(web_read(request, &connection));
	TRY(subject_list(connection, request->world->site, request->language, asked->text, request->mem,
	                 subjects, &found));
	for (size_t i = 0; i < found; i++) {
		bool has_stories;
		TRY(subject_has_stories(request, response, &subjects[i], &has_stories));
		if (has_stories)
			TRY(subject_fill(request, &subjects[i], &views[count++]));
	}
	out->subjects = (struct view_list){views, count};
	out->has_subjects = count > 0;
	return OK;
}

/* ---- what was found ---- */

static Err pieces_fill(struct web_request *request, const struct search_marked *marked,
                       struct view_list *out)
{
	size_t room = marked->count + 2;
	size_t count = 0;
	struct search_piece_view *pieces = ARENA_ARRAY(request->mem, struct search_piece_view, room);
	if (pieces == NULL)
		return ERR_MEMORY;
	if (marked->begins_later)
		pieces[count++].text = S("… ");
	for (size_t i = 0; i < marked->count; i++) {
		pieces[count].text = marked->pieces[i].text;
		pieces[count++].is_hit = marked->pieces[i].is_hit;
	}
	if (marked->ends_earlier)
		pieces[count++].text = S(" …");
	*out = (struct view_list){pieces, count};
	return OK;
}

static Err result_fill(struct web_request *request, const struct search_query *query,
                       const struct story *story, struct search_result_view *out)
{
	struct search_marked marked;
	Str text;
	Str zone = request->world->site->zone;
	struct page_link *section = ARENA_NEW(request->mem, struct page_link);
	if (section == NULL)
		return ERR_MEMORY;
	out->lang = story->language->code;
	out->dir = story->language->direction;
	out->section = section;
	section->name = story->section.name;
	TRY(section_url(request, story->section.slug, &section->url));
	TRY(web_url_of_path(story->path, request->mem, &out->url));
	TRY(search_mark(query, story->headline, request->mem, &marked));
	TRY(pieces_fill(request, &marked, &out->headline));
	TRY(html_to_text(story->body, STORY_TEXT_CHARACTERS, request->mem, &text));
	TRY(search_snippet(query, text, SNIPPET_CHARACTERS, request->mem, &marked));
	TRY(pieces_fill(request, &marked, &out->snippet));
	TRY(time_format(zone, story->published, request->mem, &out->published_at_iso));
	return i18n_date(request->language, zone, story->published, DATE_TIME, request->mem,
	                 &out->published_at_text);
}

static Err results_fill(struct web_request *request, const struct search_query *query,
                        const struct search_result *found, struct search_view *out)
{
	struct db_connection *connection;
	struct search_result_view *results =
	    ARENA_ARRAY(request->mem, struct search_result_view, found->count);
	struct story *stories = ARENA_ARRAY(request->mem, struct story, found->count);
	int64_t *ids = ARENA_ARRAY(request->mem, int64_t, found->count);
	if (results == NULL || stories == NULL || ids == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < found->count; i++)
		ids[i] = found->hits[i].story_id;
	TRY(web_read(request, &connection));
	TRY(story_find_texts(connection, request->world->site, ids, found->count, request->mem,
	                     stories));
	for (size_t i = 0; i < found->count; i++)
		TRY(result_fill(request, query, &stories[i], &results[i]));
	out->results = (struct view_list){results, found->count};
	out->has_results = found->count > 0;
	return OK;
}

/* How many there are is known only where they are all on one page. */
static Err count_fill(const struct web_request *request, const struct search_result *found,
                      struct search_view *out)
{
	if (found->count == 0 || !out->is_first_page || found->has_more || found->is_bounded)
		return OK;
	return i18n_plural(request->language, "{n} result", "{n} results", found->count, request->mem,
	                   &out->count_text);
}

/* ---- the ways to other pages ---- */

static Err query_add(const struct web_request *request, const char *name, Str value, Url *url)
{
	return value.length == 0 ? OK
	                         : url_with_query(*url, str_from_c(name), value, request->mem, url);
}

static Err first_url_fill(struct web_request *request, const struct search_asked *asked,
                          struct search_view *out)
{
	out->first_url = out->url;
	TRY(query_add(request, "q", asked->text, &out->first_url));
	TRY(query_add(request, "section", asked->section, &out->first_url));
	TRY(query_add(request, "from", asked->from, &out->first_url));
	TRY(query_add(request, "until", asked->until, &out->first_url));
	return query_add(request, "order", asked->order, &out->first_url);
}

static Err pages_fill(const struct web_request *request, const struct search_asked *asked,
                      const struct search_query *query, const struct search_result *found,
                      struct search_view *out)
{
	Str before;
	out->is_first_page = asked->before.length == 0;
	out->has_more = found->has_more;
	out->has_pages = out->has_more || !out->is_first_page;
	if (!out->has_more)
		return OK;
	int64_t next =
	    query->order == SEARCH_RELEVANCE ? (int64_t)(query->skip + found->count) : found->before;
	TRY(arena_format(request->mem, &before, "%lld", (long long)next));
	out->more_url = out->first_url;
	return query_add(request, "before", before, &out->more_url);
}

/* What a result does not say by itself. */
static Err note_fill(const struct web_request *request, const struct search_query *query,
                     const struct search_result *found, struct search_view *out)
{
	const struct language *language = request->language;
	out->found_nothing = found->count == 0 && !found->has_more;
	if (out->found_nothing)
		out->problem = out->has_subjects
		                   ? i18n_text(language, N_("No story has these words. What has this name "
		                                            "is above."))
		                   : i18n_text(language, N_("Nothing was found. Try other words, or fewer "
		                                            "of them."));
	if (found->is_bounded && query->order == SEARCH_RELEVANCE) {
		struct i18n_value compared = {.mark = "{number}"};
		TRY(i18n_number(language, SEARCH_COMPARED_MAX, request->mem, &compared.value));
		return i18n_fill(i18n_text(language, N_("Only the newest {number} stories with these words "
		                                        "were compared. Newest first shows them all.")),
		                 &compared, 1, request->mem, &out->note);
	}
	if (found->is_bounded)
		out->note = i18n_text(language, N_("There may be more among older stories: go on with "
		                                   "“More results”."));
	else if (query->is_cut)
		out->note = i18n_text(language, N_("That was long: only its first words were looked for."));
	return OK;
}

static Err search_answer(struct web_request *request, struct web_response *response,
                         const struct search_asked *asked, struct search_view *view)
{
	struct db_connection *connection;
	struct search_query query;
	struct search_result found;
	TRY(query_fill(request, asked, &query, view));
	TRY(sections_fill(request, asked, &query, view));
	TRY(first_url_fill(request, asked, view));
	TRY(before_read(response, asked, view, &query));
	if (asked->text.length == 0 || view->problem.length > 0)
		return OK;
	if (query.term_count == 0) {
		view->problem =
		    i18n_text(request->language,
		              N_("There is nothing to look for in that: write one word at least."));
		return OK;
	}
	if (str_is_empty(asked->before))
		TRY(subjects_fill(request, response, asked, view));
	TRY(web_read(request, &connection));
	TRY(search_find(connection, &query, PAGE_RESULTS, request->mem, &found));
	TRY(pages_fill(request, asked, &query, &found, view));
	if (found.count == 0 && !found.has_more && asked->before.length > 0)
		return page_past_end(response, view->first_url);
	TRY(results_fill(request, &query, &found, view));
	TRY(count_fill(request, &found, view));
	return note_fill(request, &query, &found, view);
}

static Err title_fill(struct web_request *request, const struct search_asked *asked,
                      struct page_view *page)
{
	Str title = i18n_text(request->language, N_("Search"));
	page->share_title = title;
	if (asked->text.length > 0)
		TRY(arena_format(request->mem, &title, "%.*s: %.*s", STR(title), STR(asked->text)));
	return web_title(request, title, &page->title);
}

Err search_get(struct web_request *request, struct web_response *response)
{
	const Str segments[] = {S("search")};
	struct search_asked asked;
	struct page_view page = {.is_search = true};
	struct search_view view = {.page = &page};
	web_tag(response, TAG_HOME);
	TRY(asked_read(request, &asked));
	view.text = asked.text;
	struct civil_date date; /* a date field holds dates alone */
	view.from = civil_date_parse(asked.from, &date) ? asked.from : S("");
	view.until = civil_date_parse(asked.until, &date) ? asked.until : S("");
	view.by_relevance = str_equal(asked.order, S("relevance"));
	view.has_filters =
	    asked.section.length + asked.from.length + asked.until.length > 0 || view.by_relevance;
	TRY(web_path(request, request->language, segments, 1, &view.url));
	TRY(search_answer(request, response, &asked, &view));
	TRY(title_fill(request, &asked, &page));
	page.hidden_from_search = asked.text.length > 0;
	if (!page.hidden_from_search)
		TRY(page_set_public(request, &page, view.url));
	page.searched = asked.text;
	TRY(page_in_languages(request, &page, NULL));
	TRY(web_frame(request, response, &page));
	return web_render(request, response, "site/search", &view);
}
