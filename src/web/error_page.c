#include "web/web_private.h"

int err_status(Err err)
{
	switch (err) {
	case OK:
		return 200;
	case ERR_INVALID:
		return 400;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_GONE:
		return 410;
	case ERR_CONFLICT:
		return 422;
	case ERR_DENIED:
		return 403;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_TOO_MANY:
		return 429;
	case ERR_UNAVAILABLE:
		return 503;
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_INTERNAL:
		break;
	}
	return 500;
}

struct error_words {
	int status;
	const char *title;
	const char *sentence;
};

#define WORDS(status, title, sentence)                                                             \
	{                                                                                              \
		status, title, sentence                                                                    \
	}

/* What a reader is told, as sentences for i18n_text. Nothing of the inside. */
static const struct error_words error_words[] = {
    WORDS(400, N_("This request can’t be read"),
          N_("Your browser sent something that this site does not understand. Go back and try "
             "again.")),
    WORDS(403, N_("This came from another site"),
          N_("The form was not sent from a page of this site, so nothing was done. Open the story "
             "here and send it again.")),
    WORDS(404, N_("This page does not exist"),
          N_("The address may be mistyped, or the page was never here.")),
    WORDS(405, N_("This can’t be done here"), N_("This address answers another kind of request.")),
    WORDS(410, N_("This story was withdrawn"),
          N_("It was published here and the newsroom has taken it back.")),
    WORDS(413, N_("This is too much"),
          N_("What you sent is larger than this page takes. Shorten it and send it again.")),
    WORDS(415, N_("This form was sent in a way that is not known here"),
          N_("Open the page in a browser and send the form from there.")),
    WORDS(422, N_("This can’t be accepted"), N_("Something in what you sent is not right.")),
    WORDS(429, N_("That was a lot in a short time"),
          N_("Wait a little while and send it again. What you wrote is not lost if you go back.")),
    WORDS(503, N_("The site can’t do this right now"),
          N_("Try again in a few minutes. Stories can still be read.")),
};
static const struct error_words words_500 =
    WORDS(500, N_("Something went wrong here"),
          N_("It is our fault, not yours, and it has been noted. Try again in a few minutes."));

static const struct error_words *words_find(int status)
{
	for (size_t i = 0; i < sizeof error_words / sizeof error_words[0]; i++)
		if (error_words[i].status == status)
			return &error_words[i];
	return &words_500;
}

static Err search_fill(const struct web_request *request, int status, struct error_view *out)
{
	const Str segments[] = {S("search")};
	out->has_search = status == 404 || status == 410;
	return web_path(request, request->language, segments, 1, &out->search_url);
}

static Err error_page_render(struct web_request *request, struct web_response *response, int status)
{
	const struct error_words *words = words_find(status);
	struct page_view page = {.hidden_from_search = true};
	struct error_view view = {
	    .page = &page,
	    .title = i18n_text(request->language, words->title),
	    .sentence = i18n_text(request->language, words->sentence),
	};
	if (response->way_on != NULL && status == 404) {
		view.way_on = i18n_text(request->language, response->way_on);
		view.way_on_url = response->way_on_url;
	}
	TRY(i18n_number(request->language, status, request->mem, &view.status));
	TRY(search_fill(request, status, &view));
	/* A frame that can't be read now must not hide the sentence. */
	Err frame = web_frame(request, response, &page);
	if (frame != OK)
		TRY(web_frame_without_database(request, &page));
	TRY(title_make(request, view.title, page.site_name, &page.title));
	return web_render(request, response, "web/error", &view);
}

void error_page_status(struct web_request *request, struct web_response *response, int status)
{
	buf_clear(&response->body);
	response->status = status;
	response->content_type = "text/html; charset=utf-8";
	response->location = (Url){0};
	if (error_page_render(request, response, status) == OK)
		return;
	buf_clear(&response->body);
	response->content_type = "text/plain; charset=utf-8";
	buf_add(&response->body, i18n_text(request->language, words_find(status)->sentence));
	buf_add_byte(&response->body, '\n');
}

void error_page(struct web_request *request, struct web_response *response, Err reason)
{
	int status = err_status(reason);
	if (status >= 500)
		log_error("%.*s %.*s: %.*s", STR(request->http->method_text), STR(request->path),
		          STR(err_text()));
	error_page_status(request, response, status);
}
