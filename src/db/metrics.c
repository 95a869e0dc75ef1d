#include "db/db_private.h"

struct db_values {
	int64_t commits[DB_COMMIT_ENDS];
	struct histogram_values commit_times;
	int64_t waiting, waiting_max, log_bytes, can_write;
	int64_t nodes, is_confirmed;
	int64_t confirms[DB_CONFIRM_ENDS];
	struct histogram_values confirm_times;
};

static const char *const ends[DB_COMMIT_ENDS] = {"stored", "refused", "failed"};
static const char *const confirm_ends[DB_CONFIRM_ENDS] = {"all", "late"};

#define ROW(metric_name, member, ...)                                                              \
	{                                                                                              \
		.name = "courant_db_" metric_name, .offset = offsetof(struct db_values, member),           \
		__VA_ARGS__                                                                                \
	}
static const struct metric rows[] = {
    ROW("commits_total", commits, .type = METRIC_COUNTER,
        .help = "Changes by how they ended: stored, refused by their own rules, failed.",
        .labels = {{"result", ends, DB_COMMIT_ENDS}}),
    ROW("commit_seconds", commit_times, .type = METRIC_HISTOGRAM,
        .help = "How long a change took until it was on disk, with its wait for the writer."),
    ROW("commits_waiting", waiting, .type = METRIC_GAUGE,
        .help = "Changes that wait for the writer (SQLite)."),
    ROW("commits_waiting_max", waiting_max, .type = METRIC_GAUGE,
        .help = "Changes that may wait: db.queue_max (SQLite)."),
    ROW("wal_bytes", log_bytes, .type = METRIC_GAUGE,
        .help = "Size of the write-ahead log (SQLite)."),
    ROW("writable", can_write, .type = METRIC_GAUGE,
        .help = "1 as long as changes can be stored; 0 after the disk failed, while it is full or "
                "the database is away."),
    ROW("nodes", nodes, .type = METRIC_GAUGE,
        .help = "Servers over this database, with this one (PostgreSQL)."),
    ROW("pages_confirmed", is_confirmed, .type = METRIC_GAUGE,
        .help =
            "1 as long as kept pages are known to be what the database has; 0 while it is asked "
            "for each, or can't be asked (PostgreSQL)."),
    ROW("confirms_total", confirms, .type = METRIC_COUNTER,
        .help =
            "Changes that other servers were told of, by who confirmed them within 250 ms: all, "
            "or not all (late).",
        .labels = {{"result", confirm_ends, DB_CONFIRM_ENDS}}),
    ROW("confirm_seconds", confirm_times, .type = METRIC_HISTOGRAM,
        .help = "How long such a change waited for other servers once it was on disk."),
};

static void values_read(void *source, void *out)
{
	struct db *db = source;
	struct db_values *values = out;
	for (size_t i = 0; i < DB_COMMIT_ENDS; i++)
		values->commits[i] = count_read(&db->commits[i]);
	histogram_sum(&db->commit_times, &values->commit_times);
	values->waiting = values->waiting_max = values->log_bytes = METRIC_UNKNOWN;
	if (db->driver->count != NULL) {
		db->driver->count(db, &values->waiting, &values->log_bytes);
		values->waiting_max = db->settings.queue_max;
	}
	values->can_write = db_can_write(db);
	for (size_t i = 0; i < DB_CONFIRM_ENDS; i++)
		values->confirms[i] = count_read(&db->confirms[i]);
	histogram_sum(&db->confirm_times, &values->confirm_times);
	values->nodes = values->is_confirmed = METRIC_UNKNOWN;
	if (db->driver->count_nodes != NULL) {
		values->nodes = db->driver->count_nodes(db);
		values->is_confirmed = db_standing(db) == DB_CONFIRMED;
	}
}

const struct metric_table db_metrics = {
    .room = "db",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct db_values),
    .read = values_read,
};
