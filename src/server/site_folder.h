/* A site's folder: courant.conf, the database (or the address of one), the lock and the control
 * socket. One process at a time has it open for writing. */
#ifndef SERVER_SITE_FOLDER_H
#define SERVER_SITE_FOLDER_H

#include "base/settings.h"
#include "web/act.h"

struct site_folder {
	Str path; /* as given */
	struct arena mem;
	struct settings *settings;
	struct site site;
	struct db *db;
	struct world world; /* points into this struct: it must not be moved */
	int lock;           /* descriptor that holds the lock */
};

struct site_new {
	Str name, language, zone; /* checked by site_create */
	Str url, database;        /* written to courant.conf; may be empty */
};
/* Makes the folder (mode 0700), courant.conf and an empty database with the site's rows. A folder
 * with a site in it is ERR_CONFLICT; what was begun is removed again when it fails. */
MUST_CHECK Err site_folder_init(Str path, const struct site_new *input);

/* Takes the lock, reads courant.conf, lets `flags` (name, value, …; pairs) win over it, opens the
 * database. ERR_CONFLICT: another process has the site open (its control socket is the way). */
MUST_CHECK Err site_folder_open(struct site_folder *folder, Str path, const Str *flags,
                                size_t flag_count);
void site_folder_close(struct site_folder *folder);

#endif
