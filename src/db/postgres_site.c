/* A site's PostgreSQL database: its pools, and snapshots. */
#include <stdlib.h>
#include <sys/socket.h>

#include "db/postgres_private.h"

#define READ_WAIT_MS 2000
#define TAKE_WAIT_MS 5000 /* while another changes the tables */

/* ---- pools ---- */

Err postgres_take(struct postgres_db *db, struct db_pool *pool, int64_t wait_ms, bool *is_new,
                  struct postgres_connection **out)
{
	struct db_connection *taken;
	int64_t waiting_max = pool == &db->writers ? db->base.settings.queue_max : READERS_WAITING_MAX;
	TRY(db_pool_take(pool, wait_ms, waiting_max, &taken));
	*is_new = taken == NULL;
	if (taken != NULL) {
		*out = postgres_of(taken);
		return OK;
	}
	Err err =
	    postgres_connection_open(db, pool == &db->readers ? POSTGRES_READS : POSTGRES_WRITES, out);
	if (err != OK)
		db_pool_lost(pool);
	return err;
}

void postgres_give(struct db_pool *pool, struct postgres_connection *connection)
{
	connection->base.failed.code = OK;
	connection->is_beaten = false;
	connection->is_streaming = false;
	if (!connection->is_broken && PQtransactionStatus(connection->handle) == PQTRANS_IDLE) {
		db_pool_give(pool, &connection->base);
		return;
	}
	postgres_connection_close(connection);
	db_pool_lost(pool);
}

/* ---- opening and closing ---- */

/* Several may have been started with the new version at once: one changes the tables, and the
 * others find that done. */
static Err tables_change(struct postgres_db *db, struct postgres_connection *connection,
                         const struct db_migrations *migrations)
{
	bool pending;
	TRY(postgres_keeper_alone(db));
	TRY(db_migrate_check(&connection->base, migrations, str_from_c(PQdb(connection->handle)), true,
	                     &pending));
	if (pending)
		TRY(db_migrate(&connection->base, migrations, clock_now(db->base.clock)));
	return postgres_keeper_beside(db);
}

static Err opening(struct postgres_db *db, const struct db_options *options,
                   const struct db_migrations *migrations)
{
	bool is_new;
	bool pending;
	struct postgres_connection *connection;
	/* Never shown, not even in part: there may be a password in it, wherever it may stand. */
	if (str_find_byte(options->postgres_url, 0) != STR_NOT_FOUND ||
	    !(str_starts_with(options->postgres_url, S("postgres://")) ||
	      str_starts_with(options->postgres_url, S("postgresql://"))))
		return fail(ERR_INVALID,
		            "site.database holds no address of a PostgreSQL database: it takes one such as "
		            "postgres://courant@db.example/courant");
	if (asprintf(&db->url, "%.*s", STR(options->postgres_url)) < 0)
		return fail(ERR_MEMORY, "there is no memory to open the database");
	TRY(postgres_keeper_take(db, TAKE_WAIT_MS));
	TRY(postgres_take(db, &db->writers, READ_WAIT_MS, &is_new, &connection));
	Err err = db_migrate_check(&connection->base, migrations, str_from_c(PQdb(connection->handle)),
	                           options->create, &pending);
	if (err == OK && pending && options->as_it_is)
		err = db_left_as_it_is();
	else if (err == OK && pending)
		err = tables_change(db, connection, migrations);
	postgres_give(&db->writers, connection);
	TRY(err);
	return postgres_keeper_start(db);
}

Err postgres_open(const struct db_options *options, const struct db_migrations *migrations,
                  struct db **out)
{
	struct postgres_db *db = calloc(1, sizeof *db);
	if (db == NULL)
		return fail(ERR_MEMORY, "there is no memory to open the database");
	db_init(&db->base, &postgres_driver, options, migrations);
	postgres_keeper_init(&db->keeper);
	db_pool_init(&db->readers, db->base.settings.readers);
	db_pool_init(&db->writers, db->base.settings.readers);
	/* Who waits for the turn gets it before those who come later. */
	pthread_rwlockattr_t attributes;
	CHECK(pthread_rwlockattr_init(&attributes) == 0);
	CHECK(pthread_rwlockattr_setkind_np(&attributes,
	                                    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
	CHECK(pthread_rwlock_init(&db->turn, &attributes) == 0);
	pthread_rwlockattr_destroy(&attributes);
	CHECK(pthread_mutex_init(&db->long_turn, NULL) == 0);
	CHECK(pthread_mutex_init(&db->reading_lock, NULL) == 0);
	Err err = opening(db, options, migrations);
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		postgres_close(&db->base);
		return err_note_give(&note);
	}
	*out = &db->base;
	return OK;
}

static void pool_close(struct db_pool *pool)
{
	for (struct db_connection *idle; (idle = db_pool_drain(pool)) != NULL;)
		postgres_connection_close(postgres_of(idle));
	db_pool_done(pool);
}

void postgres_close(struct db *base)
{
	struct postgres_db *db = (struct postgres_db *)base;
	pool_close(&db->readers);
	pool_close(&db->writers);
	postgres_keeper_stop(db); /* last: who wants the lock alone gets it when all is closed */
	pthread_rwlock_destroy(&db->turn);
	pthread_mutex_destroy(&db->long_turn);
	pthread_mutex_destroy(&db->reading_lock);
	free(db->url);
	free(db);
}

/* ---- snapshots ---- */

static void reading_add(struct postgres_db *db, struct postgres_connection *reader)
{
	pthread_mutex_lock(&db->reading_lock);
	reader->next_reading = db->reading;
	db->reading = reader;
	pthread_mutex_unlock(&db->reading_lock);
}

static void reading_remove(struct postgres_db *db, const struct postgres_connection *reader)
{
	pthread_mutex_lock(&db->reading_lock);
	struct postgres_connection **place = &db->reading;
	while (*place != reader)
		place = &(*place)->next_reading;
	*place = reader->next_reading;
	pthread_mutex_unlock(&db->reading_lock);
}

void postgres_readers_cut(struct postgres_db *db)
{
	pthread_mutex_lock(&db->reading_lock);
	for (const struct postgres_connection *reader = db->reading; reader != NULL;
	     reader = reader->next_reading)
		(void)shutdown(PQsocket(reader->handle), SHUT_RDWR);
	pthread_mutex_unlock(&db->reading_lock);
}

/* A server that was started anew has broken every idle connection: each is tried once. */
Err postgres_read_begin(struct db *base, struct db_connection **out)
{
	struct postgres_db *db = (struct postgres_db *)base;
	/* The keeper tries several times a second: nobody else has to wait for a network in vain. */
	if (postgres_standing(base) == DB_CUT_OFF)
		return fail(ERR_UNAVAILABLE, "PostgreSQL can't be reached");
	for (;;) {
		bool is_new;
		struct postgres_connection *reader;
		TRY(postgres_take(db, &db->readers, READ_WAIT_MS, &is_new, &reader));
		reading_add(db, reader);
		/* BEGIN alone takes no snapshot. */
		Err err =
		    postgres_script(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1");
		if (err == OK) {
			atomic_store(&db->read_ms, monotonic_ms());
			*out = &reader->base;
			return OK;
		}
		bool again = reader->is_broken && !is_new;
		reading_remove(db, reader);
		postgres_give(&db->readers, reader);
		if (!again)
			return err;
	}
}

void postgres_read_end(struct db_connection *base)
{
	struct postgres_connection *reader = postgres_of(base);
	struct postgres_db *db = (struct postgres_db *)base->db;
	if (!reader->is_broken) {
		Err ignored = postgres_script(reader, "ROLLBACK");
		(void)ignored;
	}
	reading_remove(db, reader);
	postgres_give(&db->readers, reader);
}
