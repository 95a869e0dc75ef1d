#include "base/descriptor.h"

#include <errno.h>
#include <sys/socket.h>

#define ANCILLARY_BYTES CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)

void descriptors_close(struct descriptors *descriptors)
{
	for (size_t i = 0; i < descriptors->count; i++)
		descriptor_close(&descriptors->list[i]);
	descriptors->count = 0;
}

bool packet_send(int socket, Str bytes, const int *descriptors, size_t count)
{
	_Alignas(struct cmsghdr) char ancillary[ANCILLARY_BYTES] = {0};
	struct iovec part = {(char *)(uintptr_t)bytes.bytes, bytes.length}; /* it is only read */
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	CHECK(count <= DESCRIPTORS_MAX);
	if (count > 0) {
		message.msg_control = ancillary;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)bytes.length;
}

static void descriptors_add(struct descriptors *descriptors, const struct cmsghdr *part)
{
	if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
		return;
	size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	CHECK(count <= DESCRIPTORS_MAX - descriptors->count); /* there was no room for more */
	memcpy(descriptors->list + descriptors->count, CMSG_DATA(part), count * sizeof(int));
	descriptors->count += count;
}

ssize_t packet_receive(int socket, void *bytes, size_t size, int flags, struct descriptors *out)
{
	_Alignas(struct cmsghdr) char ancillary[ANCILLARY_BYTES];
	struct iovec part = {bytes, size};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = ancillary,
	                         .msg_controllen = sizeof ancillary};
	ssize_t got;
	out->count = 0;
	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
	     header = CMSG_NXTHDR(&message, header))
		descriptors_add(out, header);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return got;
	descriptors_close(out);
	errno = EMSGSIZE;
	return -1;
}
