#include "base/random.h"
#include "replies/replies_private.h"

/* Only says what is hashed: the hash is against bytes that turn on the disk, not against people. */
static const struct mac_key reply_key = {"courant reply"};

Err reply_hash(const struct reply *reply, struct arena *mem, Str *out)
{
	unsigned char hash[MAC_BYTES];
	Str fields[7] = {[2] = reply->name,
	                 [3] = reply->email,
	                 [4] = reply->website,
	                 [5] = reply->format,
	                 [6] = reply->text};
	TRY(arena_format(mem, &fields[0], "%lld", (long long)reply->story_id));
	TRY(arena_format(mem, &fields[1], "%lld", (long long)reply->created));
	mac_make(&reply_key, fields, sizeof fields / sizeof fields[0], hash);
	return base64url_format(hash, sizeof hash, mem, out);
}

#define REPLY_COLUMNS "id, story_id, status, name, email, website, format, text, created"

static Err reply_row_read(struct db_rows *row, struct arena *mem, struct reply *out)
{
	struct reply reply = {.id = db_rows_int(row, 0), .story_id = db_rows_int(row, 1)};
	reply.status = str_equal(db_rows_text(row, 2), reply_status_word(REPLY_VISIBLE)) ? REPLY_VISIBLE
	                                                                                 : REPLY_HIDDEN;
	TRY(db_rows_copy(row, 3, mem, &reply.name));
	TRY(db_rows_copy(row, 4, mem, &reply.email));
	TRY(db_rows_copy(row, 5, mem, &reply.website));
	TRY(db_rows_copy(row, 6, mem, &reply.format));
	TRY(db_rows_copy(row, 7, mem, &reply.text));
	reply.created = db_rows_int(row, 8);
	*out = reply;
	return OK;
}

/* What one reply may take while it is hashed or checked. */
#define REPLY_MEMORY_MAX ((size_t)128 * 1024)

Err replies_verify(struct db_connection *connection)
{
	DB_ROWS rows = NULL;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, REPLY_MEMORY_MAX);
	TRY(db_query(connection, SQL("SELECT " REPLY_COLUMNS ", hash FROM reply ORDER BY id"),
	             DB_NO_ARGS, &rows));
	while (db_rows_next(rows)) {
		struct reply reply;
		Str hash;
		TRY(reply_row_read(rows, &mem, &reply));
		TRY(reply_hash(&reply, &mem, &hash));
		if (!str_equal(hash, db_rows_text(rows, 9)))
			return fail(ERR_IO, "reply %lld is damaged in the database: restore an earlier backup",
			            (long long)reply.id);
		arena_clear(&mem);
	}
	return db_rows_check(rows);
}

/* ---- reading ---- */

/* A story's replies and a language's are walked along their own index. (Why NULLS LAST and NULLS
 * FIRST: migrations/0015.) */

Err reply_find_by_key(struct db_connection *connection, Str key, int64_t *id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT id FROM reply WHERE submission_key = $1"),
	             DB_ARGS(db_text(key)), &rows));
	int64_t found = db_rows_next(rows) ? db_rows_int(rows, 0) : 0;
	TRY(db_rows_check(rows));
	*id = found;
	return OK;
}

Err reply_story_check(struct db_connection *connection, int64_t story_id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT status FROM story WHERE id = $1"),
	             DB_ARGS(db_int(story_id)), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return fail(ERR_NOT_FOUND, "there is no story %lld", (long long)story_id);
	}
	Str status = db_rows_text(rows, 0);
	if (str_equal(status, story_status_word(STORY_WITHDRAWN)))
		return fail(ERR_GONE, "story %lld was withdrawn: it takes no replies", (long long)story_id);
	if (!str_equal(status, story_status_word(STORY_PUBLISHED)))
		return fail(ERR_NOT_FOUND, "there is no story %lld", (long long)story_id);
	return OK;
}

static Err reply_rows_open_newest(struct db_connection *connection,
                                  const struct reply_filter *filter, struct db_value hidden,
                                  int64_t limit, struct db_rows **rows)
{
	struct db_value after = db_int(filter->after_id);
	struct db_value before = db_int(filter->before_id == 0 ? INT64_MAX : filter->before_id);
	if (filter->story_id == 0)
		return db_query(connection,
		                SQL("SELECT " REPLY_COLUMNS " FROM reply WHERE id > $1 AND id < $2 "
		                    "AND status IN ('visible', $3) ORDER BY id DESC LIMIT $4"),
		                DB_ARGS(after, before, hidden, db_int(limit)), rows);
	return db_query(connection,
	                SQL("SELECT " REPLY_COLUMNS
	                    " FROM reply WHERE story_id = $5 AND id > $1 AND id < $2 "
	                    "AND status IN ('visible', $3) ORDER BY id DESC NULLS LAST LIMIT $4"),
	                DB_ARGS(after, before, hidden, db_int(limit), db_int(filter->story_id)), rows);
}

static Err reply_rows_open(struct db_connection *connection, const struct reply_filter *filter,
                           struct db_rows **rows)
{
	int64_t limit = filter->limit < REPLY_LIST_MAX ? (int64_t)filter->limit : REPLY_LIST_MAX;
	struct db_value hidden = db_text(filter->hidden_too ? reply_status_word(REPLY_HIDDEN) : S(""));
	if (filter->newest_first)
		return reply_rows_open_newest(connection, filter, hidden, limit, rows);
	if (filter->story_id == 0)
		return db_query(connection,
		                SQL("SELECT " REPLY_COLUMNS " FROM reply WHERE id > $1 "
		                    "AND status IN ('visible', $2) ORDER BY id LIMIT $3"),
		                DB_ARGS(db_int(filter->after_id), hidden, db_int(limit)), rows);
	return db_query(
	    connection,
	    SQL("SELECT " REPLY_COLUMNS " FROM reply WHERE story_id = $4 AND id > $1 "
	        "AND status IN ('visible', $2) ORDER BY id NULLS FIRST LIMIT $3"),
	    DB_ARGS(db_int(filter->after_id), hidden, db_int(limit), db_int(filter->story_id)), rows);
}

static Err reply_rows_read(struct db_rows *rows, struct arena *mem, struct reply **out,
                           size_t *count_out)
{
	struct reply *replies = NULL;
	size_t count = 0;
	size_t room = 0;
	while (db_rows_next(rows)) {
		if (count == room) {
			room = room == 0 ? 16 : room * 2;
			struct reply *longer = ARENA_ARRAY(mem, struct reply, room);
			if (longer == NULL)
				return ERR_MEMORY;
			if (count > 0)
				memcpy(longer, replies, count * sizeof *replies);
			replies = longer;
		}
		TRY(reply_row_read(rows, mem, &replies[count++]));
	}
	TRY(db_rows_check(rows));
	*out = replies;
	*count_out = count;
	return OK;
}

Err reply_list(struct db_connection *connection, const struct reply_filter *filter,
               struct arena *mem, struct reply **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(reply_rows_open(connection, filter, &rows));
	return reply_rows_read(rows, mem, out, count_out);
}

/* The ids are found along an index, each story is looked up by its id, and texts are read of those
 * alone that are given. */
Err reply_list_newest(struct db_connection *connection, const struct language *language,
                      size_t limit, struct arena *mem, struct reply **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT " REPLY_COLUMNS
	                 " FROM reply WHERE id IN (SELECT id FROM (SELECT id, story_id FROM reply "
	                 "WHERE language = $1 AND status = 'visible' "
	                 "ORDER BY id DESC NULLS LAST LIMIT $2) newest "
	                 "WHERE (SELECT status FROM story WHERE story.id = newest.story_id) = "
	                 "'published' ORDER BY id DESC NULLS LAST LIMIT $3) ORDER BY id DESC"),
	             DB_ARGS(db_text(language->code), db_int(REPLY_LIST_MAX), db_int((int64_t)limit)),
	             &rows));
	return reply_rows_read(rows, mem, out, count_out);
}

Err reply_extent_find(struct db_connection *connection, int64_t story_id, int64_t after_id,
                      struct reply_extent *out)
{
	DB_ROWS rows = NULL;
	struct reply_extent extent = {.last_id = after_id};
	int64_t characters = 0;
	TRY(db_query(connection,
	             SQL("SELECT id, LENGTH(text) FROM reply WHERE story_id = $1 AND id > $2 "
	                 "AND status = 'visible' ORDER BY id NULLS FIRST LIMIT $3"),
	             DB_ARGS(db_int(story_id), db_int(after_id), db_int(REPLY_LIST_MAX + 1)), &rows));
	while (!extent.has_more && db_rows_next(rows)) {
		characters += db_rows_int(rows, 1);
		extent.has_more = extent.count == REPLY_LIST_MAX ||
		                  (extent.count > 0 && characters > REPLY_PAGE_CHARACTERS);
		if (extent.has_more)
			break;
		extent.count++;
		extent.last_id = db_rows_int(rows, 0);
	}
	TRY(db_rows_check(rows));
	*out = extent;
	return OK;
}

Err reply_count(struct db_connection *connection, int64_t story_id, int64_t *out)
{
	return db_query_int(
	    connection, SQL("SELECT COUNT(*) FROM reply WHERE story_id = $1 AND status = 'visible'"),
	    DB_ARGS(db_int(story_id)), out);
}

/* ---- writing ---- */

Err reply_insert(struct db_connection *connection, const struct reply *reply, Str key, Str hash,
                 int64_t *id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("INSERT INTO reply (story_id, status, name, email, website, format, text, "
	                 "created, submission_key, hash, language) "
	                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
	                 "(SELECT language FROM story WHERE id = $1)) "
	                 "ON CONFLICT (submission_key) DO NOTHING RETURNING id"),
	             DB_ARGS(db_int(reply->story_id), db_text(reply_status_word(reply->status)),
	                     db_text(reply->name), db_text(reply->email), db_text(reply->website),
	                     db_text(reply->format), db_text(reply->text), db_int(reply->created),
	                     db_text(key), db_text(hash)),
	             &rows));
	int64_t inserted = db_rows_next(rows) ? db_rows_int(rows, 0) : 0;
	TRY(db_rows_check(rows));
	*id = inserted;
	return OK;
}

Err reply_update_status(struct db_connection *connection, int64_t id, enum reply_status status,
                        int64_t *story_id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("UPDATE reply SET status = $2 WHERE id = $1 RETURNING story_id"),
	             DB_ARGS(db_int(id), db_text(reply_status_word(status))), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return fail(ERR_NOT_FOUND, "there is no reply %lld", (long long)id);
	}
	*story_id = db_rows_int(rows, 0);
	return db_rows_check(rows);
}
