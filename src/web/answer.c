#include <brotli/encode.h>
#include <libdeflate.h>
#include <sodium.h>
#include <stdlib.h>

#include "web/web_private.h"

#define HEAD_MAX_BYTES 4096
#define DATE_ROOM_BYTES 4096
/* Below this a body gains nothing that its own header fields do not cost. */
#define COMPRESS_FROM_BYTES 256

/* A page of 28 KB costs 0.3 ms at gzip 1 and 0.75 ms at brotli 5; at brotli 11 it costs 24 ms. */
const struct page_levels page_levels_quick = {.gzip = 1, .brotli = 5};
const struct page_levels page_levels_best = {.gzip = 12, .brotli = 11};

const char *status_reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 301:
		return "Moved Permanently";
	case 303:
		return "See Other";
	case 304:
		return "Not Modified";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 410:
		return "Gone";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 421:
		return "Misdirected Request";
	case 422:
		return "Unprocessable Content";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

static void head_begin(struct buf *head, int status)
{
	buf_format(head, "HTTP/1.1 %d %s\r\n", status, status_reason(status));
}

/* ---- pages that are kept ---- */

static const char *const encoding_names[PAGE_ENCODINGS] = {NULL, "gzip", "br"};

/* As a date of whole seconds two pages made in one second are alike; who sends the ETag too is told
 * by that alone (RFC 9110 §8.8.2.2, §13.2.2). */
static void head_modified(struct buf *head, Time modified)
{
	struct arena mem CLEANUP(arena_done);
	Str date;
	arena_init(&mem, DATE_ROOM_BYTES);
	if (modified != 0 && time_format_http(modified, &mem, &date) == OK)
		buf_format(head, "Last-Modified: %.*s\r\n", STR(date));
}

static void page_head(struct buf *head, const struct web *web, const struct web_response *response,
                      const char *cache_control, Str etag, enum page_encoding encoding,
                      size_t body_bytes)
{
	head_begin(head, 200);
	buf_format(head, "Content-Type: %s\r\nContent-Length: %zu\r\n", response->content_type,
	           body_bytes);
	if (encoding_names[encoding] != NULL)
		buf_format(head, "Content-Encoding: %s\r\n", encoding_names[encoding]);
	buf_format(head, "Vary: Accept-Encoding\r\nCache-Control: %s\r\nETag: %.*s\r\n", cache_control,
	           STR(etag));
	head_modified(head, response->modified);
	buf_add(head, web->security_fields);
}

static void head_not_modified(struct buf *head, const char *cache_control, Str etag)
{
	head_begin(head, 304);
	buf_format(head, "Vary: Accept-Encoding\r\nCache-Control: %s\r\nETag: %.*s\r\n", cache_control,
	           STR(etag));
}

/* Empty when it would not be smaller. The caller frees it. */
static Str gzip(Str body, int level)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
	char *bytes = compressor == NULL ? NULL : malloc(body.length);
	size_t length = bytes == NULL ? 0
	                              : libdeflate_gzip_compress(compressor, body.bytes, body.length,
	                                                         bytes, body.length);
	libdeflate_free_compressor(compressor);
	return (Str){bytes, length};
}

static Str brotli(Str body, int level)
{
	size_t length = body.length;
	char *bytes = malloc(body.length);
	if (bytes == NULL ||
	    !BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.length,
	                           (const uint8_t *)body.bytes, &length, (uint8_t *)bytes))
		length = 0;
	return (Str){bytes, length};
}

/* Weak: the same page in three encodings is one page (RFC 9110 §8.8.1). */
static Str etag_make(Str body, char *room, size_t room_bytes)
{
	unsigned char hash[12];
	char text[24];
	crypto_generichash(hash, sizeof hash, (const unsigned char *)body.bytes, body.length, NULL, 0);
	sodium_bin2base64(text, sizeof text, hash, sizeof hash,
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	int length = snprintf(room, room_bytes, "W/\"%s\"", text);
	CHECK(length > 0 && (size_t)length < room_bytes);
	return (Str){room, (size_t)length};
}

static uint32_t cost_since(int64_t begun_us)
{
	int64_t cost_us = monotonic_us() - begun_us;
	return cost_us < UINT32_MAX ? (uint32_t)cost_us : UINT32_MAX;
}

Err page_finish(const struct web *web, struct cache *cache, const struct web_response *response,
                const char *cache_control, const struct page_levels *levels, struct page **out)
{
	char etag_room[32];
	Str body = buf_str(&response->body);
	Str bodies[PAGE_ENCODINGS] = {body, {0}, {0}};
	struct buf heads[PAGE_ENCODINGS + 1];
	struct page content = {
	    .etag = etag_make(body, etag_room, sizeof etag_room),
	    .modified = response->modified,
	    .expires = response->expires,
	    .tags = response->tags,
	    .tag_count = response->tag_count,
	    .subject = response->story,
	    .is_quick = levels == &page_levels_quick && body.length >= COMPRESS_FROM_BYTES,
	};
	if (body.length >= COMPRESS_FROM_BYTES && levels != NULL) {
		bodies[PAGE_GZIP] = gzip(body, levels->gzip);
		bodies[PAGE_BROTLI] = brotli(body, levels->brotli);
	}
	for (int i = 0; i <= PAGE_ENCODINGS; i++)
		buf_init(&heads[i], HEAD_MAX_BYTES);
	for (int i = 0; i < PAGE_ENCODINGS; i++) {
		if (i != PAGE_IDENTITY && bodies[i].length == 0)
			continue;
		page_head(&heads[i], web, response, cache_control, content.etag, (enum page_encoding)i,
		          bodies[i].length);
		content.encodings[i].head = buf_str(&heads[i]);
		content.encodings[i].body = bodies[i];
	}
	head_not_modified(&heads[PAGE_ENCODINGS], cache_control, content.etag);
	content.head_not_modified = buf_str(&heads[PAGE_ENCODINGS]);
	content.cost_us = cost_since(response->begun_us);
	Err err = buf_check(&response->body);
	for (int i = 0; err == OK && i <= PAGE_ENCODINGS; i++)
		err = buf_check(&heads[i]);
	if (err == OK)
		err = cache == NULL ? page_new(&content, out) : cache_page_new(cache, &content, out);
	for (int i = 0; i <= PAGE_ENCODINGS; i++)
		buf_done(&heads[i]);
	for (int i = PAGE_IDENTITY + 1; i < PAGE_ENCODINGS; i++)
		free((void *)(uintptr_t)bodies[i].bytes);
	return err;
}

/* ---- pages that are read often ---- */

/* A header block with another length in it. */
static void head_with_length(struct buf *head, Str before, size_t length)
{
	Str name = S("\r\nContent-Length: ");
	size_t at = str_find(before, name);
	CHECK(at != STR_NOT_FOUND);
	at += name.length;
	Str rest = str_from(before, at);
	buf_add(head, str_slice(before, 0, at));
	buf_format(head, "%zu", length);
	buf_add(head, str_from(rest, str_find(rest, S("\r\n"))));
}

/* `body` and its header block in the place of the encoding that is there, if it is smaller. */
static Err encoding_improve(struct page *content, enum page_encoding encoding, Str body,
                            struct buf *head)
{
	if (body.length == 0 || body.length >= content->encodings[encoding].body.length)
		return OK;
	head_with_length(head, content->encodings[encoding].head, body.length);
	TRY(buf_check(head));
	content->encodings[encoding].head = buf_str(head);
	content->encodings[encoding].body = body;
	return OK;
}

Err page_compress_best(struct cache *cache, const struct page *page, struct page **out)
{
	BUF_CLEANUP struct buf gzip_head;
	BUF_CLEANUP struct buf brotli_head;
	struct page content = *page;
	Str body = page->encodings[PAGE_IDENTITY].body;
	int64_t begun_us = monotonic_us();
	Str gzipped = gzip(body, page_levels_best.gzip);
	Str brotlied = brotli(body, page_levels_best.brotli);
	buf_init(&gzip_head, HEAD_MAX_BYTES);
	buf_init(&brotli_head, HEAD_MAX_BYTES);
	Err err = encoding_improve(&content, PAGE_GZIP, gzipped, &gzip_head);
	if (err == OK)
		err = encoding_improve(&content, PAGE_BROTLI, brotlied, &brotli_head);
	uint32_t cost_us = cost_since(begun_us);
	content.is_quick = false;
	content.cost_us = page->cost_us < UINT32_MAX - cost_us ? page->cost_us + cost_us : UINT32_MAX;
	if (err == OK)
		err = cache_page_new(cache, &content, out);
	free((void *)(uintptr_t)gzipped.bytes);
	free((void *)(uintptr_t)brotlied.bytes);
	return err;
}

/* ---- answering with a page ---- */

static void page_owner_release(void *owner)
{
	page_release(owner);
}

/* A date counts only where no ETag was sent (RFC 9110 §13.1.3). */
static bool reader_has(const struct http_request *http, const struct page *page)
{
	Time since;
	Str etags = http_request_field(http, S("If-None-Match"));
	if (etags.length > 0)
		return etag_matches(etags, page->etag);
	return page->modified != 0 &&
	       time_parse_http(http_request_field(http, S("If-Modified-Since")), page->modified,
	                       &since) &&
	       page->modified / SECOND_MS * SECOND_MS <= since;
}

void answer_page(struct net_exchange *exchange, struct page *page, enum web_class class)
{
	const struct http_request *http = net_exchange_request(exchange);
	struct net_answer answer = {
	    .release = page_owner_release, .owner = page, .class = class, .subject = page->subject};
	if (reader_has(http, page)) {
		answer.head = page->head_not_modified;
	} else {
		enum page_encoding encoding =
		    negotiate_encoding(http_request_field(http, S("Accept-Encoding")), page);
		answer.head = page->encodings[encoding].head;
		answer.body = page->encodings[encoding].body;
	}
	net_answer(exchange, &answer);
}

/* ---- answers that are sent once ---- */

/* Head and body in one piece of memory, which is its own owner. */
static void answer_bytes(struct net_exchange *exchange, Str head, Str body, enum web_class class)
{
	char *bytes = malloc(head.length + body.length + 1);
	if (bytes == NULL) {
		Str empty = S("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n");
		net_answer(exchange, &(struct net_answer){.head = empty, .close = true, .class = class});
		return;
	}
	memcpy(bytes, head.bytes, head.length);
	if (body.length > 0)
		memcpy(bytes + head.length, body.bytes, body.length);
	net_answer(exchange, &(struct net_answer){
	                         .head = {bytes, head.length},
	                         .body = {bytes + head.length, body.length},
	                         .release = free,
	                         .owner = bytes,
	                         .class = class,
	                     });
}

void answer_once(const struct web *web, struct net_exchange *exchange,
                 const struct web_response *response, enum web_class class)
{
	BUF_CLEANUP struct buf head;
	Str body = buf_str(&response->body);
	buf_init(&head, HEAD_MAX_BYTES);
	head_begin(&head, response->status);
	buf_format(&head, "Content-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n",
	           response->content_type, body.length);
	if (response->location.address.length > 0)
		buf_format(&head, "Location: %.*s\r\n", STR(response->location.address));
	if (response->cookie.length > 0)
		buf_format(&head, "Set-Cookie: %.*s\r\n", STR(response->cookie));
	if (response->status == 503 || response->status == 429)
		buf_add(&head, S("Retry-After: 10\r\n"));
	if (response->allow != NULL)
		buf_format(&head, "Allow: %s\r\n", response->allow);
	buf_add(&head, web->security_fields);
	if (buf_check(&head) != OK || buf_check(&response->body) != OK)
		answer_plain(web, exchange, 500, "The page could not be made.", class);
	else
		answer_bytes(exchange, buf_str(&head), body, class);
}

void answer_plain(const struct web *web, struct net_exchange *exchange, int status,
                  const char *sentence, enum web_class class)
{
	BUF_CLEANUP struct buf head;
	BUF_CLEANUP struct buf body;
	buf_init(&head, HEAD_MAX_BYTES);
	buf_init(&body, 1024);
	buf_format(&body, "%s\n", sentence);
	head_begin(&head, status);
	buf_format(&head,
	           "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
	           "Cache-Control: no-store\r\n",
	           body.length);
	if (status == 503)
		buf_add(&head, S("Retry-After: 10\r\n"));
	buf_add(&head, web->security_fields);
	answer_bytes(exchange, buf_str(&head), buf_str(&body), class);
}

void answer_elsewhere(const struct web *web, struct net_exchange *exchange, Url location,
                      enum web_class class)
{
	BUF_CLEANUP struct buf head;
	buf_init(&head, HEAD_MAX_BYTES);
	head_begin(&head, 302);
	buf_format(&head, "Location: %.*s\r\nContent-Length: 0\r\nCache-Control: no-store\r\n",
	           STR(location.address));
	buf_add(&head, web->security_fields);
	answer_bytes(exchange, buf_str(&head), S(""), class);
}
