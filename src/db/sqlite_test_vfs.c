#include "db/sqlite_test_vfs.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "db/sqlite_private.h"

static struct {
	atomic_int count; /* calls so far */
	atomic_int at;    /* the call that fails; 0: none */
	atomic_int code;
} syncs, writes;

struct disk_file {
	sqlite3_file base;
	sqlite3_file *real; /* lies behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct disk_file *)file)->real;
}

static int file_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
	return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
	if (atomic_fetch_add(&writes.count, 1) + 1 == atomic_load(&writes.at))
		return atomic_load(&writes.code);
	return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
	if (atomic_fetch_add(&syncs.count, 1) + 1 == atomic_load(&syncs.at))
		return atomic_load(&syncs.code);
	return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_device(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs failing_vfs;

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	(void)vfs;
	struct disk_file *opened = (struct disk_file *)file;
	opened->real = (sqlite3_file *)(opened + 1);
	int code = real_vfs->xOpen(real_vfs, name, opened->real, flags, out);
	opened->base.pMethods = code == SQLITE_OK ? &methods : NULL;
	return code;
}

void failing_disk_register(void)
{
	real_vfs = sqlite3_vfs_find(SQLITE_VFS);
	/* It keeps the name: of two that share one the default is found. */
	failing_vfs = *real_vfs;
	failing_vfs.pNext = NULL;
	failing_vfs.szOsFile = (int)sizeof(struct disk_file) + real_vfs->szOsFile;
	failing_vfs.xOpen = vfs_open;
	CHECK(sqlite3_vfs_register(&failing_vfs, 1) == SQLITE_OK);
}

void failing_disk_unregister(void)
{
	failing_disk_sync(0, 0);
	failing_disk_write(0, 0);
	CHECK(sqlite3_vfs_unregister(&failing_vfs) == SQLITE_OK);
	CHECK(sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1) == SQLITE_OK);
}

void failing_disk_sync(int nth, int code)
{
	atomic_store(&syncs.code, code);
	atomic_store(&syncs.at, nth == 0 ? 0 : atomic_load(&syncs.count) + nth);
}

void failing_disk_write(int nth, int code)
{
	atomic_store(&writes.code, code);
	atomic_store(&writes.at, nth == 0 ? 0 : atomic_load(&writes.count) + nth);
}

int failing_disk_syncs(void)
{
	return atomic_load(&syncs.count);
}

int failing_disk_writes(void)
{
	return atomic_load(&writes.count);
}
