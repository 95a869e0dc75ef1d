/* The statements of this room. */
#ifndef PAGES_PAGES_PRIVATE_H
#define PAGES_PAGES_PRIVATE_H

#include "pages/pages.h"

/* Where it stands in the foot, or -1 when no language has a page of that slug. */
MUST_CHECK Err static_page_position(struct db_connection *connection, Str slug, int64_t *out);
/* How many slugs there are, and a position after all of theirs. */
MUST_CHECK Err static_page_count(struct db_connection *connection, int64_t *count, int64_t *next);
/* In the place of the text in that language, if there is one. */
MUST_CHECK Err static_page_write(struct db_connection *connection, const struct static_page *page,
                                 int64_t position);
/* `found` is false when there was none. */
MUST_CHECK Err static_page_delete(struct db_connection *connection, Str slug,
                                  const struct language *language, bool *found);

#endif
