#include "web/web_private.h"

/* The weight after ";q=", in thousandths; 0 says "not this" (RFC 9110 §12.4.2). */
static int quality(Str parameters)
{
	Str part;
	while (str_next(&parameters, ';', &part)) {
		part = str_trim(part);
		if (part.length < 3 || (part.bytes[0] != 'q' && part.bytes[0] != 'Q') ||
		    part.bytes[1] != '=')
			continue;
		int value = part.bytes[2] == '1' ? 1000 : 0;
		int place = 100;
		for (size_t i = 4; i < part.length && i < 7 && value < 1000; i++) {
			if (part.bytes[i] >= '0' && part.bytes[i] <= '9')
				value += (part.bytes[i] - '0') * place;
			place /= 10;
		}
		return value;
	}
	return 1000;
}

struct weights {
	int gzip, brotli, identity, rest; /* -1: not named */
};

static void weights_read(Str accept, struct weights *weights)
{
	Str part;
	*weights = (struct weights){-1, -1, -1, -1};
	while (str_next(&accept, ',', &part)) {
		Str name;
		if (!str_next(&part, ';', &name))
			continue;
		name = str_trim(name);
		int value = quality(part.bytes == NULL ? S("") : part);
		if (str_equal_ignoring_case(name, S("br")))
			weights->brotli = value;
		else if (str_equal_ignoring_case(name, S("gzip")) ||
		         str_equal_ignoring_case(name, S("x-gzip")))
			weights->gzip = value;
		else if (str_equal_ignoring_case(name, S("identity")))
			weights->identity = value;
		else if (str_equal(name, S("*")))
			weights->rest = value;
	}
}

enum page_encoding negotiate_encoding(Str accept_encoding, const struct page *page)
{
	struct weights weights;
	if (accept_encoding.length == 0)
		return PAGE_IDENTITY;
	weights_read(accept_encoding, &weights);
	int rest = weights.rest < 0 ? 0 : weights.rest;
	int brotli = weights.brotli < 0 ? rest : weights.brotli;
	int gzip = weights.gzip < 0 ? rest : weights.gzip;
	int identity = weights.identity < 0 ? 0 : weights.identity;
	if (page->encodings[PAGE_BROTLI].head.length == 0)
		brotli = 0;
	if (page->encodings[PAGE_GZIP].head.length == 0)
		gzip = 0;
	if (brotli > 0 && brotli >= gzip && brotli >= identity)
		return PAGE_BROTLI;
	if (gzip > 0 && gzip >= identity)
		return PAGE_GZIP;
	return PAGE_IDENTITY;
}

static Str without_weakness(Str etag)
{
	return str_starts_with(etag, S("W/")) ? str_from(etag, 2) : etag;
}

bool etag_matches(Str if_none_match, Str etag)
{
	Str part;
	if (etag.length == 0)
		return false;
	if (str_equal(str_trim(if_none_match), S("*")))
		return true;
	while (str_next(&if_none_match, ',', &part))
		if (str_equal(without_weakness(str_trim(part)), without_weakness(etag)))
			return true;
	return false;
}
