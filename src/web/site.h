/* The site as every page and act knows it: its name, languages, time zone and public address. A
 * snapshot read from the database; an act that changes it makes a new one. */
#ifndef WEB_SITE_H
#define WEB_SITE_H

#include "base/random.h"
#include "db/db.h"
#include "html/html.h"
#include "i18n/i18n.h"

#define SITE_NAME_MAX 120 /* characters */

struct site {
	Str name;
	Str zone;                        /* IANA, "Asia/Baghdad" */
	const struct language *language; /* the default: its pages have no prefix */
	struct mac_key key;              /* for one-time keys; made at init, never shown */
	Url url; /* "https://news.example", without a path; may be empty until the server listens */
};

/* Everything but `url`, which is the operator's setting. */
MUST_CHECK Err site_find(struct db_connection *connection, struct arena *mem, struct site *out);

struct site_input {
	Str name, language, zone;
};
/* Writes a new site's rows; ERR_CONFLICT when there is one, ERR_INVALID says what is wrong. */
MUST_CHECK Err site_create(struct db *db, const struct site_input *input);

/* For backup and restore. */
extern const struct db_table site_tables[];
extern const size_t site_table_count;
/* Takes away the rows that site_create makes, where a restore replaces them. */
extern const Sql site_clear;

#endif
