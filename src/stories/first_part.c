/* First parts of addresses that are no section's. */
#include "stories/stories_private.h"

Err first_part_hold(struct db_connection *connection, Str slug)
{
	int64_t section;
	int64_t inserted;
	TRY(section_slug_check(slug));
	TRY(query_id(connection, SQL("SELECT id FROM section WHERE slug = $1"), DB_ARGS(db_text(slug)),
	             &section));
	if (section != 0)
		return fail(ERR_CONFLICT, "\"%.*s\" is a section's slug: choose another", STR(slug));
	TRY(db_run(connection,
	           SQL("INSERT INTO first_part (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING"),
	           DB_ARGS(db_text(slug)), &inserted));
	if (inserted == 0)
		return fail(ERR_CONFLICT, "a page has \"%.*s\" as its address already: choose another",
		            STR(slug));
	return OK;
}

Err first_part_release(struct db_connection *connection, Str slug)
{
	return db_run(connection, SQL("DELETE FROM first_part WHERE slug = $1"), DB_ARGS(db_text(slug)),
	              NULL);
}
