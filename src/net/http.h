/* A parsed HTTP/1.1 request head, and the parser for it. Anything that two parsers could read
 * differently is an error (RFC 9112 §2.2, §3, §5, §6): there is no lenient mode. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/str.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

#define HTTP_MAX_FIELDS 100

struct http_field {
	Str name; /* as sent; compare with str_equal_ignoring_case */
	Str value;
};

struct http_request {
	enum http_method method;
	Str method_text;
	Str target; /* as sent */
	Str path;   /* still percent-encoded; begins with /, but is empty for "OPTIONS *" */
	Str query;  /* without the ?, still encoded */
	Str host;   /* of the Host field or the absolute form, with its port if any */
	struct http_field fields[HTTP_MAX_FIELDS];
	size_t field_count;
	bool keep_alive;
	bool expects_continue;
	bool chunked;
	bool has_length;
	uint64_t content_length;
	Str body;    /* decoded from chunks; empty in the parser's result */
	Str address; /* the peer's, without port: "127.0.0.1", "2001:db8::1" */
};

/* The first field of that name, or an empty Str. Fields that must not be repeated (Host,
 * Content-Length, …) are refused by the parser when they are. */
Str http_request_field(const struct http_request *request, Str name);

enum http_parse_result { HTTP_PARSED, HTTP_INCOMPLETE, HTTP_REFUSED };
/* Reads one head from the start of `bytes`. HTTP_PARSED: `*head_bytes` were used and `request`
 * points into `bytes`. HTTP_REFUSED: `*status` is 400, 414, 417, 431, 501 or 505. */
enum http_parse_result http_parse_head(Str bytes, size_t max_head_bytes,
                                       struct http_request *request, size_t *head_bytes,
                                       int *status);

#endif
