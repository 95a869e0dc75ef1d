/* The reply form: its own page, its key, and what happens when it is sent. */
#include "replies/replies_private.h"
#include "replies/reply_views.h"

/* A text of REPLY_TEXT_MAX characters of four bytes, each sent as %XX, and the other fields. */
#define FORM_BODY_MAX ((size_t)256 * 1024)

struct story_link_view {
	Url url;
	Str headline, lang, dir;
};
static const struct view_field story_link_fields[] = {
    FIELD_URL(struct story_link_view, url, "The story's address."),
    FIELD_TEXT(struct story_link_view, headline, "Its headline."),
    FIELD_TEXT(struct story_link_view, lang, "Its language's code, for lang: ar."),
    FIELD_TEXT(struct story_link_view, dir, "Its language's direction, for dir: rtl or ltr."),
};
static const struct view story_link_view_view = VIEW(struct story_link_view, story_link_fields);

/* The form's page and the confirm page: the latter reads the last two fields too. */
struct reply_page_view {
	const struct page_view *page;
	const struct story_link_view *story;
	const struct replies_view *replies;
	const struct reply_form_view *form;
	Str confirm_key;
	Html preview;
};
static const struct view_field reply_page_fields[] = {
    FIELD_OBJECT(struct reply_page_view, page, struct page_view, &page_view_view,
                 "What every page has."),
    FIELD_OBJECT(struct reply_page_view, story, struct story_link_view, &story_link_view_view,
                 "The story that is replied to."),
    FIELD_OBJECT(struct reply_page_view, replies, struct replies_view, &replies_view_view,
                 "Whether the story takes replies; no reply is listed here."),
    FIELD_OBJECT(struct reply_page_view, form, struct reply_form_view, &reply_form_view_view,
                 "The form, with what was typed into it."),
    FIELD_TEXT(struct reply_page_view, confirm_key, "The key to send the shown reply with."),
    FIELD_HTML(struct reply_page_view, preview, "The reply as it will appear."),
};
static const struct view reply_page_view_view = VIEW(struct reply_page_view, reply_page_fields);

/* All that a page with the form needs, in one place. */
struct reply_page {
	struct page_view page;
	struct story_link_view story;
	struct replies_view replies;
	struct reply_form_view form;
	struct reply_page_view view;
};

/* ---- the form's cookie and key ---- */

static bool is_https(const struct web_request *request)
{
	return str_starts_with(request->world->site->url.address, S("https://"));
}

/* The __Host- prefix holds the cookie to this host (RFC 6265bis §4.1.3.2); it needs https. */
static Str cookie_name(const struct web_request *request)
{
	return is_https(request) ? S("__Host-courant_form") : S("courant_form");
}

/* The reader's cookie, or a new one that the response sets. It says nothing of the reader. */
static Err cookie_have(struct web_request *request, struct web_response *response, Str *out)
{
	unsigned char random[16];
	*out = web_cookie(request, cookie_name(request));
	if (base64url_parse(*out, random, sizeof random))
		return OK;
	random_bytes(random, sizeof random);
	TRY(base64url_format(random, sizeof random, request->mem, out));
	return arena_format(request->mem, &response->cookie,
	                    "%.*s=%.*s; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax%s",
	                    STR(cookie_name(request)), STR(*out), is_https(request) ? "; Secure" : "");
}

static Err key_new(struct web_request *request, struct web_response *response, Str *out)
{
	Str cookie;
	TRY(cookie_have(request, response, &cookie));
	return form_key_make(&request->world->site->key, cookie, request->now, request->mem, out);
}

/* ---- the page with the form ---- */

static Err story_link_fill(struct web_request *request, const struct story *story,
                           struct story_link_view *out)
{
	out->headline = story->headline;
	out->lang = story->language->code;
	out->dir = story->language->direction;
	return web_url_of_path(story->path, request->mem, &out->url);
}

/* The story that a form is for; the page speaks its language. */
static Err story_of_form(struct web_request *request, struct story *out)
{
	int64_t id;
	struct db_connection *connection;
	TRY(web_parameter_id(request, 0, &id));
	TRY(web_read(request, &connection));
	TRY(story_find(connection, request->world->site, id, request->mem, out));
	request->language = out->language;
	return story_check_public(out);
}

/* What a page with the form has even when the database can't be read. */
static Err page_begin(struct web_request *request, int64_t story_id, struct reply_page *out)
{
	out->page.hidden_from_search = true;
	out->replies.is_open = true;
	out->view = (struct reply_page_view){
	    .page = &out->page, .story = &out->story, .replies = &out->replies, .form = &out->form};
	return reply_form_view_fill(request, story_id, &out->form);
}

static const char form_title[] = N_("Leave a Reply");
static const char confirm_title[] = N_("Check your reply and send it");

/* `title` is of the window: what the page's heading says. */
static Err page_fill(struct web_request *request, struct web_response *response,
                     const struct story *story, const char *title, struct reply_page *out)
{
	TRY(page_begin(request, story->id, out));
	TRY(story_link_fill(request, story, &out->story));
	TRY(web_title(request, i18n_text(request->language, title), &out->page.title));
	return web_frame(request, response, &out->page);
}

static Err reply_form_get(struct web_request *request, struct web_response *response)
{
	struct story story;
	struct reply_page page = {0};
	TRY(story_of_form(request, &story));
	TRY(page_fill(request, response, &story, form_title, &page));
	TRY(key_new(request, response, &page.form.key));
	return web_render(request, response, "replies/page", &page.view);
}

/* For the page's script: a key when the form is first touched. */
static Err reply_key_get(struct web_request *request, struct web_response *response)
{
	Str key;
	TRY(key_new(request, response, &key));
	response->content_type = "application/json";
	buf_format(&response->body, "{\"key\":\"%.*s\"}\n", STR(key));
	return OK;
}

/* ---- a reply that was sent ---- */

static struct reply_input input_sent(const struct web_request *request)
{
	return (struct reply_input){
	    .name = web_form(request, "name"),
	    .email = web_form(request, "email"),
	    .website = web_form(request, "website"),
	    .text = web_form(request, "text"),
	};
}

/* What was written goes back into the form, whatever it was. */
static Err form_keep(const struct web_request *request, struct reply_form_view *form)
{
	struct reply_input sent = input_sent(request);
	TRY(web_showable(sent.name, request->mem, &form->name));
	TRY(web_showable(sent.email, request->mem, &form->email));
	TRY(web_showable(sent.website, request->mem, &form->website));
	return web_showable(sent.text, request->mem, &form->text);
}

static Str problem_text(const struct web_request *request, const char *sentence)
{
	return sentence == NULL ? S("") : i18n_text(request->language, sentence);
}

static Err answer_problems(struct web_request *request, struct web_response *response,
                           const struct story *story, const struct reply_problems *problems)
{
	struct reply_page page = {0};
	TRY(page_fill(request, response, story, form_title, &page));
	TRY(form_keep(request, &page.form));
	TRY(key_new(request, response, &page.form.key));
	page.form.problem = i18n_text(
	    request->language, "Your reply is not sent yet. Please look at what is marked below.");
	page.form.has_errors = true;
	page.form.text_error = problem_text(request, problems->text);
	page.form.name_error = problem_text(request, problems->name);
	page.form.email_error = problem_text(request, problems->email);
	page.form.website_error = problem_text(request, problems->website);
	response->status = 422;
	return web_render(request, response, "replies/page", &page.view);
}

/* The key of a reply that is sent without one: the same words from the same place on the same day
 * are the same reply. */
static Err confirm_key_make(const struct web_request *request, int64_t story_id,
                            const struct reply_input *checked, Time day, Str *out)
{
	const Str parts[] = {
	    request->address_block, {(const char *)&story_id, sizeof story_id},
	    checked->name,          checked->email,
	    checked->website,       checked->text,
	};
	return form_key_of(&request->world->site->key, parts, sizeof parts / sizeof parts[0], day,
	                   request->mem, out);
}

static Err answer_confirm(struct web_request *request, struct web_response *response,
                          const struct story *story, const struct reply_input *checked)
{
	struct reply_page page = {0};
	TRY(page_fill(request, response, story, confirm_title, &page));
	page.form.name = checked->name;
	page.form.email = checked->email;
	page.form.website = checked->website;
	page.form.text = checked->text;
	TRY(confirm_key_make(request, story->id, checked, request->now, &page.view.confirm_key));
	TRY(html_from_reply_text(checked->text, request->mem, &page.view.preview));
	return web_render(request, response, "replies/confirm", &page.view);
}

/* Whether the form came with a key that is good for it: one from this reader's form, or the one
 * of the confirm page, of today or of yesterday for who confirms at midnight. Under a form's key
 * only the same words are the same reply: a browser that goes back may send others with it. */
static Err key_sent(struct web_request *request, int64_t story_id,
                    const struct reply_input *checked, bool *good, Str *id)
{
	const struct mac_key *site = &request->world->site->key;
	Str sent = web_form(request, "key");
	Str cookie = web_cookie(request, cookie_name(request));
	*good = form_key_check(site, cookie, sent, request->now, id);
	if (*good) {
		const Str parts[] = {*id,
		                     {(const char *)&story_id, sizeof story_id},
		                     checked->name,
		                     checked->email,
		                     checked->website,
		                     checked->text};
		return form_key_of(site, parts, sizeof parts / sizeof parts[0], 0, request->mem, id);
	}
	for (int days = 0; !*good && days < 2; days++) {
		TRY(confirm_key_make(request, story_id, checked, request->now - days * DAY_MS, id));
		*good = str_equal(sent, *id);
	}
	return OK;
}

/* The reply's place among the story's, where the first page does not hold it: a later page that
 * begins with it. The reply is accepted: a database that can't be read just now must not say
 * otherwise, and then the story's own page has to do. */
static Err later_page(struct web_request *request, int64_t story_id, int64_t reply_id, Url *url)
{
	struct db_connection *connection;
	struct reply_extent first;
	Str before;
	if (web_read(request, &connection) != OK ||
	    reply_extent_find(connection, story_id, 0, &first) != OK)
		return OK;
	if (!first.has_more || reply_id <= first.last_id)
		return OK;
	TRY(arena_format(request->mem, &before, "%lld", (long long)reply_id - 1));
	return url_with_query(*url, S(REPLIES_AFTER), before, request->mem, url);
}

/* To the reply where it stands. */
static Err answer_created(struct web_request *request, struct web_response *response,
                          const struct story *story, int64_t reply_id)
{
	Url url;
	Str anchor;
	TRY(web_url_of_path(story->path, request->mem, &url));
	TRY(later_page(request, story->id, reply_id, &url));
	TRY(arena_format(request->mem, &anchor, "reply-%lld", (long long)reply_id));
	TRY(url_with_fragment(url, anchor, request->mem, &url));
	return web_redirect(response, 303, url);
}

static Err reply_form_post(struct web_request *request, struct web_response *response)
{
	struct story story;
	struct reply_input sent = input_sent(request);
	struct reply_input checked;
	struct reply_problems problems;
	bool ok;
	TRY(story_of_form(request, &story));
	TRY(reply_check(&sent, request->mem, &problems, &checked, &ok));
	if (!ok)
		return answer_problems(request, response, &story, &problems);
	struct reply_create_input input = {.story_id = story.id, .checked = checked};
	bool good;
	TRY(key_sent(request, story.id, &checked, &good, &input.key));
	if (!good)
		return answer_confirm(request, response, &story, &checked);
	struct db_connection *connection;
	int64_t id;
	bool is_new;
	TRY(web_read(request, &connection));
	TRY(reply_find_by_key(connection, input.key, &id));
	web_read_end(request);
	if (id == 0) {
		TRY(web_limit_take(request));
		TRY(reply_create(request->world, &input, &id, &is_new));
	}
	return answer_created(request, response, &story, id);
}

static const char too_many[] =
    N_("You have sent many replies in a short time. Wait a little while, then send this one: it is "
       "kept below.");
static const char not_stored[] =
    N_("Your reply can’t be stored right now. It is kept below: leave this page open and send it "
       "again in a few minutes.");
static const char too_much[] =
    N_("Very many readers are here just now, so your reply is not sent yet. It is kept below: send "
       "it again in half a minute.");
static const char not_this_form[] =
    N_("Your reply came with something that this form does not have, so it is not sent yet. It is "
       "kept below: look at it and send it again.");

static Err page_without_database(struct web_request *request, int64_t story_id,
                                 struct reply_page *out)
{
	TRY(page_begin(request, story_id, out));
	TRY(web_frame_without_database(request, &out->page));
	out->page.title = out->page.site_name;
	out->story = (struct story_link_view){
	    .url = out->page.home_url,
	    .headline = out->page.site_name,
	    .lang = out->page.lang,
	    .dir = out->page.dir,
	};
	return OK;
}

/* Refused for a reason that is not in the form: why, and everything that was written. */
static Err reply_form_refused(struct web_request *request, struct web_response *response,
                              Err reason)
{
	int64_t story_id;
	struct story story;
	struct reply_page page = {0};
	TRY(web_parameter_id(request, 0, &story_id));
	/* Even a database that can't be read must not cost the reader their words: the form then stands
	 * without the story's headline and without navigation. */
	if (story_of_form(request, &story) != OK ||
	    page_fill(request, response, &story, form_title, &page) != OK)
		TRY(page_without_database(request, story_id, &page));
	TRY(form_keep(request, &page.form));
	page.form.key = web_form(request, "key");
	page.form.problem = problem_text(request, request->is_busy         ? too_much
	                                          : reason == ERR_TOO_MANY ? too_many
	                                          : reason == ERR_INVALID  ? not_this_form
	                                                                   : not_stored);
	return web_render(request, response, "replies/page", &page.view);
}

/* ---- tables ---- */

static const char *const reply_fields[] = {"key", "name", "email", "website", "text", NULL};

static const struct route routes[] = {
    ROUTE(.method = HTTP_GET, .pattern = "/reply/{story}", .handler = reply_form_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_NEVER, .cost = COST_PAGE,
          .page = "replies/page"),
    ROUTE(.method = HTTP_GET, .pattern = "/reply/{story}/key", .handler = reply_key_get,
          .audience = AUDIENCE_READERS, .cache = CACHE_NEVER, .cost = COST_WRITE),
    ROUTE(.method = HTTP_POST, .pattern = "/reply/{story}", .handler = reply_form_post,
          .audience = AUDIENCE_READERS, .cache = CACHE_NEVER, .cost = COST_WRITE,
          .page = "replies/confirm", .form = reply_fields, .max_body_bytes = FORM_BODY_MAX,
          .refused = reply_form_refused, .limit = LIMIT_REPLIES),
};
const struct route_table replies_routes = ROUTE_TABLE(routes);

static const struct template_binding bindings[] = {
    {"replies/page", &reply_page_view_view},
    {"replies/confirm", &reply_page_view_view},
};
const struct template_bindings replies_bindings = {bindings, sizeof bindings / sizeof bindings[0]};
