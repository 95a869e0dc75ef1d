/* Times as the desk types them: what is taken is written and read as the same moment. */
#include "i18n/i18n.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_local(Str zone, Str text, struct arena *mem)
{
	Time time;
	Time again;
	Str written;
	if (time_parse(zone, text, &time) != OK)
		return;
	CHECK(time_format(S("UTC"), time, mem, &written) == OK);
	CHECK(time_parse(zone, written, &again) == OK);
	CHECK(again == time);
	/* In the zone itself, unless that is already the year 0 or 10000. */
	if (time_format(zone, time, mem, &written) == OK) {
		CHECK(time_parse(S("UTC"), written, &again) == OK);
		CHECK(again == time);
	}
}

static void check_http(Str text, struct arena *mem)
{
	Time time;
	Time again;
	Str written;
	if (!time_parse_http(text, 1627040340000, &time))
		return;
	CHECK(time_format_http(time, mem, &written) == OK);
	CHECK(time_parse_http(written, 1627040340000, &again));
	CHECK(again == time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Str text = {(const char *)data, size};
	struct arena mem;
	arena_init(&mem, (size_t)1024 * 1024);
	check_local(S("Asia/Baghdad"), text, &mem);
	check_local(S("Europe/London"), text, &mem);
	check_http(text, &mem);
	(void)zone_is_known(text);
	arena_done(&mem);
	return 0;
}
