/* How a parent's descriptors reach its server: at fixed numbers, and a word in the environment that
 * says so. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/parent_private.h"

#define GIFT_FIRST 3
#define GIFT_NAME "COURANT_PARENT" /* the parent's process number */

void gift_place(const int *given, size_t count)
{
	char parent[24];
	for (size_t i = 0; i < count; i++)
		if (dup2(given[i], GIFT_FIRST + (int)i) < 0)
			_exit(EXIT_REFUSED);
	snprintf(parent, sizeof parent, "%d", (int)getppid());
	if (setenv(GIFT_NAME, parent, 1) != 0)
		_exit(EXIT_REFUSED);
}

static Err gift_open(int number, int *out)
{
	if (fcntl(number, F_SETFD, FD_CLOEXEC) != 0)
		return fail(ERR_INVALID, "what the parent has opened is not there: %s", strerror(errno));
	*out = number;
	return OK;
}

Err parent_gift_take(struct parent_gift *out, bool *is_given)
{
	const char *name = getenv(GIFT_NAME);
	uint64_t parent;
	*is_given = name != NULL;
	if (name == NULL)
		return OK;
	bool is_ours = str_parse_uint(str_from_c(name), INT32_MAX, &parent) && parent == (uint64_t)getppid();
	unsetenv(GIFT_NAME);
	if (!is_ours)
		return fail(ERR_CONFLICT, "the parent of this server has gone: start it again");
	TRY(gift_open(GIFT_FIRST, &out->channel));
	TRY(gift_open(GIFT_FIRST + 1, &out->listener));
	/* In lists of processes the two are told apart. */
	(void)prctl(PR_SET_NAME, "courant-server");
	return OK;
}
