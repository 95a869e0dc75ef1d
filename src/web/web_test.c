/* Routes, negotiation, limits and where a request comes from. */
#include "web/test_support.h"

static Err handler(struct web_request *request, struct web_response *response)
{
	(void)request;
	(void)response;
	return OK;
}

static const char *const fields[] = {"text", NULL};
static const struct route rows[] = {
    ROUTE(.method = HTTP_GET, .pattern = "/", .handler = handler, .audience = AUDIENCE_READERS,
          .cache = CACHE_PAGE, .cost = COST_PAGE),
    ROUTE(.method = HTTP_GET, .pattern = "/tag/{tag}", .handler = handler,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE),
    ROUTE(.method = HTTP_POST, .pattern = "/reply/{story}", .handler = handler,
          .audience = AUDIENCE_READERS, .cache = CACHE_NEVER, .cost = COST_WRITE, .form = fields,
          .max_body_bytes = 100),
    ROUTE(.method = HTTP_GET, .pattern = "/{section}", .handler = handler,
          .audience = AUDIENCE_READERS, .cache = CACHE_PAGE, .cost = COST_PAGE),
};
static const struct route_table table = ROUTE_TABLE(rows);
static const struct route_table *const tables[] = {&table};

static struct site site;
static const struct world world = {.site = &site};
static struct web web = {
    .world = &world,
    .options = {.routes = tables, .route_table_count = 1},
    .site_host = {"news.example:8080", 17},
};

/* ---- routes ---- */

static void test_route_match_takes_the_first_row_that_fits(void **state)
{
	(void)state;
	struct route_match match;
	route_match(&web, HTTP_GET, S("/tag/biden"), &match);
	assert_ptr_equal(match.route, &rows[1]);
	assert_str(match.parameters[0], S("biden"));
	route_match(&web, HTTP_GET, S("/politics"), &match);
	assert_ptr_equal(match.route, &rows[3]);
	route_match(&web, HTTP_HEAD, S("/"), &match);
	assert_ptr_equal(match.route, &rows[0]);
}

static void test_route_match_takes_a_language_off_the_path(void **state)
{
	(void)state;
	struct route_match match;
	route_match(&web, HTTP_GET, S("/ar/tag/x"), &match);
	assert_ptr_equal(match.route, &rows[1]);
	assert_str(match.language->code, S("ar"));
	route_match(&web, HTTP_GET, S("/ar"), &match);
	assert_ptr_equal(match.route, &rows[0]);
	/* The default language has no prefix: /en is a section of that name, which there is none of. */
	route_match(&web, HTTP_GET, S("/en"), &match);
	assert_ptr_equal(match.route, &rows[3]);
	assert_str(match.language->code, S("en"));
}

static void test_route_match_tells_a_wrong_method_from_a_wrong_path(void **state)
{
	(void)state;
	struct route_match match;
	route_match(&web, HTTP_POST, S("/"), &match);
	assert_null(match.route);
	assert_string_equal(match.allowed, "GET, HEAD");
	route_match(&web, HTTP_GET, S("/reply/1"), &match);
	assert_null(match.route);
	assert_string_equal(match.allowed, "POST");
	route_match(&web, HTTP_GET, S("/a/b/c"), &match);
	assert_null(match.route);
	assert_null(match.allowed);
	route_match(&web, HTTP_GET, S("/tag/"), &match);
	assert_null(match.route);
}

static Err check_one(const struct route *route)
{
	struct route_table one = {route, 1};
	const struct route_table *const list[] = {&one};
	struct web checked = {.options = {.routes = list, .route_table_count = 1}};
	return routes_check(&checked);
}

static void test_routes_check_refuses_a_route_without_audience(void **state)
{
	(void)state;
	struct route route = rows[0];
	assert_int_equal(check_one(&route), OK);
	route.audience = AUDIENCE_UNSTATED;
	assert_int_equal(check_one(&route), ERR_INTERNAL);
	assert_true(str_find(err_text(), S("does not say who may")) != STR_NOT_FOUND);
}

static void test_routes_check_refuses_a_route_without_a_cost(void **state)
{
	(void)state;
	struct route route = rows[0];
	route.cost = COST_UNSTATED;
	assert_int_equal(check_one(&route), ERR_INTERNAL);
	assert_true(str_find(err_text(), S("does not say what it costs")) != STR_NOT_FOUND);
}

static void test_routes_check_refuses_a_post_without_a_form(void **state)
{
	(void)state;
	struct route route = rows[2];
	assert_int_equal(check_one(&route), OK);
	route.form = NULL;
	assert_int_equal(check_one(&route), ERR_INTERNAL);
	route = rows[2];
	route.cache = CACHE_PAGE;
	assert_int_equal(check_one(&route), ERR_INTERNAL);
}

/* ---- negotiation ---- */

static enum page_encoding negotiate(const char *accept, bool has_brotli)
{
	struct page page = {
	    .encodings = {[PAGE_IDENTITY] = {S("h"), S("b")}, [PAGE_GZIP] = {S("h"), S("b")}}};
	if (has_brotli)
		page.encodings[PAGE_BROTLI].head = S("h");
	return negotiate_encoding(str_from_c(accept), &page);
}

static void test_negotiate_encoding_follows_the_weights(void **state)
{
	(void)state;
	assert_int_equal(negotiate("", true), PAGE_IDENTITY);
	assert_int_equal(negotiate("gzip, deflate, br", true), PAGE_BROTLI);
	assert_int_equal(negotiate("gzip, deflate, br", false), PAGE_GZIP);
	assert_int_equal(negotiate("gzip, br;q=0", true), PAGE_GZIP);
	assert_int_equal(negotiate("gzip;q=1.0, br;q=0.5", true), PAGE_GZIP);
	assert_int_equal(negotiate("GZIP", true), PAGE_GZIP);
	assert_int_equal(negotiate("*", true), PAGE_BROTLI);
	assert_int_equal(negotiate("gzip;q=0, br;q=0.000", true), PAGE_IDENTITY);
	assert_int_equal(negotiate("deflate", true), PAGE_IDENTITY);
	assert_int_equal(negotiate("identity, gzip;q=0.2", true), PAGE_IDENTITY);
	assert_int_equal(negotiate(",,;q=,gzip;;q", true), PAGE_GZIP);
}

static void test_etag_matches_compares_weakly(void **state)
{
	(void)state;
	assert_true(etag_matches(S("W/\"a\""), S("W/\"a\"")));
	assert_true(etag_matches(S("\"a\""), S("W/\"a\"")));
	assert_true(etag_matches(S("\"b\", W/\"a\""), S("W/\"a\"")));
	assert_true(etag_matches(S("*"), S("W/\"a\"")));
	assert_false(etag_matches(S("\"b\""), S("W/\"a\"")));
	assert_false(etag_matches(S(""), S("W/\"a\"")));
	assert_false(etag_matches(S("*"), S("")));
}

/* ---- limits ---- */

static void test_rate_limit_grants_its_number_and_refills_steadily(void **state)
{
	(void)state;
	struct rate_limits *limits;
	Time now = INT64_C(1627000000000);
	assert_int_equal(rate_limits_new(&limits), OK);
	for (int i = 0; i < 60; i++)
		assert_true(rate_limit_take(limits, S("block"), 60, now));
	assert_false(rate_limit_take(limits, S("block"), 60, now));
	assert_true(rate_limit_take(limits, S("another"), 60, now));
	assert_false(rate_limit_take(limits, S("block"), 60, now + MINUTE_MS - 1));
	assert_true(rate_limit_take(limits, S("block"), 60, now + MINUTE_MS));
	assert_false(rate_limit_take(limits, S("block"), 60, now + MINUTE_MS));
	rate_limits_release(limits);
}

/* ---- where a request comes from ---- */

static struct http_request request_with(const char *name, const char *value)
{
	return (struct http_request){.fields = {{str_from_c(name), str_from_c(value)}},
	                             .field_count = 1,
	                             .address = S("192.0.2.1")};
}

static void test_reader_on_another_page_is_told_from_ours(void **state)
{
	(void)state;
	struct http_request request = request_with("Origin", "http://news.example:8080");
	assert_true(reader_is_on_our_page(&web, &request));
	request = request_with("Origin", "https://evil.example");
	assert_false(reader_is_on_our_page(&web, &request));
	request = request_with("Origin", "null");
	assert_false(reader_is_on_our_page(&web, &request));
	request = request_with("Sec-Fetch-Site", "cross-site");
	assert_false(reader_is_on_our_page(&web, &request));
	request = request_with("Sec-Fetch-Site", "same-site");
	assert_false(reader_is_on_our_page(&web, &request));
	request = request_with("Sec-Fetch-Site", "same-origin");
	assert_true(reader_is_on_our_page(&web, &request));
	request = request_with("X-Other", "x");
	assert_true(reader_is_on_our_page(&web, &request));
}

static void proxy_trust(struct web *behind, const char *address)
{
	assert_true(address_parse(str_from_c(address),
	                          &behind->trusted_proxies[behind->trusted_proxy_count++]));
}

static void test_reader_address_believes_only_trusted_proxies(void **state)
{
	(void)state;
	struct web behind = {0};
	proxy_trust(&behind, "192.0.2.1");
	proxy_trust(&behind, "192.0.2.2");
	struct http_request request =
	    request_with("X-Forwarded-For", "203.0.113.9, 198.51.100.7, 192.0.2.2");
	assert_str(reader_address(&behind, &request), S("198.51.100.7"));
	assert_str(reader_address(&web, &request), S("192.0.2.1"));
	request = request_with("X-Forwarded-For", "");
	assert_str(reader_address(&behind, &request), S("192.0.2.1"));
	request = request_with("X-Forwarded-For", "203.0.113.9, unknown");
	assert_str(reader_address(&behind, &request), S("192.0.2.1"));
}

static void test_reader_address_takes_the_proxys_own_line(void **state)
{
	(void)state;
	struct web behind = {0};
	proxy_trust(&behind, "192.0.2.1");
	/* The reader sent the first line, the proxy added the second. */
	struct http_request request = request_with("X-Forwarded-For", "127.0.0.1");
	request.fields[1] = (struct http_field){S("x-forwarded-for"), S("203.0.113.9")};
	request.field_count = 2;
	assert_str(reader_address(&behind, &request), S("203.0.113.9"));
}

static void test_reader_behind_a_proxy_on_this_machine_is_not_local(void **state)
{
	(void)state;
	struct http_request request = request_with("X-Other", "x");
	assert_true(reader_is_local(&request, S("127.0.0.1")));
	assert_false(reader_is_local(&request, S("127.0.0.2")));
	request = request_with("X-Forwarded-For", "203.0.113.9");
	assert_false(reader_is_local(&request, S("127.0.0.1")));
}

static void test_query_find_refuses_a_name_that_comes_twice(void **state)
{
	(void)state;
	Str value;
	assert_true(query_find(S("utm_source=x&before=1-2"), "before", &value));
	assert_str(value, S("1-2"));
	assert_true(query_find(S("before"), "before", &value));
	assert_str(value, S(""));
	assert_false(query_find(S("before&before=1-2"), "before", &value));
}

static void test_reader_address_block_takes_an_ipv6_household_as_one(void **state)
{
	(void)state;
	struct arena mem CLEANUP(arena_done);
	Str first;
	Str second;
	Str other;
	arena_init(&mem, 4096);
	assert_int_equal(reader_address_block(&web, S("2001:db8::1"), &mem, &first), OK);
	assert_int_equal(reader_address_block(&web, S("2001:db8::ffff:2"), &mem, &second), OK);
	assert_int_equal(reader_address_block(&web, S("2001:db8:0:1::1"), &mem, &other), OK);
	assert_str(first, second);
	assert_false(str_equal(first, other));
	assert_true(str_find(first, S("2001")) == STR_NOT_FOUND);
}

static uint64_t hash_from(const char *address)
{
	struct http_request http = {.address = str_from_c(address)};
	return web_reader_hash(&web, &http);
}

static void test_web_reader_hash_is_one_of_a_household_and_none_of_this_machine(void **state)
{
	(void)state;
	assert_true(hash_from("2001:db8::1") == hash_from("2001:db8::ffff:2"));
	assert_true(hash_from("2001:db8::1") != hash_from("2001:db8:0:1::1"));
	assert_true(hash_from("192.0.2.1") != hash_from("192.0.2.2"));
	assert_true(hash_from("192.0.2.1") == hash_from("192.0.2.1") && hash_from("192.0.2.1") != 0);
	assert_true(hash_from("127.0.0.1") == 0 && hash_from("::1") == 0);
}

static void test_host_of_another_name_is_not_ours(void **state)
{
	(void)state;
	assert_true(host_is_ours(&web, S("NEWS.example:8080")));
	assert_false(host_is_ours(&web, S("news.example")));
	assert_false(host_is_ours(&web, S("localhost:8080")));
	struct web local = web;
	local.is_local = true;
	assert_true(host_is_ours(&local, S("localhost:8080")));
	assert_false(host_is_ours(&local, S("localhost:81")));
	assert_false(host_is_ours(&local, S("localhost.evil.example:8080")));
	assert_true(host_is_ours(&local, S("LOCALHOST:8080")));
	local.site_host = S("[::1]:8080");
	assert_true(host_is_ours(&local, S("localhost:8080")));
	assert_false(host_is_ours(&local, S("localhost")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_route_match_takes_the_first_row_that_fits),
	    cmocka_unit_test(test_route_match_takes_a_language_off_the_path),
	    cmocka_unit_test(test_route_match_tells_a_wrong_method_from_a_wrong_path),
	    cmocka_unit_test(test_routes_check_refuses_a_route_without_audience),
	    cmocka_unit_test(test_routes_check_refuses_a_route_without_a_cost),
	    cmocka_unit_test(test_routes_check_refuses_a_post_without_a_form),
	    cmocka_unit_test(test_negotiate_encoding_follows_the_weights),
	    cmocka_unit_test(test_etag_matches_compares_weakly),
	    cmocka_unit_test(test_rate_limit_grants_its_number_and_refills_steadily),
	    cmocka_unit_test(test_reader_on_another_page_is_told_from_ours),
	    cmocka_unit_test(test_reader_address_believes_only_trusted_proxies),
	    cmocka_unit_test(test_reader_address_takes_the_proxys_own_line),
	    cmocka_unit_test(test_reader_behind_a_proxy_on_this_machine_is_not_local),
	    cmocka_unit_test(test_query_find_refuses_a_name_that_comes_twice),
	    cmocka_unit_test(test_reader_address_block_takes_an_ipv6_household_as_one),
	    cmocka_unit_test(test_web_reader_hash_is_one_of_a_household_and_none_of_this_machine),
	    cmocka_unit_test(test_host_of_another_name_is_not_ours),
	};
	if (!random_start())
		return 1;
	site.language = language_find(S("en"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
