/* Acts that wait until the other nodes have heard of them. Which those are is read with each poll;
 * a node joins long before it trusts what it keeps, so that no act can overlook one that does. */
#include <sys/eventfd.h>

#include "db/postgres_private.h"

/* ---- who has heard: all of these under the lock ---- */

static struct postgres_peer *peer_find(struct postgres_keeper *keeper, int64_t id)
{
	for (size_t i = 0; i < keeper->peer_count; i++)
		if (keeper->peers[i].id == id)
			return &keeper->peers[i];
	return NULL;
}

static bool has_heard(const struct db_told *told, int64_t peer)
{
	for (size_t i = 0; i < told->heard_count; i++)
		if (told->heard[i] == peer)
			return true;
	return false;
}

/* False, too, while our own poll is so old that a node may have joined, and trust what it keeps,
 * without our knowing. The first one does so at once, since no node could have overlooked it: who
 * is none (a command without a server) looks after the act. */
static bool is_confirmed(const struct postgres_keeper *keeper, const struct db_told *told,
                         int64_t committed_ms)
{
	int64_t fresh_ms = keeper->is_joined ? committed_ms - POSTGRES_TRUST_MS : committed_ms;
	if (keeper->polled_ms < fresh_ms)
		return false;
	for (size_t i = 0; i < keeper->peer_count; i++)
		if (!keeper->peers[i].is_late && !has_heard(told, keeper->peers[i].id))
			return false;
	return true;
}

static void late_mark(struct postgres_keeper *keeper, const struct db_told *told)
{
	for (size_t i = 0; i < keeper->peer_count; i++)
		keeper->peers[i].is_late |= !has_heard(told, keeper->peers[i].id);
}

static void telling_remove(struct postgres_keeper *keeper, const struct db_telling *telling)
{
	struct db_telling **place = &keeper->tellings;
	while (*place != telling)
		place = &(*place)->told.next;
	*place = telling->told.next;
}

/* ---- acts ---- */

void postgres_telling_begin(struct postgres_keeper *keeper, struct db_telling *telling)
{
	pthread_mutex_lock(&keeper->lock);
	telling->told.is_told = false;
	telling->told.heard_count = 0;
	telling->told.number = ++keeper->last_number;
	telling->told.next = keeper->tellings;
	keeper->tellings = telling;
	pthread_mutex_unlock(&keeper->lock);
}

void postgres_confirm(struct db *base, struct db_telling *telling)
{
	struct postgres_keeper *keeper = &((struct postgres_db *)base)->keeper;
	int64_t begun_us = monotonic_us();
	int64_t committed_ms = monotonic_ms();
	bool in_time = true;
	pthread_mutex_lock(&keeper->lock);
	bool is_told = telling->told.is_told;
	bool has_peers = keeper->peer_count > 0;
	if (is_told && !is_confirmed(keeper, &telling->told, committed_ms)) {
		keeper->has_told = true;
		CHECK(eventfd_write(keeper->wake, 1) == 0);
		while (in_time && !is_confirmed(keeper, &telling->told, committed_ms))
			in_time =
			    db_condition_wait(&keeper->changed, &keeper->lock, committed_ms + DB_CONFIRM_MS);
	}
	if (!in_time)
		late_mark(keeper, &telling->told);
	telling_remove(keeper, telling);
	pthread_mutex_unlock(&keeper->lock);
	if (!is_told || !has_peers)
		return;
	count_shared(&base->confirms[in_time ? DB_CONFIRM_ALL : DB_CONFIRM_LATE], 1);
	histogram_shared(&base->confirm_times, monotonic_us() - begun_us);
}

/* ---- from the thread ---- */

void postgres_peers_set(struct postgres_keeper *keeper, const int64_t *ids, size_t count,
                        int64_t polled_ms)
{
	struct postgres_peer peers[DB_NODES_MAX];
	pthread_mutex_lock(&keeper->lock);
	for (size_t i = 0; i < count; i++) {
		const struct postgres_peer *known = peer_find(keeper, ids[i]);
		peers[i] = known == NULL ? (struct postgres_peer){.id = ids[i]} : *known;
	}
	memcpy(keeper->peers, peers, count * sizeof *peers);
	keeper->peer_count = count;
	keeper->polled_ms = polled_ms;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
}

void postgres_peer_heard(struct postgres_keeper *keeper, int64_t peer, int64_t number)
{
	pthread_mutex_lock(&keeper->lock);
	struct postgres_peer *known = peer_find(keeper, peer);
	if (known != NULL)
		known->is_late = false;
	for (struct db_telling *telling = keeper->tellings; telling != NULL;
	     telling = telling->told.next) {
		struct db_told *told = &telling->told;
		if (told->number != number || has_heard(told, peer) || told->heard_count == DB_NODES_MAX)
			continue;
		told->heard[told->heard_count++] = peer;
		pthread_cond_broadcast(&keeper->changed);
	}
	pthread_mutex_unlock(&keeper->lock);
}

int64_t postgres_count_nodes(struct db *base)
{
	struct postgres_keeper *keeper = &((struct postgres_db *)base)->keeper;
	pthread_mutex_lock(&keeper->lock);
	int64_t count = (int64_t)keeper->peer_count + (keeper->is_joined ? 1 : 0);
	pthread_mutex_unlock(&keeper->lock);
	return count;
}
