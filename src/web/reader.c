#include "web/web_private.h"

#include <arpa/inet.h>

bool address_parse(Str text, struct in6_addr *out)
{
	char room[INET6_ADDRSTRLEN] = {0};
	struct in_addr v4;
	if (text.length == 0 || text.length >= sizeof room)
		return false;
	memcpy(room, text.bytes, text.length);
	if (inet_pton(AF_INET6, room, out) == 1)
		return true;
	if (inet_pton(AF_INET, room, &v4) != 1)
		return false;
	*out = (struct in6_addr){.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
	memcpy(&out->s6_addr[12], &v4, sizeof v4);
	return true;
}

static bool is_trusted(const struct web *web, Str address)
{
	struct in6_addr parsed;
	if (web->trusted_proxy_count == 0 || !address_parse(address, &parsed))
		return false;
	for (size_t i = 0; i < web->trusted_proxy_count; i++)
		if (memcmp(&web->trusted_proxies[i], &parsed, sizeof parsed) == 0)
			return true;
	return false;
}

static bool is_forwarded_for(const struct http_field *field)
{
	return str_equal_ignoring_case(field->name, S("X-Forwarded-For"));
}

/* Cuts the last address off a list. */
static bool last_address(Str *list, Str *out)
{
	if (list->length == 0)
		return false;
	size_t start = list->length;
	while (start > 0 && list->bytes[start - 1] != ',')
		start--;
	*out = str_trim(str_from(*list, start));
	*list = str_slice(*list, 0, start == 0 ? 0 : start - 1);
	return true;
}

/* Each proxy adds the address that it was asked from, at the end of the line or in a line of its
 * own. From there back, the first that is not a trusted proxy's is the reader's; what is not an
 * address ends the search. */
Str reader_address(const struct web *web, const struct http_request *http)
{
	Str address = http->address;
	for (size_t i = http->field_count; i > 0; i--) {
		Str list = http->fields[i - 1].value;
		Str before;
		struct in6_addr parsed;
		if (!is_forwarded_for(&http->fields[i - 1]))
			continue;
		while (is_trusted(web, address) && last_address(&list, &before)) {
			if (!address_parse(before, &parsed))
				return address;
			address = before;
		}
	}
	return address;
}

Str web_reader_address(const struct web *web, const struct http_request *request)
{
	return reader_address(web, request);
}

bool reader_is_local(const struct http_request *http, Str address)
{
	if (!str_equal(address, S("127.0.0.1")) && !str_equal(address, S("::1")))
		return false;
	return http_request_field(http, S("X-Forwarded-For")).length == 0 &&
	       http_request_field(http, S("Forwarded")).length == 0;
}

/* An IPv4 address is a block by itself, of an IPv6 address the first 64 bits are: one household. */
Err reader_address_block(const struct web *web, Str address, struct arena *mem, Str *out)
{
	unsigned char mac[MAC_BYTES];
	struct in6_addr parsed;
	Str block = address;
	if (address_parse(address, &parsed) && !IN6_IS_ADDR_V4MAPPED(&parsed))
		block = (Str){(const char *)parsed.s6_addr, 8};
	const Str parts[] = {S("address block"), block};
	mac_make(&web->world->site->key, parts, 2, mac);
	return base64url_format(mac, 16, mem, out);
}

uint64_t web_reader_hash(const struct web *web, const struct http_request *request)
{
	struct in6_addr parsed;
	Str address = reader_address(web, request);
	if (reader_is_local(request, address) || !address_parse(address, &parsed))
		return 0;
	size_t block_bytes = IN6_IS_ADDR_V4MAPPED(&parsed) ? sizeof parsed.s6_addr : 8;
	uint64_t hash = hash_keyed((Str){(const char *)parsed.s6_addr, block_bytes});
	return hash == 0 ? 1 : hash;
}

/* Where ":8080" begins in "host:8080" or "[::1]:8080". */
static size_t port_start(Str host)
{
	size_t colon = host.length;
	while (colon > 0 && host.bytes[colon - 1] != ':' && host.bytes[colon - 1] != ']')
		colon--;
	return colon > 0 && host.bytes[colon - 1] == ':' ? colon - 1 : host.length;
}

bool host_is_ours(const struct web *web, Str host)
{
	if (str_equal_ignoring_case(host, web->site_host))
		return true;
	if (!web->is_local)
		return false;
	size_t port = port_start(host);
	return str_equal_ignoring_case(str_slice(host, 0, port), S("localhost")) &&
	       str_equal(str_from(host, port), str_from(web->site_host, port_start(web->site_host)));
}

/* The origin, "http://host:port", without its scheme. A proxy may speak https for us. */
static bool origin_is_ours(const struct web *web, Str origin)
{
	Str host = S("");
	if (str_starts_with(origin, S("http://")))
		host = str_from(origin, 7);
	if (str_starts_with(origin, S("https://")))
		host = str_from(origin, 8);
	return host_is_ours(web, host);
}

bool reader_is_on_our_page(const struct web *web, const struct http_request *http)
{
	Str site = http_request_field(http, S("Sec-Fetch-Site"));
	Str origin = http_request_field(http, S("Origin"));
	if (site.length > 0 && !str_equal(site, S("same-origin")) && !str_equal(site, S("none")))
		return false;
	return origin.length == 0 || origin_is_ours(web, origin);
}
