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

Err descriptor_move_up(int descriptor, int *out)
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
		return descriptor_move_up(listener, out);
	}
	if (!environment_is("LISTEN_FDS", 1))
		return fail(ERR_INVALID, "systemd has handed in more sockets than one, or none: Courant "
		                         "takes one ListenStream");
	TRY(net_listen_inherited(listener));
	return descriptor_move_up(listener, out);
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
static void child_become(const struct parent *parent, int executable, int channel, int given)
{
	const int gift[] = {channel, parent->listener, given};
	gift_place(gift, given < 0 ? 2 : 3);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	fexecve(executable, parent->words, environ);
	log_error("the server can't be started: %s", strerror(errno));
	_exit(EXIT_REFUSED);
}

static Err child_fork(struct parent *parent, int executable, int given, struct child *out)
{
	int ends[2];
	DESCRIPTOR ours = -1;
	DESCRIPTOR theirs = -1;
	TRY(channel_open(ends));
	ours = ends[0];
	theirs = ends[1];
	int kept;
	TRY(descriptor_move_up(descriptor_take(&ours), &kept));
	ours = kept;
	TRY(descriptor_move_up(descriptor_take(&theirs), &kept));
	theirs = kept;
	pid_t pid = fork();
	if (pid < 0)
		return fail(ERR_IO, "the server can't be started: %s", strerror(errno));
	if (pid == 0)
		child_become(parent, executable, theirs, given);
	*out = (struct child){
	    .pid = pid,
	    .channel = descriptor_take(&ours),
	    .executable = executable,
	    .born_ms = monotonic_ms(),
	};
	return OK;
}

Err child_start(struct parent *parent, int executable, int given, struct child *out)
{
	Err err = child_fork(parent, executable, given, out);
	if (err != OK)
		close(executable);
	return err;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(child->pid, number);
}

void child_done(struct child *child)
{
	descriptor_close(&child->channel);
	descriptor_close(&child->executable);
	*child = (struct child){.channel = -1, .executable = -1};
}

static void stop(struct parent *parent)
{
	parent->is_stopping = true;
	parent->start_at_ms = 0;
	descriptor_close(&parent->listener);
	child_signal(&parent->server, SIGTERM);
	child_signal(&parent->upgrade.next, SIGTERM);
	for (size_t i = 0; i < LEAVING_MAX; i++)
		child_signal(&parent->leaving[i], SIGTERM);
}

const char *end_describe(int status, char *room, size_t room_bytes)
{
	if (WIFSIGNALED(status))
		snprintf(room, room_bytes, "signal %d, %s", WTERMSIG(status),
		         sigdescr_np(WTERMSIG(status)));
	else
		snprintf(room, room_bytes, "exit code %d", WEXITSTATUS(status));
	return room;
}

/* Nobody is refused meanwhile: connections wait in the kernel's queue. */
void parent_start_later(struct parent *parent, int64_t born_ms, const char *how)
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
	parent->server.executable = -1; /* the next one is of the same version */
	child_done(&parent->server);
	upgrade_server_ended(parent);
	end_describe(status, how, sizeof how);
	bool is_its_own_wish = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
	if (!parent->is_stopping && !is_its_own_wish && parent->has_served) {
		parent->server.executable = was.executable;
		parent_start_later(parent, was.born_ms, how);
		return;
	}
	close(was.executable);
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
	int executable = fcntl(parent->server.executable, F_DUPFD_CLOEXEC, DESCRIPTORS_FROM);
	struct child started;
	Err err = executable < 0 ? fail(ERR_IO, "the server can't be started: %s", strerror(errno))
	                         : child_start(parent, executable, -1, &started);
	if (err == OK) {
		child_done(&parent->server);
		parent->server = started;
		return;
	}
	char why[ERR_TEXT_MAX];
	snprintf(why, sizeof why, "%.*s", STR(err_text()));
	parent_start_later(parent, monotonic_ms(), why);
}

/* ---- what comes in ---- */

static void leaving_ended(struct parent *parent, pid_t pid, int status)
{
	char how[128];
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		if (parent->leaving[i].pid != pid)
			continue;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_DONE)
			log_error("the server that was followed died (%s) before it had answered all",
			          end_describe(status, how, sizeof how));
		child_done(&parent->leaving[i]);
	}
}

static void children_reap(struct parent *parent)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == parent->server.pid)
			server_ended(parent, status);
		else if (pid == parent->upgrade.next.pid)
			upgrade_next_ended(parent, status);
		else
			leaving_ended(parent, pid, status);
	}
}

/* One that starts reads all anyway. */
static void reload(const struct parent *parent)
{
	if (!parent->server.is_ready || parent->is_stopping)
		return;
	notify_reloading();
	(void)channel_send(parent->server.channel, CHANNEL_RELOAD, "", NULL, 0);
}

static void signals_take(struct parent *parent)
{
	struct signalfd_siginfo signal;
	while (read(parent->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo == SIGCHLD) {
			children_reap(parent);
		} else if (signal.ssi_signo == SIGHUP) {
			reload(parent);
		} else if (signal.ssi_signo == SIGUSR2) {
			upgrade_begin(parent, NULL);
		} else {
			notify("STOPPING=1");
			stop(parent);
		}
	}
}

static void server_said(struct parent *parent, struct channel_message *message)
{
	if (message->word == CHANNEL_READY) {
		memcpy(parent->server.schema, message->text, sizeof message->text);
		parent->server.is_ready = true;
		parent->has_served = true;
		notify("READY=1");
	} else if (message->word == CHANNEL_RELOADED) {
		notify("READY=1");
	} else if (message->word == CHANNEL_UPGRADE) {
		upgrade_begin(parent, message);
	} else {
		upgrade_server_said(parent, message);
	}
}

static void child_hear(struct parent *parent, struct child *child,
                       void (*said)(struct parent *parent, struct channel_message *message))
{
	struct channel_message message;
	if (!channel_receive(child->channel, &message)) {
		descriptor_close(&child->channel); /* its end is told by SIGCHLD */
		return;
	}
	said(parent, &message);
	descriptors_close(&message.descriptors);
}

/* Not while a new version is just taking the site. */
static bool is_start_due(const struct parent *parent)
{
	return parent->start_at_ms != 0 && parent->upgrade.stage != UPGRADE_OPENS;
}

static int wait_ms(const struct parent *parent)
{
	int64_t next = INT64_MAX;
	if (is_start_due(parent))
		next = parent->start_at_ms;
	if (parent->upgrade.stage != UPGRADE_NONE && !parent->upgrade.is_late &&
	    parent->upgrade.deadline_ms < next)
		next = parent->upgrade.deadline_ms;
	if (next == INT64_MAX)
		return -1;
	int64_t left = next - monotonic_ms();
	return left < 0 ? 0 : (int)left;
}

static bool has_children(const struct parent *parent)
{
	bool has_leaving = false;
	for (size_t i = 0; i < LEAVING_MAX; i++)
		has_leaving = has_leaving || parent->leaving[i].pid > 0;
	return has_leaving || parent->server.pid > 0 || parent->upgrade.next.pid > 0;
}

static void watch(struct parent *parent)
{
	while (!parent->is_stopping || has_children(parent)) {
		struct pollfd waited[] = {{parent->signals, POLLIN, 0},
		                          {parent->server.channel, POLLIN, 0},
		                          {parent->upgrade.next.channel, POLLIN, 0}};
		if (poll(waited, 3, wait_ms(parent)) < 0)
			CHECK(errno == EINTR);
		/* One at a time: each may change who the others are. */
		if (waited[1].revents != 0)
			child_hear(parent, &parent->server, server_said);
		else if (waited[2].revents != 0)
			child_hear(parent, &parent->upgrade.next, upgrade_next_said);
		else if (waited[0].revents != 0)
			signals_take(parent);
		upgrade_look(parent);
		if (is_start_due(parent) && parent->start_at_ms <= monotonic_ms())
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
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGCHLD);
	CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
	int opened = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (opened < 0)
		return fail(ERR_IO, "signals can't be waited for: %s", strerror(errno));
	return descriptor_move_up(opened, out);
}

static Err executable_open(int *out)
{
	int opened = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (opened < 0)
		return fail(ERR_IO, "this program's own file can't be opened: %s", strerror(errno));
	return descriptor_move_up(opened, out);
}

/* The path, since a new version will lie there. */
static Err executable_find(char **out)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path);
	char *kept =
	    length <= 0 || length == (ssize_t)sizeof path ? NULL : strndup(path, (size_t)length);
	if (kept == NULL)
		return fail(ERR_IO, "it can't be told where this program lies");
	*out = kept;
	return OK;
}

static Err begin(struct parent *parent, Str listen)
{
	int executable;
	TRY(words_read(&parent->words));
	TRY(executable_find(&parent->executable));
	TRY(signals_open(&parent->signals));
	TRY(listener_open(listen, &parent->listener));
	TRY(executable_open(&executable));
	return child_start(parent, executable, -1, &parent->server);
}

Err parent_run(Str listen, enum exit_code *out)
{
	struct parent parent = {.listener = -1, .signals = -1};
	parent.server = (struct child){.channel = -1, .executable = -1};
	upgrade_init(&parent.upgrade);
	for (size_t i = 0; i < LEAVING_MAX; i++)
		parent.leaving[i] = (struct child){.channel = -1, .executable = -1};
	Err err = begin(&parent, listen);
	if (err == OK) {
		watch(&parent);
		*out = parent.code;
	}
	descriptor_close(&parent.listener);
	descriptor_close(&parent.signals);
	child_done(&parent.server);
	free(parent.executable);
	if (parent.words != NULL)
		free(parent.words[0]);
	free(parent.words);
	return err;
}
