/* What a server does at its parent's word: reading settings and theme anew, handing the site over
 * to the server that follows it, and following another one. */
#include <errno.h>
#include <poll.h>

#include "base/descriptor.h"
#include "base/log.h"
#include "server/serve_private.h"
#include "web/theme.h"

/* How long requests that are under way may take at each try; no other is begun meanwhile. */
#define PAUSE_MS 100
#define PAUSE_TRIES 10
#define PAUSE_AGAIN_MS 250
/* Most commands are over in an instant. */
#define COMMAND_WAIT_MS 2000
#define COMMAND_LOOK_MS 20

/* ---- a reload ---- */

static void reload(const struct running *running)
{
	struct reload_report report;
	Err err = editions_reload(running->editions, &report);
	(void)err; /* the log has how it ended */
	reload_report_done(&report);
	(void)channel_send(running->options->parent.channel, CHANNEL_RELOADED, "", NULL, 0);
}

/* ---- handing over ---- */

/* Requests under way are soon answered, or else not just now. */
static bool pause_begin(const struct running *running, int64_t *since_ms)
{
	for (int i = 0; i < PAUSE_TRIES; i++) {
		*since_ms = monotonic_ms();
		if (net_server_pause(running->net, *since_ms + PAUSE_MS))
			return true;
		net_server_resume(running->net);
		(void)poll(NULL, 0, PAUSE_AGAIN_MS);
	}
	return false;
}

static bool commands_end(const struct running *running)
{
	int64_t deadline = monotonic_ms() + COMMAND_WAIT_MS;
	while (control_is_busy(running->control)) {
		if (monotonic_ms() >= deadline)
			return false;
		(void)poll(NULL, 0, COMMAND_LOOK_MS);
	}
	return true;
}

static void refuse(const struct running *running, const char *why)
{
	(void)channel_send(running->options->parent.channel, CHANNEL_REFUSED, why, NULL, 0);
}

/* Until the parent says that the other one answers, or that it does not, nothing is begun. */
static Err hand_over(struct running *running, struct channel_message *message)
{
	int64_t since_ms;
	char text[32];
	if (message->descriptors.count != 1)
		return OK;
	if (running->folder->db ==
	    NULL) { /* for another one, and done: there is only whom to give to */
		descriptor_close(&running->give_socket);
		running->give_socket = message->descriptors.list[0];
		message->descriptors.count = 0;
		return OK;
	}
	if (!commands_end(running)) {
		refuse(running, "a command is under way: try again when it is done");
		return OK;
	}
	control_close(running->control);
	running->control = NULL;
	if (!pause_begin(running, &since_ms)) {
		refuse(running, "requests under way take too long to hand over between them: try again");
		return serve_control_open(running);
	}
	descriptor_close(&running->give_socket);
	running->give_socket = message->descriptors.list[0];
	message->descriptors.count = 0;
	snprintf(text, sizeof text, "%lld", (long long)since_ms);
	watch_close(running->watch); /* it looks at the database, whoever asks */
	nodes_leave(running->nodes);
	running->nodes = NULL;
	DESCRIPTOR lock = site_folder_let_go(running->folder);
	(void)channel_send(running->options->parent.channel, CHANNEL_CLOSED, text, &lock, 1);
	return OK;
}

/* Nobody has followed, but one may have taken acts before it ended: no page is good any more. */
static Err take_back(struct running *running, struct channel_message *message)
{
	if (message->descriptors.count != 1 || running->folder->db != NULL)
		return OK;
	int lock = message->descriptors.list[0];
	message->descriptors.count = 0;
	descriptor_close(&running->give_socket);
	TRY(site_folder_take_back(running->folder, lock));
	cache_drop(running->cache, (const CacheTag[]){TAG_SITE}, 1);
	TRY(nodes_join(&running->folder->world, running->live, &running->nodes));
	/* Readers come before those who watch. */
	if (serve_watch_open(running) != OK)
		log_error("the metrics can't be asked for any more: %.*s", STR(err_text()));
	TRY(serve_control_open(running));
	net_server_resume(running->net);
	return OK;
}

Err serve_hear(struct running *running, struct channel_message *message)
{
	switch (message->word) {
	case CHANNEL_RELOAD:
		reload(running);
		return OK;
	case CHANNEL_HAND_OVER:
		return hand_over(running, message);
	case CHANNEL_TAKE:
		return take_back(running, message);
	case CHANNEL_LEAVE:
		running->has_left = true;
		return OK;
	case CHANNEL_READY:
	case CHANNEL_RELOADED:
	case CHANNEL_UPGRADE:
	case CHANNEL_PREPARED:
	case CHANNEL_REFUSED:
	case CHANNEL_CLOSED:
		break;
	}
	return OK;
}

/* ---- following ---- */

Err serve_follow(struct running *running, int told, bool *is_over)
{
	int channel = running->options->parent.channel;
	struct channel_message message;
	serve_tell(running, CHANNEL_PREPARED);
	for (;;) {
		struct pollfd waited[] = {{told, POLLIN, 0}, {channel, POLLIN, 0}};
		if (poll(waited, 2, -1) < 0)
			CHECK(errno == EINTR);
		*is_over = waited[0].revents != 0;
		if (*is_over)
			return OK;
		if (waited[1].revents == 0)
			continue;
		if (!channel_receive(channel, &message))
			return fail(ERR_UNAVAILABLE, "the parent process has gone");
		if (message.word == CHANNEL_TAKE && message.descriptors.count == 1)
			return site_folder_take(running->folder, message.descriptors.list[0]);
		descriptors_close(&message.descriptors);
	}
}
