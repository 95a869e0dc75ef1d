#include "db/sqlite_test_support.h"

#include <stdlib.h>
#include <time.h>

#include "base/random.h"

int site_setup(void **state)
{
	struct site *site = calloc(1, sizeof *site);
	assert_non_null(site);
	assert_true(random_start());
	site->folder = db_test_folder_make();
	assert_true(asprintf(&site->path, "%s/courant.db", site->folder) > 0);
	site->settings = (struct db_settings){
	    .readers = 4, .queue_max = 100, .queue_wait_ms = 20 * SECOND_MS, .group_max = 64};
	site->options = (struct db_options){.sqlite_path = str_from_c(site->path),
	                                    .create = true,
	                                    .settings = &site->settings,
	                                    .clock = &clock_system};
	*state = site;
	return 0;
}

int site_teardown(void **state)
{
	struct site *site = *state;
	db_test_folder_remove(site->folder);
	free(site->path);
	free(site);
	return 0;
}

struct db *site_open(struct site *site)
{
	struct db *db = NULL;
	Err err = db_open_with(&site->options, &note_migrations, &db);
	if (err != OK)
		print_error("%.*s\n", STR(err_text()));
	assert_int_equal(err, OK);
	return db;
}

void wait_until(bool (*is_so)(void *context), void *context)
{
	int64_t deadline_ms = monotonic_ms() + 20 * SECOND_MS;
	while (!is_so(context)) {
		assert_true(monotonic_ms() < deadline_ms);
		struct timespec moment = {.tv_nsec = 5000000};
		nanosleep(&moment, NULL);
	}
}
