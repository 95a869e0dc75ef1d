/* Files of the source tree that are part of the program: templates, migrations, assets, shells'
 * scripts and translated words. tools/embed.py writes the tables when Courant is built; nothing
 * here is ever read from disk at run time. All of it lives as long as the process. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>
#include <string.h>

struct embedded_file {
	/* A template: room and path without ending, "site/story". A migration: its file name. An asset:
	 * its path below assets/site, "site.css". Each list is sorted by this name in byte order. */
	const char *name;
	/* An asset's name in addresses, made from the bytes: "site.3f9a1c2b.css". NULL for others. */
	const char *public_name;
	/* Followed by a NUL that size_bytes does not count. */
	const unsigned char *bytes;
	size_t size_bytes;
	/* SHA-256 of the bytes in 64 lower-case hexadecimal digits; public_name has the first eight. */
	const char *hash;
};

extern const struct embedded_file embedded_templates[];
extern const size_t embedded_template_count;
extern const struct embedded_file embedded_migrations[];
extern const size_t embedded_migration_count;
extern const struct embedded_file embedded_assets[];
extern const size_t embedded_asset_count;
/* packaging/completion: "courant.bash". */
extern const struct embedded_file embedded_completions[];
extern const size_t embedded_completion_count;

#define EMBEDDED_FORMS_MAX 6

/* One translated message of po/<lang>.po. All catalogues but English have the same. */
struct embedded_message {
	const char *lang;
	const char *msgid;
	const char *msgid_plural; /* NULL when the message has no plural */
	/* In the order of the catalogue's Plural-Forms; a message without plural has one. */
	const char *forms[EMBEDDED_FORMS_MAX];
	int form_count;
};

/* Sorted by lang, then msgid, in byte order. */
extern const struct embedded_message embedded_messages[];
extern const size_t embedded_message_count;

/* The file of that name, or NULL. `list` is one of those above. */
static inline const struct embedded_file *embedded_find(const struct embedded_file *list,
                                                        size_t count, const char *name)
{
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, list[middle].name);
		if (order == 0)
			return &list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

#endif
