#include "web/web_private.h"

/* %XX and + become what they stand for; a % that begins no escape stays, as browsers have it. */
static Err form_text(Str coded, struct arena *mem, Str *out)
{
	char *bytes = arena_alloc(mem, coded.length + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	size_t length = 0;
	for (size_t i = 0; i < coded.length; i++) {
		char byte = coded.bytes[i];
		if (byte == '+') {
			byte = ' ';
		} else if (byte == '%' && coded.length - i > 2 && str_hex_digit(coded.bytes[i + 1]) >= 0 &&
		           str_hex_digit(coded.bytes[i + 2]) >= 0) {
			byte =
			    (char)(str_hex_digit(coded.bytes[i + 1]) * 16 + str_hex_digit(coded.bytes[i + 2]));
			i += 2;
		}
		bytes[length++] = byte;
	}
	*out = (Str){bytes, length};
	return OK;
}

/* The declared name, which lives as long as the process; NULL when there is none. */
static const char *field_find(const char *const *fields, Str name)
{
	for (; *fields != NULL; fields++)
		if (str_equal(str_from_c(*fields), name))
			return *fields;
	return NULL;
}

static bool form_has(const struct web_request *request, Str name)
{
	for (size_t i = 0; i < request->form_count; i++)
		if (str_equal(request->form[i].name, name))
			return true;
	return false;
}

/* What is wrong is noted in `*complaint`; the rest of the form is read all the same. */
static Err pair_decode(Str pair, const char *const *fields, struct web_request *request,
                       Err *complaint)
{
	Str name;
	Str value;
	Str rest = pair;
	if (!str_next(&rest, '=', &name))
		return OK;
	value = rest.bytes == NULL ? S("") : rest;
	TRY(form_text(name, request->mem, &name));
	const char *field = field_find(fields, name);
	if (field == NULL) {
		*complaint = fail(ERR_INVALID, "the form was sent with a field that it does not have");
		return OK;
	}
	if (form_has(request, name)) {
		*complaint = fail(ERR_INVALID, "the form was sent with the field %s twice", field);
		return OK;
	}
	CHECK(request->form_count < sizeof request->form / sizeof request->form[0]);
	TRY(form_text(value, request->mem, &value));
	request->form[request->form_count].name = str_from_c(field);
	request->form[request->form_count++].value = value;
	return OK;
}

Err form_decode(Str body, const char *const *fields, struct web_request *request)
{
	Str rest = body;
	Str pair;
	Err complaint = OK;
	request->form_count = 0;
	while (str_next(&rest, '&', &pair))
		if (pair.length > 0)
			TRY(pair_decode(pair, fields, request, &complaint));
	return complaint;
}

bool form_is_sent(const struct http_request *http)
{
	Str type = http_request_field(http, S("Content-Type"));
	Str first;
	return str_next(&type, ';', &first) &&
	       str_equal_ignoring_case(str_trim(first), S("application/x-www-form-urlencoded"));
}
