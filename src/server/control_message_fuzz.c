/* Whatever comes over the control socket: it is refused, or its parts lie inside of it and make
 * the same packet again. */
#include "server/control_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control_request request;
	Str bytes = {(const char *)data, size};
	if (control_request_parse(bytes, &request) != OK)
		return 0;
	size_t total = request.version.length + 1;
	CHECK(request.version.bytes == bytes.bytes);
	for (size_t i = 0; i < request.count; i++) {
		CHECK(request.words[i].bytes == bytes.bytes + total);
		CHECK(str_find_byte(request.words[i], 0) == STR_NOT_FOUND);
		total += request.words[i].length + 1;
	}
	CHECK(total == size);
	struct buf again BUF_CLEANUP;
	buf_init(&again, 2 * CONTROL_MESSAGE_MAX);
	if (control_request_format(request.words, request.count, &again) == OK &&
	    str_equal(request.version, S(COURANT_VERSION)))
		CHECK(str_equal(buf_str(&again), bytes));
	return 0;
}
