#include "base/random.h"

#include "base/test.h"

static const struct mac_key key = {{1, 2, 3}};

static void mac_of(const Str *parts, size_t count, unsigned char out[MAC_BYTES])
{
	mac_make(&key, parts, count, out);
}

static void test_random_bytes_differ(void **state)
{
	(void)state;
	unsigned char a[32] = {0};
	unsigned char b[32] = {0};
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
}

static void test_mac_make_tells_parts_and_keys_apart(void **state)
{
	(void)state;
	static const struct mac_key other = {{1, 2, 4}};
	unsigned char first[MAC_BYTES];
	unsigned char again[MAC_BYTES];
	mac_of((Str[]){S("ab"), S("c")}, 2, first);
	mac_of((Str[]){S("ab"), S("c")}, 2, again);
	assert_true(mac_equal(first, again));
	mac_of((Str[]){S("a"), S("bc")}, 2, again);
	assert_false(mac_equal(first, again));
	mac_of((Str[]){S("ab"), S("c"), S("")}, 3, again);
	assert_false(mac_equal(first, again));
	mac_make(&other, (Str[]){S("ab"), S("c")}, 2, again);
	assert_false(mac_equal(first, again));
	mac_of((Str[]){{NULL, 0}}, 1, first);
	mac_of((Str[]){S("")}, 1, again);
	assert_true(mac_equal(first, again));
}

static void test_mac_equal_looks_at_every_byte(void **state)
{
	(void)state;
	unsigned char a[MAC_BYTES];
	unsigned char b[MAC_BYTES];
	random_bytes(a, sizeof a);
	memcpy(b, a, sizeof b);
	assert_true(mac_equal(a, b));
	for (size_t i = 0; i < MAC_BYTES; i++) {
		b[i] ^= 1;
		assert_false(mac_equal(a, b));
		b[i] ^= 1;
	}
}

static void test_hash_keyed_is_the_same_for_the_same_text(void **state)
{
	(void)state;
	assert_true(hash_keyed(S("/politics")) == hash_keyed(S("/politics")));
	assert_false(hash_keyed(S("/politics")) == hash_keyed(S("/politic")));
	assert_true(hash_keyed((Str){NULL, 0}) == hash_keyed(S("")));
}

static void test_base64url_undoes_itself_at_every_length(void **state)
{
	(void)state;
	struct arena mem;
	unsigned char bytes[64];
	unsigned char again[64];
	arena_init(&mem, 100000);
	random_bytes(bytes, sizeof bytes);
	for (size_t size = 0; size <= sizeof bytes; size++) {
		Str text;
		assert_int_equal(base64url_format(bytes, size, &mem, &text), OK);
		assert_int_equal(text.length, (size * 4 + 2) / 3);
		for (size_t i = 0; i < text.length; i++)
			assert_true(text.bytes[i] != '+' && text.bytes[i] != '/' && text.bytes[i] != '=');
		assert_true(base64url_parse(text, again, size));
		assert_memory_equal(again, bytes, size);
	}
	arena_done(&mem);
}

static void test_base64url_parse_refuses_all_but_the_one_form(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",     "AA",   "AAA",   "AAAAA", "AAAA=", "AAAA\n",
	    "AA+A", "AA/A", " AAAA", "AA A",  "AAAÄ",  "AA==",
	};
	unsigned char out[3];
	assert_true(base64url_parse(S("-_-_"), out, 3));
	assert_memory_equal(out, "\xFB\xFF\xBF", 3);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(base64url_parse(str_from_c(wrong[i]), out, 3));
	/* Bits behind the last byte must be zero: one code has one form. */
	assert_true(base64url_parse(S("AA"), out, 1));
	assert_false(base64url_parse(S("AB"), out, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_bytes_differ),
	    cmocka_unit_test(test_mac_make_tells_parts_and_keys_apart),
	    cmocka_unit_test(test_mac_equal_looks_at_every_byte),
	    cmocka_unit_test(test_hash_keyed_is_the_same_for_the_same_text),
	    cmocka_unit_test(test_base64url_undoes_itself_at_every_length),
	    cmocka_unit_test(test_base64url_parse_refuses_all_but_the_one_form),
	};
	if (!random_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
