/* The listening socket: an address as an operator writes it, and a socket on it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_private.h"

#define BACKLOG 4096

static bool port_parse(Str text, uint16_t *out)
{
	uint64_t port;
	if (!str_parse_uint(text, UINT16_MAX, &port))
		return false;
	*out = htons((uint16_t)port);
	return true;
}

static bool listen_parse(Str listen, struct sockaddr_storage *out, socklen_t *out_length)
{
	char host[INET6_ADDRSTRLEN];
	size_t colon = listen.length;
	while (colon > 0 && listen.bytes[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	Str name = str_slice(listen, 0, colon - 1);
	Str port = str_from(listen, colon);
	bool is_ipv6 = str_starts_with(name, S("[")) && str_ends_with(name, S("]"));
	if (is_ipv6)
		name = str_slice(name, 1, name.length - 2);
	if (name.length >= sizeof host || str_find_byte(name, 0) != STR_NOT_FOUND)
		return false;
	memcpy(host, name.bytes, name.length);
	host[name.length] = 0;
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	*out = (struct sockaddr_storage){0};
	if (is_ipv6) {
		if (inet_pton(AF_INET6, host, &ipv6.sin6_addr) != 1 || !port_parse(port, &ipv6.sin6_port))
			return false;
		*out_length = sizeof ipv6;
		memcpy(out, &ipv6, sizeof ipv6);
		return true;
	}
	if (inet_pton(AF_INET, host, &ipv4.sin_addr) != 1 || !port_parse(port, &ipv4.sin_port))
		return false;
	*out_length = sizeof ipv4;
	memcpy(out, &ipv4, sizeof ipv4);
	return true;
}

static Err listen_fail(Str name)
{
	switch (errno) {
	case EADDRINUSE:
		return fail(ERR_CONFLICT,
		            "%.*s is in use by another program: stop it, or choose another with --listen "
		            "ADDRESS:PORT",
		            STR(name));
	case EADDRNOTAVAIL:
		return fail(ERR_INVALID, "%.*s is not an address of this machine", STR(name));
	case EACCES:
		return fail(ERR_DENIED, "%.*s: ports below 1024 need rights that this program lacks",
		            STR(name));
	default:
		return fail(ERR_IO, "can't listen on %.*s: %m", STR(name));
	}
}

static Err listen_open(Str name, const struct sockaddr_storage *address, socklen_t length, int *out)
{
	int on = 1;
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(ERR_IO, "can't open a socket: %m");
	/* TCP_NODELAY is passed on to the connections that are accepted. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
	    bind(fd, (const struct sockaddr *)address, length) != 0 || listen(fd, BACKLOG) != 0) {
		Err err = listen_fail(name);
		close(fd);
		return err;
	}
	*out = fd;
	return OK;
}

Err net_listen(Str listen, int *out)
{
	struct sockaddr_storage address;
	socklen_t length;
	if (!listen_parse(listen, &address, &length))
		return fail(ERR_INVALID, "\"%.*s\" is not an address to listen on, as 127.0.0.1:8080 is",
		            STR(listen));
	return listen_open(listen, &address, length, out);
}

Err net_listen_inherited(int listener)
{
	int on = 1;
	int is_listening = 0;
	int type = 0;
	socklen_t length = sizeof is_listening;
	if (getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &length) != 0 ||
	    getsockopt(listener, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || !is_listening ||
	    type != SOCK_STREAM ||
	    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
	    fcntl(listener, F_SETFD, FD_CLOEXEC) != 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0)
		return fail(ERR_INVALID, "the socket that was handed in is not one that listens for TCP");
	return OK;
}
