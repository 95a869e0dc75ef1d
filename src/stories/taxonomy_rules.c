#include "base/utf8.h"
#include "stories/stories_private.h"

/* Parts of addresses that are not a section's, now or by what their name promises. */
static const char *const reserved_slugs[] = {
    "all",     "archive", "assets", "byline",  "corrections", "feed", "healthz", "page",
    "replies", "reply",   "search", "sitemap", "source",      "tag",  "theme",
};

Err name_check(const char *what, Str text, struct arena *mem, struct name *out)
{
	struct name name;
	TRY(line_check(what, text, NAME_MAX_CHARACTERS, mem, &name.text));
	if (str_is_empty(name.text))
		return fail(ERR_INVALID, "%s is empty: give it one", what);
	TRY(text_fold(name.text, mem, &name.folded));
	TRY(text_slug(name.text, mem, &name.slug));
	if (str_is_empty(name.folded) || str_is_empty(name.slug))
		return fail(ERR_INVALID, "%s needs a letter or a digit", what);
	if (name.folded.length > FOLDED_MAX_BYTES)
		return fail(ERR_INVALID, "%s is too long: its letters stand for %zu bytes, %d at most",
		            what, name.folded.length, FOLDED_MAX_BYTES);
	*out = name;
	return OK;
}

Err slug_check(Str slug, struct arena *mem, Str *out)
{
	Str given;
	Str proposed;
	TRY(line_check("the slug", slug, HEADLINE_MAX, mem, &given));
	TRY(text_slug(given, mem, &proposed));
	if (str_is_empty(proposed))
		return fail(ERR_INVALID, "the slug needs a letter or a digit");
	if (!str_equal(given, proposed))
		return fail(ERR_INVALID, "the slug \"%.*s\" can't stand in an address: take \"%.*s\"",
		            STR(given), STR(proposed));
	*out = proposed;
	return OK;
}

Err words_as_segment(Str words, struct arena *mem, Str *out)
{
	char *segment = arena_alloc(mem, words.length + 1);
	if (segment == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < words.length; i++)
		segment[i] = (char)(words.bytes[i] == ' ' ? '-' : words.bytes[i]);
	*out = (Str){segment, words.length};
	return OK;
}

static bool is_all_digits(Str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return false;
	return true;
}

Err section_slug_check(Str slug)
{
	bool reserved = language_find(slug) != NULL || is_all_digits(slug);
	for (size_t i = 0; i < sizeof reserved_slugs / sizeof reserved_slugs[0]; i++)
		reserved = reserved || str_equal(slug, str_from_c(reserved_slugs[i]));
	if (reserved)
		return fail(ERR_INVALID,
		            "a section or page can't have \"%.*s\" as its slug, other addresses begin with "
		            "it: choose another (for a section with section add)",
		            STR(slug));
	return OK;
}

Err slug_with_number(Str slug, unsigned number, struct arena *mem, Str *out)
{
	if (number == 1) {
		*out = slug;
		return OK;
	}
	Str ending;
	TRY(arena_format(mem, &ending, "-%u", number));
	Str head = utf8_head(slug, SLUG_MAX_CHARACTERS - ending.length);
	while (str_ends_with(head, S("-")))
		head.length--;
	return arena_format(mem, out, "%.*s%.*s", STR(head), STR(ending));
}
