/* The control socket, its server and its caller in one process. */
#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/descriptor.h"
#include "base/test.h"
#include "server/control_message.h"

/* ---- commands ---- */

static Err echo_run(struct command_context *context)
{
	char line[4096];
	size_t length = fread(line, 1, sizeof line, context->io->in);
	if (ferror(context->io->in))
		return (Err)ERR_IO;
	fwrite(line, 1, length, context->io->out);
	fprintf(context->io->out, "%.*s in %.*s\n", STR(context->call->operands[0]),
	        STR(context->site_folder));
	return OK;
}

static Err refuse_run(struct command_context *context)
{
	(void)context;
	struct arena mem;
	arena_init(&mem, 1);
	return arena_alloc(&mem, 100) == NULL ? ERR_MEMORY : OK;
}

static Err flood_run(struct command_context *context)
{
	for (int i = 0; i < 100000; i++)
		fputs("more than any pipe holds\n", context->io->out);
	return OK;
}

/* Says that it has begun, and goes on until it may end. */
static int gate_begun[2], gate_end[2];
static Err linger_run(struct command_context *context)
{
	char byte = 'b';
	(void)context;
	assert_int_equal(write(gate_begun[1], &byte, 1), 1);
	assert_int_equal(read(gate_end[0], &byte, 1), 1);
	return OK;
}

static const struct command echo = {
    .words = "echo", .operands = "WORD", .summary = "", .site = SITE_NEEDED, .run = echo_run};
static const struct command refuse = {
    .words = "refuse", .operands = "", .summary = "", .site = SITE_NEEDED, .run = refuse_run};
static const struct command flood = {
    .words = "flood", .operands = "", .summary = "", .site = SITE_NEEDED, .run = flood_run};
static const struct command outside = {
    .words = "outside", .operands = "", .summary = "", .site = SITE_NONE, .run = echo_run};
static const struct command linger = {
    .words = "linger", .operands = "", .summary = "", .site = SITE_NEEDED, .run = linger_run};
static const struct command *const rows[] = {&echo, &refuse, &flood, &outside, &linger};
static const struct command_table commands = {rows, 5};

/* ---- a folder, a server ---- */

struct fixture {
	char name[64];
	struct site_folder folder;
	struct control *control;
	FILE *in, *out, *err;
};

static int fixture_begin(void **state)
{
	static struct fixture fixture;
	fixture = (struct fixture){.name = "/tmp/courant-control-XXXXXX"};
	assert_non_null(mkdtemp(fixture.name));
	fixture.folder.path = str_from_c(fixture.name);
	fixture.folder.folder = open(fixture.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture.in = tmpfile();
	fixture.out = tmpfile();
	fixture.err = tmpfile();
	assert_int_equal(
	    control_open(&fixture.folder, &commands, NULL, NULL, NULL, -1, &fixture.control), OK);
	*state = &fixture;
	return 0;
}

static int fixture_end(void **state)
{
	struct fixture *fixture = *state;
	control_close(fixture->control);
	fclose(fixture->in);
	fclose(fixture->out);
	fclose(fixture->err);
	close(fixture->folder.folder);
	return rmdir(fixture->name); /* the socket is gone too */
}

static Err relay(struct fixture *fixture, const Str *words, size_t count, enum exit_code *code)
{
	struct command_io io = {fixture->in, fixture->out, fixture->err, fixture->folder.folder};
	return control_relay(fixture->folder.path, words, count, &io, code);
}

static void assert_file(FILE *file, const char *expected)
{
	char text[4096];
	rewind(file);
	size_t length = fread(text, 1, sizeof text - 1, file);
	text[length] = 0;
	assert_string_equal(text, expected);
}

/* A caller that does as it likes. */
static int connect_raw(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s/courant.sock", fixture->name);
	int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(connection, (const struct sockaddr *)&address, sizeof address), 0);
	char greeting;
	assert_int_equal(recv(connection, &greeting, 1, 0), 1);
	assert_int_equal(greeting, CONTROL_GREETING);
	return connection;
}

/* ---- tests ---- */

static void test_control_runs_a_command_with_the_callers_streams(void **state)
{
	struct fixture *fixture = *state;
	fputs("what was typed\n", fixture->in);
	rewind(fixture->in);
	enum exit_code code = EXIT_USAGE;
	const Str words[] = {S("echo"), S("word")};
	assert_int_equal(relay(fixture, words, 2, &code), OK);
	assert_int_equal(code, EXIT_DONE);
	char expected[256];
	snprintf(expected, sizeof expected, "what was typed\nword in %s\n", fixture->name);
	assert_file(fixture->out, expected);
	assert_file(fixture->err, "");
}

static void test_control_gives_back_the_refusal(void **state)
{
	struct fixture *fixture = *state;
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse"), S("--json")};
	assert_int_equal(relay(fixture, words, 2, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
	assert_file(fixture->err, "courant: this needs more memory than the 1 bytes it may have\n");
	assert_file(fixture->out,
	            "{\"error\": \"this needs more memory than the 1 bytes it may have\"}\n");
}

static void test_control_refuses_commands_that_need_no_server(void **state)
{
	struct fixture *fixture = *state;
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("outside")};
	assert_int_equal(relay(fixture, words, 1, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
	assert_file(fixture->err, "courant: this command does not run inside a server\n");
}

static void test_control_refuses_words_past_its_bound(void **state)
{
	struct fixture *fixture = *state;
	enum exit_code code = EXIT_DONE;
	static char long_word[CONTROL_MESSAGE_MAX];
	memset(long_word, 'x', sizeof long_word);
	const Str words[] = {S("echo"), {long_word, sizeof long_word}};
	assert_int_equal(relay(fixture, words, 2, &code), ERR_TOO_LARGE);
	static Str many[CONTROL_WORDS_MAX + 1];
	for (size_t i = 0; i <= CONTROL_WORDS_MAX; i++)
		many[i] = S("x");
	assert_int_equal(relay(fixture, many, CONTROL_WORDS_MAX + 1, &code), ERR_TOO_LARGE);
	/* The longest that fits goes through whole. */
	long_word[0] = 'y';
	const Str fitting[] = {
	    S("refuse"),
	    {long_word, CONTROL_MESSAGE_MAX - sizeof COURANT_VERSION - sizeof "refuse" - 1}};
	assert_int_equal(relay(fixture, fitting, 2, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
}

static void test_control_survives_what_is_no_request(void **state)
{
	struct fixture *fixture = *state;
	static const char *const packets[] = {"no NUL at the end", "", "0.1.0"};
	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		int connection = connect_raw(fixture);
		assert_true(send(connection, packets[i], strlen(packets[i]), MSG_NOSIGNAL) >= 0);
		char answer = 0;
		if (strlen(packets[i]) > 0) {
			assert_int_equal(recv(connection, &answer, 1, 0), 1);
			assert_int_equal(answer, CONTROL_NOT_RUN);
		}
		close(connection);
	}
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	assert_int_equal(relay(fixture, words, 1, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
}

static void test_control_says_when_nobody_answers(void **state)
{
	struct fixture *fixture = *state;
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	control_close(fixture->control);
	fixture->control = NULL;
	assert_int_equal(relay(fixture, words, 1, &code), ERR_UNAVAILABLE);
	assert_int_equal(code, EXIT_DONE);
}

static void test_control_replaces_a_socket_that_a_dead_server_left(void **state)
{
	struct fixture *fixture = *state;
	control_close(fixture->control);
	fixture->control = NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s/courant.sock", fixture->name);
	int stale = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stale, (const struct sockaddr *)&address, sizeof address), 0);
	close(stale);
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	assert_int_equal(relay(fixture, words, 1, &code), ERR_UNAVAILABLE);
	assert_int_equal(
	    control_open(&fixture->folder, &commands, NULL, NULL, NULL, -1, &fixture->control), OK);
	assert_int_equal(relay(fixture, words, 1, &code), OK);
	struct stat socket_file;
	assert_int_equal(stat(address.sun_path, &socket_file), 0);
	assert_int_equal(socket_file.st_mode & 0777, 0600);
}

struct caller {
	struct fixture *fixture;
	Str words[2];
	size_t count;
	Err err;
	enum exit_code code;
};

static void *caller_thread(void *argument)
{
	struct caller *caller = argument;
	caller->err = relay(caller->fixture, caller->words, caller->count, &caller->code);
	return NULL;
}

/* A caller that never reads does not keep a server running. */
static void test_control_close_does_not_wait_for_an_idle_caller(void **state)
{
	struct fixture *fixture = *state;
	int output[2];
	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	fclose(fixture->out);
	fixture->out = fdopen(output[1], "w");
	struct caller caller = {.fixture = fixture, .words = {S("flood")}, .count = 1};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, caller_thread, &caller), 0);
	/* The flood has begun when its first bytes are there. */
	struct pollfd waited = {output[0], POLLIN, 0};
	assert_int_equal(poll(&waited, 1, 10000), 1);
	control_close(fixture->control);
	fixture->control = NULL;
	pthread_join(thread, NULL);
	assert_int_equal(caller.err, OK);
	assert_int_equal(caller.code, EXIT_REFUSED);
	close(output[0]);
}

static void test_control_wait_tells_whether_a_command_still_runs(void **state)
{
	struct fixture *fixture = *state;
	char byte = 'e';
	assert_int_equal(pipe2(gate_begun, O_CLOEXEC), 0);
	assert_int_equal(pipe2(gate_end, O_CLOEXEC), 0);
	struct caller caller = {.fixture = fixture, .words = {S("linger")}, .count = 1};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, caller_thread, &caller), 0);
	assert_int_equal(read(gate_begun[0], &byte, 1), 1);
	control_stop(fixture->control);
	assert_false(control_wait(fixture->control, monotonic_ms() + 20));
	/* Nobody else is heard meanwhile, and hears so at once. */
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	assert_int_equal(relay(fixture, words, 1, &code), ERR_UNAVAILABLE);
	assert_int_equal(write(gate_end[1], &byte, 1), 1);
	assert_true(control_wait(fixture->control, monotonic_ms() + 20000));
	pthread_join(thread, NULL);
	assert_int_equal(caller.err, OK);
	assert_int_equal(caller.code, EXIT_DONE);
	for (int i = 0; i < 2; i++) {
		close(gate_begun[i]);
		close(gate_end[i]);
	}
}

/* A server that is at other commands lets its callers wait in the backlog, but not for ever. */
static void test_control_caller_gives_up_on_a_server_that_does_not_greet(void **state)
{
	struct fixture *fixture = *state;
	control_close(fixture->control);
	fixture->control = NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s/courant.sock", fixture->name);
	int silent = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(silent, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(silent, 1), 0);
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	assert_int_equal(relay(fixture, words, 1, &code), ERR_TOO_MANY);
	assert_int_equal(code, EXIT_DONE);
	close(silent);
	unlink(address.sun_path);
}

static void send_request(const struct fixture *fixture, int connection, const char *word, int in,
                         int out)
{
	struct buf request BUF_CLEANUP;
	buf_init(&request, CONTROL_MESSAGE_MAX);
	const Str words[] = {str_from_c(word)};
	assert_int_equal(control_request_format(words, 1, &request), OK);
	int descriptors[] = {in, out, fileno(fixture->err), fixture->folder.folder};
	assert_true(packet_send(connection, buf_str(&request), descriptors, 4));
}

/* A caller that is killed while the server waits for it to read frees the server's thread. */
static void test_control_notices_a_caller_that_has_gone(void **state)
{
	struct fixture *fixture = *state;
	int held[2];
	assert_int_equal(pipe2(held, O_CLOEXEC), 0);
	/* More than there are threads: each must come free again. */
	for (int i = 0; i < 12; i++) {
		int connection = connect_raw(fixture);
		send_request(fixture, connection, "flood", fileno(fixture->in), held[1]);
		close(connection);
	}
	enum exit_code code = EXIT_DONE;
	const Str after[] = {S("refuse")};
	assert_int_equal(relay(fixture, after, 1, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
	close(held[0]);
	close(held[1]);
}

/* What may never end would hold a thread of the server. */
static void test_control_takes_no_input_but_a_file(void **state)
{
	struct fixture *fixture = *state;
	int silent[2];
	char answer = 0;
	assert_int_equal(pipe2(silent, O_CLOEXEC), 0);
	int connection = connect_raw(fixture);
	send_request(fixture, connection, "echo", silent[0], fileno(fixture->out));
	assert_int_equal(recv(connection, &answer, 1, 0), 1);
	assert_int_equal(answer, CONTROL_NOT_RUN);
	close(connection);
	close(silent[0]);
	close(silent[1]);
}

static void test_control_works_in_a_folder_of_any_depth(void **state)
{
	(void)state;
	char name[512] = "/tmp/courant-control-XXXXXX";
	assert_non_null(mkdtemp(name));
	size_t top = strlen(name);
	for (int i = 0; i < 4; i++) {
		size_t length = strlen(name);
		snprintf(name + length, sizeof name - length,
		         "/a-folder-with-a-rather-long-name-of-its-own-%d", i);
		assert_int_equal(mkdir(name, 0700), 0);
	}
	struct site_folder folder = {.path = str_from_c(name),
	                             .folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct control *control;
	assert_int_equal(control_open(&folder, &commands, NULL, NULL, NULL, -1, &control), OK);
	FILE *file = tmpfile();
	struct command_io io = {file, file, file, folder.folder};
	enum exit_code code = EXIT_DONE;
	const Str words[] = {S("refuse")};
	assert_int_equal(control_relay(folder.path, words, 1, &io, &code), OK);
	assert_int_equal(code, EXIT_REFUSED);
	control_close(control);
	fclose(file);
	close(folder.folder);
	while (strlen(name) >= top) {
		assert_int_equal(rmdir(name), 0);
		*strrchr(name, '/') = 0;
	}
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
	const struct CMUnitTest tests[] = {
	    TEST(test_control_runs_a_command_with_the_callers_streams),
	    TEST(test_control_gives_back_the_refusal),
	    TEST(test_control_refuses_commands_that_need_no_server),
	    TEST(test_control_refuses_words_past_its_bound),
	    TEST(test_control_survives_what_is_no_request),
	    TEST(test_control_says_when_nobody_answers),
	    TEST(test_control_replaces_a_socket_that_a_dead_server_left),
	    TEST(test_control_close_does_not_wait_for_an_idle_caller),
	    TEST(test_control_wait_tells_whether_a_command_still_runs),
	    TEST(test_control_caller_gives_up_on_a_server_that_does_not_greet),
	    TEST(test_control_takes_no_input_but_a_file),
	    TEST(test_control_notices_a_caller_that_has_gone),
	    cmocka_unit_test(test_control_works_in_a_folder_of_any_depth),
	};
	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
