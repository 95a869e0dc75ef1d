/* A site's folder: courant.conf, the database (or the address of one), the lock and the control
 * socket. One process at a time has it open for writing. */
#ifndef SERVER_SITE_FOLDER_H
#define SERVER_SITE_FOLDER_H

#include "base/settings.h"
#include "web/act.h"

struct site_folder_settings {
	Str database; /* site.database, flag --database: postgres://…; empty: SQLite in the folder */
};
extern const struct setting_table site_folder_settings_table;

struct site_folder {
	Str path;   /* as given, without slashes at its end */
	int folder; /* descriptor of it */
	struct arena mem;
	struct settings *settings;
	struct site site; /* its url is the setting site.url: empty when that is */
	struct db *db;
	struct world world; /* points into this struct: it must not be moved */
	int lock;           /* descriptor that holds the lock */
};

struct site_new {
	struct site_input site; /* checked by site_create */
	Str url, database;      /* written to courant.conf; may be empty */
	Str backup;             /* a file of db_backup to fill it from, in place of `site` */
	/* Acts on the new site before anybody can open it; may be NULL. What fails here fails the
	 * whole, but what is in a PostgreSQL database by then stays there. */
	Err (*fill)(const struct world *world, void *state);
	void *fill_state;
};
/* Makes the folder (mode 0700), courant.conf and a database with the site's rows, all at once: the
 * folder may be absent or empty. One with a site in it is ERR_CONFLICT; what was begun is removed
 * again when it fails. */
MUST_CHECK Err site_folder_init(Str path, const struct site_new *input);

/* Takes the lock, reads courant.conf, lets `flags` (name, value, …; `flag_count` Strs) win over it,
 * opens the database. ERR_CONFLICT: another process has the site open (its control socket is the
 * way). ERR_NOT_FOUND: there is no site. On failure nothing is left to close. */
MUST_CHECK Err site_folder_open(struct site_folder *folder, Str path, const Str *flags,
                                size_t flag_count);
/* The same, and changes nothing that is there: what is missing after an upgrade stays so, and a
 * database that an older Courant made is ERR_UNAVAILABLE. */
MUST_CHECK Err site_folder_open_as_it_is(struct site_folder *folder, Str path);
void site_folder_close(struct site_folder *folder);

/* ---- from one server to the next, which both have the folder open for a while ---- */

/* Reads the settings alone: neither lock nor database. The site in `folder->world` is empty. */
MUST_CHECK Err site_folder_prepare(struct site_folder *folder, Str path, const Str *flags,
                                   size_t flag_count);
/* Closes the database and gives the lock away, still held. */
int site_folder_let_go(struct site_folder *folder);
/* After site_folder_prepare: opens the database under that lock, which it takes over also when it
 * fails. Nothing is migrated and nothing made anew. */
MUST_CHECK Err site_folder_take(struct site_folder *folder, int lock);
/* The same after site_folder_let_go, for whom nobody has followed. */
MUST_CHECK Err site_folder_take_back(struct site_folder *folder, int lock);

/* What courant.conf says and `flags` (name, value, …) win over, read without the lock; given back
 * with settings_free. */
MUST_CHECK Err site_folder_settings(Str path, const Str *flags, size_t flag_count,
                                    struct settings **out);

/* Opens the folder itself, without the lock. ERR_NOT_FOUND says how to make a site. */
MUST_CHECK Err site_folder_find(Str path, int *folder_out);

#endif
