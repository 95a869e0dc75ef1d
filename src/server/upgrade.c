/* A new version in the place of the one that serves: it is started beside the old one, and when all
 * that it lacks is the site, the old one closes the database and says so, and the new one opens it.
 * Until the new one answers readers, the old one can go on as if nothing had been. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "server/control_message.h"
#include "server/notify.h"
#include "server/parent_private.h"

#define PREPARE_WAIT_MS 60000 /* a large theme takes its time */
#define CLOSE_WAIT_MS 30000   /* with the tries that the old server makes */
#define OPEN_WAIT_MS 5000     /* readers wait meanwhile */

void upgrade_init(struct upgrade *upgrade)
{
	*upgrade = (struct upgrade){
	    .next = {.channel = -1, .executable = -1},
	    .lock = -1,
	    .given = -1,
	    .caller = -1,
	    .caller_out = -1,
	    .caller_err = -1,
	};
}

/* ---- who asked ---- */

/* Not one that would keep the parent waiting. */
static FILE *caller_stream(int *descriptor)
{
	struct pollfd looked = {*descriptor, POLLOUT, 0};
	if (*descriptor < 0 || poll(&looked, 1, 0) <= 0)
		return NULL;
	FILE *stream = fdopen(*descriptor, "w");
	if (stream != NULL)
		*descriptor = -1;
	return stream;
}

static void done_print(const struct upgrade *upgrade, FILE *out, int64_t paused_ms)
{
	if (!upgrade->caller_wants_json) {
		fprintf(out,
		        "The new server answers; what was sent meanwhile waited for at most %lld ms.\n",
		        (long long)paused_ms);
		return;
	}
	json_t *object = json_pack("{s:I}", "paused_ms", (json_int_t)paused_ms);
	if (object != NULL)
		json_dumpf(object, out, 0);
	json_decref(object);
	fputc('\n', out);
}

/* As the server that handed the caller over would have: words, and the exit code as a packet. */
static void caller_tell(struct upgrade *upgrade, Err err, int64_t paused_ms)
{
	FILE *out = caller_stream(&upgrade->caller_out);
	FILE *errors = caller_stream(&upgrade->caller_err);
	const char code = (char)(CONTROL_EXIT + (err == OK ? EXIT_DONE : EXIT_REFUSED));
	if (out != NULL && errors != NULL && err != OK)
		command_report(&(struct command_io){.out = out, .err = errors}, upgrade->caller_wants_json);
	if (out != NULL && err == OK)
		done_print(upgrade, out, paused_ms);
	if (out != NULL)
		(void)fclose(out);
	if (errors != NULL)
		(void)fclose(errors);
	if (upgrade->caller >= 0)
		(void)send(upgrade->caller, &code, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	descriptor_close(&upgrade->caller);
	descriptor_close(&upgrade->caller_out);
	descriptor_close(&upgrade->caller_err);
}

static void caller_take(struct upgrade *upgrade, struct channel_message *asked)
{
	if (asked == NULL || asked->descriptors.count != 3)
		return;
	upgrade->caller = asked->descriptors.list[0];
	upgrade->caller_out = asked->descriptors.list[1];
	upgrade->caller_err = asked->descriptors.list[2];
	upgrade->caller_wants_json = strcmp(asked->text, "json") == 0;
	asked->descriptors.count = 0;
}

/* ---- its end ---- */

static void upgrade_done(struct upgrade *upgrade)
{
	child_done(&upgrade->next);
	descriptor_close(&upgrade->lock);
	descriptor_close(&upgrade->given);
	upgrade_init(upgrade);
}

/* Nobody else gets the lock: it is only ever handed on. */
static void server_take_back(struct parent *parent, int *lock)
{
	if (*lock >= 0 && parent->server.channel >= 0)
		(void)channel_send(parent->server.channel, CHANNEL_TAKE, "", lock, 1);
	descriptor_close(lock);
}

/* The new server must have ended. */
static void upgrade_failed(struct parent *parent, Err err)
{
	struct upgrade *upgrade = &parent->upgrade;
	log_error("no upgrade, the server goes on: %.*s", STR(err_text()));
	caller_tell(upgrade, err, 0);
	server_take_back(parent, &upgrade->lock);
	upgrade_done(upgrade);
}

/* It ends by itself, or is ended: then comes upgrade_next_ended. */
static void next_end(struct upgrade *upgrade, Err err)
{
	log_error("no upgrade: %.*s", STR(err_text()));
	caller_tell(upgrade, err, 0);
	upgrade->is_late = true;
	child_signal(&upgrade->next, SIGKILL);
}

/* ---- its stages ---- */

static void stage_begin(struct upgrade *upgrade, enum upgrade_stage stage, int64_t wait_ms)
{
	upgrade->stage = stage;
	upgrade->deadline_ms = monotonic_ms() + wait_ms;
}

static Err next_start(struct parent *parent)
{
	int ends[2];
	int theirs;
	struct upgrade *upgrade = &parent->upgrade;
	DESCRIPTOR executable = open(parent->executable, O_RDONLY | O_CLOEXEC);
	if (executable < 0)
		return fail(ERR_IO, "the new version %s can't be opened: %s", parent->executable,
		            strerror(errno));
	int moved;
	TRY(descriptor_move_up(descriptor_take(&executable), &moved));
	executable = moved;
	TRY(channel_open(ends));
	upgrade->given = ends[0];
	TRY(descriptor_move_up(ends[1], &theirs));
	Err err = child_start(parent, descriptor_take(&executable), theirs, &upgrade->next);
	close(theirs);
	return err;
}

static bool is_full(const struct parent *parent)
{
	for (size_t i = 0; i < LEAVING_MAX; i++)
		if (parent->leaving[i].pid == 0)
			return false;
	return true;
}

static Err upgrade_may(const struct parent *parent)
{
	if (parent->is_stopping)
		return fail(ERR_UNAVAILABLE, "the server is stopping");
	if (!parent->server.is_ready)
		return fail(ERR_UNAVAILABLE, "the server is just starting: try again when it answers");
	if (is_full(parent))
		return fail(ERR_TOO_MANY,
		            "the servers of %d upgrades before still answer their last "
		            "requests: try again when server.drain is over",
		            LEAVING_MAX);
	return OK;
}

void upgrade_begin(struct parent *parent, struct channel_message *asked)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (upgrade->stage != UPGRADE_NONE) {
		struct upgrade another;
		upgrade_init(&another);
		caller_take(&another, asked);
		caller_tell(&another, fail(ERR_CONFLICT, "an upgrade is under way"), 0);
		return;
	}
	caller_take(upgrade, asked);
	Err err = upgrade_may(parent);
	if (err == OK)
		err = next_start(parent);
	if (err != OK)
		upgrade_failed(parent, err);
	else
		stage_begin(upgrade, UPGRADE_PREPARES, PREPARE_WAIT_MS);
}

/* The schema is the first line of what a server says of itself. */
static bool is_same_schema(const struct parent *parent, const char *said)
{
	Str ours = str_from_c(parent->server.schema);
	Str theirs = str_from_c(said);
	Str our_line;
	Str their_line;
	return str_next(&ours, '\n', &our_line) && str_next(&theirs, '\n', &their_line) &&
	       str_equal(our_line, their_line);
}

static void next_prepared(struct parent *parent, const char *said)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (!is_same_schema(parent, said)) {
		next_end(upgrade, fail(ERR_CONFLICT,
		                       "the new version has other migrations or rules than the one that "
		                       "runs, or another database: restart the server (systemctl restart "
		                       "courant)"));
		return;
	}
	if (parent->server.channel >= 0)
		(void)channel_send(parent->server.channel, CHANNEL_HAND_OVER, "", &upgrade->given, 1);
	descriptor_close(&upgrade->given);
	stage_begin(upgrade, UPGRADE_CLOSES, CLOSE_WAIT_MS);
}

static void next_serves(struct parent *parent, const char *said)
{
	struct upgrade *upgrade = &parent->upgrade;
	int64_t paused_ms = monotonic_ms() - upgrade->paused_since_ms;
	size_t place = 0;
	while (parent->leaving[place].pid != 0)
		place++;
	if (parent->server.pid > 0) {
		(void)channel_send(parent->server.channel, CHANNEL_LEAVE, "", NULL, 0);
		parent->leaving[place] = parent->server;
		descriptor_close(&parent->leaving[place].executable);
	} else {
		child_done(&parent->server);
	}
	parent->server = upgrade->next;
	upgrade->next = (struct child){.channel = -1, .executable = -1};
	parent->server.is_ready = true;
	memcpy(parent->server.schema, said, strlen(said) + 1);
	parent->start_at_ms = 0;
	Str version = str_from_c(said);
	Str schema;
	(void)str_next(&version, '\n', &schema);
	log_info("upgraded: Courant %.*s answers; requests waited for %lld ms", STR(version),
	         (long long)paused_ms);
	caller_tell(upgrade, OK, paused_ms);
	upgrade_done(upgrade);
}

void upgrade_next_said(struct parent *parent, struct channel_message *message)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (upgrade->is_late)
		return;
	if (message->word == CHANNEL_PREPARED && upgrade->stage == UPGRADE_PREPARES)
		next_prepared(parent, message->text);
	else if (message->word == CHANNEL_READY && upgrade->stage == UPGRADE_OPENS)
		next_serves(parent, message->text);
}

/* What it said on its way out stands in the log. */
void upgrade_next_ended(struct parent *parent, int status)
{
	char how[128];
	struct upgrade *upgrade = &parent->upgrade;
	bool is_told = upgrade->is_late;
	child_done(&upgrade->next);
	if (is_told) {
		server_take_back(parent, &upgrade->lock);
		upgrade_done(upgrade);
		return;
	}
	upgrade_failed(parent, fail(ERR_UNAVAILABLE,
	                            "the new version ended (%s) before it was ready; the log says why",
	                            end_describe(status, how, sizeof how)));
}

static void server_closed(struct parent *parent, struct channel_message *message)
{
	struct upgrade *upgrade = &parent->upgrade;
	uint64_t since;
	if (message->descriptors.count != 1)
		return;
	upgrade->lock = message->descriptors.list[0];
	message->descriptors.count = 0;
	if (upgrade->stage != UPGRADE_CLOSES || upgrade->is_late) {
		server_take_back(parent, &upgrade->lock);
		return;
	}
	if (str_parse_uint(str_from_c(message->text), INT64_MAX, &since))
		upgrade->paused_since_ms = (int64_t)since;
	if (upgrade->next.channel >= 0)
		(void)channel_send(upgrade->next.channel, CHANNEL_TAKE, "", &upgrade->lock, 1);
	stage_begin(upgrade, UPGRADE_OPENS, OPEN_WAIT_MS);
}

void upgrade_server_said(struct parent *parent, struct channel_message *message)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (message->word == CHANNEL_CLOSED)
		server_closed(parent, message);
	else if (message->word == CHANNEL_REFUSED && upgrade->stage == UPGRADE_CLOSES)
		next_end(upgrade, fail(ERR_UNAVAILABLE, "%s", message->text));
}

/* While the new one opens the database, it may as well go on. */
void upgrade_server_ended(struct parent *parent)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (upgrade->stage == UPGRADE_PREPARES || upgrade->stage == UPGRADE_CLOSES)
		next_end(upgrade, fail(ERR_UNAVAILABLE, "the server that was to hand over has ended"));
}

void upgrade_look(struct parent *parent)
{
	struct upgrade *upgrade = &parent->upgrade;
	if (upgrade->stage == UPGRADE_NONE || upgrade->is_late || monotonic_ms() < upgrade->deadline_ms)
		return;
	next_end(upgrade, fail(ERR_UNAVAILABLE, upgrade->stage == UPGRADE_CLOSES
	                                            ? "the server did not close the database in time"
	                                            : "the new version was not ready in time"));
}
