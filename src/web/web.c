#include <sodium.h>
#include <stdlib.h>

#include "web/web_private.h"

#define START_BYTES (4 << 20)

/* ---- header fields ---- */

Html web_first_paint_script(void)
{
	const struct embedded_file *script =
	    embedded_find(embedded_assets, embedded_asset_count, "first_paint.js");
	CHECK(script != NULL);
	return html_from_asset(script);
}

/* The one inline script is allowed by its hash (CSP Level 3 §2.3.1), which is the asset's own. */
static Err script_hash(struct arena *mem, Str *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[64];
	Str script = web_first_paint_script().markup;
	crypto_hash_sha256(hash, (const unsigned char *)script.bytes, script.length);
	sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	return arena_format(mem, out, "'sha256-%s'", text);
}

static Err security_fields_make(struct web *web)
{
	Str hash;
	TRY(script_hash(&web->mem, &hash));
	return arena_format(
	    &web->mem, &web->security_fields,
	    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self' %.*s; "
	    "img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: strict-origin-when-cross-origin\r\n",
	    STR(hash));
}

/* ---- who we are, whom we trust ---- */

static void host_find(struct web *web)
{
	Str url = web->world->site->url.address;
	size_t scheme = str_find(url, S("://"));
	web->site_host = scheme == STR_NOT_FOUND ? url : str_from(url, scheme + 3);
	web->is_local = web->settings->url.length == 0;
}

Err web_site_found(struct web *web)
{
	host_find(web);
	busy_release(web->busy);
	web->busy = NULL;
	return busy_new(web, &web->busy);
}

static Err proxies_read(struct web *web)
{
	Str rest = web->settings->trusted_proxies;
	Str address;
	while (str_next(&rest, ' ', &address)) {
		if (address.length == 0)
			continue;
		if (web->trusted_proxy_count == TRUSTED_PROXIES_MAX)
			return fail(ERR_INVALID, "server.trusted_proxies names more than %d addresses",
			            TRUSTED_PROXIES_MAX);
		if (!address_parse(address, &web->trusted_proxies[web->trusted_proxy_count++]))
			return fail(ERR_INVALID,
			            "server.trusted_proxies has \"%.*s\": it takes IP addresses, such as "
			            "192.0.2.1 or 2001:db8::1, parted by spaces",
			            STR(address));
	}
	return OK;
}

/* The one before may have dated a page within this second, so that there is no date until the next.
 */
static void dated_begin(struct web *web, const struct web *before)
{
	pthread_mutex_init(&web->dated_lock, NULL);
	if (before == NULL)
		return;
	web->dated_second = clock_now(web->world->clock) / SECOND_MS;
	web->dated_ticket.generation = UINT64_MAX;
}

/* Who waits for a page is answered by whichever web makes it. */
static Err waiting_begin(struct web *web, const struct web *before)
{
	if (before == NULL) {
		TRY(makings_new(&web->makings));
		return rate_limits_new(&web->limits);
	}
	web->makings = makings_keep(before->makings);
	web->limits = rate_limits_keep(before->limits);
	return OK;
}

static Err web_fill(struct web *web, const struct web *before)
{
	host_find(web);
	TRY(proxies_read(web));
	TRY(routes_check(web));
	TRY(security_fields_make(web));
	dated_begin(web, before);
	TRY(waiting_begin(web, before));
	/* Templates name assets. */
	TRY(assets_load(web, web->options.theme, before));
	TRY(templates_load(web, web->options.theme));
	web->options.theme = NULL; /* the caller may close it */
	return web->world->site->language == NULL ? OK : busy_new(web, &web->busy);
}

Err web_new(const struct web_options *options, struct web **out)
{
	struct web *web = calloc(1, sizeof *web);
	if (web == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	arena_init(&web->mem, START_BYTES);
	web->options = *options;
	web->world = options->world;
	web->settings = settings_of(options->settings, &web_settings_table);
	web->options.before = NULL;
	Err err = web_fill(web, options->before);
	if (err == OK)
		*out = web;
	else
		web_free(web);
	return err;
}

void web_free(struct web *web)
{
	if (web == NULL)
		return;
	improver_stop(web->improver);
	busy_release(web->busy);
	makings_release(web->makings);
	assets_release(web);
	templates_release(web);
	rate_limits_release(web->limits);
	arena_done(&web->mem);
	free(web);
}

Err web_start_improving(struct web *web)
{
	return improver_start(web->world->cache, &web->improver);
}
