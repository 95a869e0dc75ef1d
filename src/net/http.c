#include "net/http_private.h"

/* RFC 9112 §3 asks for at least 8,000. */
#define MAX_REQUEST_LINE_BYTES 8192
#define MAX_METHOD_BYTES 32

/* What a byte may be part of. */
enum {
	TOKEN = 1, /* RFC 9110 §5.6.2 */
	PATH = 2,  /* RFC 3986 §3.3, and what browsers leave as it is: [ ] ^ ` { | } */
	QUERY = 4, /* the same, with ? and \ */
	HOST = 8,  /* letters, digits and - . _ alone */
	HEX = 16,
	DIGIT = 32,
	VALUE = 64, /* RFC 9110 §5.5: visible, space, tab, and bytes past ASCII */
};

#define IN_TARGET (PATH | QUERY | VALUE)
static const unsigned char byte_class[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = TOKEN | IN_TARGET,
    ['"'] = VALUE,
    ['#'] = TOKEN | VALUE,
    ['$' ... '\''] = TOKEN | IN_TARGET,
    ['(' ... ')'] = IN_TARGET,
    ['*' ... '+'] = TOKEN | IN_TARGET,
    [','] = IN_TARGET,
    ['-' ... '.'] = TOKEN | IN_TARGET | HOST,
    ['/'] = IN_TARGET,
    ['0' ... '9'] = TOKEN | IN_TARGET | HOST | HEX | DIGIT,
    [':' ... ';'] = IN_TARGET,
    ['<'] = VALUE,
    ['='] = IN_TARGET,
    ['>'] = VALUE,
    ['?'] = QUERY | VALUE,
    ['@'] = IN_TARGET,
    ['A' ... 'F'] = TOKEN | IN_TARGET | HOST | HEX,
    ['G' ... 'Z'] = TOKEN | IN_TARGET | HOST,
    ['['] = IN_TARGET,
    ['\\'] = QUERY | VALUE,
    [']'] = IN_TARGET,
    ['^'] = TOKEN | IN_TARGET,
    ['_'] = TOKEN | IN_TARGET | HOST,
    ['`'] = TOKEN | IN_TARGET,
    ['a' ... 'f'] = TOKEN | IN_TARGET | HOST | HEX,
    ['g' ... 'z'] = TOKEN | IN_TARGET | HOST,
    ['{'] = IN_TARGET,
    ['|'] = TOKEN | IN_TARGET,
    ['}'] = IN_TARGET,
    ['~'] = TOKEN | IN_TARGET,
    [0x80 ... 0xff] = VALUE,
};

static bool byte_is(char byte, unsigned class)
{
	return (byte_class[(unsigned char)byte] & class) != 0;
}

/* How many bytes at the start of `str` are of that class. */
static size_t span(Str str, unsigned class)
{
	size_t i = 0;
	while (i < str.length && byte_is(str.bytes[i], class))
		i++;
	return i;
}

static bool is_all(Str str, unsigned class)
{
	return span(str, class) == str.length;
}

bool http_byte_is_token(char byte)
{
	return byte_is(byte, TOKEN);
}

bool http_byte_is_value(char byte)
{
	return byte_is(byte, VALUE);
}

/* Fields that decide something and are given once. Two of them could be read as either. */
enum known_field {
	HOST_FIELD,
	CONTENT_LENGTH,
	TRANSFER_ENCODING,
	CONNECTION,
	EXPECT,
	CONTENT_TYPE,
	COOKIE,
	AUTHORIZATION,
	ORIGIN,
	REFERER,
	RANGE,
	IF_MODIFIED_SINCE,
	SEC_FETCH_SITE,
	KNOWN_FIELDS,
};
static const struct {
	Str name;
	bool repeats;
} known_fields[KNOWN_FIELDS] = {
    [HOST_FIELD] = {{"Host", 4}, false},
    [CONTENT_LENGTH] = {{"Content-Length", 14}, false},
    [TRANSFER_ENCODING] = {{"Transfer-Encoding", 17}, false},
    [CONNECTION] = {{"Connection", 10}, true},
    [EXPECT] = {{"Expect", 6}, true},
    [CONTENT_TYPE] = {{"Content-Type", 12}, false},
    [COOKIE] = {{"Cookie", 6}, false},
    [AUTHORIZATION] = {{"Authorization", 13}, false},
    [ORIGIN] = {{"Origin", 6}, false},
    [REFERER] = {{"Referer", 7}, false},
    [RANGE] = {{"Range", 5}, false},
    [IF_MODIFIED_SINCE] = {{"If-Modified-Since", 17}, false},
    [SEC_FETCH_SITE] = {{"Sec-Fetch-Site", 14}, false},
};

struct parser {
	struct http_request *request;
	unsigned seen; /* a bit for each known field */
	bool is_http_1_0;
	bool is_absolute;
};

static enum known_field known_field_find(Str name)
{
	unsigned i = 0;
	while (i < KNOWN_FIELDS && (known_fields[i].name.length != name.length ||
	                            !str_equal_ignoring_case(known_fields[i].name, name)))
		i++;
	return (enum known_field)i;
}

static bool was_seen(const struct parser *parser, enum known_field field)
{
	return (parser->seen & 1U << field) != 0;
}

/* The line at `*place`, without its end. A line ends with CRLF; CR or LF alone, NUL and the other
 * control characters are refused wherever they are. */
static enum http_parse_result line_next(Str bytes, size_t *place, Str *line)
{
	Str rest = str_from(bytes, *place);
	size_t end = span(rest, VALUE);
	if (end == rest.length)
		return HTTP_INCOMPLETE;
	if (rest.bytes[end] != '\r')
		return HTTP_REFUSED;
	if (end + 1 == rest.length)
		return HTTP_INCOMPLETE;
	if (rest.bytes[end + 1] != '\n')
		return HTTP_REFUSED;
	*line = str_slice(rest, 0, end);
	*place += end + 2;
	return HTTP_PARSED;
}

static bool percents_are_valid(Str str)
{
	size_t at;
	while ((at = str_find_byte(str, '%')) != STR_NOT_FOUND) {
		if (str.length - at < 3 || !is_all(str_slice(str, at + 1, 2), HEX))
			return false;
		str = str_from(str, at + 3);
	}
	return true;
}

/* A name, an IPv4 address or an IPv6 address in brackets, and a port if any. Percent-encoding and
 * what else RFC 3986 allows in a host is in none that we could be. */
static bool host_is_valid(Str host)
{
	size_t end;
	if (host.length > 0 && host.bytes[0] == '[') {
		end = str_find_byte(host, ']');
		if (end == STR_NOT_FOUND || end < 3)
			return false;
		for (size_t i = 1; i < end; i++)
			if (!byte_is(host.bytes[i], HEX) && host.bytes[i] != ':' && host.bytes[i] != '.')
				return false;
		end++;
	} else {
		end = span(host, HOST);
		if (end == 0)
			return false;
	}
	Str port = str_from(host, end);
	if (port.length == 0)
		return true;
	uint64_t number;
	return port.bytes[0] == ':' && port.length <= 6 &&
	       str_parse_uint(str_from(port, 1), UINT16_MAX, &number);
}

static bool path_and_query_parse(Str text, struct http_request *request)
{
	size_t end = span(text, PATH);
	request->path = str_slice(text, 0, end);
	request->query = str_slice(text, end, 0);
	Str rest = str_from(text, end);
	if (rest.length > 0) {
		if (rest.bytes[0] != '?')
			return false;
		request->query = str_from(rest, 1);
	}
	/* Browsers send a query's % as it was written: it then stands for itself (WHATWG URL §5.1). */
	return is_all(request->query, QUERY) && percents_are_valid(request->path);
}

/* RFC 9112 §3.2.2: a server must accept it from any client. */
static bool absolute_form_parse(Str target, struct parser *parser)
{
	struct http_request *request = parser->request;
	size_t scheme_length = str_find(target, S("://"));
	if (scheme_length == STR_NOT_FOUND)
		return false;
	Str scheme = str_slice(target, 0, scheme_length);
	if (!str_equal_ignoring_case(scheme, S("http")) && !str_equal_ignoring_case(scheme, S("https")))
		return false;
	Str rest = str_from(target, scheme_length + 3);
	size_t end = 0;
	while (end < rest.length && rest.bytes[end] != '/' && rest.bytes[end] != '?')
		end++;
	request->host = str_slice(rest, 0, end);
	parser->is_absolute = true;
	if (!host_is_valid(request->host) || !path_and_query_parse(str_from(rest, end), request))
		return false;
	if (request->path.length == 0)
		request->path = S("/");
	return true;
}

static int target_parse(Str target, struct parser *parser)
{
	struct http_request *request = parser->request;
	request->target = target;
	request->host = str_slice(target, 0, 0);
	if (str_equal(request->method_text, S("CONNECT")))
		return 501;
	if (str_equal(target, S("*"))) {
		request->path = str_slice(target, 0, 0);
		request->query = request->path;
		return str_equal(request->method_text, S("OPTIONS")) ? 0 : 400;
	}
	bool is_origin_form = target.length > 0 && target.bytes[0] == '/';
	bool is_valid = is_origin_form ? path_and_query_parse(target, request)
	                               : absolute_form_parse(target, parser);
	return is_valid ? 0 : 400;
}

static enum http_method method_of(Str text)
{
	if (str_equal(text, S("GET")))
		return HTTP_GET;
	if (str_equal(text, S("HEAD")))
		return HTTP_HEAD;
	if (str_equal(text, S("POST")))
		return HTTP_POST;
	return HTTP_OTHER;
}

/* RFC 9112 §3: method SP target SP version, single spaces. The version comes first here, so that
 * another protocol is called that, and not a bad target. */
static int request_line_parse(Str line, struct parser *parser)
{
	struct http_request *request = parser->request;
	Str method = str_slice(line, 0, span(line, TOKEN));
	Str rest = str_from(line, method.length);
	if (method.length == 0 || rest.length == 0 || rest.bytes[0] != ' ')
		return 400;
	rest = str_from(rest, 1);
	size_t target_length = str_find_byte(rest, ' ');
	if (target_length == STR_NOT_FOUND)
		return 400;
	Str version = str_from(rest, target_length + 1);
	if (version.length != 8 || !str_starts_with(version, S("HTTP/")) ||
	    !byte_is(version.bytes[5], DIGIT) || version.bytes[6] != '.' ||
	    !byte_is(version.bytes[7], DIGIT))
		return 400;
	parser->is_http_1_0 = str_equal(version, S("HTTP/1.0"));
	if (!parser->is_http_1_0 && !str_equal(version, S("HTTP/1.1")))
		return 505;
	if (method.length > MAX_METHOD_BYTES)
		return 501;
	request->keep_alive = !parser->is_http_1_0;
	request->method_text = method;
	request->method = method_of(method);
	return target_parse(str_slice(rest, 0, target_length), parser);
}

static Str optional_space_trim(Str value)
{
	while (value.length > 0 && (value.bytes[0] == ' ' || value.bytes[0] == '\t'))
		value = str_from(value, 1);
	while (value.length > 0 &&
	       (value.bytes[value.length - 1] == ' ' || value.bytes[value.length - 1] == '\t'))
		value.length--;
	return value;
}

/* RFC 9112 §3.2. Of an absolute target and a Host field that differ, RFC 9112 §3.2.2 would have us
 * take the first; whoever stands before us may have taken the other. */
static int host_parse(Str value, struct parser *parser)
{
	if (!host_is_valid(value))
		return 400;
	if (parser->is_absolute)
		return str_equal_ignoring_case(parser->request->host, value) ? 0 : 400;
	parser->request->host = value;
	return 0;
}

/* RFC 9112 §6.1: chunked is the one coding that we know, and HTTP/1.0 has none. */
static int transfer_encoding_parse(Str value, struct parser *parser)
{
	if (parser->is_http_1_0 || value.length == 0)
		return 400;
	if (!str_equal_ignoring_case(value, S("chunked")))
		return 501;
	parser->request->chunked = true;
	return 0;
}

static int connection_parse(Str value, struct parser *parser)
{
	Str option;
	while (str_next(&value, ',', &option))
		if (str_equal_ignoring_case(optional_space_trim(option), S("close")))
			parser->request->keep_alive = false;
	return 0;
}

/* RFC 9110 §10.1.1; to be ignored from HTTP/1.0. */
static int expect_parse(Str value, struct parser *parser)
{
	if (parser->is_http_1_0)
		return 0;
	parser->request->expects_continue = true;
	return str_equal_ignoring_case(value, S("100-continue")) ? 0 : 417;
}

static int field_parse(Str line, struct parser *parser)
{
	struct http_request *request = parser->request;
	size_t name_length = span(line, TOKEN);
	if (name_length == 0 || name_length == line.length || line.bytes[name_length] != ':')
		return 400; /* a folded line and a space before the colon end here too */
	if (request->field_count == HTTP_MAX_FIELDS)
		return 431;
	struct http_field *field = &request->fields[request->field_count++];
	field->name = str_slice(line, 0, name_length);
	field->value = optional_space_trim(str_from(line, name_length + 1));
	enum known_field known = known_field_find(field->name);
	if (known == KNOWN_FIELDS)
		return 0;
	if (was_seen(parser, known) && !known_fields[known].repeats)
		return 400;
	parser->seen |= 1U << known;
	switch (known) {
	case HOST_FIELD:
		return host_parse(field->value, parser);
	case CONTENT_LENGTH:
		request->has_length = true;
		return str_parse_uint(field->value, INT64_MAX, &request->content_length) ? 0 : 400;
	case TRANSFER_ENCODING:
		return transfer_encoding_parse(field->value, parser);
	case CONNECTION:
		return connection_parse(field->value, parser);
	case EXPECT:
		return expect_parse(field->value, parser);
	default:
		return 0;
	}
}

/* What can be said only when all fields are known. */
static int head_finish(const struct parser *parser)
{
	if (!was_seen(parser, HOST_FIELD) && !parser->is_http_1_0)
		return 400;
	if (parser->request->chunked && parser->request->has_length)
		return 400; /* RFC 9112 §6.1: a request with both is smuggled */
	return 0;
}

static enum http_parse_result refuse(int with, int *status)
{
	*status = with;
	return HTTP_REFUSED;
}

/* Field by field: the table of fields is too large to be cleared for every request. */
static void request_init(struct http_request *request)
{
	request->field_count = 0;
	request->keep_alive = false;
	request->expects_continue = false;
	request->chunked = false;
	request->has_length = false;
	request->content_length = 0;
	request->body = S("");
	request->address = S("");
}

enum http_parse_result http_parse_head(Str bytes, size_t max_head_bytes,
                                       struct http_request *request, size_t *head_bytes,
                                       int *status)
{
	struct parser parser = {.request = request};
	/* Only what is inside the maximum is looked at, so that the answer is the same however the
	 * bytes arrive. One empty line may come first (RFC 9112 §2.2). */
	Str view = str_slice(bytes, 0, max_head_bytes);
	bool is_full = view.length == max_head_bytes;
	size_t place = str_starts_with(view, S("\r\n")) ? 2 : 0;
	Str first = str_slice(view, 0, place + MAX_REQUEST_LINE_BYTES);
	Str line;
	enum http_parse_result result = line_next(first, &place, &line);
	if (result == HTTP_INCOMPLETE && (is_full || first.length < view.length))
		return refuse(414, status);
	if (result != HTTP_PARSED)
		return result == HTTP_REFUSED ? refuse(400, status) : result;
	request_init(request);
	int refused = request_line_parse(line, &parser);
	while (refused == 0) {
		result = line_next(view, &place, &line);
		if (result == HTTP_INCOMPLETE && is_full)
			return refuse(431, status);
		if (result != HTTP_PARSED)
			return result == HTTP_REFUSED ? refuse(400, status) : result;
		if (line.length == 0)
			break;
		refused = field_parse(line, &parser);
	}
	if (refused == 0)
		refused = head_finish(&parser);
	if (refused != 0)
		return refuse(refused, status);
	*head_bytes = place;
	return HTTP_PARSED;
}

Str http_request_field(const struct http_request *request, Str name)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (request->fields[i].name.length == name.length &&
		    str_equal_ignoring_case(request->fields[i].name, name))
			return request->fields[i].value;
	return S("");
}
