#include "web/test_support.h"

static const char *const fields[] = {"name", "text", "website", NULL};

struct fixture {
	struct arena mem;
	struct web_request request;
};

static int setup(void **state)
{
	static struct fixture fixture;
	arena_init(&fixture.mem, 1 << 20);
	fixture.request = (struct web_request){.mem = &fixture.mem};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	arena_done(&fixture->mem);
	return 0;
}

static Err decode(void **state, const char *body)
{
	struct fixture *fixture = *state;
	return form_decode(str_from_c(body), fields, &fixture->request);
}

static Str value(void **state, const char *name)
{
	struct fixture *fixture = *state;
	return web_form(&fixture->request, name);
}

static void test_form_decode_reads_plus_and_escapes(void **state)
{
	assert_int_equal(decode(state, "name=Layla+H.&text=a%0D%0Ab%26c%3D%C3%A9"), OK);
	assert_str(value(state, "name"), S("Layla H."));
	assert_str(value(state, "text"), S("a\r\nb&c=é"));
	assert_str(value(state, "website"), S(""));
}

static void test_form_decode_keeps_a_percent_that_begins_no_escape(void **state)
{
	assert_int_equal(decode(state, "name=100%&text=50%zz%4"), OK);
	assert_str(value(state, "name"), S("100%"));
	assert_str(value(state, "text"), S("50%zz%4"));
}

static void test_form_decode_keeps_bytes_that_are_not_text(void **state)
{
	assert_int_equal(decode(state, "name=%00%FF&text=x"), OK);
	assert_int_equal(value(state, "name").length, 2);
}

static void test_form_decode_keeps_equal_signs_of_a_value(void **state)
{
	assert_int_equal(decode(state, "name=a=b&text="), OK);
	assert_str(value(state, "name"), S("a=b"));
}

static void test_form_decode_names_what_the_route_does_not_declare(void **state)
{
	assert_int_equal(decode(state, "role=editor&name=a&text=b"), ERR_INVALID);
	/* What was written is there all the same: the answer keeps it. */
	assert_str(value(state, "name"), S("a"));
	assert_str(value(state, "text"), S("b"));
	assert_str(value(state, "role"), S(""));
}

static void test_form_decode_keeps_the_first_of_a_field_sent_twice(void **state)
{
	assert_int_equal(decode(state, "name=a&name=c&text=b"), ERR_INVALID);
	assert_str(value(state, "name"), S("a"));
	assert_str(value(state, "text"), S("b"));
}

static void test_form_decode_takes_a_missing_field_as_empty(void **state)
{
	assert_int_equal(decode(state, "name=a"), OK);
	assert_str(value(state, "text"), S(""));
	assert_int_equal(decode(state, ""), OK);
}

/* ---- one-time keys ---- */

static const struct mac_key site_key = {{1, 2, 3}};
static const struct mac_key other_key = {{1, 2, 4}};
#define NOW INT64_C(1627000000000)

static void test_form_key_is_good_for_its_cookie_and_a_day(void **state)
{
	struct fixture *fixture = *state;
	Str key;
	Str id;
	assert_int_equal(form_key_make(&site_key, S("cookie"), NOW, &fixture->mem, &key), OK);
	assert_true(form_key_check(&site_key, S("cookie"), key, NOW, &id));
	assert_true(form_key_check(&site_key, S("cookie"), key, NOW + FORM_KEY_LIFE_MS, &id));
	assert_str(id, key);
	assert_false(form_key_check(&site_key, S("cookie"), key, NOW + FORM_KEY_LIFE_MS + 1, &id));
	assert_false(form_key_check(&site_key, S("other"), key, NOW, &id));
	assert_false(form_key_check(&site_key, S(""), key, NOW, &id));
	assert_false(form_key_check(&other_key, S("cookie"), key, NOW, &id));
}

static void test_form_key_with_one_character_changed_is_none(void **state)
{
	struct fixture *fixture = *state;
	Str key;
	Str id;
	char changed[64];
	assert_int_equal(form_key_make(&site_key, S("cookie"), NOW, &fixture->mem, &key), OK);
	for (size_t i = 0; i < key.length; i++) {
		memcpy(changed, key.bytes, key.length);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_false(form_key_check(&site_key, S("cookie"), (Str){changed, key.length}, NOW, &id));
	}
	assert_false(form_key_check(&site_key, S("cookie"), S(""), NOW, &id));
	assert_false(
	    form_key_check(&site_key, S("cookie"), str_slice(key, 0, key.length - 1), NOW, &id));
}

static void test_form_key_of_the_same_words_is_the_same_that_day_only(void **state)
{
	struct fixture *fixture = *state;
	const Str parts[] = {S("block"), S("ab"), S("c")};
	const Str shifted[] = {S("block"), S("a"), S("bc")};
	Str first;
	Str again;
	Str tomorrow;
	Str moved;
	assert_int_equal(form_key_of(&site_key, parts, 3, NOW, &fixture->mem, &first), OK);
	assert_int_equal(form_key_of(&site_key, parts, 3, NOW, &fixture->mem, &again), OK);
	assert_int_equal(form_key_of(&site_key, parts, 3, NOW + DAY_MS, &fixture->mem, &tomorrow), OK);
	assert_int_equal(form_key_of(&site_key, shifted, 3, NOW, &fixture->mem, &moved), OK);
	assert_str(first, again);
	assert_false(str_equal(first, tomorrow));
	assert_false(str_equal(first, moved));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_form_decode_reads_plus_and_escapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_keeps_a_percent_that_begins_no_escape,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_keeps_bytes_that_are_not_text, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_keeps_equal_signs_of_a_value, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_names_what_the_route_does_not_declare,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_keeps_the_first_of_a_field_sent_twice,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_decode_takes_a_missing_field_as_empty, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_form_key_is_good_for_its_cookie_and_a_day, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_form_key_with_one_character_changed_is_none, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_form_key_of_the_same_words_is_the_same_that_day_only,
	                                    setup, teardown),
	};
	if (!random_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
