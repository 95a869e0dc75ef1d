/* The parser of heads: what it says must not depend on how the bytes arrive, and what it points to
 * must lie in the input. */
#include "base/err.h"
#include "net/http.h"

#define MAX_HEAD_BYTES (size_t)4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum http_parse_result result;
	int status;
	size_t head_bytes;
	struct http_request request;
};

static void parse(Str bytes, struct outcome *out)
{
	out->status = 0;
	out->head_bytes = 0;
	out->result =
	    http_parse_head(bytes, MAX_HEAD_BYTES, &out->request, &out->head_bytes, &out->status);
}

static void check_inside(Str part, Str whole)
{
	CHECK(part.length == 0 ||
	      (part.bytes >= whole.bytes && part.bytes + part.length <= whole.bytes + whole.length));
}

static void check_parsed(const struct outcome *outcome, Str bytes)
{
	const struct http_request *request = &outcome->request;
	CHECK(outcome->head_bytes > 0 && outcome->head_bytes <= bytes.length);
	CHECK(outcome->head_bytes <= MAX_HEAD_BYTES);
	Str head = str_slice(bytes, 0, outcome->head_bytes);
	CHECK(str_ends_with(head, S("\r\n\r\n")));
	CHECK(str_find_byte(head, 0) == STR_NOT_FOUND);
	check_inside(request->method_text, head);
	check_inside(request->target, head);
	/* The path that an absolute target leaves out is a literal. */
	if (!str_equal(request->path, S("/")))
		check_inside(request->path, head);
	check_inside(request->query, head);
	check_inside(request->host, head);
	CHECK(request->field_count <= HTTP_MAX_FIELDS);
	for (size_t i = 0; i < request->field_count; i++) {
		CHECK(request->fields[i].name.length > 0);
		check_inside(request->fields[i].name, head);
		check_inside(request->fields[i].value, head);
		CHECK(str_find_byte(request->fields[i].value, '\r') == STR_NOT_FOUND);
		CHECK(str_find_byte(request->fields[i].value, '\n') == STR_NOT_FOUND);
	}
	CHECK(!(request->chunked && request->has_length));
	CHECK(request->has_length || request->content_length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Str bytes = {(const char *)data, size};
	static struct outcome whole, part; /* large */
	parse(bytes, &whole);
	CHECK((whole.result == HTTP_REFUSED) == (whole.status >= 400));
	if (whole.result == HTTP_PARSED)
		check_parsed(&whole, bytes);
	/* A prefix says the same, or that it waits for more. All of a short input are tried. */
	for (size_t length = 0; length < size; length += 1 + size / 512) {
		parse(str_slice(bytes, 0, length), &part);
		if (part.result == HTTP_INCOMPLETE)
			continue;
		CHECK(part.result == whole.result);
		CHECK(part.status == whole.status);
		CHECK(part.head_bytes == whole.head_bytes);
	}
	return 0;
}
