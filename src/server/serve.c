#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "server/control.h"
#include "server/watch.h"
#include "server/wiring.h"
#include "server/workers.h"
#include "web/theme.h"

#define ROW(member) offsetof(struct server_settings, member)

static const struct setting rows[] = {
    {"server.listen", "listen", SETTING_TEXT, "127.0.0.1:8080", 1, 100, "",
     "Address and port to listen on, such as 127.0.0.1:8080 or [::1]:8080; port 0 is the kernel's "
     "choice.",
     ROW(listen)},
    {"server.workers", NULL, SETTING_COUNT, "4", 1, 64, "threads",
     "Threads that make pages and take replies.", ROW(workers)},
    {"server.queue", NULL, SETTING_COUNT, "1024", 1, 100000, "requests",
     "Requests that may wait for a worker, three quarters of them for a page; more are answered "
     "503.",
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

/* Everything that runs, in the order in which it starts. */
struct running {
	struct site_folder *folder;
	const struct server_settings *settings;
	struct cache *cache;
	struct live *live;
	struct net_server *net;
	struct web *web;
	struct workers *workers;
	struct control *control;
	struct watch *watch;
};

/* ---- between net and web ---- */

static void take_request(struct net_exchange *exchange, void *context)
{
	struct running *running = context;
	if (web_answer_at_once(running->web, exchange))
		return;
	enum work work = net_exchange_request(exchange)->method == HTTP_POST ? WORK_WRITE : WORK_READ;
	if (!workers_take(running->workers, exchange, work))
		web_answer_busy(running->web, exchange);
}

static void answer(struct net_exchange *exchange, void *context)
{
	const struct running *running = context;
	web_answer(running->web, exchange);
}

static void refuse(struct net_exchange *exchange, void *context)
{
	const struct running *running = context;
	web_answer_busy(running->web, exchange);
}

static size_t max_body_bytes(const struct http_request *request, void *context)
{
	const struct running *running = context;
	return web_max_body_bytes(running->web, request);
}

static void finished(const struct net_finished *finished, void *context)
{
	const struct running *running = context;
	watch_finished(running->watch, finished);
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

static Err web_start(struct running *running)
{
	struct web_options options = {
	    .world = &running->folder->world,
	    .settings = running->folder->settings,
	    .stream_context = running->live,
	};
	wire_web(&options);
	TRY(theme_open_of_site(running->folder->folder,
	                       settings_of(running->folder->settings, &web_settings_table),
	                       &options.theme));
	Err err = web_new(&options, &running->web);
	if (err == OK && options.theme != NULL)
		theme_log(options.theme);
	theme_close(options.theme);
	TRY(err);
	return web_start_improving(running->web);
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

static Err start(struct running *running, const struct serve_options *options)
{
	struct site_folder *folder = options->folder;
	const struct web_settings *web = settings_of(folder->settings, &web_settings_table);
	struct net_handler handler = {.request = take_request,
	                              .max_body_bytes = max_body_bytes,
	                              .finished = finished,
	                              .context = running};
	TRY(live_start(running));
	handler.events = live_ring(running->live);
	TRY(words_part(web->trusted_proxies, &folder->mem, &handler.exempt, &handler.exempt_count));
	TRY(net_server_open(running->settings->listen,
	                    settings_of(folder->settings, &net_settings_table), &handler,
	                    folder->world.clock, &running->net));
	TRY(watch_new(folder->settings, folder->folder, net_server_reactors(running->net),
	              &running->watch));
	TRY(site_url_settle(running));
	TRY(cache_new((size_t)web->cache_bytes, &running->cache));
	folder->world.cache = running->cache;
	TRY(web_start(running));
	struct workers_handler workers = {answer, refuse, running};
	TRY(workers_start(&workers, (size_t)running->settings->workers,
	                  (size_t)running->settings->queue_max, &running->workers));
	const struct watched parts = {.db = folder->world.db,
	                              .cache = running->cache,
	                              .net = running->net,
	                              .workers = running->workers,
	                              .web = running->web};
	TRY(watch_open(running->watch, &parts, folder->settings, folder->world.clock));
	TRY(control_open(folder, options->commands, &folder->world, folder->settings, running->watch,
	                 &running->control));
	TRY(net_server_start(running->net));
	if (options->ready_file.length > 0)
		TRY(ready_file_write(options->ready_file, net_server_address(running->net), &folder->mem));
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
	if (running->net != NULL)
		net_server_drain(running->net, running->settings->drain_ms);
	if (running->control != NULL && !control_wait(running->control, deadline))
		db_give_up_streams(running->folder->db);
	watch_close(running->watch);
	workers_stop(running->workers, deadline);
	control_close(running->control);
	if (running->net != NULL)
		net_server_close(running->net);
	watch_free(running->watch);
	web_free(running->web);
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
	fflush(out);
}

Err serve(const struct serve_options *options)
{
	sigset_t signals;
	int signal_number;
	struct running running = {
	    .folder = options->folder,
	    .settings = settings_of(options->folder->settings, &server_settings_table),
	};
	stop_signals(&signals);
	Err err = start(&running, options);
	if (err == OK) {
		announce(&running, options->out);
		while (sigwait(&signals, &signal_number) == EINTR)
			continue;
		log_info("stopping: requests under way are answered first");
	}
	struct err_note note;
	err_note_take(&note, err);
	stop(&running);
	return err_note_give(&note);
}
