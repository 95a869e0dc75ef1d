/* Acts over PostgreSQL: SERIALIZABLE, run again when another transaction was faster. A connection
 * that breaks in COMMIT leaves open whether it was kept; each act therefore writes a key of its own
 * first, and finds it there when it is run again. */
#include <time.h>

#include "base/random.h"
#include "db/postgres_private.h"

#define BEATEN_MAX 5          /* so often an act is run again */
#define BEATEN_ALONE 2        /* from then on without others of this process beside it */
#define UNKNOWN_WAIT_MS 10000 /* to find out what became of a COMMIT */
#define CONNECT_PAUSE_MS 100
#define KEY_TEXT_BYTES 33 /* 128 bits in hexadecimal digits */
#define KEY_KEPT_MS DAY_MS
#define KEY_DELETE_EVERY 1024 /* acts, on average */

enum attempt_end {
	ATTEMPT_KEPT,
	ATTEMPT_REFUSED, /* by the act, or by the database */
	ATTEMPT_BEATEN,
	ATTEMPT_BROKEN,  /* before COMMIT: nothing was kept */
	ATTEMPT_UNKNOWN, /* broken in COMMIT */
};

struct attempt {
	struct postgres_db *db;
	const struct db_act *act;
	bool is_long;
	struct db_telling *telling; /* NULL: others are told nothing */
	uint64_t key_bits[2];
	char key[KEY_TEXT_BYTES];
	bool is_unknown; /* an earlier COMMIT may have been kept */
	bool was_idle;   /* the last connection had lain in the pool: a new one may be sound */
	int beaten;
};

static void pause_ms(int64_t pause)
{
	struct timespec time = {pause / SECOND_MS, pause % SECOND_MS * 1000000};
	nanosleep(&time, NULL);
}

static Err key_insert(struct db_connection *connection, const struct attempt *attempt,
                      int64_t *changed)
{
	return db_run(
	    connection,
	    SQL("INSERT INTO db_act_key (key, at_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING"),
	    DB_ARGS(db_text(str_from_c(attempt->key)), db_int(clock_now(attempt->db->base.clock))),
	    changed);
}

/* The key first: while the transaction that may have written it is still under way, this waits. */
static Err commit_half(struct postgres_connection *writer, struct attempt *attempt, bool *was_kept)
{
	int64_t changed;
	TRY(postgres_script(writer, attempt->is_long ? "BEGIN ISOLATION LEVEL SERIALIZABLE; "
	                                               "SET LOCAL lock_timeout = 0"
	                                             : "BEGIN ISOLATION LEVEL SERIALIZABLE"));
	writer->base.is_writing = true;
	Err err = key_insert(&writer->base, attempt, &changed);
	writer->base.is_writing = false;
	TRY(err);
	CHECK(changed == 1 || attempt->is_unknown);
	*was_kept = changed == 0;
	if (*was_kept)
		return OK;
	attempt->is_unknown = false;
	return db_act_run(&writer->base, attempt->act);
}

static enum attempt_end end_of_failed(const struct postgres_connection *writer,
                                      enum attempt_end when_broken)
{
	if (writer->is_broken)
		return when_broken;
	return writer->is_beaten ? ATTEMPT_BEATEN : ATTEMPT_REFUSED;
}

/* What others are told goes with the COMMIT, in one message: it is there exactly when the act is.
 */
static Err commit_statement(const struct attempt *attempt, struct postgres_connection *writer,
                            struct buf *out)
{
	struct db_telling *telling = attempt->telling;
	BUF_CLEANUP struct buf words;
	buf_init(&words, DB_TOLD_MAX);
	if (telling != NULL) {
		telling->words(telling->what, &words);
		TRY(buf_check(&words));
		telling->told.is_told = words.length > 0;
	}
	if (telling != NULL && words.length > 0) {
		char *quoted = PQescapeLiteral(writer->handle, words.bytes, words.length);
		if (quoted == NULL)
			return fail(ERR_INTERNAL, "other nodes can't be told: %s",
			            PQerrorMessage(writer->handle));
		buf_format(out, "INSERT INTO db_told (node, number, words) VALUES (%lld, %lld, %s); ",
		           (long long)attempt->db->keeper.origin, (long long)telling->told.number, quoted);
		PQfreemem(quoted);
	}
	buf_add(out, S("COMMIT"));
	buf_add_byte(out, 0);
	return buf_check(out);
}

static enum attempt_end commit(const struct attempt *attempt, struct postgres_connection *writer,
                               struct err_note *note)
{
	BUF_CLEANUP struct buf statement;
	buf_init(&statement, (size_t)2 * DB_TOLD_MAX + 256);
	Err made = commit_statement(attempt, writer, &statement);
	if (made != OK) {
		err_note_take(note, made);
		return ATTEMPT_REFUSED;
	}
	PGresult *result = PQexec(writer->handle, statement.bytes);
	Err err = OK;
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		err = postgres_fail(writer, result);
	else if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
		err = fail(ERR_INTERNAL, "the database did not commit, and did not say why");
	PQclear(result);
	err_note_take(note, err);
	return err == OK ? ATTEMPT_KEPT : end_of_failed(writer, ATTEMPT_UNKNOWN);
}

static enum attempt_end attempt_run(struct attempt *attempt, struct postgres_connection *writer,
                                    struct err_note *note)
{
	bool was_kept = false;
	writer->is_beaten = false;
	writer->base.failed.code = OK;
	Err err = commit_half(writer, attempt, &was_kept);
	/* An act that met a conflict may have made a refusal of it. */
	enum attempt_end end;
	if (err == OK && !was_kept && !writer->is_beaten) {
		end = commit(attempt, writer, note);
	} else {
		err_note_take(note, err);
		end = was_kept ? ATTEMPT_KEPT : end_of_failed(writer, ATTEMPT_BROKEN);
	}
	if (!writer->is_broken && PQtransactionStatus(writer->handle) != PQTRANS_IDLE) {
		Err ignored = postgres_script(writer, "ROLLBACK");
		(void)ignored;
	}
	return end;
}

/* Alone in this process when it was beaten before, so that its last attempts can succeed. */
static enum attempt_end attempt_in_turn(struct attempt *attempt, struct postgres_connection *writer,
                                        struct err_note *note)
{
	if (attempt->beaten >= BEATEN_ALONE)
		pthread_rwlock_wrlock(&attempt->db->turn);
	else
		pthread_rwlock_rdlock(&attempt->db->turn);
	enum attempt_end end = attempt_run(attempt, writer, note);
	pthread_rwlock_unlock(&attempt->db->turn);
	return end;
}

static void keys_delete(struct postgres_db *db, struct postgres_connection *writer)
{
	writer->base.is_writing = true;
	Err ignored = db_run(&writer->base, SQL("DELETE FROM db_act_key WHERE at_ms < $1"),
	                     DB_ARGS(db_int(clock_now(db->base.clock) - KEY_KEPT_MS)), NULL);
	(void)ignored;
	writer->base.is_writing = false;
}

/* One attempt on one connection; ATTEMPT_BROKEN too when there is none to be had. */
static enum attempt_end attempt_once(struct attempt *attempt, struct err_note *note)
{
	struct postgres_db *db = attempt->db;
	struct postgres_connection *writer;
	bool is_new = false;
	Err err = postgres_take(db, &db->writers, db->base.settings.queue_wait_ms, &is_new, &writer);
	attempt->was_idle = err == OK && !is_new;
	if (err != OK) {
		err_note_take(note, err);
		bool is_too_busy = !is_new;
		if (!is_too_busy)
			postgres_keeper_tell(&db->keeper, false);
		return is_too_busy && !attempt->is_unknown ? ATTEMPT_REFUSED : ATTEMPT_BROKEN;
	}
	enum attempt_end end = attempt_in_turn(attempt, writer, note);
	if (end == ATTEMPT_KEPT)
		postgres_keeper_tell(&db->keeper, true);
	else if (end != ATTEMPT_BEATEN && (note->code == ERR_UNAVAILABLE || note->code == ERR_IO))
		postgres_keeper_tell(&db->keeper, false);
	if (end == ATTEMPT_KEPT && attempt->key_bits[0] % KEY_DELETE_EVERY == 0)
		keys_delete(db, writer);
	postgres_give(&db->writers, writer);
	return end;
}

static Err unreachable(const struct attempt *attempt, const struct err_note *note)
{
	return fail(ERR_UNAVAILABLE, "this can't be %s now: %s",
	            attempt->is_unknown ? "confirmed as stored" : "stored", note->text);
}

static void attempt_init(struct attempt *attempt, struct postgres_db *db, const struct db_act *act,
                         bool is_long, struct db_telling *telling)
{
	*attempt = (struct attempt){.db = db, .act = act, .is_long = is_long, .telling = telling};
	random_bytes(attempt->key_bits, sizeof attempt->key_bits);
	snprintf(attempt->key, sizeof attempt->key, "%016llx%016llx",
	         (unsigned long long)attempt->key_bits[0], (unsigned long long)attempt->key_bits[1]);
}

static Err act_commit(struct postgres_db *db, const struct db_act *act, bool is_long,
                      struct db_telling *telling)
{
	struct attempt attempt;
	struct err_note note;
	attempt_init(&attempt, db, act, is_long, telling);
	int64_t deadline_ms = monotonic_ms() + db->base.settings.queue_wait_ms;
	TRY(postgres_keeper_wait(&db->keeper, deadline_ms));
	bool has_more_time = false;
	for (;;) {
		enum attempt_end end = attempt_once(&attempt, &note);
		if (end == ATTEMPT_KEPT)
			return OK;
		if (end == ATTEMPT_REFUSED)
			return attempt.is_unknown ? unreachable(&attempt, &note) : err_note_give(&note);
		if (end == ATTEMPT_BEATEN) {
			if (attempt.beaten++ == BEATEN_MAX)
				return unreachable(&attempt, &note);
			continue;
		}
		if (end == ATTEMPT_UNKNOWN) {
			attempt.is_unknown = true;
			if (!has_more_time)
				deadline_ms = monotonic_ms() + UNKNOWN_WAIT_MS;
			has_more_time = true;
		}
		if (monotonic_ms() >= deadline_ms)
			return unreachable(&attempt, &note);
		if (!attempt.was_idle)
			pause_ms(CONNECT_PAUSE_MS);
	}
}

/* PostgreSQL has a transaction for every act. Two long ones would only wait for each other's rows:
 * they take turns, however long that is. */
Err postgres_commit(struct db *base, const struct db_act *act, bool is_long,
                    struct db_telling *telling)
{
	struct postgres_db *db = (struct postgres_db *)base;
	if (telling != NULL)
		postgres_telling_begin(&db->keeper, telling);
	if (!is_long)
		return act_commit(db, act, false, telling);
	pthread_mutex_lock(&db->long_turn);
	Err err = act_commit(db, act, true, telling);
	pthread_mutex_unlock(&db->long_turn);
	return err;
}
