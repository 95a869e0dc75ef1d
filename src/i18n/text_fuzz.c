/* Normal form, folding and slugs: valid UTF-8 and nothing else is taken, what comes out is valid
 * and in normal form, and doing it twice changes nothing. */
#include "base/buf.h"
#include "base/utf8.h"
#include "i18n/i18n.h"

#define SLUG_MAX 80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_stable(Err (*change)(Str, struct arena *, Str *), Str once, struct arena *mem)
{
	Str twice;
	CHECK(utf8_is_valid(once));
	CHECK(change(once, mem, &twice) == OK);
	CHECK(str_equal(once, twice));
}

static void check_slug(Str slug)
{
	size_t place = 0;
	CHECK(utf8_length(slug) <= SLUG_MAX);
	CHECK(!str_starts_with(slug, S("-")) && !str_ends_with(slug, S("-")));
	CHECK(str_find(slug, S("--")) == STR_NOT_FOUND);
	while (place < slug.length) {
		uint32_t point = utf8_next(slug, &place);
		bool is_plain = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
		CHECK(point >= 0x80 || is_plain || point == '-');
		CHECK(!utf8_is_bidi_control(point));
	}
}

static void check_all(Str text)
{
	Str normal;
	Str folded;
	Str slug;
	struct arena mem;
	arena_init(&mem, (size_t)16 * 1024 * 1024);
	if (!utf8_is_valid(text)) {
		CHECK(text_nfc(text, &mem, &normal) == ERR_INVALID);
		CHECK(text_fold(text, &mem, &folded) == ERR_INVALID);
		CHECK(text_slug(text, &mem, &slug) == ERR_INVALID);
	} else {
		CHECK(text_nfc(text, &mem, &normal) == OK);
		check_stable(text_nfc, normal, &mem);
		CHECK(text_fold(text, &mem, &folded) == OK);
		check_stable(text_fold, folded, &mem);
		check_stable(text_nfc, folded, &mem);
		CHECK(text_slug(text, &mem, &slug) == OK);
		check_slug(slug);
		check_stable(text_slug, slug, &mem);
		check_stable(text_nfc, slug, &mem);
	}
	arena_done(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_all((Str){(const char *)data, size});
	/* Few inputs are UTF-8; taken two by two as code points, all are. */
	BUF_CLEANUP struct buf points;
	buf_init(&points, size * 2);
	for (size_t i = 0; i + 1 < size; i += 2) {
		uint32_t point = (uint32_t)data[i] << 8 | data[i + 1];
		char bytes[4];
		if (point < 0xD800 || point > 0xDFFF)
			buf_add(&points, (Str){bytes, utf8_encode(point, bytes)});
	}
	CHECK(buf_check(&points) == OK);
	check_all(buf_str(&points));
	return 0;
}
