/* One line of the access log. Whatever a client sent, it is one line: what could end it, end a
 * quotation or move a terminal's cursor is escaped. What stands behind a question mark is left out,
 * of the request and of the page that it came from: there may be a search, a form's words or a
 * secret in it. */
#ifndef SERVER_ACCESS_LINE_H
#define SERVER_ACCESS_LINE_H

#include "base/buf.h"
#include "base/clock.h"

enum access_format {
	ACCESS_COMBINED, /* NCSA's with referrer and browser, as Apache and nginx write it */
	ACCESS_COMMON,   /* without those two */
	ACCESS_JSON,     /* an object a line */
};
#define ACCESS_FORMAT_WORDS "combined common json"

enum access_addresses {
	ACCESS_ADDRESS_NONE,
	ACCESS_ADDRESS_BLOCK, /* an IPv4 /24, an IPv6 /48 */
	ACCESS_ADDRESS_FULL,
};
#define ACCESS_ADDRESSES_WORDS "none block full"

/* Longer ones are cut. */
#define ACCESS_METHOD_MAX ((size_t)16)
#define ACCESS_PATH_MAX ((size_t)1024)
#define ACCESS_REFERRER_MAX ((size_t)512)
#define ACCESS_AGENT_MAX ((size_t)256)

struct access {
	Time at;
	int64_t took_us;
	uint64_t body_bytes;
	int status;
	const char *class;
	Str address;
	Str method, path; /* empty: no head could be read */
	Str referrer, agent;
};

/* Of one byte up to six become. */
#define ACCESS_LINE_MAX_BYTES                                                                      \
	(6 * (ACCESS_METHOD_MAX + ACCESS_PATH_MAX + ACCESS_REFERRER_MAX + ACCESS_AGENT_MAX) + 512)
void access_line_add(struct buf *out, const struct access *access, enum access_format format,
                     enum access_addresses addresses);

#endif
