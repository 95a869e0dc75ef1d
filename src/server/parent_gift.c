/* How a parent's descriptors reach its server: at fixed numbers, and a word in the environment that
 * says so. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/parent_private.h"

#define GIFT_FIRST 3
#define GIFT_NAME "COURANT_PARENT" /* the parent's process number, and how many descriptors */

void gift_place(const int *given, size_t count)
{
	char parent[32];
	for (size_t i = 0; i < count; i++)
		if (dup2(given[i], GIFT_FIRST + (int)i) < 0)
			_exit(EXIT_REFUSED);
	snprintf(parent, sizeof parent, "%d:%zu", (int)getppid(), count);
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
	Str rest = str_from_c(getenv(GIFT_NAME));
	Str number;
	uint64_t parent;
	uint64_t count;
	*is_given = getenv(GIFT_NAME) != NULL;
	*out = (struct parent_gift){-1, -1, -1};
	if (!*is_given)
		return OK;
	bool is_ours = str_next(&rest, ':', &number) && str_parse_uint(number, INT32_MAX, &parent) &&
	               parent == (uint64_t)getppid() && str_parse_uint(rest, 3, &count);
	unsetenv(GIFT_NAME);
	if (!is_ours)
		return fail(ERR_CONFLICT, "the parent of this server has gone: start it again");
	TRY(gift_open(GIFT_FIRST, &out->channel));
	TRY(gift_open(GIFT_FIRST + 1, &out->listener));
	if (count > 2)
		TRY(gift_open(GIFT_FIRST + 2, &out->given));
	/* In lists of processes the two are told apart. */
	(void)prctl(PR_SET_NAME, "courant-server");
	return OK;
}
