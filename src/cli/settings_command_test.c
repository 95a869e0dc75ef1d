#include "base/test.h"
#include "cli/cli_private.h"

static void assert_shown(const char *value, const char *expected)
{
	struct arena mem CLEANUP(arena_done);
	Str shown;
	arena_init(&mem, 4096);
	assert_int_equal(setting_shown(&mem, str_from_c(value), &shown), OK);
	assert_int_equal(shown.length, strlen(expected));
	assert_memory_equal(shown.bytes, expected, shown.length);
}

static void test_settings_without_a_secret_are_shown_whole(void **state)
{
	(void)state;
	static const char *const values[] = {
	    "",
	    "64MB",
	    "https://news.example",
	    "postgres://db.example/courant",
	    "postgres://courant@db.example:5432/courant?sslmode=verify-full",
	    "postgres:///courant?host=/run/postgresql",
	};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		assert_shown(values[i], values[i]);
}

static void test_settings_show_no_password(void **state)
{
	(void)state;
	assert_shown("postgres://me:secret@db/x", "postgres://me:…@db/x");
	assert_shown("postgres://me:@db/x", "postgres://me:…@db/x");
	assert_shown("postgres://:secret@db/x?sslmode=require", "postgres://:…@db/x?sslmode=require");
	assert_shown("postgres://db/x?user=u&password=secret", "postgres://db/x?…");
	assert_shown("postgres://db/x?Password=secret", "postgres://db/x?…");
	assert_shown("postgres://db/x?sslpassword=secret", "postgres://db/x?…");
	assert_shown("postgres://me:one@db/x?password=secret", "postgres://me:…@db/x?…");
	/* libpq decodes names too. */
	assert_shown("postgres://db/x?pass%77ord=secret", "postgres://db/x?…");
}

static void test_settings_show_nothing_where_a_password_may_be_anywhere(void **state)
{
	(void)state;
	static const char *const values[] = {
	    "postgres://me:sec@ret@db/x",
	    "postgres://me:sec/ret@db/x",
	    "postgres://me:sec?ret@db/x",
	    "postgres://me%3Asecret@db/x",
	};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		assert_shown(values[i], "postgres://…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings_without_a_secret_are_shown_whole),
	    cmocka_unit_test(test_settings_show_no_password),
	    cmocka_unit_test(test_settings_show_nothing_where_a_password_may_be_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
