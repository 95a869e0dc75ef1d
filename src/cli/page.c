/* The newsroom's standing pages: about, contact, corrections policy. */
#include "cli/cli_private.h"
#include "pages/pages.h"

/* ---- page set ---- */

static const struct command_option set_options[] = {
    {"title", "TEXT", false, "what it is called, also in the foot of every page"},
    {"body", COMMAND_INPUT, false, "the file with the text; - is standard input"},
    {"format", "text|html", false,
     "what the body is: text (paragraphs parted by empty lines), or html"},
    {"lang", COMMAND_LANGUAGE, false, "the language of this text; otherwise the site's"},
    {0},
};

static Err page_set_run(struct command_context *context)
{
	struct story_input body = {0};
	struct body_notes notes;
	struct static_page_input input = {
	    .slug = context->call->operands[0],
	    .language = command_value(context, "lang"),
	    .title = command_value(context, "title"),
	};
	if (!command_has(context, "title") || command_input(context->call) == NULL)
		return command_misused(context, "a page needs --title and --body");
	TRY(story_body_read(context, &body));
	input.body = body.body;
	input.format = body.format;
	body_notes_take(&body, &notes);
	TRY(static_page_set(context->world, &input));
	Str path;
	bool is_default = str_is_empty(input.language) ||
	                  str_equal(input.language, context->world->site->language->code);
	TRY(arena_format(context->mem, &path, "%s%.*s/%.*s", is_default ? "" : "/",
	                 STR(is_default ? S("") : input.language), STR(input.slug)));
	TRY(address_shown(context, path, &path));
	if (context->call->json) {
		json_t *object = json_pack("{s:o}", "url", json_text(path));
		body_notes_json(object, &notes);
		return print_json(context, object);
	}
	print_line(context, "The page is at %.*s", STR(path));
	return body_notes_print(context, &notes);
}

const struct command page_set_command = {
    .words = "page set",
    .operands = "SLUG",
    .summary = "Makes or replaces a standing page, such as about or contact",
    .details =
        "The foot of every page leads to the standing pages of its language, in the order in "
        "which they were first made. The slug is the address, `/about`, and can't be a "
        "section's. Of HTML what readers may not be given is left out, and said.",
    .options = set_options,
    .site = SITE_NEEDED,
    .run = page_set_run,
};

/* ---- page list, page show ---- */

static json_t *page_json(const struct command_context *context, const struct static_page *page)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "slug", json_text(page->slug), "language",
	                 json_text(page->language->code), "title", json_text(page->title), "updated_at",
	                 json_time(context, page->updated));
}

static Err pages_json(const struct command_context *context, const struct static_page *pages,
                      size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(array, page_json(context, &pages[i])) != 0) {
			json_decref(array);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	return print_json(context, array);
}

static Err page_list_run(struct command_context *context)
{
	const Str headings[] = {S("SLUG"), S("LANG"), S("CHANGED"), S("TITLE")};
	struct static_page *pages;
	size_t count;
	struct table table;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(static_page_list(connection, NULL, context->mem, &pages, &count));
	if (context->call->json)
		return pages_json(context, pages, count);
	if (count == 0) {
		print_line(context, "There are no pages yet: courant page set about --title … --body FILE");
		return OK;
	}
	table_init(&table, context->mem, sizeof headings / sizeof headings[0]);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str updated;
		TRY(time_shown(context, pages[i].updated, &updated));
		const Str cells[] = {pages[i].slug, pages[i].language->code, updated, pages[i].title};
		TRY(table_add(&table, cells));
	}
	table_print(&table, context->io->out);
	return OK;
}

const struct command page_list_command = {
    .words = "page list",
    .operands = "",
    .summary = "Lists the standing pages",
    .site = SITE_NEEDED,
    .run = page_list_run,
};

static const struct command_option language_options[] = {
    {"lang", COMMAND_LANGUAGE, false, "the text in this language; otherwise in the site's"},
    {0},
};

static Err page_show_run(struct command_context *context)
{
	const struct language *language;
	struct static_page page;
	TRY(input_language(context, &language));
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(static_page_find(connection, language, context->call->operands[0], context->mem, &page));
	if (context->call->json) {
		json_t *object = page_json(context, &page);
		if (object != NULL)
			json_object_set_new(object, "body", json_text(page.body.markup));
		return print_json(context, object);
	}
	print_text(context->io->out, page.body.markup);
	fputc('\n', context->io->out);
	return OK;
}

const struct command page_show_command = {
    .words = "page show",
    .operands = "SLUG",
    .summary = "Prints a standing page's text, as HTML",
    .options = language_options,
    .site = SITE_NEEDED,
    .run = page_show_run,
};

/* ---- page remove ---- */

static Err page_remove_run(struct command_context *context)
{
	Str slug = context->call->operands[0];
	TRY(static_page_remove(context->world, slug, command_value(context, "lang")));
	if (context->call->json)
		return print_json(context, json_pack("{s:o}", "removed", json_text(slug)));
	print_line(context, "The page %.*s is removed.", STR(slug));
	return OK;
}

const struct command page_remove_command = {
    .words = "page remove",
    .operands = "SLUG",
    .summary = "Removes a standing page's text in one language",
    .options = language_options,
    .site = SITE_NEEDED,
    .run = page_remove_run,
};
