/* The reader of UTF-8: what it takes must be what it writes, and nothing else is called valid. */
#include "base/err.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Str text = {(const char *)data, size};
	size_t place = 0;
	size_t count = 0;
	bool is_valid = true;
	while (place < size) {
		size_t start = place;
		char bytes[4];
		uint32_t point = utf8_next(text, &place);
		CHECK(place > start && place <= size);
		count++;
		if (point == UTF8_INVALID) {
			CHECK(place == start + 1);
			is_valid = false;
			continue;
		}
		CHECK(utf8_encode(point, bytes) == place - start);
		CHECK(memcmp(bytes, text.bytes + start, place - start) == 0);
	}
	CHECK(utf8_is_valid(text) == is_valid);
	if (is_valid) {
		CHECK(utf8_length(text) == count);
		CHECK(utf8_head(text, count).length == size);
		CHECK(utf8_length(utf8_head(text, count / 2)) == count / 2);
	}
	Str trimmed = utf8_trim(text);
	CHECK(str_equal(utf8_trim(trimmed), trimmed));
	(void)utf8_has_control(text);
	return 0;
}
