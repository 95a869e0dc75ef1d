/* What this process's pages are worth, and who else in it asks for that. */
#include <sys/eventfd.h>

#include "db/postgres_private.h"

#define FOUND_OUT_WAIT_MS 10000 /* longer than that takes */
#define JOIN_WAIT_MS 2000
#define ANSWER_ALL_MS 1000 /* for all readers together */

enum db_standing postgres_standing(const struct db *base)
{
	const struct postgres_keeper *keeper = &((const struct postgres_db *)base)->keeper;
	int64_t now_ms = monotonic_ms();
	if (now_ms < atomic_load(&keeper->trust_until_ms))
		return DB_CONFIRMED;
	int64_t since_ms = atomic_load(&keeper->cut_off_ms);
	return since_ms != 0 && now_ms - since_ms < DAY_MS ? DB_CUT_OFF : DB_UNCONFIRMED;
}

enum db_standing postgres_standing_wait(struct db *base)
{
	struct postgres_keeper *keeper = &((struct postgres_db *)base)->keeper;
	int64_t deadline_ms = monotonic_ms() + FOUND_OUT_WAIT_MS;
	enum db_standing standing = postgres_standing(base);
	if (standing != DB_UNCONFIRMED)
		return standing;
	bool in_time = true;
	pthread_mutex_lock(&keeper->lock);
	while ((standing = postgres_standing(base)) == DB_UNCONFIRMED && !keeper->is_found_out &&
	       in_time)
		in_time = db_condition_wait(&keeper->changed, &keeper->lock, deadline_ms);
	pthread_mutex_unlock(&keeper->lock);
	return standing;
}

void postgres_standing_found(struct postgres_keeper *keeper, bool is_found_out)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->is_found_out = is_found_out;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
}

/* A server that refuses connections since it has too many is there all the same. */
bool postgres_readers_answer(struct postgres_db *db)
{
	int64_t now_ms = monotonic_ms();
	int64_t deadline_ms = now_ms + ANSWER_ALL_MS;
	if (now_ms - atomic_load(&db->read_ms) < ANSWER_ALL_MS)
		return true; /* those that are in use */
	while (monotonic_ms() < deadline_ms) {
		struct db_connection *idle;
		if (db_pool_take(&db->readers, 0, READERS_WAITING_MAX, &idle) != OK)
			return false; /* all are in use, and none was answered of late */
		if (idle == NULL) {
			db_pool_lost(&db->readers);
			return false;
		}
		bool answers = postgres_ask_within(postgres_of(idle), "SELECT 1", ANSWER_ALL_MS) == OK;
		postgres_give(&db->readers, postgres_of(idle));
		if (answers)
			return true;
	}
	return false;
}

/* ---- joining and leaving ---- */

/* What is kept does not count from here on: before others learn that nobody need wait for us. */
static void node_set(struct postgres_keeper *keeper, const struct db_node *node)
{
	pthread_mutex_lock(&keeper->node_lock);
	keeper->node = node == NULL ? (struct db_node){0} : *node;
	atomic_store(&keeper->trust_until_ms, 0);
	pthread_mutex_unlock(&keeper->node_lock);
}

void postgres_join(struct db *base, const struct db_node *node)
{
	struct postgres_keeper *keeper = &((struct postgres_db *)base)->keeper;
	int64_t deadline_ms = monotonic_ms() + JOIN_WAIT_MS;
	bool in_time = true;
	node_set(keeper, node);
	pthread_mutex_lock(&keeper->lock);
	keeper->is_joined = node != NULL;
	keeper->is_found_out = false;
	CHECK(eventfd_write(keeper->wake, 1) == 0);
	while (node != NULL && in_time && !keeper->is_found_out &&
	       postgres_standing(base) == DB_UNCONFIRMED)
		in_time = db_condition_wait(&keeper->changed, &keeper->lock, deadline_ms);
	pthread_mutex_unlock(&keeper->lock);
}
