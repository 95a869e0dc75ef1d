#include "server/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "base/descriptor.h"
#include "base/log.h"
#include "server/serve_private.h"
#include "server/wiring.h"
#include "server/workers.h"
#include "stories/stories.h"

#define FIRST_STORY_BYTES ((size_t)16 * 1024)

#define ROW(member) offsetof(struct server_settings, member)

static const struct setting rows[] = {
    {"server.listen", "listen", SETTING_TEXT, "127.0.0.1:8080", 1, 100, "",
     "Address and port to listen on, such as 127.0.0.1:8080 or [::1]:8080; port 0 is the kernel's "
     "choice.",
     ROW(listen)},
    {"server.workers", NULL, SETTING_COUNT, "4", 1, 64, "threads",
     "Threads that make pages and take replies.", ROW(workers)},
    {"server.queue", NULL, SETTING_COUNT, "1024", 1, 100000, "requests",
     "Requests of one kind, for pages and with replies, that may wait for a worker, and a quarter "
     "as "
     "many searches; more are answered 503, as is who has waited for 2 s.",
     ROW(queue_max)},
    {"server.drain", NULL, SETTING_DURATION, "10s", 0, 300000, "",
     "How long SIGTERM waits for requests and commands under way.", ROW(drain_ms)},
};
const struct setting_table server_settings_table = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct server_settings),
};

/* ---- between net and web ---- */

static const enum work_kind kinds[] = {
    [COST_UNSTATED] = WORK_SEARCH, [COST_STAFF] = WORK_STAFF,   [COST_PAGE] = WORK_PAGE,
    [COST_WRITE] = WORK_WRITE,     [COST_SEARCH] = WORK_SEARCH,
};

static void take_request(struct net_exchange *exchange, void *context)
{
	struct running *running = context;
	struct web *web = edition_now(running->editions)->web;
	if (running->has_left) {
		web_answer_busy(web, exchange);
		return;
	}
	enum route_cost cost;
	if (web_answer_at_once(web, exchange, &cost))
		return;
	const struct work work = {.exchange = exchange,
	                          .kind = kinds[cost],
	                          .reader = web_reader_hash(web, net_exchange_request(exchange)),
	                          .reactor_lags = net_exchange_lags(exchange)};
	if (!workers_take(running->workers, &work))
		web_answer_busy(web, exchange);
}

static void answer(struct net_exchange *exchange, void *context)
{
	const struct running *running = context;
	const struct edition *edition = edition_take(running->editions);
	web_answer(edition->web, exchange);
	edition_give(running->editions, edition);
}

static void refuse(struct net_exchange *exchange, void *context)
{
	const struct running *running = context;
	const struct edition *edition = edition_take(running->editions);
	web_answer_busy(edition->web, exchange);
	edition_give(running->editions, edition);
}

static size_t max_body_bytes(const struct http_request *request, void *context)
{
	const struct running *running = context;
	return web_max_body_bytes(edition_now(running->editions)->web, request);
}

static void finished(const struct net_finished *finished, void *context)
{
	const struct running *running = context;
	watch_finished(running->watch, finished, edition_now(running->editions)->web);
}

/* ---- start ---- */

/* Without a public address of its own the site is where the server listens. */
static Err site_url_settle(struct running *running)
{
	struct site_folder *folder = running->folder;
	const struct web_settings *web = settings_of(folder->settings, &web_settings_table);
	Str address = net_server_address(running->net);
	if (web->url.length > 0)
		return OK; /* the folder took it from the settings */
	if (str_starts_with(address, S("0.0.0.0:")) || str_starts_with(address, S("[::]:")))
		return fail(ERR_INVALID,
		            "the server listens on all addresses (%.*s) and can't know which one readers "
		            "use: set site.url in courant.conf, or give --url",
		            STR(address));
	Str url;
	TRY(arena_format(&folder->mem, &url, "http://%.*s", STR(address)));
	return url_parse_web(url, url.length, &folder->mem, &folder->site.url);
}

/* Whoever waits for it wants to connect, so it tells where, whatever the site's address is. */
static Err ready_file_write(Str path, Str address, struct arena *mem)
{
	char *name;
	char *temporary;
	Str text;
	TRY(arena_c_string(mem, path, &name));
	TRY(arena_format(mem, &text, "%s.new", name));
	TRY(arena_c_string(mem, text, &temporary));
	FILE *file = fopen(temporary, "we");
	if (file == NULL)
		return fail(ERR_IO, "the ready file %s can't be written: %m", name);
	int printed = fprintf(file, "http://%.*s\n", STR(address));
	if (fclose(file) != 0 || printed < 0 || rename(temporary, name) != 0)
		return fail(ERR_IO, "the ready file %s can't be written: %m", name);
	return OK;
}

/* What spaces part. */
static Err words_part(Str text, struct arena *mem, const Str **out, size_t *count_out)
{
	Str *words = ARENA_ARRAY(mem, Str, text.length + 1);
	Str word;
	size_t count = 0;
	if (words == NULL)
		return ERR_MEMORY;
	while (str_next(&text, ' ', &word))
		if (!str_is_empty(word))
			words[count++] = word;
	*out = words;
	*count_out = count;
	return OK;
}

static Err live_start(struct running *running)
{
	struct live_options options = {.world = &running->folder->world};
	wire_live(&options);
	TRY(live_new(&options, &running->live));
	running->folder->world.listener = live_listener(running->live);
	return OK;
}

/* All that needs neither the site nor its database. */
static Err prepare(struct running *running)
{
	const struct serve_options *options = running->options;
	struct site_folder *folder = running->folder;
	const struct web_settings *web = settings_of(folder->settings, &web_settings_table);
	struct net_handler handler = {.request = take_request,
	                              .max_body_bytes = max_body_bytes,
	                              .finished = finished,
	                              .context = running};
	TRY(live_start(running));
	handler.events = live_ring(running->live);
	TRY(words_part(web->trusted_proxies, &folder->mem, &handler.exempt, &handler.exempt_count));
	TRY(net_server_open(options->parent.listener,
	                    settings_of(folder->settings, &net_settings_table), &handler,
	                    folder->world.clock, &running->net));
	TRY(watch_new(folder->settings, folder->folder, net_server_reactors(running->net),
	              &running->watch));
	TRY(cache_new((size_t)web->cache_bytes, &running->cache));
	folder->world.cache = running->cache;
	const struct editions_options editions = {.folder = folder,
	                                          .flags = options->flags,
	                                          .flag_count = options->flag_count,
	                                          .net = running->net,
	                                          .live = running->live};
	TRY(editions_open(&editions, &running->editions));
	TRY(remaking_new(running->editions, &running->remaking));
	folder->world.remaker = remaking_remaker(running->remaking);
	return OK;
}

Err serve_control_open(struct running *running)
{
	return control_open(running->folder, running->options->commands, &running->folder->world,
	                    running->editions, running->watch, running->options->parent.channel,
	                    &running->control);
}

Err serve_watch_open(struct running *running)
{
	const struct watched parts = {.db = running->folder->world.db,
	                              .cache = running->cache,
	                              .net = running->net,
	                              .remaking = running->remaking,
	                              .workers = running->workers};
	return watch_open(running->watch, &parts, running->folder->settings,
	                  running->folder->world.clock);
}

void serve_tell(const struct running *running, enum channel_word word)
{
	char text[CHANNEL_TEXT_MAX + 1];
	char schema[SCHEMA_MAX];
	const struct site_folder_settings *site =
	    settings_of(running->folder->settings, &site_folder_settings_table);
	all_schema(site->database, schema);
	snprintf(text, sizeof text, "%s\n%s", schema, COURANT_VERSION);
	/* Should the parent have gone, that is seen at once. */
	(void)channel_send(running->options->parent.channel, word, text, NULL, 0);
}

static Err start(struct running *running)
{
	const struct serve_options *options = running->options;
	TRY(site_url_settle(running));
	TRY(web_site_found(edition_now(running->editions)->web));
	struct workers_handler workers = {answer, refuse, running};
	TRY(workers_start(&workers, (size_t)running->settings->workers,
	                  (size_t)running->settings->queue_max, &running->workers));
	TRY(serve_watch_open(running));
	TRY(nodes_join(&running->folder->world, running->live, &running->nodes));
	TRY(serve_control_open(running));
	TRY(net_server_start(running->net));
	if (options->ready_file.length > 0)
		TRY(ready_file_write(options->ready_file, net_server_address(running->net),
		                     &running->folder->mem));
	serve_tell(running, CHANNEL_READY);
	return OK;
}

/* ---- stop ---- */

/* In the opposite order: nothing new comes in, what is under way is finished and answered. When
 * server.drain is over, requests that still wait are refused and a backup is given up. Other
 * commands and pages in hand are soon done, and an act in the writer is never broken off: whoever
 * waits for it is told how it ended. */
static void stop(struct running *running)
{
	int64_t deadline = monotonic_ms() + running->settings->drain_ms;
	if (running->control != NULL)
		control_stop(running->control);
	if (running->net != NULL && running->has_left)
		net_server_give(running->net, running->give_socket, running->settings->drain_ms);
	else if (running->net != NULL)
		net_server_drain(running->net, running->settings->drain_ms);
	descriptor_close(&running->give_socket);
	if (running->control != NULL && !control_wait(running->control, deadline))
		db_give_up_streams(running->folder->db);
	watch_close(running->watch);
	workers_stop(running->workers, deadline);
	control_close(running->control);
	if (running->net != NULL)
		net_server_close(running->net);
	watch_free(running->watch);
	running->folder->world.remaker = NULL;
	remaking_free(running->remaking);
	nodes_leave(running->nodes);
	editions_close(running->editions);
	running->folder->world.cache = NULL;
	cache_free(running->cache);
	running->folder->world.listener = NULL;
	live_free(running->live);
}

/* The signals that serve waits for; every thread inherits them blocked. */
static void stop_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGINT);
}

void serve_prepare(void)
{
	sigset_t signals;
	stop_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

/* Hears the parent and the server before this one, until the end: a signal, the parent's end, or
 * that another server has followed this one. */
static Err end_await(struct running *running, int told)
{
	const struct parent_gift *parent = &running->options->parent;
	while (!running->has_left) {
		/* Without the database nobody is taken over: whoever is given waits in the socket. */
		int taking = running->folder->db == NULL ? -1 : running->take_socket;
		struct pollfd waited[] = {
		    {told, POLLIN, 0}, {parent->channel, POLLIN, 0}, {taking, POLLIN, 0}};
		if (poll(waited, 3, -1) < 0)
			CHECK(errno == EINTR);
		if (waited[2].revents != 0 && !net_server_take(running->net, running->take_socket))
			descriptor_close(&running->take_socket);
		if (waited[0].revents != 0)
			break;
		if (waited[1].revents == 0)
			continue;
		struct channel_message message;
		if (!channel_receive(parent->channel, &message)) {
			log_error("the parent process has gone, and with it whoever starts this server again");
			break;
		}
		Err err = serve_hear(running, &message);
		descriptors_close(&message.descriptors);
		TRY(err);
	}
	if (!running->has_left)
		log_info("stopping: requests under way are answered first");
	/* Told to stop in the middle of handing over: nothing can be made without the database. */
	if (running->folder->db == NULL)
		running->has_left = true;
	return OK;
}

static Err signals_open(int *out)
{
	sigset_t signals;
	stop_signals(&signals);
	*out = signalfd(-1, &signals, SFD_CLOEXEC);
	if (*out < 0)
		return fail(ERR_IO, "signals can't be waited for: %s", strerror(errno));
	return OK;
}

/* Readers of a new site are told that there is nothing yet; its operator, how there will be. */
static void announce_first_story(const struct running *running, FILE *out)
{
	const struct site_folder *folder = running->folder;
	struct arena mem CLEANUP(arena_done);
	const struct language **languages;
	size_t count;
	DB_READ connection = NULL;
	arena_init(&mem, FIRST_STORY_BYTES);
	Err err = db_read_begin(folder->world.db, &connection);
	if (err == OK)
		err = language_list_used(connection, &mem, &languages, &count);
	if (err == OK && count == 0)
		fprintf(out,
		        "Nothing is published yet: courant --site %.*s story add --headline … --section … "
		        "--body FILE --publish\n",
		        STR(folder->path));
}

/* Behind a proxy the site's address and the server's are two. */
static void announce(const struct running *running, FILE *out)
{
	const struct site *site = &running->folder->site;
	const struct web_settings *web = settings_of(running->folder->settings, &web_settings_table);
	fprintf(out, "%.*s is served at %.*s", STR(site->name_at_start), STR(site->url.address));
	if (!str_is_empty(web->url))
		fprintf(out, " (listening on http://%.*s)", STR(net_server_address(running->net)));
	if (!str_is_empty(watch_address(running->watch)))
		fprintf(out, ", its metrics at http://%.*s/metrics", STR(watch_address(running->watch)));
	fputc('\n', out);
	announce_first_story(running, out);
	fflush(out);
}

static Err run(struct running *running)
{
	DESCRIPTOR told = -1;
	bool is_over = false;
	TRY(signals_open(&told));
	TRY(prepare(running));
	if (running->take_socket >= 0)
		TRY(serve_follow(running, told, &is_over));
	if (is_over)
		return OK;
	TRY(start(running));
	announce(running, running->options->out);
	return end_await(running, told);
}

Err serve(const struct serve_options *options)
{
	struct running running = {
	    .options = options,
	    .folder = options->folder,
	    .settings = settings_of(options->folder->settings, &server_settings_table),
	    .take_socket = options->parent.given,
	    .give_socket = -1,
	};
	Err err = run(&running);
	struct err_note note;
	err_note_take(&note, err);
	stop(&running);
	descriptor_close(&running.take_socket);
	return err_note_give(&note);
}
