#include "server/parent_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "net/net.h"
#include "server/notify.h"

/* A server that lived so long is started again at once. One that did not waits, each time twice as
 * long, but never longer than the last. */
#define LIVED_MS 10000
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000
/* Descriptors of the parent's own begin here, so that they are not in the way of those below. */
#define DESCRIPTORS_FROM 16
#define LISTEN_FDS_FIRST 3 /* sd_listen_fds(3) */

/* ---- the listening socket ---- */

static bool environment_is(const char *name, int64_t number)
{
	uint64_t found;
	return str_parse_uint(str_from_c(getenv(name)), INT32_MAX, &found) && (int64_t)found == number;
}

static Err moved_up(int descriptor, int *out)
{
	int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, DESCRIPTORS_FROM);
	close(descriptor);
	if (moved < 0)
		return fail(ERR_IO, "a descriptor can't be kept: %s", strerror(errno));
	*out = moved;
	return OK;
}

/* systemd's socket, when it has opened one for us; else our own. */
static Err listener_open(Str listen, int *out)
{
	int listener = LISTEN_FDS_FIRST;
	if (!environment_is("LISTEN_PID", getpid())) {
		TRY(net_listen(listen, &listener));
		return moved_up(listener, out);
	}
	if (!environment_is("LISTEN_FDS", 1))
		return fail(ERR_INVALID, "systemd has handed in more sockets than one, or none: Courant "
		                         "takes one ListenStream");
	TRY(net_listen_inherited(listener));
	return moved_up(listener, out);
}

/* ---- the call ---- */

#define CALL_MAX_BYTES 65536

/* The words of this process's own call, NULL at the end. They stay for good. */
static Err words_read(char ***out)
{
	FILE *file = fopen("/proc/self/cmdline", "re");
	char *bytes = malloc(CALL_MAX_BYTES);
	size_t length = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, CALL_MAX_BYTES, file);
	size_t count = 0;
	if (file != NULL)
		(void)fclose(file);
	for (size_t i = 0; i < length; i++)
		count += bytes[i] == 0;
	char **words = calloc(count + 1, sizeof *words);
	if (words == NULL || length == 0 || length == CALL_MAX_BYTES || bytes[length - 1] != 0) {
		free(words);
		free(bytes);
		return fail(ERR_IO, "the server can't be called: /proc/self/cmdline does not tell how");
	}
	for (size_t i = 0, at = 0; i < count; i++) {
		words[i] = bytes + at;
		at += strlen(words[i]) + 1;
	}
	*out = words;
	return OK;
}

/* ---- a server's life ---- */

/* Only words that name what is open differ from ours. Never returns. */
static void child_become(const struct parent *parent, int executable, int channel)
{
	const int given[] = {channel, parent->listener};
	gift_place(given, sizeof given / sizeof given[0]);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	fexecve(executable, parent->words, environ);
	log_error("the server can't be started: %s", strerror(errno));
	_exit(EXIT_REFUSED);
}

Err child_start(struct parent *parent, int executable, struct child *out)
{
	int ends[2];
	DESCRIPTOR ours = -1;
	DESCRIPTOR theirs = -1;
	TRY(channel_open(ends));
	ours = ends[0];
	theirs = ends[1];
	int kept;
	TRY(moved_up(descriptor_take(&ours), &kept));
	ours = kept;
	TRY(moved_up(descriptor_take(&theirs), &kept));
	theirs = kept;
	pid_t pid = fork();
	if (pid < 0)
		return fail(ERR_IO, "the server can't be started: %s", strerror(errno));
	if (pid == 0)
		child_become(parent, executable, theirs);
	*out = (struct child){
	    .pid = pid, .channel = descriptor_take(&ours), .born_ms = monotonic_ms()};
	return OK;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(child->pid, number);
}

void child_done(struct child *child)
{
	descriptor_close(&child->channel);
	*child = (struct child){.channel = -1};
}

static void stop(struct parent *parent)
{
	parent->is_stopping = true;
	parent->start_at_ms = 0;
	descriptor_close(&parent->listener);
	child_signal(&parent->server, SIGTERM);
}

static const char *end_describe(int status, char *room, size_t room_bytes)
{
	if (WIFSIGNALED(status))
		snprintf(room, room_bytes, "signal %d, %s", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(room, room_bytes, "exit code %d", WEXITSTATUS(status));
	return room;
}

/* Nobody is refused meanwhile: connections wait in the kernel's queue. */
static void start_later(struct parent *parent, int64_t born_ms, const char *how)
{
	int64_t now = monotonic_ms();
	if (now - born_ms >= LIVED_MS)
		parent->pause_ms = 0;
	parent->start_at_ms = now + parent->pause_ms;
	if (parent->pause_ms == 0)
		log_error("the server died (%s) and is started again; connections wait for it", how);
	else
		log_error("the server died (%s) soon after its start and is started again in %lld ms; "
		          "connections wait for it",
		          how, (long long)parent->pause_ms);
	parent->pause_ms = parent->pause_ms == 0 ? PAUSE_FIRST_MS : 2 * parent->pause_ms;
	if (parent->pause_ms > PAUSE_MAX_MS)
		parent->pause_ms = PAUSE_MAX_MS;
}

static void server_ended(struct parent *parent, int status)
{
	char how[128];
	struct child was = parent->server;
	child_done(&parent->server);
	end_describe(status, how, sizeof how);
	bool is_its_own_wish = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
	if (!parent->is_stopping && !is_its_own_wish && parent->has_served) {
		start_later(parent, was.born_ms, how);
		return;
	}
	/* One that could not start has said why, unless a signal ended it. */
	if (WIFSIGNALED(status))
		log_error("the server died (%s) %s", how,
		          parent->is_stopping ? "while it stopped" : "before it was ready");
	parent->code = WIFEXITED(status) ? (enum exit_code)WEXITSTATUS(status) : EXIT_REFUSED;
	stop(parent);
}

static void start_now(struct parent *parent)
{
	parent->start_at_ms = 0;
	if (child_start(parent, parent->executable, &parent->server) == OK)
		return;
	char why[ERR_TEXT_MAX];
	snprintf(why, sizeof why, "%.*s", STR(err_text()));
	start_later(parent, monotonic_ms(), why);
}

/* ---- what comes in ---- */

static void children_reap(struct parent *parent)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == parent->server.pid)
			server_ended(parent, status);
}

static void signals_take(struct parent *parent)
{
	struct signalfd_siginfo signal;
	while (read(parent->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo == SIGCHLD) {
			children_reap(parent);
			continue;
		}
		notify("STOPPING=1");
		stop(parent);
	}
}

static void server_said(struct parent *parent)
{
	struct channel_message message;
	if (!channel_receive(parent->server.channel, &message)) {
		descriptor_close(&parent->server.channel); /* its end is told by SIGCHLD */
		return;
	}
	if (message.word == CHANNEL_READY) {
		parent->server.is_ready = true;
		parent->has_served = true;
		notify("READY=1");
	}
	channel_message_done(&message);
}

static int wait_ms(const struct parent *parent)
{
	if (parent->start_at_ms == 0)
		return -1;
	int64_t left = parent->start_at_ms - monotonic_ms();
	return left < 0 ? 0 : (int)left;
}

static void watch(struct parent *parent)
{
	while (!parent->is_stopping || parent->server.pid > 0) {
		struct pollfd waited[] = {{parent->signals, POLLIN, 0},
		                          {parent->server.channel, POLLIN, 0}};
		if (poll(waited, 2, wait_ms(parent)) < 0)
			CHECK(errno == EINTR);
		if (waited[1].revents != 0)
			server_said(parent);
		if (waited[0].revents != 0)
			signals_take(parent);
		if (parent->start_at_ms != 0 && parent->start_at_ms <= monotonic_ms())
			start_now(parent);
	}
}

/* ---- its own life ---- */

static Err signals_open(int *out)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
	int opened = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (opened < 0)
		return fail(ERR_IO, "signals can't be waited for: %s", strerror(errno));
	return moved_up(opened, out);
}

static Err executable_open(int *out)
{
	int opened = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (opened < 0)
		return fail(ERR_IO, "this program's own file can't be opened: %s", strerror(errno));
	return moved_up(opened, out);
}

static Err begin(struct parent *parent, Str listen)
{
	TRY(words_read(&parent->words));
	TRY(executable_open(&parent->executable));
	TRY(signals_open(&parent->signals));
	TRY(listener_open(listen, &parent->listener));
	return child_start(parent, parent->executable, &parent->server);
}

Err parent_run(Str listen, enum exit_code *out)
{
	struct parent parent = {
	    .executable = -1, .listener = -1, .signals = -1, .server = {.channel = -1}};
	Err err = begin(&parent, listen);
	if (err == OK) {
		watch(&parent);
		*out = parent.code;
	}
	descriptor_close(&parent.executable);
	descriptor_close(&parent.listener);
	descriptor_close(&parent.signals);
	if (parent.words != NULL)
		free(parent.words[0]);
	free(parent.words);
	return err;
}
