/* What the desk may have meant by a name that is not there. */
#include "base/utf8.h"
#include "stories/stories_private.h"

/* Nobody waits for more names to be compared. */
#define COMPARED_MAX 20000
/* No name that is near differs more in length. */
#define LENGTH_APART_MAX (STR_DISTANCE_MAX / 4)

static Err near_find(struct db_connection *connection, const struct taxonomy *taxonomy, Str folded,
                     struct arena *mem, Str *out)
{
	DB_ROWS rows = NULL;
	int64_t length = (int64_t)utf8_length(folded);
	size_t best = SIZE_MAX;
	*out = S("");
	TRY(db_query(connection, taxonomy->list_like,
	             DB_ARGS(db_int(length - LENGTH_APART_MAX), db_int(length + LENGTH_APART_MAX),
	                     db_int(COMPARED_MAX)),
	             &rows));
	while (db_rows_next(rows)) {
		size_t distance = str_distance_near(folded, db_rows_text(rows, 1));
		if (distance >= best)
			continue;
		best = distance;
		TRY(db_rows_copy(rows, 0, mem, out));
	}
	return db_rows_check(rows);
}

Err taxonomy_look_up(struct db_connection *connection, const struct taxonomy *taxonomy, Str text,
                     struct arena *mem, struct name_look *out)
{
	struct name name;
	struct name_look look = {0};
	int64_t id;
	TRY(name_check(taxonomy->its_name, text, mem, &name));
	TRY(taxonomy_find(connection, taxonomy, &name, S(""), mem, &id));
	look.text = name.text;
	look.folded = name.folded;
	look.is_there = id != 0;
	if (!look.is_there)
		TRY(near_find(connection, taxonomy, name.folded, mem, &look.near));
	*out = look;
	return OK;
}

Err taxonomy_has_slug(struct db_connection *connection, const struct taxonomy *taxonomy, Str slug,
                      bool *out)
{
	int64_t id;
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(slug), db_text(slug)), &id));
	*out = id != 0;
	return OK;
}
