/* Readers' replies, from the desk's side. */
#include "base/random.h"
#include "base/utf8.h"
#include "cli/cli_private.h"

#define LIST_LIMIT 50
#define TEXT_SHOWN 60 /* characters of a reply in the list */
#define KEY_BYTES 16

/* ---- list ---- */

static const struct command_option list_options[] = {
    {"story", "ID", false, "only those under this story"},
    {"hidden", NULL, false, "hidden ones too"},
    {"limit", "NUMBER", false, "how many at most; 50, unless told"},
    {"before", "ID", false, "what comes after this reply in the list"},
    {"after", "ID", false, "only those that came after this reply"},
    {0},
};

static Err list_json(const struct command_context *context, const struct reply *replies,
                     size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct reply *reply = &replies[i];
		json_t *object = json_pack(
		    "{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)reply->id, "story",
		    (json_int_t)reply->story_id, "status", json_text(reply_status_word(reply->status)),
		    "created_at", json_time(context, reply->created), "name", json_text(reply->name),
		    "email", json_text(reply->email), "website", json_text_or_null(reply->website), "text",
		    json_text(reply->text));
		if (json_array_append_new(array, object) != 0) {
			json_decref(array);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	}
	return print_json(context, array);
}

/* The beginning of a text on one line. */
static Err text_begin(const struct command_context *context, Str text, Str *out)
{
	Str head = utf8_head(text, TEXT_SHOWN);
	char *line = arena_alloc(context->mem, head.length + 1);
	if (line == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < head.length; i++)
		line[i] = head.bytes[i] == '\n' || head.bytes[i] == '\t' ? ' ' : head.bytes[i];
	return arena_format(context->mem, out, "%.*s%s", (int)head.length, line,
	                    head.length < text.length ? "…" : "");
}

static Err list_table(const struct command_context *context, const struct reply *replies,
                      size_t count)
{
	const Str headings[] = {S("ID"), S("STORY"), S("STATUS"), S("CAME"), S("NAME"), S("TEXT")};
	struct table table;
	table_init(&table, context->mem, sizeof headings / sizeof headings[0]);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str cells[] = {S(""), S(""),           reply_status_word(replies[i].status),
		               S(""), replies[i].name, S("")};
		TRY(number_shown(context, replies[i].id, &cells[0]));
		TRY(number_shown(context, replies[i].story_id, &cells[1]));
		TRY(time_shown(context, replies[i].created, &cells[3]));
		TRY(text_begin(context, replies[i].text, &cells[5]));
		TRY(table_add(&table, cells));
	}
	table_print(&table, context->io->out);
	return OK;
}

static Err reply_list_run(struct command_context *context)
{
	struct reply_filter filter = {.hidden_too = command_has(context, "hidden"),
	                              .newest_first = true};
	struct reply *replies;
	size_t count;
	if (command_has(context, "story"))
		TRY(input_id(context, "--story", command_value(context, "story"), &filter.story_id));
	if (command_has(context, "before"))
		TRY(input_id(context, "--before", command_value(context, "before"), &filter.before_id));
	if (command_has(context, "after"))
		TRY(input_id(context, "--after", command_value(context, "after"), &filter.after_id));
	TRY(input_limit(context, LIST_LIMIT, REPLY_LIST_MAX, &filter.limit));
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(reply_list(connection, &filter, context->mem, &replies, &count));
	db_read_end(&connection);
	if (context->call->json)
		return list_json(context, replies, count);
	if (count == 0) {
		print_line(context, "There are no such replies.");
		return OK;
	}
	return list_table(context, replies, count);
}

const struct command reply_list_command = {
    .words = "reply list",
    .operands = "",
    .summary = "Lists replies, the newest first",
    .options = list_options,
    .site = SITE_NEEDED,
    .run = reply_list_run,
};

/* ---- hide and show ---- */

static Err status_change(struct command_context *context,
                         Err (*change)(const struct world *world, int64_t id),
                         enum reply_status status)
{
	int64_t id;
	TRY(input_id(context, "ID", context->call->operands[0], &id));
	TRY(change(context->world, id));
	if (context->call->json)
		return print_json(context, json_pack("{s:I, s:o}", "id", (json_int_t)id, "status",
		                                     json_text(reply_status_word(status))));
	print_line(context, "Reply %lld is %.*s.", (long long)id, STR(reply_status_word(status)));
	return OK;
}

static Err reply_hide_run(struct command_context *context)
{
	return status_change(context, reply_hide, REPLY_HIDDEN);
}

const struct command reply_hide_command = {
    .words = "reply hide",
    .operands = "ID",
    .summary = "Takes a reply from the page; it is kept",
    .site = SITE_NEEDED,
    .run = reply_hide_run,
};

static Err reply_show_run(struct command_context *context)
{
	return status_change(context, reply_show, REPLY_VISIBLE);
}

const struct command reply_show_command = {
    .words = "reply show",
    .operands = "ID",
    .summary = "Puts a hidden reply back on the page",
    .site = SITE_NEEDED,
    .run = reply_show_run,
};

/* ---- add ---- */

static const struct command_option add_options[] = {
    {"story", "ID", false, "the story that it stands under"},
    {"name", "NAME", false, "the reader's name"},
    {"email", "ADDRESS", false, "the reader's address, never shown"},
    {"website", "URL", false, "the reader's website"},
    {"text", COMMAND_INPUT, false, "the file with the reply; - is standard input"},
    {"at", "TIME", false,
     "when it was written elsewhere, in the site's time zone; now if not given"},
    {0},
};

static Err problems_refuse(const struct reply_problems *problems)
{
	const struct {
		const char *option, *sentence;
	} all[] = {{"name", problems->name},
	           {"email", problems->email},
	           {"website", problems->website},
	           {"text", problems->text}};
	struct buf sentence BUF_CLEANUP;
	buf_init(&sentence, ERR_TEXT_MAX);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].sentence != NULL)
			buf_format(&sentence, "%s--%s: %s", sentence.length == 0 ? "" : " ", all[i].option,
			           all[i].sentence);
	return fail(ERR_INVALID, "%.*s", STR(buf_str(&sentence)));
}

static Err input_check(struct command_context *context, struct reply_input *out)
{
	struct reply_problems problems = {0};
	struct reply_input input = {.name = command_value(context, "name"),
	                            .email = command_value(context, "email"),
	                            .website = command_value(context, "website")};
	bool ok = false;
	/* A character has at most 4 bytes; what is longer is refused in the check's words. */
	TRY(input_read(context, (size_t)8 * REPLY_TEXT_MAX, &input.text));
	TRY(reply_check(&input, context->mem, &problems, out, &ok));
	return ok ? OK : problems_refuse(&problems);
}

static Err reply_add_run(struct command_context *context)
{
	static const char *const required[] = {"story", "name", "email", "text"};
	for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
		if (!command_has(context, required[i]))
			return command_misused(context, "--%s is missing", required[i]);
	struct reply_create_input input = {0};
	TRY(input_id(context, "--story", command_value(context, "story"), &input.story_id));
	TRY(input_check(context, &input.checked));
	if (command_has(context, "at"))
		TRY(time_parse(context->world->site->zone, command_value(context, "at"), &input.created));
	unsigned char key[KEY_BYTES];
	random_bytes(key, sizeof key);
	TRY(base64url_format(key, sizeof key, context->mem, &input.key));
	int64_t id;
	bool is_new;
	TRY(reply_create(context->world, &input, &id, &is_new));
	if (context->call->json)
		return print_json(context, json_pack("{s:I, s:I, s:o}", "id", (json_int_t)id, "story",
		                                     (json_int_t)input.story_id, "status",
		                                     json_text(reply_status_word(REPLY_VISIBLE))));
	print_line(context, "Reply %lld stands under story %lld.", (long long)id,
	           (long long)input.story_id);
	return OK;
}

const struct command reply_add_command = {
    .words = "reply add",
    .operands = "",
    .summary = "Adds a reader's reply, to move one in from elsewhere",
    .details = "It is checked as the form on the page is.",
    .options = add_options,
    .site = SITE_NEEDED,
    .run = reply_add_run,
};
