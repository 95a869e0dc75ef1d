/* What goes over the control socket. One packet each: the server's greeting, the caller's request
 * with its descriptors, the server's answer. */
#ifndef SERVER_CONTROL_MESSAGE_H
#define SERVER_CONTROL_MESSAGE_H

#include "base/buf.h"

#define CONTROL_MESSAGE_MAX 65536 /* bytes of a request */
#define CONTROL_WORDS_MAX 256

/* A request: this program's version and the words, each ended by a NUL. The version comes first
 * and never changes its place, so that a different program is recognised. */
struct control_request {
	Str version;
	Str words[CONTROL_WORDS_MAX];
	size_t count;
};

/* ERR_TOO_LARGE: too many words or bytes. */
MUST_CHECK Err control_request_format(const Str *words, size_t count, struct buf *out);
/* The parts point into `bytes`. ERR_INVALID when it is not a request. */
MUST_CHECK Err control_request_parse(Str bytes, struct control_request *out);

/* The server's answers: the exit code, or that it stops and has not run the command. */
#define CONTROL_GREETING 'c'
#define CONTROL_NOT_RUN 's'
#define CONTROL_EXIT '0' /* plus the exit code */

#endif
