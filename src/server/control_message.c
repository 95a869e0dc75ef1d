#include "server/control_message.h"

Err control_request_format(const Str *words, size_t count, struct buf *out)
{
	if (count > CONTROL_WORDS_MAX)
		return fail(ERR_TOO_LARGE, "a command beside a running server has at most %d words",
		            CONTROL_WORDS_MAX);
	buf_add(out, S(COURANT_VERSION));
	buf_add_byte(out, 0);
	for (size_t i = 0; i < count; i++) {
		buf_add(out, words[i]);
		buf_add_byte(out, 0);
	}
	if (buf_check(out) != OK)
		return fail(
		    ERR_TOO_LARGE,
		    "the command's words are longer than %d bytes in all: give long texts in a file",
		    CONTROL_MESSAGE_MAX);
	return OK;
}

Err control_request_parse(Str bytes, struct control_request *out)
{
	if (bytes.length > CONTROL_MESSAGE_MAX)
		return fail(ERR_TOO_LARGE, "a request has at most %d bytes", CONTROL_MESSAGE_MAX);
	if (bytes.length == 0 || bytes.bytes[bytes.length - 1] != 0)
		return fail(ERR_INVALID, "the request is not whole");
	out->count = 0;
	(void)str_next(&bytes, 0, &out->version);
	while (bytes.length > 0) {
		if (out->count == CONTROL_WORDS_MAX)
			return fail(ERR_TOO_LARGE, "a request has at most %d words", CONTROL_WORDS_MAX);
		size_t end = str_find_byte(bytes, 0);
		out->words[out->count++] = str_slice(bytes, 0, end);
		bytes = str_from(bytes, end + 1);
	}
	return OK;
}
