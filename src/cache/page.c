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

/* The page, its tags and its bytes are one piece of memory. */
Err page_new(const struct page *content, struct page **out)
{
	size_t tag_bytes = content->tag_count * sizeof *content->tags;
	size_t size_bytes = sizeof(struct counted_page) + tag_bytes + text_bytes(content);
	struct counted_page *made = malloc(size_bytes);
	if (made == NULL)
		return fail(ERR_MEMORY, "there is no memory for a page of %zu bytes", size_bytes);
	atomic_init(&made->holders, 1);
	made->size_bytes = size_bytes;
	if (tag_bytes > 0)
		memcpy(made->tags, content->tags, tag_bytes);
	char *room = (char *)(made->tags + content->tag_count);
	made->page = (struct page){
	    .head_not_modified = copy_in(&room, content->head_not_modified),
	    .etag = copy_in(&room, content->etag),
	    .modified = content->modified,
	    .expires = content->expires,
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

/* Every struct page outside page_new's argument is the first member of a counted one. */
static struct counted_page *counted(struct page *page)
{
	return (struct counted_page *)page;
}

struct page *page_keep(struct page *page)
{
	/* Who keeps it holds it already: there is nothing to be ordered with. */
	atomic_fetch_add_explicit(&counted(page)->holders, 1, memory_order_relaxed);
	return page;
}

void page_release(struct page *page)
{
	if (page == NULL)
		return;
	/* Release: what this holder read is read before it lets go. Acquire: the last one frees it
	 * after all others let go. */
	if (atomic_fetch_sub_explicit(&counted(page)->holders, 1, memory_order_acq_rel) == 1)
		free(counted(page));
}

size_t page_size(struct page *page)
{
	return counted(page)->size_bytes;
}
