/* A file descriptor that is closed where its variable ends. */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <unistd.h>

#include "base/err.h"

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

#endif
