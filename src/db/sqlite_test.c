#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "db/sqlite_test_support.h"

/* ---- checkpoints ---- */

struct file_size {
	char *path;
	int64_t least, most;
};

static bool file_has_size(void *context)
{
	struct file_size *wanted = context;
	struct stat status;
	return stat(wanted->path, &status) == 0 && status.st_size >= wanted->least &&
	       status.st_size <= wanted->most;
}

static Err add_large(struct db *db, size_t size_bytes)
{
	char *text = malloc(size_bytes);
	assert_non_null(text);
	memset(text, 'x', size_bytes);
	struct note note = {.text = db_text((Str){text, size_bytes})};
	Err err = note_add(db, &note);
	free(text);
	return err;
}

static void test_writer_moves_the_log_into_the_file_within_a_second(void **state)
{
	struct site *site = *state;
	struct db *db = site_open(site);
	assert_int_equal(add_large(db, 300000), OK);
	struct file_size wanted = {site->path, 300000, INT64_MAX};
	wait_until(file_has_size, &wanted);
	db_close(db);
}

static void test_log_past_64_mb_is_cut(void **state)
{
	struct site *site = *state;
	struct db *db = site_open(site);
	char *wal_path = ((struct sqlite_db *)db)->wal_path;
	/* A snapshot keeps the log from being begun anew, so that it must grow. */
	DB_READ snapshot = NULL;
	assert_int_equal(db_read_begin(db, &snapshot), OK);
	for (int i = 0; i < 9; i++)
		assert_int_equal(add_large(db, 8000000), OK);
	struct stat status;
	assert_int_equal(stat(wal_path, &status), 0);
	assert_true(status.st_size > INT64_C(67108864));
	db_read_end(&snapshot);
	struct file_size wanted = {wal_path, 0, 0};
	wait_until(file_has_size, &wanted);
	assert_int_equal(note_count_now(db), 9);
	db_close(db);
}

static void test_closed_database_is_one_file_of_mode_0600(void **state)
{
	struct site *site = *state;
	struct db *db = site_open(site);
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_equal(note_count_now(db), 1);
	struct stat status;
	char *wal_path = strdupa(((struct sqlite_db *)db)->wal_path);
	assert_int_equal(stat(wal_path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	db_close(db);
	assert_int_not_equal(stat(wal_path, &status), 0);
	assert_int_equal(stat(site->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static int64_t pragma_int(struct db_connection *connection, Sql sql)
{
	int64_t number = -1;
	assert_int_equal(db_query_int(connection, sql, DB_NO_ARGS, &number), OK);
	return number;
}

static void test_connections_are_set_for_safety(void **state)
{
	struct db *db = site_open(*state);
	struct db_connection *writer = &((struct sqlite_db *)db)->writer->base;
	DB_READ reader = NULL;
	assert_int_equal(db_read_begin(db, &reader), OK);
	assert_int_equal(pragma_int(writer, SQL("PRAGMA synchronous")), 2);
	assert_int_equal(pragma_int(reader, SQL("PRAGMA query_only")), 1);
	struct db_connection *both[] = {writer, reader};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pragma_int(both[i], SQL("PRAGMA foreign_keys")), 1);
		assert_int_equal(pragma_int(both[i], SQL("PRAGMA wal_autocheckpoint")), 0);
		assert_int_equal(pragma_int(both[i], SQL("PRAGMA mmap_size")), 0);
		assert_int_equal(pragma_int(both[i], SQL("PRAGMA cell_size_check")), 1);
		assert_int_equal(pragma_int(both[i], SQL("PRAGMA trusted_schema")), 0);
	}
	db_read_end(&reader);
	db_close(db);
}

static void test_busy_readers_are_waited_for_and_then_refused(void **state)
{
	struct site *site = *state;
	site->settings.readers = 1;
	struct db *db = site_open(site);
	DB_READ first = NULL;
	struct db_connection *second = NULL;
	assert_int_equal(db_read_begin(db, &first), OK);
	int64_t before_ms = monotonic_ms();
	assert_int_equal(db_read_begin(db, &second), ERR_UNAVAILABLE);
	assert_true(monotonic_ms() - before_ms >= 1900);
	assert_null(second);
	db_read_end(&first);
	assert_int_equal(note_count_now(db), 0);
	db_close(db);
}

/* ---- opening what can't be opened ---- */

static void opening_says(struct site *site, Err code, const char *words)
{
	struct db *db = NULL;
	assert_int_equal(db_open_with(&site->options, &note_migrations, &db), code);
	assert_null(db);
	assert_int_not_equal(str_find(err_text(), str_from_c(words)), STR_NOT_FOUND);
	assert_int_not_equal(str_find(err_text(), str_from_c(site->folder)), STR_NOT_FOUND);
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_absent_database_is_made_only_when_asked_for(void **state)
{
	struct site *site = *state;
	site->options.create = false;
	opening_says(site, ERR_NOT_FOUND, "courant init");
	assert_int_not_equal(access(site->path, F_OK), 0);
	file_write(site->path, "");
	opening_says(site, ERR_NOT_FOUND, "courant init");
}

static void test_file_of_another_kind_is_refused_and_left_alone(void **state)
{
	struct site *site = *state;
	file_write(site->path, "This is a text file, and long enough to be taken for a header: it is "
	                       "not one, though it has more than a hundred bytes.");
	opening_says(site, ERR_INVALID, "is not a database");
	unlink(site->path);
	sqlite3 *other;
	assert_int_equal(sqlite3_open(site->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "CREATE TABLE theirs (x)", NULL, NULL, NULL), SQLITE_OK);
	opening_says(site, ERR_INVALID, "not Courant's");
	assert_int_equal(sqlite3_exec(other, "INSERT INTO theirs VALUES (1)", NULL, NULL, NULL),
	                 SQLITE_OK);
	sqlite3_close(other);
}

static void test_folder_is_not_a_database(void **state)
{
	struct site *site = *state;
	char *folder = site->path;
	assert_int_equal(mkdir(folder, 0700), 0);
	opening_says(site, ERR_INVALID, "it is not a file");
	assert_int_equal(rmdir(folder), 0);
}

static void test_database_locked_by_another_program_is_refused(void **state)
{
	struct site *site = *state;
	db_close(site_open(site));
	sqlite3 *other;
	assert_int_equal(sqlite3_open(site->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other,
	                              "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
	                              "CREATE TABLE x (y)",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	opening_says(site, ERR_CONFLICT, "locked by another program");
	sqlite3_close(other);
}

static void test_damaged_database_is_refused_with_advice(void **state)
{
	struct site *site = *state;
	db_close(site_open(site));
	int descriptor = open(site->path, O_WRONLY);
	char noise[4000];
	memset(noise, 0x55, sizeof noise);
	assert_int_equal(pwrite(descriptor, noise, sizeof noise, 96), (ssize_t)sizeof noise);
	close(descriptor);
	opening_says(site, ERR_IO, "restore a backup");
}

/* ---- killed at any moment ---- */

#define KILL_ROUNDS 20
#define KILL_THREADS 3

struct killed {
	struct db *db;
	int thread;
	int round;
	int acknowledgements; /* the pipe */
};

/* Acknowledges what was accepted, as a server does, until it is killed. */
static void *killed_main(void *context)
{
	struct killed *killed = context;
	char slug[32];
	for (int i = 0;; i++) {
		int32_t number = (killed->round * KILL_THREADS + killed->thread) * 100000 + i;
		snprintf(slug, sizeof slug, "%d", number);
		if (note_add_slug(killed->db, slug) != OK ||
		    write(killed->acknowledgements, &number, sizeof number) != (ssize_t)sizeof number)
			_exit(1);
	}
	return NULL;
}

static _Noreturn void killed_run(struct site *site, int round, int acknowledgements)
{
	struct db *db;
	struct killed killed[KILL_THREADS];
	if (db_open_with(&site->options, &note_migrations, &db) != OK)
		_exit(1);
	for (int i = 0; i < KILL_THREADS; i++) {
		pthread_t thread;
		killed[i] = (struct killed){db, i, round, acknowledgements};
		if (pthread_create(&thread, NULL, killed_main, &killed[i]) != 0)
			_exit(1);
	}
	for (;;)
		pause();
}

/* Runs a child until `enough` acknowledgements have come, kills it, and takes the rest of them. */
static size_t kill_round(struct site *site, int round, size_t enough, int32_t *numbers, size_t room)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		killed_run(site, round, ends[1]);
	}
	close(ends[1]);
	size_t count = 0;
	bool is_killed = false;
	while (read(ends[0], &numbers[count], sizeof numbers[0]) == (ssize_t)sizeof numbers[0]) {
		count++;
		assert_true(count < room);
		if (count >= enough && !is_killed)
			assert_int_equal(kill(child, SIGKILL), 0);
		is_killed |= count >= enough;
	}
	close(ends[0]);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(is_killed && WIFSIGNALED(status));
	return count;
}

static void test_nothing_acknowledged_is_lost_when_killed(void **state)
{
	struct site *site = *state;
	enum { ROOM = 20000 };
	int32_t *numbers = calloc(ROOM, sizeof *numbers);
	assert_non_null(numbers);
	size_t count = 0;
	for (int round = 0; round < KILL_ROUNDS; round++) {
		unsigned char random;
		random_bytes(&random, sizeof random);
		count += kill_round(site, round, 1U + random % 60U, numbers + count, ROOM - count);
		struct db *db = site_open(site);
		char slug[32];
		for (size_t i = 0; i < count; i++) {
			snprintf(slug, sizeof slug, "%d", numbers[i]);
			assert_true(note_is_there(db, slug));
		}
		/* Each thread had one act under way at most. */
		assert_in_range(note_count_now(db), count, count + (size_t)(round + 1) * KILL_THREADS);
		DB_READ connection = NULL;
		DB_ROWS rows = NULL;
		assert_int_equal(db_read_begin(db, &connection), OK);
		assert_int_equal(db_query(connection, SQL("PRAGMA integrity_check"), DB_NO_ARGS, &rows),
		                 OK);
		assert_true(db_rows_next(rows));
		assert_true(str_equal(db_rows_text(rows, 0), S("ok")));
		db_rows_close(&rows);
		db_read_end(&connection);
		db_close(db);
	}
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SITE_TEST(test_writer_moves_the_log_into_the_file_within_a_second),
	    SITE_TEST(test_log_past_64_mb_is_cut),
	    SITE_TEST(test_closed_database_is_one_file_of_mode_0600),
	    SITE_TEST(test_connections_are_set_for_safety),
	    SITE_TEST(test_busy_readers_are_waited_for_and_then_refused),
	    SITE_TEST(test_absent_database_is_made_only_when_asked_for),
	    SITE_TEST(test_file_of_another_kind_is_refused_and_left_alone),
	    SITE_TEST(test_folder_is_not_a_database),
	    SITE_TEST(test_database_locked_by_another_program_is_refused),
	    SITE_TEST(test_damaged_database_is_refused_with_advice),
	    SITE_TEST(test_nothing_acknowledged_is_lost_when_killed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
