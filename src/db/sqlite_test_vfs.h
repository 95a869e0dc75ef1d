/* A disk that fails on demand, for the tests of the latch: an sqlite3_vfs before the system's own
 * that lets the nth write or sync of any file fail. */
#ifndef DB_SQLITE_TEST_VFS_H
#define DB_SQLITE_TEST_VFS_H

#include <sqlite3.h>

/* Every SQLite file that is opened from here on lies on it. */
void failing_disk_register(void);
void failing_disk_unregister(void);
/* The `nth` call from now fails with `code`, once, as a disk may do; 0 for never. */
void failing_disk_sync(int nth, int code);
void failing_disk_write(int nth, int code);
/* Syncs and writes since the start. */
int failing_disk_syncs(void);
int failing_disk_writes(void);

#endif
