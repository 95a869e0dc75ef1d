/* Keeps this process's place at a PostgreSQL database: a connection of its own holds a lock of the
 * session for as long as the database is open, beside other Courants of the same version. Whoever
 * changes the tables has it alone. A thread waits for that connection to break and takes the lock
 * again; until it has it, nothing is written. After an act that failed it also tries whether
 * anything can be written, so that asking that is no matter of waiting. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "db/postgres_private.h"

#define AGAIN_MS 250       /* between two attempts to take the lock */
#define TRY_EVERY_MS 1000  /* between two to write */
#define ALONE_WAIT_MS 3000 /* for others to be done, who change the tables too */
#define LOCK_PAUSE_NS 50000000L

/* ---- the lock: "cour" and one, beside the lock of migrations, and the schema ---- */

#define KEEPER_LOCK "(1668248947, hashtext(COALESCE(current_schema(), '')))"

static Err lock_try(struct postgres_connection *connection, Sql sql, int64_t wait_ms, bool *got)
{
	int64_t deadline_ms = monotonic_ms() + wait_ms;
	int64_t is_ours = 0;
	for (;;) {
		TRY(db_query_int(&connection->base, sql, DB_NO_ARGS, &is_ours));
		*got = is_ours != 0;
		if (*got || monotonic_ms() >= deadline_ms)
			return OK;
		struct timespec moment = {.tv_nsec = LOCK_PAUSE_NS};
		nanosleep(&moment, NULL);
	}
}

/* A server that lost us without a word finds out within half a minute and lets the lock go. */
static Err lock_beside(struct postgres_connection *connection, int64_t wait_ms)
{
	bool got;
	TRY(postgres_script(connection, "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
	                                "SET tcp_keepalives_count = 3"));
	TRY(lock_try(
	    connection,
	    SQL("SELECT CASE WHEN pg_try_advisory_lock_shared" KEEPER_LOCK " THEN 1 ELSE 0 END"),
	    wait_ms, &got));
	if (!got)
		return fail(
		    ERR_CONFLICT,
		    "another Courant has the database %s to itself: one of another version is open, "
		    "or one is changing the tables; stop the one, or wait for the other",
		    PQdb(connection->handle));
	return OK;
}

Err postgres_keeper_alone(struct postgres_db *db)
{
	bool got;
	struct postgres_connection *connection = db->keeper.connection;
	TRY(postgres_script(connection, "SELECT pg_advisory_unlock_shared" KEEPER_LOCK));
	TRY(lock_try(connection,
	             SQL("SELECT CASE WHEN pg_try_advisory_lock" KEEPER_LOCK " THEN 1 ELSE 0 END"),
	             ALONE_WAIT_MS, &got));
	if (!got)
		return fail(ERR_CONFLICT,
		            "other Courants have the database %s open, and this version has to change its "
		            "tables: stop all of them, start this one, then the others in this version",
		            PQdb(connection->handle));
	return OK;
}

Err postgres_keeper_beside(struct postgres_db *db)
{
	TRY(lock_beside(db->keeper.connection, 0));
	return postgres_script(db->keeper.connection, "SELECT pg_advisory_unlock" KEEPER_LOCK);
}

Err postgres_keeper_take(struct postgres_db *db, int64_t wait_ms)
{
	struct postgres_connection *connection;
	TRY(postgres_connection_open(db, POSTGRES_KEEPS, &connection));
	Err err = lock_beside(connection, wait_ms);
	if (err != OK) {
		postgres_connection_close(connection);
		return err;
	}
	db->keeper.connection = connection;
	return OK;
}

/* ---- the thread ---- */

static void state_set(struct postgres_keeper *keeper, Err err)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->is_held = err == OK;
	err_note_take(&keeper->lost, err);
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
}

static void lock_lost(struct postgres_keeper *keeper)
{
	if (keeper->connection == NULL)
		return;
	postgres_session_end(keeper);
	postgres_connection_close(keeper->connection);
	keeper->connection = NULL;
	state_set(keeper, fail(ERR_UNAVAILABLE, "the connection to PostgreSQL broke"));
}

/* While we were away another version may have changed the tables. */
static Err tables_check(struct postgres_db *db)
{
	bool pending;
	struct postgres_connection *connection = db->keeper.connection;
	return db_migrate_check(&connection->base, &db->base.migrations,
	                        str_from_c(PQdb(connection->handle)), true, &pending);
}

/* Pages are shown on only when nobody answers: neither the keeper nor those who read. */
static void cut_off_find_out(struct postgres_db *db, Err err)
{
	bool is_away = err == ERR_UNAVAILABLE && !postgres_readers_answer(db);
	if (is_away && atomic_load(&db->keeper.cut_off_ms) == 0) {
		atomic_store(&db->keeper.cut_off_ms, monotonic_ms());
		log_warning("cut off from the database: pages are shown as they were, for at most a day");
		postgres_readers_cut(db);
	} else if (!is_away) {
		atomic_store(&db->keeper.cut_off_ms, 0);
	}
	postgres_standing_found(&db->keeper, true);
}

/* Said once, however often it is tried. */
static void lock_take_again(struct postgres_db *db, Err *said)
{
	struct err_note note;
	Err err = postgres_keeper_take(db, 0);
	if (err == OK)
		err = tables_check(db);
	if (err == OK)
		err = postgres_session_begin(db);
	err_note_take(&note, err);
	if (err != OK && err != *said)
		log_error("nothing is stored until the database is there again: %s", note.text);
	if (err == OK && *said != OK)
		log_info("the database is there again: storing goes on, and every page is made anew");
	*said = err;
	if (err != OK) {
		lock_lost(&db->keeper);
		cut_off_find_out(db, err);
	}
	state_set(&db->keeper, err_note_give(&note));
}

/* All that an act needs: a connection, an insert, a COMMIT; without a wait for another machine,
 * which has no end, and which others would wait for here. */
static Err write_try(struct postgres_db *db)
{
	struct postgres_connection *connection;
	TRY(postgres_connection_open(db, POSTGRES_KEEPS, &connection));
	Err err = postgres_ask(connection, "SET synchronous_commit = local", NULL, 0, NULL);
	if (err == OK)
		err = postgres_ask(connection,
		                   "INSERT INTO db_act_key (key, at_ms) VALUES ('try', 0) "
		                   "ON CONFLICT (key) DO UPDATE SET at_ms = 0",
		                   NULL, 0, NULL);
	postgres_connection_close(connection);
	return err;
}

static bool is_doubted(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool doubted = keeper->is_doubted;
	pthread_mutex_unlock(&keeper->lock);
	return doubted;
}

static bool is_stopping(struct postgres_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool stopping = keeper->is_stopping;
	pthread_mutex_unlock(&keeper->lock);
	return stopping;
}

/* Until something comes, from the database or from outside, or it is time. */
static void something_await(struct postgres_keeper *keeper, int64_t wait_ms)
{
	struct pollfd polled[] = {{.fd = keeper->wake, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	eventfd_t words;
	if (keeper->connection != NULL)
		polled[1].fd = PQsocket(keeper->connection->handle);
	if (poll(polled, 2, (int)wait_ms) < 0)
		CHECK(errno == EINTR);
	(void)eventfd_read(keeper->wake, &words);
}

static void *keeper_main(void *context)
{
	struct postgres_db *db = context;
	struct postgres_keeper *keeper = &db->keeper;
	Err said = OK;
	int64_t tried_ms = 0;
	while (!is_stopping(keeper)) {
		int64_t wait_ms = AGAIN_MS;
		if (keeper->connection == NULL)
			lock_take_again(db, &said);
		if (keeper->connection != NULL && postgres_session_turn(db, &wait_ms) != OK) {
			lock_lost(keeper);
			continue;
		}
		if (keeper->connection != NULL && is_doubted(keeper) &&
		    monotonic_ms() - tried_ms >= TRY_EVERY_MS) {
			tried_ms = monotonic_ms();
			if (write_try(db) == OK)
				postgres_keeper_tell(keeper, true);
		}
		something_await(keeper, wait_ms);
	}
	return NULL;
}

/* ---- from outside ---- */

void postgres_keeper_init(struct postgres_keeper *keeper)
{
	keeper->wake = -1;
	random_bytes(&keeper->origin, sizeof keeper->origin);
	CHECK(pthread_mutex_init(&keeper->lock, NULL) == 0);
	CHECK(pthread_mutex_init(&keeper->node_lock, NULL) == 0);
	db_condition_init(&keeper->changed);
}

Err postgres_keeper_start(struct postgres_db *db)
{
	struct postgres_keeper *keeper = &db->keeper;
	sigset_t all;
	sigset_t before;
	TRY(postgres_session_begin(db));
	keeper->is_held = true;
	keeper->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (keeper->wake < 0)
		return fail(ERR_UNAVAILABLE, "the database's thread can't be started: %m");
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	errno = pthread_create(&keeper->thread, NULL, keeper_main, db);
	Err err = OK;
	if (errno != 0)
		err = fail(ERR_UNAVAILABLE, "the database's thread can't be started: %m");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	TRY(err);
	keeper->is_running = true;
	return OK;
}

/* The lock is given back with a word, so that whoever wants it alone finds it free. */
void postgres_keeper_stop(struct postgres_db *db)
{
	struct postgres_keeper *keeper = &db->keeper;
	if (keeper->is_running) {
		pthread_mutex_lock(&keeper->lock);
		keeper->is_stopping = true;
		pthread_mutex_unlock(&keeper->lock);
		CHECK(eventfd_write(keeper->wake, 1) == 0);
		pthread_join(keeper->thread, NULL);
	}
	if (keeper->connection != NULL) {
		postgres_session_leave(keeper);
		Err ignored =
		    postgres_ask(keeper->connection, "SELECT pg_advisory_unlock_all()", NULL, 0, NULL);
		(void)ignored;
		postgres_connection_close(keeper->connection);
	}
	postgres_session_end(keeper);
	if (keeper->wake >= 0)
		close(keeper->wake);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->node_lock);
	pthread_mutex_destroy(&keeper->lock);
}

Err postgres_keeper_wait(struct postgres_keeper *keeper, int64_t deadline_ms)
{
	Err err = OK;
	bool in_time = true;
	pthread_mutex_lock(&keeper->lock);
	while (!keeper->is_held && keeper->lost.code != ERR_CONFLICT && in_time)
		in_time = db_condition_wait(&keeper->changed, &keeper->lock, deadline_ms);
	if (!keeper->is_held)
		err = fail(ERR_UNAVAILABLE, "this can't be stored now: %s", keeper->lost.text);
	pthread_mutex_unlock(&keeper->lock);
	return err;
}

void postgres_keeper_tell(struct postgres_keeper *keeper, bool is_stored)
{
	pthread_mutex_lock(&keeper->lock);
	bool is_news = keeper->is_doubted == is_stored;
	keeper->is_doubted = !is_stored;
	pthread_mutex_unlock(&keeper->lock);
	if (is_news && !is_stored)
		CHECK(eventfd_write(keeper->wake, 1) == 0);
}

bool postgres_can_write(struct db *base)
{
	struct postgres_keeper *keeper = &((struct postgres_db *)base)->keeper;
	pthread_mutex_lock(&keeper->lock);
	bool can = keeper->is_held && !keeper->is_doubted;
	pthread_mutex_unlock(&keeper->lock);
	return can;
}
