/* The front page: the desk's order first, then what is newest, then the sections. */
#include "site/views.h"

#define HOME_STORIES 16
#define HOME_SECOND 4
/* From here on there are two second rows; before, the column beside them needs the stories. */
#define HOME_FULL 9
/* What the column of the latest has room for beside the lead and each second row: a day takes one,
 * a story two. */
#define LATEST_ROOM 6
#define LATEST_ROOM_ROW 4
#define HOME_BLOCKS 6
#define HOME_BLOCK_STORIES 4

struct day_view {
	Str day_text;
	struct view_list stories;
};
static const struct view_field day_fields[] = {
    FIELD_TEXT(struct day_view, day_text, "The day, in words."),
    FIELD_LIST(struct day_view, stories, &teaser_view_view, "Its stories, the newest first."),
};
static const struct view day_view_view = VIEW(struct day_view, day_fields);

struct block_view {
	Str section_name;
	Url section_url;
	struct view_list stories;
};
static const struct view_field block_fields[] = {
    FIELD_TEXT(struct block_view, section_name, "The section's name."),
    FIELD_URL(struct block_view, section_url, "The section's page."),
    FIELD_LIST(struct block_view, stories, &teaser_view_view,
               "Its newest stories that stand nowhere else on the page."),
};
static const struct view block_view_view = VIEW(struct block_view, block_fields);

struct home_view {
	const struct page_view *page;
	bool has_stories;
	const struct teaser_view *lead;
	bool has_second, has_latest, has_blocks;
	struct view_list second, latest_days, blocks;
};
static const struct view_field home_fields[] = {
    FIELD_OBJECT(struct home_view, page, struct page_view, &page_view_view, "What every page has."),
    FIELD_BOOL(struct home_view, has_stories, "There is a story to show."),
    FIELD_OBJECT(struct home_view, lead, struct teaser_view, &teaser_view_view,
                 "The story at the top."),
    FIELD_BOOL(struct home_view, has_second, "There are stories beside it."),
    FIELD_BOOL(struct home_view, has_latest, "There are latest stories to list."),
    FIELD_BOOL(struct home_view, has_blocks, "There are blocks of sections."),
    FIELD_LIST(struct home_view, second, &teaser_view_view, "The stories beside the lead."),
    FIELD_LIST(struct home_view, latest_days, &day_view_view, "The latest stories, day by day."),
    FIELD_LIST(struct home_view, blocks, &block_view_view, "A block for each section."),
};
const struct view home_view_view = VIEW(struct home_view, home_fields);

/* ---- which stories ---- */

struct home_stories {
	struct story *items; /* each once */
	size_t count;
	size_t placed; /* the first of them, which have their place for another reason than time */
};

static bool is_among(const struct story *stories, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (stories[i].id == id)
			return true;
	return false;
}

static void stories_append(struct home_stories *out, const struct story *stories, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_among(out->items, out->count, stories[i].id))
			out->items[out->count++] = stories[i];
}

/* The desk's order leads, then the newest. What breaks goes before it all, unless the desk has set
 * its lead since. */
static Err home_stories_list(struct web_request *request, struct home_stories *out)
{
	struct db_connection *connection;
	const struct site *site = request->world->site;
	struct arena *mem = request->mem;
	struct story *breaking;
	struct story *front;
	struct story *newest;
	size_t breaking_count;
	size_t front_count;
	size_t newest_count;
	struct story_filter filter = {.language = request->language, .status = STORY_PUBLISHED};
	TRY(web_read(request, &connection));
	TRY(front_list(connection, site, request->language, mem, &front, &front_count));
	TRY(story_list_breaking(connection, site, request->language, request->now, mem, &breaking,
	                        &breaking_count));
	filter.limit = HOME_STORIES + front_count;
	TRY(story_list(connection, site, &filter, mem, &newest, &newest_count));
	out->items = ARENA_ARRAY(mem, struct story, 1 + front_count + newest_count);
	if (out->items == NULL)
		return ERR_MEMORY;
	if (breaking_count > 0 && (front_count == 0 || breaking[0].published > front[0].published))
		stories_append(out, breaking, 1);
	stories_append(out, front, front_count);
	out->placed = out->count;
	stories_append(out, newest, newest_count);
	if (out->count > HOME_STORIES)
		out->count = HOME_STORIES;
	return OK;
}

/* ---- the parts of the page ---- */

static size_t second_rows(size_t second)
{
	return (second + 1) / 2;
}

/* All that the desk has placed, and otherwise what fills its rows. Where too few stories remain for
 * a column beside it, there is none, and it takes them all. */
static size_t second_count(const struct home_stories *stories)
{
	size_t placed = stories->placed > 0 ? stories->placed - 1 : 0;
	size_t usual = stories->count >= HOME_FULL ? HOME_SECOND : 2;
	size_t second = placed > usual ? placed : usual;
	size_t below = stories->count - 1;
	return below < second + second_rows(second) + 2 ? below : second;
}

static Err home_top_fill(struct web_request *request, struct web_response *response,
                         const struct home_stories *stories, struct home_view *out, size_t *used)
{
	struct view_list top;
	size_t second = second_count(stories);
	TRY(teasers_fill(request, response, stories->items, second + 1, true, &top));
	out->lead = top.items;
	out->second = (struct view_list){out->lead + 1, second};
	out->has_second = second > 0;
	*used = second + 1;
	return OK;
}

static bool same_day(struct civil_date a, struct civil_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* How many of the newest fill the column beside so many second stories: fewer where each is of
 * another day. */
static Err latest_count(const struct web_request *request, const struct story *stories,
                        size_t count, size_t second, size_t *out)
{
	size_t room = LATEST_ROOM + LATEST_ROOM_ROW * second_rows(second);
	struct civil_date day = {0};
	size_t used = 0;
	for (*out = 0; *out < count; (*out)++) {
		struct civil_date date;
		TRY(time_civil(request->world->site->zone, stories[*out].published, &date));
		used += same_day(date, day) ? 2 : 3;
		if (used > room)
			break;
		day = date;
	}
	/* One that is left over would have a section's block for itself. */
	if (*out + 1 == count)
		*out = count;
	return OK;
}

/* In the order of time, under the days of their publication. */
static Err home_latest_fill(struct web_request *request, struct web_response *response,
                            const struct story *stories, size_t count, struct home_view *out)
{
	struct day_view *days = ARENA_ARRAY(request->mem, struct day_view, count);
	struct civil_date day = {0};
	struct view_list teasers;
	size_t day_count = 0;
	Str zone = request->world->site->zone;
	if (days == NULL)
		return ERR_MEMORY;
	TRY(teasers_fill(request, response, stories, count, true, &teasers));
	for (size_t i = 0; i < count; i++) {
		struct civil_date date;
		TRY(time_civil(zone, stories[i].published, &date));
		if (day_count == 0 || !same_day(date, day)) {
			day = date;
			days[day_count].stories.items = (const struct teaser_view *)teasers.items + i;
			TRY(i18n_date(request->language, zone, stories[i].published, DATE_LONG_DAY,
			              request->mem, &days[day_count++].day_text));
		}
		days[day_count - 1].stories.count++;
	}
	out->latest_days = (struct view_list){days, day_count};
	out->has_latest = day_count > 0;
	return OK;
}

/* A section's newest stories that are not on the page already. */
static Err block_fill(struct web_request *request, struct web_response *response,
                      const struct section *section, const struct story *shown, size_t shown_count,
                      struct block_view *out)
{
	struct db_connection *connection;
	struct story *stories;
	size_t count;
	size_t kept = 0;
	struct story_filter filter = {
	    .language = request->language,
	    .section_id = section->id,
	    .status = STORY_PUBLISHED,
	    .limit = shown_count + HOME_BLOCK_STORIES,
	};
	TRY(web_read(request, &connection));
	TRY(story_list(connection, request->world->site, &filter, request->mem, &stories, &count));
	for (size_t i = 0; i < count && kept < HOME_BLOCK_STORIES; i++)
		if (!is_among(shown, shown_count, stories[i].id))
			stories[kept++] = stories[i];
	out->section_name = section->name;
	TRY(section_url(request, section->slug, &out->section_url));
	return teasers_fill(request, response, stories, kept, false, &out->stories);
}

static Err home_blocks_fill(struct web_request *request, struct web_response *response,
                            const struct story *shown, size_t shown_count, struct home_view *out)
{
	struct db_connection *connection;
	struct section *sections;
	size_t count;
	size_t used = 0;
	TRY(web_read(request, &connection));
	TRY(section_list_used(connection, request->world->site, request->language, request->mem,
	                      &sections, &count));
	struct block_view *blocks = ARENA_ARRAY(request->mem, struct block_view, HOME_BLOCKS);
	if (blocks == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count && used < HOME_BLOCKS; i++) {
		TRY(block_fill(request, response, &sections[i], shown, shown_count, &blocks[used]));
		if (blocks[used].stories.count > 0)
			used++;
	}
	out->blocks = (struct view_list){blocks, used};
	out->has_blocks = used > 0;
	return OK;
}

static Err home_stories_fill(struct web_request *request, struct web_response *response,
                             const struct home_stories *stories, struct home_view *out)
{
	size_t top;
	size_t latest;
	out->has_stories = stories->count > 0;
	if (stories->count == 0)
		return OK;
	TRY(home_top_fill(request, response, stories, out, &top));
	TRY(latest_count(request, stories->items + top, stories->count - top, top - 1, &latest));
	TRY(home_latest_fill(request, response, stories->items + top, latest, out));
	return home_blocks_fill(request, response, stories->items, top + latest, out);
}

static Err feed_link(const struct web_request *request, const struct language *language, Str place,
                     const char *name, struct page_link *out)
{
	const Str segments[] = {place, S("feed.xml")};
	out->name = i18n_text(request->language, name);
	return web_path(request, language, segments, 2, &out->url);
}

/* Of the replies, and where there are several languages of all of them. */
static Err more_feeds_fill(const struct web_request *request, struct page_view *page)
{
	struct page_link *feeds = ARENA_ARRAY(request->mem, struct page_link, 2);
	if (feeds == NULL)
		return ERR_MEMORY;
	TRY(feed_link(request, request->language, S("replies"), N_("Replies (RSS)"), &feeds[0]));
	TRY(feed_link(request, request->world->site->language, S("all"), N_("All languages (RSS)"),
	              &feeds[1]));
	page->more_feeds = (struct view_list){feeds, page->has_alternates ? 2 : 1};
	return OK;
}

Err home_get(struct web_request *request, struct web_response *response)
{
	struct page_view page = {.is_home = true};
	struct home_view view = {.page = &page};
	struct home_stories stories = {0};
	web_tag(response, TAG_HOME);
	TRY(home_stories_list(request, &stories));
	if (stories.count > 0)
		page.leading_story = stories.items[0].id;
	TRY(page_in_languages(request, &page, NULL));
	TRY(more_feeds_fill(request, &page));
	TRY(web_frame(request, response, &page));
	page.title = page.site_name;
	page.share_title = page.site_name;
	TRY(page_set_public(request, &page, page.home_url));
	TRY(home_stories_fill(request, response, &stories, &view));
	return web_render(request, response, "site/home", &view);
}
