#include <stdlib.h>
#include <time.h>

#include "net/net_private.h"

struct net_exchange *exchange_new(struct reactor *reactor)
{
	struct net_exchange *exchange = reactor->spare;
	if (exchange != NULL) {
		reactor->spare = exchange->next;
		reactor->spare_count--;
	} else {
		exchange = malloc(sizeof *exchange);
		if (exchange == NULL)
			return NULL;
	}
	reactor->exchange_count++;
	/* Not cleared as a whole: it is large, and most of it is written before it is read. */
	exchange->reactor = reactor;
	exchange->connection = NULL;
	exchange->next = NULL;
	exchange->answer = (struct net_answer){0};
	exchange->since_us = reactor->now_us;
	atomic_store_explicit(&exchange->has_left, false, memory_order_relaxed);
	exchange->is_answered = false;
	exchange->is_read = false;
	exchange->is_head = false;
	exchange->close = false;
	exchange->linger = false;
	exchange->stream = NULL;
	exchange->sent_bytes = 0;
	exchange->end_length = 0;
	exchange->long_head = NULL;
	buf_init(&exchange->body, 0);
	return exchange;
}

void exchange_free(struct net_exchange *exchange)
{
	struct reactor *reactor = exchange->reactor;
	if (exchange->stream != NULL)
		stream_free(exchange->stream);
	free(exchange->long_head);
	buf_done(&exchange->body);
	reactor->exchange_count--;
	if (reactor->spare_count == MAX_SPARE_EXCHANGES) {
		free(exchange);
		return;
	}
	exchange->next = reactor->spare;
	reactor->spare = exchange;
	reactor->spare_count++;
}

void exchange_release(struct net_exchange *exchange)
{
	if (exchange->answer.release != NULL)
		exchange->answer.release(exchange->answer.owner);
	exchange->answer.release = NULL;
}

/* Of "HTTP/1.1 200 OK…" */
static int status_of(Str head)
{
	uint64_t status;
	return str_parse_uint(str_slice(head, 9, 3), 999, &status) ? (int)status : 0;
}

/* How much of the body is among what was sent. */
static uint64_t body_sent(const struct net_exchange *exchange, bool is_sent)
{
	size_t head_length = exchange->answer.head.length + exchange->end_length;
	if (is_sent)
		return exchange->answer.body.length;
	return exchange->sent_bytes > head_length ? exchange->sent_bytes - head_length : 0;
}

void exchange_tell(struct net_exchange *exchange, bool is_sent)
{
	struct reactor *reactor = exchange->reactor;
	const struct net_handler *handler = &reactor->server->handler;
	if (handler->finished == NULL)
		return;
	const struct net_finished finished = {
	    .reactor = (size_t)(reactor - reactor->server->reactors),
	    .request = exchange->is_read ? &exchange->request : NULL,
	    .status = exchange->is_answered ? status_of(exchange->answer.head) : 0,
	    .class = exchange->answer.class,
	    .subject = exchange->answer.subject,
	    .body_bytes = body_sent(exchange, is_sent),
	    .took_us = reactor->finished_us - exchange->since_us,
	    .now_ms = reactor->now,
	};
	handler->finished(&finished, handler->context);
}

/* What lay in `from` lies at the same place in `to`. */
static void move(Str *str, Str from, const char *to)
{
	if (str->bytes >= from.bytes && str->bytes <= from.bytes + from.length)
		str->bytes = to + (str->bytes - from.bytes);
}

bool exchange_keep_head(struct net_exchange *exchange, Str head, Str address)
{
	struct http_request *request = &exchange->request;
	char *to = exchange->short_head;
	if (head.length > sizeof exchange->short_head) {
		to = malloc(head.length);
		if (to == NULL)
			return false;
		exchange->long_head = to;
	}
	memcpy(to, head.bytes, head.length);
	exchange->head_length = head.length;
	move(&request->method_text, head, to);
	move(&request->target, head, to);
	move(&request->path, head, to);
	move(&request->query, head, to);
	move(&request->host, head, to);
	for (size_t i = 0; i < request->field_count; i++) {
		move(&request->fields[i].name, head, to);
		move(&request->fields[i].value, head, to);
	}
	memcpy(exchange->address, address.bytes, address.length);
	request->address = (Str){exchange->address, address.length};
	return true;
}

const struct http_request *net_exchange_request(const struct net_exchange *exchange)
{
	return &exchange->request;
}

bool net_exchange_has_left(const struct net_exchange *exchange)
{
	return atomic_load_explicit(&exchange->has_left, memory_order_relaxed);
}

bool net_exchange_lags(const struct net_exchange *exchange)
{
	const struct lag *lag = &exchange->reactor->lag;
	return lag->late_rounds >= LAG_AFTER_ROUNDS &&
	       exchange->reactor->now_us - lag->since_us >= LAG_AFTER_US;
}

void exchange_finish(struct net_exchange *exchange)
{
	struct reactor *reactor = exchange->reactor;
	exchange->is_answered = true;
	if (exchange->answer.close || reactor->is_draining) {
		/* The client did not ask for the end, so it may have sent more. */
		exchange->linger |= !exchange->close;
		exchange->close = true;
	}
	if (exchange->close)
		exchange->connection->input_done = true;
	Str end = exchange->close ? S(END_OF_HEAD_CLOSE) : S(END_OF_HEAD_KEEP);
	/* Kept here, since the reactor's date may change before all is sent. */
	memcpy(exchange->end, reactor->date_line, DATE_LINE_BYTES);
	memcpy(exchange->end + DATE_LINE_BYTES, end.bytes, end.length);
	exchange->end_length = DATE_LINE_BYTES + end.length;
	if (exchange->is_head)
		exchange->answer.body.length = 0;
}

void net_answer(struct net_exchange *exchange, const struct net_answer *answer)
{
	struct reactor *reactor = exchange->reactor;
	exchange->answer = *answer;
	/* Inside the handler on the reactor's own thread nothing else is needed. */
	if (pthread_equal(reactor->thread, pthread_self()) && reactor->dispatching == exchange) {
		reactor->unanswered--;
		exchange_finish(exchange);
		return;
	}
	exchange->answered_us = monotonic_us();
	struct net_exchange *newest = atomic_load_explicit(&reactor->answers, memory_order_relaxed);
	do
		exchange->next_answer = newest;
	while (!atomic_compare_exchange_weak_explicit(&reactor->answers, &newest, exchange,
	                                              memory_order_release, memory_order_relaxed));
	/* Whoever put the first one there has woken the reactor, which takes them all. */
	if (newest == NULL)
		reactor_wake(reactor);
}

/* RFC 9110 §5.6.7, in no locale. */
void format_date_line(Time now, char out[DATE_LINE_BYTES])
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(now / SECOND_MS);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	char line[DATE_LINE_BYTES + 32];
	int length = snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
	                      days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
	                      utc.tm_hour, utc.tm_min, utc.tm_sec);
	CHECK(length == DATE_LINE_BYTES);
	memcpy(out, line, DATE_LINE_BYTES);
}
