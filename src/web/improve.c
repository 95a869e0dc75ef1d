/* Pages are compressed quickly when they are made, since a reader waits for them; those that are
 * read often are compressed as well as can be afterwards, by one thread of low priority. A page
 * says of itself that it is worth it, each time that its uses have doubled; a queue with an end
 * keeps some of those, and the hottest of them is taken first. */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "web/web_private.h"

/* From so many uses on some 24 ms of a processor that has nothing else to do pay: a power of two.
 */
#define USES_MIN 64
/* What acts follow each other on is gone before the work is done. */
#define AGE_MIN_MS SECOND_MS
#define QUEUE_MAX 64
/* Larger ones would keep the thread, and a server that wants to stop, for more than half a second.
 */
#define BODY_MAX_BYTES ((size_t)512 * 1024)
#define LOWEST_PRIORITY 19

struct improver {
	struct cache *cache;
	pthread_t thread;
	sem_t told; /* posted for each page that was queued, and at the end */
	atomic_bool stopping;
	pthread_mutex_t lock;
	/* Under the lock; each is kept. */
	struct page *queue[QUEUE_MAX];
	size_t count;
};

/* The hottest, now the caller's; NULL when there is none. */
static struct page *queue_take(struct improver *improver)
{
	struct page *taken = NULL;
	size_t hottest = 0;
	pthread_mutex_lock(&improver->lock);
	for (size_t i = 1; i < improver->count; i++)
		if (page_uses(improver->queue[i]) > page_uses(improver->queue[hottest]))
			hottest = i;
	if (improver->count > 0) {
		taken = improver->queue[hottest];
		improver->queue[hottest] = improver->queue[--improver->count];
	}
	pthread_mutex_unlock(&improver->lock);
	return taken;
}

/* What was dropped meanwhile is not worth the work, and the cache would not take it. */
static void page_improve(struct improver *improver, struct page *page)
{
	struct page *better = NULL;
	if (!cache_has(improver->cache, page))
		return;
	if (page_compress_best(improver->cache, page, &better) != OK)
		return; /* memory is short: the page is as good as it was */
	(void)cache_swap(improver->cache, page, better);
	page_release(better);
}

static void *improver_run(void *context)
{
	struct improver *improver = context;
	/* On Linux a priority is a thread's own. If it is not granted, the work is done all the same.
	 */
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOWEST_PRIORITY);
	for (;;) {
		while (sem_wait(&improver->told) != 0)
			CHECK(errno == EINTR);
		if (atomic_load(&improver->stopping))
			return NULL;
		struct page *page = queue_take(improver);
		if (page == NULL)
			continue;
		page_improve(improver, page);
		page_release(page);
	}
}

Err improver_start(struct cache *cache, struct improver **out)
{
	struct improver *improver = calloc(1, sizeof *improver);
	if (improver == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	improver->cache = cache;
	pthread_mutex_init(&improver->lock, NULL);
	CHECK(sem_init(&improver->told, 0, 0) == 0);
	if (pthread_create(&improver->thread, NULL, improver_run, improver) != 0) {
		sem_destroy(&improver->told);
		pthread_mutex_destroy(&improver->lock);
		free(improver);
		return fail(ERR_MEMORY, "no more threads can be started");
	}
	*out = improver;
	return OK;
}

void improver_stop(struct improver *improver)
{
	if (improver == NULL)
		return;
	atomic_store(&improver->stopping, true);
	sem_post(&improver->told);
	pthread_join(improver->thread, NULL);
	for (size_t i = 0; i < improver->count; i++)
		page_release(improver->queue[i]);
	sem_destroy(&improver->told);
	pthread_mutex_destroy(&improver->lock);
	free(improver);
}

/* Under the lock. A page that does not fit in comes again with twice the uses. */
static bool queue_add(struct improver *improver, struct page *page)
{
	for (size_t i = 0; i < improver->count; i++)
		if (improver->queue[i] == page)
			return false;
	if (improver->count == QUEUE_MAX)
		return false;
	improver->queue[improver->count++] = page_keep(page);
	return true;
}

void improver_tell(struct improver *improver, struct page *page)
{
	if (improver == NULL || !page->is_quick)
		return;
	uint64_t uses = page_uses(page);
	bool has_doubled = uses >= USES_MIN && (uses & (uses - 1)) == 0;
	if (!has_doubled || page->encodings[PAGE_IDENTITY].body.length > BODY_MAX_BYTES ||
	    monotonic_ms() - page->made_ms < AGE_MIN_MS)
		return;
	/* Whoever holds the lock may be waiting for a processor: then it comes again as well. */
	if (pthread_mutex_trylock(&improver->lock) != 0)
		return;
	bool is_added = queue_add(improver, page);
	pthread_mutex_unlock(&improver->lock);
	if (is_added)
		sem_post(&improver->told);
}
