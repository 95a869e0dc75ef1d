/* The form decoder: whatever comes, it ends, stays inside its memory, and gives only declared
 * fields, each once. */
#include "web/web_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const fields[] = {"key", "name", "text", NULL};
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 1 << 20);
	struct web_request request = {.mem = &mem};
	Err err = form_decode((Str){(const char *)bytes, size}, fields, &request);
	CHECK(err == OK || err == ERR_INVALID || err == ERR_MEMORY);
	CHECK(request.form_count <= 3);
	for (size_t i = 0; i < request.form_count; i++) {
		Str shown;
		CHECK(request.form[i].value.length <= size);
		CHECK(web_showable(request.form[i].value, &mem, &shown) == OK);
	}
	return 0;
}
