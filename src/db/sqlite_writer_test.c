#include <poll.h>
#include <semaphore.h>
#include <unistd.h>

#include "db/sqlite_test_support.h"
#include "db/sqlite_test_vfs.h"

/* ---- acts that wait for the writer ---- */

/* An act that keeps the writer until it is let go, so that others queue up behind it. */
struct hold {
	struct db *db;
	sem_t begun, let_go;
	pthread_t thread;
	Err result;
};

static Err hold_commit(struct db_connection *connection, void *context)
{
	(void)connection;
	struct hold *hold = context;
	sem_post(&hold->begun);
	sem_wait(&hold->let_go);
	return OK;
}

static void *hold_main(void *context)
{
	struct hold *hold = context;
	struct db_act act = {"hold", hold_commit, hold};
	hold->result = db_commit(hold->db, &act);
	return NULL;
}

static void hold_begin(struct hold *hold, struct db *db)
{
	hold->db = db;
	sem_init(&hold->begun, 0, 0);
	sem_init(&hold->let_go, 0, 0);
	assert_int_equal(pthread_create(&hold->thread, NULL, hold_main, hold), 0);
	sem_wait(&hold->begun);
}

static void hold_end(struct hold *hold)
{
	sem_post(&hold->let_go);
	pthread_join(hold->thread, NULL);
	assert_int_equal(hold->result, OK);
	sem_destroy(&hold->begun);
	sem_destroy(&hold->let_go);
}

/* An act on a thread of its own. */
struct queued {
	struct db *db;
	struct db_act act;
	bool is_long;
	struct note note;
	pthread_t thread;
	Err result;
};

static void *queued_main(void *context)
{
	struct queued *queued = context;
	queued->result = queued->is_long ? db_commit_long(queued->db, &queued->act)
	                                 : db_commit(queued->db, &queued->act);
	return NULL;
}

struct queue_length {
	struct sqlite_db *db;
	int64_t length;
};

static bool queue_is_long(void *context)
{
	struct queue_length *wanted = context;
	pthread_mutex_lock(&wanted->db->lock);
	bool is_long = wanted->db->waiting == wanted->length;
	pthread_mutex_unlock(&wanted->db->lock);
	return is_long;
}

static void queued_start(struct queued *queued, struct db *db, int64_t place,
                         Err (*commit)(struct db_connection *, void *), const char *slug)
{
	queued->db = db;
	queued->note = (struct note){.slug = db_text(str_from_c(slug))};
	queued->act = (struct db_act){slug, commit, &queued->note};
	assert_int_equal(pthread_create(&queued->thread, NULL, queued_main, queued), 0);
	struct queue_length wanted = {(struct sqlite_db *)db, place};
	wait_until(queue_is_long, &wanted);
}

/* Begins it, and waits until it is the `place`th in the queue. */
static void queued_begin(struct queued *queued, struct db *db, int64_t place,
                         Err (*commit)(struct db_connection *, void *), const char *slug)
{
	queued->is_long = false;
	queued_start(queued, db, place, commit, slug);
}

static Err queued_end(struct queued *queued)
{
	pthread_join(queued->thread, NULL);
	return queued->result;
}

static Err insert_then_refuse(struct db_connection *connection, void *context)
{
	TRY(note_insert(connection, context));
	return fail(ERR_DENIED, "no");
}

/* What lack of memory does too: the whole transaction is gone. */
static Err insert_or_roll_back(struct db_connection *connection, void *context)
{
	struct note *note = context;
	note->runs++;
	return db_run(connection, SQL("INSERT OR ROLLBACK INTO note (slug) VALUES ($1)"),
	              DB_ARGS(note->slug), NULL);
}

static void test_waiting_acts_share_one_sync_and_refusals_undo_themselves_alone(void **state)
{
	failing_disk_register();
	struct db *db = site_open(*state);
	struct hold hold;
	struct queued first;
	struct queued refusing;
	struct queued last;
	hold_begin(&hold, db);
	queued_begin(&first, db, 1, note_insert, "first");
	queued_begin(&refusing, db, 2, insert_then_refuse, "refusing");
	queued_begin(&last, db, 3, note_insert, "last");
	int syncs = failing_disk_syncs();
	hold_end(&hold);
	assert_int_equal(queued_end(&first), OK);
	assert_int_equal(queued_end(&refusing), ERR_DENIED);
	assert_int_equal(queued_end(&last), OK);
	/* The checkpoint of each second may have added two of its own. */
	assert_in_range(failing_disk_syncs() - syncs, 1, 3);
	assert_true(note_is_there(db, "first"));
	assert_false(note_is_there(db, "refusing"));
	assert_true(note_is_there(db, "last"));
	assert_int_equal(first.note.runs, 1);
	db_close(db);
	failing_disk_unregister();
}

/* ---- long acts ---- */

/* A savepoint of the writer's can be seen, because it can be released. */
static Err insert_in_savepoint(struct db_connection *connection, void *context)
{
	TRY(note_insert(connection, context));
	return db_run(connection, SQL("RELEASE act"), DB_NO_ARGS, NULL);
}

static void test_long_act_has_a_transaction_to_itself(void **state)
{
	struct db *db = site_open(*state);
	struct hold hold;
	struct queued first;
	struct queued alone = {.is_long = true};
	struct queued refusing = {.is_long = true};
	struct queued last;
	hold_begin(&hold, db);
	queued_begin(&first, db, 1, note_insert, "first");
	queued_start(&alone, db, 2, insert_in_savepoint, "alone");
	queued_start(&refusing, db, 3, insert_then_refuse, "refusing");
	queued_begin(&last, db, 4, note_insert, "last");
	hold_end(&hold);
	assert_int_equal(queued_end(&first), OK);
	assert_int_equal(queued_end(&alone), ERR_INTERNAL);
	assert_int_equal(queued_end(&refusing), ERR_DENIED);
	assert_int_equal(queued_end(&last), OK);
	assert_true(note_is_there(db, "first"));
	assert_false(note_is_there(db, "alone"));
	assert_false(note_is_there(db, "refusing"));
	assert_true(note_is_there(db, "last"));
	assert_int_equal(first.note.runs, 1);
	assert_int_equal(last.note.runs, 1);
	db_close(db);
}

static void test_commit_halves_run_again_when_another_act_undid_their_group(void **state)
{
	struct db *db = site_open(*state);
	assert_int_equal(note_add_slug(db, "taken"), OK);
	struct hold hold;
	struct queued first;
	struct queued culprit;
	struct queued last;
	hold_begin(&hold, db);
	queued_begin(&first, db, 1, note_insert, "first");
	queued_begin(&culprit, db, 2, insert_or_roll_back, "taken");
	queued_begin(&last, db, 3, note_insert, "last");
	hold_end(&hold);
	assert_int_equal(queued_end(&first), OK);
	assert_int_equal(queued_end(&culprit), ERR_CONFLICT);
	assert_int_equal(queued_end(&last), OK);
	assert_int_equal(first.note.runs, 2);
	assert_int_equal(culprit.note.runs, 1);
	assert_int_equal(last.note.runs, 1);
	assert_int_equal(note_count_now(db), 3);
	db_close(db);
}

static void test_acts_past_the_queue_are_refused_at_once(void **state)
{
	struct site *site = *state;
	site->settings.queue_max = 2;
	struct db *db = site_open(site);
	struct hold hold;
	struct queued first;
	struct queued second;
	hold_begin(&hold, db);
	queued_begin(&first, db, 1, note_insert, "first");
	queued_begin(&second, db, 2, note_insert, "second");
	assert_int_equal(note_add_slug(db, "third"), ERR_UNAVAILABLE);
	hold_end(&hold);
	assert_int_equal(queued_end(&first), OK);
	assert_int_equal(queued_end(&second), OK);
	assert_int_equal(note_add_slug(db, "fourth"), OK);
	assert_int_equal(note_count_now(db), 3);
	db_close(db);
}

static void test_act_that_waited_too_long_is_never_run(void **state)
{
	struct site *site = *state;
	site->settings.queue_wait_ms = 10;
	struct db *db = site_open(site);
	struct hold hold;
	struct note note = {.slug = db_text(S("late"))};
	hold_begin(&hold, db);
	assert_int_equal(note_add(db, &note), ERR_UNAVAILABLE);
	hold_end(&hold);
	assert_int_equal(note.runs, 0);
	assert_int_equal(note_count_now(db), 0);
	db_close(db);
}

static void test_command_waits_longer_than_the_setting_says(void **state)
{
	struct site *site = *state;
	site->settings.queue_wait_ms = 10;
	struct db *db = site_open(site);
	struct hold hold;
	struct queued queued;
	db_wait_long(db);
	hold_begin(&hold, db);
	queued_begin(&queued, db, 1, note_insert, "patient");
	/* The time itself is what the test is about: ten times what the setting lets an act wait. */
	(void)poll(NULL, 0, 100);
	hold_end(&hold);
	assert_int_equal(queued_end(&queued), OK);
	db_close(db);
}

static void test_waiting_acts_are_finished_before_the_database_closes(void **state)
{
	struct db *db = site_open(*state);
	struct hold hold;
	struct queued queued;
	hold_begin(&hold, db);
	queued_begin(&queued, db, 1, note_insert, "waiting");
	hold_end(&hold);
	assert_int_equal(queued_end(&queued), OK);
	db_close(db);
	db = site_open(*state);
	assert_true(note_is_there(db, "waiting"));
	db_close(db);
}

/* ---- the latch ---- */

/* Adds until one is refused; how many were accepted. */
static int add_until_refused(struct db *db, Err *refusal)
{
	char slug[32];
	for (int i = 0;; i++) {
		assert_true(i < 100);
		snprintf(slug, sizeof slug, "note %d", i);
		*refusal = note_add_slug(db, slug);
		if (*refusal != OK)
			return i;
	}
}

static void writing_has_stopped(struct site *site, struct db *db, int accepted, Err refusal)
{
	char slug[32];
	assert_int_equal(refusal, ERR_UNAVAILABLE);
	assert_false(db_can_write(db));
	for (int i = 0; i < 5; i++)
		assert_int_equal(note_add_slug(db, "later"), ERR_UNAVAILABLE);
	assert_int_equal(note_count_now(db), accepted);
	db_close(db);
	/* The disk is sound again. What was refused may be there or not; what was accepted is. */
	db = site_open(site);
	for (int i = 0; i < accepted; i++) {
		snprintf(slug, sizeof slug, "note %d", i);
		assert_true(note_is_there(db, slug));
	}
	assert_false(note_is_there(db, "later"));
	assert_in_range(note_count_now(db), accepted, accepted + 1);
	db_close(db);
	unlink(site->path);
}

static void test_no_act_is_accepted_after_a_failed_sync(void **state)
{
	failing_disk_register();
	for (int nth = 1; nth <= 20; nth++) {
		struct db *db = site_open(*state);
		Err refusal;
		failing_disk_sync(nth, SQLITE_IOERR_FSYNC);
		int accepted = add_until_refused(db, &refusal);
		assert_in_range(accepted, 0, nth);
		writing_has_stopped(*state, db, accepted, refusal);
	}
	failing_disk_unregister();
}

static void test_no_act_is_accepted_after_a_failed_write(void **state)
{
	failing_disk_register();
	for (int nth = 1; nth <= 20; nth++) {
		struct db *db = site_open(*state);
		Err refusal;
		failing_disk_write(nth, SQLITE_IOERR_WRITE);
		int accepted = add_until_refused(db, &refusal);
		assert_in_range(accepted, 0, nth);
		writing_has_stopped(*state, db, accepted, refusal);
	}
	failing_disk_unregister();
}

static bool can_write(void *db)
{
	return db_can_write(db);
}

static void test_full_disk_refuses_until_there_is_room(void **state)
{
	failing_disk_register();
	struct db *db = site_open(*state);
	assert_int_equal(note_add_slug(db, "before"), OK);
	failing_disk_write(1, SQLITE_FULL);
	assert_int_equal(note_add_slug(db, "refused"), ERR_UNAVAILABLE);
	assert_int_equal(note_count_now(db), 1);
	/* The disk itself has room, which is seen within a second. */
	wait_until(can_write, db);
	assert_int_equal(note_add_slug(db, "after"), OK);
	assert_false(note_is_there(db, "refused"));
	db_close(db);
	failing_disk_unregister();
	db = site_open(*state);
	assert_int_equal(note_count_now(db), 2);
	db_close(db);
}

static void test_whole_group_is_refused_with_its_failed_sync(void **state)
{
	failing_disk_register();
	struct db *db = site_open(*state);
	struct hold hold;
	struct queued first;
	struct queued refusing;
	hold_begin(&hold, db);
	queued_begin(&first, db, 1, note_insert, "first");
	queued_begin(&refusing, db, 2, insert_then_refuse, "refusing");
	/* All of them: the checkpoint's, if it comes first, would be the one otherwise. */
	failing_disk_sync(1, SQLITE_IOERR_FSYNC);
	hold_end(&hold);
	assert_int_equal(queued_end(&first), ERR_UNAVAILABLE);
	assert_int_equal(queued_end(&refusing), ERR_UNAVAILABLE);
	assert_false(db_can_write(db));
	db_close(db);
	failing_disk_unregister();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SITE_TEST(test_waiting_acts_share_one_sync_and_refusals_undo_themselves_alone),
	    SITE_TEST(test_long_act_has_a_transaction_to_itself),
	    SITE_TEST(test_commit_halves_run_again_when_another_act_undid_their_group),
	    SITE_TEST(test_acts_past_the_queue_are_refused_at_once),
	    SITE_TEST(test_act_that_waited_too_long_is_never_run),
	    SITE_TEST(test_command_waits_longer_than_the_setting_says),
	    SITE_TEST(test_waiting_acts_are_finished_before_the_database_closes),
	    SITE_TEST(test_no_act_is_accepted_after_a_failed_sync),
	    SITE_TEST(test_no_act_is_accepted_after_a_failed_write),
	    SITE_TEST(test_full_disk_refuses_until_there_is_room),
	    SITE_TEST(test_whole_group_is_refused_with_its_failed_sync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
