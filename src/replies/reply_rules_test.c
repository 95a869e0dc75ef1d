#include "base/test.h"

#include "base/utf8.h"
#include "replies/replies.h"

#include <stdlib.h>

#define GOOD .name = S("Nadia"), .email = S("nadia@example.org"), .text = S("Well written.")

struct check {
	struct arena mem;
	struct reply_problems problems;
	struct reply_input out;
	bool ok;
};

static void check_done(struct check *check)
{
	arena_done(&check->mem);
}

static void check_run(struct check *check, struct reply_input input)
{
	*check = (struct check){0};
	arena_init(&check->mem, (size_t)1024 * 1024);
	assert_int_equal(reply_check(&input, &check->mem, &check->problems, &check->out, &check->ok),
	                 OK);
}
#define CHECK_OF(input)                                                                            \
	CLEANUP(check_done) struct check check;                                                        \
	check_run(&check, (input))

static void assert_same(Str str, Str expected)
{
	if (!str_equal(str, expected))
		print_error("found    %.*s\nexpected %.*s\n", STR(str), STR(expected));
	assert_true(str_equal(str, expected));
}

static void test_reply_check_trims_and_completes(void **state)
{
	(void)state;
	CHECK_OF(((struct reply_input){S(" Nadia\xC2\xA0Rahim\n"), S(" nadia@example.org "),
	                               S("example.org/caf\xC3\xA9"), S("\n One\r\ntwo\rthree \n")}));
	assert_true(check.ok);
	assert_same(check.out.name, S("Nadia\xC2\xA0Rahim"));
	assert_same(check.out.email, S("nadia@example.org"));
	assert_same(check.out.website, S("https://example.org/caf%C3%A9"));
	assert_same(check.out.text, S("One\ntwo\nthree"));
}

static void test_reply_check_names_every_field_that_is_wrong(void **state)
{
	(void)state;
	CHECK_OF(((struct reply_input){S(""), S(""), S("no"), S("")}));
	assert_false(check.ok);
	assert_string_equal(check.problems.name, "Write your name: the field is empty.");
	assert_string_equal(check.problems.email,
	                    "Write your e-mail address: it is needed, and never shown.");
	assert_string_equal(check.problems.text, "Write your reply: the text is empty.");
	assert_non_null(check.problems.website);
	assert_null(check.out.name.bytes);
}

static void assert_name(Str name, const char *kept)
{
	CHECK_OF(((struct reply_input){.name = name, .email = S("a@b.org"), .text = S("x")}));
	if (check.ok != (kept != NULL))
		print_error("name %.*s\n", STR(name));
	assert_int_equal(check.ok, kept != NULL);
	if (kept != NULL)
		assert_same(check.out.name, str_from_c(kept));
	else
		assert_non_null(check.problems.name);
}

static void test_reply_name_shows_what_it_is(void **state)
{
	(void)state;
	assert_name(S("Ng\xC5\xA9 Anh 2"), "Ng\xC5\xA9 Anh 2");
	assert_name(S("مُحَمَّد"), "مُحَمَّد");
	/* A joiner inside a Kurdish or Persian name stays, one at its end does not. */
	assert_name(S("نیک\xE2\x80\x8Cپور"), "نیک\xE2\x80\x8Cپور");
	assert_name(S("Ann\xE2\x80\x8C"), "Ann");
	assert_name(S("A\xE2\x80\xAE"
	              "dmin\xE2\x80\x8B"),
	            "Admin");
	assert_name(S("caf\x65\xCC\x81"), "caf\xC3\xA9");
	assert_name(S("Z\xCC\x96\xCC\x97"), "Z\xCC\x96\xCC\x97");
	assert_name(S("Z\xCC\x96\xCC\x97\xCC\x98"), NULL);
	assert_name(S("\xE3\x85\xA4"), NULL);         /* a letter that shows nothing */
	assert_name(S("\xE2\x80\x8B\xC2\xA0"), NULL); /* spaces, seen and unseen */
	assert_name(S("..."), NULL);
	assert_name(S("a\nb"), NULL);
	assert_name(S("a\tb"), NULL);
	assert_name(((Str){"a\0b", 3}), NULL);
	assert_name(S("a\x1B"), NULL);
	assert_name(S("\xC0\xAF"), NULL);
	char long_name[REPLY_NAME_MAX + 1];
	memset(long_name, 'n', sizeof long_name);
	CHECK_OF(((struct reply_input){
	    .name = {long_name, REPLY_NAME_MAX}, .email = S("a@b.org"), .text = S("x")}));
	assert_true(check.ok);
	assert_name(((Str){long_name, sizeof long_name}), NULL);
}

static void test_reply_email_can_be_an_address(void **state)
{
	(void)state;
	static const char *const good[] = {"a@b.org", "first.last+tag@sub.example-site.co.uk",
	                                   "o'neil@example.org", "1@2.example",
	                                   "x_y@xn--mgbh0fb.example"};
	static const char *const bad[] = {
	    "a",
	    "@",
	    "a@",
	    "@b.org",
	    "a@b",
	    "a@b..org",
	    "a@.org",
	    "a@b.org.",
	    ".a@b.org",
	    "a.@b.org",
	    "a..b@c.org",
	    "a@b@c.org",
	    "\"a\"@b.org",
	    "a b@c.org",
	    "a@b.123",
	    "a@[127.0.0.1]",
	    "a@-b.org",
	    "a@b-.org",
	    "a@b_c.org",
	    "a@b.org\nBcc: c@d.org",
	    "<a@b.org>",
	    "a@b.org,c@d.org",
	    "\xD8\xA7@b.org",
	    "\xFF@b.org",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.org"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		CHECK_OF(
		    ((struct reply_input){.name = S("N"), .email = str_from_c(good[i]), .text = S("x")}));
		assert_null(check.problems.email);
		assert_same(check.out.email, str_from_c(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_OF(
		    ((struct reply_input){.name = S("N"), .email = str_from_c(bad[i]), .text = S("x")}));
		if (check.problems.email == NULL)
			print_error("taken: %s\n", bad[i]);
		assert_non_null(check.problems.email);
	}
}

static void test_reply_website_is_an_address_of_the_web(void **state)
{
	(void)state;
	static const struct {
		const char *given, *kept;
	} good[] = {
	    {"", ""},
	    {" ", ""},
	    {"http://example.org/a?b=c#d", "http://example.org/a?b=c#d"},
	    {"https://sub.example.org", "https://sub.example.org"},
	};
	static const char *const bad[] = {"javascript:alert(1)",
	                                  "javascript://example.org/%0Aalert(1)",
	                                  "data:text/html,x",
	                                  "ftp://example.org",
	                                  "http://",
	                                  "https://u:p@example.org",
	                                  "//",
	                                  "mailto:a@b.org",
	                                  "hello",
	                                  "http://exa mple.org",
	                                  "http://example.org\n/",
	                                  "\xFF"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		CHECK_OF(((struct reply_input){GOOD, .website = str_from_c(good[i].given)}));
		assert_true(check.ok);
		assert_true(str_starts_with(check.out.website, str_from_c(good[i].kept)));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_OF(((struct reply_input){GOOD, .website = str_from_c(bad[i])}));
		if (check.problems.website == NULL)
			print_error("taken: %s\n", bad[i]);
		assert_non_null(check.problems.website);
	}
	/* The longest that is taken can be shown: what is kept passes the same check again. */
	enum { LONGEST_BYTES = 12 + 2 * (REPLY_WEBSITE_MAX - 12) };
	char longest[LONGEST_BYTES + 4] = "example.org/";
	for (size_t i = 12; i < LONGEST_BYTES; i += 2)
		utf8_encode(0x627, longest + i);
	Url again;
	CLEANUP(check_done) struct check kept;
	check_run(&kept, (struct reply_input){GOOD, .website = {longest, LONGEST_BYTES}});
	assert_true(kept.ok);
	assert_int_equal(url_parse_web(kept.out.website, REPLY_WEBSITE_MAX_BYTES, &kept.mem, &again),
	                 OK);
	assert_same(again.address, kept.out.website);
	CHECK_OF(((struct reply_input){GOOD, .website = S("example.org")}));
	assert_true(str_starts_with(check.out.website, S("https://example.org")));
}

static void test_reply_text_is_kept_or_refused_but_never_cut(void **state)
{
	(void)state;
	char *text = malloc(2 * REPLY_TEXT_MAX + 4);
	assert_non_null(text);
	for (size_t i = 0; i <= REPLY_TEXT_MAX; i++)
		utf8_encode(0x627, text + 2 * i);
	CLEANUP(check_done) struct check longest;
	check_run(&longest, (struct reply_input){.name = S("N"),
	                                         .email = S("a@b.org"),
	                                         .text = {text, (size_t)2 * REPLY_TEXT_MAX}});
	assert_true(longest.ok);
	assert_int_equal(longest.out.text.length, 2 * REPLY_TEXT_MAX);
	CLEANUP(check_done) struct check longer;
	check_run(&longer, (struct reply_input){.name = S("N"),
	                                        .email = S("a@b.org"),
	                                        .text = {text, (size_t)2 * REPLY_TEXT_MAX + 2}});
	assert_string_equal(longer.problems.text, "Shorten your reply: it may have 10,000 characters.");
	free(text);
	const Str bad[] = {{"a\0b", 3}, S("a\x07"), S("\xED\xA0\x80"), S("\xC2\x85")};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_OF(((struct reply_input){.name = S("N"), .email = S("a@b.org"), .text = bad[i]}));
		assert_non_null(check.problems.text);
	}
	CHECK_OF(((struct reply_input){.name = S("N"),
	                               .email = S("a@b.org"),
	                               .text = S("<b>\tI & you</b>\n\n\xE2\x80\x9Cso\xE2\x80\x9D")}));
	assert_same(check.out.text, S("<b>\tI & you</b>\n\n\xE2\x80\x9Cso\xE2\x80\x9D"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reply_check_trims_and_completes),
	    cmocka_unit_test(test_reply_check_names_every_field_that_is_wrong),
	    cmocka_unit_test(test_reply_name_shows_what_it_is),
	    cmocka_unit_test(test_reply_email_can_be_an_address),
	    cmocka_unit_test(test_reply_website_is_an_address_of_the_web),
	    cmocka_unit_test(test_reply_text_is_kept_or_refused_but_never_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
