#include "html/template.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h needs the two above it. */
#include <cmocka.h>

static void inline_tell(enum template_inline what, Str name, size_t line, void *context)
{
	static const char *const words[] = {"script", "style element", "style", "handler"};
	buf_format(context, "%zu %s %.*s; ", line, words[what], STR(name));
}

static void assert_inline(const char *text, const char *expected)
{
	struct buf told;
	buf_init(&told, 1000);
	template_inline_each(str_from_c(text), inline_tell, &told);
	bool is_equal = str_equal(buf_str(&told), str_from_c(expected));
	if (!is_equal)
		print_error("%s\nhas %.*s\n", text, STR(buf_str(&told)));
	buf_done(&told);
	assert_true(is_equal);
}

static void test_template_inline_names_what_browsers_refuse(void **state)
{
	(void)state;
	assert_inline("", "");
	assert_inline("<p>\n<a href=\"/\"\n {{#x}} OnClick='y()'{{/x}} style=\"z\">a</a>",
	              "3 handler OnClick; 3 style style; ");
	assert_inline("<script>\nalert(1)</script>\n<SCRIPT type=module style=a>x</SCRIPT>",
	              "1 script script; 3 script SCRIPT; 3 style style; ");
	assert_inline("<style>p { }</style><style></style>",
	              "1 style element style; 1 style element style; ");
	assert_inline("<noscript><p onload=x></noscript>", "1 handler onload; ");
	/* What is no code, and what is another's. */
	assert_inline("<script src=\"{{#asset}}x.js{{/asset}}\" defer></script><script> </script>"
	              "<script>{{{title}}}</script><script type=\"application/ld+json\">{\"a\":1}"
	              "</script><script src=x>y</script>",
	              "");
	assert_inline("{{! <p onclick=x> }}<!-- <p onclick=x> --><title><p onclick=x></title>"
	              "<p data-onclick=x on=y title='<p onclick=x>' class=\"style\">onclick=x",
	              "");
	assert_inline("<p {{unclosed <p onclick=x>", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_template_inline_names_what_browsers_refuse),
	};
	return cmocka_run_group_tests_name("template_inline", tests, NULL, NULL);
}
