#include "cache/cache.h"

#include "cache/cache_private.h"

#include <stdlib.h>

static Str copy_in(char **room, Str str)
{
	if (str.length == 0)
		return S("");
	Str copy = {*room, str.length};
	memcpy(*room, str.bytes, str.length);
	*room += str.length;
	return copy;
}

static size_t text_bytes(const struct page *content)
{
	size_t total = content->head_not_modified.length + content->etag.length;
	for (size_t i = 0; i < PAGE_ENCODINGS; i++)
		total += content->encodings[i].head.length + content->encodings[i].body.length;
	return total;
}

/* In the space if there is a gap, else from malloc. Its size and where it is from are filled in. */
static struct counted_page *page_take(struct page_space *space, size_t size_bytes)
{
	size_t in_units = (size_bytes + SPACE_UNIT_BYTES - 1) / SPACE_UNIT_BYTES * SPACE_UNIT_BYTES;
	struct counted_page *made = space == NULL ? NULL : page_space_take(space, in_units);
	if (made != NULL) {
		made->size_bytes = in_units;
		made->space = space;
		return made;
	}
	made = malloc(size_bytes);
	if (made == NULL)
		return NULL;
	made->size_bytes = size_bytes;
	made->space = NULL;
	return made;
}

static void page_free(struct counted_page *page)
{
	if (page->space != NULL)
		page_space_give(page->space, page, page->size_bytes);
	else
		free(page);
}

/* The page, its tags and its bytes are one piece of memory. */
Err page_new_in(struct page_space *space, const struct page *content, struct page **out)
{
	size_t tag_bytes = content->tag_count * sizeof *content->tags;
	size_t size_bytes = sizeof(struct counted_page) + tag_bytes + text_bytes(content);
	struct counted_page *made = page_take(space, size_bytes);
	if (made == NULL)
		return fail(ERR_MEMORY, "there is no memory for a page of %zu bytes", size_bytes);
	atomic_init(&made->holders, 1);
	atomic_init(&made->uses, 0);
	made->account = NULL;
	made->key_hash = 0;
	if (tag_bytes > 0)
		memcpy(made->tags, content->tags, tag_bytes);
	char *room = (char *)(made->tags + content->tag_count);
	made->page = (struct page){
	    .head_not_modified = copy_in(&room, content->head_not_modified),
	    .etag = copy_in(&room, content->etag),
	    .modified = content->modified,
	    .expires = content->expires,
	    .cost_us = content->cost_us,
	    .is_quick = content->is_quick,
	    .made_ms = content->made_ms,
	    .tags = made->tags,
	    .tag_count = content->tag_count,
	    .subject = content->subject,
	};
	for (size_t i = 0; i < PAGE_ENCODINGS; i++) {
		made->page.encodings[i].head = copy_in(&room, content->encodings[i].head);
		made->page.encodings[i].body = copy_in(&room, content->encodings[i].body);
	}
	*out = &made->page;
	return OK;
}

Err page_new(const struct page *content, struct page **out)
{
	return page_new_in(NULL, content, out);
}

void page_count_in(struct page *page, _Atomic size_t *account, uint64_t key_hash)
{
	struct counted_page *counted = page_counted(page);
	CHECK(counted->account == NULL);
	counted->account = account;
	counted->key_hash = key_hash;
	atomic_fetch_add(account, counted->size_bytes);
}

void page_count_out(struct page *page)
{
	struct counted_page *counted = page_counted(page);
	atomic_fetch_sub(counted->account, counted->size_bytes);
	counted->account = NULL;
}

struct page *page_keep(struct page *page)
{
	/* Who keeps it holds it already: there is nothing to be ordered with. */
	atomic_fetch_add_explicit(&page_counted(page)->holders, 1, memory_order_relaxed);
	return page;
}

uint64_t page_uses(struct page *page)
{
	return atomic_load_explicit(&page_counted(page)->uses, memory_order_relaxed);
}

void page_release(struct page *page)
{
	if (page == NULL)
		return;
	struct counted_page *counted = page_counted(page);
	/* Release: what this holder read is read before it lets go. Acquire: the last one frees it
	 * after all others let go. */
	if (atomic_fetch_sub_explicit(&counted->holders, 1, memory_order_acq_rel) != 1)
		return;
	if (counted->account != NULL)
		atomic_fetch_sub(counted->account, counted->size_bytes);
	page_free(counted);
}
