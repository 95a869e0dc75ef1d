#include "html/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the three above it. */
#include <cmocka.h>

#define TEST_MEMORY_BYTES ((size_t)64 * 1024 * 1024)

static void expect_policy(Str markup, enum html_policy policy, const char *expected)
{
	struct arena mem;
	Html once;
	Html twice;
	arena_init(&mem, TEST_MEMORY_BYTES);
	if (html_sanitize(markup, policy, &mem, &once) != OK)
		fail_msg("%.*s: %.*s", STR(markup), STR(err_text()));
	if (!str_equal(once.markup, str_from_c(expected)))
		fail_msg("\nof       %.*s\nexpected %s\nwas      %.*s", STR(markup), expected,
		         STR(once.markup));
	assert_int_equal(html_sanitize(once.markup, policy, &mem, &twice), OK);
	if (!str_equal(twice.markup, once.markup))
		fail_msg("\nonce  %.*s\ntwice %.*s", STR(once.markup), STR(twice.markup));
	arena_done(&mem);
}

static void story(const char *markup, const char *expected)
{
	expect_policy(str_from_c(markup), HTML_POLICY_STORY, expected);
}

static void reply(const char *markup, const char *expected)
{
	expect_policy(str_from_c(markup), HTML_POLICY_REPLY, expected);
}

static void test_sanitize_keeps_a_story_letter_for_letter(void **state)
{
	(void)state;
	story("<p>“President Biden\u00a0will meet,” Psaki\u2019s\u00a0</p>\n<p>ثانيا — 5&nbsp;%</p>",
	      "<p>“President Biden\u00a0will meet,” Psaki\u2019s\u00a0</p>\n<p>ثانيا — 5\u00a0%</p>");
	story("<h2>A</h2><p>b <em>c</em> <strong>d</strong><br>e</p><hr><pre>  x\n  y</pre>",
	      "<h2>A</h2>\n<p>b <em>c</em> <strong>d</strong><br>e</p>\n<hr>\n<pre>  x\n  y</pre>");
	story("<p lang=\"ar\" dir=\"RTL\">a <abbr title=\"x &amp; &quot;y&quot;\">b</abbr> <sub>1</sub>"
	      "<sup>2</sup><cite>c</cite><q>d</q><code>e</code><s>f</s><b>g</b><i>h</i></p>",
	      "<p lang=\"ar\" dir=\"rtl\">a <abbr title=\"x &amp; &quot;y&quot;\">b</abbr> <sub>1</sub>"
	      "<sup>2</sup><cite>c</cite><q>d</q><code>e</code><s>f</s><b>g</b><i>h</i></p>");
}

static void loss_tell(const struct html_loss_list *list, const char *kind, struct buf *told)
{
	size_t times = 0;
	buf_format(told, "%s", list->count > 0 ? kind : "");
	for (size_t i = 0; i < list->count; i++) {
		buf_format(told, "%zu %s ", list->rows[i].times, list->rows[i].name);
		times += list->rows[i].times;
	}
	assert_true(times == list->times || (times < list->times && list->count == HTML_LOSS_MAX));
}

static void assert_loss(const char *markup, const char *expected)
{
	struct html_loss loss;
	struct buf told;
	buf_init(&told, 1000);
	html_loss_count(str_from_c(markup), HTML_POLICY_STORY, &loss);
	loss_tell(&loss.elements, "", &told);
	loss_tell(&loss.attributes, "- ", &told);
	loss_tell(&loss.links, "-> ", &told);
	if (!str_equal(buf_str(&told), str_from_c(expected)))
		fail_msg("%s lost %.*s", markup, STR(buf_str(&told)));
	buf_done(&told);
}

static void test_html_loss_names_what_is_left_out(void **state)
{
	(void)state;
	assert_loss("", "");
	assert_loss("<p>a <em>b</em><div>c</div><h1>d</h1><section>e</p><!-- <img> -->", "");
	assert_loss("<table><tr><td>c</table><dl><dt>d<dd>e</dl><table></table>", "2 table 1 dl ");
	assert_loss("<SCRIPT>'<img>'</SCRIPT><p>a<script src=x></script><style>p{}</style>",
	            "2 script 1 style ");
	assert_loss("<p><img src=a><span>b</span><img></p>", "2 img 1 span ");
	assert_loss("<svg><svg><img></svg><img></svg><img>", "1 svg 1 img ");
	assert_loss("<plaintext><img>", "1 plaintext ");
	assert_loss("<a1><a2><a3><a4><a5><a6><a7><a8><a9><b1><b2><b3><b4><b5><b6><b7><b8><a1>",
	            "2 a1 1 a2 1 a3 1 a4 1 a5 1 a6 1 a7 1 a8 1 a9 1 b1 1 b2 1 b3 1 b4 1 b5 1 b6 1 b7 ");
}

static void test_html_loss_names_attributes_that_are_missed(void **state)
{
	(void)state;
	assert_loss("<p STYLE='color: red' OnClick=x() class=a><em class=b>c</em>",
	            "- 1 style 1 onclick 2 class ");
	assert_loss("<p lang=ar dir=rtl><abbr title=a>b</abbr><a rel=me target=x href=/a>c</a>", "");
	assert_loss("<p data-a=1 aria-label=b role=c>d<a title=e href=/a>f</a>", "- 1 title ");
	/* Of what goes itself nothing more is told. */
	assert_loss("<img width=1 style=a><table class=b>", "1 img 1 table ");
	assert_loss("<p onaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1>",
	            "- 1 onaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ");
	assert_loss("<p title=\">\" style>a<p style", "- 1 title 1 style ");
}

static void test_html_loss_names_links_that_lead_nowhere(void **state)
{
	(void)state;
	assert_loss("<a href=/a>a</a><a href=https://b.example>b</a><a>c</a><a href=''>d</a>", "");
	assert_loss("<a href=tel:112>a</a><a href='mailto:a@b.example?subject=c d'>b</a>", "");
	assert_loss("<a href=JavaScript:x()>a</a><a href=\"ftp://b\">b</a><a href=ftp://b>b</a>",
	            "-> 1 JavaScript:x() 2 ftp://b ");
	assert_loss("<a href='\"'>a</a><a href=&#106;avascript:x>b</a>",
	            "-> 1 \" 1 &#106;avascript:x ");
	assert_loss("<a href=files/الصفحة-الأولى.html>a</a>", "-> 1 files/الصفحة-الأولى ");
	assert_loss("<svg><a href=x></svg>", "1 svg ");
}

static void test_sanitize_makes_paragraphs_of_bare_text(void **state)
{
	(void)state;
	story("", "");
	story("  \n ", "");
	story("a", "<p>a</p>");
	story("a<p>b</p>c<div>d<div>e</div></div>f",
	      "<p>a</p>\n<p>b</p>\n<p>c</p>\n<p>d</p>\n<p>e</p>\n<p>f</p>");
	story("<p>a<p>b", "<p>a</p>\n<p>b</p>");
	story("<p>a<blockquote>b</blockquote>c",
	      "<p>a</p>\n<blockquote><p>b</p></blockquote>\n<p>c</p>");
	story("<section><table><tr><th>a<td>b<tr><td>c</table></section>",
	      "<p>a</p>\n<p>b</p>\n<p>c</p>");
	story("  a \n b\t<b> c </b> d ", "<p>a b <b>c </b>d</p>");
}

static void test_sanitize_drops_what_shows_nothing(void **state)
{
	(void)state;
	story("<p></p><p> </p><p>&nbsp;</p><p><b></b><br></p><h2></h2><ul><li></li></ul>"
	      "<blockquote> <p></p></blockquote><pre>\n\n</pre>",
	      "");
	story("<p><br>a<br> <br><b> <br></b></p>", "<p>a</p>");
	story("<p>a<b></b><a href=\"/x\"></a>b</p>", "<p>ab</p>");
	story("<pre>a<s>\n</s><s>&#32;</s>b</pre>", "<pre>a\n b</pre>");
	story("a<!-- b --><!doctype html><?php c ?></ d>e", "<p>ae</p>");
}

static void test_sanitize_makes_headings_second_and_third(void **state)
{
	(void)state;
	story("<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6>",
	      "<h2>a</h2>\n<h2>b</h2>\n<h3>c</h3>\n<h3>d</h3>\n<h3>e</h3>\n<h3>f</h3>");
	story("<h2>a<h3>b</h2>c", "<h2>a</h2>\n<h3>b</h3>\n<p>c</p>");
	story("<h2>a<p>b</p>c<ul><li>d</ul></h2>", "<h2>a b c d</h2>");
	reply("<h1>a</h1>b<hr>c", "<p>a</p>\n<p>b</p>\n<p>c</p>");
}

static void test_sanitize_makes_lists_of_items_alone(void **state)
{
	(void)state;
	story("<ul><li>a<li>b</ul>", "<ul><li>a</li>\n<li>b</li></ul>");
	story("<ul>a<li>b</li>c<p>d</p></ul>",
	      "<ul><li>a</li>\n<li><p>b</p>\n<p>c</p>\n<p>d</p></li></ul>");
	story("<ol><li>a<ul><li>b</ul><li><p>c</p></ol>",
	      "<ol><li>a<ul><li>b</li></ul></li>\n<li><p>c</p></li></ol>");
	story("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>");
	story("<li>a</li>b", "<p>a</p>\n<p>b</p>");
	story("<ul><ul><li>a", "<ul><li><ul><li>a</li></ul></li></ul>");
	story("<ul><li>a<hr>b</ul>", "<ul><li><p>a</p>\n<hr>\n<p>b</p></li></ul>");
}

static void test_sanitize_moves_inline_elements_into_blocks(void **state)
{
	(void)state;
	story("<b>a<p>b</p>c</b>", "<p><b>a</b></p>\n<p><b>b</b></p>\n<p><b>c</b></p>");
	story("<a href=\"/x\"><h2>a</h2><p>b</p></a>",
	      "<h2><a href=\"/x\">a</a></h2>\n<p><a href=\"/x\">b</a></p>");
	story("<p><b>a</p><p>b</b>c</p>", "<p><b>a</b></p>\n<p><b>b</b>c</p>");
	story("<p><b><i>a</b>b</i>c</p>", "<p><b><i>a</i></b><i>b</i>c</p>");
	story("<p><sub>a</p><p>b</p>", "<p><sub>a</sub></p>\n<p>b</p>");
	story("<p><b><b>a</b>b</b>c</p>", "<p><b>ab</b>c</p>");
	story("<p>a<b> b </b>c</p>", "<p>a <b>b </b>c</p>");
}

static void test_sanitize_allows_good_addresses(void **state)
{
	(void)state;
	story("<a href=\" HTTPS://Example.ORG:443/ü?a=1&amp;b=%20#x \">a</a>",
	      "<p><a href=\"https://example.org:443/%C3%BC?a=1&amp;b=%20#x\">a</a></p>");
	story("<a href='/politics/2021'>a</a>", "<p><a href=\"/politics/2021\">a</a></p>");
	story("<a href=mailto:desk@example.org>a</a>",
	      "<p><a href=\"mailto:desk@example.org\">a</a></p>");
	story(
	    "<a href='MAILTO:Desk+ar@Example.ORG?SUBJECT=Story #5 &#8212; %D8%A7%zz'>a</a>",
	    "<p><a href=\"mailto:Desk+ar@example.org?subject=Story%20%235%20%E2%80%94%20%D8%A7%25zz\">"
	    "a</a></p>");
	story("<a href=mailto:أخبار@a.example>a</a><a href=mailto:desk@أخبار.example>b</a>",
	      "<p>a<a href=\"mailto:desk@%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1.example\">b</a></p>");
	story("<a href=' Tel:+964-770-1234567 '>a</a><a href=tel:112>b</a>",
	      "<p><a href=\"tel:+964-770-1234567\">a</a><a href=\"tel:112\">b</a></p>");
	reply("<a href=mailto:desk@example.org>a</a><a href=tel:112>b</a>", "<p>ab</p>");
	story("<a>a</a><a name=x href=/1 href=/2>b</a>", "<p>a<a href=\"/1\">b</a></p>");
}

static void expect_no_links(const char *const *bad, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char markup[200];
		snprintf(markup, sizeof markup, "<p>x <a href=\"%s\">a</a></p>", bad[i]);
		story(markup, "<p>x a</p>");
	}
}

static void test_sanitize_makes_no_link_of_a_bad_address(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "javascript:alert(1)",
	    "JaVaScRiPt:alert(1)",
	    "&#106;avascript:alert(1)",
	    "java&#10;script:alert(1)",
	    "\x01javascript:alert(1)",
	    "&#1;javascript:alert(1)",
	    "data:text/html,x",
	    "vbscript:x",
	    "//evil.example",
	    "/\\evil.example",
	    "\\\\evil.example",
	    "/&#9;/evil.example",
	    "https:evil.example",
	    "https:///evil.example",
	    "https://a@evil.example",
	    "https://",
	    "https://a b.example",
	    "http://evil.example\\@good.example",
	    "#x",
	    "x.html",
	    "",
	    "feed:javascript:alert(1)",
	    "sms:112",
	};
	expect_no_links(bad, sizeof bad / sizeof bad[0]);
}

static void test_sanitize_makes_no_link_of_a_bad_mail_address_or_number(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "mailto:",
	    "mailto:desk",
	    "mailto:@example.org",
	    "mailto:desk@",
	    "mailto:a@b.example,c@d.example",
	    "mailto:a@b.example?cc=c@d.example",
	    "mailto:a@b.example?subject=x&amp;bcc=c@d.example",
	    "mailto:a@b.example?body=x",
	    "mailto:a@b.example?subject=",
	    "mailto:a@b.example?subject=x%0D%0ABcc:c@d.example",
	    "mailto:a@b.example?subject=x%0ay",
	    "mailto:a@b.example?subject=x&#10;y",
	    "mailto:a@b.example?subject=%00",
	    "mailto:a@b.example?subject=%FF",
	    "mailto:a%0Ab@c.example",
	    "mailto:a b@c.example",
	    "tel:",
	    "tel:+",
	    "tel:-1",
	    "tel:1+2",
	    "tel:0770 123",
	    "tel:١١٢",
	    "tel:112;ext=1",
	    "tel:112%0A",
	    "tel:112#x",
	    "tel:123456789012345678901234567890123",
	};
	expect_no_links(bad, sizeof bad / sizeof bad[0]);
}

static void test_sanitize_never_nests_links(void **state)
{
	(void)state;
	story("<a href=/1>a<a href=/2>b</a>c</a>", "<p><a href=\"/1\">a</a><a href=\"/2\">b</a>c</p>");
	story("<a href=/1>a<b><a href=/2>b</a></b>c</a>",
	      "<p><a href=\"/1\">a</a><b><a href=\"/2\">b</a></b>c</p>");
	story("<a href=/1><table><a href=/2>b</a></table></a>", "<p><a href=\"/2\">b</a></p>");
}

static void test_sanitize_forces_rel_on_links_of_replies(void **state)
{
	(void)state;
	reply("<a href=https://a.example rel=me target=_blank onclick=x lang=de>a</a>",
	      "<p><a href=\"https://a.example\" rel=\"nofollow ugc\">a</a></p>");
	reply("<b>a</b><i>b</i><sub>c</sub><q>d</q>", "<p><strong>a</strong><em>b</em>cd</p>");
	reply("<blockquote dir=rtl>a<br>b</blockquote>", "<blockquote><p>a<br>b</p></blockquote>");
}

static void test_sanitize_drops_attributes_that_are_not_listed(void **state)
{
	(void)state;
	story("<p style=\"color:red\" class=x id=y onclick=\"alert(1)\" data-x=1 title=z>a</p>",
	      "<p>a</p>");
	story("<p lang=\"a b\" dir=\"up\">a</p>", "<p>a</p>");
	story("<p lang=\"<script>\" dir='\"'>a</p>", "<p>a</p>");
	story("<br class=x>a<br lang=de>b<hr lang=de>", "<p>a<br>b</p>\n<hr>");
}

static void test_sanitize_drops_dangerous_elements_with_their_content(void **state)
{
	(void)state;
	static const char *const dropped[] = {
	    "<script>alert(1)</script>",
	    "<SCRIPT src=x>alert(1)</ScRiPt >",
	    "<style>p{}</style>",
	    "<title>x</title>",
	    "<textarea>x</textarea>",
	    "<iframe src=x>x</iframe>",
	    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	    "<noembed>x</noembed>",
	    "<noframes>x</noframes>",
	    "<xmp><b>x</xmp>",
	    "<svg><g><svg/><path d=\"\"/></g><text>x</text></svg>",
	    "<svg/>",
	    "<svg><svg></svg>x</svg>",
	    "<math><mi>x</mi></math>",
	    "<template><p>x</p><template>y</template></template>",
	    "<object data=x><embed src=y>x</object>",
	    "<video><source src=x>x</video>",
	    "<audio>x</audio>",
	    "<canvas>x</canvas>",
	    "<select><option>x</select>",
	    "<svg><style></svg></style></svg>",
	};
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
		char markup[300];
		snprintf(markup, sizeof markup, "<p>a%sb</p>", dropped[i]);
		story(markup, strstr(dropped[i], "noscript") != NULL ? "<p>a\"&gt;b</p>" : "<p>ab</p>");
	}
	story("a<plaintext>b<p>c", "<p>a</p>");
	story("a<script>b", "<p>a</p>");
	story("a<svg>b", "<p>a</p>");
	story("a<embed src=x><img src=x onerror=alert(1)><input><base href=x><link><meta>b<custom-x>c",
	      "<p>abc</p>");
}

/* " on" inside a tag, outside of quotes. */
static bool has_handler(Str markup)
{
	bool in_tag = false;
	bool in_quotes = false;
	for (size_t i = 0; i < markup.length; i++) {
		if (markup.bytes[i] == '"')
			in_quotes = in_tag && !in_quotes;
		else if (markup.bytes[i] == '<' || markup.bytes[i] == '>')
			in_tag = markup.bytes[i] == '<' || in_quotes;
		else if (in_tag && !in_quotes && str_starts_with(str_from(markup, i), S(" on")))
			return true;
	}
	return false;
}

/* Vectors that mutate when a browser parses the output of a sanitizer. */
static void test_sanitize_gives_mutation_vectors_no_second_life(void **state)
{
	(void)state;
	static const char *const vectors[] = {
	    "<math><mtext><table><mglyph><style><!--</style><p title=\"--&gt;&lt;img&gt;\">",
	    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
	    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	    "<svg><![CDATA[><img src=x onerror=alert(1)>]]>",
	    "<!--><img src=x onerror=alert(1)>-->",
	    "<!--- --!><img src=x onerror=alert(1)>-->",
	    "<a title=\"`><img src=x onerror=alert(1)>\">x</a>",
	    "<abbr title=\"&lt;/abbr&gt;&lt;img src=x onerror=alert(1)&gt;\">x</abbr>",
	    "&lt;img src=x onerror=alert(1)&gt;",
	    "<<img src=x onerror=alert(1)>",
	    "<p <img src=x onerror=alert(1)>x",
	    "<img src=x onerror=alert(1)//",
	    "<b><table><td></b><img src=x onerror=alert(1)>",
	    "<select><svg><style><img src=x onerror=alert(1)>",
	    "<template><script>alert(1)</script></template>",
	    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
	    "<textarea><!--</textarea><img src=x onerror=alert(1)>-->",
	    "<pre>\n\n<img src=x onerror=alert(1)></pre>",
	    "<p\x0Ctitle=x onclick=alert(1)>x",
	    "<p/onclick=alert(1)//x>y",
	    "<p =\"a\" onclick=alert(1)>y",
	    "<a href=\"https://x.example/?a=%3Cscript%3E\"onclick=alert(1)>y</a>",
	};
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct arena mem;
		Html once;
		Html twice;
		arena_init(&mem, TEST_MEMORY_BYTES);
		assert_int_equal(html_sanitize(str_from_c(vectors[i]), HTML_POLICY_STORY, &mem, &once), OK);
		assert_int_equal(str_find(once.markup, S("<img")), STR_NOT_FOUND);
		assert_int_equal(str_find(once.markup, S("<script")), STR_NOT_FOUND);
		assert_false(has_handler(once.markup));
		assert_int_equal(html_sanitize(once.markup, HTML_POLICY_STORY, &mem, &twice), OK);
		assert_true(str_equal(once.markup, twice.markup));
		arena_done(&mem);
	}
}

static void test_sanitize_survives_bytes_that_are_no_text(void **state)
{
	(void)state;
	expect_policy(S("a\0b\x01\x1f\x7f"
	                "c\xC2\x80"
	                "d"),
	              HTML_POLICY_STORY, "<p>a b c d</p>");
	expect_policy(S("\xff\xC3(\xED\xA0\x80"), HTML_POLICY_STORY,
	              "<p>\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD</p>");
	expect_policy(S("a&#0;b&#x1;c&#xD800;d&#x110000;e&#128;"), HTML_POLICY_STORY,
	              "<p>a\uFFFDbc\uFFFDd\uFFFDe€</p>");
	expect_policy(S("a&#x88888888;&#xFFFE;&#xFDD0;"), HTML_POLICY_STORY,
	              "<p>a\uFFFD\uFFFD\uFFFD</p>");
	expect_policy(S("<abbr title='&#x88888888;'>a</abbr>"), HTML_POLICY_STORY,
	              "<p><abbr>a</abbr></p>");
	expect_policy(S("<p\0 lang=\"d\0e\">a<\0b>"), HTML_POLICY_STORY, "<p>a&lt; b&gt;</p>");
	expect_policy(S("a\r\nb\rc&#13;d"), HTML_POLICY_STORY, "<p>a b c d</p>");
}

static Str repeated(const char *unit, size_t count)
{
	size_t length = strlen(unit);
	char *bytes = malloc(length * count + 1);
	assert_non_null(bytes);
	for (size_t i = 0; i < length * count; i++)
		bytes[i] = unit[i % length];
	return (Str){bytes, length * count};
}

static void expect_bound(const char *unit, size_t count, Err expected)
{
	struct arena mem;
	Html out;
	Str markup = repeated(unit, count);
	arena_init(&mem, TEST_MEMORY_BYTES);
	Err err = html_sanitize(markup, HTML_POLICY_STORY, &mem, &out);
	if (err != expected)
		fail_msg("%zu times %s gave %d: %.*s", count, unit, (int)err, STR(err_text()));
	arena_done(&mem);
	free((char *)(uintptr_t)markup.bytes);
}

static void test_sanitize_refuses_what_passes_its_bounds_in_words(void **state)
{
	(void)state;
	expect_bound("<div>", 50, OK);
	expect_bound("<div>", 5000, ERR_TOO_LARGE);
	assert_true(str_find(err_text(), S("deeper than the 100 levels")) != STR_NOT_FOUND);
	expect_bound("<blockquote>", 40000, ERR_TOO_LARGE);
	expect_bound("<ul><li>", 60000, ERR_TOO_LARGE);
	expect_bound("<ul>", 80, OK);
	expect_bound("x", HTML_MAX_BYTES + 1, ERR_TOO_LARGE);
	assert_true(str_find(err_text(), S("longer than the 512 KB")) != STR_NOT_FOUND);
	expect_bound("&", HTML_MAX_BYTES / 2, ERR_TOO_LARGE);
	expect_bound("<a href=/x><b><i><s><code><em><strong><p>x", HTML_MAX_BYTES / 42, ERR_TOO_LARGE);
}

/* Each of these is as much work as its length says, and no more. */
static void test_sanitize_takes_hostile_repetition_in_its_stride(void **state)
{
	(void)state;
	expect_bound("<p>", HTML_MAX_BYTES / 7, OK);
	expect_bound("<b>", HTML_MAX_BYTES / 3, OK);
	expect_bound("</b>", HTML_MAX_BYTES / 4, OK);
	expect_bound("<b a=1>", HTML_MAX_BYTES / 7, OK);
	expect_bound("<table>", 60, OK);
	expect_bound("<b></p>", HTML_MAX_BYTES / 7, OK);
	expect_bound("<!--", HTML_MAX_BYTES / 4, OK);
	expect_bound("<!---", HTML_MAX_BYTES / 5, OK);
	expect_bound("<svg>", HTML_MAX_BYTES / 5, OK);
	expect_bound("<title>", HTML_MAX_BYTES / 7, OK);
	expect_bound("</title", HTML_MAX_BYTES / 7, OK);
	expect_bound("<a b", HTML_MAX_BYTES / 4, OK);
	expect_bound("<a \"", HTML_MAX_BYTES / 4, OK);
	expect_bound("<hr>", 100000, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sanitize_keeps_a_story_letter_for_letter),
	    cmocka_unit_test(test_html_loss_names_what_is_left_out),
	    cmocka_unit_test(test_html_loss_names_attributes_that_are_missed),
	    cmocka_unit_test(test_html_loss_names_links_that_lead_nowhere),
	    cmocka_unit_test(test_sanitize_makes_paragraphs_of_bare_text),
	    cmocka_unit_test(test_sanitize_drops_what_shows_nothing),
	    cmocka_unit_test(test_sanitize_makes_headings_second_and_third),
	    cmocka_unit_test(test_sanitize_makes_lists_of_items_alone),
	    cmocka_unit_test(test_sanitize_moves_inline_elements_into_blocks),
	    cmocka_unit_test(test_sanitize_allows_good_addresses),
	    cmocka_unit_test(test_sanitize_makes_no_link_of_a_bad_address),
	    cmocka_unit_test(test_sanitize_makes_no_link_of_a_bad_mail_address_or_number),
	    cmocka_unit_test(test_sanitize_never_nests_links),
	    cmocka_unit_test(test_sanitize_forces_rel_on_links_of_replies),
	    cmocka_unit_test(test_sanitize_drops_attributes_that_are_not_listed),
	    cmocka_unit_test(test_sanitize_drops_dangerous_elements_with_their_content),
	    cmocka_unit_test(test_sanitize_gives_mutation_vectors_no_second_life),
	    cmocka_unit_test(test_sanitize_survives_bytes_that_are_no_text),
	    cmocka_unit_test(test_sanitize_refuses_what_passes_its_bounds_in_words),
	    cmocka_unit_test(test_sanitize_takes_hostile_repetition_in_its_stride),
	};
	return cmocka_run_group_tests_name("sanitize", tests, NULL, NULL);
}
