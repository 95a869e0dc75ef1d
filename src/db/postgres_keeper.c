/* Keeps a PostgreSQL database to one Courant: a connection of its own holds a lock of the session
 * for as long as the database is open. A thread waits for that connection to break and takes the
 * lock again; until it has it, nothing is written. After an act that failed it also tries whether
 * anything can be written, so that asking that is no matter of waiting. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "db/postgres_private.h"

#define AGAIN_MS 1000 /* between two attempts to take the lock, or to write */

/* ---- the lock ---- */

/* "cour" and one, beside the lock of migrations, and the schema. A server that lost us without a
 * word finds out within half a minute and lets the lock go. */
static Err session_lock(struct postgres_connection *connection)
{
	int64_t is_ours;
	TRY(postgres_script(connection, "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
	                                "SET tcp_keepalives_count = 3"));
	TRY(db_query_int(&connection->base,
	                 SQL("SELECT CASE WHEN pg_try_advisory_lock(1668248947, "
	                     "hashtext(COALESCE(current_schema(), ''))) THEN 1 ELSE 0 END"),
	                 DB_NO_ARGS, &is_ours));
	if (!is_ours)
		return fail(ERR_CONFLICT,
		            "another Courant has the database %s open: stop that one, or give this site a "
		            "database of its own",
		            PQdb(connection->handle));
	return OK;
}

Err postgres_keeper_take(struct postgres_db *db)
{
	struct postgres_connection *connection;
	TRY(postgres_connection_open(db, false, &connection));
	Err err = session_lock(connection);
	if (err != OK) {
		postgres_connection_close(connection);
		return err;
	}
	db->keeper.connection = connection;
	return OK;
}

/* What the server said in passing is read; false when it is gone. */
static bool is_sound(struct postgres_connection *connection)
{
	bool is_read = PQconsumeInput(connection->handle) == 1;
	(void)PQisBusy(connection->handle);
	return is_read && PQstatus(connection->handle) == CONNECTION_OK;
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
	if (keeper->connection != NULL)
		postgres_connection_close(keeper->connection);
	keeper->connection = NULL;
	state_set(keeper, fail(ERR_UNAVAILABLE, "the connection to PostgreSQL broke"));
}

/* Said once, however often it is tried. */
static void lock_take_again(struct postgres_db *db, Err *said)
{
	Err err = postgres_keeper_take(db);
	if (err != OK && err != *said)
		log_error("nothing is stored until the database is ours again: %.*s", STR(err_text()));
	if (err == OK && *said != OK)
		log_info("the database is ours again: storing goes on");
	*said = err;
	state_set(&db->keeper, err);
}

/* All that an act needs: a connection, an insert, a COMMIT. */
static Err write_try(struct postgres_db *db)
{
	struct postgres_connection *connection;
	TRY(postgres_connection_open(db, false, &connection));
	Err err = postgres_script(connection, "DELETE FROM db_act_key WHERE key = 'try';"
	                                      "INSERT INTO db_act_key (key, at_ms) VALUES ('try', 0)");
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

/* Until the connection breaks, a word comes from outside, or it is time to try again. */
static void something_await(struct postgres_keeper *keeper)
{
	bool is_well = keeper->connection != NULL && !is_doubted(keeper);
	struct pollfd polled[] = {{.fd = keeper->wake, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	eventfd_t words;
	if (keeper->connection != NULL)
		polled[1].fd = PQsocket(keeper->connection->handle);
	if (poll(polled, 2, is_well ? -1 : AGAIN_MS) < 0)
		CHECK(errno == EINTR);
	(void)eventfd_read(keeper->wake, &words);
}

static void *keeper_main(void *context)
{
	struct postgres_db *db = context;
	struct postgres_keeper *keeper = &db->keeper;
	Err said = OK;
	while (!is_stopping(keeper)) {
		if (keeper->connection == NULL || !is_sound(keeper->connection)) {
			lock_lost(keeper);
			lock_take_again(db, &said);
		}
		if (keeper->connection != NULL && is_doubted(keeper) && write_try(db) == OK)
			postgres_keeper_tell(keeper, true);
		something_await(keeper);
	}
	return NULL;
}

/* ---- from outside ---- */

void postgres_keeper_init(struct postgres_keeper *keeper)
{
	keeper->wake = -1;
	CHECK(pthread_mutex_init(&keeper->lock, NULL) == 0);
	db_condition_init(&keeper->changed);
}

Err postgres_keeper_start(struct postgres_db *db)
{
	struct postgres_keeper *keeper = &db->keeper;
	sigset_t all;
	sigset_t before;
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

/* The lock is given back with a word, so that whoever opens the database next finds it free. */
void postgres_keeper_stop(struct postgres_keeper *keeper)
{
	if (keeper->is_running) {
		pthread_mutex_lock(&keeper->lock);
		keeper->is_stopping = true;
		pthread_mutex_unlock(&keeper->lock);
		CHECK(eventfd_write(keeper->wake, 1) == 0);
		pthread_join(keeper->thread, NULL);
	}
	if (keeper->connection != NULL) {
		Err ignored = postgres_script(keeper->connection, "SELECT pg_advisory_unlock_all()");
		(void)ignored;
		postgres_connection_close(keeper->connection);
	}
	if (keeper->wake >= 0)
		close(keeper->wake);
	pthread_cond_destroy(&keeper->changed);
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
