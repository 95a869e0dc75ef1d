#include "server/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

Err channel_open(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return fail(ERR_IO, "the parent and its server can't be joined: %s", strerror(errno));
	return OK;
}

bool channel_send(int channel, enum channel_word word, const char *text, const int *descriptors,
                  size_t count)
{
	char bytes[1 + CHANNEL_TEXT_MAX] = {(char)word};
	size_t length = strnlen(text, CHANNEL_TEXT_MAX);
	_Alignas(struct cmsghdr) char ancillary[CMSG_SPACE(sizeof(int) * CHANNEL_DESCRIPTORS_MAX)] = {
	    0};
	struct iovec part = {bytes, 1 + length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	CHECK(count <= CHANNEL_DESCRIPTORS_MAX);
	memcpy(bytes + 1, text, length);
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
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)part.iov_len;
}

static void descriptors_keep(struct channel_message *message, struct msghdr *header)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);
	if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
		return;
	message->descriptor_count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	CHECK(message->descriptor_count <= CHANNEL_DESCRIPTORS_MAX);
	memcpy(message->descriptors, CMSG_DATA(part), message->descriptor_count * sizeof(int));
}

bool channel_receive(int channel, struct channel_message *out)
{
	char bytes[1 + CHANNEL_TEXT_MAX];
	_Alignas(struct cmsghdr) char ancillary[CMSG_SPACE(sizeof(int) * CHANNEL_DESCRIPTORS_MAX)];
	struct iovec part = {bytes, sizeof bytes};
	struct msghdr header = {.msg_iov = &part,
	                        .msg_iovlen = 1,
	                        .msg_control = ancillary,
	                        .msg_controllen = sizeof ancillary};
	ssize_t got;
	do
		got = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	*out = (struct channel_message){.word = (enum channel_word)bytes[0]};
	memcpy(out->text, bytes + 1, (size_t)got - 1);
	descriptors_keep(out, &header);
	return true;
}

void channel_message_done(struct channel_message *message)
{
	for (size_t i = 0; i < message->descriptor_count; i++)
		close(message->descriptors[i]);
	message->descriptor_count = 0;
}
