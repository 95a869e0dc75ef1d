/* Themes as a person may leave them: what is broken goes, the rest stays, and nothing stops. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/test_support.h"

#define FILES_MAX 16

/* A theme in a folder of its own, and what became of it. */
struct fixture {
	char folder[64];
	char files[FILES_MAX][128]; /* that were made, to be removed again */
	size_t file_count;
	struct settings *settings;
	struct site site;
	struct world world;
	struct theme *theme;
	struct web *web;
};

static const struct setting_table *const settings_tables[] = {&web_settings_table};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	snprintf(fixture->folder, sizeof fixture->folder, "/tmp/courant-theme-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	assert_int_equal(settings_new(settings_tables, 1, &fixture->settings), OK);
	fixture->site = (struct site){
	    .name_at_start = S("Test"), .zone = S("UTC"), .language = language_find(S("en"))};
	fixture->world = (struct world){.clock = &clock_system, .site = &fixture->site};
	*state = fixture;
	return 0;
}

static void remove_folders(const char *folder, char *path)
{
	for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
		char whole[256];
		*slash = '\0';
		snprintf(whole, sizeof whole, "%s/%s", folder, path);
		(void)rmdir(whole);
	}
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	web_free(fixture->web);
	theme_close(fixture->theme);
	settings_free(fixture->settings);
	for (size_t i = 0; i < fixture->file_count; i++) {
		char whole[256];
		snprintf(whole, sizeof whole, "%s/%s", fixture->folder, fixture->files[i]);
		(void)unlink(whole);
		remove_folders(fixture->folder, fixture->files[i]);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

/* The whole path of a file to be made, in folders that are there. */
static const char *place(struct fixture *fixture, const char *name)
{
	static char whole[256];
	assert_true(fixture->file_count < FILES_MAX);
	snprintf(fixture->files[fixture->file_count++], sizeof fixture->files[0], "%s", name);
	snprintf(whole, sizeof whole, "%s/%s", fixture->folder, name);
	for (char *slash = strchr(whole + 5, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(whole, 0700);
		*slash = '/';
	}
	return whole;
}

static void write_bytes(struct fixture *fixture, const char *name, Str bytes)
{
	FILE *file = fopen(place(fixture, name), "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.bytes, 1, bytes.length, file), bytes.length);
	assert_int_equal(fclose(file), 0);
}

static void write_file(struct fixture *fixture, const char *name, const char *text)
{
	write_bytes(fixture, name, str_from_c(text));
}

static void load(struct fixture *fixture)
{
	struct web_options options = {.world = &fixture->world, .settings = fixture->settings};
	assert_int_equal(theme_open(AT_FDCWD, str_from_c(fixture->folder), &fixture->theme), OK);
	options.theme = fixture->theme;
	Err err = web_new(&options, &fixture->web);
	if (err != OK)
		fail_msg("%.*s", STR(err_text()));
}

/* "file:line:field: sentence => consequence" of one fault; they come in the order of the names. */
static void expect_fault(const struct fixture *fixture, size_t index, const char *expected)
{
	char have[2048];
	assert_true(index < theme_fault_count(fixture->theme));
	const struct theme_fault *fault = theme_fault_at(fixture->theme, index);
	snprintf(have, sizeof have, "%.*s:%zu:%.*s: %.*s => %.*s", STR(fault->file), fault->line,
	         STR(fault->field), STR(fault->sentence), STR(fault->consequence));
	assert_string_equal(have, expected);
}

static void expect_fault_count(const struct fixture *fixture, size_t count)
{
	for (size_t i = count; i < theme_fault_count(fixture->theme); i++) {
		const struct theme_fault *fault = theme_fault_at(fixture->theme, i);
		fail_msg("not expected: %.*s: %.*s", STR(fault->file), STR(fault->sentence));
	}
	assert_int_equal(theme_fault_count(fixture->theme), count);
}

/* The page web/error in English holds `words`. */
static bool page_has(struct fixture *fixture, const char *words)
{
	struct web_request request = {.web = fixture->web, .language = language_at(0)};
	struct web_response response = {.status = 404};
	struct page_view page = {.lang = S("en"), .title = S("T")};
	struct error_view view = {.page = &page, .status = S("404"), .title = S("Not found")};
	buf_init(&response.body, 100000);
	assert_int_equal(web_render(&request, &response, "web/error", &view), OK);
	bool has = str_find(buf_str(&response.body), str_from_c(words)) != STR_NOT_FOUND;
	buf_done(&response.body);
	return has;
}

static void test_theme_replaces_a_page_and_a_partial_and_adds_one(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html",
	           "{{>web/page_head}}<b>{{status}}</b>{{>my/end}}");
	write_file(fixture, "templates/web/page_head.html", "<title>{{page.title}}</title>");
	write_file(fixture, "templates/my/end.html", "<i>{{title}}</i>");
	write_file(fixture, "templates/.hidden", "{{");
	write_file(fixture, "templates/web/error.html~", "{{");
	write_file(fixture, "README.md", "{{");
	load(fixture);
	expect_fault_count(fixture, 0);
	assert_int_equal(theme_template_count(fixture->theme), 3);
	assert_true(page_has(fixture, "<title>T</title><b>404</b><i>Not found</i>"));
}

static void test_theme_loses_a_broken_page_alone(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html", "{{>web/page_head}}\n<b>{{statu}}</b>");
	write_file(fixture, "templates/web/page_head.html", "<title>Themed</title><main>");
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/web/error.html:2:statu: {{statu}} is a field of no view in sight here "
	             "(struct error_view); did you mean status? => Courant's own is served");
	expect_fault_count(fixture, 1);
	assert_str(theme_fault_at(fixture->theme, 0)->pages, S("web/error"));
	assert_str(theme_fault_at(fixture->theme, 0)->in_sight, S(""));
	/* Courant's page, with the theme's head. */
	assert_true(page_has(fixture, "<title>Themed</title><main>"));
	assert_true(page_has(fixture, "error-status"));
}

static void test_theme_loses_a_broken_partial_and_what_needs_it(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html", "<p>mine</p>{{>my/end}}");
	write_file(fixture, "templates/my/end.html", "\n<a href=\"{{title}}\">");
	write_file(fixture, "templates/web/page_foot.html", "<p>my foot</p></main>");
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/my/end.html:2:title: {{title}} can't stand here: this attribute takes "
	             "an address (VIEW_URL) and no text => it is left out");
	expect_fault(fixture, 1,
	             "templates/web/error.html:1:my/end: {{>my/end}} has a fault of its own => "
	             "Courant's own is served");
	expect_fault_count(fixture, 2);
	assert_false(page_has(fixture, "mine"));
	assert_true(page_has(fixture, "my foot"));
}

static void test_theme_is_told_the_faults_behind_one_that_ends_a_page(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/page_head.html", "<main title=");
	write_file(fixture, "templates/web/error.html", "{{>web/page_head}}{{oops}}");
	load(fixture);
	expect_fault_count(fixture, 2);
	assert_str(theme_fault_at(fixture->theme, 0)->file, S("templates/web/page_head.html"));
	assert_str(theme_fault_at(fixture->theme, 1)->file, S("templates/web/error.html"));
	assert_int_equal(theme_template_count(fixture->theme), 0);
	assert_true(page_has(fixture, "error-status"));
}

static void test_theme_that_grows_without_end_is_left_out(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html", "{{>my/a}}{{>my/a}}{{>my/a}}");
	write_file(fixture, "templates/my/a.html", "{{>my/b}}{{>my/b}}{{>my/b}}{{>my/b}}{{>my/b}}");
	write_file(fixture, "templates/my/b.html", "{{>my/c}}{{>my/c}}{{>my/c}}{{>my/c}}{{>my/c}}");
	char *large = malloc(200001);
	assert_non_null(large);
	memset(large, 'x', 200000);
	large[200000] = '\0';
	memcpy(large, "{{>my/d}}{{>my/d}}{{>my/d}}{{>my/d}}{{>my/d}}", 45);
	write_file(fixture, "templates/my/c.html", large);
	write_file(fixture, "templates/my/d.html", large + 45);
	free(large);
	load(fixture);
	assert_int_equal(theme_fault_count(fixture->theme), 1);
	assert_str(theme_fault_at(fixture->theme, 0)->file, S("templates"));
	assert_true(page_has(fixture, "error-status"));
}

static void test_theme_with_thousands_of_faults_is_told_of_the_first(void **state)
{
	struct fixture *fixture = *state;
	static const char line[] = "{{x}}\n";
	char *lines = malloc(THEME_TEMPLATE_MAX_BYTES + 1);
	size_t length = 0;
	assert_non_null(lines);
	for (; length + strlen(line) <= THEME_TEMPLATE_MAX_BYTES; length += strlen(line))
		memcpy(lines + length, line, sizeof line);
	write_file(fixture, "templates/web/error.html", lines);
	free(lines);
	load(fixture);
	assert_int_equal(theme_fault_count(fixture->theme), THEME_FAULTS_MAX);
	assert_int_equal(theme_fault_at(fixture->theme, THEME_FAULTS_MAX - 1)->line, THEME_FAULTS_MAX);
	assert_true(page_has(fixture, "error-status"));
}

static void test_theme_files_that_nothing_asks_for_are_told(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/site/stroy.html", "x");
	write_file(fixture, "templates/home.html", "x");
	write_file(fixture, "templates/web/error.htm", "x");
	write_file(fixture, "templates/web/my page.html", "x");
	write_file(fixture, "assets/index.html", "x");
	write_file(fixture, "assets/first_paint.js", "x");
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/home.html:0:: a template lies in a folder, as templates/site/home.html "
	             "does => it is not read");
	expect_fault(fixture, 1,
	             "templates/web/error.htm:0:: a template's name ends in .html => it is not read");
	expect_fault(
	    fixture, 2,
	    "templates/web/my page.html:0:: names here are of the letters a to z, digits and . "
	    "_ - alone => it is not read");
	expect_fault(
	    fixture, 3,
	    "assets/first_paint.js:0:: it stands in the pages themselves and can't be replaced "
	    "=> it is not read");
	assert_str(theme_fault_at(fixture->theme, 4)->file, S("assets/index.html"));
	expect_fault(fixture, 5,
	             "templates/site/stroy.html:0:: Courant has no template of this name, and no "
	             "template of the theme holds {{>site/stroy}}; did you mean site/story? => no page "
	             "shows it");
	expect_fault_count(fixture, 6);
	assert_int_equal(theme_template_count(fixture->theme), 0);
}

static void test_theme_files_that_nothing_asks_for_are_told_beside_other_faults(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html", "{{statu}}{{>my/part}}");
	write_file(fixture, "templates/my/part.html", "x");
	write_file(fixture, "templates/mine/page_foot.html", "x");
	write_file(fixture, "templates/some/other.html", "x");
	load(fixture);
	assert_str(theme_fault_at(fixture->theme, 0)->file, S("templates/web/error.html"));
	expect_fault(fixture, 1,
	             "templates/mine/page_foot.html:0:: Courant has no template of this name, and no "
	             "template of the theme holds {{>mine/page_foot}}; did you mean web/page_foot? => "
	             "no page shows it");
	expect_fault(fixture, 2,
	             "templates/some/other.html:0:: Courant has no template of this name, and no "
	             "template of the theme holds {{>some/other}} => no page shows it");
	expect_fault_count(fixture, 3);
}

static void test_theme_is_told_what_browsers_refuse_and_stays_in_use(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html",
	           "<b onclick=\"x()\" style=\"color: red\">\n{{status}}</b>{{>my/part}}");
	write_file(fixture, "templates/my/part.html", "<script>\nx()</script>");
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/my/part.html:1:script: <script> in the page itself: put the code into "
	             "assets/x.js, and write <script src=\"{{#asset}}x.js{{/asset}}\" defer></script> "
	             "=> the security policy of the pages keeps browsers from it");
	expect_fault(fixture, 1,
	             "templates/web/error.html:1:onclick: onclick= in the page itself: put the code "
	             "into assets/x.js, and have it call addEventListener => the security policy of "
	             "the pages keeps browsers from it");
	expect_fault(fixture, 2,
	             "templates/web/error.html:1:style: style= in the page itself: give the element a "
	             "class, and put the style into assets/site.css => the security policy of the "
	             "pages keeps browsers from it");
	expect_fault_count(fixture, 3);
	assert_int_equal(theme_template_count(fixture->theme), 2);
	assert_true(page_has(fixture, "404</b><script>"));
}

static void test_theme_reads_no_links_no_pipes_and_nothing_huge(void **state)
{
	struct fixture *fixture = *state;
	Str huge = {malloc(THEME_TEMPLATE_MAX_BYTES + 1), THEME_TEMPLATE_MAX_BYTES + 1};
	assert_non_null(huge.bytes);
	memset((char *)(uintptr_t)huge.bytes, 'x', huge.length);
	write_bytes(fixture, "templates/web/error.html", huge);
	free((void *)(uintptr_t)huge.bytes);
	assert_int_equal(symlink("/etc/passwd", place(fixture, "templates/web/page_foot.html")), 0);
	assert_int_equal(symlink("/etc", place(fixture, "templates/etc")), 0);
	assert_int_equal(mkfifo(place(fixture, "templates/web/page_head.html"), 0600), 0);
	write_bytes(fixture, "assets/site.css", S("p::before { content: '\xFF' }"));
	write_bytes(fixture, "assets/a.js", S("a\0b"));
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/etc:0:: it is a symbolic link, and these are not followed => it is not "
	             "read");
	expect_fault(fixture, 1,
	             "templates/web/error.html:0:: it is larger than 262144 bytes => it is not read");
	expect_fault(fixture, 2,
	             "templates/web/page_foot.html:0:: it is a symbolic link, and these are not "
	             "followed => it is not read");
	assert_str(theme_fault_at(fixture->theme, 3)->sentence, S("it is not a file"));
	expect_fault(fixture, 4, "assets/a.js:0:: it holds a NUL, as no text does => it is not read");
	expect_fault(fixture, 5, "assets/site.css:0:: it is not UTF-8 => it is not read");
	expect_fault_count(fixture, 6);
	assert_true(page_has(fixture, "error-status"));
}

static void test_theme_that_is_not_there_is_a_fault_and_no_failure(void **state)
{
	struct fixture *fixture = *state;
	load(fixture);
	expect_fault(fixture, 0,
	             ":0:: the folder has neither templates nor assets in it => the site has Courant's "
	             "own look");
	struct theme *theme;
	assert_int_equal(theme_open(AT_FDCWD, S("/nowhere/at/all"), &theme), OK);
	assert_int_equal(theme_fault_count(theme), 1);
	assert_str(theme_fault_at(theme, 0)->sentence,
	           S("the folder can't be opened: No such file or directory"));
	theme_close(theme);
}

/* ---- assets ---- */

static Str asset_body(const struct fixture *fixture, const char *name)
{
	const struct asset *asset = asset_named(fixture->web, str_from_c(name));
	assert_non_null(asset);
	return asset->page->encodings[PAGE_IDENTITY].body;
}

static bool asset_head_has(const struct fixture *fixture, const char *name, const char *words)
{
	const struct asset *asset = asset_named(fixture->web, str_from_c(name));
	assert_non_null(asset);
	return str_find(asset->page->encodings[PAGE_IDENTITY].head, str_from_c(words)) != STR_NOT_FOUND;
}

static void test_theme_assets_replace_and_add(void **state)
{
	struct fixture *fixture = *state;
	char png[1000] = "\x89PNG";
	write_file(fixture, "assets/site.css", "p { color: red }");
	write_bytes(fixture, "assets/img/a.b.png", (Str){png, sizeof png});
	write_file(fixture, "templates/web/error.html",
	           "<img src=\"{{#asset}}img/a.b.png{{/asset}}\"><i>{{#asset}}site.js{{/asset}}</i>");
	load(fixture);
	expect_fault_count(fixture, 0);
	assert_str(asset_body(fixture, "site.css"), S("p { color: red }"));
	assert_true(asset_head_has(fixture, "img/a.b.png", "Content-Type: image/png\r\n"));
	const struct asset *picture = asset_named(fixture->web, S("img/a.b.png"));
	assert_int_equal(picture->page->encodings[PAGE_GZIP].head.length, 0);
	assert_int_equal(picture->page->encodings[PAGE_BROTLI].head.length, 0);
	assert_true(str_starts_with(picture->url.address, S("/assets/img/a.b.")));
	assert_int_equal(picture->url.address.length, strlen("/assets/img/a.b.12345678.png"));
	assert_true(page_has(fixture, "<img src=\"/assets/img/a.b."));
	assert_true(page_has(fixture, "<i>/assets/site."));
	/* Courant's own style is not there twice. */
	size_t styles = 0;
	for (size_t i = 0; i < fixture->web->asset_count; i++)
		styles += str_equal(fixture->web->assets[i].name, S("site.css"));
	assert_int_equal(styles, 1);
}

static void test_theme_template_with_an_unknown_asset_is_left_out(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "templates/web/error.html", "\n<img src=\"{{#asset}}log.svg{{/asset}}\">");
	write_file(fixture, "assets/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
	load(fixture);
	expect_fault(fixture, 0,
	             "templates/web/error.html:2:log.svg: there is no asset \"log.svg\" => Courant's "
	             "own is served");
	expect_fault_count(fixture, 1);
}

static void test_theme_style_names_assets_by_their_own_addresses(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "assets/a.svg", "<svg/>");
	write_file(fixture, "assets/f/a.woff2", "font");
	write_file(fixture, "assets/site.css",
	           "/* url(none.svg) */\n"
	           "@import 'more.css';\n"
	           "b { content: \"url(none.svg)\"; background: url( a.svg ) }\n"
	           "@font-face { src: URL(\"f/a.woff2#x\"), url(./a.svg?1) }\n"
	           "c { background: url(gone.svg), url(#x), url(/y), url('https://e.example/z.png') }\n"
	           "d { background: url(\"a.svg\n) }");
	load(fixture);
	const struct asset *svg = asset_named(fixture->web, S("a.svg"));
	const struct asset *font = asset_named(fixture->web, S("f/a.woff2"));
	char want[1024];
	snprintf(want, sizeof want,
	         "/* url(none.svg) */\n"
	         "@import 'more.css';\n"
	         "b { content: \"url(none.svg)\"; background: url( %.*s ) }\n"
	         "@font-face { src: URL(\"%.*s#x\"), url(%.*s?1) }\n"
	         "c { background: url(gone.svg), url(#x), url(/y), url('https://e.example/z.png') }\n"
	         "d { background: url(\"a.svg\n) }",
	         STR(svg->url.address), STR(font->url.address), STR(svg->url.address));
	assert_str(asset_body(fixture, "site.css"), str_from_c(want));
	expect_fault(
	    fixture, 0,
	    "assets/site.css:2:more.css: more.css: one style sheet can't bring in another: put "
	    "it into this one => the rest of the file is served");
	expect_fault(fixture, 1,
	             "assets/site.css:5:gone.svg: gone.svg: there is no such asset => the rest of the "
	             "file is served");
	expect_fault(
	    fixture, 2,
	    "assets/site.css:5:https://e.example/z.png: https://e.example/z.png: browsers load "
	    "nothing from elsewhere here: put the file into the theme => the rest of the file "
	    "is served");
	expect_fault_count(fixture, 3);
}

/* ---- when a page is made ---- */

static void test_theme_page_that_can_not_be_made_is_made_with_courants_own(void **state)
{
	struct fixture *fixture = *state;
	char *large = malloc(120001);
	assert_non_null(large);
	memset(large, 'x', 120000);
	large[120000] = '\0';
	write_file(fixture, "templates/web/error.html", large);
	free(large);
	load(fixture);
	expect_fault_count(fixture, 0);
	/* The page may have 100,000 bytes. */
	assert_true(page_has(fixture, "error-status"));
	assert_false(page_has(fixture, "xxxx"));
	size_t told = 0;
	for (size_t i = 0; i < BINDINGS_MAX; i++)
		told += fixture->web->fell_back[i];
	assert_int_equal(told, 1);
}

#define THEME_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    THEME_TEST(test_theme_replaces_a_page_and_a_partial_and_adds_one),
	    THEME_TEST(test_theme_loses_a_broken_page_alone),
	    THEME_TEST(test_theme_loses_a_broken_partial_and_what_needs_it),
	    THEME_TEST(test_theme_is_told_the_faults_behind_one_that_ends_a_page),
	    THEME_TEST(test_theme_that_grows_without_end_is_left_out),
	    THEME_TEST(test_theme_with_thousands_of_faults_is_told_of_the_first),
	    THEME_TEST(test_theme_files_that_nothing_asks_for_are_told),
	    THEME_TEST(test_theme_files_that_nothing_asks_for_are_told_beside_other_faults),
	    THEME_TEST(test_theme_is_told_what_browsers_refuse_and_stays_in_use),
	    THEME_TEST(test_theme_reads_no_links_no_pipes_and_nothing_huge),
	    THEME_TEST(test_theme_that_is_not_there_is_a_fault_and_no_failure),
	    THEME_TEST(test_theme_assets_replace_and_add),
	    THEME_TEST(test_theme_template_with_an_unknown_asset_is_left_out),
	    THEME_TEST(test_theme_style_names_assets_by_their_own_addresses),
	    THEME_TEST(test_theme_page_that_can_not_be_made_is_made_with_courants_own),
	};
	return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}
