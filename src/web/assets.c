/* Style, scripts and pictures: finished at start, under names that hold a hash of their bytes. */
#include <sodium.h>
#include <stdlib.h>

#include "web/web_private.h"

#define ASSET_CACHE_CONTROL "public, max-age=31536000, immutable"
/* The best compression of what is larger would be waited for at every start. */
#define ASSET_BEST_MAX_BYTES 131072
static const struct page_levels levels_large = {.gzip = 6, .brotli = 5};

const struct asset *asset_named(const struct web *web, Str name)
{
	for (size_t i = 0; i < web->asset_count; i++)
		if (str_equal(web->assets[i].name, name))
			return &web->assets[i];
	return NULL;
}

static const struct page_levels *levels_of(Str name, size_t size_bytes)
{
	if (!asset_is_text(name))
		return NULL;
	return size_bytes <= ASSET_BEST_MAX_BYTES ? &page_levels_best : &levels_large;
}

/* Takes the next place in the list. */
static Err asset_add(struct web *web, Str name, Str path, Str bytes)
{
	struct asset *asset = &web->assets[web->asset_count];
	struct web_response response = {
	    .status = 200,
	    .content_type = asset_type(name),
	    .expires = INT64_MAX,
	};
	CHECK(response.content_type != NULL);
	buf_init(&response.body, bytes.length + 1);
	buf_add(&response.body, bytes);
	Err err = page_finish(web, NULL, &response, ASSET_CACHE_CONTROL, levels_of(name, bytes.length),
	                      &asset->page);
	buf_done(&response.body);
	TRY(err);
	TRY(web_url_of_path(path, &web->mem, &asset->url));
	asset->name = name;
	web->asset_count++;
	return OK;
}

static Err own_load(struct web *web, const struct theme *theme)
{
	for (size_t i = 0; i < embedded_asset_count; i++) {
		const struct embedded_file *file = &embedded_assets[i];
		Str name = str_from_c(file->name);
		Str path;
		if (theme != NULL && theme_list_find(&theme->assets, name) != NULL)
			continue;
		TRY(arena_format(&web->mem, &path, "/assets/%s", file->public_name));
		TRY(asset_add(web, name, path, (Str){(const char *)file->bytes, file->size_bytes}));
	}
	return OK;
}

/* ---- of a theme ---- */

/* "fonts/a.woff2" becomes "/assets/fonts/a.3f9a1c2b.woff2". */
static Err public_path(struct arena *mem, Str name, Str bytes, Str *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	size_t dot = name.length;
	while (name.bytes[dot - 1] != '.')
		dot--;
	crypto_hash_sha256(hash, (const unsigned char *)bytes.bytes, bytes.length);
	return arena_format(mem, out, "/assets/%.*s%02x%02x%02x%02x.%.*s", STR(str_slice(name, 0, dot)),
	                    hash[0], hash[1], hash[2], hash[3], STR(str_from(name, dot)));
}

static Err theme_asset_add(struct web *web, Str name, Str bytes)
{
	Str kept;
	Str path;
	TRY(arena_copy(&web->mem, name, &kept));
	TRY(public_path(&web->mem, name, bytes, &path));
	return asset_add(web, kept, path, bytes);
}

struct style_place {
	const struct web *web;
	struct theme *theme;
	const struct theme_file *file;
};

static bool style_find(Str name, void *context, Str *address_out)
{
	const struct style_place *place = context;
	const struct asset *asset = asset_named(place->web, name);
	if (asset == NULL || str_ends_with(name, S(".css")))
		return false;
	*address_out = asset->url.address;
	return true;
}

static void style_fault(size_t line, Str name, const char *sentence, void *context)
{
	const struct style_place *place = context;
	char text[256];
	snprintf(text, sizeof text, "%.*s: %s", STR(str_slice(name, 0, 120)), sentence);
	theme_fault_add(place->theme, &(struct theme_fault){
	                                  .file = place->file->file,
	                                  .line = line,
	                                  .field = name,
	                                  .sentence = str_from_c(text),
	                                  .consequence = S("the rest of the file is served"),
	                              });
}

static Err style_load(struct web *web, struct theme *theme, const struct theme_file *file)
{
	BUF_CLEANUP struct buf style;
	struct style_place place = {web, theme, file};
	struct style_watch watch = {style_find, style_fault, &place};
	/* An address is longer than the name it stands for. */
	buf_init(&style, 16 * THEME_ASSET_MAX_BYTES);
	style_resolve(file->bytes, &watch, &style);
	TRY(buf_check(&style));
	return theme_asset_add(web, file->name, buf_str(&style));
}

/* What style sheets name comes before them. */
static Err theme_load(struct web *web, struct theme *theme, bool styles)
{
	for (size_t i = 0; i < theme->assets.count; i++) {
		const struct theme_file *file = &theme->assets.files[i];
		bool is_style = str_ends_with(file->name, S(".css"));
		if (is_style != styles)
			continue;
		TRY(is_style ? style_load(web, theme, file)
		             : theme_asset_add(web, file->name, file->bytes));
	}
	return OK;
}

static const struct asset *asset_at(const struct web *web, Str address)
{
	for (size_t i = 0; i < web->asset_count; i++)
		if (str_equal(web->assets[i].url.address, address))
			return &web->assets[i];
	return NULL;
}

/* A page that was just read names what it was made with. Of the web before alone: else they would
 * grow with each reload. */
static Err before_load(struct web *web, const struct web *before)
{
	for (size_t i = 0; i < before->asset_count; i++) {
		const struct asset *asset = &before->assets[i];
		if (str_is_empty(asset->name) || asset_at(web, asset->url.address) != NULL)
			continue;
		struct asset *kept = &web->assets[web->asset_count];
		TRY(arena_copy(&web->mem, asset->url.address, &kept->url.address));
		kept->page = page_keep(asset->page);
		web->asset_count++;
	}
	return OK;
}

Err assets_load(struct web *web, struct theme *theme, const struct web *before)
{
	size_t count = embedded_asset_count + (theme == NULL ? 0 : theme->assets.count) +
	               (before == NULL ? 0 : before->asset_count);
	web->assets = ARENA_ARRAY(&web->mem, struct asset, count);
	if (web->assets == NULL)
		return ERR_MEMORY;
	TRY(own_load(web, theme));
	if (theme != NULL) {
		TRY(theme_load(web, theme, false));
		TRY(theme_load(web, theme, true));
	}
	return before == NULL ? OK : before_load(web, before);
}

void assets_release(struct web *web)
{
	for (size_t i = 0; i < web->asset_count; i++)
		page_release(web->assets[i].page);
}

Err web_asset(const struct web_request *request, const char *name, Url *out)
{
	const struct asset *asset = asset_named(request->web, str_from_c(name));
	if (asset == NULL)
		return fail(ERR_INTERNAL, "there is no asset %s", name);
	*out = asset->url;
	return OK;
}

Err web_asset_answer(const struct web_request *request, const char *name,
                     struct web_response *response)
{
	const struct asset *asset = asset_named(request->web, str_from_c(name));
	if (asset == NULL)
		return fail(ERR_INTERNAL, "there is no asset %s", name);
	response->content_type = asset_type(asset->name);
	buf_add(&response->body, asset->page->encodings[PAGE_IDENTITY].body);
	return buf_check(&response->body);
}
