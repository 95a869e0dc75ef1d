#include "server/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/descriptor.h"
#include "base/log.h"

void notify(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (name == NULL || strlen(name) >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@') /* a name without a file */
		address.sun_path[0] = 0;
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	DESCRIPTOR socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0 || sendto(socket_fd, state, strlen(state), MSG_NOSIGNAL,
	                            (const struct sockaddr *)&address, length) < 0)
		log_warning("systemd could not be told %s: %s", state, strerror(errno));
}

void notify_reloading(void)
{
	char state[64];
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
	         (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(state);
}
