#include "html/template.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h needs the two above it. */
#include <cmocka.h>

struct tag_row {
	Str name;
	Url url;
};

static const struct view_field tag_fields[] = {
    FIELD_TEXT(struct tag_row, name, ""),
    FIELD_URL(struct tag_row, url, ""),
};
static const struct view tag_view = VIEW(struct tag_row, tag_fields);

struct section_row {
	Str name;
};

static const struct view_field section_fields[] = {FIELD_TEXT(struct section_row, name, "")};
static const struct view section_view = VIEW(struct section_row, section_fields);

struct page {
	Str title;
	Html body;
	Url url;
	Json data;
	bool is_open;
	const struct section_row *section;
	struct view_list tags;
};

static const struct view_field page_fields[] = {
    FIELD_TEXT(struct page, title, ""),
    FIELD_HTML(struct page, body, ""),
    FIELD_URL(struct page, url, ""),
    FIELD_JSON(struct page, data, ""),
    FIELD_BOOL(struct page, is_open, ""),
    FIELD_OBJECT(struct page, section, struct section_row, &section_view, ""),
    FIELD_LIST(struct page, tags, &tag_view, ""),
};
static const struct view page_view = VIEW(struct page, page_fields);

static const struct tag_row tag_rows[] = {
    {S("White <House>"), {S("/tags/white-house")}},
    {S("Biden"), {S("/tags/biden")}},
};
static const struct section_row politics = {S("politics")};
static const struct page sample = {
    .title = S("\"Tom\" & <b>Jerry</b>'s"),
    .body = {S("<p>Body & soul</p>")},
    .url = {S("/politics?a=1&b=2")},
    .data = {S("{\"a\":1}")},
    .is_open = true,
    .section = &politics,
    .tags = {tag_rows, 2},
};

static const struct template_binding binding = {"site/page", &page_view};

static Str translate_title(Str words, const void *context)
{
	(void)words;
	return *(const Str *)context;
}

static Err load(Str text, const Str *translation, struct templates **out)
{
	const struct template_source sources[] = {
	    {.name = S("site/page"), .text = text},
	    {.name = S("site/tag"), .text = S("<a href=\"{{url}}\">{{name}}</a>\n")},
	    {.name = S("site/loop"), .text = S("a{{>site/loop}}")},
	    {.name = S("site/quote"), .text = S("<a title=\"")},
	};
	const struct template_options options = {
	    .sources = sources,
	    .source_count = sizeof sources / sizeof sources[0],
	    .bindings = &binding,
	    .binding_count = 1,
	    .translate = translation == NULL ? NULL : translate_title,
	    .translate_context = translation,
	};
	return templates_new(&options, out);
}

static void expect_page(const char *text, const struct page *page, const char *expected)
{
	struct templates *templates = NULL;
	struct buf out;
	buf_init(&out, 1 << 16);
	if (load(str_from_c(text), NULL, &templates) != OK)
		fail_msg("%s: %.*s", text, STR(err_text()));
	assert_int_equal(template_render(templates_find(templates, S("site/page")), page, &out), OK);
	if (!str_equal(buf_str(&out), str_from_c(expected)))
		fail_msg("expected %s\nbut was  %.*s", expected, STR(buf_str(&out)));
	buf_done(&out);
	templates_free(templates);
}

static void expect(const char *text, const char *expected)
{
	expect_page(text, &sample, expected);
}

/* The load fails, and its sentence begins with the place and holds `words`. */
static void expect_refused(const char *text, const char *words)
{
	struct templates *templates = NULL;
	if (load(str_from_c(text), NULL, &templates) == OK) {
		templates_free(templates);
		fail_msg("accepted: %s", text);
	}
	assert_null(templates);
	if (str_find(err_text(), str_from_c(words)) == STR_NOT_FOUND)
		fail_msg("%s: \"%.*s\" lacks \"%s\"", text, STR(err_text()), words);
}

static void test_template_escapes_text_in_content_and_values(void **state)
{
	(void)state;
	expect("<p title=\"{{title}}\" class='{{title}}'>{{title}}</p>",
	       "<p title=\"&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s\" "
	       "class='&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s'>"
	       "&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s</p>");
	expect("<title>{{title}}</title>",
	       "<title>&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s</title>");
	expect("<a href=\"{{url}}#replies\">x</a>", "<a href=\"/politics?a=1&amp;b=2#replies\">x</a>");
}

static void test_template_shows_markup_json_and_scripts_where_they_belong(void **state)
{
	(void)state;
	expect("<div>{{{body}}}{{& body }}</div>", "<div><p>Body & soul</p><p>Body & soul</p></div>");
	expect("<script type=\"application/ld+json\">{{{data}}}</script>",
	       "<script type=\"application/ld+json\">{\"a\":1}</script>");
	expect("<script>{{{body}}}</script>", "<script><p>Body & soul</p></script>");
}

static void test_template_walks_objects_lists_and_parents(void **state)
{
	(void)state;
	expect("{{#section}}{{name}} of {{title}}{{/section}}", "politics of &quot;Tom&quot; &amp; "
	                                                        "&lt;b&gt;Jerry&lt;/b&gt;&#39;s");
	expect("{{section.name}}", "politics");
	expect("{{#tags}}{{name}};{{/tags}}", "White &lt;House&gt;;Biden;");
	expect("{{#tags}}\n{{>site/tag}}\n{{/tags}}\n",
	       "<a href=\"/tags/white-house\">White &lt;House&gt;</a>\n"
	       "<a href=\"/tags/biden\">Biden</a>\n");
	expect("{{#title}}{{.}}{{/title}}", "&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s");
	expect("{{#url}}<a href=\"{{.}}\">x</a>{{/url}}", "<a href=\"/politics?a=1&amp;b=2\">x</a>");
}

static void test_template_takes_absent_and_empty_things_as_false(void **state)
{
	(void)state;
	const struct page nothing = {.title = S("")};
	const char *text =
	    "{{#title}}1{{/title}}{{#body}}2{{/body}}{{#url}}3{{/url}}{{#data}}4{{/data}}"
	    "{{#is_open}}5{{/is_open}}{{#section}}6{{/section}}{{#tags}}7{{/tags}}"
	    "{{^title}}a{{/title}}{{^body}}b{{/body}}{{^url}}c{{/url}}{{^data}}d{{/data}}"
	    "{{^is_open}}e{{/is_open}}{{^section}}f{{/section}}{{^tags}}g{{/tags}}"
	    "{{section.name}}{{#section.name}}8{{/section.name}}";
	expect_page(text, &nothing, "abcdefg");
	expect_page(text, &sample, "12345677politics8");
}

static void test_template_allows_sections_between_attributes(void **state)
{
	(void)state;
	expect("<input{{#is_open}} checked{{/is_open}} class=\"a{{#is_open}} b{{/is_open}}\">",
	       "<input checked class=\"a b\">");
	expect("<input{{#is_open}} title=\"{{title}}\"{{/is_open}}>",
	       "<input title=\"&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s\">");
	expect("<i aria-x=\"{{#is_open}}true{{/is_open}}{{^is_open}}false{{/is_open}}\">",
	       "<i aria-x=\"true\">");
	expect_refused("<input {{#is_open}}checked{{/is_open}}>", "site/page:1");
	expect_refused("<input{{#is_open}}checked{{/is_open}}>", "a space must stand here");
	expect_refused("<input{{#is_open}} checked{{/is_open}}x>", "a space must stand here");
	expect_refused("<p {{#tags}}click=\"{{name}}\" on{{/tags}}>", "must end in the same place");
}

static void test_template_names_line_and_field_of_what_is_unknown(void **state)
{
	(void)state;
	expect_refused("a\nb{{titel}}", "site/page:2: {{titel}} is a field of no view in sight here "
	                                "(struct page)");
	expect_refused("{{#tags}}\n\n{{nam}}{{/tags}}", "site/page:3: {{nam}} is a field of no view in "
	                                                "sight here (struct tag_row, struct page)");
	expect_refused("{{section.nam}}", "struct section_row has no field \"nam\"");
	expect_refused("{{title.x}}", "title has no field \"x\"");
	expect_refused("{{tags.name}}", "tags has no field \"name\"");
	expect_refused("{{#missing}}{{/missing}}", "{{missing}} is a field of no view");
	expect_refused("{{#section}}{{.}}{{/section}}", "{{.}} is a field of no view");
	expect_refused("\n{{>site/none}}", "site/page:2: there is no template \"site/none\"");
	expect_refused("{{>site/tag}}", "site/tag:1: {{name}} is a field of no view in sight here");
}

static void test_template_refuses_a_value_of_the_wrong_kind(void **state)
{
	(void)state;
	expect_refused("{{{title}}}", "{{{title}}} is not markup");
	expect_refused("{{&url}}", "must be escaped");
	expect_refused("{{body}}", "write {{{body}}}");
	expect_refused("{{data}}", "write {{{data}}}");
	expect_refused("{{{data}}}", "application/ld+json");
	expect_refused("{{is_open}}", "it is for {{#is_open}}");
	expect_refused("{{tags}}", "it is for {{#tags}}");
	expect_refused("{{section}}", "it is for {{#section}}");
	expect_refused("<a href=\"{{title}}\">", "takes an address");
	expect_refused("<a href=\"x{{url}}\">", "at the start of its attribute");
	expect_refused("<a href=\"{{url}}{{url}}\">", "at the start of its attribute");
	expect_refused("<a href=\"{{#is_open}}javascript:{{/is_open}}{{url}}\">", "at the start");
	expect_refused("<a HREF='{{title}}'>", "takes an address");
	expect_refused("<form data-key-url=\"{{title}}\">", "takes an address");
	expect_refused("<p title=\"{{{body}}}\">", "takes no markup");
	expect_refused("<title>{{{body}}}</title>", "takes no markup");
	expect_refused("<textarea>{{{body}}}</textarea>", "takes no markup");
}

static void test_template_refuses_values_in_dangerous_places(void **state)
{
	(void)state;
	static const char *const places[] = {
	    "<p title={{title}}>",
	    "<p title=x{{title}}>",
	    "<p {{title}}>",
	    "<p {{title}}=\"\">",
	    "<p x{{title}}=\"\">",
	    "<{{title}}>",
	    "<p{{title}}>",
	    "</{{title}}>",
	    "<p x=\"\"{{title}}>",
	    "<p style=\"color: {{title}}\">",
	    "<p STYLE='{{title}}'>",
	    "<p onclick=\"{{title}}\">",
	    "<p OnClick=\"{{title}}\">",
	    "<img srcset=\"{{url}}\">",
	    "<iframe srcdoc=\"{{title}}\">",
	    "<style>{{title}}</style>",
	    "<script>{{title}}</script>",
	    "<script>var x = '{{title}}';</script>",
	    "<script>x{{{body}}}</script>",
	    "<script>{{{body}}}x</script>",
	    "<script>{{{body}}}{{{body}}}</script>",
	    "<script>{{{data}}}</script>",
	    "<script type=\"application/ld+json\">{{{body}}}</script>",
	    "<script type=\"application/ld+json\">{{title}}</script>",
	    "<script type=\"application/ld+json\"><!-{{{data}}}</script>",
	    "<script type=\"{{title}}\"></script>",
	    "<script><!-- <script> --></script>{{title}}",
	    "<!-- {{title}} -->",
	    "<!-- --!> {{title}} -->",
	    "<!doctype {{title}}>",
	    "<?x {{title}}?>",
	    "<![CDATA[{{title}}]]>",
	    "<textarea></text{{title}}",
	    "<title><{{title}}</title>",
	    "<svg><textarea><b onclick=\"{{title}}\"></textarea>",
	    "<meta http-equiv=\"refresh\" content=\"0; url={{url}}\">",
	    "<meta content=\"0; url={{url}}\" http-equiv=refresh>",
	    "<meta content=\"{{title}}\" http-equiv>",
	    "<p aria-averyveryveryverylongattributename=\"{{title}}\">",
	    "{{>site/quote}}{{{body}}}\">",
	};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		expect_refused(places[i], "site/page:1: ");
}

static void test_template_refuses_sections_that_move_through_the_markup(void **state)
{
	(void)state;
	expect_refused("{{#is_open}}<p title=\"{{/is_open}}", "must end in the same place");
	expect_refused("<p title=\"{{#is_open}}\">{{/is_open}}", "must end in the same place");
	expect_refused("{{#is_open}}<script>{{/is_open}}", "must end in the same place");
	expect_refused("<p {{#is_open}}a{{/is_open}}=\"{{title}}\">", "must end in the same place");
	expect_refused("<{{#is_open}}p{{/is_open}}>", "a section must begin in content");
	expect_refused("<p title={{#is_open}}\"{{/is_open}}\">", "a section must begin in content");
	expect_refused("<script>{{#is_open}}<{{/is_open}}/script>", "must end in the same place");
	expect_refused("<p title=\"", "ends inside a tag");
	expect_refused("<script>", "ends inside a tag");
	expect_refused("<!-- ", "ends inside a tag");
}

static void test_template_knows_where_markup_ends(void **state)
{
	(void)state;
	expect("<!--><p>{{title}}</p>-->",
	       "<!--><p>&quot;Tom&quot; &amp; &lt;b&gt;Jerry&lt;/b&gt;&#39;s"
	       "</p>-->");
	expect("<!-- <p a=\" --><i title=\"{{section.name}}\">",
	       "<!-- <p a=\" --><i title=\"politics\">");
	expect("<p a='\"' b=\"{{section.name}}\">", "<p a='\"' b=\"politics\">");
	expect("<textarea>a</TEXTAREA ><b>{{{body}}}", "<textarea>a</TEXTAREA ><b><p>Body & soul</p>");
	expect("<script>if (a </scripty) {}</script>{{{body}}}",
	       "<script>if (a </scripty) {}</script><p>Body & soul</p>");
	expect("<br/><p\nclass = \"{{section.name}}\"\n>", "<br/><p\nclass = \"politics\"\n>");
}

static void test_template_refuses_broken_tags_by_line(void **state)
{
	(void)state;
	expect_refused("a\n{{title", "site/page:2: a tag begins here and has no end");
	expect_refused("{{}}", "has no name");
	expect_refused("{{#is_open}}", "{{#is_open}} is never closed");
	expect_refused("{{/is_open}}", "closes no section");
	expect_refused("{{#is_open}}{{#tags}}{{/is_open}}{{/tags}}", "closes no section");
	expect_refused("{{=x=}}", "new delimiters");
	expect_refused("{{=a b c=}}", "new delimiters");
	expect_refused("{{>site/loop}}", "one partial too many");
	expect_refused("{{section.a.b.c.d.e.f.g.h.i.j.k}}", "has no field \"a\"");
}

static void expect_translated(const char *text, const char *translation, const char *expected)
{
	struct templates *templates = NULL;
	struct buf out;
	Str translated = str_from_c(translation);
	buf_init(&out, 1 << 16);
	Err err = load(str_from_c(text), &translated, &templates);
	if (expected == NULL) {
		assert_int_equal(err, ERR_INVALID);
		buf_done(&out);
		return;
	}
	if (err != OK)
		fail_msg("%s: %.*s", text, STR(err_text()));
	assert_int_equal(template_render(templates_find(templates, S("site/page")), &sample, &out), OK);
	if (!str_equal(buf_str(&out), str_from_c(expected)))
		fail_msg("expected %s\nbut was  %.*s", expected, STR(buf_str(&out)));
	buf_done(&out);
	templates_free(templates);
}

static void test_template_puts_translations_in_place_as_text(void **state)
{
	(void)state;
	expect_translated("<p>{{#_}}In {{section.name}}{{/_}}</p>", "{{section.name}} قسم",
	                  "<p>politics قسم</p>");
	expect_translated("<p title=\"{{#_}}In{{/_}}\">", "\"><script>",
	                  "<p title=\"&quot;&gt;&lt;script"
	                  "&gt;\">");
	expect_translated("{{#_}}In{{/_}}", "<b>A & B</b>", "&lt;b&gt;A &amp; B&lt;/b&gt;");
	expect_translated("{{#tags}}{{#_}}To {{name}}{{/_}};{{/tags}}", "{{ name }} ←",
	                  "White &lt;House&gt; ←;Biden ←;");
}

static void test_template_refuses_translations_with_other_tags(void **state)
{
	(void)state;
	expect_translated("{{#_}}In {{section.name}}{{/_}}", "In", NULL);
	expect_translated("{{#_}}In {{section.name}}{{/_}}", "{{title}} {{section.name}}", NULL);
	expect_translated("{{#_}}In{{/_}}", "{{title}}", NULL);
	expect_translated("{{#_}}In{{/_}}", "{{{body}}}", NULL);
	expect_translated("{{#_}}In{{/_}}", "{{#is_open}}x{{/is_open}}", NULL);
	expect_translated("{{#_}}In{{/_}}", "{{", NULL);
	expect_translated("<a href=\"{{#_}}In{{/_}}\">", "x", NULL);
	expect_translated("<script>{{#_}}In{{/_}}</script>", "x", NULL);
	expect_translated("{{#_}}<b>In</b>{{/_}}", "x", NULL);
	expect_translated("{{#_}}In", "x", NULL);
	expect_translated("{{#_}}{{#is_open}}In{{/is_open}}{{/_}}", "x", NULL);
}

static Str words_seen;
static char words_bytes[64];

static Str translate_listen(Str words, const void *context)
{
	(void)context;
	assert_true(words.length < sizeof words_bytes);
	memcpy(words_bytes, words.bytes, words.length);
	words_seen = (Str){words_bytes, words.length};
	return words;
}

static void test_template_looks_words_up_with_folded_space(void **state)
{
	(void)state;
	const struct template_source source = {
	    .name = S("site/page"),
	    .text = S("{{#_}}A story of\n\t {{section.name}} {{/_}}\n{{#_}}\nB{{/_}}")};
	const struct template_options options = {.sources = &source,
	                                         .source_count = 1,
	                                         .bindings = &binding,
	                                         .binding_count = 1,
	                                         .translate = translate_listen};
	struct templates *templates = NULL;
	struct buf out;
	buf_init(&out, 1 << 10);
	assert_int_equal(templates_new(&options, &templates), OK);
	assert_true(str_equal(words_seen, S(" B")));
	assert_int_equal(template_render(templates_find(templates, S("site/page")), &sample, &out), OK);
	assert_true(str_equal(buf_str(&out), S("A story of politics \n B")));
	buf_done(&out);
	templates_free(templates);
}

static void test_template_render_refuses_a_page_past_its_maximum(void **state)
{
	(void)state;
	struct templates *templates = NULL;
	struct buf out;
	buf_init(&out, 10);
	assert_int_equal(load(S("<p>{{title}}</p>"), NULL, &templates), OK);
	assert_int_equal(template_render(templates_find(templates, S("site/page")), &sample, &out),
	                 ERR_MEMORY);
	buf_done(&out);
	templates_free(templates);
}

/* ---- templates from outside ---- */

struct told {
	char text[4096]; /* "name:line:field on page after foreign: sentence (names)\n" */
	size_t length;
};

static void fault_tell(const struct template_fault *fault, void *context)
{
	struct told *told = context;
	told->length +=
	    (size_t)snprintf(told->text + told->length, sizeof told->text - told->length,
	                     "%.*s:%zu:%.*s on %.*s after %.*s: %.*s (%.*s)\n", STR(fault->name),
	                     fault->line, STR(fault->field), STR(fault->page), STR(fault->foreign),
	                     STR(fault->sentence), STR(fault->in_sight));
	assert_true(told->length < sizeof told->text);
}

static bool asset_find(Str name, const void *context, Url *out)
{
	(void)context;
	*out = (Url){S("/assets/logo&.1.svg")};
	return str_equal(name, S("logo.svg"));
}

static const struct template_source outside[] = {
    {S("site/page"), S("{{>site/head}}<p>{{title}}</p>{{>site/tail}}"), false, false},
    {S("site/head"),
     S("<h1>{{titel}}</h1>\n{{#tags}}\n<a href=\"{{name}}\">{{section.nam}}"
       "</a>{{/tags}}{{#sectio}}{{gone}}{{/sectio}}{{>site/none}}{{>site/out}}"),
     true, false},
    {S("site/tail"), S("\n<!-- open"), true, false},
    {S("site/out"), S("x"), true, true},
};

static struct template_options outside_options(struct told *told)
{
	return (struct template_options){.sources = outside,
	                                 .source_count = sizeof outside / sizeof outside[0],
	                                 .bindings = &binding,
	                                 .binding_count = 1,
	                                 .asset = asset_find,
	                                 .fault_found = fault_tell,
	                                 .watch_context = told};
}

static void test_templates_new_tells_of_every_fault_and_what_is_in_sight(void **state)
{
	(void)state;
	struct told told = {.length = 0};
	struct template_options options = outside_options(&told);
	struct templates *templates = NULL;
	assert_int_equal(templates_new(&options, &templates), ERR_INVALID);
	assert_string_equal(
	    told.text,
	    "site/head:1:titel on site/page after site/head: {{titel}} is a field of no view in sight "
	    "here (struct page); did you mean title? ()\n"
	    "site/head:3:name on site/page after site/head: {{name}} can't stand here: this attribute "
	    "takes an address (VIEW_URL) and no text ()\n"
	    "site/head:3:section.nam on site/page after site/head: {{section.nam}}: struct section_row "
	    "has no field \"nam\"; did you mean name? ()\n"
	    "site/head:3:sectio on site/page after site/head: {{sectio}} is a field of no view in "
	    "sight "
	    "here (struct page); did you mean section? ()\n"
	    "site/head:3:site/none on site/page after site/head: there is no template \"site/none\" "
	    "for "
	    "{{>site/none}} ()\n"
	    "site/head:3:site/out on site/page after site/head: {{>site/out}} has a fault of its own "
	    "()\n"
	    "site/tail:2: on site/page after site/tail: a partial must end in the same place of the "
	    "markup in which it began: a tag, a comment or a script is still open here ()\n");
}

static void test_template_puts_the_address_of_an_asset_in_place(void **state)
{
	(void)state;
	struct told told = {.length = 0};
	struct template_options options = outside_options(&told);
	struct template_source source = {
	    S("site/page"),
	    S("<img src=\"{{#asset}}logo.svg{{/asset}}\">{{#asset}} logo.svg {{/asset}}"), false,
	    false};
	struct templates *templates = NULL;
	struct buf out;
	options.sources = &source;
	options.source_count = 1;
	buf_init(&out, 1 << 10);
	assert_int_equal(templates_new(&options, &templates), OK);
	assert_int_equal(template_render(templates_find(templates, S("site/page")), &sample, &out), OK);
	assert_true(str_equal(buf_str(&out),
	                      S("<img src=\"/assets/logo&amp;.1.svg\">/assets/logo&amp;.1.svg")));
	buf_done(&out);
	templates_free(templates);
}

static void test_template_refuses_an_asset_that_is_unknown_or_out_of_place(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	    {"\n{{#asset}}none.svg{{/asset}}", "site/page:2:none.svg on "},
	    {"<a href=\"x{{#asset}}logo.svg{{/asset}}\">", "must stand at the start"},
	    {"<p style=\"{{#asset}}logo.svg{{/asset}}\">", "takes no value"},
	    {"<{{#asset}}logo.svg{{/asset}}>", "a tag's name takes no value"},
	    {"{{#asset}}logo{{title}}.svg{{/asset}}", "holds the name of an asset and no tag"},
	    {"{{#asset}}logo.svg", "holds the name of an asset and no tag"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct told told = {.length = 0};
		struct template_options options = outside_options(&told);
		struct template_source source = {S("site/page"), str_from_c(rows[i][0]), false, false};
		struct templates *templates = NULL;
		options.sources = &source;
		options.source_count = 1;
		assert_int_equal(templates_new(&options, &templates), ERR_INVALID);
		if (strstr(told.text, rows[i][1]) == NULL)
			fail_msg("%s: %s", rows[i][0], told.text);
	}
}

static void test_templates_find_knows_bound_names_only(void **state)
{
	(void)state;
	struct templates *templates = NULL;
	assert_int_equal(load(S("x"), NULL, &templates), OK);
	assert_non_null(templates_find(templates, S("site/page")));
	assert_null(templates_find(templates, S("site/tag")));
	templates_free(templates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_template_escapes_text_in_content_and_values),
	    cmocka_unit_test(test_template_shows_markup_json_and_scripts_where_they_belong),
	    cmocka_unit_test(test_template_walks_objects_lists_and_parents),
	    cmocka_unit_test(test_template_takes_absent_and_empty_things_as_false),
	    cmocka_unit_test(test_template_allows_sections_between_attributes),
	    cmocka_unit_test(test_template_names_line_and_field_of_what_is_unknown),
	    cmocka_unit_test(test_template_refuses_a_value_of_the_wrong_kind),
	    cmocka_unit_test(test_template_refuses_values_in_dangerous_places),
	    cmocka_unit_test(test_template_refuses_sections_that_move_through_the_markup),
	    cmocka_unit_test(test_template_knows_where_markup_ends),
	    cmocka_unit_test(test_template_refuses_broken_tags_by_line),
	    cmocka_unit_test(test_template_puts_translations_in_place_as_text),
	    cmocka_unit_test(test_template_refuses_translations_with_other_tags),
	    cmocka_unit_test(test_template_looks_words_up_with_folded_space),
	    cmocka_unit_test(test_template_render_refuses_a_page_past_its_maximum),
	    cmocka_unit_test(test_templates_new_tells_of_every_fault_and_what_is_in_sight),
	    cmocka_unit_test(test_template_puts_the_address_of_an_asset_in_place),
	    cmocka_unit_test(test_template_refuses_an_asset_that_is_unknown_or_out_of_place),
	    cmocka_unit_test(test_templates_find_knows_bound_names_only),
	};
	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
