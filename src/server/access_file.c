#include "server/access_file_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LOOK_EVERY_MS SECOND_MS
/* What the log leaves free for the database, which needs 64 MB to go on: so much, or on a small
 * disk a tenth. */
#define ROOM_BYTES UINT64_C(268435456) /* 256 MB */
#define ROOM_SHARE 10
#define NAMES_MAX_BYTES ((size_t)16 << 10)

void access_file_init(struct access_file *file)
{
	*file = (struct access_file){.fd = -1, .has_room = true};
	arena_init(&file->mem, NAMES_MAX_BYTES);
}

/* Adds to the end, whatever others do to the file. */
static bool file_open(struct access_file *file)
{
	struct stat status;
	int fd = openat(file->folder, file->path,
	                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(fd);
		errno = EINVAL;
		fd = -1;
	}
	if (fd < 0)
		return false;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->size_bytes = status.st_size;
	return true;
}

Err access_file_open(struct access_file *file, int folder, Str path, int64_t max_bytes,
                     int64_t kept)
{
	file->folder = folder;
	file->max_bytes = max_bytes;
	file->kept = kept;
	TRY(arena_c_string(&file->mem, path, &file->path));
	if (!file_open(file))
		return fail(ERR_INVALID, "log.path: %s can't be opened as a file to write to: %s",
		            file->path, strerror(errno));
	return OK;
}

void access_file_close(struct access_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	arena_done(&file->mem);
}

/* Said once, until it works again. */
static bool failing(struct access_file *file, const char *what)
{
	int reason = errno;
	if (!file->is_failing)
		log_warning("the access log %s can't be %s: %s; its lines are left out until it can",
		            file->path, what, strerror(reason));
	file->is_failing = true;
	return false;
}

static bool disk_has_room(const struct access_file *file)
{
	struct statvfs disk;
	if (file->fd < 0 || fstatvfs(file->fd, &disk) != 0)
		return true;
	uint64_t enough = (uint64_t)disk.f_blocks * disk.f_frsize / ROOM_SHARE;
	if (enough > ROOM_BYTES)
		enough = ROOM_BYTES;
	return (uint64_t)disk.f_bavail * disk.f_frsize >= enough;
}

/* Whether the path still leads to the file that is open; `status` is then its own. */
static bool is_ours(const struct access_file *file, struct stat *status)
{
	return file->fd >= 0 && fstatat(file->folder, file->path, status, 0) == 0 &&
	       status->st_dev == file->device && status->st_ino == file->inode;
}

void access_file_look(struct access_file *file)
{
	struct stat status;
	int64_t now = monotonic_ms();
	if (now < file->look_at)
		return;
	file->look_at = now + LOOK_EVERY_MS;
	if (is_ours(file, &status))
		file->size_bytes = status.st_size; /* somebody may have cut it */
	else if (!file_open(file))
		(void)failing(file, "opened");
	bool had_room = file->has_room;
	file->has_room = disk_has_room(file);
	if (had_room && !file->has_room)
		log_warning("the disk of the access log %s is nearly full: its lines are left out until "
		            "there is room again",
		            file->path);
}

/* access.log becomes access.log.1, that one access.log.2; the last one goes. */
static bool put_aside(struct access_file *file)
{
	struct arena mem CLEANUP(arena_done);
	Str names[2];
	arena_init(&mem, NAMES_MAX_BYTES);
	for (int64_t i = file->kept; i > 0; i--) {
		char *from = file->path;
		char *to;
		arena_clear(&mem);
		if (arena_format(&mem, &names[0], "%s.%lld", file->path, (long long)i) != OK ||
		    arena_format(&mem, &names[1], "%s.%lld", file->path, (long long)i - 1) != OK ||
		    arena_c_string(&mem, names[0], &to) != OK ||
		    (i > 1 && arena_c_string(&mem, names[1], &from) != OK))
			return false;
		if (renameat(file->folder, from, file->folder, to) != 0 && (i == 1 || errno != ENOENT))
			return failing(file, "put aside");
	}
	return file_open(file) || failing(file, "opened anew");
}

/* While one server follows another, both write to the file: the other may have put it aside. */
static bool make_room(struct access_file *file)
{
	struct stat status;
	if (is_ours(file, &status))
		return put_aside(file);
	return file_open(file) || failing(file, "opened anew");
}

/* Half a line would make the next one unreadable. What another server has written meanwhile stays.
 */
static void cut_half_line(struct access_file *file, ssize_t wrote)
{
	struct stat status;
	bool is_last = fstat(file->fd, &status) == 0 && status.st_size == file->size_bytes + wrote;
	if (!is_last || ftruncate(file->fd, file->size_bytes) != 0)
		log_warning("the access log %s may have half a line in it", file->path);
}

bool access_file_write(struct access_file *file, Str lines)
{
	if (file->fd < 0 || !file->has_room)
		return false;
	bool is_full = file->kept > 0 && file->size_bytes > 0 &&
	               file->size_bytes + (int64_t)lines.length > file->max_bytes;
	if (is_full && !make_room(file))
		return false;
	ssize_t wrote;
	do
		wrote = write(file->fd, lines.bytes, lines.length);
	while (wrote < 0 && errno == EINTR);
	if (wrote != (ssize_t)lines.length) {
		if (wrote > 0)
			cut_half_line(file, wrote);
		if (wrote >= 0)
			errno = ENOSPC;
		return failing(file, "written");
	}
	file->size_bytes += wrote;
	if (file->is_failing)
		log_info("the access log %s is written again", file->path);
	file->is_failing = false;
	return true;
}
