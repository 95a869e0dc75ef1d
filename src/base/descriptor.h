/* A file descriptor that is closed where its variable ends; and passing some to another process
 * (unix(7), SCM_RIGHTS). */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

/* Sets it to -1, which is fine to begin with. */
static inline void descriptor_close(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}
#define DESCRIPTOR CLEANUP(descriptor_close) int

/* The variable gives it away. */
static inline int descriptor_take(int *descriptor)
{
	int taken = *descriptor;
	*descriptor = -1;
	return taken;
}

/* Those that came with a packet: the receiver's to close. */
#define DESCRIPTORS_MAX 4
struct descriptors {
	int list[DESCRIPTORS_MAX];
	size_t count;
};
void descriptors_close(struct descriptors *descriptors);

/* One packet over a Unix socket that keeps them apart. The descriptors stay the caller's. False:
 * the other end has gone, or takes no more now (a socket that does not wait). */
bool packet_send(int socket, Str bytes, const int *descriptors, size_t count);
/* The packet's length; 0 when the other end has gone; -1 and errno, EMSGSIZE for one that is longer
 * or has more descriptors than there is room for. `flags` are recvmsg's. */
ssize_t packet_receive(int socket, void *bytes, size_t size, int flags, struct descriptors *out);

#endif
