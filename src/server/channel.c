#include "server/channel.h"

#include <errno.h>
#include <sys/socket.h>

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
	memcpy(bytes + 1, text, length);
	return packet_send(channel, (Str){bytes, 1 + length}, descriptors, count);
}

bool channel_receive(int channel, struct channel_message *out)
{
	char bytes[1 + CHANNEL_TEXT_MAX];
	struct descriptors descriptors;
	ssize_t got = packet_receive(channel, bytes, sizeof bytes, 0, &descriptors);
	if (got <= 0)
		return false;
	*out =
	    (struct channel_message){.word = (enum channel_word)bytes[0], .descriptors = descriptors};
	memcpy(out->text, bytes + 1, (size_t)got - 1);
	return true;
}
