#include <sodium.h>
#include <stdlib.h>

#include "web/web_private.h"

#define START_BYTES (4 << 20)
#define TEMPLATES_MAX 128
#define BINDINGS_MAX 128
#define ASSET_CACHE_CONTROL "public, max-age=31536000, immutable"
#define ASSET_BROTLI_QUALITY 11

static const struct template_binding bindings[] = {{"web/error", &error_view_view}};

/* ---- templates ---- */

static Str words_in(Str words, const void *language)
{
	return i18n_text_of(language, words);
}

static Err templates_load(struct web *web)
{
	struct template_source sources[TEMPLATES_MAX];
	struct template_binding all[BINDINGS_MAX];
	size_t count = sizeof bindings / sizeof bindings[0];
	CHECK(embedded_template_count <= TEMPLATES_MAX);
	for (size_t i = 0; i < embedded_template_count; i++)
		sources[i] = (struct template_source){
		    str_from_c(embedded_templates[i].name),
		    {(const char *)embedded_templates[i].bytes, embedded_templates[i].size_bytes}};
	memcpy(all, bindings, sizeof bindings);
	for (size_t i = 0; i < web->options.binding_count; i++) {
		const struct template_bindings *more = web->options.bindings[i];
		CHECK(count + more->count <= BINDINGS_MAX);
		memcpy(&all[count], more->rows, more->count * sizeof *more->rows);
		count += more->count;
	}
	struct template_options options = {
	    .sources = sources,
	    .source_count = embedded_template_count,
	    .bindings = all,
	    .binding_count = count,
	    .translate = words_in,
	};
	for (size_t i = 0; language_at(i) != NULL; i++) {
		CHECK(i < LANGUAGES_MAX);
		options.translate_context = language_at(i);
		TRY(templates_new(&options, &web->templates[i]));
	}
	return OK;
}

/* ---- assets ---- */

static const char *asset_type(Str name)
{
	if (str_ends_with(name, S(".css")))
		return "text/css; charset=utf-8";
	if (str_ends_with(name, S(".js")))
		return "text/javascript; charset=utf-8";
	if (str_ends_with(name, S(".svg")))
		return "image/svg+xml";
	if (str_ends_with(name, S(".png")))
		return "image/png";
	return "application/octet-stream";
}

static Err asset_load(struct web *web, const struct embedded_file *file, struct asset *out)
{
	struct web_response response = {
	    .status = 200,
	    .content_type = asset_type(str_from_c(file->name)),
	    .expires = INT64_MAX,
	};
	out->file = file;
	TRY(arena_format(&web->mem, &out->path, "/assets/%s", file->public_name));
	buf_init(&response.body, file->size_bytes + 1);
	buf_add(&response.body, (Str){(const char *)file->bytes, file->size_bytes});
	Err err = page_finish(web, &response, ASSET_CACHE_CONTROL, ASSET_BROTLI_QUALITY, &out->page);
	buf_done(&response.body);
	return err;
}

static Err assets_load(struct web *web)
{
	web->assets = ARENA_ARRAY(&web->mem, struct asset, embedded_asset_count);
	if (web->assets == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < embedded_asset_count; i++) {
		TRY(asset_load(web, &embedded_assets[i], &web->assets[i]));
		web->asset_count++;
	}
	return OK;
}

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
	    "img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
	    "base-uri 'none'; frame-ancestors 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: strict-origin-when-cross-origin\r\n",
	    STR(hash));
}

/* ---- who we are, whom we trust ---- */

static void host_read(struct web *web)
{
	Str url = web->world->site->url.address;
	size_t scheme = str_find(url, S("://"));
	web->site_host = scheme == STR_NOT_FOUND ? url : str_from(url, scheme + 3);
	web->is_local = web->settings->url.length == 0;
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

static Err web_fill(struct web *web)
{
	host_read(web);
	TRY(proxies_read(web));
	TRY(routes_check(web));
	TRY(security_fields_make(web));
	for (size_t i = 0; i < MAKERS; i++)
		pthread_mutex_init(&web->makers[i], NULL);
	TRY(rate_limits_new(&web->limits));
	TRY(templates_load(web));
	return assets_load(web);
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
	Err err = web_fill(web);
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
	for (size_t i = 0; i < web->asset_count; i++)
		page_release(web->assets[i].page);
	for (size_t i = 0; i < LANGUAGES_MAX; i++)
		templates_free(web->templates[i]);
	rate_limits_free(web->limits);
	arena_done(&web->mem);
	free(web);
}
