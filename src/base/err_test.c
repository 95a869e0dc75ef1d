#include "base/err.h"

#include "base/test.h"
#include "base/utf8.h"

#include <pthread.h>

static Err refuse(Err code, const char *sentence)
{
	return fail(code, "%s", sentence);
}

static Err passes_up(Err code, bool *went_on)
{
	TRY(code == OK ? OK : refuse(code, "below"));
	*went_on = true;
	return OK;
}

static void test_try_passes_a_failure_up_and_nothing_else(void **state)
{
	(void)state;
	bool went_on = false;
	assert_int_equal(passes_up(ERR_CONFLICT, &went_on), ERR_CONFLICT);
	assert_false(went_on);
	assert_int_equal(passes_up(OK, &went_on), OK);
	assert_true(went_on);
}

static void test_fail_may_quote_the_failure_before(void **state)
{
	(void)state;
	assert_int_equal(refuse(ERR_IO, "the disk is full"), ERR_IO);
	assert_int_equal(fail(ERR_UNAVAILABLE, "not stored: %.*s", STR(err_text())), ERR_UNAVAILABLE);
	assert_string_equal(err_text().bytes, "not stored: the disk is full");
}

static void test_fail_cuts_a_long_sentence_between_characters(void **state)
{
	(void)state;
	char sentence[2 * ERR_TEXT_MAX + 1] = "";
	for (size_t shift = 0; shift < 4; shift++) {
		memset(sentence, 'a', shift);
		for (size_t i = shift; i + 4 < sizeof sentence; i += 4)
			memcpy(sentence + i, "\xF0\x9F\x98\x80", 5);
		assert_int_equal(refuse(ERR_INVALID, sentence), ERR_INVALID);
		assert_true(utf8_is_valid(err_text()));
		assert_in_range(err_text().length, ERR_TEXT_MAX - 4, ERR_TEXT_MAX - 1);
		assert_int_equal(strlen(err_text().bytes), err_text().length);
	}
}

static void *fail_elsewhere(void *note)
{
	err_note_take(note, refuse(ERR_GONE, "withdrawn elsewhere"));
	return NULL;
}

static void test_err_note_carries_a_failure_between_threads(void **state)
{
	(void)state;
	struct err_note note;
	pthread_t thread;
	assert_int_equal(refuse(ERR_DENIED, "here"), ERR_DENIED);
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &note), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(err_text().bytes, "here");
	assert_int_equal(err_note_give(&note), ERR_GONE);
	assert_string_equal(err_text().bytes, "withdrawn elsewhere");
	note.code = OK;
	assert_int_equal(err_note_give(&note), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_try_passes_a_failure_up_and_nothing_else),
	    cmocka_unit_test(test_fail_may_quote_the_failure_before),
	    cmocka_unit_test(test_fail_cuts_a_long_sentence_between_characters),
	    cmocka_unit_test(test_err_note_carries_a_failure_between_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
