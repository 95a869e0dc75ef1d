/* Normal form, folding, slugs and words: valid UTF-8 and nothing else is taken, what comes out is
 * valid and in normal form, doing it twice changes nothing, words lie in order, whole, and what is
 * done without ICU comes out as with it. */
#include "base/buf.h"
#include "base/utf8.h"
#include "i18n/i18n_private.h"

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

static void check_fold(Err (*fold)(Str, struct arena *, Str *), Str text, struct arena *mem)
{
	Str folded;
	Str by_icu;
	CHECK(fold(text, mem, &folded) == OK);
	CHECK(fold_any(text, fold == text_fold ? FOLD_NAME : FOLD_SEARCH, mem, &by_icu) == OK);
	CHECK(str_equal(folded, by_icu));
	CHECK(folded.length <= text.length * TEXT_FOLD_GROWTH);
	check_stable(fold, folded, mem);
	check_stable(text_nfc, folded, mem);
}

static void check_words(Str text, struct arena *mem)
{
	struct text_word *words;
	size_t count;
	size_t end = 0;
	BUF_CLEANUP struct buf by_icu;
	buf_init(&by_icu, text.length * sizeof *words);
	CHECK(text_words(text, SIZE_MAX, mem, &words, &count) == OK);
	CHECK(words_by_icu(text, 0, &by_icu) == OK && buf_check(&by_icu) == OK);
	CHECK(str_equal((Str){(const char *)words, count * sizeof *words}, buf_str(&by_icu)));
	for (size_t i = 0; i < count; i++) {
		CHECK(words[i].start >= end && words[i].start < words[i].end);
		end = words[i].end;
		CHECK(end <= text.length);
		Str word = str_slice(text, words[i].start, end - words[i].start);
		CHECK(utf8_is_valid(word)); /* no character is cut */
		check_fold(text_fold_search, word, mem);
	}
}

static void check_all(Str text)
{
	Str normal;
	Str folded;
	Str slug;
	struct text_word *words;
	size_t count;
	struct arena mem;
	arena_init(&mem, (size_t)16 * 1024 * 1024);
	if (!utf8_is_valid(text)) {
		CHECK(text_nfc(text, &mem, &normal) == ERR_INVALID);
		CHECK(text_fold(text, &mem, &folded) == ERR_INVALID);
		CHECK(text_fold_search(text, &mem, &folded) == ERR_INVALID);
		CHECK(text_words(text, 1, &mem, &words, &count) == ERR_INVALID);
		CHECK(text_slug(text, &mem, &slug) == ERR_INVALID);
	} else {
		CHECK(text_nfc(text, &mem, &normal) == OK);
		check_stable(text_nfc, normal, &mem);
		check_fold(text_fold, text, &mem);
		check_fold(text_fold_search, text, &mem);
		check_words(text, &mem);
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
