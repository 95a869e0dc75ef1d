/* The parser of courant.conf: whatever it takes must be within its bounds, and be read as the same
 * when it is written back. */
#include "base/buf.h"
#include "base/settings.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	int64_t timeout_ms, size_bytes, count;
	Str text;
};
static const struct setting rows[] = {
    {"net.timeout", "timeout", SETTING_DURATION, "10s", 0, 30 * DAY_MS, "", "How long.",
     offsetof(struct values, timeout_ms)},
    {"net.size", NULL, SETTING_SIZE, "64KB", 0, INT64_MAX, "", "How large.",
     offsetof(struct values, size_bytes)},
    {"net.count", NULL, SETTING_COUNT, "3", 1, 99, "things", "How many.",
     offsetof(struct values, count)},
    {"net.text", "text", SETTING_TEXT, "", 0, 40, "", "What.", offsetof(struct values, text)},
};
static const struct setting_table table = {
    .room = "net", .rows = rows, .count = 4, .struct_bytes = sizeof(struct values)};
static const struct setting_table *const tables[] = {&table};

static Err append(const struct setting *row, Str value, void *context)
{
	buf_format(context, "%s = %.*s\n", row->name, STR(value));
	return OK;
}

static void write_all(const struct settings *settings, struct buf *out)
{
	buf_clear(out);
	CHECK(settings_each(settings, append, out) == OK);
	CHECK(buf_check(out) == OK);
}

static void check_bounds(const struct values *values)
{
	CHECK(values->timeout_ms >= 0 && values->timeout_ms <= 30 * DAY_MS);
	CHECK(values->size_bytes >= 0);
	CHECK(values->count >= 1 && values->count <= 99);
	CHECK(values->text.length <= 40);
	CHECK(utf8_is_valid(values->text) && !utf8_has_control(values->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *settings;
	struct settings *again;
	BUF_CLEANUP struct buf written;
	BUF_CLEANUP struct buf rewritten;
	buf_init(&written, 4096);
	buf_init(&rewritten, 4096);
	CHECK(settings_new(tables, 1, &settings) == OK);
	CHECK(settings_new(tables, 1, &again) == OK);
	Err err = settings_parse(settings, (Str){(const char *)data, size}, S("courant.conf"));
	if (err != OK)
		CHECK(str_starts_with(err_text(), S("courant.conf ")) && utf8_is_valid(err_text()));
	check_bounds(settings_of(settings, &table));
	write_all(settings, &written);
	CHECK(settings_parse(again, buf_str(&written), S("again")) == OK);
	write_all(again, &rewritten);
	CHECK(str_equal(buf_str(&written), buf_str(&rewritten)));
	settings_free(settings);
	settings_free(again);
	return 0;
}
