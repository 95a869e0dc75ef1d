/* Pages that are read all the time are made anew between an act's COMMIT and its answer, and only
 * then their old forms fall: readers find the one or the other and wait for neither. Which pages
 * these are, they say of themselves when they are found, as often as their uses have doubled and at
 * every 64th. Acts that come while a page is made share the next making. */
#include "web/web_private.h"

#include <stdlib.h>
#include <time.h>

#include "base/random.h"

/* Those told of last. */
#define HOT_PAGES 64
#define HOT_FOR_MS MINUTE_MS
/* A power of two. */
#define TELL_EVERY_USES 64U
/* An act begins to make no more pages when so much time has gone: what is left is made when it is
 * asked for. */
#define BUDGET_US 5000
/* How long an act waits for a page that another makes. After that the page falls. */
#define WAIT_US 100000
/* A page that was just made rests until so many times its cost have gone since that was begun, or
 * so many acts wait for it: they share the next making. */
#define REST_COSTS 4
#define PATIENT_ACTS 2
#define SECOND_US (SECOND_MS * 1000)

struct hot_page {
	struct page_key key;
	uint64_t hash;
	uint64_t number;    /* of when it was last told of; 0: nothing is here */
	int64_t told_at_ms; /* by the monotonic clock */
	bool is_making;
	size_t waiting;   /* acts */
	CacheTicket made; /* of the last page that was made anew */
	int64_t begun_us; /* when that was begun, */
	int64_t cost_us;  /* and how long it took */
};

struct hot_pages {
	pthread_mutex_t lock;
	pthread_cond_t made;
	/* Under the lock. */
	size_t holders;
	uint64_t numbers;
	struct hot_page pages[HOT_PAGES];
};

Err hot_pages_new(struct hot_pages **out)
{
	struct hot_pages *hot = calloc(1, sizeof *hot);
	if (hot == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	pthread_mutex_init(&hot->lock, NULL);
	pthread_condattr_t attributes;
	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&hot->made, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	hot->holders = 1;
	*out = hot;
	return OK;
}

struct hot_pages *hot_pages_keep(struct hot_pages *hot)
{
	pthread_mutex_lock(&hot->lock);
	hot->holders++;
	pthread_mutex_unlock(&hot->lock);
	return hot;
}

void hot_pages_release(struct hot_pages *hot)
{
	if (hot == NULL)
		return;
	pthread_mutex_lock(&hot->lock);
	bool is_last = --hot->holders == 0;
	pthread_mutex_unlock(&hot->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&hot->made);
	pthread_mutex_destroy(&hot->lock);
	free(hot);
}

/* ---- which pages are read all the time ---- */

/* NULL when it is not among them. Under the lock. */
static struct hot_page *hot_find(struct hot_pages *hot, Str key, uint64_t hash)
{
	for (size_t i = 0; i < HOT_PAGES; i++) {
		struct hot_page *page = &hot->pages[i];
		if (page->number > 0 && page->hash == hash && str_equal(page_key_str(&page->key), key))
			return page;
	}
	return NULL;
}

/* In the place of the one that was told of longest ago. NULL when all are being made or waited
 * for. Under the lock. */
static struct hot_page *hot_add(struct hot_pages *hot, Str key, uint64_t hash)
{
	struct hot_page *oldest = NULL;
	for (size_t i = 0; i < HOT_PAGES; i++) {
		struct hot_page *page = &hot->pages[i];
		if (!page->is_making && page->waiting == 0 &&
		    (oldest == NULL || page->number < oldest->number))
			oldest = page;
	}
	if (oldest == NULL)
		return NULL;
	*oldest = (struct hot_page){.key.length = key.length, .hash = hash};
	memcpy(oldest->key.bytes, key.bytes, key.length);
	return oldest;
}

void hot_pages_tell(struct hot_pages *hot, Str key, struct page *page)
{
	uint64_t uses = page_uses(page);
	bool is_time = (uses & (uses - 1)) == 0 || (uses & (TELL_EVERY_USES - 1)) == 0;
	/* Whoever holds the lock may be waiting for a processor: then it comes again. */
	if (!is_time || pthread_mutex_trylock(&hot->lock) != 0)
		return;
	uint64_t hash = hash_keyed(key);
	struct hot_page *told = hot_find(hot, key, hash);
	if (told == NULL)
		told = hot_add(hot, key, hash);
	if (told != NULL) {
		told->number = ++hot->numbers;
		told->told_at_ms = monotonic_ms();
	}
	pthread_mutex_unlock(&hot->lock);
}

/* Where those are that were told of within the minute, the last one first. */
static size_t hot_list(struct hot_pages *hot, size_t places[static HOT_PAGES])
{
	size_t count = 0;
	int64_t since_ms = monotonic_ms() - HOT_FOR_MS;
	pthread_mutex_lock(&hot->lock);
	for (size_t i = 0; i < HOT_PAGES; i++) {
		uint64_t number = hot->pages[i].number;
		if (number == 0 || hot->pages[i].told_at_ms < since_ms)
			continue;
		size_t place = count++;
		for (; place > 0 && hot->pages[places[place - 1]].number < number; place--)
			places[place] = places[place - 1];
		places[place] = i;
	}
	pthread_mutex_unlock(&hot->lock);
	return count;
}

/* What is there now. */
static struct page_key hot_key(struct hot_pages *hot, size_t place)
{
	pthread_mutex_lock(&hot->lock);
	struct page_key key = hot->pages[place].key;
	pthread_mutex_unlock(&hot->lock);
	return key;
}

/* ---- making them ---- */

static void hot_wait(struct hot_pages *hot, int64_t until_us)
{
	struct timespec deadline = {
	    .tv_sec = until_us / SECOND_US,
	    .tv_nsec = until_us % SECOND_US * 1000,
	};
	(void)pthread_cond_timedwait(&hot->made, &hot->lock, &deadline);
}

/* Until when an act leaves the page alone, for others to join it: making takes a part of a
 * processor at most, but threads that wait are few, and the last of them waits no longer. */
static int64_t rest_until_us(const struct hot_page *page)
{
	return page->waiting >= PATIENT_ACTS ? 0 : page->begun_us + REST_COSTS * page->cost_us;
}

/* Whether the caller is to make it, who then gives it back: nobody has with a ticket as late as
 * `begun`. Waits for whoever makes it just now, perhaps from what was there before. */
static bool hot_take(struct hot_pages *hot, Str key, CacheTicket begun)
{
	int64_t late_us = monotonic_us() + WAIT_US;
	pthread_mutex_lock(&hot->lock);
	struct hot_page *page = hot_find(hot, key, hash_keyed(key));
	bool is_taken = false;
	while (page != NULL && !is_taken && page->made.generation < begun.generation) {
		int64_t now_us = monotonic_us();
		int64_t until_us = page->is_making ? late_us : rest_until_us(page);
		is_taken = !page->is_making && now_us >= until_us;
		if (is_taken || now_us >= late_us)
			break;
		page->waiting++; /* so that it stays in its place */
		hot_wait(hot, until_us < late_us ? until_us : late_us);
		page->waiting--;
	}
	if (is_taken) {
		page->is_making = true;
		page->begun_us = monotonic_us();
	}
	pthread_mutex_unlock(&hot->lock);
	return is_taken;
}

/* `made`: the ticket of the page that was put; of generation 0 when none was. */
static void hot_give(struct hot_pages *hot, Str key, CacheTicket made)
{
	pthread_mutex_lock(&hot->lock);
	struct hot_page *page = hot_find(hot, key, hash_keyed(key));
	CHECK(page != NULL && page->is_making);
	page->is_making = false;
	page->cost_us = monotonic_us() - page->begun_us;
	if (made.generation > 0)
		page->made = made;
	pthread_cond_broadcast(&hot->made);
	pthread_mutex_unlock(&hot->lock);
}

/* Whatever keeps the page from being made is told to who asks for it next. */
static CacheTicket page_remake(struct web *web, Str key)
{
	CacheTicket ticket;
	struct page *page;
	const struct http_request request = {.method = HTTP_GET,
	                                     .method_text = S("GET"),
	                                     .target = key,
	                                     .path = key,
	                                     .host = web->site_host,
	                                     .address = S("127.0.0.1")};
	if (page_make(web, &request, &page_levels_brief, &ticket, &page) != OK)
		return (CacheTicket){0};
	bool is_current = cache_put(web->world->cache, key, ticket, page);
	page_release(page);
	return is_current ? ticket : (CacheTicket){0};
}

size_t web_remake(struct web *web, const CacheTag *tags, size_t count, CacheTicket begun)
{
	size_t places[HOT_PAGES];
	int64_t begun_us = monotonic_us();
	size_t hot_count = hot_list(web->hot, places);
	size_t made = 0;
	for (size_t i = 0; i < hot_count && monotonic_us() - begun_us < BUDGET_US; i++) {
		struct page_key key = hot_key(web->hot, places[i]);
		Str text = page_key_str(&key);
		if (!cache_would_drop(web->world->cache, text, tags, count) ||
		    !hot_take(web->hot, text, begun))
			continue;
		CacheTicket ticket = page_remake(web, text);
		made += ticket.generation > 0;
		hot_give(web->hot, text, ticket);
	}
	return made;
}
