#include "base/utf8.h"
#include "html/html_private.h"

/* Percent-encoding triples a byte at most. */
#define ENCODED_MAX 3
/* Fifteen digits at most (ITU-T E.164), and what parts them. */
#define TELEPHONE_MAX_BYTES 32

static const char hex_digits[] = "0123456789ABCDEF";

static bool is_unreserved(char byte)
{
	return html_is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
	       byte == '_' || byte == '~';
}

static bool is_one_of(char byte, const char *these)
{
	return byte != 0 && strchr(these, byte) != NULL;
}

/* RFC 3986 §3.3: pchar. URL_PART_REST is path, query and fragment in one. */
static bool stands_as_itself(char byte, enum url_part part)
{
	if (is_unreserved(byte))
		return true;
	switch (part) {
	case URL_PART_SEGMENT:
		return is_one_of(byte, "!$&'()*+,;=:@");
	case URL_PART_REST:
		return is_one_of(byte, "!$&'()*+,;=:@/?");
	case URL_PART_QUERY_VALUE:
		break;
	}
	return false;
}

static bool begins_escape(Str text, size_t place)
{
	return text.bytes[place] == '%' && text.length - place > 2 &&
	       str_hex_digit(text.bytes[place + 1]) >= 0 && str_hex_digit(text.bytes[place + 2]) >= 0;
}

void url_encode_to(struct buf *out, Str text, enum url_part part)
{
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.bytes[i];
		if (stands_as_itself(byte, part) || (part == URL_PART_REST && begins_escape(text, i))) {
			buf_add_byte(out, byte);
			continue;
		}
		buf_add_byte(out, '%');
		buf_add_byte(out, hex_digits[(unsigned char)byte >> 4]);
		buf_add_byte(out, hex_digits[(unsigned char)byte & 0xF]);
	}
}

static Err url_take(const struct buf *built, struct arena *mem, Url *out)
{
	Html taken;
	TRY(html_take(built, mem, &taken));
	*out = (Url){taken.markup};
	return OK;
}

/* Digits or nothing; 65535 at most. */
static bool port_is_good(Str port)
{
	uint64_t number;
	return port.length == 0 || str_parse_uint(port, 65535, &number);
}

/* An IP literal as RFC 3986 §3.2.2 has it; that the digits make an address is not checked here. */
static bool ip_literal_is_good(Str inside)
{
	for (size_t i = 0; i < inside.length; i++)
		if (str_hex_digit(inside.bytes[i]) < 0 && inside.bytes[i] != ':' && inside.bytes[i] != '.')
			return false;
	return inside.length >= 2;
}

static int escape_value(Str text, size_t place)
{
	return str_hex_digit(text.bytes[place + 1]) * 16 + str_hex_digit(text.bytes[place + 2]);
}

/* ASCII letters, digits and -._~; what is not ASCII as itself or percent-encoded. */
static bool name_is_good(Str host)
{
	for (size_t i = 0; i < host.length; i++) {
		char byte = host.bytes[i];
		bool is_escape = begins_escape(host, i) && escape_value(host, i) >= 0x80;
		if ((unsigned char)byte < 0x80 && !is_unreserved(byte) && !is_escape)
			return false;
		if (is_escape)
			i += 2;
	}
	return host.length > 0 && host.bytes[0] != '.';
}

static void name_add(struct buf *out, Str host)
{
	for (size_t i = 0; i < host.length; i++) {
		char byte = html_lower(host.bytes[i]);
		if (begins_escape(host, i)) {
			byte = (char)escape_value(host, i);
			i += 2;
		}
		url_encode_to(out, (Str){&byte, 1}, URL_PART_SEGMENT);
	}
}

/* Host and port, lower-case; what is not ASCII in a name is percent-encoded UTF-8, which browsers
 * take for the internationalised name that it is (RFC 3986 §3.2.2). */
static bool authority_add(struct buf *out, Str authority)
{
	size_t host_end;
	bool is_literal = str_starts_with(authority, S("["));
	if (is_literal) {
		size_t close = str_find_byte(authority, ']');
		if (close == STR_NOT_FOUND || !ip_literal_is_good(str_slice(authority, 1, close - 1)))
			return false;
		host_end = close + 1;
	} else {
		size_t colon = str_find_byte(authority, ':');
		host_end = colon == STR_NOT_FOUND ? authority.length : colon;
		if (!name_is_good(str_slice(authority, 0, host_end)))
			return false;
	}
	Str port = str_from(authority, host_end);
	if (port.length > 0 && (port.bytes[0] != ':' || !port_is_good(str_from(port, 1))))
		return false;
	Str host = str_slice(authority, 0, host_end);
	if (!is_literal)
		name_add(out, host);
	for (size_t i = 0; is_literal && i < host.length; i++)
		buf_add_byte(out, html_lower(host.bytes[i]));
	if (port.length > 1)
		buf_add(out, port);
	return true;
}

/* The rest after the host: one fragment at most, so that a second # is data. */
static void rest_add(struct buf *out, Str rest)
{
	size_t hash = str_find_byte(rest, '#');
	url_encode_to(out, str_slice(rest, 0, hash), URL_PART_REST);
	if (hash == STR_NOT_FOUND)
		return;
	buf_add_byte(out, '#');
	url_encode_to(out, str_from(rest, hash + 1), URL_PART_REST);
}

static size_t authority_end(Str rest)
{
	for (size_t i = 0; i < rest.length; i++)
		if (is_one_of(rest.bytes[i], "/?#"))
			return i;
	return rest.length;
}

static bool has_space_or_control(Str text)
{
	size_t place = 0;
	while (place < text.length) {
		uint32_t point = utf8_next(text, &place);
		if (point <= ' ' || html_is_control(point) || point == UTF8_INVALID)
			return true;
	}
	return false;
}

static Err web_address_add(struct buf *built, Str text)
{
	Str scheme;
	if (str_equal_ignoring_case(str_slice(text, 0, 8), S("https://")))
		scheme = S("https://");
	else if (str_equal_ignoring_case(str_slice(text, 0, 7), S("http://")))
		scheme = S("http://");
	else
		return fail(ERR_INVALID, "a web address begins with https:// or http://");
	if (has_space_or_control(text))
		return fail(ERR_INVALID, "a web address holds no spaces and no control characters");
	Str rest = str_from(text, scheme.length);
	Str authority = str_slice(rest, 0, authority_end(rest));
	if (str_find_byte(authority, '@') != STR_NOT_FOUND)
		return fail(ERR_INVALID, "a web address holds no user name or password before its host");
	buf_add(built, scheme);
	if (!authority_add(built, authority))
		return fail(ERR_INVALID, "a web address names a host, such as https://example.org");
	rest_add(built, str_from(rest, authority.length));
	return OK;
}

Err url_parse_web(Str text, size_t max_bytes, struct arena *mem, Url *out)
{
	BUF_CLEANUP struct buf built = {0};
	Str trimmed = utf8_trim(text);
	buf_init(&built, max_bytes);
	TRY(web_address_add(&built, trimmed));
	if (built.failed)
		return fail(ERR_INVALID, "a web address is at most %zu bytes long", max_bytes);
	return url_take(&built, mem, out);
}

/* ---- links to people ---- */

/* What reaches the mail program when the escapes are taken away: one line of text. */
static bool subject_is_good(Str subject)
{
	BUF_CLEANUP struct buf decoded = {0};
	buf_init(&decoded, subject.length);
	for (size_t i = 0; i < subject.length; i++) {
		bool is_escape = begins_escape(subject, i);
		buf_add_byte(&decoded, is_escape ? (char)escape_value(subject, i) : subject.bytes[i]);
		i += is_escape ? 2 : 0;
	}
	Str line = buf_str(&decoded);
	for (size_t place = 0; place < line.length;) {
		uint32_t point = utf8_next(line, &place);
		if (point < ' ' || html_is_control(point) || point == UTF8_INVALID)
			return false;
	}
	return line.length > 0;
}

static bool mailbox_name_is_good(Str name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_unreserved(name.bytes[i]) && !is_one_of(name.bytes[i], "!$'*+="))
			return false;
	return name.length > 0;
}

bool url_mail_add(struct buf *out, Str text)
{
	static const Str field = {"?subject=", 9};
	Str scheme = S("mailto:");
	if (!str_equal_ignoring_case(str_slice(text, 0, scheme.length), scheme))
		return false;
	text = str_from(text, scheme.length);
	size_t question = str_find_byte(text, '?');
	Str address = str_slice(text, 0, question);
	Str query = question == STR_NOT_FOUND ? S("") : str_from(text, question);
	size_t at = str_find_byte(address, '@');
	if (at == STR_NOT_FOUND || !mailbox_name_is_good(str_slice(address, 0, at)) ||
	    !name_is_good(str_from(address, at + 1)))
		return false;
	buf_add(out, scheme);
	buf_add(out, str_slice(address, 0, at + 1));
	name_add(out, str_from(address, at + 1));
	if (query.length == 0)
		return true;
	Str subject = str_from(query, field.length);
	if (!str_equal_ignoring_case(str_slice(query, 0, field.length), field) ||
	    str_find_byte(subject, '&') != STR_NOT_FOUND || !subject_is_good(subject))
		return false;
	buf_add(out, field);
	url_encode_to(out, subject, URL_PART_REST);
	return true;
}

bool url_telephone_add(struct buf *out, Str text)
{
	Str scheme = S("tel:");
	if (!str_equal_ignoring_case(str_slice(text, 0, scheme.length), scheme))
		return false;
	Str number = str_from(text, scheme.length);
	size_t start = str_starts_with(number, S("+"));
	for (size_t i = start; i < number.length; i++) {
		bool is_digit = number.bytes[i] >= '0' && number.bytes[i] <= '9';
		if (!is_digit && (number.bytes[i] != '-' || i == start))
			return false;
	}
	buf_add(out, scheme);
	buf_add(out, number);
	return number.length > start && number.length <= TELEPHONE_MAX_BYTES;
}

/* ---- addresses of this site ---- */

Err url_path(const Str *segments, size_t count, struct arena *mem, Url *out)
{
	BUF_CLEANUP struct buf built = {0};
	size_t max_bytes = 1;
	for (size_t i = 0; i < count; i++) {
		/* An empty first segment would make //host, the dots would climb out of the folder. */
		if (segments[i].length == 0 || str_equal(segments[i], S(".")) ||
		    str_equal(segments[i], S("..")))
			return fail(ERR_INVALID, "\"%.*s\" can't be a part of an address", STR(segments[i]));
		max_bytes += 1 + segments[i].length * ENCODED_MAX;
	}
	buf_init(&built, max_bytes);
	if (count == 0)
		buf_add_byte(&built, '/');
	for (size_t i = 0; i < count; i++) {
		buf_add_byte(&built, '/');
		url_encode_to(&built, segments[i], URL_PART_SEGMENT);
	}
	return url_take(&built, mem, out);
}

Err url_join(Url base, Url path, struct arena *mem, Url *out)
{
	BUF_CLEANUP struct buf built = {0};
	Str origin = base.address;
	while (str_ends_with(origin, S("/")))
		origin.length--;
	if (!str_starts_with(path.address, S("/")))
		return fail(ERR_INVALID, "\"%.*s\" is not a path of this site", STR(path.address));
	buf_init(&built, origin.length + path.address.length);
	buf_add(&built, origin);
	buf_add(&built, path.address);
	return url_take(&built, mem, out);
}

Err url_with_query(Url url, Str name, Str value, struct arena *mem, Url *out)
{
	BUF_CLEANUP struct buf built = {0};
	size_t hash = str_find_byte(url.address, '#');
	Str front = str_slice(url.address, 0, hash);
	buf_init(&built, url.address.length + 2 + (name.length + value.length) * ENCODED_MAX);
	buf_add(&built, front);
	buf_add_byte(&built, str_find_byte(front, '?') == STR_NOT_FOUND ? '?' : '&');
	url_encode_to(&built, name, URL_PART_QUERY_VALUE);
	buf_add_byte(&built, '=');
	url_encode_to(&built, value, URL_PART_QUERY_VALUE);
	buf_add(&built, str_from(url.address, front.length));
	return url_take(&built, mem, out);
}

Err url_with_fragment(Url url, Str fragment, struct arena *mem, Url *out)
{
	BUF_CLEANUP struct buf built = {0};
	Str front = str_slice(url.address, 0, str_find_byte(url.address, '#'));
	buf_init(&built, front.length + 1 + fragment.length * ENCODED_MAX);
	buf_add(&built, front);
	buf_add_byte(&built, '#');
	url_encode_to(&built, fragment, URL_PART_SEGMENT);
	return url_take(&built, mem, out);
}

bool url_decode(Str text, enum url_coding coding, struct arena *mem, Str *out)
{
	char *bytes = arena_alloc(mem, text.length);
	size_t length = 0;
	if (bytes == NULL)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.bytes[i];
		if (byte == '%' && begins_escape(text, i)) {
			byte = (char)escape_value(text, i);
			i += 2;
		} else if (byte == '%' && coding == URL_CODED_SEGMENT) {
			return false;
		} else if (byte == '+' && coding == URL_CODED_QUERY_VALUE) {
			byte = ' ';
		}
		if (byte == 0)
			return false;
		bytes[length++] = byte;
	}
	Str decoded = {bytes, length};
	if (!utf8_is_valid(decoded))
		return false;
	*out = decoded;
	return true;
}
