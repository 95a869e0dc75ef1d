/* One process among several over a database: what the keeper's thread does on its connection.
 *
 * An act leaves what others are to drop in db_told, in its own transaction. Every node asks for the
 * rows that it does not know, by snapshots: what is visible now and was not at the last poll. It
 * does so at once when somebody says "look" (NOTIFY), and every POLL_MS whatever is said, so that
 * nothing hangs on a notification; and it says "heard" when it has dropped. NOTIFY is in no act:
 * it takes a lock of the whole server until COMMIT is on disk, and acts would wait for each other.
 *
 * A node trusts what it keeps for POSTGRES_TRUST_MS from the moment at which it sent a poll that
 * was answered. So an act need not know whether a node that does not confirm is dead, cut off or
 * slow: after that time it trusts nothing, or has polled since, and knows of the act. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/random.h"
#include "db/postgres_private.h"

#define POLL_MS 50
#define POLL_GAP_MAX_MS (20 * SECOND_MS) /* after a longer one, rows may have been deleted */
#define ROWS_KEPT_MS MINUTE_MS
#define CLEAN_EVERY_MS SECOND_MS
/* An act that does not know of us yet was answered when its node last polled, at most
 * POSTGRES_TRUST_MS after we were listed; and our poll must be younger than that act. */
#define JOIN_MS (INT64_C(2) * POSTGRES_TRUST_MS)
#define HEARD_MAX_BYTES 7000 /* of the 8,000 that a notification may have */
#define NUMBER_TEXT_BYTES 24
#define SNAPSHOT_MAX_BYTES ((size_t)1 << 20) /* a number for each transaction under way */

/* ---- asking ---- */

static bool answer_await(PGconn *handle, int64_t deadline_ms)
{
	while (PQisBusy(handle)) {
		struct pollfd polled = {.fd = PQsocket(handle), .events = POLLIN};
		int64_t left_ms = deadline_ms - monotonic_ms();
		if (left_ms <= 0)
			return false;
		if (poll(&polled, 1, (int)left_ms) < 0)
			CHECK(errno == EINTR);
		if (PQconsumeInput(handle) == 0)
			return true; /* PQgetResult says why */
	}
	return true;
}

/* The last result; NULL when none came in time. */
static PGresult *answer_take(struct postgres_connection *connection, int64_t wait_ms)
{
	int64_t deadline_ms = monotonic_ms() + wait_ms;
	PGresult *last = NULL;
	while (answer_await(connection->handle, deadline_ms)) {
		PGresult *next = PQgetResult(connection->handle);
		if (next == NULL)
			return last;
		PQclear(last);
		last = next;
	}
	PQclear(last);
	return NULL;
}

static Err answer_check(struct postgres_connection *connection, int is_sent, int64_t wait_ms,
                        PGresult **out)
{
	PGresult *result = is_sent == 1 ? answer_take(connection, wait_ms) : NULL;
	ExecStatusType status = PQresultStatus(result);
	Err err = OK;
	if (result == NULL) {
		connection->is_broken = true;
		err = fail(ERR_UNAVAILABLE, "the database does not answer");
	} else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		err = postgres_fail(connection, result);
	}
	if (err == OK && out != NULL)
		*out = result;
	else
		PQclear(result);
	return err;
}

Err postgres_ask(struct postgres_connection *connection, const char *statement,
                 const char *const *values, int count, PGresult **out)
{
	int is_sent =
	    PQsendQueryParams(connection->handle, statement, count, NULL, values, NULL, NULL, 0);
	return answer_check(connection, is_sent, POSTGRES_ANSWER_MS, out);
}

Err postgres_ask_within(struct postgres_connection *connection, const char *statement,
                        int64_t wait_ms)
{
	int is_sent = PQsendQueryParams(connection->handle, statement, 0, NULL, NULL, NULL, NULL, 0);
	return answer_check(connection, is_sent, wait_ms, NULL);
}

/* ---- what others say ---- */

static bool number_take(Str *words, int64_t *out)
{
	Str word;
	bool is_negative = str_next(words, ' ', &word) && str_starts_with(word, S("-"));
	uint64_t number;
	if (!str_parse_uint(str_from(word, is_negative ? 1 : 0), INT64_MAX, &number))
		return false;
	*out = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

/* "look", or "heard" with the node's number, ours, and those of our acts that it has heard. */
static void notification_take(struct postgres_keeper *keeper, Str words)
{
	Str verb;
	int64_t peer;
	int64_t origin;
	int64_t number;
	(void)str_next(&words, ' ', &verb);
	if (str_equal(verb, S("look")))
		keeper->session.is_look_wanted = true;
	if (!str_equal(verb, S("heard")) || !number_take(&words, &peer) ||
	    !number_take(&words, &origin) || origin != keeper->origin)
		return;
	while (!str_is_empty(words) && number_take(&words, &number))
		postgres_peer_heard(keeper, peer, number);
}

static Err notifications_take(struct postgres_keeper *keeper)
{
	PGconn *handle = keeper->connection->handle;
	if (PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK)
		return fail(ERR_UNAVAILABLE, "the connection to PostgreSQL broke");
	for (PGnotify *one; (one = PQnotifies(handle)) != NULL;) {
		if (one->be_pid != PQbackendPID(handle))
			notification_take(keeper, str_from_c(one->extra));
		PQfreemem(one);
	}
	return OK;
}

static Err say(struct postgres_keeper *keeper, const char *words)
{
	const char *values[] = {keeper->session.channel, words};
	return postgres_ask(keeper->connection, "SELECT pg_notify($1, $2)", values, 2, NULL);
}

/* ---- hearing ---- */

static int64_t number_of(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

static Err heard_flush(struct postgres_keeper *keeper, struct buf *words)
{
	if (words->length == 0)
		return OK;
	buf_add_byte(words, 0);
	TRY(buf_check(words));
	TRY(say(keeper, words->bytes));
	buf_clear(words);
	return OK;
}

/* Says that all acts in these rows are known here; those of one node in one notification. */
static Err heard_say(struct postgres_keeper *keeper, const PGresult *result)
{
	BUF_CLEANUP struct buf words;
	int64_t origin = keeper->origin;
	buf_init(&words, HEARD_MAX_BYTES + 128);
	for (int row = 0; row < PQntuples(result); row++) {
		if (*PQgetvalue(result, row, 0) != 't' || number_of(result, row, 1) == keeper->origin)
			continue;
		if (number_of(result, row, 1) != origin || words.length > HEARD_MAX_BYTES)
			TRY(heard_flush(keeper, &words));
		origin = number_of(result, row, 1);
		if (words.length == 0)
			buf_format(&words, "heard %lld %lld", (long long)keeper->session.id, (long long)origin);
		buf_format(&words, " %s", PQgetvalue(result, row, 2));
	}
	return heard_flush(keeper, &words);
}

/* Whoever leaves finds no hook running; trust that comes from this poll goes with the hooks. */
static void rows_hear(struct postgres_keeper *keeper, const PGresult *result, int64_t polled_ms)
{
	pthread_mutex_lock(&keeper->node_lock);
	const struct db_node *node = &keeper->node;
	for (int row = 0; node->hear != NULL && row < PQntuples(result); row++)
		if (*PQgetvalue(result, row, 0) == 't' && number_of(result, row, 1) != keeper->origin)
			node->hear((Str){PQgetvalue(result, row, 3), (size_t)PQgetlength(result, row, 3)},
			           node->context);
	if (node->hear != NULL && polled_ms >= keeper->session.trusted_ms)
		atomic_store(&keeper->trust_until_ms, polled_ms + POSTGRES_TRUST_MS);
	pthread_mutex_unlock(&keeper->node_lock);
}

static Err too_many(void)
{
	return fail(ERR_TOO_MANY, "more than %d servers have the database open", DB_NODES_MAX);
}

static Err peers_take(struct postgres_keeper *keeper, const PGresult *result, int64_t polled_ms)
{
	int64_t ids[DB_NODES_MAX];
	size_t count = 0;
	for (int row = 0; row < PQntuples(result); row++) {
		if (*PQgetvalue(result, row, 0) != 'n' || number_of(result, row, 1) == keeper->session.id)
			continue;
		if (count == DB_NODES_MAX)
			return too_many();
		ids[count++] = number_of(result, row, 1);
	}
	postgres_peers_set(keeper, ids, count, polled_ms);
	return OK;
}

static Err text_keep(struct buf *room, const char *text)
{
	buf_clear(room);
	buf_add(room, str_from_c(text));
	buf_add_byte(room, 0);
	return buf_check(room);
}

/* NULL when there is none. */
static const char *text_of(const struct buf *room)
{
	return room->length == 0 ? NULL : room->bytes;
}

static Err snapshot_keep(struct postgres_session *session, const PGresult *result,
                         int64_t polled_ms)
{
	for (int row = 0; row < PQntuples(result); row++) {
		if (*PQgetvalue(result, row, 0) != 's')
			continue;
		TRY(text_keep(&session->snapshot, PQgetvalue(result, row, 3)));
		session->polled_ms = polled_ms;
	}
	return OK;
}

/* A snapshot, those who keep pages, and what was told since the last one: one statement, and so as
 * of one moment. */
static const char poll_statement[] =
    "SELECT 's', 0, 0, pg_current_snapshot()::text "
    "UNION ALL SELECT 'n', id, 0, '' FROM db_node "
    "UNION ALL (SELECT 't', node, number, words FROM db_told "
    "WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) "
    "AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) ORDER BY node, xid)";

static void result_clear(PGresult **result)
{
	PQclear(*result);
}

static Err poll_now(struct postgres_db *db)
{
	struct postgres_keeper *keeper = &db->keeper;
	struct postgres_session *session = &keeper->session;
	PGresult *result CLEANUP(result_clear) = NULL;
	const char *values[] = {text_of(&session->snapshot)};
	int64_t polled_ms = monotonic_ms();
	if (session->snapshot.length > 0 && polled_ms - session->polled_ms > POLL_GAP_MAX_MS)
		return fail(ERR_UNAVAILABLE, "this server stood still for too long");
	session->is_look_wanted = false;
	int is_sent = PQsendQueryPrepared(keeper->connection->handle, "poll", 1, values, NULL, NULL, 0);
	TRY(answer_check(keeper->connection, is_sent, POSTGRES_ANSWER_MS, &result));
	TRY(snapshot_keep(session, result, polled_ms));
	rows_hear(keeper, result, polled_ms);
	TRY(peers_take(keeper, result, polled_ms));
	postgres_standing_found(keeper, postgres_standing(&db->base) == DB_UNCONFIRMED);
	return session->is_listed ? heard_say(keeper, result) : OK;
}

/* ---- coming and going ---- */

static Err with_id(struct postgres_keeper *keeper, const char *statement)
{
	char id[NUMBER_TEXT_BYTES];
	const char *values[] = {id};
	snprintf(id, sizeof id, "%lld", (long long)keeper->session.id);
	return postgres_ask(keeper->connection, statement, values, 1, NULL);
}

static Err insert(struct postgres_keeper *keeper)
{
	char id[NUMBER_TEXT_BYTES];
	char max[NUMBER_TEXT_BYTES];
	const char *values[] = {id, max};
	PGresult *result CLEANUP(result_clear) = NULL;
	snprintf(id, sizeof id, "%lld", (long long)keeper->session.id);
	snprintf(max, sizeof max, "%d", DB_NODES_MAX);
	TRY(postgres_ask(keeper->connection,
	                 "INSERT INTO db_node (id) SELECT CAST($1 AS BIGINT) "
	                 "WHERE (SELECT COUNT(*) FROM db_node) < CAST($2 AS BIGINT) RETURNING id",
	                 values, 2, &result));
	return PQntuples(result) == 1 ? OK : too_many();
}

/* Nobody else: then there is nobody whose acts could have overlooked us. */
static bool is_alone(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool alone = keeper->peer_count == 0;
	pthread_mutex_unlock(&keeper->lock);
	return alone;
}

static Err list(struct postgres_db *db)
{
	struct postgres_session *session = &db->keeper.session;
	TRY(insert(&db->keeper));
	session->is_listed = true;
	int64_t listed_ms = monotonic_ms();
	TRY(poll_now(db));
	session->trusted_ms = is_alone(&db->keeper) ? listed_ms : listed_ms + JOIN_MS;
	return poll_now(db);
}

static Err unlist(struct postgres_keeper *keeper)
{
	keeper->session.is_listed = false;
	keeper->session.trusted_ms = INT64_MAX;
	return with_id(keeper, "DELETE FROM db_node WHERE id = $1");
}

static bool is_joined(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool joined = keeper->is_joined;
	pthread_mutex_unlock(&keeper->lock);
	return joined;
}

/* Takes away those whose session has ended: whoever has it holds a lock of its number. Not before
 * they trust nothing any more, which a node does that lost its session without noticing. */
static Err gone_clean(struct postgres_keeper *keeper)
{
	return with_id(keeper, "DELETE FROM db_node WHERE id <> $1 AND pg_try_advisory_xact_lock(id)");
}

static bool has_late(struct postgres_keeper *keeper)
{
	bool has = false;
	pthread_mutex_lock(&keeper->lock);
	for (size_t i = 0; i < keeper->peer_count; i++)
		has |= keeper->peers[i].is_late;
	pthread_mutex_unlock(&keeper->lock);
	return has;
}

/* Rows that were visible so long ago have been heard by everybody who goes on without forgetting.
 */
static Err told_clean(struct postgres_keeper *keeper)
{
	struct postgres_session *session = &keeper->session;
	const char *values[] = {text_of(&session->old_snapshot)};
	if (session->old_snapshot.length > 0)
		TRY(postgres_ask(keeper->connection,
		                 "DELETE FROM db_told WHERE xid < pg_snapshot_xmin($1::pg_snapshot)",
		                 values, 1, NULL));
	session->old_ms = monotonic_ms();
	return text_keep(&session->old_snapshot, session->snapshot.bytes);
}

static Err clean(struct postgres_keeper *keeper)
{
	struct postgres_session *session = &keeper->session;
	int64_t now_ms = monotonic_ms();
	if (now_ms - session->old_ms >= ROWS_KEPT_MS)
		TRY(told_clean(keeper));
	if (now_ms - session->cleaned_ms < CLEAN_EVERY_MS)
		return OK;
	bool is_first = !session->has_cleaned; /* one may have died before we came */
	session->has_cleaned = true;
	session->cleaned_ms = now_ms;
	return is_first || has_late(keeper) ? gone_clean(keeper) : OK;
}

/* ---- the session ---- */

static Err channel_open(struct postgres_keeper *keeper)
{
	char statement[96];
	PGresult *result CLEANUP(result_clear) = NULL;
	TRY(postgres_ask(keeper->connection,
	                 "SELECT 'courant_' || to_hex(hashtext(COALESCE(current_schema(), '')))", NULL,
	                 0, &result));
	snprintf(keeper->session.channel, sizeof keeper->session.channel, "%s",
	         PQgetvalue(result, 0, 0));
	snprintf(statement, sizeof statement, "LISTEN %s", keeper->session.channel);
	return postgres_ask(keeper->connection, statement, NULL, 0, NULL);
}

static void forget(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->node_lock);
	atomic_store(&keeper->trust_until_ms, 0);
	atomic_store(&keeper->cut_off_ms, 0);
	if (keeper->node.forget != NULL)
		keeper->node.forget(keeper->node.context);
	pthread_mutex_unlock(&keeper->node_lock);
}

Err postgres_session_begin(struct postgres_db *db)
{
	struct postgres_keeper *keeper = &db->keeper;
	struct postgres_session *session = &keeper->session;
	forget(keeper);
	int64_t now_ms = monotonic_ms();
	*session = (struct postgres_session){
	    .id = keeper->left_id, .trusted_ms = INT64_MAX, .old_ms = now_ms, .cleaned_ms = now_ms};
	buf_init(&session->snapshot, SNAPSHOT_MAX_BYTES);
	buf_init(&session->old_snapshot, SNAPSHOT_MAX_BYTES);
	/* What is written here is good for as long as there are sessions. */
	TRY(postgres_ask(keeper->connection, "SET synchronous_commit = off", NULL, 0, NULL));
	/* Nobody need wait for what the last session kept: that has been forgotten. */
	TRY(with_id(keeper, "DELETE FROM db_node WHERE id = $1"));
	random_bytes(&session->id, sizeof session->id);
	TRY(with_id(keeper, "SELECT pg_advisory_lock($1)"));
	TRY(channel_open(keeper));
	PGresult *prepared CLEANUP(result_clear) = NULL;
	TRY(answer_check(keeper->connection,
	                 PQsendPrepare(keeper->connection->handle, "poll", poll_statement, 0, NULL),
	                 POSTGRES_ANSWER_MS, &prepared));
	TRY(poll_now(db));
	return is_joined(keeper) ? list(db) : OK;
}

void postgres_session_end(struct postgres_keeper *keeper)
{
	atomic_store(&keeper->trust_until_ms, 0);
	buf_done(&keeper->session.snapshot);
	buf_done(&keeper->session.old_snapshot);
	if (keeper->session.is_listed)
		keeper->left_id = keeper->session.id;
	keeper->session = (struct postgres_session){.trusted_ms = INT64_MAX};
	postgres_standing_found(keeper, false);
}

void postgres_session_leave(struct postgres_keeper *keeper)
{
	Err ignored = OK;
	if (keeper->session.is_listed)
		ignored = unlist(keeper);
	(void)ignored;
}

static bool told_take(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool has = keeper->has_told;
	keeper->has_told = false;
	pthread_mutex_unlock(&keeper->lock);
	return has;
}

Err postgres_session_turn(struct postgres_db *db, int64_t *wait_ms)
{
	struct postgres_keeper *keeper = &db->keeper;
	struct postgres_session *session = &keeper->session;
	TRY(notifications_take(keeper));
	if (told_take(keeper)) {
		TRY(say(keeper, "look"));
		/* Whoever is no node asks who is one. */
		session->is_look_wanted |= !is_joined(keeper);
	}
	if (is_joined(keeper) != session->is_listed)
		TRY(session->is_listed ? unlist(keeper) : list(db));
	if (session->is_look_wanted || monotonic_ms() - session->polled_ms >= POLL_MS)
		TRY(poll_now(db));
	TRY(clean(keeper));
	/* What came beside an answer is not announced by the socket any more. */
	TRY(notifications_take(keeper));
	*wait_ms = session->is_look_wanted ? 0 : session->polled_ms + POLL_MS - monotonic_ms();
	if (*wait_ms < 0)
		*wait_ms = 0;
	return OK;
}
