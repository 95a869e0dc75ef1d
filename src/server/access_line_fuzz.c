/* Whatever a client sends, of it becomes one line of ASCII: in the common formats with as many
 * quotation marks as there should be, as JSON one object with what was sent and no secret in it. */
#include <jansson.h>

#include "server/access_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input's parts are parted by NULs. */
static Str part_next(Str *rest)
{
	Str part;
	return str_next(rest, 0, &part) ? part : S("");
}

static size_t quotation_marks(Str line)
{
	size_t count = 0;
	for (size_t i = 0; i < line.length; i++) {
		if (line.bytes[i] == '\\')
			i++;
		else if (line.bytes[i] == '"')
			count++;
	}
	return count;
}

static void json_check(Str line)
{
	json_error_t error;
	json_t *object = json_loadb(line.bytes, line.length, JSON_REJECT_DUPLICATES, &error);
	CHECK(json_is_object(object) && json_object_size(object) == 10);
	const char *referrer = json_string_value(json_object_get(object, "referrer"));
	CHECK(referrer == NULL || strpbrk(referrer, "?#") == NULL);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Str rest = {(const char *)data, size};
	struct access access = {.at = INT64_C(1627040340000), .status = 200, .class = "kept"};
	access.address = part_next(&rest);
	access.method = part_next(&rest);
	access.path = part_next(&rest);
	access.referrer = part_next(&rest);
	access.agent = part_next(&rest);
	for (int format = ACCESS_COMBINED; format <= ACCESS_JSON; format++) {
		for (int addresses = ACCESS_ADDRESS_NONE; addresses <= ACCESS_ADDRESS_FULL; addresses++) {
			struct buf out BUF_CLEANUP;
			buf_init(&out, ACCESS_LINE_MAX_BYTES);
			access_line_add(&out, &access, (enum access_format)format,
			                (enum access_addresses)addresses);
			CHECK(buf_check(&out) == OK && out.bytes[out.length - 1] == '\n');
			Str line = str_slice(buf_str(&out), 0, out.length - 1);
			for (size_t i = 0; i < line.length; i++)
				CHECK(line.bytes[i] >= 0x20 && line.bytes[i] < 0x7f);
			if (format == ACCESS_JSON)
				json_check(line);
			else
				CHECK(quotation_marks(line) == (format == ACCESS_COMBINED ? 6 : 2));
		}
	}
	return 0;
}
