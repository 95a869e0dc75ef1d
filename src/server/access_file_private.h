/* The access log's file: put aside when it is large enough, opened anew when somebody else has put
 * it aside, and never a reason for a full disk: its last part is left to the database. */
#ifndef SERVER_ACCESS_FILE_PRIVATE_H
#define SERVER_ACCESS_FILE_PRIVATE_H

#include <sys/types.h>

#include "base/arena.h"

struct access_file {
	int folder; /* the site's, not ours to close */
	struct arena mem;
	char *path;
	int64_t max_bytes, kept;
	int fd; /* -1: it could not be opened, which is tried again */
	dev_t device;
	ino_t inode;
	int64_t size_bytes;
	int64_t look_at; /* monotonic_ms */
	bool has_room;   /* the disk has more than the database's last part */
	bool is_failing; /* and this was said */
};

void access_file_init(struct access_file *file);
/* A refusal says why. `kept` 0: it is never put aside. */
MUST_CHECK Err access_file_open(struct access_file *file, int folder, Str path, int64_t max_bytes,
                                int64_t kept);
void access_file_close(struct access_file *file);
/* Once a second at most: is it still the file of that name, is there room? */
void access_file_look(struct access_file *file);
/* Whole lines, all of them or none; false when they could not be written. */
MUST_CHECK bool access_file_write(struct access_file *file, Str lines);

#endif
