#include "server/command.h"

#include <unistd.h>

#include "base/test.h"

static Err refuse_run(struct command_context *context)
{
	if (command_has(context, "misuse"))
		return command_misused(context, "--misuse is never right");
	return (Err)ERR_CONFLICT;
}

static const struct command_option add_options[] = {
    {"headline", "TEXT", false, "the headline"}, {"tag", "NAME", true, "a tag"},
    {"publish", NULL, false, "publish it"},      {"misuse", NULL, false, "a wrong thing"},
    {"body", COMMAND_INPUT, false, "the text"},  {0},
};
static const struct command add = {.words = "story add",
                                   .operands = "",
                                   .summary = "Adds",
                                   .options = add_options,
                                   .run = refuse_run};
static const struct command show = {
    .words = "story show", .operands = "ID [PART]", .summary = "Shows", .run = refuse_run};
static const struct command serve_row = {.words = "serve",
                                         .operands = "",
                                         .summary = "Serves",
                                         .takes_settings = true,
                                         .run = refuse_run};
static const struct command *const rows[] = {&add, &show, &serve_row};
static const struct command_table table = {rows, 3};

#define WORDS_MAX 200

static Err parse(struct command_call *call, const char *line)
{
	Str words[WORDS_MAX];
	size_t count = 0;
	Str rest = str_from_c(line);
	while (count < WORDS_MAX && !str_is_empty(rest) && str_next(&rest, ' ', &words[count]))
		count++;
	return command_parse(&table, words, count, call);
}

#define assert_refused(line, sentence)                                                             \
	do {                                                                                           \
		struct command_call refused_call = {0};                                                    \
		assert_int_equal(parse(&refused_call, line), ERR_INVALID);                                 \
		assert_string_equal(err_text().bytes, sentence);                                           \
		assert_null(refused_call.command);                                                         \
	} while (0)

static void assert_str(Str actual, const char *expected)
{
	assert_int_equal(actual.length, strlen(expected));
	assert_memory_equal(actual.bytes, expected, actual.length);
}

static void test_command_parse_finds_command_and_options(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "story add --headline One --tag=a --tag b --publish"), OK);
	assert_ptr_equal(call.command, &add);
	assert_int_equal(call.given_count, 4);
	assert_str(call.given[0].value, "One");
	assert_str(call.given[1].value, "a");
	assert_str(call.given[2].value, "b");
	assert_string_equal(call.given[3].option->name, "publish");
}

static void test_command_parse_takes_general_options_on_both_sides(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "--site a --json story show 7"), OK);
	assert_str(call.site, "a");
	assert_true(call.json);
	assert_str(call.operands[0], "7");
	assert_int_equal(parse(&call, "story show 7 --json --site=b"), OK);
	assert_str(call.site, "b");
	assert_true(call.json);
}

static void test_command_parse_leaves_values_that_look_like_options(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "story add --headline --json --body -"), OK);
	assert_str(call.given[0].value, "--json");
	assert_false(call.json);
	assert_str(command_input(&call)->value, "-");
}

static void test_command_parse_ends_options_at_two_dashes(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "story show -- --json"), OK);
	assert_str(call.operands[0], "--json");
	assert_false(call.json);
}

static void test_command_parse_counts_operands(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "story show 7 body"), OK);
	assert_int_equal(call.operand_count, 2);
	assert_refused("story show", "ID is missing");
	assert_refused("story show 7 body more", "\"more\" is one word too many");
	assert_refused("story show 1 2 3 4 5", "\"3\" is one word too many");
	assert_refused("story add 7", "\"7\" is one word too many");
}

static void test_command_parse_refuses_wrong_usage_in_words(void **state)
{
	(void)state;
	assert_refused("stroy", "there is no command \"stroy\"");
	assert_refused("story", "after \"story\" comes one of add, show");
	assert_refused("story delete", "after \"story\" comes one of add, show");
	assert_refused("--loud serve", "there is no option --loud");
	assert_refused("-x serve", "there is no option -x");
	assert_refused("story add -p", "there is no option -p");
	assert_refused("story add --listen 1", "there is no option --listen");
	assert_refused("story add --headline", "--headline needs a value");
	assert_refused("story add --publish=yes", "--publish takes no value");
	assert_refused("story add --headline a --headline b", "--headline is given twice");
	assert_refused("story show 7 --site=", "--site needs the name of a folder");
}

static void test_command_begun_is_found_whatever_follows(void **state)
{
	(void)state;
	static const Str words[] = {S("--site"), S("x"), S("story"), S("show"), S("--none")};
	const struct command *command = command_begun(&table, words, 5);
	assert_non_null(command);
	assert_string_equal(command->words, "story show");
	assert_null(command_begun(&table, words, 3));
	assert_null(command_begun(&table, words, 2));
	assert_null(command_begun(&table, words + 4, 1));
}

static void test_command_parse_bounds_the_number_of_options(void **state)
{
	(void)state;
	char line[1024] = "story add";
	size_t length = strlen(line);
	for (int i = 0; i <= COMMAND_OPTIONS_MAX; i++)
		length += (size_t)snprintf(line + length, sizeof line - length, " --tag=%d", i);
	assert_refused(line, "more than 64 options are given");
}

static void test_command_parse_takes_settings_where_the_command_does(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "serve --listen 127.0.0.1:0 --cache.size=1MB"), OK);
	assert_int_equal(call.setting_count, 4);
	assert_str(call.settings[0], "listen");
	assert_str(call.settings[1], "127.0.0.1:0");
	assert_str(call.settings[2], "cache.size");
	assert_str(call.settings[3], "1MB");
	assert_refused("serve --cache.colour red", "there is no option --cache.colour");
}

static void test_command_parse_gives_help_before_it_looks_at_operands(void **state)
{
	(void)state;
	struct command_call call;
	assert_int_equal(parse(&call, "story show --help"), OK);
	assert_ptr_equal(call.command, &show);
	assert_true(call.help);
	assert_int_equal(parse(&call, "story --help"), OK);
	assert_null(call.command);
	assert_str(call.family, "story");
	assert_int_equal(parse(&call, "-h"), OK);
	assert_true(call.help);
	assert_int_equal(parse(&call, ""), OK);
	assert_null(call.command);
	assert_false(call.help);
}

static enum exit_code run(const char *line, char **out, char **err)
{
	size_t out_bytes;
	size_t err_bytes;
	struct command_call call;
	struct arena mem;
	arena_init(&mem, 1 << 16);
	struct command_io io = {NULL, open_memstream(out, &out_bytes), open_memstream(err, &err_bytes),
	                        -1};
	assert_int_equal(parse(&call, line), OK);
	struct command_context context = {.call = &call, .io = &io, .mem = &mem};
	Err noted = fail(ERR_CONFLICT, "the name \"\x1b[2J\xff\" is taken");
	(void)noted;
	enum exit_code code = command_run(&context);
	fclose(io.out);
	fclose(io.err);
	arena_done(&mem);
	return code;
}

static void test_command_run_says_why_without_acting_on_a_terminal(void **state)
{
	(void)state;
	char *out;
	char *err;
	assert_int_equal(run("story add --json", &out, &err), EXIT_REFUSED);
	assert_string_equal(err, "courant: the name \"\uFFFD[2J\uFFFD\" is taken\n");
	assert_string_equal(out, "{\"error\": \"the name \\\"\uFFFD[2J\uFFFD\\\" is taken\"}\n");
	free(out);
	free(err);
}

static void test_command_run_tells_misuse_from_refusal(void **state)
{
	(void)state;
	char *out;
	char *err;
	assert_int_equal(run("story add --misuse", &out, &err), EXIT_USAGE);
	assert_string_equal(err,
	                    "courant: --misuse is never right; courant story add --help says more\n");
	assert_string_equal(out, "");
	free(out);
	free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_command_parse_finds_command_and_options),
	    cmocka_unit_test(test_command_parse_takes_general_options_on_both_sides),
	    cmocka_unit_test(test_command_parse_leaves_values_that_look_like_options),
	    cmocka_unit_test(test_command_parse_ends_options_at_two_dashes),
	    cmocka_unit_test(test_command_parse_counts_operands),
	    cmocka_unit_test(test_command_parse_refuses_wrong_usage_in_words),
	    cmocka_unit_test(test_command_begun_is_found_whatever_follows),
	    cmocka_unit_test(test_command_parse_bounds_the_number_of_options),
	    cmocka_unit_test(test_command_parse_takes_settings_where_the_command_does),
	    cmocka_unit_test(test_command_parse_gives_help_before_it_looks_at_operands),
	    cmocka_unit_test(test_command_run_says_why_without_acting_on_a_terminal),
	    cmocka_unit_test(test_command_run_tells_misuse_from_refusal),
	};
	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
