/* The one thread that writes: it commits the waiting acts in groups, and makes all checkpoints.
 * SQLite goes on acknowledging after a failed fsync, and Debian 12's 3.40 can damage the file when
 * two connections write or checkpoint at once: hence one connection, and the latch. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "db/sqlite_private.h"

#define TICK_MS 1000
/* So many pages are brought over as soon as nobody waits, so that whoever comes just then waits no
 * longer for the disk than for that many; fewer lie until the next tick. */
#define CHECKPOINT_FRAMES 64
#define WAL_MAX_BYTES INT64_C(67108864) /* 64 MB */
#define ROOM_BYTES UINT64_C(67108864)   /* 64 MB */
#define ROOM_SHARE 20                   /* a twentieth of the disk */
#define TRUNCATE_WAIT_MS 200            /* for readers to leave the log */
#define BUSY_TIMEOUT_MS 2000
/* An act that undoes its whole group is answered, the others run again: so many times. */
#define ROUNDS_MAX 8

/* An act and the thread that waits for it, on whose stack it lies. */
struct waiting_act {
	const struct db_act *act;
	bool is_long;
	struct waiting_act *next; /* under db->lock, as `place` */
	pthread_cond_t answered;
	enum { PLACE_QUEUED, PLACE_TAKEN, PLACE_ANSWERED } place;
	struct err_note result; /* the writer's until PLACE_ANSWERED */
};

/* ---- the latch ---- */

static Err writing_refused(enum sqlite_writing writing)
{
	if (writing == SQLITE_WAITS_FOR_ROOM)
		return fail(ERR_UNAVAILABLE, "this can't be stored now: the disk is full");
	return fail(ERR_UNAVAILABLE, "this can't be confirmed as stored: the disk failed, and writing "
	                             "has stopped until the server is started anew");
}

static enum sqlite_writing writing_now(struct sqlite_db *db)
{
	pthread_mutex_lock(&db->lock);
	enum sqlite_writing writing = db->writing;
	pthread_mutex_unlock(&db->lock);
	return writing;
}

bool sqlite_can_write(struct db *db)
{
	return writing_now((struct sqlite_db *)db) == SQLITE_WRITING;
}

void sqlite_count(struct db *base, int64_t *waiting, int64_t *log_bytes)
{
	struct sqlite_db *db = (struct sqlite_db *)base;
	struct stat status;
	pthread_mutex_lock(&db->lock);
	*waiting = db->waiting;
	pthread_mutex_unlock(&db->lock);
	*log_bytes = stat(db->wal_path, &status) == 0 ? status.st_size : 0;
}

void sqlite_trouble(struct sqlite_db *db, int code)
{
	enum sqlite_writing becomes =
	    (code & 0xff) == SQLITE_FULL ? SQLITE_WAITS_FOR_ROOM : SQLITE_STOPPED;
	pthread_mutex_lock(&db->lock);
	bool is_news = becomes > db->writing;
	if (is_news)
		db->writing = becomes;
	pthread_mutex_unlock(&db->lock);
	if (!is_news)
		return;
	if (becomes == SQLITE_WAITS_FOR_ROOM)
		log_error("the disk of %s is full: nothing is stored until there is room again; reading "
		          "goes on",
		          db->path);
	else
		log_error("the database %s failed (%s, code %d): nothing is stored any more, and what was "
		          "being stored may or may not be kept; reading goes on. Check the disk, make a "
		          "copy with courant backup on a sound one, and restore it there",
		          db->path, sqlite3_errstr(code), code);
}

static void room_check(struct sqlite_db *db)
{
	struct statvfs disk;
	if (statvfs(db->folder, &disk) != 0)
		return;
	uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	uint64_t enough = (uint64_t)disk.f_blocks * disk.f_frsize / ROOM_SHARE;
	if (enough > ROOM_BYTES)
		enough = ROOM_BYTES;
	if (free_bytes < enough)
		return;
	pthread_mutex_lock(&db->lock);
	bool again = db->writing == SQLITE_WAITS_FOR_ROOM;
	if (again)
		db->writing = SQLITE_WRITING;
	pthread_mutex_unlock(&db->lock);
	if (again)
		log_info("the disk of %s has room again: storing goes on", db->path);
}

/* ---- groups ---- */

static bool in_transaction(const struct sqlite_connection *writer)
{
	return !sqlite3_get_autocommit(writer->handle);
}

/* Some failures have undone the transaction already. */
static void undo(struct sqlite_connection *writer)
{
	if (in_transaction(writer))
		(void)!sqlite_do(writer, SQL("ROLLBACK"));
}

/* One commit half in its savepoint. Afterwards either the act is kept or undone alone, or no
 * transaction is left. */
static void act_in_savepoint(struct sqlite_connection *writer, struct waiting_act *waiting)
{
	Err err = sqlite_do(writer, SQL("SAVEPOINT act"));
	if (err == OK) {
		err = db_act_run(&writer->base, waiting->act);
		err_note_take(&waiting->result, err);
		if (!in_transaction(writer))
			return;
		if (err != OK)
			err = sqlite_do(writer, SQL("ROLLBACK TO act"));
		if (err == OK)
			err = sqlite_do(writer, SQL("RELEASE act"));
	}
	if (err != OK) {
		err_note_take(&waiting->result, err);
		undo(writer);
	}
}

/* One that has the transaction to itself: no savepoint keeps a copy of all that it changes, nor
 * makes FTS5 write out what it has gathered. */
static void act_alone(struct sqlite_connection *writer, struct waiting_act *waiting)
{
	Err err = db_act_run(&writer->base, waiting->act);
	err_note_take(&waiting->result, err);
	if (err != OK)
		undo(writer);
}

enum group_end {
	GROUP_KEPT,    /* on disk: each act has its result */
	GROUP_UNDONE,  /* by one act, which has its result */
	GROUP_REFUSED, /* nothing can be stored now: `refusal` says why */
};

static enum group_end group_refused(struct sqlite_db *db, struct err_note *refusal)
{
	struct sqlite_connection *writer = db->writer;
	err_note_take(refusal,
	              fail(ERR_UNAVAILABLE, "this can't be stored now: %.*s", STR(err_text())));
	undo(writer);
	if (writer->trouble != 0) {
		sqlite_trouble(db, writer->trouble);
		err_note_take(refusal, writing_refused(writing_now(db)));
	}
	return GROUP_REFUSED;
}

/* All of them in one transaction. */
static enum group_end group_run(struct sqlite_db *db, size_t count, size_t *culprit,
                                struct err_note *refusal)
{
	struct sqlite_connection *writer = db->writer;
	Err err = sqlite_do(writer, SQL("BEGIN IMMEDIATE"));
	if (err != OK)
		return group_refused(db, refusal);
	for (size_t i = 0; i < count; i++) {
		if (count == 1)
			act_alone(writer, db->group[i]);
		else
			act_in_savepoint(writer, db->group[i]);
		if (writer->trouble != 0)
			return group_refused(db, refusal);
		if (!in_transaction(writer)) {
			*culprit = i;
			return GROUP_UNDONE;
		}
	}
	err = sqlite_do(writer, SQL("COMMIT"));
	if (err != OK)
		return group_refused(db, refusal);
	db->has_wal = true;
	return GROUP_KEPT;
}

static void answer(struct sqlite_db *db, struct waiting_act *waiting)
{
	pthread_mutex_lock(&db->lock);
	waiting->place = PLACE_ANSWERED;
	pthread_cond_signal(&waiting->answered);
	pthread_mutex_unlock(&db->lock);
}

static void group_refuse(struct sqlite_db *db, size_t count, const struct err_note *refusal)
{
	for (size_t i = 0; i < count; i++) {
		db->group[i]->result = *refusal;
		answer(db, db->group[i]);
	}
}

/* Commits the acts of db->group, and answers each. */
static void group_commit(struct sqlite_db *db, size_t count)
{
	struct err_note refusal = {ERR_UNAVAILABLE, "this can't be stored now: try again in a moment"};
	for (int round = 0; round < ROUNDS_MAX && count > 0; round++) {
		size_t culprit = 0;
		enum sqlite_writing writing = writing_now(db);
		if (writing != SQLITE_WRITING) {
			err_note_take(&refusal, writing_refused(writing));
			break;
		}
		enum group_end end = group_run(db, count, &culprit, &refusal);
		if (end == GROUP_REFUSED)
			break;
		if (end == GROUP_KEPT) {
			for (size_t i = 0; i < count; i++)
				answer(db, db->group[i]);
			return;
		}
		answer(db, db->group[culprit]);
		count--;
		for (size_t i = culprit; i < count; i++)
			db->group[i] = db->group[i + 1];
	}
	group_refuse(db, count, &refusal);
}

/* ---- checkpoints ---- */

static bool log_is_large(const struct sqlite_db *db)
{
	struct stat status;
	return stat(db->wal_path, &status) == 0 && status.st_size > WAL_MAX_BYTES;
}

/* Never waits for readers but when the log has grown past its size. One that is large is cut at the
 * next tick, also when all of it is in the file. */
static void checkpoint(struct sqlite_db *db, int mode)
{
	int log_frames;
	int done_frames;
	sqlite3 *handle = db->writer->handle;
	sqlite3_busy_timeout(handle, TRUNCATE_WAIT_MS);
	int code = sqlite3_wal_checkpoint_v2(handle, NULL, mode, &log_frames, &done_frames);
	sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
	if (code == SQLITE_OK) {
		db->has_wal = done_frames < log_frames || log_is_large(db);
		db->log_frames = log_frames;
		db->done_frames = done_frames;
	} else if ((code & 0xff) != SQLITE_BUSY) {
		(void)!sqlite_fail(db->writer, code);
		if (db->writer->trouble != 0)
			sqlite_trouble(db, db->writer->trouble);
	}
}

static int commit_note(void *context, sqlite3 *handle, const char *name, int frames)
{
	struct sqlite_db *db = context;
	(void)handle;
	(void)name;
	/* The log has begun anew. */
	if (frames < db->log_frames)
		db->done_frames = 0;
	db->log_frames = frames;
	return SQLITE_OK;
}

static bool is_worth_a_checkpoint(struct sqlite_db *db)
{
	return db->has_wal && db->log_frames - db->done_frames >= CHECKPOINT_FRAMES &&
	       writing_now(db) == SQLITE_WRITING;
}

static void tick(struct sqlite_db *db)
{
	if (writing_now(db) == SQLITE_WAITS_FOR_ROOM) {
		db->writer->trouble = 0;
		room_check(db);
	}
	if (!db->has_wal || writing_now(db) != SQLITE_WRITING)
		return;
	checkpoint(db, log_is_large(db) ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
}

/* ---- the thread ---- */

/* Takes the first acts of the queue into db->group; a long one comes alone. Under lock. */
static size_t group_take(struct sqlite_db *db)
{
	size_t count = 0;
	bool is_long = false;
	while (db->first != NULL && !is_long && count < (size_t)db->base.settings.group_max) {
		struct waiting_act *waiting = db->first;
		is_long = waiting->is_long;
		if (is_long && count > 0)
			break;
		db->first = waiting->next;
		waiting->place = PLACE_TAKEN;
		db->group[count++] = waiting;
	}
	if (db->first == NULL)
		db->last = NULL;
	db->waiting -= (int64_t)count;
	return count;
}

/* Waits for acts, for the next tick if there is something to do in it, or for the end. */
static size_t work_wait(struct sqlite_db *db, int64_t tick_ms, bool *is_closing)
{
	pthread_mutex_lock(&db->lock);
	bool in_time = true;
	while (in_time && db->first == NULL && !db->is_closing) {
		if (db->has_wal || db->writing == SQLITE_WAITS_FOR_ROOM)
			in_time = db_condition_wait(&db->work, &db->lock, tick_ms);
		else
			pthread_cond_wait(&db->work, &db->lock);
	}
	size_t count = group_take(db);
	*is_closing = db->is_closing;
	pthread_mutex_unlock(&db->lock);
	return count;
}

static bool is_awaited(struct sqlite_db *db)
{
	pthread_mutex_lock(&db->lock);
	bool is_awaited = db->first != NULL;
	pthread_mutex_unlock(&db->lock);
	return is_awaited;
}

static void *writer_main(void *context)
{
	struct sqlite_db *db = context;
	sqlite3_wal_hook(db->writer->handle, commit_note, db);
	int64_t tick_ms = monotonic_ms() + TICK_MS;
	for (;;) {
		bool is_closing;
		size_t count = work_wait(db, tick_ms, &is_closing);
		if (count > 0)
			group_commit(db, count);
		else if (is_closing)
			break;
		if (count > 0 && is_worth_a_checkpoint(db) && !is_awaited(db))
			checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
		if (monotonic_ms() >= tick_ms) {
			tick(db);
			tick_ms = monotonic_ms() + TICK_MS;
		}
	}
	if (db->has_wal && writing_now(db) == SQLITE_WRITING)
		checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
	return NULL;
}

Err sqlite_writer_start(struct sqlite_db *db)
{
	db->group = calloc((size_t)db->base.settings.group_max, sizeof(struct waiting_act *));
	if (db->group == NULL)
		return fail(ERR_MEMORY, "there is no memory to open the database");
	/* Signals are for the threads that ask for them. */
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	errno = pthread_create(&db->thread, NULL, writer_main, db);
	Err err = OK;
	if (errno != 0)
		err = fail(ERR_UNAVAILABLE, "the database's thread can't be started: %m");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	TRY(err);
	db->is_running = true;
	return OK;
}

void sqlite_writer_stop(struct sqlite_db *db)
{
	if (!db->is_running)
		return;
	pthread_mutex_lock(&db->lock);
	db->is_closing = true;
	pthread_cond_signal(&db->work);
	pthread_mutex_unlock(&db->lock);
	pthread_join(db->thread, NULL);
	db->is_running = false;
}

/* ---- handing in ---- */

/* Under lock. */
static Err enqueue(struct sqlite_db *db, struct waiting_act *waiting)
{
	if (db->writing != SQLITE_WRITING)
		return writing_refused(db->writing);
	if (db->is_closing)
		return fail(ERR_UNAVAILABLE, "this can't be stored now: the server is stopping");
	if (db->waiting >= db->base.settings.queue_max)
		return fail(ERR_UNAVAILABLE, "this can't be stored now: too much is being written");
	if (db->last == NULL)
		db->first = waiting;
	else
		db->last->next = waiting;
	db->last = waiting;
	db->waiting++;
	pthread_cond_signal(&db->work);
	return OK;
}

/* Takes back an act that the writer has not begun. Under lock. */
static Err withdraw(struct sqlite_db *db, struct waiting_act *waiting)
{
	struct waiting_act *before = NULL;
	for (struct waiting_act *other = db->first; other != waiting; other = other->next)
		before = other;
	if (before == NULL)
		db->first = waiting->next;
	else
		before->next = waiting->next;
	if (db->last == waiting)
		db->last = before;
	db->waiting--;
	return fail(ERR_UNAVAILABLE, "this can't be stored now: too much is being written");
}

/* Once the writer has begun with an act only the disk's word ends the wait. */
static Err answer_wait(struct sqlite_db *db, struct waiting_act *waiting)
{
	int64_t deadline_ms = monotonic_ms() + db->base.settings.queue_wait_ms;
	bool in_time = true;
	while (waiting->place == PLACE_QUEUED && in_time)
		in_time = db_condition_wait(&waiting->answered, &db->lock, deadline_ms);
	if (waiting->place == PLACE_QUEUED)
		return withdraw(db, waiting);
	while (waiting->place != PLACE_ANSWERED)
		pthread_cond_wait(&waiting->answered, &db->lock);
	return err_note_give(&waiting->result);
}

/* One server has the file: there is nobody to be told. */
Err sqlite_commit(struct db *base, const struct db_act *act, bool is_long,
                  struct db_telling *telling)
{
	(void)telling;
	struct sqlite_db *db = (struct sqlite_db *)base;
	struct waiting_act waiting = {.act = act, .is_long = is_long, .place = PLACE_QUEUED};
	db_condition_init(&waiting.answered);
	pthread_mutex_lock(&db->lock);
	Err err = enqueue(db, &waiting);
	if (err == OK)
		err = answer_wait(db, &waiting);
	pthread_mutex_unlock(&db->lock);
	pthread_cond_destroy(&waiting.answered);
	return err;
}
