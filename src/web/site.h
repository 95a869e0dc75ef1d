/* The site as every page and act knows it. Its language, time zone and public address stay as they
 * are while a server runs: addresses and days hang on them. What it is called may be changed at any
 * time, so a page asks for it in its own snapshot of the database. */
#ifndef WEB_SITE_H
#define WEB_SITE_H

#include "base/random.h"
#include "db/db.h"
#include "html/html.h"
#include "i18n/i18n.h"

/* Characters. */
#define SITE_NAME_MAX 120
#define SITE_TAGLINE_MAX 200

struct site {
	Str name_at_start;               /* for what can't ask the database: see site_words_find */
	Str zone;                        /* IANA, "Asia/Baghdad" */
	const struct language *language; /* the default: its pages have no prefix */
	struct mac_key key;              /* for one-time keys; made at init, never shown */
	Url url; /* "https://news.example", without a path; may be empty until the server listens */
};

/* The language of a code, the site's own for an empty one; ERR_INVALID says which there are. */
MUST_CHECK Err site_language_find(const struct site *site, Str code, const struct language **out);
/* Everything but `url`, which is the operator's setting. */
MUST_CHECK Err site_find(struct db_connection *connection, struct arena *mem, struct site *out);

/* What the site is called on pages in one language. */
struct site_words {
	Str name;    /* in that language, else in the site's own */
	Str tagline; /* in that language, else empty */
};
MUST_CHECK Err site_words_find(struct db_connection *connection, const struct site *site,
                               const struct language *language, struct arena *mem,
                               struct site_words *out);

/* What something is called in a language; an empty code means the site's own. */
struct name_input {
	Str language, name;
};
/* An empty one takes away what was there, but for the site's name in its own language. */
struct site_words_input {
	const struct name_input *names;
	size_t name_count;
	const struct name_input *taglines;
	size_t tagline_count;
};

struct site_input {
	Str language, zone;
	struct site_words_input words; /* with a name in that language */
};
/* Writes a new site's rows; ERR_CONFLICT when there is one, ERR_INVALID says what is wrong. */
MUST_CHECK Err site_create(struct db *db, const struct site_input *input);
struct world;
/* An act: changes what the site is called, on every page at once. ERR_INVALID says what is wrong.
 */
MUST_CHECK Err site_set(const struct world *world, const struct site_words_input *input);

/* For backup and restore. */
extern const struct db_table site_tables[];
extern const size_t site_table_count;
/* Takes away the rows that site_create makes, where a restore replaces them. */
extern const Sql site_clear;

#endif
