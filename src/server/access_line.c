#include "server/access_line.h"

#include <arpa/inet.h>
#include <time.h>

#include "base/utf8.h"

/* ---- what is left of what was sent ---- */

static Str without_query(Str text)
{
	size_t end = 0;
	while (end < text.length && text.bytes[end] != '?' && text.bytes[end] != '#')
		end++;
	return str_slice(text, 0, end);
}

/* A name and password before the host are nobody's business: then it is left out. */
static Str referrer_shown(Str referrer)
{
	size_t scheme = str_find(referrer, S("//"));
	if (scheme != STR_NOT_FOUND) {
		Str rest = str_from(referrer, scheme + 2);
		Str host = str_slice(rest, 0, str_find_byte(rest, '/'));
		if (str_find_byte(host, '@') != STR_NOT_FOUND)
			return S("");
	}
	return str_slice(without_query(referrer), 0, ACCESS_REFERRER_MAX);
}

static void mask_ipv4(unsigned char *bytes)
{
	bytes[3] = 0;
}

/* Empty when it is not to be shown, or is no address. */
static Str address_shown(Str address, enum access_addresses addresses, char room[INET6_ADDRSTRLEN])
{
	struct in_addr ipv4;
	struct in6_addr ipv6;
	char text[INET6_ADDRSTRLEN] = "";
	if (addresses == ACCESS_ADDRESS_NONE || address.length == 0 || address.length >= sizeof text)
		return S("");
	memcpy(text, address.bytes, address.length);
	bool is_block = addresses == ACCESS_ADDRESS_BLOCK;
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		if (is_block)
			mask_ipv4((unsigned char *)&ipv4);
		return str_from_c(inet_ntop(AF_INET, &ipv4, room, INET6_ADDRSTRLEN));
	}
	if (inet_pton(AF_INET6, text, &ipv6) != 1)
		return S("");
	if (is_block && IN6_IS_ADDR_V4MAPPED(&ipv6))
		mask_ipv4(ipv6.s6_addr + 12);
	else if (is_block)
		memset(ipv6.s6_addr + 6, 0, 10);
	return str_from_c(inet_ntop(AF_INET6, &ipv6, room, INET6_ADDRSTRLEN));
}

/* ---- common and combined ---- */

/* As Apache escapes: what reads its logs knows \", \\ and \xHH. */
static void quoted_add(struct buf *out, Str text)
{
	if (text.length == 0)
		buf_add_byte(out, '-');
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.bytes[i];
		if (byte == '"' || byte == '\\')
			buf_format(out, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			buf_format(out, "\\x%02x", byte);
		else
			buf_add_byte(out, (char)byte);
	}
}

static void common_time_add(struct buf *out, Time at)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(at / SECOND_MS);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	buf_format(out, "[%02d/%s/%04d:%02d:%02d:%02d +0000]", utc.tm_mday, months[utc.tm_mon],
	           utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static void common_add(struct buf *out, const struct access *access, Str address, bool is_combined)
{
	if (address.length == 0)
		buf_add_byte(out, '-');
	buf_add(out, address);
	buf_add(out, S(" - - "));
	common_time_add(out, access->at);
	buf_add(out, S(" \""));
	quoted_add(out, str_slice(access->method, 0, ACCESS_METHOD_MAX));
	if (access->method.length > 0) {
		buf_add_byte(out, ' ');
		quoted_add(out, str_slice(without_query(access->path), 0, ACCESS_PATH_MAX));
		buf_add(out, S(" HTTP/1.1"));
	}
	buf_format(out, "\" %d %llu", access->status, (unsigned long long)access->body_bytes);
	if (is_combined) {
		buf_add(out, S(" \""));
		quoted_add(out, referrer_shown(access->referrer));
		buf_add(out, S("\" \""));
		quoted_add(out, str_slice(access->agent, 0, ACCESS_AGENT_MAX));
		buf_add_byte(out, '"');
	}
}

/* ---- JSON ---- */

static void unit_add(struct buf *out, uint32_t unit)
{
	buf_format(out, "\\u%04x", (unsigned)unit);
}

/* In ASCII alone; what is not UTF-8 becomes U+FFFD. An empty text is null. */
static void json_add(struct buf *out, const char *name, Str text)
{
	buf_format(out, ",\"%s\":", name);
	if (text.length == 0) {
		buf_add(out, S("null"));
		return;
	}
	buf_add_byte(out, '"');
	for (size_t place = 0; place < text.length;) {
		uint32_t point = utf8_next(text, &place);
		if (point == UTF8_INVALID)
			point = 0xfffd;
		if (point == '"' || point == '\\')
			buf_format(out, "\\%c", (char)point);
		else if (point >= 0x20 && point < 0x7f)
			buf_add_byte(out, (char)point);
		else if (point < 0x10000)
			unit_add(out, point);
		else {
			unit_add(out, 0xd800 + ((point - 0x10000) >> 10));
			unit_add(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
		}
	}
	buf_add_byte(out, '"');
}

static void json_line_add(struct buf *out, const struct access *access, Str address)
{
	time_t seconds = (time_t)(access->at / SECOND_MS);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	buf_format(out, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", utc.tm_year + 1900,
	           utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	           (int)(access->at % SECOND_MS));
	json_add(out, "address", address);
	json_add(out, "method", str_slice(access->method, 0, ACCESS_METHOD_MAX));
	json_add(out, "path", str_slice(without_query(access->path), 0, ACCESS_PATH_MAX));
	buf_format(out, ",\"status\":%d,\"bytes\":%llu,\"seconds\":%lld.%06lld", access->status,
	           (unsigned long long)access->body_bytes, (long long)access->took_us / 1000000,
	           (long long)access->took_us % 1000000);
	json_add(out, "class", str_from_c(access->class));
	json_add(out, "referrer", referrer_shown(access->referrer));
	json_add(out, "agent", str_slice(access->agent, 0, ACCESS_AGENT_MAX));
	buf_add_byte(out, '}');
}

void access_line_add(struct buf *out, const struct access *access, enum access_format format,
                     enum access_addresses addresses)
{
	char room[INET6_ADDRSTRLEN];
	Str address = address_shown(access->address, addresses, room);
	if (format == ACCESS_JSON)
		json_line_add(out, access, address);
	else
		common_add(out, access, address, format == ACCESS_COMBINED);
	buf_add_byte(out, '\n');
}
