#include "server/watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/wiring.h"

#define ROW(member) offsetof(struct watch_settings, member)

static const struct setting rows[] = {
    {"metrics.listen", NULL, SETTING_TEXT, "", 0, 100, "",
     "Address and port on which /metrics answers for Prometheus, such as 127.0.0.1:9464, and "
     "nothing else; empty: nowhere. Never the address that readers use.",
     ROW(listen)},
};
const struct setting_table watch_settings_table = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct watch_settings),
};

struct watch {
	const struct watch_settings *settings;
	struct traffic *traffic;
	struct access_log *log;      /* or NULL */
	const struct web *web;       /* set by watch_open */
	struct net_server *listener; /* or NULL */
	pthread_mutex_t lock;
	/* Under the lock: */
	struct metric_source sources[METRIC_SOURCES_MAX];
	size_t source_count; /* 0 before watch_open and after watch_close */
};

Err watch_new(const struct settings *settings, int folder, size_t reactors, struct watch **out)
{
	struct watch *watch = calloc(1, sizeof *watch);
	if (watch == NULL)
		return fail(ERR_MEMORY, "there is no memory to watch the server");
	watch->settings = settings_of(settings, &watch_settings_table);
	pthread_mutex_init(&watch->lock, NULL);
	Err err = traffic_new(reactors, &watch->traffic);
	if (err == OK)
		err = access_log_open(settings_of(settings, &access_log_settings_table), folder, reactors,
		                      &watch->log);
	if (err != OK) {
		watch_free(watch);
		return err;
	}
	*out = watch;
	return OK;
}

void watch_finished(struct watch *watch, const struct net_finished *finished, const struct web *web)
{
	traffic_count(watch->traffic, finished);
	if (watch->log == NULL)
		return;
	Str address = finished->request == NULL ? S("") : web_reader_address(web, finished->request);
	access_log_add(watch->log, finished, address,
	               web_class_names[finished->class < WEB_CLASSES ? finished->class : WEB_OTHER]);
}

/* ---- the listener ---- */

#define LISTENER_CONNECTIONS 32
#define HEAD_MAX_BYTES 512

static void answer_text(struct net_exchange *exchange, const char *status, const char *fields,
                        Str body)
{
	struct buf text;
	buf_init(&text, METRICS_MAX_BYTES + HEAD_MAX_BYTES);
	buf_format(&text,
	           "HTTP/1.1 %s\r\nContent-Type: " METRICS_CONTENT_TYPE "\r\n"
	           "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s"
	           "Content-Length: %zu\r\n",
	           status, fields, body.length);
	size_t head_length = text.length;
	buf_add(&text, body);
	if (buf_check(&text) != OK) {
		buf_done(&text);
		Str empty = S("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n");
		net_answer(exchange, &(struct net_answer){.head = empty, .close = true});
		return;
	}
	size_t length;
	char *bytes = buf_take(&text, &length);
	net_answer(exchange, &(struct net_answer){
	                         .head = {bytes, head_length},
	                         .body = {bytes + head_length, length - head_length},
	                         .release = free,
	                         .owner = bytes,
	                     });
}

/* On the listener's own thread, which nobody else waits for. */
static void listener_request(struct net_exchange *exchange, void *context)
{
	const struct http_request *request = net_exchange_request(exchange);
	struct watch *watch = context;
	if (!str_equal(request->path, S("/metrics"))) {
		answer_text(exchange, "404 Not Found", "", S("Only /metrics is here.\n"));
		return;
	}
	if (request->method != HTTP_GET && request->method != HTTP_HEAD) {
		answer_text(exchange, "405 Method Not Allowed", "Allow: GET, HEAD\r\n",
		            S("/metrics can only be read.\n"));
		return;
	}
	struct buf text BUF_CLEANUP;
	buf_init(&text, METRICS_MAX_BYTES);
	if (watch_format_metrics(watch, &text) == OK)
		answer_text(exchange, "200 OK", "", buf_str(&text));
	else
		answer_text(exchange, "503 Service Unavailable", "", S("The metrics can't be told now.\n"));
}

static Err listener_open(struct watch *watch, const struct settings *settings,
                         const struct clock *clock)
{
	const struct net_handler handler = {.request = listener_request, .context = watch};
	struct net_settings net =
	    *(const struct net_settings *)settings_of(settings, &net_settings_table);
	net.reactors = 1;
	net.max_connections = LISTENER_CONNECTIONS;
	net.max_connections_address = LISTENER_CONNECTIONS;
	Str listen = watch->settings->listen;
	int socket;
	Err err = net_listen_shared(listen, &socket);
	if (err == ERR_CONFLICT)
		return fail(err,
		            "metrics.listen: %.*s is in use, by this server's readers or another program: "
		            "choose another",
		            STR(listen));
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		return fail(err, "metrics.listen: %s", note.text);
	}
	TRY(net_server_open(socket, &net, &handler, clock, &watch->listener));
	return net_server_start(watch->listener);
}

Err watch_open(struct watch *watch, const struct watched *parts, const struct settings *settings,
               const struct clock *clock)
{
	pthread_mutex_lock(&watch->lock);
	watch->source_count = wire_metrics(parts, watch->traffic, watch->log, watch->sources);
	pthread_mutex_unlock(&watch->lock);
	if (str_is_empty(watch->settings->listen))
		return OK;
	return listener_open(watch, settings, clock);
}

Str watch_address(const struct watch *watch)
{
	return watch->listener == NULL ? S("") : net_server_address(watch->listener);
}

void watch_close(struct watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->listener != NULL)
		net_server_close(watch->listener);
	watch->listener = NULL;
	pthread_mutex_lock(&watch->lock);
	watch->source_count = 0;
	pthread_mutex_unlock(&watch->lock);
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	watch_close(watch);
	access_log_close(watch->log);
	traffic_free(watch->traffic);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

/* ---- telling ---- */

/* Others wait meanwhile: it takes well under a millisecond. */
Err watch_each_metric(struct watch *watch,
                      void (*each)(const struct metric_value *value, void *context), void *context)
{
	pthread_mutex_lock(&watch->lock);
	Err err = watch->source_count > 0
	              ? metrics_each(watch->sources, watch->source_count, each, context)
	              : fail(ERR_UNAVAILABLE, "the server is starting or stopping");
	pthread_mutex_unlock(&watch->lock);
	return err;
}

Err watch_format_metrics(struct watch *watch, struct buf *out)
{
	pthread_mutex_lock(&watch->lock);
	Err err = watch->source_count > 0 ? metrics_format(watch->sources, watch->source_count, out)
	                                  : fail(ERR_UNAVAILABLE, "the server is starting or stopping");
	pthread_mutex_unlock(&watch->lock);
	return err;
}

Err watch_stories(const struct watch *watch, struct arena *mem, size_t max,
                  struct story_reads **out, size_t *count_out)
{
	return traffic_stories(watch->traffic, monotonic_ms(), mem, max, out, count_out);
}
