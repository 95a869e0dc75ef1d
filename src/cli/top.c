#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>

#include "base/descriptor.h"
#include "cli/top_private.h"
#include "server/control.h"

#define EVERY_MS SECOND_MS
#define PICTURE_MAX_BYTES ((size_t)256 << 10)
#define ANSWER_MAX_BYTES ((size_t)4 << 20)
#define TELLING_BYTES ((size_t)8 << 20) /* memory of one */
#define COLUMNS_OTHERWISE 80
#define LINES_OTHERWISE 24
#define KEY_CTRL_C 3

static const struct command_option options[] = {
    {"once", NULL, false, "prints one picture, of one second, and ends"},
    {0},
};

/* ---- asking the server ---- */

/* One telling and the memory that it lies in. */
struct telling {
	struct arena mem;
	struct top_counts counts;
};

static void file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

static Err answer_read(FILE *answer, struct arena *mem, Str *out)
{
	char *bytes = arena_alloc(mem, ANSWER_MAX_BYTES);
	if (bytes == NULL)
		return ERR_MEMORY;
	rewind(answer);
	*out = (Str){bytes, fread(bytes, 1, ANSWER_MAX_BYTES, answer)};
	return OK;
}

static Err memory_file(FILE **out)
{
	DESCRIPTOR descriptor = memfd_create("answer", MFD_CLOEXEC);
	*out = descriptor < 0 ? NULL : fdopen(descriptor, "w+");
	if (*out == NULL)
		return fail(ERR_IO, "the answer can't be kept: %s", strerror(errno));
	(void)descriptor_take(&descriptor); /* fclose closes it */
	return OK;
}

/* ERR_UNAVAILABLE when no server answers. */
static Err ask(const struct command_context *context, struct telling *out)
{
	static const Str words[] = {{"metrics", 7}, {"--json", 6}};
	FILE *nothing CLEANUP(file_close) = NULL;
	FILE *answer CLEANUP(file_close) = NULL;
	FILE *complaint CLEANUP(file_close) = NULL;
	TRY(memory_file(&nothing));
	TRY(memory_file(&answer));
	TRY(memory_file(&complaint));
	struct command_io io = {nothing, answer, complaint, context->io->folder};
	enum exit_code code;
	Str json;
	arena_clear(&out->mem);
	TRY(control_relay(context->site_folder, words, sizeof words / sizeof words[0], &io, &code));
	if (code != EXIT_DONE)
		return fail(ERR_UNAVAILABLE, "the server does not say how it is: is it another version of "
		                             "Courant?");
	TRY(answer_read(answer, &out->mem, &json));
	TRY(top_counts_parse(json, &out->mem, &out->counts));
	return OK;
}

static Err ask_at_first(const struct command_context *context, struct telling *out)
{
	Err err = ask(context, out);
	if (err == ERR_UNAVAILABLE)
		return fail(err, "no server answers for %.*s: courant --site %.*s serve starts one",
		            STR(context->site_folder), STR(context->site_folder));
	return err;
}

/* ---- the time ---- */

struct moment {
	char time[16];
	double now_s;
};

static struct moment moment_now(void)
{
	struct moment moment;
	struct timespec now;
	struct tm local;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(moment.time, sizeof moment.time, "%H:%M:%S", &local);
	moment.now_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	return moment;
}

static void wait_until(int64_t deadline)
{
	int64_t left;
	while ((left = deadline - monotonic_ms()) > 0)
		(void)poll(NULL, 0, (int)left);
}

/* ---- once ---- */

static Err once(const struct command_context *context, struct telling *before, struct telling *now)
{
	TRY(ask_at_first(context, before));
	wait_until(monotonic_ms() + EVERY_MS);
	TRY(ask_at_first(context, now));
	if (context->call->json)
		return print_json(context, top_json(&before->counts, &now->counts));
	struct moment moment = moment_now();
	struct buf picture BUF_CLEANUP;
	buf_init(&picture, PICTURE_MAX_BYTES);
	const struct top_screen screen = {.columns = COLUMNS_OTHERWISE,
	                                  .lines = LINES_OTHERWISE,
	                                  .now_s = moment.now_s,
	                                  .time = str_from_c(moment.time)};
	top_picture(&before->counts, &now->counts, &screen, &picture);
	TRY(buf_check(&picture));
	fprintf(context->io->out, "%.*s\n", STR(buf_str(&picture)));
	return OK;
}

/* ---- in a terminal ---- */

struct terminal {
	int fd;
	int signals; /* signalfd of those that end it or change its size */
	struct termios before;
	sigset_t mask_before;
};

static void write_all(int fd, Str text)
{
	while (!str_is_empty(text)) {
		ssize_t wrote = write(fd, text.bytes, text.length);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return;
		text = str_from(text, (size_t)wrote);
	}
}

/* A screen of its own, without a cursor; keys come one by one and are not shown. */
static Err terminal_open(struct terminal *terminal)
{
	sigset_t signals;
	DESCRIPTOR fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &terminal->before) != 0)
		return fail(ERR_IO, "there is no terminal: courant top --once prints one picture");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, &terminal->mask_before);
	terminal->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (terminal->signals < 0)
		return fail(ERR_IO, "signals can't be waited for: %s", strerror(errno));
	struct termios raw = terminal->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSAFLUSH, &raw);
	write_all(fd, S("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"));
	terminal->fd = descriptor_take(&fd);
	return OK;
}

static void terminal_close(struct terminal *terminal)
{
	write_all(terminal->fd, S("\x1b[?25h\x1b[?1049l"));
	tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
	close(terminal->signals);
	close(terminal->fd);
	sigprocmask(SIG_SETMASK, &terminal->mask_before, NULL);
}

static void terminal_size(const struct terminal *terminal, struct top_screen *out)
{
	struct winsize size = {0};
	(void)ioctl(terminal->fd, TIOCGWINSZ, &size);
	out->columns = size.ws_col == 0 ? COLUMNS_OTHERWISE : size.ws_col;
	out->lines = size.ws_row == 0 ? LINES_OTHERWISE : size.ws_row;
}

/* In one write, line by line over what was there, so that nothing flickers. */
static Err terminal_show(const struct terminal *terminal, Str picture, Str foot, size_t lines)
{
	struct buf out BUF_CLEANUP;
	Str line;
	buf_init(&out, 2 * PICTURE_MAX_BYTES);
	buf_add(&out, S("\x1b[H"));
	while (str_next(&picture, '\n', &line)) {
		buf_add(&out, line);
		buf_add(&out, S("\x1b[K"));
		if (!str_is_empty(picture))
			buf_add(&out, S("\r\n"));
	}
	buf_format(&out, "\x1b[J\x1b[%zu;1H\x1b[2m %.*s\x1b[0m\x1b[K", lines, STR(foot));
	TRY(buf_check(&out));
	write_all(terminal->fd, buf_str(&out));
	return OK;
}

/* Waits for the next telling's time. False when somebody wants to leave; `*is_resized` when the
 * picture is to be drawn anew at once. */
static bool terminal_wait(const struct terminal *terminal, int64_t deadline, bool *is_resized)
{
	*is_resized = false;
	for (;;) {
		struct pollfd waited[] = {{terminal->fd, POLLIN, 0}, {terminal->signals, POLLIN, 0}};
		int64_t left = deadline - monotonic_ms();
		if (left <= 0 || *is_resized)
			return true;
		if (poll(waited, 2, (int)left) < 0 && errno != EINTR)
			return false;
		struct signalfd_siginfo signal;
		while (read(terminal->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
			if (signal.ssi_signo != SIGWINCH)
				return false;
			*is_resized = true;
		}
		if ((waited[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
			return false;
		char key;
		if ((waited[0].revents & POLLIN) != 0 && read(terminal->fd, &key, 1) == 1 &&
		    (key == 'q' || key == 'Q' || key == KEY_CTRL_C))
			return false;
	}
}

static Err draw(const struct terminal *terminal, const struct telling *before,
                const struct telling *now, bool is_answered)
{
	struct moment moment = moment_now();
	struct buf picture BUF_CLEANUP;
	struct top_screen screen = {
	    .has_colour = true, .now_s = moment.now_s, .time = str_from_c(moment.time)};
	buf_init(&picture, PICTURE_MAX_BYTES);
	terminal_size(terminal, &screen);
	size_t last_line = screen.lines--; /* which is the foot's */
	top_picture(&before->counts, &now->counts, &screen, &picture);
	TRY(buf_check(&picture));
	Str foot = is_answered ? S("q ends") : S("the server does not answer: asking on; q ends");
	return terminal_show(terminal, buf_str(&picture), foot, last_line);
}

static Err watch_in(const struct terminal *terminal, const struct command_context *context,
                    struct telling tellings[3])
{
	struct telling *before = &tellings[0]; /* until there is a second one it is both */
	struct telling *now = &tellings[0];
	struct telling *next = &tellings[1];
	bool is_resized = false;
	bool is_answered = true;
	int64_t deadline = monotonic_ms() + EVERY_MS / 4; /* the first picture comes soon */
	for (;;) {
		TRY(draw(terminal, before, now, is_answered));
		if (!terminal_wait(terminal, deadline, &is_resized))
			return OK;
		if (is_resized)
			continue;
		deadline += EVERY_MS;
		if (deadline < monotonic_ms())
			deadline = monotonic_ms() + EVERY_MS;
		is_answered = ask(context, next) == OK;
		if (!is_answered)
			continue;
		struct telling *oldest = before == now ? &tellings[2] : before;
		before = now;
		now = next;
		next = oldest;
	}
}

static Err top_run(struct command_context *context)
{
	struct telling tellings[3];
	struct terminal terminal;
	for (size_t i = 0; i < 3; i++)
		arena_init(&tellings[i].mem, TELLING_BYTES);
	Err err;
	if (command_has(context, "once") || context->call->json || !isatty(fileno(context->io->out))) {
		err = once(context, &tellings[0], &tellings[1]);
	} else {
		err = ask_at_first(context, &tellings[0]);
		if (err == OK)
			err = terminal_open(&terminal);
		if (err == OK) {
			err = watch_in(&terminal, context, tellings);
			terminal_close(&terminal);
		}
	}
	for (size_t i = 0; i < 3; i++)
		arena_done(&tellings[i].mem);
	return err;
}

const struct command top_command = {
    .words = "top",
    .operands = "",
    .summary = "Shows what the running server is doing, anew each second",
    .details =
        "Requests by what answered them, how long they took, the page cache, the queue, "
        "connections, the database, the process, and the stories that were asked for most in "
        "the last minute, counted without cookies and addresses. `q` ends it. Where there is "
        "no terminal, and with `--json`, it prints one picture.",
    .options = options,
    .site = SITE_OPENED,
    .run = top_run,
};
