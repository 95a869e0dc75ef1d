#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/descriptor.h"
#include "base/log.h"
#include "server/channel.h"
#include "server/control_message.h"
#include "server/edition.h"

#define THREADS 4 /* commands at once; more wait in the backlog */
#define BACKLOG 64
#define REQUEST_WAIT_MS 5000
#define GREETING_WAIT_MS 5000 /* for a server whose threads are at other commands */
#define OUTPUT_WAIT_MS 1000   /* for a caller that does not read, once the server stops */
#define COMMAND_MEMORY_BYTES ((size_t)64 << 20)
#define SOCKET_NAME "courant.sock"

/* The caller's input, output, error output and folder. */
enum { PASSED_IN, PASSED_OUT, PASSED_ERR, PASSED_FOLDER, PASSED_COUNT };
_Static_assert(PASSED_COUNT <= DESCRIPTORS_MAX, "they go with one packet");

struct control {
	const struct command_table *commands;
	const struct world *world;
	struct watch *watch;       /* or NULL */
	struct editions *editions; /* or NULL */
	int channel;               /* to the parent; or -1 */
	_Atomic int under_way;     /* commands */
	Str site_path;
	int folder;   /* the site folder's, which stays open */
	int listener; /* not blocking: several threads wait on it */
	int stop;     /* eventfd: readable once control_stop was called */
	int ended;    /* eventfd: threads that have ended and that control_wait has not counted */
	pthread_t threads[THREADS];
	size_t thread_count;
	size_t ended_count; /* of those, as control_wait has seen */
};

/* The way over /proc makes a path short enough for sun_path, however deep the folder lies. */
static struct sockaddr_un socket_address(int folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
	                      SOCKET_NAME);
	CHECK(length > 0 && (size_t)length < sizeof address.sun_path);
	return address;
}

static bool byte_send(int connection, char byte)
{
	ssize_t sent;
	do
		sent = send(connection, &byte, 1, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == 1;
}

/* ---- the server's side: streams ---- */

/* A caller's output as a FILE. It gives up when the caller has gone, and when the server stops:
 * nobody's pager or forgotten pipe keeps a server from stopping. */
struct stream {
	int descriptor, connection, stop;
	bool is_over; /* it gave up; what follows fails at once */
};

static bool stream_end(struct stream *stream, int reason)
{
	stream->is_over = true;
	errno = reason;
	return false;
}

static bool stream_wait(struct stream *stream)
{
	if (stream->is_over)
		return stream_end(stream, EPIPE);
	struct pollfd waited[] = {{stream->descriptor, POLLOUT, 0},
	                          {stream->connection, POLLRDHUP, 0},
	                          {stream->stop, POLLIN, 0}};
	for (;;) {
		if (poll(waited, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return stream_end(stream, errno);
		}
		if (waited[0].revents != 0)
			return true;
		if (waited[1].revents != 0)
			return stream_end(stream, EPIPE);
		if (poll(waited, 1, OUTPUT_WAIT_MS) > 0)
			return true;
		return stream_end(stream, ECANCELED);
	}
}

/* From a file, where nobody waits. */
static ssize_t stream_read(void *cookie, char *bytes, size_t size_bytes)
{
	const struct stream *stream = cookie;
	return read(stream->descriptor, bytes, size_bytes);
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t size_bytes)
{
	struct stream *stream = cookie;
	size_t wrote = 0;
	while (wrote < size_bytes) {
		if (!stream_wait(stream))
			return 0; /* fopencookie(3): 0 is a failure, -1 is not one */
		/* No more than a pipe surely takes (POSIX, PIPE_BUF), so that write does not block. */
		size_t piece = size_bytes - wrote < 4096 ? size_bytes - wrote : 4096;
		ssize_t done = write(stream->descriptor, bytes + wrote, piece);
		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done <= 0)
			return 0;
		wrote += (size_t)done;
	}
	return (ssize_t)wrote;
}

/* NULL when there is no memory. The FILE does not close the descriptor. */
static FILE *stream_open(struct stream *stream, bool for_reading)
{
	cookie_io_functions_t functions = {.read = for_reading ? stream_read : NULL,
	                                   .write = for_reading ? NULL : stream_write};
	return fopencookie(stream, for_reading ? "r" : "w", functions);
}

/* ---- the server's side: a command ---- */

/* One packet with PASSED_COUNT descriptors, within REQUEST_WAIT_MS. */
static Err request_receive(const struct control *control, int connection, struct arena *mem,
                           Str *out, struct descriptors *passed)
{
	char *bytes = arena_alloc(mem, CONTROL_MESSAGE_MAX);
	if (bytes == NULL)
		return ERR_MEMORY;
	struct pollfd waited[] = {{connection, POLLIN, 0}, {control->stop, POLLIN, 0}};
	if (poll(waited, 2, REQUEST_WAIT_MS) <= 0 || waited[0].revents == 0)
		return fail(ERR_UNAVAILABLE, "no request came");
	ssize_t length = packet_receive(connection, bytes, CONTROL_MESSAGE_MAX, MSG_DONTWAIT, passed);
	if (length < 0)
		return fail(ERR_IO, "%s", strerror(errno));
	if (passed->count != PASSED_COUNT)
		return fail(ERR_INVALID, "the request is not whole");
	struct stat input;
	if (fstat(passed->list[PASSED_IN], &input) != 0 || !S_ISREG(input.st_mode))
		return fail(ERR_INVALID, "the input is not a file");
	*out = (Str){bytes, (size_t)length};
	return OK;
}

static enum exit_code request_refuse(const struct command_io *io, const struct command_call *call)
{
	command_report(io, call->json);
	return EXIT_REFUSED;
}

static bool runs_in_a_server(const struct command *command)
{
	return command->site == SITE_NEEDED || command->site == SITE_IF_NAMED;
}

/* Nobody has answered yet: whoever the command was handed on to will. */
#define EXIT_HANDED_ON ((enum exit_code)(EXIT_USAGE + 1))

static Err request_check(const struct control *control, const struct control_request *request,
                         struct command_call *call)
{
	Err err = command_parse(control->commands, request->words, request->count, call);
	bool is_for_any = err == OK && call->command != NULL && call->command->any_version;
	if (!is_for_any && !str_equal(request->version, S(COURANT_VERSION)))
		return fail(ERR_CONFLICT,
		            "the running server is Courant %s and this is another version: courant upgrade "
		            "puts it in that one's place",
		            COURANT_VERSION);
	TRY(err);
	if (call->command == NULL || !runs_in_a_server(call->command))
		return fail(ERR_INVALID, "this command does not run inside a server");
	return OK;
}

static enum exit_code command_run_with_edition(const struct control *control,
                                               struct command_context *context)
{
	if (control->editions == NULL)
		return command_run(context);
	const struct edition *edition = edition_take(control->editions);
	context->settings = edition->settings;
	enum exit_code code = command_run(context);
	edition_give(control->editions, edition);
	return code;
}

/* The parent answers when it is over: this server may have no part in that. */
static enum exit_code hand_on(const struct control *control, const struct command_context *context,
                              const struct descriptors *passed, int connection)
{
	const int descriptors[] = {connection, passed->list[PASSED_OUT], passed->list[PASSED_ERR]};
	if (channel_send(control->channel, CHANNEL_UPGRADE, context->call->json ? "json" : "",
	                 descriptors, 3))
		return EXIT_HANDED_ON;
	Err err = fail(ERR_UNAVAILABLE, "the server has no parent that could start another");
	(void)err;
	return request_refuse(context->io, context->call);
}

static enum exit_code request_run(const struct control *control,
                                  const struct control_request *request,
                                  const struct command_io *io, const struct descriptors *passed,
                                  int connection, struct arena *mem)
{
	struct command_call call = {0};
	if (request_check(control, request, &call) != OK)
		return request_refuse(io, &call);
	struct command_context context = {
	    .call = &call,
	    .io = io,
	    .world = control->world,
	    .mem = mem,
	    .in_a_server = true,
	    .watch = control->watch,
	    .editions = control->editions,
	    .site_folder = control->site_path,
	};
	enum exit_code code = command_run_with_edition(control, &context);
	return context.upgrades ? hand_on(control, &context, passed, connection) : code;
}

/* With streams around the passed descriptors. False when there is no memory for them. */
static bool request_run_with(const struct control *control, const struct control_request *request,
                             const struct descriptors *passed, int connection, struct arena *mem,
                             enum exit_code *out)
{
	struct stream streams[PASSED_FOLDER];
	FILE *files[PASSED_FOLDER];
	bool all_open = true;
	for (size_t i = 0; i < PASSED_FOLDER; i++) {
		streams[i] = (struct stream){passed->list[i], connection, control->stop, false};
		files[i] = stream_open(&streams[i], i == PASSED_IN);
		all_open = all_open && files[i] != NULL;
	}
	if (all_open) {
		struct command_io io = {files[PASSED_IN], files[PASSED_OUT], files[PASSED_ERR],
		                        passed->list[PASSED_FOLDER]};
		*out = request_run(control, request, &io, passed, connection, mem);
	}
	for (size_t i = 0; i < PASSED_FOLDER; i++)
		if (files[i] != NULL)
			(void)fclose(files[i]);
	return all_open;
}

static void connection_serve(const struct control *control, int connection)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, COMMAND_MEMORY_BYTES);
	struct descriptors passed CLEANUP(descriptors_close) = {.count = 0};
	struct control_request *request = ARENA_NEW(&mem, struct control_request);
	if (request == NULL || !byte_send(connection, CONTROL_GREETING))
		return;
	Str packet;
	enum exit_code code = EXIT_REFUSED;
	if (request_receive(control, connection, &mem, &packet, &passed) != OK ||
	    control_request_parse(packet, request) != OK ||
	    !request_run_with(control, request, &passed, connection, &mem, &code)) {
		(void)byte_send(connection, CONTROL_NOT_RUN);
		return;
	}
	if (code != EXIT_HANDED_ON)
		(void)byte_send(connection, (char)(CONTROL_EXIT + (int)code));
}

static bool peer_may(int connection)
{
	struct ucred peer;
	socklen_t length = sizeof peer;
	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void connections_serve(struct control *control)
{
	for (;;) {
		struct pollfd waited[] = {{control->listener, POLLIN, 0}, {control->stop, POLLIN, 0}};
		if (poll(waited, 2, -1) < 0 && errno != EINTR)
			return;
		if (waited[1].revents != 0)
			return;
		DESCRIPTOR connection = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0 || !peer_may(connection))
			continue;
		atomic_fetch_add(&control->under_way, 1);
		connection_serve(control, connection);
		atomic_fetch_sub(&control->under_way, 1);
	}
}

static void *control_thread(void *argument)
{
	struct control *control = argument;
	connections_serve(control);
	CHECK(eventfd_write(control->ended, 1) == 0);
	return NULL;
}

/* ---- the server's side: its life ---- */

static Err listener_open(int folder, int *out)
{
	DESCRIPTOR listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0)
		return fail(ERR_IO, "the control socket can't be made: %s", strerror(errno));
	/* We hold the site's lock: a socket that is there was left by a server that died. */
	if (unlinkat(folder, SOCKET_NAME, 0) != 0 && errno != ENOENT)
		return fail(ERR_IO, "an old control socket can't be removed: %s", strerror(errno));
	struct sockaddr_un address = socket_address(folder);
	/* The mode that bind gives the file (Linux), so that it is never open to others. */
	if (fchmod(listener, 0600) != 0 ||
	    bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(listener, BACKLOG) != 0)
		return fail(ERR_IO, "the control socket can't be made: %s", strerror(errno));
	*out = descriptor_take(&listener);
	return OK;
}

/* Threads of commands hear no signal, and may write to a terminal that is not theirs. */
static Err threads_start(struct control *control)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = 0;
	while (failure == 0 && control->thread_count < THREADS) {
		failure =
		    pthread_create(&control->threads[control->thread_count], NULL, control_thread, control);
		control->thread_count += failure == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure != 0)
		return fail(ERR_IO, "the control socket's threads can't be started: %s", strerror(failure));
	return OK;
}

Err control_open(const struct site_folder *folder, const struct command_table *commands,
                 const struct world *world, struct editions *editions, struct watch *watch,
                 int channel, struct control **out)
{
	struct control *control = calloc(1, sizeof *control);
	if (control == NULL)
		return fail(ERR_MEMORY, "there is no memory for the control socket");
	*control = (struct control){.commands = commands,
	                            .world = world,
	                            .watch = watch,
	                            .editions = editions,
	                            .channel = channel,
	                            .site_path = folder->path,
	                            .folder = folder->folder,
	                            .listener = -1,
	                            .stop = eventfd(0, EFD_CLOEXEC),
	                            .ended = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)};
	Err err = control->stop < 0 || control->ended < 0
	              ? fail(ERR_IO, "the control socket can't be made: %s", strerror(errno))
	              : listener_open(control->folder, &control->listener);
	if (err == OK)
		err = threads_start(control);
	if (err != OK) {
		control_close(control);
		return err;
	}
	*out = control;
	return OK;
}

bool control_is_busy(struct control *control)
{
	return atomic_load(&control->under_way) > 0;
}

void control_stop(struct control *control)
{
	if (control->stop < 0 || control->listener < 0)
		return;
	CHECK(eventfd_write(control->stop, 1) == 0);
	/* Who connects is refused, and who waits for the greeting hears that there will be none. */
	shutdown(control->listener, SHUT_RDWR);
	int waiting;
	while ((waiting = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(waiting);
}

/* 0 once the deadline is there. */
static int wait_ms(int64_t deadline)
{
	int64_t left = deadline - monotonic_ms();
	return left < 0 ? 0 : (int)left;
}

bool control_wait(struct control *control, int64_t deadline)
{
	while (control->ended_count < control->thread_count) {
		struct pollfd waited = {control->ended, POLLIN, 0};
		eventfd_t one;
		int ready = poll(&waited, 1, wait_ms(deadline));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		CHECK(eventfd_read(control->ended, &one) == 0);
		control->ended_count++;
	}
	return true;
}

void control_close(struct control *control)
{
	if (control == NULL)
		return;
	control_stop(control);
	for (size_t i = 0; i < control->thread_count; i++)
		pthread_join(control->threads[i], NULL);
	if (control->listener >= 0 && unlinkat(control->folder, SOCKET_NAME, 0) != 0)
		log_warning("the control socket could not be removed: %s", strerror(errno));
	descriptor_close(&control->listener);
	descriptor_close(&control->stop);
	descriptor_close(&control->ended);
	free(control);
}

/* ---- the caller's side ---- */

static Err nobody_answers(void)
{
	return fail(ERR_UNAVAILABLE, "the server of this site does not answer");
}

static Err outcome_unknown(void)
{
	return fail(ERR_IO,
	            "the server stopped before it said how the command ended: look whether it was "
	            "done (courant story list, courant reply list) before you try again");
}

static Err connection_open(Str site_folder, int *out)
{
	DESCRIPTOR folder = -1;
	TRY(site_folder_find(site_folder, &folder));
	DESCRIPTOR connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = socket_address(folder);
	/* connect waits while the backlog is full. */
	struct timeval patience = {.tv_sec = GREETING_WAIT_MS / 1000};
	if (connection < 0 ||
	    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
	    connect(connection, (const struct sockaddr *)&address, sizeof address) != 0)
		return nobody_answers();
	*out = descriptor_take(&connection);
	return OK;
}

/* One byte; false when the server has gone. */
static bool byte_receive(int connection, char *out)
{
	ssize_t got;
	do
		got = recv(connection, out, 1, 0);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

/* A server whose threads are all at other commands does not greet. */
static Err greeting_wait(int connection)
{
	struct pollfd waited = {connection, POLLIN, 0};
	int64_t deadline = monotonic_ms() + GREETING_WAIT_MS;
	char greeting;
	int ready;
	do
		ready = poll(&waited, 1, wait_ms(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return fail(ERR_TOO_MANY, "the server is busy with other commands: try again when they are "
		                          "done");
	if (!byte_receive(connection, &greeting) || greeting != CONTROL_GREETING)
		return nobody_answers();
	return OK;
}

static Err answer_wait(int connection, enum exit_code *out)
{
	char answer;
	if (!byte_receive(connection, &answer))
		return outcome_unknown();
	if (answer == CONTROL_NOT_RUN)
		return nobody_answers();
	int code = answer - CONTROL_EXIT;
	if (code != EXIT_DONE && code != EXIT_REFUSED && code != EXIT_USAGE)
		return outcome_unknown();
	*out = (enum exit_code)code;
	return OK;
}

Err control_relay(Str site_folder, const Str *words, size_t count, const struct command_io *io,
                  enum exit_code *out)
{
	struct buf request BUF_CLEANUP;
	buf_init(&request, CONTROL_MESSAGE_MAX);
	TRY(control_request_format(words, count, &request));
	DESCRIPTOR connection = -1;
	TRY(connection_open(site_folder, &connection));
	/* The greeting tells a server that runs commands from one that is about to stop. */
	TRY(greeting_wait(connection));
	int descriptors[PASSED_COUNT] = {fileno(io->in), fileno(io->out), fileno(io->err), io->folder};
	/* Another server may have read of it and have stopped. */
	if (lseek(descriptors[PASSED_IN], 0, SEEK_SET) != 0)
		return fail(ERR_IO, "the input can't be read: %s", strerror(errno));
	if (!packet_send(connection, buf_str(&request), descriptors, PASSED_COUNT))
		return nobody_answers();
	return answer_wait(connection, out);
}
