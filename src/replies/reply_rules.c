#include "base/buf.h"
#include "base/utf8.h"
#include "replies/replies_private.h"

#define LOCAL_PART_MAX 64 /* RFC 5321 §4.5.3.1.1 */
#define HOST_LABEL_MAX 63 /* RFC 1035 §2.3.4 */
#define MARKS_MAX 2       /* Vietnamese needs two on one letter */

Str reply_status_word(enum reply_status status)
{
	switch (status) {
	case REPLY_VISIBLE:
		return S("visible");
	case REPLY_HIDDEN:
		return S("hidden");
	}
	check_failed("a status of a reply", __FILE__, __LINE__);
}

/* ---- the name ---- */

/* Code points that show nothing, or only move what others show: with them one reader could look
 * like another, or like nobody. */
static bool is_invisible(uint32_t point)
{
	return utf8_is_bidi_control(point) || point == 0xAD || point == 0x34F || point == 0x61C ||
	       point == 0x115F || point == 0x1160 || (point >= 0x180B && point <= 0x180E) ||
	       (point >= 0x200B && point <= 0x200F) || (point >= 0x2060 && point <= 0x206F) ||
	       point == 0x2800 || point == 0x3164 || point == 0xFEFF || point == 0xFFA0 ||
	       (point >= 0xE0000 && point <= 0xE0FFF);
}

static bool is_arabic_letter(uint32_t point)
{
	return (point >= 0x620 && point <= 0x64A) || (point >= 0x66E && point <= 0x6D5) ||
	       (point >= 0x750 && point <= 0x77F);
}

/* Marks that can be piled on any letter; the vowel signs of Arabic are not among them. */
static bool is_piling_mark(uint32_t point)
{
	return (point >= 0x300 && point <= 0x36F) || (point >= 0x1AB0 && point <= 0x1AFF) ||
	       (point >= 0x1DC0 && point <= 0x1DFF) || (point >= 0x20D0 && point <= 0x20FF) ||
	       (point >= 0xFE20 && point <= 0xFE2F);
}

/* Takes out what is invisible. The joiners stay between Arabic letters, where Kurdish and Persian
 * names need them (نیک‌پور). */
static Err name_without_invisible(Str name, struct arena *mem, Str *out)
{
	struct buf kept CLEANUP(buf_done);
	buf_init(&kept, name.length);
	uint32_t last = 0;
	size_t place = 0;
	while (place < name.length) {
		size_t start = place;
		uint32_t point = utf8_next(name, &place);
		size_t after = place;
		uint32_t next = place < name.length ? utf8_next(name, &after) : 0;
		bool joins = (point == 0x200C || point == 0x200D) && is_arabic_letter(last) &&
		             is_arabic_letter(next);
		if (joins || !is_invisible(point))
			buf_add(&kept, str_slice(name, start, place - start));
		last = point;
	}
	TRY(buf_check(&kept));
	return arena_copy(mem, buf_str(&kept), out);
}

static bool has_piled_marks(Str name)
{
	int marks = 0;
	size_t place = 0;
	while (place < name.length) {
		marks = is_piling_mark(utf8_next(name, &place)) ? marks + 1 : 0;
		if (marks > MARKS_MAX)
			return true;
	}
	return false;
}

static bool has_line_end(Str text)
{
	return str_find_byte(text, '\n') != STR_NOT_FOUND || str_find_byte(text, '\t') != STR_NOT_FOUND;
}

/* Every check gives NULL, or the sentence that says what to do. */
static Err name_check(Str given, struct arena *mem, Str *out, const char **problem)
{
	static const char unshowable[] =
	    N_("Write your name with ordinary letters: it holds characters that can't be shown.");
	Str name;
	Str slug;
	*problem = unshowable;
	if (!utf8_is_valid(given))
		return OK;
	given = utf8_trim(given);
	if (utf8_has_control(given) || has_line_end(given))
		return OK;
	TRY(name_without_invisible(given, mem, &name));
	TRY(text_nfc(utf8_trim(name), mem, &name));
	if (has_piled_marks(name))
		return OK;
	*problem = N_("Write your name: the field is empty.");
	if (str_is_empty(name))
		return OK;
	*problem = N_("Shorten your name: it may have 60 characters.");
	_Static_assert(REPLY_NAME_MAX == 60, "the sentence says so");
	if (utf8_length(name) > REPLY_NAME_MAX)
		return OK;
	*problem = N_("Write your name with at least one letter or digit.");
	TRY(text_slug(name, mem, &slug));
	if (str_is_empty(slug))
		return OK;
	*problem = NULL;
	*out = name;
	return OK;
}

/* ---- the e-mail address ---- */

static bool is_letter_or_digit(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9');
}

/* RFC 5322 §3.2.3, without quotes. */
static bool is_atom(Str atom)
{
	for (size_t i = 0; i < atom.length; i++)
		if (!is_letter_or_digit(atom.bytes[i]) &&
		    str_find_byte(S("!#$%&'*+-/=?^_`{|}~"), atom.bytes[i]) == STR_NOT_FOUND)
			return false;
	return atom.length > 0;
}

static bool is_local_part(Str local)
{
	Str atom;
	if (local.length > LOCAL_PART_MAX || str_ends_with(local, S(".")))
		return false;
	bool any = false;
	while (str_next(&local, '.', &atom)) {
		if (!is_atom(atom))
			return false;
		any = true;
	}
	return any;
}

static bool is_host_label(Str label)
{
	for (size_t i = 0; i < label.length; i++)
		if (!is_letter_or_digit(label.bytes[i]) && label.bytes[i] != '-')
			return false;
	return label.length > 0 && label.length <= HOST_LABEL_MAX && label.bytes[0] != '-' &&
	       label.bytes[label.length - 1] != '-';
}

/* Two labels or more; the last is no number, or it would be an address in digits. */
static bool is_mail_host(Str host)
{
	Str label = S("");
	uint64_t number;
	size_t labels = 0;
	if (str_ends_with(host, S(".")))
		return false;
	while (str_next(&host, '.', &label)) {
		if (!is_host_label(label))
			return false;
		labels++;
	}
	return labels >= 2 && !str_parse_uint(label, UINT64_MAX, &number);
}

static const char *email_check(Str given, Str *out)
{
	if (!utf8_is_valid(given) || str_is_empty(utf8_trim(given)))
		return N_("Write your e-mail address: it is needed, and never shown.");
	Str email = utf8_trim(given);
	size_t at = str_find_byte(email, '@');
	if (email.length > REPLY_EMAIL_MAX || at == STR_NOT_FOUND ||
	    !is_local_part(str_slice(email, 0, at)) || !is_mail_host(str_from(email, at + 1)))
		return N_("Check your e-mail address: it should look like name@example.org.");
	*out = email;
	return NULL;
}

/* ---- the website ---- */

/* "example.org" is what most people write. */
static Err website_with_scheme(Str given, struct arena *mem, Str *out)
{
	if (str_find(given, S("://")) != STR_NOT_FOUND) {
		*out = given;
		return OK;
	}
	return arena_format(mem, out, "https://%.*s", STR(given));
}

static bool host_has_dot(Str address)
{
	Str host;
	Str rest = str_from(address, str_find(address, S("://")) + 3);
	return str_next(&rest, '/', &host) && str_find_byte(host, '.') != STR_NOT_FOUND;
}

static Err website_check(Str given, struct arena *mem, Str *out, const char **problem)
{
	Str whole;
	Url url;
	*problem = N_("Check the website's address: it should look like https://example.org. You may "
	              "also leave it empty.");
	if (!utf8_is_valid(given))
		return OK;
	Str website = utf8_trim(given);
	if (str_is_empty(website)) {
		*problem = NULL;
		*out = S("");
		return OK;
	}
	if (utf8_has_control(website))
		return OK;
	if (utf8_length(website) > REPLY_WEBSITE_MAX) {
		*problem = N_("Shorten the website's address: it may have 300 characters.");
		_Static_assert(REPLY_WEBSITE_MAX == 300, "the sentence says so");
		return OK;
	}
	TRY(website_with_scheme(website, mem, &whole));
	Err parsed = url_parse_web(whole, REPLY_WEBSITE_MAX_BYTES, mem, &url);
	if (parsed == ERR_INVALID || parsed == ERR_TOO_LARGE)
		return OK;
	TRY(parsed);
	if (!host_has_dot(url.address))
		return OK;
	*problem = NULL;
	*out = url.address;
	return OK;
}

/* ---- the text ---- */

static Err text_check(Str given, struct arena *mem, Str *out, const char **problem)
{
	Str text;
	*problem = N_("Your reply holds characters that can't be shown: take them out.");
	if (!utf8_is_valid(given))
		return OK;
	struct buf lines CLEANUP(buf_done);
	buf_init(&lines, given.length);
	buf_add_lines(&lines, given);
	TRY(buf_check(&lines));
	if (utf8_has_control(buf_str(&lines)))
		return OK;
	TRY(arena_copy(mem, utf8_trim(buf_str(&lines)), &text));
	*problem = N_("Write your reply: the text is empty.");
	if (str_is_empty(text))
		return OK;
	*problem = N_("Shorten your reply: it may have 10,000 characters.");
	_Static_assert(REPLY_TEXT_MAX == 10000, "the sentence says so");
	if (utf8_length(text) > REPLY_TEXT_MAX)
		return OK;
	*problem = NULL;
	*out = text;
	return OK;
}

Err reply_check(const struct reply_input *input, struct arena *mem, struct reply_problems *problems,
                struct reply_input *out, bool *ok)
{
	struct reply_input checked = {0};
	struct reply_problems found = {0};
	TRY(name_check(input->name, mem, &checked.name, &found.name));
	found.email = email_check(input->email, &checked.email);
	TRY(website_check(input->website, mem, &checked.website, &found.website));
	TRY(text_check(input->text, mem, &checked.text, &found.text));
	*problems = found;
	*ok = found.name == NULL && found.email == NULL && found.website == NULL && found.text == NULL;
	if (*ok)
		*out = checked;
	return OK;
}
