#include "base/embedded.h"
#include "html/html.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h needs the three above it. */
#include <cmocka.h>

static int memory_start(void **state)
{
	static struct arena mem;
	arena_init(&mem, (size_t)32 * 1024 * 1024);
	*state = &mem;
	return 0;
}

static int memory_end(void **state)
{
	arena_done(*state);
	return 0;
}

static void expect_str(Str is, const char *expected)
{
	if (!str_equal(is, str_from_c(expected)))
		fail_msg("\nexpected %s\nwas      %.*s", expected, STR(is));
}

/* --- escaping --- */

static void test_html_escape_leaves_no_markup(void **state)
{
	Html out;
	assert_int_equal(html_escape(S("<a href=\"x\" b='y'>&amp;</a>\0z"), *state, &out), OK);
	assert_true(str_equal(out.markup, S("&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a"
	                                    "&gt;\0z")));
	assert_int_equal(html_escape(S(""), *state, &out), OK);
	expect_str(out.markup, "");
	assert_int_equal(html_escape(S("“Ümläut” \xff"), *state, &out), OK);
	expect_str(out.markup, "“Ümläut” \xff");
}

static void test_html_join_puts_pieces_together(void **state)
{
	const Html pieces[] = {HTML_LITERAL("<b>"), HTML_LITERAL(""), HTML_LITERAL("x</b>")};
	Html out;
	assert_int_equal(html_join(pieces, 3, *state, &out), OK);
	expect_str(out.markup, "<b>x</b>");
	assert_int_equal(html_join(pieces, 0, *state, &out), OK);
	expect_str(out.markup, "");
}

static void test_html_from_asset_is_the_file(void **state)
{
	(void)state;
	const struct embedded_file asset = {.bytes = (const unsigned char *)"a<b", .size_bytes = 3};
	expect_str(html_from_asset(&asset).markup, "a<b");
}

/* --- addresses --- */

static void test_url_parse_web_normalises_what_a_person_typed(void **state)
{
	static const char *const pairs[][2] = {
	    {"https://example.org", "https://example.org"},
	    {"  HTTPS://Example.ORG/Path \n", "https://example.org/Path"},
	    {"\u00a0http://a.example\uFEFF", "http://a.example"},
	    {"http://example.org:8080/?q=a+b", "http://example.org:8080/?q=a+b"},
	    {"http://example.org/ü/“x”", "http://example.org/%C3%BC/%E2%80%9Cx%E2%80%9D"},
	    {"http://موقع.example/", "http://%D9%85%D9%88%D9%82%D8%B9.example/"},
	    {"http://%d9%85.example/", "http://%D9%85.example/"},
	    {"http://a.example/%41%zz%4", "http://a.example/%41%25zz%254"},
	    {"http://a.example/?x=\"<>\\^`{|}", "http://a.example/?x=%22%3C%3E%5C%5E%60%7B%7C%7D"},
	    {"http://a.example#b#c", "http://a.example#b%23c"},
	    {"http://[2001:DB8::1]:80/x", "http://[2001:db8::1]:80/x"},
	    {"http://a.example:/x", "http://a.example/x"},
	    {"http://a.example?b", "http://a.example?b"},
	    {"http://127.0.0.1:65535", "http://127.0.0.1:65535"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		Url out;
		Url again;
		Err err = url_parse_web(str_from_c(pairs[i][0]), 200, *state, &out);
		if (err != OK)
			fail_msg("%s: %.*s", pairs[i][0], STR(err_text()));
		expect_str(out.address, pairs[i][1]);
		assert_int_equal(url_parse_web(out.address, 200, *state, &again), OK);
		expect_str(again.address, pairs[i][1]);
	}
}

static void test_url_parse_web_refuses_what_is_no_web_address(void **state)
{
	static const char *const bad[] = {
	    "",
	    "example.org",
	    "www.example.org",
	    "ftp://example.org",
	    "javascript:alert(1)",
	    "//example.org",
	    "http:/example.org",
	    "http:example.org",
	    "https://",
	    "https:///x",
	    "https://?x",
	    "http://user@example.org",
	    "http://user:password@example.org",
	    "http://exa mple.org",
	    "http://example.org/a\nb",
	    "http://example.org/a\tb",
	    "http://example.org/\x7f",
	    "http://example.org/\xC2\x85/",
	    "http://example.org/\xff",
	    "http://exa<mple.org",
	    "http://exa\\mple.org",
	    "http://exa%00mple.org",
	    "http://exa%2fmple.org",
	    "http://.example.org",
	    "http://example.org:65536",
	    "http://example.org:8o",
	    "http://example.org:80:80",
	    "http://[::1",
	    "http://[::1]x",
	    "http://[::g]",
	    "http://[]",
	    "http://::1/",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		Url out = {S("untouched")};
		if (url_parse_web(str_from_c(bad[i]), 200, *state, &out) != ERR_INVALID)
			fail_msg("accepted %s", bad[i]);
		expect_str(out.address, "untouched");
	}
}

static void test_url_parse_web_holds_its_maximum(void **state)
{
	Url out;
	assert_int_equal(url_parse_web(S("http://a.example"), 16, *state, &out), OK);
	assert_int_equal(url_parse_web(S("http://a.example/"), 16, *state, &out), ERR_INVALID);
	assert_true(str_find(err_text(), S("16 bytes")) != STR_NOT_FOUND);
	assert_int_equal(url_parse_web(S("http://a.example/ü"), 22, *state, &out), ERR_INVALID);
	assert_int_equal(url_parse_web(S("http://a.example/ü"), 23, *state, &out), OK);
}

static void test_url_path_encodes_segments(void **state)
{
	Url out;
	const Str segments[] = {S("politics"), S("2021"), S("قسم"), S("a/b?c#d%e f"), S("..x")};
	assert_int_equal(url_path(segments, 5, *state, &out), OK);
	expect_str(out.address, "/politics/2021/%D9%82%D8%B3%D9%85/a%2Fb%3Fc%23d%25e%20f/..x");
	assert_int_equal(url_path(NULL, 0, *state, &out), OK);
	expect_str(out.address, "/");
}

static void test_url_path_refuses_segments_that_change_the_path(void **state)
{
	static const char *const bad[] = {"", ".", ".."};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const Str segments[] = {str_from_c(bad[i]), S("evil.example")};
		Url out;
		assert_int_equal(url_path(segments, 2, *state, &out), ERR_INVALID);
	}
}

static void test_url_join_query_and_fragment_build_addresses(void **state)
{
	Url out;
	const Url base = {S("https://a.example/")};
	assert_int_equal(url_join(base, (Url){S("/x")}, *state, &out), OK);
	expect_str(out.address, "https://a.example/x");
	assert_int_equal(url_join(base, (Url){S("x")}, *state, &out), ERR_INVALID);
	assert_int_equal(url_with_query((Url){S("/x")}, S("q"), S("a&b=ü /?"), *state, &out), OK);
	expect_str(out.address, "/x?q=a%26b%3D%C3%BC%20%2F%3F");
	assert_int_equal(url_with_query((Url){S("/x?a=1#f")}, S("p"), S("2"), *state, &out), OK);
	expect_str(out.address, "/x?a=1&p=2#f");
	assert_int_equal(url_with_fragment((Url){S("/x#old")}, S("reply-1"), *state, &out), OK);
	expect_str(out.address, "/x#reply-1");
	assert_int_equal(url_with_fragment((Url){0}, S("a b"), *state, &out), OK);
	expect_str(out.address, "#a%20b");
}

static void test_url_decode_takes_good_escapes_only(void **state)
{
	Str out;
	assert_true(url_decode(S("%D9%82+a%2Fb"), URL_CODED_SEGMENT, *state, &out));
	expect_str(out, "ق+a/b");
	assert_true(url_decode(S("a+b%2B"), URL_CODED_QUERY_VALUE, *state, &out));
	expect_str(out, "a b+");
	assert_true(url_decode(S(""), URL_CODED_QUERY_VALUE, *state, &out));
	expect_str(out, "");
	static const char *const bad[] = {"%",   "%4",   "%4g", "%zz",   "%00",
	                                  "%ff", "\xff", "%D9", "%C0%AF"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(url_decode(str_from_c(bad[i]), URL_CODED_SEGMENT, *state, &out));
	assert_false(url_decode(S("a\0b"), URL_CODED_SEGMENT, *state, &out));
	/* What somebody typed in a search field. */
	static const char *const typed[] = {"%", "%4", "100%", "%zz%", "5%+"};
	static const char *const read[] = {"%", "%4", "100%", "%zz%", "5% "};
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		assert_true(url_decode(str_from_c(typed[i]), URL_CODED_QUERY_VALUE, *state, &out));
		expect_str(out, read[i]);
	}
	assert_false(url_decode(S("%ff"), URL_CODED_QUERY_VALUE, *state, &out));
}

/* --- JSON --- */

static void test_json_for_page_can_not_leave_its_script(void **state)
{
	Json out;
	json_t *value = json_pack("{s:s}", "a", "</script><!--&\u2028\u2029\u2027\"\\");
	assert_non_null(value);
	assert_int_equal(json_for_page(value, *state, &out), OK);
	expect_str(out.text, "{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u2029\u2027"
	                     "\\\"\\\\\"}");
	json_t *again = json_loadb(out.text.bytes, out.text.length, 0, NULL);
	assert_true(json_equal(value, again));
	json_decref(again);
	json_decref(value);
}

/* --- text to markup --- */

static void expect_story(struct arena *mem, const char *text, const char *expected)
{
	Html out;
	Html sanitized;
	assert_int_equal(html_from_story_text(str_from_c(text), mem, &out), OK);
	expect_str(out.markup, expected);
	assert_int_equal(html_sanitize(out.markup, HTML_POLICY_STORY, mem, &sanitized), OK);
	expect_str(sanitized.markup, expected);
}

static void test_html_from_story_text_makes_paragraphs(void **state)
{
	expect_story(*state, "", "");
	expect_story(*state, " \n\u00a0\n", "");
	expect_story(*state, "One\ntwo\n\nthree", "<p>One two</p>\n<p>three</p>");
	expect_story(*state, "\r\n One \r\n  two\r\n \t \r\n\r\nthree\r\n",
	             "<p>One two</p>\n<p>three</p>");
	expect_story(*state, "One\r\rtwo", "<p>One</p>\n<p>two</p>");
	expect_story(*state, "“It’s\u00a05 < 6 & 7,” she said.\u00a0",
	             "<p>“It’s\u00a05 &lt; 6 &amp; 7,” she said.\u00a0</p>");
	expect_story(*state, "<script>alert(1)</script> http://a.example",
	             "<p>&lt;script&gt;alert(1)&lt;/script&gt; http://a.example</p>");
	expect_story(*state, "\xEF\xBF\xBE \xF1\xBF\xBF\xBF", "<p>\uFFFD \uFFFD</p>");
	expect_story(*state, "a\x01\x1b\x7f  b\tc\xff", "<p>a b c\uFFFD</p>");
}

static void expect_reply(struct arena *mem, const char *text, const char *expected)
{
	Html out;
	Html sanitized;
	assert_int_equal(html_from_reply_text(str_from_c(text), mem, &out), OK);
	expect_str(out.markup, expected);
	assert_int_equal(html_sanitize(out.markup, HTML_POLICY_REPLY, mem, &sanitized), OK);
	expect_str(sanitized.markup, expected);
}

#define LINK(href, text) "<a href=\"" href "\" rel=\"nofollow ugc\">" text "</a>"

static void test_html_from_reply_text_keeps_line_breaks(void **state)
{
	expect_reply(*state, "One\ntwo\r\nthree\n\n\nfour", "<p>One<br>two<br>three</p>\n<p>four</p>");
	expect_reply(*state, "<b>a</b> &amp; \"b\"", "<p>&lt;b&gt;a&lt;/b&gt; &amp;amp; \"b\"</p>");
}

static void test_html_from_reply_text_makes_links_of_web_addresses(void **state)
{
	expect_reply(
	    *state, "See https://a.example/b?c=d&e.",
	    "<p>See " LINK("https://a.example/b?c=d&amp;e", "https://a.example/b?c=d&amp;e") ".</p>");
	expect_reply(*state, "HTTP://A.example",
	             "<p>" LINK("http://a.example", "HTTP://A.example") "</p>");
	expect_reply(
	    *state, "https://a.example/قسم",
	    "<p>" LINK("https://a.example/%D9%82%D8%B3%D9%85", "https://a.example/قسم") "</p>");
	expect_reply(*state, "http://ü.example/",
	             "<p>" LINK("http://%C3%BC.example/", "http://ü.example/") "</p>");
	expect_reply(*state, "(http://a.example/x_(y)), “http://b.example/”…",
	             "<p>(" LINK("http://a.example/x_(y)", "http://a.example/x_(y)") "), “" LINK(
	                 "http://b.example/", "http://b.example/") "”…</p>");
	expect_reply(*state, "[http://a.example]؟ http://b.example،",
	             "<p>[" LINK("http://a.example", "http://a.example") "]؟ " LINK(
	                 "http://b.example", "http://b.example") "،</p>");
	expect_reply(*state, "http://a.example\"onclick=\"x",
	             "<p>" LINK("http://a.example", "http://a.example") "\"onclick=\"x</p>");
	expect_reply(*state, "http://a.example/'x'<b>",
	             "<p>" LINK("http://a.example/'x", "http://a.example/'x") "'&lt;b&gt;</p>");
	expect_reply(*state, "http://a.example\u202Ex",
	             "<p>" LINK("http://a.example", "http://a.example") "\u202Ex</p>");
}

static void test_html_from_reply_text_leaves_other_addresses_alone(void **state)
{
	expect_reply(*state, "xhttp://a.example", "<p>xhttp://a.example</p>");
	expect_reply(*state, "javascript:alert(1) www.a.example ftp://a.example",
	             "<p>javascript:alert(1) www.a.example ftp://a.example</p>");
	expect_reply(*state, "http:// https://. http://a@b.example http://%00",
	             "<p>http:// https://. http://a@b.example http://%00</p>");
}

static void test_html_from_text_refuses_what_is_too_long(void **state)
{
	Html out;
	char *bytes = arena_alloc(*state, HTML_MAX_BYTES + 1);
	assert_non_null(bytes);
	memset(bytes, 'a', HTML_MAX_BYTES + 1);
	Str text = {bytes, HTML_MAX_BYTES + 1};
	assert_int_equal(html_from_reply_text(text, *state, &out), ERR_TOO_LARGE);
	assert_int_equal(html_from_story_text(text, *state, &out), ERR_TOO_LARGE);
	/* What the sanitizer would not take is not made either: three letters more than it may have. */
	text.length = HTML_MAX_BYTES - 3;
	assert_int_equal(html_from_story_text(text, *state, &out), ERR_TOO_LARGE);
	text.length = HTML_MAX_BYTES - 7;
	assert_int_equal(html_from_story_text(text, *state, &out), OK);
	assert_int_equal(html_sanitize(out.markup, HTML_POLICY_STORY, *state, &out), OK);
}

/* --- markup to text --- */

static void expect_text(struct arena *mem, const char *markup, size_t max, const char *expected)
{
	Str out;
	assert_int_equal(html_to_text(html_from_store(str_from_c(markup)), max, mem, &out), OK);
	expect_str(out, expected);
}

static void test_html_to_text_resolves_and_folds(void **state)
{
	expect_text(*state, "<p>a &amp; <b>b</b>c</p>\n<p>&lt;d&gt; &quot;&#39;&#x27;&nbsp;</p>", 100,
	            "a & bc <d> \"''\u00a0");
	expect_text(*state, "<ul><li>a</li><li>b<br>c</li></ul>", 100, "a b c");
	expect_text(*state, "a &unknown; &#0; &#xD800; &#99999999; & b", 100,
	            "a &unknown; &#0; &#xD800; &#99999999; & b");
	expect_text(*state, "<a href=\"/x?a>b\">c</a>", 100, "c");
	expect_text(*state, "", 100, "");
}

static void test_html_to_text_cuts_at_a_word(void **state)
{
	expect_text(*state, "<p>The White House announces</p>", 25, "The White House announces");
	expect_text(*state, "<p>The White House announces</p>", 24, "The White House…");
	expect_text(*state, "<p>The White, House</p>", 12, "The White…");
	expect_text(*state, "<p>Aaaaaaaaaa</p>", 5, "Aaaa…");
	expect_text(*state, "<p>ثانيا ثالثا</p>", 8, "ثانيا…");
	expect_text(*state, "<p>abc</p>", 1, "…");
	expect_text(*state, "<p>abc</p>", 0, "");
}

static void expect_first(struct arena *mem, const char *markup, const char *expected)
{
	Str out;
	assert_int_equal(html_first_paragraph(html_from_store(str_from_c(markup)), 20, mem, &out), OK);
	expect_str(out, expected);
}

static void test_html_first_paragraph_leaves_headings_and_lists_out(void **state)
{
	expect_first(*state, "<h2>Head</h2>\n<p>A <b>first</b><br>one</p>\n<ul><li>b</li></ul>",
	             "A first one");
	expect_first(*state, "<p> </p><p>\u00a0</p><p>&lt;b&gt;</p><p>c</p>", "<b>");
	expect_first(*state, "<blockquote><p>Said</p></blockquote><p>b</p>", "Said");
	expect_first(*state, "<p>The White House announces</p>", "The White House…");
	expect_first(*state, "<h2>Head</h2><ul><li>a</li><li>b</li></ul>", "Head a b");
	expect_first(*state, "<p></p>", "");
	expect_first(*state, "", "");
}

static void expect_lead(struct arena *mem, const char *body, const char *prefix,
                        const char *expected)
{
	Html out;
	bool found;
	const Html credit = HTML_LITERAL("<a href=\"/s\">S</a>");
	assert_int_equal(html_replace_lead(html_from_store(str_from_c(body)), str_from_c(prefix),
	                                   credit, mem, &found, &out),
	                 OK);
	assert_int_equal(found, expected != NULL);
	expect_str(out.markup, expected == NULL ? body : expected);
}

static void expect_absolute(struct arena *mem, const char *body, const char *base,
                            const char *expected)
{
	Html out;
	Url url = {str_from_c(base)};
	assert_int_equal(html_absolute_links(html_from_store(str_from_c(body)), url, mem, &out), OK);
	expect_str(out.markup, expected);
}

static void test_html_absolute_links_puts_the_site_before_its_own_paths(void **state)
{
	expect_absolute(*state, "<p><a href=\"/a?b=1&amp;c#d\">x</a> <a href=\"/\">y</a></p>",
	                "https://n.example",
	                "<p><a href=\"https://n.example/a?b=1&amp;c#d\">x</a> "
	                "<a href=\"https://n.example/\">y</a></p>");
	expect_absolute(*state, "<a href=\"/a\" lang=\"en\">x</a>", "http://[::1]:8080/",
	                "<a href=\"http://[::1]:8080/a\" lang=\"en\">x</a>");
	static const char others[] = "<p><a href=\"https://x.example/a\">x</a> "
	                             "<a href=\"mailto:a@b.example\">y</a> &lt;a href=\"/a\"></p>";
	expect_absolute(*state, others, "https://n.example", others);
	expect_absolute(*state, "", "https://n.example", "");
}

static void test_html_replace_lead_takes_the_credit_of_the_first_paragraph(void **state)
{
	expect_lead(*state, "<p>Shafaq News/ The</p>\n<p>x</p>", "Shafaq News/",
	            "<p><a href=\"/s\">S</a> The</p>\n<p>x</p>");
	expect_lead(*state, "<p dir=\"rtl\"><strong>A &amp; B/</strong> x</p>", "A & B/",
	            "<p dir=\"rtl\"><strong><a href=\"/s\">S</a></strong> x</p>");
	expect_lead(*state, "<p>x</p>\n<p>Shafaq News/ The</p>", "Shafaq News/", NULL);
	expect_lead(*state, "<h2>Shafaq News/</h2>", "Shafaq News/", NULL);
	expect_lead(*state, "<p><a href=\"/x\">Shafaq News/</a></p>", "Shafaq News/", NULL);
	expect_lead(*state, "<p>Shafaq</p>", "Shafaq News/", NULL);
	expect_lead(*state, "<p>x</p>", "", NULL);
	expect_lead(*state, "", "x", NULL);
}

static void expect_lead_text(struct arena *mem, const char *body, const char *expected)
{
	Str out;
	assert_int_equal(html_lead(html_from_store(str_from_c(body)), mem, &out), OK);
	expect_str(out, expected);
}

static void test_html_lead_is_where_the_first_paragraph_begins(void **state)
{
	expect_lead_text(*state, "<p>Shafaq News/ The</p>\n<p>x</p>", "Shafaq News/ The");
	expect_lead_text(*state, "<p dir=\"rtl\"><strong>A &amp; B /</strong> x</p>", "A & B /");
	expect_lead_text(*state, "<p><a href=\"/x\">S/</a></p>", "");
	expect_lead_text(*state, "<h2>S/</h2>", "");
	expect_lead_text(*state, "", "");
}

static void test_html_is_markup_knows_what_was_meant_as_markup(void **state)
{
	(void)state;
	static const char *const markup[] = {
	    "<p>One.",
	    " \n<P CLASS=\"x\">One.</P>",
	    "<!DOCTYPE html><html>x",
	    "<strong>Erbil</strong> x",
	    "One.</p>\n<p>Two.",
	    "One.\n\n</div>",
	    "<!-- wp:paragraph --><p>x</p>",
	    "1 < 2 </li >",
	};
	static const char *const text[] = {
	    "",
	    "One.\n\nTwo.",
	    "<3 is a heart",
	    "a < b and c > d",
	    "Use <b>.",
	    "<erbil@example.org>",
	    "</b> ends it",
	    "He wrote \"<p>\" at the top.",
	    "<",
	    "</p",
	    "<p",
	};
	for (size_t i = 0; i < sizeof markup / sizeof markup[0]; i++)
		if (!html_is_markup(str_from_c(markup[i])))
			fail_msg("%s is markup", markup[i]);
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		if (html_is_markup(str_from_c(text[i])))
			fail_msg("%s is text", text[i]);
}

/* --- paragraphs with ids --- */

static void expect_numbered(struct arena *mem, const char *body, const char *expected)
{
	Html out;
	assert_int_equal(html_number_paragraphs((Html){str_from_c(body)}, mem, &out), OK);
	expect_str(out.markup, expected);
}

static void test_html_number_paragraphs_counts_those_at_the_top(void **state)
{
	expect_numbered(*state, "", "");
	/* The hashes are part of addresses that readers keep: they must never change. */
	expect_numbered(
	    *state, "<p>One.</p>\n<p lang=\"ar\" dir=\"rtl\">اثنان</p>",
	    "<p id=\"p1-6cc9\">One.</p>\n<p id=\"p2-4c5e\" lang=\"ar\" dir=\"rtl\">اثنان</p>");
	expect_numbered(
	    *state,
	    "<h2>Head</h2>\n<p>a<br>b</p>\n<hr>\n<blockquote><p>in</p></blockquote>\n"
	    "<ul><li><p>in</p>\n<p>in</p></li></ul>\n<pre>pre</pre>\n<p>c</p>",
	    "<h2>Head</h2>\n<p id=\"p1-48ef\">a<br>b</p>\n<hr>\n"
	    "<blockquote><p>in</p></blockquote>\n"
	    "<ul><li><p>in</p>\n<p>in</p></li></ul>\n<pre>pre</pre>\n<p id=\"p2-ca5e\">c</p>");
}

static Str numbered_id(struct arena *mem, const char *body, size_t number)
{
	Html out;
	char mark[32];
	(void)snprintf(mark, sizeof mark, "id=\"p%zu-", number);
	assert_int_equal(html_number_paragraphs((Html){str_from_c(body)}, mem, &out), OK);
	size_t start = str_find(out.markup, str_from_c(mark));
	assert_true(start != STR_NOT_FOUND);
	return str_slice(out.markup, start + strlen(mark), 4);
}

static void test_html_number_paragraphs_hashes_words_not_markup(void **state)
{
	Str first = numbered_id(*state, "<p>The gate is closed.</p>", 1);
	Str linked =
	    numbered_id(*state, "<p>x</p><p>The <a href=\"/g\">gate</a> is <b>closed</b>.</p>", 2);
	Str other = numbered_id(*state, "<p>The gate is open.</p>", 1);
	assert_true(str_equal(first, linked));
	assert_false(str_equal(first, other));
}

static void test_html_number_paragraphs_holds_the_shortest(void **state)
{
	struct buf body;
	Html out;
	buf_init(&body, 100000);
	for (int i = 0; i < 10000; i++)
		buf_add(&body, S("<p>x</p>"));
	assert_int_equal(html_number_paragraphs((Html){buf_str(&body)}, *state, &out), OK);
	assert_true(str_find(out.markup, S("<p id=\"p10000-")) != STR_NOT_FOUND);
	buf_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_html_escape_leaves_no_markup),
	    cmocka_unit_test(test_html_join_puts_pieces_together),
	    cmocka_unit_test(test_html_from_asset_is_the_file),
	    cmocka_unit_test(test_url_parse_web_normalises_what_a_person_typed),
	    cmocka_unit_test(test_url_parse_web_refuses_what_is_no_web_address),
	    cmocka_unit_test(test_url_parse_web_holds_its_maximum),
	    cmocka_unit_test(test_url_path_encodes_segments),
	    cmocka_unit_test(test_url_path_refuses_segments_that_change_the_path),
	    cmocka_unit_test(test_url_join_query_and_fragment_build_addresses),
	    cmocka_unit_test(test_url_decode_takes_good_escapes_only),
	    cmocka_unit_test(test_json_for_page_can_not_leave_its_script),
	    cmocka_unit_test(test_html_from_story_text_makes_paragraphs),
	    cmocka_unit_test(test_html_from_reply_text_keeps_line_breaks),
	    cmocka_unit_test(test_html_from_reply_text_makes_links_of_web_addresses),
	    cmocka_unit_test(test_html_from_reply_text_leaves_other_addresses_alone),
	    cmocka_unit_test(test_html_from_text_refuses_what_is_too_long),
	    cmocka_unit_test(test_html_to_text_resolves_and_folds),
	    cmocka_unit_test(test_html_to_text_cuts_at_a_word),
	    cmocka_unit_test(test_html_first_paragraph_leaves_headings_and_lists_out),
	    cmocka_unit_test(test_html_absolute_links_puts_the_site_before_its_own_paths),
	    cmocka_unit_test(test_html_lead_is_where_the_first_paragraph_begins),
	    cmocka_unit_test(test_html_is_markup_knows_what_was_meant_as_markup),
	    cmocka_unit_test(test_html_replace_lead_takes_the_credit_of_the_first_paragraph),
	    cmocka_unit_test(test_html_number_paragraphs_counts_those_at_the_top),
	    cmocka_unit_test(test_html_number_paragraphs_hashes_words_not_markup),
	    cmocka_unit_test(test_html_number_paragraphs_holds_the_shortest),
	};
	return cmocka_run_group_tests_name("html", tests, memory_start, memory_end);
}
