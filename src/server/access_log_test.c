/* The access log: its lines, the ring that brings them, its file on a disk that does not do as it
 * should, and the whole with a thread. */
#include "server/access_log.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "server/access_file_private.h"
#include "server/access_line.h"
#include "server/access_ring_private.h"

#define PATIENCE_MS 20000
#define FILE_MAX_BYTES (1 << 20)

static const struct access usual = {
    .at = INT64_C(1627040340123), /* 2021-07-23 11:39:00.123 UTC */
    .took_us = 1234567,
    .body_bytes = 7000,
    .status = 200,
    .class = "kept",
    .address = {"192.0.2.77", 10},
    .method = {"GET", 3},
    .path = {"/politics/2021/07/23/bridge", 27},
    .referrer = {"https://news.example/?q=secret#top", 34},
    .agent = {"Lynx/2.9", 8},
};

static void line_of(const struct access *access, enum access_format format,
                    enum access_addresses addresses, struct buf *out)
{
	buf_init(out, ACCESS_LINE_MAX_BYTES);
	access_line_add(out, access, format, addresses);
	assert_int_equal(buf_check(out), OK);
	buf_add_byte(out, 0);
}

static void assert_line(const struct access *access, enum access_format format, const char *line)
{
	struct buf out BUF_CLEANUP;
	line_of(access, format, ACCESS_ADDRESS_BLOCK, &out);
	assert_string_equal(out.bytes, line);
}

static void assert_address(const char *sent, enum access_addresses addresses, const char *shown)
{
	struct access access = usual;
	struct buf out BUF_CLEANUP;
	access.address = str_from_c(sent);
	line_of(&access, ACCESS_COMMON, addresses, &out);
	assert_int_equal(strncmp(out.bytes, shown, strlen(shown)), 0);
	assert_int_equal(strncmp(out.bytes + strlen(shown), " - - [", 6), 0);
}

static void test_access_line_is_as_apache_writes_it(void **state)
{
	(void)state;
	assert_line(&usual, ACCESS_COMBINED,
	            "192.0.2.0 - - [23/Jul/2021:11:39:00 +0000] \"GET /politics/2021/07/23/bridge "
	            "HTTP/1.1\" 200 7000 \"https://news.example/\" \"Lynx/2.9\"\n");
	assert_line(&usual, ACCESS_COMMON,
	            "192.0.2.0 - - [23/Jul/2021:11:39:00 +0000] \"GET /politics/2021/07/23/bridge "
	            "HTTP/1.1\" 200 7000\n");
	assert_line(
	    &usual, ACCESS_JSON,
	    "{\"time\":\"2021-07-23T11:39:00.123Z\",\"address\":\"192.0.2.0\",\"method\":\"GET\","
	    "\"path\":\"/politics/2021/07/23/bridge\",\"status\":200,\"bytes\":7000,"
	    "\"seconds\":1.234567,\"class\":\"kept\",\"referrer\":\"https://news.example/\","
	    "\"agent\":\"Lynx/2.9\"}\n");
	assert_line(&(struct access){.status = 400, .class = "other"}, ACCESS_COMBINED,
	            "- - - [01/Jan/1970:00:00:00 +0000] \"-\" 400 0 \"-\" \"-\"\n");
}

static void test_access_line_shows_as_much_of_an_address_as_it_may(void **state)
{
	(void)state;
	assert_address("192.0.2.77", ACCESS_ADDRESS_FULL, "192.0.2.77");
	assert_address("192.0.2.77", ACCESS_ADDRESS_BLOCK, "192.0.2.0");
	assert_address("192.0.2.77", ACCESS_ADDRESS_NONE, "-");
	assert_address("2001:db8:1:2:3:4:5:6", ACCESS_ADDRESS_FULL, "2001:db8:1:2:3:4:5:6");
	assert_address("2001:db8:1:2:3:4:5:6", ACCESS_ADDRESS_BLOCK, "2001:db8:1::");
	assert_address("::ffff:192.0.2.77", ACCESS_ADDRESS_BLOCK, "::ffff:192.0.2.0");
	assert_address("unix socket\n", ACCESS_ADDRESS_FULL, "-");
}

static void test_access_line_cannot_be_forged(void **state)
{
	(void)state;
	struct access access = usual;
	access.path = S("/a\" 200 1 \"x\\");
	access.agent = S("A\r\n203.0.113.1 - - \x1b[2J\xff");
	assert_line(
	    &access, ACCESS_COMBINED,
	    "192.0.2.0 - - [23/Jul/2021:11:39:00 +0000] \"GET /a\\\" 200 1 \\\"x\\\\ HTTP/1.1\" "
	    "200 7000 \"https://news.example/\" \"A\\x0d\\x0a203.0.113.1 - - \\x1b[2J\\xff\"\n");
	struct buf out BUF_CLEANUP;
	line_of(&access, ACCESS_JSON, ACCESS_ADDRESS_BLOCK, &out);
	json_t *object = json_loads(out.bytes, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(object, "path")), "/a\" 200 1 \"x\\");
	assert_string_equal(json_string_value(json_object_get(object, "agent")),
	                    "A\r\n203.0.113.1 - - \x1b[2J\xEF\xBF\xBD");
	json_decref(object);
}

static void test_access_line_has_no_secret(void **state)
{
	(void)state;
	static const char *const referrers[] = {"https://reader:word@news.example/",
	                                        "https://a.example/x?token=word", "//u:word@h",
	                                        "https://a.example/#word", "?word"};
	struct access access = usual;
	access.path = S("/search?q=word");
	for (size_t i = 0; i < sizeof referrers / sizeof referrers[0]; i++) {
		for (int format = ACCESS_COMBINED; format <= ACCESS_JSON; format++) {
			struct buf out BUF_CLEANUP;
			access.referrer = str_from_c(referrers[i]);
			line_of(&access, (enum access_format)format, ACCESS_ADDRESS_FULL, &out);
			assert_null(strstr(out.bytes, "word"));
		}
	}
}

/* ---- the ring ---- */

static void test_access_ring_gives_back_in_order_and_counts_what_had_no_room(void **state)
{
	(void)state;
	/* Not on the stack, which may not begin on a cache line. */
	static struct access_ring ring;
	char entry[1000];
	char back[sizeof entry];
	assert_int_equal(access_ring_init(&ring), OK);
	uint64_t given = 0;
	uint64_t taken = 0;
	for (int round = 0; round < 5; round++) {
		for (;;) {
			uint32_t size = (uint32_t)(sizeof given + given % (sizeof entry - sizeof given));
			memset(entry, (int)(given & 0x7f), sizeof entry);
			memcpy(entry, &given, sizeof given);
			if (!access_ring_put(&ring, entry, size))
				break;
			given++;
		}
		assert_true(access_ring_is_filling(&ring));
		for (size_t size; (size = access_ring_take(&ring, back, sizeof back)) > 0; taken++) {
			uint64_t number;
			memcpy(&number, back, sizeof number);
			assert_true(number == taken);
			assert_int_equal(size, sizeof number + taken % (sizeof entry - sizeof number));
			for (size_t i = sizeof number; i < size; i++)
				assert_int_equal(back[i], (int)(taken & 0x7f));
		}
		assert_true(taken == given);
	}
	assert_int_equal(count_read(&ring.overrun), 5);
	access_ring_done(&ring);
}

/* ---- with a file ---- */

struct fixture {
	char path[64];
	int folder;
	struct access_log_settings settings;
	struct access_log *log;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	snprintf(fixture->path, sizeof fixture->path, "/tmp/access-log-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->folder = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->settings = (struct access_log_settings){.path = S("access.log"),
	                                                 .format = ACCESS_COMBINED,
	                                                 .addresses = ACCESS_ADDRESS_BLOCK,
	                                                 .lines_per_second = 1000000,
	                                                 .file_bytes = FILE_MAX_BYTES,
	                                                 .files = 2};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {"access.log", "access.log.1", "access.log.2",
	                                    "access.log.3"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlinkat(fixture->folder, names[i], 0);
	close(fixture->folder);
	(void)rmdir(fixture->path);
	free(fixture);
	return 0;
}

static void log_open(struct fixture *fixture)
{
	assert_int_equal(access_log_open(&fixture->settings, fixture->folder, 1, &fixture->log), OK);
}

static void add(const struct fixture *fixture, size_t count)
{
	static struct http_request request; /* large */
	request = (struct http_request){.method_text = S("GET"), .path = S("/a/path/of/some/length")};
	const struct net_finished finished = {.request = &request, .status = 200, .body_bytes = 10};
	for (size_t i = 0; i < count; i++)
		access_log_add(fixture->log, &finished, S("192.0.2.1"), "kept");
}

/* -1: it is not there. */
static int64_t size_of(const struct fixture *fixture, const char *name)
{
	struct stat status;
	return fstatat(fixture->folder, name, &status, 0) == 0 ? status.st_size : -1;
}

/* Every one of them whole. */
static int64_t lines_of(const struct fixture *fixture, const char *name)
{
	char line[512];
	int64_t count = 0;
	FILE *file = fdopen(openat(fixture->folder, name, O_RDONLY | O_CLOEXEC), "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		assert_int_equal(strncmp(line, "192.0.2.0 - - [", 15), 0);
		assert_non_null(
		    strstr(line, "\"GET /a/path/of/some/length HTTP/1.1\" 200 10 \"-\" \"-\"\n"));
		count++;
	}
	fclose(file);
	return count;
}

static void counts_of(const struct fixture *fixture, int64_t out[4])
{
	access_log_metrics.read(fixture->log, out);
}

/* Until so many lines have found their end. */
static void wait_for(const struct fixture *fixture, int64_t lines)
{
	int64_t deadline = monotonic_ms() + PATIENCE_MS;
	int64_t counts[4] = {0};
	while (counts[0] + counts[1] + counts[2] + counts[3] < lines) {
		assert_true(monotonic_ms() < deadline);
		(void)poll(NULL, 0, 5);
		counts_of(fixture, counts);
	}
}

static void test_access_log_writes_what_was_added_before_it_is_closed(void **state)
{
	struct fixture *fixture = *state;
	log_open(fixture);
	add(fixture, 100);
	access_log_close(fixture->log);
	assert_int_equal(lines_of(fixture, "access.log"), 100);
	log_open(fixture);
	add(fixture, 1);
	access_log_close(fixture->log);
	assert_int_equal(lines_of(fixture, "access.log"), 101);
}

static void test_access_log_writes_no_more_lines_than_it_may(void **state)
{
	struct fixture *fixture = *state;
	int64_t counts[4];
	fixture->settings.lines_per_second = 10;
	log_open(fixture);
	add(fixture, 1000);
	wait_for(fixture, 1000);
	counts_of(fixture, counts);
	access_log_close(fixture->log);
	/* A second may have ended meanwhile. */
	assert_in_range(counts[0], 10, 20);
	assert_int_equal(counts[0] + counts[1], 1000);
	assert_int_equal(lines_of(fixture, "access.log"), counts[0]);
}

static void test_access_log_puts_files_aside_and_keeps_so_many(void **state)
{
	struct fixture *fixture = *state;
	log_open(fixture);
	for (int64_t i = 1; i <= 10; i++) {
		add(fixture, 5000);
		wait_for(fixture, i * 5000);
	}
	access_log_close(fixture->log);
	assert_in_range(size_of(fixture, "access.log"), 1, FILE_MAX_BYTES);
	assert_in_range(size_of(fixture, "access.log.1"), FILE_MAX_BYTES / 2, FILE_MAX_BYTES);
	assert_in_range(size_of(fixture, "access.log.2"), FILE_MAX_BYTES / 2, FILE_MAX_BYTES);
	assert_int_equal(size_of(fixture, "access.log.3"), -1);
}

static void test_access_log_opens_its_file_anew_when_another_put_it_aside(void **state)
{
	struct fixture *fixture = *state;
	fixture->settings.files = 0;
	log_open(fixture);
	add(fixture, 1);
	wait_for(fixture, 1);
	assert_int_equal(renameat(fixture->folder, "access.log", fixture->folder, "access.log.1"), 0);
	int64_t deadline = monotonic_ms() + PATIENCE_MS;
	int64_t added = 1;
	while (size_of(fixture, "access.log") <= 0) {
		assert_true(monotonic_ms() < deadline);
		add(fixture, 1);
		wait_for(fixture, ++added);
	}
	access_log_close(fixture->log);
	assert_int_equal(lines_of(fixture, "access.log.1") + lines_of(fixture, "access.log"), added);
}

/* A file that may not grow fails as a full disk does. */
static void test_access_log_goes_on_when_a_full_disk_has_room_again(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before;
	int64_t counts[4];
	log_open(fixture);
	add(fixture, 10);
	wait_for(fixture, 10);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	struct rlimit small = {(rlim_t)size_of(fixture, "access.log") + 150, before.rlim_max};
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	add(fixture, 10);
	wait_for(fixture, 20);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	counts_of(fixture, counts);
	assert_int_equal(counts[3], 10);
	assert_int_equal(lines_of(fixture, "access.log"), 10);
	add(fixture, 5);
	access_log_close(fixture->log);
	assert_int_equal(lines_of(fixture, "access.log"), 15);
}

static void test_access_log_says_what_is_wrong_with_its_path(void **state)
{
	struct fixture *fixture = *state;
	fixture->settings.path = S("not/there/access.log");
	assert_int_equal(access_log_open(&fixture->settings, fixture->folder, 1, &fixture->log),
	                 ERR_INVALID);
	assert_true(str_starts_with(err_text(), S("log.path: not/there/access.log")));
	fixture->settings.path = S(".");
	assert_int_equal(access_log_open(&fixture->settings, fixture->folder, 1, &fixture->log),
	                 ERR_INVALID);
	fixture->settings.path = S("");
	assert_int_equal(access_log_open(&fixture->settings, fixture->folder, 1, &fixture->log), OK);
	assert_null(fixture->log);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_access_line_is_as_apache_writes_it),
	    cmocka_unit_test(test_access_line_shows_as_much_of_an_address_as_it_may),
	    cmocka_unit_test(test_access_line_cannot_be_forged),
	    cmocka_unit_test(test_access_line_has_no_secret),
	    cmocka_unit_test(test_access_ring_gives_back_in_order_and_counts_what_had_no_room),
	    WITH_FILE(test_access_log_writes_what_was_added_before_it_is_closed),
	    WITH_FILE(test_access_log_writes_no_more_lines_than_it_may),
	    WITH_FILE(test_access_log_puts_files_aside_and_keeps_so_many),
	    WITH_FILE(test_access_log_opens_its_file_anew_when_another_put_it_aside),
	    WITH_FILE(test_access_log_goes_on_when_a_full_disk_has_room_again),
	    WITH_FILE(test_access_log_says_what_is_wrong_with_its_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
