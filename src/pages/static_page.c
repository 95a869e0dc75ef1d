#include "pages/pages_private.h"
#include "stories/stories.h"

/* The text while it is checked and sanitized. */
#define WORK_BYTES (16 * (size_t)HTML_MAX_BYTES)

/* What both acts hand to their commit half. */
struct page_act {
	struct static_page page;
	struct effects effects;
};

static Err page_act_commit(const struct world *world, const char *name,
                           Err (*commit)(struct db_connection *, void *), struct page_act *act)
{
	return act_commit(world, &(struct db_act){name, commit, act}, &act->effects);
}

/* The foot of every page lists them. */
static void page_act_begin(struct page_act *act)
{
	effects_clear(&act->effects);
	effects_add(&act->effects, TAG_SITE);
}

/* The first text of a slug makes its address, and gives it the last place in the foot. */
static Err position_take(struct db_connection *connection, Str slug, int64_t *out)
{
	int64_t count;
	TRY(static_page_position(connection, slug, out));
	if (*out >= 0)
		return OK;
	TRY(static_page_count(connection, &count, out));
	if (count >= STATIC_PAGES_MAX)
		return fail(ERR_CONFLICT, "there are %d pages already: remove one first", STATIC_PAGES_MAX);
	return first_part_hold(connection, slug);
}

static Err static_page_set_commit(struct db_connection *connection, void *state)
{
	struct page_act *act = state;
	int64_t position;
	page_act_begin(act);
	TRY(position_take(connection, act->page.slug, &position));
	return static_page_write(connection, &act->page, position);
}

Err static_page_set(const struct world *world, const struct static_page_input *input)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct page_act act = {.page = {.updated = clock_now(world->clock)}};
	TRY(site_language_find(world->site, input->language, &act.page.language));
	TRY(slug_check(input->slug, &mem, &act.page.slug));
	TRY(line_check("the title", input->title, PAGE_TITLE_MAX, &mem, &act.page.title));
	if (str_is_empty(act.page.title))
		return fail(ERR_INVALID, "the title is empty: the foot of every page shows it");
	TRY(body_check(input->body, input->format, &mem, &act.page.body));
	if (str_is_empty(act.page.body.markup))
		return fail(ERR_INVALID, "the text is empty: write it first");
	return page_act_commit(world, "static_page_set", static_page_set_commit, &act);
}

static Err static_page_remove_commit(struct db_connection *connection, void *state)
{
	struct page_act *act = state;
	int64_t position;
	bool found;
	page_act_begin(act);
	TRY(static_page_delete(connection, act->page.slug, act->page.language, &found));
	if (!found)
		return fail(ERR_NOT_FOUND, "there is no page \"%.*s\" in %.*s", STR(act->page.slug),
		            STR(act->page.language->code));
	TRY(static_page_position(connection, act->page.slug, &position));
	return position >= 0 ? OK : first_part_release(connection, act->page.slug);
}

Err static_page_remove(const struct world *world, Str slug, Str language)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct page_act act = {0};
	TRY(site_language_find(world->site, language, &act.page.language));
	TRY(text_nfc(slug, &mem, &act.page.slug));
	return page_act_commit(world, "static_page_remove", static_page_remove_commit, &act);
}
