/* What is said when there is too much to do: a page in each language, and each form with the words
 * of who has sent it. All of it is made beforehand, and cut where something has to be put in. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/random.h"
#include "web/web_private.h"

#define SET_BYTES ((size_t)8 << 20)
#define PAGE_BYTES ((size_t)1 << 20)
#define HEAD_BYTES 2048
/* What clients are told to wait, in seconds: not all the same, so that they do not come back at
 * once. A prime number of them, since requests come in patterns. */
static const int retries[] = {10, 17, 12, 21, 15, 28, 11, 24, 13, 19, 30};
#define RETRIES (sizeof retries / sizeof retries[0])

#define FORMS_MAX 16
#define PIECES_MAX 64
/* A number that is no story's, and a word that is nobody's. */
#define MARK_NUMBER_DIGITS 18
#define MARK_LETTERS 24
#define FIELDS_MAX 16
#define FILLED_TIMES ((size_t)2)
#define HOLES_MAX (FIELDS_MAX + ROUTE_PARAMETERS_MAX)

/* A page with places for what was written. */
struct busy_form {
	const struct route *route;
	size_t piece_count;
	struct busy_piece {
		Str literal;
		size_t hole; /* what follows it: a field's number, FIELDS_MAX + a parameter's, HOLES_MAX:
		                nothing */
	} pieces[PIECES_MAX];
};

struct busy_language {
	struct page page; /* not counted: it is the set's */
	Str heads[PAGE_ENCODINGS][RETRIES];
	struct busy_form *forms;
	size_t form_count;
};

struct busy {
	_Atomic size_t holders;
	_Atomic unsigned next_retry;
	struct arena mem;
	struct busy_language languages[LANGUAGES_MAX];
};

/* ---- holding ---- */

static struct busy *busy_keep(struct busy *busy)
{
	atomic_fetch_add_explicit(&busy->holders, 1, memory_order_relaxed);
	return busy;
}

void busy_release(struct busy *busy)
{
	if (busy == NULL || atomic_fetch_sub_explicit(&busy->holders, 1, memory_order_acq_rel) > 1)
		return;
	arena_done(&busy->mem);
	free(busy);
}

static void owner_release(void *owner)
{
	busy_release(owner);
}

/* ---- the page ---- */

static struct web_request request_make(struct web *web, const struct language *language,
                                       const struct http_request *http, struct arena *mem)
{
	return (struct web_request){.web = web,
	                            .http = http,
	                            .world = web->world,
	                            .language = language,
	                            .mem = mem,
	                            .is_busy = true,
	                            .now = clock_now(web->world->clock)};
}

static Err page_render(struct web_request *request, struct web_response *response)
{
	const struct language *language = request->language;
	struct page_view page = {.hidden_from_search = true};
	struct error_view view = {
	    .page = &page,
	    .title = i18n_text(language, N_("Very many readers are here just now")),
	    .sentence = i18n_text(language, N_("This page could not be made for you at once. Load it "
	                                       "again in half a minute.")),
	};
	TRY(i18n_number(language, 503, request->mem, &view.status));
	TRY(web_frame_without_database(request, &page));
	TRY(title_make(request, view.title, page.site_name, &page.title));
	return web_render(request, response, "web/error", &view);
}

static void head_write(struct buf *head, const struct web *web, size_t body_bytes,
                       const char *encoding, int retry)
{
	head_begin(head, 503);
	buf_format(head,
	           "Content-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
	           "Cache-Control: no-store\r\nRetry-After: %d\r\n",
	           body_bytes, retry);
	if (encoding != NULL)
		buf_format(head, "Content-Encoding: %s\r\nVary: Accept-Encoding\r\n", encoding);
	buf_add(head, web->security_fields);
}

static void response_done(struct web_response *response)
{
	buf_done(&response->body);
}

static Err heads_make(const struct web *web, struct arena *mem, struct busy_language *out)
{
	for (size_t i = 0; i < PAGE_ENCODINGS; i++) {
		Str body = out->page.encodings[i].body;
		for (size_t j = 0; j < RETRIES && body.length > 0; j++) {
			struct buf head BUF_CLEANUP;
			buf_init(&head, HEAD_BYTES);
			head_write(&head, web, body.length, page_encoding_names[i], retries[j]);
			TRY(buf_check(&head));
			TRY(arena_copy(mem, buf_str(&head), &out->heads[i][j]));
		}
		out->page.encodings[i].head = out->heads[i][0];
	}
	return OK;
}

/* Copies a body that was allocated. */
static Err body_take(Str body, struct arena *mem, Str *out)
{
	Err err = arena_copy(mem, body, out);
	free((void *)(uintptr_t)body.bytes);
	return err;
}

static Err page_of_language_make(struct web *web, const struct language *language,
                                 struct arena *mem, struct busy_language *out)
{
	static const struct http_request none = {.method = HTTP_GET};
	struct arena scratch CLEANUP(arena_done);
	struct web_response response CLEANUP(response_done) = {.expires = INT64_MAX};
	struct web_request request = request_make(web, language, &none, &scratch);
	arena_init(&scratch, PAGE_BYTES);
	buf_init(&response.body, PAGE_BYTES);
	TRY(page_render(&request, &response));
	Str body = buf_str(&response.body);
	TRY(arena_copy(mem, body, &out->page.encodings[PAGE_IDENTITY].body));
	TRY(body_take(body_gzip(body, page_levels_quick.gzip), mem,
	              &out->page.encodings[PAGE_GZIP].body));
	TRY(body_take(body_brotli(body, page_levels_quick.brotli), mem,
	              &out->page.encodings[PAGE_BROTLI].body));
	return heads_make(web, mem, out);
}

/* ---- forms ---- */

/* Marks for what a form's page is made with; they occur nowhere else. */
struct marks {
	char number[ROUTE_PARAMETERS_MAX][MARK_NUMBER_DIGITS];
	char word[FIELDS_MAX][MARK_LETTERS];
	Str all[HOLES_MAX];
};

static void mark_make(char *out, size_t length, char from, unsigned char span)
{
	unsigned char random[MARK_LETTERS];
	random_bytes(random, length);
	for (size_t i = 0; i < length; i++)
		out[i] = (char)(from + random[i] % span);
}

static void marks_make(struct marks *marks, size_t field_count)
{
	*marks = (struct marks){0};
	for (size_t i = 0; i < field_count; i++) {
		mark_make(marks->word[i], MARK_LETTERS, 'a', 26);
		marks->all[i] = (Str){marks->word[i], MARK_LETTERS};
	}
	for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
		mark_make(marks->number[i], MARK_NUMBER_DIGITS, '1', 9);
		marks->all[FIELDS_MAX + i] = (Str){marks->number[i], MARK_NUMBER_DIGITS};
	}
}

/* Where the first mark is in `text`, and which. */
static size_t mark_find(const struct marks *marks, Str text, size_t *which)
{
	size_t place = STR_NOT_FOUND;
	for (size_t i = 0; i < HOLES_MAX; i++) {
		size_t found = marks->all[i].length == 0 ? STR_NOT_FOUND : str_find(text, marks->all[i]);
		if (found >= place)
			continue;
		place = found;
		*which = i;
	}
	return place;
}

static Err pieces_cut(Str page, const struct marks *marks, struct arena *mem, struct busy_form *out)
{
	Str rest;
	TRY(arena_copy(mem, page, &rest));
	for (out->piece_count = 0; out->piece_count < PIECES_MAX; out->piece_count++) {
		struct busy_piece *piece = &out->pieces[out->piece_count];
		size_t which = HOLES_MAX;
		size_t place = mark_find(marks, rest, &which);
		*piece = (struct busy_piece){str_slice(rest, 0, place), which};
		if (place != STR_NOT_FOUND) {
			rest = str_from(rest, place + marks->all[which].length);
			continue;
		}
		out->piece_count++;
		return OK;
	}
	return fail(ERR_TOO_LARGE,
	            "the page of a form that is refused repeats what was written more "
	            "than %d times",
	            PIECES_MAX);
}

static Err form_make(struct web *web, const struct language *language, const struct route *route,
                     struct arena *mem, struct busy_form *out)
{
	static const struct http_request none = {.method = HTTP_POST};
	struct arena scratch CLEANUP(arena_done);
	struct web_response response CLEANUP(response_done) = {.expires = INT64_MAX};
	struct web_request request = request_make(web, language, &none, &scratch);
	struct marks marks;
	size_t fields = 0;
	arena_init(&scratch, PAGE_BYTES);
	buf_init(&response.body, PAGE_BYTES);
	while (route->form[fields] != NULL)
		fields++;
	CHECK(fields <= FIELDS_MAX);
	marks_make(&marks, fields);
	request.route = route;
	request.form_count = fields;
	for (size_t i = 0; i < fields; i++) {
		request.form[i].name = str_from_c(route->form[i]);
		request.form[i].value = marks.all[i];
	}
	for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++)
		request.parameters[i] = marks.all[FIELDS_MAX + i];
	out->route = route;
	TRY(route->refused(&request, &response, fail(ERR_UNAVAILABLE, "there is too much to do")));
	return pieces_cut(buf_str(&response.body), &marks, mem, out);
}

static Err forms_make(struct web *web, const struct language *language, struct arena *mem,
                      struct busy_language *out)
{
	out->forms = ARENA_ARRAY(mem, struct busy_form, FORMS_MAX);
	if (out->forms == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < web->options.route_table_count; i++) {
		for (size_t j = 0; j < web->options.routes[i]->count; j++) {
			const struct route *route = &web->options.routes[i]->rows[j];
			if (route->refused == NULL)
				continue;
			CHECK(out->form_count < FORMS_MAX);
			TRY(form_make(web, language, route, mem, &out->forms[out->form_count++]));
		}
	}
	return OK;
}

Err busy_new(struct web *web, struct busy **out)
{
	Err err = OK;
	struct busy *busy = calloc(1, sizeof *busy);
	if (busy == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	atomic_init(&busy->holders, 1);
	arena_init(&busy->mem, SET_BYTES);
	for (size_t i = 0; err == OK && language_at(i) != NULL; i++) {
		err = page_of_language_make(web, language_at(i), &busy->mem, &busy->languages[i]);
		if (err == OK)
			err = forms_make(web, language_at(i), &busy->mem, &busy->languages[i]);
	}
	if (err == OK)
		*out = busy;
	else
		busy_release(busy);
	return err;
}

/* ---- answering ---- */

static const struct busy_language *language_of(const struct busy *busy,
                                               const struct language *language)
{
	size_t i = 0;
	while (language_at(i) != language)
		i++;
	return &busy->languages[i];
}

/* Nothing here needs to be random, as long as it is spread. */
static size_t retry_next(struct busy *busy)
{
	return atomic_fetch_add_explicit(&busy->next_retry, 1, memory_order_relaxed) % RETRIES;
}

/* What stands in a hole, safe in content and in an attribute. */
static Err hole_fill(const struct web_request *request, size_t hole, struct buf *out)
{
	Str text;
	if (hole < FIELDS_MAX) {
		TRY(web_showable(web_form(request, request->route->form[hole]), request->mem, &text));
	} else {
		Url path;
		if (!url_decode(request->parameters[hole - FIELDS_MAX], URL_CODED_SEGMENT, request->mem,
		                &text))
			return fail(ERR_INVALID, "the address can't be read");
		TRY(url_path(&text, 1, request->mem, &path));
		text = str_from(path.address, 1);
	}
	html_escape_to(out, text);
	return OK;
}

static Err form_fill(const struct web_request *request, const struct busy_form *form,
                     struct buf *out)
{
	for (size_t i = 0; i < form->piece_count; i++) {
		buf_add(out, form->pieces[i].literal);
		if (form->pieces[i].hole != HOLES_MAX)
			TRY(hole_fill(request, form->pieces[i].hole, out));
	}
	return buf_check(out);
}

/* Every sign may become six, and a theme may show it again. */
static size_t filled_max(const struct web_request *request)
{
	return PAGE_BYTES + FILLED_TIMES * 6 * request->route->max_body_bytes;
}

/* The form with what was written in it. False: it was not answered. */
static bool answer_form(const struct web *web, struct net_exchange *exchange,
                        const struct route_match *match, enum web_class class)
{
	const struct http_request *http = net_exchange_request(exchange);
	const struct busy_language *language = language_of(web->busy, match->language);
	struct arena mem CLEANUP(arena_done);
	struct buf body BUF_CLEANUP;
	struct buf head BUF_CLEANUP;
	struct web_request request = {.http = http, .route = match->route, .mem = &mem};
	size_t i = 0;
	arena_init(&mem, (size_t)web->settings->request_bytes);
	buf_init(&body, filled_max(&request));
	buf_init(&head, HEAD_BYTES);
	while (i < language->form_count && language->forms[i].route != match->route)
		i++;
	if (i == language->form_count)
		return false;
	memcpy(request.parameters, match->parameters, sizeof match->parameters);
	/* What the form does not have is left out; the rest is there all the same. */
	Err err = form_decode(http->body, match->route->form, &request);
	if ((err != OK && err != ERR_INVALID) || form_fill(&request, &language->forms[i], &body) != OK)
		return false;
	head_write(&head, web, body.length, NULL, retries[retry_next(web->busy)]);
	if (buf_check(&head) != OK)
		return false;
	answer_bytes(exchange, buf_str(&head), buf_str(&body), class);
	return true;
}

static bool answer_what_was_sent(const struct web *web, struct net_exchange *exchange,
                                 enum web_class class)
{
	const struct http_request *http = net_exchange_request(exchange);
	struct route_match match;
	if (http->method != HTTP_POST || !form_is_sent(http) || !reader_is_on_our_page(web, http))
		return false;
	route_match(web, HTTP_POST, http->path, &match);
	return match.route != NULL && match.route->refused != NULL &&
	       answer_form(web, exchange, &match, class);
}

void answer_busy(const struct web *web, struct net_exchange *exchange, enum web_class class)
{
	const struct http_request *http = net_exchange_request(exchange);
	struct busy *busy = web->busy;
	if (busy == NULL) {
		answer_plain(web, exchange, 503, "The site is very busy. Try again in half a minute.",
		             class);
		return;
	}
	if (answer_what_was_sent(web, exchange, class))
		return;
	const struct busy_language *language = language_of(busy, route_language(web, http->path));
	enum page_encoding encoding =
	    negotiate_encoding(http_request_field(http, S("Accept-Encoding")), &language->page);
	net_answer(exchange, &(struct net_answer){
	                         .head = language->heads[encoding][retry_next(busy)],
	                         .body = language->page.encodings[encoding].body,
	                         .class = class,
	                         .release = owner_release,
	                         .owner = busy_keep(busy),
	                     });
}
