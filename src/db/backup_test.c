#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/note_test_support.h"
#include "db/sqlite_test_vfs.h"

/* Another database beside the test's, on either engine. */
struct place {
	void *state;
	struct db *db;
};

static void place_make(struct place *place, int (*setup)(void **state),
                       struct db_migrations *migrations)
{
	place->state = migrations;
	assert_int_equal(setup(&place->state), 0);
	place->db = db_test_db(&place->state);
}

static void place_done(struct place *place)
{
	assert_int_equal(db_test_teardown(&place->state), 0);
}

static Str path_in(void **state, const char *name, char room[256])
{
	snprintf(room, 256, "%s/%s", db_test_folder(state), name);
	return str_from_c(room);
}

static Err leaf_insert(struct db_connection *connection, void *context)
{
	const int64_t *note_id = context;
	return db_run(connection, SQL("INSERT INTO leaf (note_id) VALUES ($1)"),
	              DB_ARGS(db_int(*note_id)), NULL);
}

#define ROWS 500

/* Awkward values first, then many. */
static void fill(struct db *db)
{
	static const char *const texts[] = {"", "it's \"quoted\" \\x \\N NULL", "line\nline\r\n\ttab",
	                                    "\xD8\xB4\xD9\x81\xD9\x82 \xF0\x9F\x93\xB0"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct note note = {.text = db_text(str_from_c(texts[i])), .number = db_int(-(int64_t)i)};
		assert_int_equal(note_add(db, &note), OK);
		struct db_act act = {"leaf_add", leaf_insert, &note.id};
		assert_int_equal(db_commit(db, &act), OK);
	}
	struct note least = {.number = db_int(INT64_MIN)};
	assert_int_equal(note_add(db, &least), OK);
	for (int i = 0; i < ROWS; i++) {
		char slug[32];
		snprintf(slug, sizeof slug, "007.%d", i);
		assert_int_equal(note_add_slug(db, slug), OK);
	}
}

/* Compares without what is tested here. */
static void assert_same(struct db *a, struct db *b)
{
	for (size_t t = 0; t < NOTE_TABLE_COUNT; t++) {
		DB_READ a_read = NULL;
		DB_READ b_read = NULL;
		DB_ROWS a_rows = NULL;
		DB_ROWS b_rows = NULL;
		assert_int_equal(db_read_begin(a, &a_read), OK);
		assert_int_equal(db_read_begin(b, &b_read), OK);
		assert_int_equal(db_query(a_read, note_tables[t].select, DB_NO_ARGS, &a_rows), OK);
		assert_int_equal(db_query(b_read, note_tables[t].select, DB_NO_ARGS, &b_rows), OK);
		while (db_rows_next(a_rows)) {
			assert_true(db_rows_next(b_rows));
			for (int i = 0; i < note_tables[t].columns; i++) {
				assert_int_equal(db_rows_is_null(a_rows, i), db_rows_is_null(b_rows, i));
				assert_true(str_equal(db_rows_text(a_rows, i), db_rows_text(b_rows, i)));
			}
		}
		assert_false(db_rows_next(b_rows));
		assert_int_equal(db_rows_check(a_rows), OK);
	}
}

static void round_trip(struct db *source, struct db *target, Str path)
{
	char c_path[256];
	snprintf(c_path, sizeof c_path, "%.*s", STR(path));
	assert_int_equal(db_backup(source, note_tables, NOTE_TABLE_COUNT, path), OK);
	assert_int_equal(db_restore(target, note_tables, NOTE_TABLE_COUNT, path), OK);
	assert_same(source, target);
	if (db_is_postgres(target)) {
		int64_t unknown;
		DB_READ connection = NULL;
		assert_int_equal(db_read_begin(target, &connection), OK);
		assert_int_equal(db_query_int(connection,
		                              SQL("SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND "
		                                  "relnamespace = CAST(current_schema() AS regnamespace) "
		                                  "AND reltuples < 0"),
		                              DB_NO_ARGS, &unknown),
		                 OK);
		assert_int_equal(unknown, 0);
	}
	/* New ids go on after the restored ones. */
	struct note more = {.text = db_text(S("more"))};
	assert_int_equal(note_add(target, &more), OK);
	assert_int_equal(note_count_now(target), note_count_now(source) + 1);
	assert_int_equal(unlink(c_path), 0);
}

static void test_restored_database_has_every_record(void **state)
{
	struct db *db = db_test_db(state);
	struct place target;
	char room[256];
	fill(db);
	place_make(&target, db_test_setup_sqlite, &note_migrations);
	round_trip(db, target.db, path_in(state, "backup", room));
	if (db_is_postgres(db)) {
		/* And the way back from SQLite. */
		struct place back;
		place_make(&back, db_test_setup_postgres, &note_migrations);
		round_trip(target.db, back.db, path_in(state, "back", room));
		place_done(&back);
	}
	place_done(&target);
}

static size_t files_in(const char *folder)
{
	size_t count = 0;
	DIR *entries = opendir(folder);
	assert_non_null(entries);
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(entries);
	return count;
}

static void test_backup_is_one_private_file_that_replaces_none(void **state)
{
	struct db *db = db_test_db(state);
	char room[256];
	Str path = path_in(state, "backup", room);
	size_t files = files_in(db_test_folder(state));
	assert_int_equal(db_backup(db, note_tables, NOTE_TABLE_COUNT, path), OK);
	assert_int_equal(files_in(db_test_folder(state)), files + 1);
	struct stat status;
	assert_int_equal(stat(room, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(db_backup(db, note_tables, NOTE_TABLE_COUNT, path), ERR_CONFLICT);
	assert_int_equal(files_in(db_test_folder(state)), files + 1);
}

static void test_failed_backup_leaves_no_file(void **state)
{
	struct db *db = db_test_db(state);
	char room[256];
	size_t files = files_in(db_test_folder(state));
	struct db_table wrong = {"note", SQL("SELECT id FROM note"),
	                         SQL("INSERT INTO missing (id) VALUES ($1)"), 1};
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_not_equal(db_backup(db, &wrong, 1, path_in(state, "backup", room)), OK);
	assert_int_equal(files_in(db_test_folder(state)), files);
	assert_int_equal(db_backup(db, note_tables, 1, S("/nonexistent/folder/backup")), ERR_IO);
}

static void test_backup_is_given_up_when_told_so_and_acts_go_on(void **state)
{
	struct db *db = db_test_db(state);
	char room[256];
	assert_int_equal(note_add_slug(db, "a"), OK);
	size_t files = files_in(db_test_folder(state));
	DB_READ connection = NULL;
	DB_ROWS rows = NULL;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_read_stream(connection), OK);
	assert_int_equal(db_query(connection, SQL("SELECT 1 UNION SELECT 2"), DB_NO_ARGS, &rows), OK);
	assert_true(db_rows_next(rows));
	db_give_up_streams(db);
	assert_false(db_rows_next(rows));
	assert_int_equal(db_rows_check(rows), ERR_UNAVAILABLE);
	assert_int_equal(db_backup(db, note_tables, NOTE_TABLE_COUNT, path_in(state, "backup", room)),
	                 ERR_UNAVAILABLE);
	assert_int_equal(files_in(db_test_folder(state)), files);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(note_count_now(db), 2);
}

/* Drops what the backup should hold: a loss on the way must be noticed. */
static void test_backup_that_lost_a_value_is_refused(void **state)
{
	struct db *db = db_test_db(state);
	char room[256];
	struct note note = {.slug = db_text(S("a")), .text = db_text(S("text"))};
	assert_int_equal(note_add(db, &note), OK);
	struct db_table loses = {"note", SQL("SELECT id, slug, text FROM note ORDER BY id"),
	                         SQL("INSERT INTO note (id, slug, text) "
	                             "VALUES ($1, $2, SUBSTR($3, 1, 3))"),
	                         3};
	assert_int_equal(db_backup(db, &loses, 1, path_in(state, "backup", room)), ERR_INTERNAL);
	assert_int_not_equal(str_find(err_text(), S("row 1 of the table note")), STR_NOT_FOUND);
}

static void test_database_with_rows_is_not_restored_into(void **state)
{
	struct db *db = db_test_db(state);
	char room[256];
	assert_int_equal(note_add_slug(db, "a"), OK);
	Str path = path_in(state, "backup", room);
	assert_int_equal(db_backup(db, note_tables, NOTE_TABLE_COUNT, path), OK);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(db_restore(db, note_tables, NOTE_TABLE_COUNT, path), ERR_CONFLICT);
	assert_int_equal(note_count_now(db), 2);
}

/* Changes one byte of a text, in which SQLite's own check sees nothing wrong. */
static void damage(const char *path, const char *text)
{
	int descriptor = open(path, O_RDWR);
	struct stat status;
	assert_int_equal(fstat(descriptor, &status), 0);
	size_t size = (size_t)status.st_size;
	char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	assert_true(bytes != MAP_FAILED);
	char *found = memmem(bytes, size, text, strlen(text));
	assert_non_null(found);
	*found ^= 1;
	munmap(bytes, size);
	close(descriptor);
}

static void restoring_says(struct db *db, Str path, Err code, const char *words)
{
	assert_int_equal(db_restore(db, note_tables, NOTE_TABLE_COUNT, path), code);
	if (str_find(err_text(), str_from_c(words)) == STR_NOT_FOUND)
		print_error("%.*s\n", STR(err_text()));
	assert_int_not_equal(str_find(err_text(), str_from_c(words)), STR_NOT_FOUND);
	assert_int_equal(note_count_now(db), 0);
}

static void test_damaged_backup_is_not_restored(void **state)
{
	struct db *db = db_test_db(state);
	struct place source;
	char room[256];
	Str path = path_in(state, "backup", room);
	place_make(&source, db_test_setup_sqlite, &note_migrations);
	struct note note = {.text = db_text(S("the one and only text"))};
	assert_int_equal(note_add(source.db, &note), OK);
	assert_int_equal(db_backup(source.db, note_tables, NOTE_TABLE_COUNT, path), OK);
	damage(room, "one and only");
	restoring_says(db, path, ERR_INVALID, "damaged");
	assert_int_equal(truncate(room, 6000), 0);
	restoring_says(db, path, ERR_INVALID, "can't be restored");
	place_done(&source);
}

static void test_what_is_no_backup_is_not_restored(void **state)
{
	struct db *db = db_test_db(state);
	struct place source;
	char room[256];
	restoring_says(db, S("/nonexistent/backup"), ERR_NOT_FOUND, "/nonexistent/backup");
	restoring_says(db, S("/tmp"), ERR_INVALID, "not a file");
	Str path = path_in(state, "text", room);
	FILE *file = fopen(room, "w");
	assert_non_null(file);
	for (int i = 0; i < 100; i++)
		fputs("no database at all, only text\n", file);
	fclose(file);
	restoring_says(db, path, ERR_INVALID, "not a database");
	/* A site's own file, closed: not checked as a backup is. */
	place_make(&source, db_test_setup_sqlite, &note_migrations);
	Str site = db_test_options(&source.state)->sqlite_path;
	db_test_close(&source.state);
	restoring_says(db, site, ERR_INVALID, "was not made by courant backup");
	place_done(&source);
}

static const struct embedded_file old_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
};
static struct db_migrations old_list = {old_files, 1};
static const struct embedded_file new_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
    MIGRATION("0002_test_y.sql", "ALTER TABLE a ADD COLUMN y BIGINT NOT NULL DEFAULT 7"),
};
static struct db_migrations new_list = {new_files, 2};
static const struct db_table old_table = {"a", SQL("SELECT x FROM a ORDER BY x"),
                                          SQL("INSERT INTO a (x) VALUES ($1)"), 1};
static const struct db_table new_table = {"a", SQL("SELECT x, y FROM a ORDER BY x"),
                                          SQL("INSERT INTO a (x, y) VALUES ($1, $2)"), 2};

static Err a_insert(struct db_connection *connection, void *context)
{
	(void)context;
	return db_run(connection, SQL("INSERT INTO a (x) VALUES (1)"), DB_NO_ARGS, NULL);
}

static void test_backup_of_an_older_schema_is_brought_up_to_date(void **state)
{
	struct db *db = db_test_db(state); /* of the new schema */
	struct place source;
	char room[256];
	Str path = path_in(state, "backup", room);
	place_make(&source, db_test_setup_sqlite, &old_list);
	struct db_act act = {"a_add", a_insert, NULL};
	assert_int_equal(db_commit(source.db, &act), OK);
	assert_int_equal(db_backup(source.db, &old_table, 1, path), OK);
	assert_int_equal(db_restore(db, &new_table, 1, path), OK);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query_int(connection, SQL("SELECT x * 10 + y FROM a"), DB_NO_ARGS, &number),
	                 OK);
	assert_int_equal(number, 17);
	place_done(&source);
}

static void test_backup_of_a_newer_schema_is_refused(void **state)
{
	struct db *db = db_test_db(state); /* of the old schema */
	struct place source;
	char room[256];
	Str path = path_in(state, "backup", room);
	place_make(&source, db_test_setup_sqlite, &new_list);
	assert_int_equal(db_backup(source.db, &new_table, 1, path), OK);
	assert_int_equal(db_restore(db, &old_table, 1, path), ERR_CONFLICT);
	assert_int_not_equal(str_find(err_text(), S("newer Courant")), STR_NOT_FOUND);
	place_done(&source);
}

/* Two acts write a note and its leaf, always in one transaction, while the backup is made. */
struct busy {
	struct db *db;
	Str path;
	Err result;
};

static Err note_and_leaf(struct db_connection *connection, void *context)
{
	struct note *note = context;
	TRY(note_insert(connection, note));
	return leaf_insert(connection, &note->id);
}

static void write_or_back_up(void *context, int which)
{
	struct busy *busy = context;
	if (which == 1) {
		busy->result = db_backup(busy->db, note_tables, NOTE_TABLE_COUNT, busy->path);
		return;
	}
	for (int i = 0; i < 100; i++) {
		struct note note = {.number = db_int(i)};
		struct db_act act = {"note_and_leaf", note_and_leaf, &note};
		if (db_commit(busy->db, &act) != OK)
			abort();
	}
}

static void test_backup_while_acts_go_on_is_of_one_moment(void **state)
{
	struct db *db = db_test_db(state);
	struct place target;
	char room[256];
	struct busy busy = {db, path_in(state, "backup", room), OK};
	db_test_twice_at_once(write_or_back_up, &busy);
	assert_int_equal(busy.result, OK);
	place_make(&target, db_test_setup_sqlite, &note_migrations);
	assert_int_equal(db_restore(target.db, note_tables, NOTE_TABLE_COUNT, busy.path), OK);
	DB_READ connection = NULL;
	int64_t differs;
	assert_int_equal(db_read_begin(target.db, &connection), OK);
	assert_int_equal(db_query_int(connection,
	                              SQL("SELECT (SELECT COUNT(*) FROM note) - "
	                                  "(SELECT COUNT(*) FROM leaf)"),
	                              DB_NO_ARGS, &differs),
	                 OK);
	assert_int_equal(differs, 0);
	db_read_end(&connection);
	place_done(&target);
}

static void test_backup_can_be_made_after_the_disk_failed(void **state)
{
	struct place source;
	struct place target;
	char room[256];
	assert_non_null(db_test_db(state));
	failing_disk_register();
	place_make(&source, db_test_setup_sqlite, &note_migrations);
	assert_int_equal(note_add_slug(source.db, "accepted"), OK);
	failing_disk_sync(1, SQLITE_IOERR_FSYNC);
	assert_int_equal(note_add_slug(source.db, "refused"), ERR_UNAVAILABLE);
	Str path = path_in(state, "backup", room);
	assert_int_equal(db_backup(source.db, note_tables, NOTE_TABLE_COUNT, path), OK);
	place_done(&source);
	failing_disk_unregister();
	place_make(&target, db_test_setup_sqlite, &note_migrations);
	assert_int_equal(db_restore(target.db, note_tables, NOTE_TABLE_COUNT, path), OK);
	assert_true(note_is_there(target.db, "accepted"));
	assert_false(note_is_there(target.db, "refused"));
	place_done(&target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_WITH(test_restored_database_has_every_record, &note_migrations),
	    DB_TEST_WITH(test_backup_is_one_private_file_that_replaces_none, &note_migrations),
	    DB_TEST_WITH(test_failed_backup_leaves_no_file, &note_migrations),
	    DB_TEST_WITH(test_backup_is_given_up_when_told_so_and_acts_go_on, &note_migrations),
	    DB_TEST_WITH(test_backup_that_lost_a_value_is_refused, &note_migrations),
	    DB_TEST_WITH(test_database_with_rows_is_not_restored_into, &note_migrations),
	    DB_TEST_WITH(test_damaged_backup_is_not_restored, &note_migrations),
	    DB_TEST_WITH(test_what_is_no_backup_is_not_restored, &note_migrations),
	    DB_TEST_WITH(test_backup_of_an_older_schema_is_brought_up_to_date, &new_list),
	    DB_TEST_WITH(test_backup_of_a_newer_schema_is_refused, &old_list),
	    DB_TEST_WITH(test_backup_while_acts_go_on_is_of_one_moment, &note_migrations),
	    DB_TEST_ON_SQLITE(test_backup_can_be_made_after_the_disk_failed, &note_migrations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
