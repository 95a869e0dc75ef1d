#include "base/buf.h"
#include "net/http_private.h"

/* After ours, since cmocka's fail() hides the name of base/err.h. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MAX_HEAD_BYTES (size_t)16384
#define SHOULD_PARSE 0
#define SHOULD_WAIT 1

/* The status that a head is refused with, or one of the two above. */
static int outcome(Str bytes, struct http_request *request, size_t *head_bytes)
{
	int status = 0;
	switch (http_parse_head(bytes, MAX_HEAD_BYTES, request, head_bytes, &status)) {
	case HTTP_PARSED:
		return SHOULD_PARSE;
	case HTTP_INCOMPLETE:
		return SHOULD_WAIT;
	case HTTP_REFUSED:
		break;
	}
	return status;
}

static struct http_request parsed(Str bytes)
{
	struct http_request request;
	size_t head_bytes;
	assert_int_equal(outcome(bytes, &request, &head_bytes), SHOULD_PARSE);
	return request;
}

static void assert_str(Str actual, Str expected)
{
	if (!str_equal(actual, expected))
		fail_msg("\"%.*s\" is not \"%.*s\"", STR(actual), STR(expected));
}

struct vector {
	int outcome;
	Str bytes;
};
#define V(outcome, literal)                                                                        \
	{                                                                                              \
		outcome,                                                                                   \
		{                                                                                          \
			literal, sizeof(literal) - 1                                                           \
		}                                                                                          \
	}
#define HOST "Host: news.example\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define END "\r\n"

/* The outcome must be the same when the bytes come one by one, and no prefix may have another. */
static void check_vector(const struct vector *vector)
{
	struct http_request request;
	size_t head_bytes;
	int whole = outcome(vector->bytes, &request, &head_bytes);
	if (whole != vector->outcome)
		fail_msg("%d instead of %d for:\n%.*s", whole, vector->outcome, STR(vector->bytes));
	for (size_t length = 0; length < vector->bytes.length; length++) {
		Str part = str_slice(vector->bytes, 0, length);
		int early = outcome(part, &request, &head_bytes);
		if (early != SHOULD_WAIT && early != whole)
			fail_msg("%d instead of %d for the part:\n%.*s", early, whole, STR(part));
	}
}

#define CHECK_VECTORS(vectors)                                                                     \
	do {                                                                                           \
		for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors)[0]; i++)                          \
			check_vector(&(vectors)[i]);                                                           \
	} while (0)

static void test_head_with_every_part_is_parsed(void **state)
{
	(void)state;
	Str bytes = S("POST /politics/2021?page=2&x=%20 HTTP/1.1\r\nhost: news.example:8080\r\n"
	              "Content-Length: 12\r\nX-Empty:\r\nCookie: \t a=b; c=d \t\r\n"
	              "Accept-Language: ar\xd8\xa7\r\n\r\nbody");
	struct http_request request;
	size_t head_bytes;
	assert_int_equal(outcome(bytes, &request, &head_bytes), SHOULD_PARSE);
	assert_int_equal(head_bytes, bytes.length - 4);
	assert_int_equal(request.method, HTTP_POST);
	assert_str(request.method_text, S("POST"));
	assert_str(request.target, S("/politics/2021?page=2&x=%20"));
	assert_str(request.path, S("/politics/2021"));
	assert_str(request.query, S("page=2&x=%20"));
	assert_str(request.host, S("news.example:8080"));
	assert_int_equal(request.field_count, 5);
	assert_str(http_request_field(&request, S("COOKIE")), S("a=b; c=d"));
	assert_str(http_request_field(&request, S("X-Empty")), S(""));
	assert_str(http_request_field(&request, S("X-Absent")), S(""));
	assert_true(request.has_length);
	assert_int_equal(request.content_length, 12);
	assert_true(request.keep_alive);
	assert_false(request.chunked);
	assert_false(request.expects_continue);
	assert_str(request.body, S(""));
}

static void test_nothing_of_an_earlier_request_is_left_in_the_struct(void **state)
{
	(void)state;
	struct http_request request;
	size_t head_bytes;
	assert_int_equal(outcome(S("POST /a?b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	                           "Content-Length: 5\r\nConnection: close\r\n\r\n"),
	                         &request, &head_bytes),
	                 SHOULD_PARSE);
	assert_int_equal(outcome(S(GET END), &request, &head_bytes), SHOULD_PARSE);
	assert_int_equal(request.method, HTTP_GET);
	assert_int_equal(request.field_count, 1);
	assert_str(request.query, S(""));
	assert_true(request.keep_alive);
	assert_false(request.has_length || request.chunked || request.expects_continue);
	assert_int_equal(request.content_length, 0);
}

static void test_request_line_is_read_strictly(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
	    V(SHOULD_PARSE, GET END),
	    V(SHOULD_PARSE, "\r\n" GET END),
	    V(400, "\r\n\r\n" GET END),
	    V(400, "\n" GET END),
	    V(400, " " GET END),
	    V(SHOULD_PARSE, "HEAD / HTTP/1.1\r\n" HOST END),
	    V(SHOULD_PARSE, "PROPFIND / HTTP/1.1\r\n" HOST END),
	    V(SHOULD_PARSE, "get / HTTP/1.1\r\n" HOST END),
	    V(501, "CONNECT news.example:443 HTTP/1.1\r\n" HOST END),
	    V(501, "AMETHODTHATISMUCHLONGERTHANANYTHATISKNOWN / HTTP/1.1\r\n" HOST END),
	    V(400, "GET  / HTTP/1.1\r\n" HOST END),
	    V(400, "GET / HTTP/1.1 \r\n" HOST END),
	    V(400, "GET /  HTTP/1.1\r\n" HOST END),
	    V(400, "GET\t/ HTTP/1.1\r\n" HOST END),
	    V(400, "GET /\tHTTP/1.1\r\n" HOST END),
	    V(400, "GET / a HTTP/1.1\r\n" HOST END),
	    V(400, "GET /\r\n"),
	    V(400, "GET\r\n"),
	    V(400, "GET / \r\n"),
	    V(400, "G@T / HTTP/1.1\r\n" HOST END),
	    V(400, "G\0T / HTTP/1.1\r\n" HOST END),
	    V(400, "G\xc3\x89T / HTTP/1.1\r\n" HOST END),
	    V(400, "GET / HTTP/1.1\n" HOST END),
	    V(400, "GET / HTTP/1.1\r" HOST END),
	    V(400, "GET / HTTP/1.1\r\r\n" HOST END),
	    V(400, "GET / http/1.1\r\n" HOST END),
	    V(400, "GET / HTTP/1.10\r\n" HOST END),
	    V(400, "GET / HTTP/11\r\n" HOST END),
	    V(400, "GET / HTTP/1,1\r\n" HOST END),
	    V(400, "GET / HTTP/+1.1\r\n" HOST END),
	    V(400, "GET / HTTPS/1.1\r\n" HOST END),
	    V(400, "GET / ICY/1.1\r\n" HOST END),
	    V(505, "GET / HTTP/2.0\r\n" HOST END),
	    V(505, "GET / HTTP/0.9\r\n" HOST END),
	    V(505, "GET / HTTP/1.2\r\n" HOST END),
	    V(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	    V(400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
	    V(SHOULD_WAIT, ""),
	    V(SHOULD_WAIT, "\r"),
	    V(SHOULD_WAIT, "GET / HTTP/1.1\r"),
	    V(SHOULD_WAIT, GET),
	    V(SHOULD_WAIT, GET "\r"),
	};
	CHECK_VECTORS(vectors);
}

static void test_targets_are_read_strictly(void **state)
{
	(void)state;
#define TARGET(outcome, target) V(outcome, "GET " target " HTTP/1.1\r\nHost: news.example\r\n\r\n")
	static const struct vector vectors[] = {
	    TARGET(SHOULD_PARSE, "/politics/2021/07/23/al-kazemi"),
	    TARGET(SHOULD_PARSE, "/%d8%a7%D9%84"),
	    TARGET(SHOULD_PARSE, "/a?"),
	    TARGET(SHOULD_PARSE, "/a??b=/c"),
	    TARGET(SHOULD_PARSE, "/?filter[x]=1|2&y={z}^`"),
	    TARGET(SHOULD_PARSE, "/?a=b\\c"),
	    TARGET(SHOULD_PARSE, "/?a=100%"),
	    TARGET(SHOULD_PARSE, "/?a=%%EMAIL%%&b=%u0041"),
	    TARGET(SHOULD_PARSE, "//news.example/a"),
	    TARGET(SHOULD_PARSE, "/!$&'()*+,-.:;=@_~"),
	    TARGET(400, "/a\\b"),
	    TARGET(400, "/%"),
	    TARGET(400, "/%2"),
	    TARGET(400, "/%2g"),
	    TARGET(400, "/%%32"),
	    TARGET(400, "/%?a"),
	    TARGET(400, "/a#b"),
	    TARGET(400, "/?a#b"),
	    TARGET(400, "/\"a\""),
	    TARGET(400, "/<a>"),
	    TARGET(400, "/?<a>"),
	    TARGET(400, "/\xd8\xa7"),
	    TARGET(400, "/?\xd8\xa7"),
	    TARGET(400, "/a\x7f"),
	    TARGET(400, "/a\x01"),
	    TARGET(400, "politics"),
	    TARGET(400, "?a"),
	    TARGET(400, "*"),
	    TARGET(400, "news.example:80"),
	    TARGET(SHOULD_PARSE, "http://news.example/"),
	    TARGET(SHOULD_PARSE, "HTTPS://NEWS.example/a?b"),
	    TARGET(SHOULD_PARSE, "http://news.example"),
	    TARGET(SHOULD_PARSE, "http://news.example?a"),
	    TARGET(400, "http://other.example/"),
	    TARGET(400, "http://news.example:80/"),
	    TARGET(400, "http://reader@news.example/"),
	    TARGET(400, "http:///"),
	    TARGET(400, "http:/news.example/"),
	    TARGET(400, "://news.example/"),
	    TARGET(400, "ftp://news.example/"),
	    TARGET(400, "http://news.example/#a"),
	    V(SHOULD_PARSE, "OPTIONS * HTTP/1.1\r\n" HOST END),
	    V(400, "OPTIONS ** HTTP/1.1\r\n" HOST END),
	};
	CHECK_VECTORS(vectors);
}

static void test_absolute_form_gives_host_path_and_query(void **state)
{
	(void)state;
	struct http_request request =
	    parsed(S("GET http://news.example?a=b HTTP/1.1\r\nHost: NEWS.example\r\n\r\n"));
	assert_str(request.host, S("news.example"));
	assert_str(request.path, S("/"));
	assert_str(request.query, S("a=b"));
}

static void test_hosts_are_read_strictly(void **state)
{
	(void)state;
#define HOST_IS(outcome, host) V(outcome, "GET / HTTP/1.1\r\nHost:" host "\r\n\r\n")
	static const struct vector vectors[] = {
	    HOST_IS(SHOULD_PARSE, "news.example"),
	    HOST_IS(SHOULD_PARSE, "  news.example:8080\t"),
	    HOST_IS(SHOULD_PARSE, "127.0.0.1:1"),
	    HOST_IS(SHOULD_PARSE, "[::1]:65535"),
	    HOST_IS(SHOULD_PARSE, "[2001:db8::1]"),
	    HOST_IS(SHOULD_PARSE, "xn--mgberp4a5d4ar.example"),
	    HOST_IS(400, ""),
	    HOST_IS(400, " "),
	    HOST_IS(400, "news.example, other.example"),
	    HOST_IS(400, "news.example other.example"),
	    HOST_IS(400, "news.example/path"),
	    HOST_IS(400, "reader@news.example"),
	    HOST_IS(400, "http://news.example"),
	    HOST_IS(400, "news.example:"),
	    HOST_IS(400, "news.example:80a"),
	    HOST_IS(400, "news.example:+80"),
	    HOST_IS(400, "news.example:65536"),
	    HOST_IS(400, "news.example:80:80"),
	    HOST_IS(400, "news.example:000080"),
	    HOST_IS(400, ":80"),
	    HOST_IS(400, "[]"),
	    HOST_IS(400, "[::1"),
	    HOST_IS(400, "[::1]x"),
	    HOST_IS(400, "[news]"),
	    HOST_IS(400, "news%2eexample"),
	    HOST_IS(400, "news\xd8\xa7.example"),
	    HOST_IS(400, "\"news.example\""),
	    V(400, "GET / HTTP/1.1\r\n\r\n"),
	    V(400, "GET / HTTP/1.1\r\n" HOST HOST END),
	    V(400, "GET / HTTP/1.1\r\n" HOST "HOST: other.example\r\n\r\n"),
	    V(400, "GET http://news.example/ HTTP/1.1\r\n\r\n"),
	    V(SHOULD_PARSE, "GET / HTTP/1.0\r\n\r\n"),
	    V(400, "GET / HTTP/1.0\r\n" HOST HOST END),
	};
	CHECK_VECTORS(vectors);
}

static void test_fields_are_read_strictly(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
	    V(SHOULD_PARSE, GET "A:b\r\n" END),
	    V(SHOULD_PARSE, GET "A:\r\n" END),
	    V(SHOULD_PARSE, GET "!#$%&'*+-.^_`|~09azAZ: b\r\n" END),
	    V(SHOULD_PARSE, GET "A: b\tc \"d\" <e>\xff\r\n" END),
	    V(SHOULD_PARSE, GET "Accept: a\r\nAccept: b\r\n" END),
	    V(400, GET "A : b\r\n" END),
	    V(400, GET "A\t: b\r\n" END),
	    V(400, GET ": b\r\n" END),
	    V(400, GET "A\r\n" END),
	    V(400, GET "A b: c\r\n" END),
	    V(400, GET "A(: c\r\n" END),
	    V(400, GET "\xc3\x84: c\r\n" END),
	    V(400, GET " folded\r\n" END),
	    V(400, GET "A: b\r\n folded\r\n" END),
	    V(400, GET "A: b\r\n\tfolded\r\n" END),
	    V(400, GET "A: b\r\n \r\n" END),
	    V(400, "GET / HTTP/1.1\r\n " HOST END),
	    V(400, GET "A: b\n" END),
	    V(400, GET "A: b\n\n"),
	    V(400, GET "A: b\rC: d\r\n" END),
	    V(400, GET "A: b\r\r\n" END),
	    V(400, GET "A: b\0\r\n" END),
	    V(400, GET "A\0: b\r\n" END),
	    V(400, GET "A: b\x0b\r\n" END),
	    V(400, GET "A: b\x7f\r\n" END),
	    V(400, GET "A: b\x1b[31m\r\n" END),
	    V(400, GET "\n"),
	    V(400, GET "\r\r\n"),
	    V(400, GET "Origin: a\r\nOrigin: b\r\n" END),
	    V(400, GET "Cookie: a=b\r\ncookie: a=c\r\n" END),
	    V(400, GET "Content-Type: a/b\r\nContent-Type: a/b\r\n" END),
	    V(400, GET "Sec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n" END),
	};
	CHECK_VECTORS(vectors);
}

static void test_lengths_that_could_smuggle_a_request_are_refused(void **state)
{
	(void)state;
#define LENGTH(outcome, value) V(outcome, POST "Content-Length:" value "\r\n" END)
	static const struct vector vectors[] = {
	    LENGTH(SHOULD_PARSE, " 0"),
	    LENGTH(SHOULD_PARSE, " 5 "),
	    LENGTH(SHOULD_PARSE, " 00005"),
	    LENGTH(SHOULD_PARSE, " 9223372036854775807"),
	    LENGTH(400, " 9223372036854775808"),
	    LENGTH(400, " 18446744073709551621"),
	    LENGTH(400, " 99999999999999999999999999999999"),
	    LENGTH(400, ""),
	    LENGTH(400, " +5"),
	    LENGTH(400, " -5"),
	    LENGTH(400, " -0"),
	    LENGTH(400, " 0x5"),
	    LENGTH(400, " 5_0"),
	    LENGTH(400, " 5e1"),
	    LENGTH(400, " 5.0"),
	    LENGTH(400, " 5, 5"),
	    LENGTH(400, " 5,5"),
	    LENGTH(400, " 5 5"),
	    LENGTH(400, " 5;"),
	    LENGTH(400, " \"5\""),
	    LENGTH(400, " \xd9\xa5"),
	    V(400, POST "Content-Length : 5\r\n" END),
	    V(400, POST "Content-Length: 5\r\nContent-Length: 5\r\n" END),
	    V(400, POST "Content-Length: 5\r\nContent-Length: 6\r\n" END),
	    V(400, POST "Content-Length: 5\r\nCONTENT-LENGTH: 0\r\n" END),
	};
	CHECK_VECTORS(vectors);
}

static void test_codings_that_could_smuggle_a_request_are_refused(void **state)
{
	(void)state;
#define CODING(outcome, value) V(outcome, POST "Transfer-Encoding:" value "\r\n" END)
	static const struct vector vectors[] = {
	    CODING(SHOULD_PARSE, " chunked"),
	    CODING(SHOULD_PARSE, " Chunked\t"),
	    CODING(400, ""),
	    CODING(501, " identity"),
	    CODING(501, " gzip"),
	    CODING(501, " gzip, chunked"),
	    CODING(501, " chunked, chunked"),
	    CODING(501, " chunked, identity"),
	    CODING(501, " chunked,"),
	    CODING(501, " ,chunked"),
	    CODING(501, " xchunked"),
	    CODING(501, " chunkedx"),
	    CODING(501, " \"chunked\""),
	    CODING(501, " chunked;q=1"),
	    CODING(400, " \013chunked"),
	    CODING(400, " chunked\x0c"),
	    CODING(400, " chun\0ked"),
	    CODING(400, "\r\n chunked"),
	    V(400, POST "Transfer-Encoding : chunked\r\n" END),
	    V(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END),
	    V(400, POST "Transfer-Encoding: chunked\r\nTransfer-encoding: identity\r\n" END),
	    V(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END),
	    V(400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END),
	    V(400, POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" END),
	    V(400, POST "X: y\rTransfer-Encoding: chunked\r\n" END),
	    V(400, POST "X: y\nTransfer-Encoding: chunked\r\n" END),
	    V(SHOULD_PARSE, POST "X-Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END),
	    V(400, "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END),
	};
	CHECK_VECTORS(vectors);
}

static void test_expectations_other_than_continue_are_417(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
	    V(SHOULD_PARSE, POST "Expect: 100-Continue\r\n" END),
	    V(417, POST "Expect: 200-ok\r\n" END),
	    V(417, POST "Expect:\r\n" END),
	    V(417, POST "Expect: 100-continue, 100-continue\r\n" END),
	    V(417, POST "Expect: 100-continue\r\nExpect: other\r\n" END),
	    V(SHOULD_PARSE, "POST / HTTP/1.0\r\nExpect: other\r\n" END),
	};
	CHECK_VECTORS(vectors);
	assert_true(parsed(vectors[0].bytes).expects_continue);
	assert_false(parsed(vectors[5].bytes).expects_continue);
}

static void test_connection_field_and_version_decide_whether_it_stays_open(void **state)
{
	(void)state;
	assert_true(parsed(S(GET END)).keep_alive);
	assert_true(parsed(S(GET "Connection: keep-alive, upgrade\r\n" END)).keep_alive);
	assert_true(parsed(S(GET "Connection: closed\r\n" END)).keep_alive);
	assert_false(parsed(S(GET "Connection: close\r\n" END)).keep_alive);
	assert_false(parsed(S(GET "Connection: upgrade ,\tCLOSE\r\n" END)).keep_alive);
	assert_false(parsed(S(GET "Connection: a\r\nConnection: close\r\n" END)).keep_alive);
	assert_false(parsed(S("GET / HTTP/1.0\r\n\r\n")).keep_alive);
	assert_false(parsed(S("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")).keep_alive);
}

/* "GET /aaa… HTTP/1.1\r\n", then fields of `field_bytes` each. */
static void large_head(struct buf *buf, size_t line_bytes, size_t fields, size_t field_bytes)
{
	buf_clear(buf);
	buf_add(buf, S("GET /"));
	while (buf->length < line_bytes - 11)
		buf_add_byte(buf, 'a');
	buf_add(buf, S(" HTTP/1.1\r\nHost: a\r\n"));
	for (size_t i = 1; i < fields; i++) {
		size_t end = buf->length + field_bytes - 2;
		buf_add(buf, S("F: "));
		while (buf->length < end)
			buf_add_byte(buf, 'v');
		buf_add(buf, S("\r\n"));
	}
	buf_add(buf, S("\r\n"));
	assert_int_equal(buf_check(buf), OK);
}

static int outcome_of(const struct buf *buf)
{
	check_vector(&(struct vector){outcome(buf_str(buf), &(struct http_request){0}, &(size_t){0}),
	                              buf_str(buf)});
	return outcome(buf_str(buf), &(struct http_request){0}, &(size_t){0});
}

static void test_sizes_at_and_past_their_maximum(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	buf_init(&buf, 100000);
	large_head(&buf, 8192, 1, 0);
	assert_int_equal(outcome_of(&buf), SHOULD_PARSE);
	large_head(&buf, 8193, 1, 0);
	assert_int_equal(outcome_of(&buf), 414);
	large_head(&buf, 30, HTTP_MAX_FIELDS, 20);
	assert_int_equal(outcome_of(&buf), SHOULD_PARSE);
	large_head(&buf, 30, HTTP_MAX_FIELDS + 1, 20);
	assert_int_equal(outcome_of(&buf), 431);
	/* 30 + "Host: a\r\n" + 2 × n + "\r\n" */
	large_head(&buf, 31, 3, (MAX_HEAD_BYTES - 42) / 2);
	assert_int_equal(buf.length, MAX_HEAD_BYTES);
	assert_int_equal(outcome_of(&buf), SHOULD_PARSE);
	large_head(&buf, 32, 3, (MAX_HEAD_BYTES - 42) / 2);
	assert_int_equal(buf.length, MAX_HEAD_BYTES + 1);
	assert_int_equal(outcome_of(&buf), 431);
}

/* Decodes `bytes` in pieces of `step`; `content` gets what they say, `*rest` what follows. */
static enum http_parse_result decode(Str bytes, size_t step, struct buf *content, Str *rest)
{
	struct http_chunks chunks = HTTP_CHUNKS_START;
	while (bytes.length > 0) {
		Str input = str_slice(bytes, 0, step);
		bytes = str_from(bytes, input.length);
		while (input.length > 0) {
			Str data;
			enum http_parse_result result = http_chunks_next(&chunks, &input, &data);
			buf_add(content, data);
			if (result != HTTP_INCOMPLETE) {
				*rest = (Str){input.bytes, input.length + bytes.length};
				return result;
			}
		}
	}
	return HTTP_INCOMPLETE;
}

static void check_chunks(Str bytes, enum http_parse_result expected, Str expected_content)
{
	for (size_t step = 1; step <= bytes.length; step++) {
		BUF_CLEANUP struct buf content;
		buf_init(&content, 100000);
		Str rest = S("");
		enum http_parse_result result = decode(bytes, step, &content, &rest);
		if (result != expected)
			fail_msg("%d instead of %d in steps of %zu for:\n%.*s", result, expected, step,
			         STR(bytes));
		if (expected == HTTP_PARSED) {
			assert_str(buf_str(&content), expected_content);
			assert_str(rest, S("NEXT"));
		}
	}
}

static void test_chunks_are_joined(void **state)
{
	(void)state;
	check_chunks(S("0\r\n\r\nNEXT"), HTTP_PARSED, S(""));
	check_chunks(S("5\r\nhello\r\n0\r\n\r\nNEXT"), HTTP_PARSED, S("hello"));
	check_chunks(S("5\r\nhello\r\nA\r\n,\r\n world\n\r\n000\r\n\r\nNEXT"), HTTP_PARSED,
	             S("hello,\r\n world\n"));
	check_chunks(S("000000000000005\r\nhello\r\n0\r\n\r\nNEXT"), HTTP_PARSED, S("hello"));
	check_chunks(S("5;a=b;c=\"d e\"\r\nhello\r\n0;z\r\n\r\nNEXT"), HTTP_PARSED, S("hello"));
	check_chunks(S("5\r\nhello\r\n0\r\nChecksum: abc\r\nEmpty:\r\n\r\nNEXT"), HTTP_PARSED,
	             S("hello"));
	check_chunks(S("5\r\nhello\r\n0\r\n"), HTTP_INCOMPLETE, S(""));
	check_chunks(S("5\r\nhel"), HTTP_INCOMPLETE, S(""));
}

static void test_chunks_that_could_smuggle_a_request_are_refused(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
	    V(0, "\r\n"),
	    V(0, ";a\r\n"),
	    V(0, " 5\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5 \r\nhello\r\n0\r\n\r\n"),
	    V(0, "5 ;a\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5\nhello\r\n0\r\n\r\n"),
	    V(0, "5\rhello\r\n0\r\n\r\n"),
	    V(0, "5\r\nhello\n0\r\n\r\n"),
	    V(0, "5\r\nhello0\r\n\r\n"),
	    V(0, "5\r\nhelloX\n0\r\n\r\n"),
	    V(0, "4\r\nhello\r\n0\r\n\r\n"),
	    V(0, "6\r\nhello\r\n0\r\n\r\n"),
	    V(0, "+5\r\nhello\r\n0\r\n\r\n"),
	    V(0, "-5\r\nhello\r\n0\r\n\r\n"),
	    V(0, "0x5\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5_\r\nhello\r\n0\r\n\r\n"),
	    V(0, "g\r\nhello\r\n0\r\n\r\n"),
	    V(0, "0000000000000005\r\nhello\r\n0\r\n\r\n"),
	    V(0, "10000000000000005\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5;a\n\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5;a\rb\r\nhello\r\n0\r\n\r\n"),
	    V(0, "5;a\0\r\nhello\r\n0\r\n\r\n"),
	    V(0, "0\r\n\n"),
	    V(0, "0\r\nX\r\n"),
	    V(0, "0\r\nContent-Length : 5\r\n\r\n"),
	    V(0, "0\r\n folded: x\r\n\r\n"),
	    V(0, "0\r\nA: b\r\n folded\r\n\r\n"),
	    V(0, "0\r\nA: b\n\r\n"),
	    V(0, "0\r\nA: b\0\r\n\r\n"),
	    V(0, "0\r\nGET / HTTP/1.1\r\n\r\n"),
	    V(0, "0\r\n\rX"),
	};
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		check_chunks(vectors[i].bytes, HTTP_REFUSED, S(""));
}

static void test_extensions_and_trailers_have_a_maximum_together(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf bytes;
	BUF_CLEANUP struct buf content;
	buf_init(&bytes, 100000);
	buf_init(&content, 100000);
	for (size_t i = 0; i <= HTTP_MAX_CHUNK_OVERHEAD_BYTES / 4; i++)
		buf_add(&bytes, S("1;ab\r\nx\r\n"));
	Str rest;
	assert_int_equal(decode(buf_str(&bytes), 1000, &content, &rest), HTTP_REFUSED);
	buf_clear(&bytes);
	buf_clear(&content);
	buf_add(&bytes, S("1\r\nx\r\n0\r\nA: "));
	while (bytes.length < HTTP_MAX_CHUNK_OVERHEAD_BYTES + 100)
		buf_add_byte(&bytes, 'b');
	assert_int_equal(decode(buf_str(&bytes), 1000, &content, &rest), HTTP_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head_with_every_part_is_parsed),
	    cmocka_unit_test(test_nothing_of_an_earlier_request_is_left_in_the_struct),
	    cmocka_unit_test(test_request_line_is_read_strictly),
	    cmocka_unit_test(test_targets_are_read_strictly),
	    cmocka_unit_test(test_absolute_form_gives_host_path_and_query),
	    cmocka_unit_test(test_hosts_are_read_strictly),
	    cmocka_unit_test(test_fields_are_read_strictly),
	    cmocka_unit_test(test_lengths_that_could_smuggle_a_request_are_refused),
	    cmocka_unit_test(test_codings_that_could_smuggle_a_request_are_refused),
	    cmocka_unit_test(test_expectations_other_than_continue_are_417),
	    cmocka_unit_test(test_connection_field_and_version_decide_whether_it_stays_open),
	    cmocka_unit_test(test_sizes_at_and_past_their_maximum),
	    cmocka_unit_test(test_chunks_are_joined),
	    cmocka_unit_test(test_chunks_that_could_smuggle_a_request_are_refused),
	    cmocka_unit_test(test_extensions_and_trailers_have_a_maximum_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
