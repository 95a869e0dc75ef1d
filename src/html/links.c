#include "html/html_private.h"

#define LINK_START S("<a href=\"")

Err html_absolute_links(Html body, Url base, struct arena *mem, Html *out)
{
	BUF_CLEANUP struct buf built = {0};
	Str rest = body.markup;
	Str origin = base.address;
	while (str_ends_with(origin, S("/")))
		origin.length--;
	/* A link to a path, `<a href="/">`, is eleven bytes at least. */
	buf_init(&built, rest.length + rest.length / 11 * origin.length * 5);
	/* In the canonical form these bytes stand nowhere else: < is escaped in text and in values. */
	for (size_t link; (link = str_find(rest, LINK_START)) != STR_NOT_FOUND;) {
		size_t end = link + LINK_START.length;
		buf_add(&built, str_slice(rest, 0, end));
		rest = str_from(rest, end);
		if (str_starts_with(rest, S("/")))
			html_escape_value_to(&built, origin);
	}
	buf_add(&built, rest);
	return html_take(&built, mem, out);
}
