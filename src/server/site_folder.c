#include "server/site_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "server/wiring.h"
#include "stories/stories.h"

#define CONF_MAX_BYTES 65536
#define SITE_URL_MAX 300
#define OPEN_MEMORY_BYTES 262144

static const struct setting rows[] = {
    {"site.database", "database", SETTING_TEXT, "", 0, 1000, "",
     "The address of a PostgreSQL database, such as postgres://courant@db.example/courant; empty: "
     "SQLite, in the file courant.db of the site's folder.",
     offsetof(struct site_folder_settings, database)},
};
const struct setting_table site_folder_settings_table = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct site_folder_settings),
};

static Str path_trim(Str path)
{
	while (path.length > 1 && path.bytes[path.length - 1] == '/')
		path.length--;
	return path;
}

/* ---- settings ---- */

/* A site's address has no path of its own. */
static Err site_url_parse(Str text, struct arena *mem, Url *out)
{
	Url url;
	if (url_parse_web(path_trim(text), SITE_URL_MAX, mem, &url) != OK)
		return fail(ERR_INVALID,
		            "site.url is %.*s: it takes an address such as https://news.example",
		            STR(text));
	size_t host = str_find(url.address, S("://")) + 3;
	Str rest = str_from(url.address, host);
	size_t end = str_find_byte(rest, '/');
	if ((end != STR_NOT_FOUND && end + 1 < rest.length) ||
	    str_find_byte(rest, '?') != STR_NOT_FOUND || str_find_byte(rest, '#') != STR_NOT_FOUND)
		return fail(ERR_INVALID,
		            "site.url is %.*s: it ends after the host, as https://news.example does",
		            STR(text));
	return url_parse_web(str_slice(url.address, 0, end == STR_NOT_FOUND ? SIZE_MAX : host + end),
	                     SITE_URL_MAX, mem, out);
}

static Err conf_read(int folder, struct arena *mem, Str *out)
{
	DESCRIPTOR conf = openat(folder, "courant.conf", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (conf < 0)
		return fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s", strerror(errno));
	char *bytes = arena_alloc(mem, CONF_MAX_BYTES + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	size_t length = 0;
	while (length <= CONF_MAX_BYTES) {
		ssize_t got = read(conf, bytes + length, CONF_MAX_BYTES + 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(ERR_IO, "%s", strerror(errno));
		if (got == 0)
			break;
		length += (size_t)got;
	}
	if (length > CONF_MAX_BYTES)
		return fail(ERR_TOO_LARGE, "it is larger than %d bytes", CONF_MAX_BYTES);
	*out = (Str){bytes, length};
	return OK;
}

/* What was made is in `*out` also when it fails. */
static Err conf_load(int folder, Str path, struct arena *mem, struct settings **out)
{
	Str text = S("");
	Err err = conf_read(folder, mem, &text);
	if (err == ERR_NOT_FOUND)
		return fail(ERR_NOT_FOUND, "there is no site in %.*s: make one with courant init %.*s",
		            STR(path), STR(path));
	if (err != OK) {
		Str reason = err_text();
		return fail(err, "%.*s/courant.conf can't be read: %.*s", STR(path), STR(reason));
	}
	TRY(settings_new(all_settings, all_settings_count, out));
	Str source;
	TRY(arena_format(mem, &source, "%.*s/courant.conf", STR(path)));
	return settings_parse(*out, text, source);
}

static Err flags_take(struct settings *settings, const Str *flags, size_t flag_count)
{
	for (size_t i = 0; i + 1 < flag_count; i += 2)
		TRY(settings_set(settings, flags[i], flags[i + 1], S("the command line")));
	return OK;
}

Err site_folder_settings(Str path, const Str *flags, size_t flag_count, struct settings **out)
{
	struct arena mem CLEANUP(arena_done);
	struct settings *settings = NULL;
	DESCRIPTOR folder = -1;
	arena_init(&mem, OPEN_MEMORY_BYTES);
	TRY(site_folder_find(path, &folder));
	Err err = conf_load(folder, path, &mem, &settings);
	if (err == OK)
		err = flags_take(settings, flags, flag_count);
	if (err == OK)
		*out = settings;
	else if (settings != NULL)
		settings_free(settings);
	return err;
}

static Err settings_load(struct site_folder *folder, const Str *flags, size_t flag_count)
{
	TRY(conf_load(folder->folder, folder->path, &folder->mem, &folder->settings));
	return flags_take(folder->settings, flags, flag_count);
}

/* ---- open ---- */

Err site_folder_find(Str path, int *folder_out)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, CONF_MAX_BYTES);
	char *name;
	TRY(arena_c_string(&mem, path, &name));
	int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 && (errno == ENOENT || errno == ENOTDIR))
		return fail(ERR_NOT_FOUND, "there is no site in %.*s: make one with courant init %.*s",
		            STR(path), STR(path));
	if (folder < 0)
		return fail(ERR_IO, "the folder %.*s can't be opened: %s", STR(path), strerror(errno));
	*folder_out = folder;
	return OK;
}

/* A file of its own, never written: unlike the database's own locks it is held from start to end.
 */
static Err lock_take(struct site_folder *folder)
{
	struct stat conf;
	if (fstatat(folder->folder, "courant.conf", &conf, 0) != 0 && errno == ENOENT)
		return fail(ERR_NOT_FOUND, "there is no site in %.*s: make one with courant init %.*s",
		            STR(folder->path), STR(folder->path));
	folder->lock = openat(folder->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (folder->lock < 0)
		return fail(ERR_IO, "%.*s/lock can't be opened: %s", STR(folder->path), strerror(errno));
	if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return OK;
	if (errno == EWOULDBLOCK)
		return fail(ERR_CONFLICT,
		            "the site in %.*s is open in another process (courant serve, or a command that "
		            "is not done yet): stop it, or try again when it is done",
		            STR(folder->path));
	return fail(ERR_IO, "%.*s/lock can't be locked: %s", STR(folder->path), strerror(errno));
}

static Err database_open(struct site_folder *folder, bool as_it_is)
{
	const struct site_folder_settings *own =
	    settings_of(folder->settings, &site_folder_settings_table);
	struct db_options options = {
	    .postgres_url = own->database,
	    .as_it_is = as_it_is,
	    .settings = settings_of(folder->settings, &db_settings_table),
	    .clock = &clock_system,
	};
	TRY(arena_format(&folder->mem, &options.sqlite_path, "%.*s/courant.db", STR(folder->path)));
	return db_open(&options, &folder->db);
}

static Err site_load(struct site_folder *folder)
{
	DB_READ connection = NULL;
	TRY(db_read_begin(folder->db, &connection));
	TRY(site_find(connection, &folder->mem, &folder->site));
	const struct web_settings *web = settings_of(folder->settings, &web_settings_table);
	if (!str_is_empty(web->url))
		TRY(site_url_parse(web->url, &folder->mem, &folder->site.url));
	folder->world.db = folder->db;
	folder->world.clock = &clock_system;
	folder->world.site = &folder->site;
	return OK;
}

static Err open_steps(struct site_folder *folder, Str path, const Str *flags, size_t flag_count,
                      bool as_it_is)
{
	TRY(arena_copy(&folder->mem, path_trim(path), &folder->path));
	TRY(site_folder_find(folder->path, &folder->folder));
	TRY(lock_take(folder));
	TRY(settings_load(folder, flags, flag_count));
	TRY(database_open(folder, as_it_is));
	TRY(site_load(folder));
	return as_it_is ? OK : stories_catch_up(&folder->world);
}

Err site_folder_prepare(struct site_folder *folder, Str path, const Str *flags, size_t flag_count)
{
	*folder = (struct site_folder){.folder = -1, .lock = -1};
	arena_init(&folder->mem, OPEN_MEMORY_BYTES);
	folder->world.site = &folder->site;
	folder->world.clock = &clock_system;
	Err err = arena_copy(&folder->mem, path_trim(path), &folder->path);
	if (err == OK)
		err = site_folder_find(folder->path, &folder->folder);
	if (err == OK)
		err = settings_load(folder, flags, flag_count);
	if (err != OK)
		site_folder_close(folder);
	return err;
}

Err site_folder_take(struct site_folder *folder, int lock)
{
	folder->lock = lock;
	TRY(database_open(folder, true));
	return site_load(folder);
}

Err site_folder_take_back(struct site_folder *folder, int lock)
{
	folder->lock = lock;
	TRY(database_open(folder, true));
	folder->world.db = folder->db;
	return OK;
}

int site_folder_let_go(struct site_folder *folder)
{
	db_close(folder->db);
	folder->db = NULL;
	folder->world.db = NULL;
	return descriptor_take(&folder->lock);
}

static Err site_open(struct site_folder *folder, Str path, const Str *flags, size_t flag_count,
                     bool as_it_is)
{
	*folder = (struct site_folder){.folder = -1, .lock = -1};
	arena_init(&folder->mem, OPEN_MEMORY_BYTES);
	Err err = open_steps(folder, path, flags, flag_count, as_it_is);
	if (err != OK)
		site_folder_close(folder);
	return err;
}

Err site_folder_open(struct site_folder *folder, Str path, const Str *flags, size_t flag_count)
{
	return site_open(folder, path, flags, flag_count, false);
}

Err site_folder_open_as_it_is(struct site_folder *folder, Str path)
{
	return site_open(folder, path, NULL, 0, true);
}

void site_folder_close(struct site_folder *folder)
{
	if (folder->db != NULL)
		db_close(folder->db);
	folder->db = NULL;
	if (folder->settings != NULL)
		settings_free(folder->settings);
	folder->settings = NULL;
	descriptor_close(&folder->lock); /* after the database: whoever takes it finds that closed */
	descriptor_close(&folder->folder);
	arena_done(&folder->mem);
}

/* ---- init ---- */

/* A folder in the making. It is filled beside its place, or, where an empty folder waits (which
 * may be a mount or the shell's own), inside of it. */
struct making {
	char *place;     /* where the site will be */
	char *temporary; /* where it is filled */
	bool place_exists;
	int place_folder; /* descriptor, while files are moved there */
	bool is_done;
	struct arena mem;
};

/* Calls `each` for every file; courant.conf, which makes it a site, comes last. */
static Err files_each(const char *folder,
                      Err (*each)(const struct making *making, int folder, const char *name),
                      const struct making *making)
{
	DIR *list = opendir(folder);
	if (list == NULL)
		return fail(ERR_IO, "%s can't be read: %s", folder, strerror(errno));
	const struct dirent *entry;
	bool has_conf = false;
	Err err = OK;
	while (err == OK && (entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, "courant.conf") == 0)
			has_conf = true;
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = each(making, dirfd(list), entry->d_name);
	}
	if (err == OK && has_conf)
		err = each(making, dirfd(list), "courant.conf");
	closedir(list);
	return err;
}

static Err file_remove(const struct making *making, int folder, const char *name)
{
	(void)making;
	(void)unlinkat(folder, name, 0);
	return OK;
}

static void making_remove(const struct making *making)
{
	struct err_note reason;
	err_note_take(&reason, ERR_IO);
	if (files_each(making->temporary, file_remove, making) != OK || rmdir(making->temporary) != 0)
		log_warning("%s is left behind: %s", making->temporary, strerror(errno));
	CHECK(err_note_give(&reason) != OK); /* why it was not made is what is told */
}

static void making_done(struct making *making)
{
	if (making->temporary != NULL && !making->is_done)
		making_remove(making);
	arena_done(&making->mem);
}

static Err place_refuse(Str path)
{
	return fail(ERR_CONFLICT,
	            "%.*s is not empty: name a folder that is, or one that is not there yet",
	            STR(path));
}

/* The place may be absent or an empty folder. */
static Err place_look(struct making *making, Str path)
{
	DESCRIPTOR folder = open(making->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 && errno == ENOENT)
		return OK;
	if (folder < 0)
		return fail(errno == ENOTDIR ? ERR_CONFLICT : ERR_IO, "%.*s can't become a site: %s",
		            STR(path), strerror(errno));
	making->place_exists = true;
	struct stat found;
	if (fstatat(folder, "courant.conf", &found, 0) == 0)
		return fail(ERR_CONFLICT,
		            "there is a site in %.*s already: courant --site %.*s serve starts it",
		            STR(path), STR(path));
	DIR *list = opendir(making->place);
	if (list == NULL)
		return fail(ERR_IO, "%.*s can't be read: %s", STR(path), strerror(errno));
	const struct dirent *entry;
	bool is_empty = true;
	while ((entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			is_empty = false;
	closedir(list);
	return is_empty ? OK : place_refuse(path);
}

static Err making_begin(struct making *making, Str path)
{
	TRY(arena_c_string(&making->mem, path, &making->place));
	if (making->place[0] == 0)
		return fail(ERR_INVALID, "the folder needs a name: courant init DIR");
	TRY(place_look(making, path));
	Str name;
	const char *ending = making->place_exists ? "/.making-XXXXXX" : ".making-XXXXXX";
	TRY(arena_format(&making->mem, &name, "%s%s", making->place, ending));
	char *temporary;
	TRY(arena_c_string(&making->mem, name, &temporary));
	if (mkdtemp(temporary) == NULL)
		return fail(ERR_IO, "%.*s can't be made: %s", STR(path), strerror(errno));
	making->temporary = temporary;
	return OK;
}

static void conf_add(struct buf *conf, const char *comment, const char *name, Str value,
                     const char *example)
{
	buf_format(conf, "\n# %s\n", comment);
	if (str_is_empty(value))
		buf_format(conf, "# %s = %s\n", name, example);
	else
		buf_format(conf, "%s = %.*s\n", name, STR(value));
}

/* Refuses what could not be read again, before anything is made. */
static Err conf_check(const struct site_new *input, struct arena *mem)
{
	struct settings *settings = NULL;
	TRY(settings_new(all_settings, all_settings_count, &settings));
	Url url;
	Err err = OK;
	if (!str_is_empty(input->url))
		err = settings_set(settings, S("site.url"), input->url, S("--url"));
	if (err == OK && !str_is_empty(input->url))
		err = site_url_parse(input->url, mem, &url);
	if (err == OK && !str_is_empty(input->database))
		err = settings_set(settings, S("site.database"), input->database, S("--database"));
	settings_free(settings);
	return err;
}

static Err file_write(int folder, const char *name, Str text)
{
	DESCRIPTOR file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return fail(ERR_IO, "%s can't be made: %s", name, strerror(errno));
	while (text.length > 0) {
		ssize_t wrote = write(file, text.bytes, text.length);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return fail(ERR_IO, "%s can't be written: %s", name, strerror(errno));
		text = str_from(text, (size_t)wrote);
	}
	if (fsync(file) != 0)
		return fail(ERR_IO, "%s can't be written: %s", name, strerror(errno));
	return OK;
}

static Err conf_write(int folder, const struct site_new *input)
{
	struct buf conf BUF_CLEANUP;
	buf_init(&conf, CONF_MAX_BYTES);
	buf_add(&conf,
	        S("# The operator's settings of this site, one \"name = value\" a line. The command\n"
	          "# \"courant settings\" lists them all. They are read when the server starts\n"
	          "# and by courant reload.\n"));
	conf_add(&conf, "The public address, once there is one.", "site.url", input->url,
	         "https://news.example");
	conf_add(&conf, "Where the server listens. Empty site.url: this is the site's address too.",
	         "server.listen", S(""), "127.0.0.1:8080");
	conf_add(&conf, "A PostgreSQL database instead of courant.db in this folder.", "site.database",
	         input->database, "postgres://courant@db.example/courant");
	TRY(buf_check(&conf));
	return file_write(folder, "courant.conf", buf_str(&conf));
}

static Err site_write(struct db *db, const struct site_new *input, struct arena *mem)
{
	struct db_table *tables;
	size_t count;
	if (str_is_empty(input->backup)) {
		TRY(site_create(db, &input->site));
	} else {
		TRY(all_db_tables(mem, &tables, &count));
		TRY(db_restore(db, tables, count, input->backup));
	}
	struct site site = {0};
	DB_READ connection = NULL;
	TRY(db_read_begin(db, &connection));
	TRY(site_find(connection, mem, &site));
	db_read_end(&connection);
	struct world world = {.db = db, .clock = &clock_system, .site = &site};
	return input->fill == NULL ? OK : input->fill(&world, input->fill_state);
}

static Err database_write(struct making *making, const struct site_new *input)
{
	struct db_options options = {
	    .postgres_url = input->database, .create = true, .clock = &clock_system};
	TRY(arena_format(&making->mem, &options.sqlite_path, "%s/courant.db", making->temporary));
	struct db *db;
	TRY(db_open(&options, &db));
	db_wait_long(db);
	Err err = site_write(db, input, &making->mem);
	db_close(db);
	return err;
}

static Err making_fill(struct making *making, const struct site_new *input)
{
	DESCRIPTOR folder = open(making->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail(ERR_IO, "%s can't be opened: %s", making->temporary, strerror(errno));
	TRY(file_write(folder, "lock", S("")));
	TRY(conf_write(folder, input));
	TRY(database_write(making, input));
	if (fsync(folder) != 0)
		return fail(ERR_IO, "%s can't be written: %s", making->temporary, strerror(errno));
	return OK;
}

static Err file_move(const struct making *making, int folder, const char *name)
{
	if (renameat2(folder, name, making->place_folder, name, RENAME_NOREPLACE) != 0)
		return fail(ERR_IO, "%s/%s can't be made: %s", making->place, name, strerror(errno));
	return OK;
}

/* Into the empty folder that waits. */
static Err files_move(struct making *making)
{
	DESCRIPTOR place = open(making->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || fchmod(place, 0700) != 0)
		return fail(ERR_IO, "%s can't be closed to others: %s", making->place, strerror(errno));
	making->place_folder = place;
	TRY(files_each(making->temporary, file_move, making));
	making->is_done = true;
	(void)rmdir(making->temporary);
	return OK;
}

static Err folder_sync(const char *path)
{
	DESCRIPTOR folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 || fsync(folder) != 0)
		return fail(ERR_IO, "%s can't be written: %s", path, strerror(errno));
	return OK;
}

static Err making_publish(struct making *making, Str path)
{
	if (making->place_exists) {
		TRY(files_move(making));
		return folder_sync(making->place);
	}
	if (rename(making->temporary, making->place) != 0) {
		if (errno == ENOTEMPTY || errno == EEXIST)
			return place_refuse(path);
		return fail(ERR_IO, "%.*s can't be made: %s", STR(path), strerror(errno));
	}
	making->is_done = true;
	Str parent;
	TRY(arena_format(&making->mem, &parent, "%s/..", making->place));
	char *parent_name;
	TRY(arena_c_string(&making->mem, parent, &parent_name));
	return folder_sync(parent_name);
}

Err site_folder_init(Str path, const struct site_new *input)
{
	struct making making CLEANUP(making_done) = {0};
	arena_init(&making.mem, 1 << 20);
	path = path_trim(path);
	TRY(conf_check(input, &making.mem));
	TRY(making_begin(&making, path));
	TRY(making_fill(&making, input));
	return making_publish(&making, path);
}
