#include "web/web_private.h"

#include <arpa/inet.h>

static bool is_trusted(const struct web *web, Str address)
{
	for (size_t i = 0; i < web->trusted_proxy_count; i++)
		if (str_equal(web->trusted_proxies[i], address))
			return true;
	return false;
}

/* The last address that a trusted proxy did not put there itself. */
Str reader_address(const struct web *web, const struct http_request *http)
{
	Str address = http->address;
	Str forwarded = http_request_field(http, S("X-Forwarded-For"));
	while (is_trusted(web, address) && forwarded.length > 0) {
		size_t start = forwarded.length;
		while (start > 0 && forwarded.bytes[start - 1] != ',')
			start--;
		Str last = str_trim(str_from(forwarded, start));
		forwarded = str_slice(forwarded, 0, start == 0 ? 0 : start - 1);
		if (last.length == 0 || last.length >= INET6_ADDRSTRLEN)
			break;
		address = last;
	}
	return address;
}

/* An IPv4 address is a block by itself, of an IPv6 address the first 64 bits are: one household. */
Err reader_address_block(const struct web *web, Str address, struct arena *mem, Str *out)
{
	char text[INET6_ADDRSTRLEN] = {0};
	unsigned char mac[MAC_BYTES];
	struct in6_addr v6;
	Str block = address;
	if (address.length < sizeof text) {
		memcpy(text, address.bytes, address.length);
		if (inet_pton(AF_INET6, text, &v6) == 1)
			block = (Str){(const char *)v6.s6_addr, 8};
	}
	const Str parts[] = {S("address block"), block};
	mac_make(&web->world->site->key, parts, 2, mac);
	return base64url_format(mac, 16, mem, out);
}

bool host_is_ours(const struct web *web, Str host)
{
	if (str_equal_ignoring_case(host, web->site_host))
		return true;
	if (!web->is_local)
		return false;
	size_t colon = str_find_byte(web->site_host, ':');
	Str port = colon == STR_NOT_FOUND ? S("") : str_from(web->site_host, colon);
	return str_starts_with(host, S("localhost")) && str_equal(str_from(host, 9), port);
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
