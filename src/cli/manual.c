/* The manual's pages, made from the tables of commands and settings: courant(1) and courant.conf(5)
 * in man(7), and docs/manual/commands.md. */
#include "base/utf8.h"
#include "cli/cli_private.h"
#include "server/wiring.h"

#define TEXT_MAX_BYTES 8192 /* of a paragraph */
#define LINE_WIDTH 78       /* of the source of a page for man(1) */
#define MARKDOWN_WIDTH 100

static const struct command_option options[] = {
    {"markdown", NULL, false, "courant as a page of the manual in docs/manual"},
    {0},
};

/* A page in the making. What is typed stands in `…` in all texts. */
struct manual {
	FILE *out;
	bool is_markdown;
	enum { AT_TITLE, AT_TEXT, AT_LIST } place; /* what came last */
};

/* ---- man(7) ---- */

/* One code point. Others than ASCII by number: not every man(1) knows what it reads. */
static void roff_point(struct buf *out, uint32_t point)
{
	if (point == '\\')
		buf_add(out, S("\\e"));
	else if (point == '-')
		buf_add(out, S("\\-"));
	else if (point == '\'')
		buf_add(out, S("\\(aq"));
	else if (point == '"')
		buf_add(out, S("\\(dq"));
	else if (point < 0x80)
		buf_add_byte(out, (char)point);
	else
		buf_format(out, "\\[u%04X]", (unsigned)point);
}

/* `…` becomes bold. */
static void roff_add(struct buf *out, Str text, bool *is_bold)
{
	for (size_t place = 0; place < text.length;) {
		uint32_t point = utf8_next(text, &place);
		if (point != '`') {
			roff_point(out, point);
			continue;
		}
		*is_bold = !*is_bold;
		buf_add(out, *is_bold ? S("\\fB") : S("\\fR"));
	}
}

static void roff_line(FILE *out, Str text)
{
	struct buf line BUF_CLEANUP;
	bool is_bold = false;
	buf_init(&line, TEXT_MAX_BYTES);
	roff_add(&line, text, &is_bold);
	fprintf(out, "%.*s\n", STR(buf_str(&line)));
}

static bool begins_sentence(Str text)
{
	return text.length > 0 && text.bytes[0] >= 'A' && text.bytes[0] <= 'Z';
}

/* Text that is filled: a sentence begins a line, and no line is long. */
static void roff_text(FILE *out, Str text)
{
	struct buf word BUF_CLEANUP;
	Str next;
	bool is_bold = false;
	bool is_end = false;
	size_t column = 0;
	buf_init(&word, TEXT_MAX_BYTES);
	while (str_next(&text, ' ', &next)) {
		buf_clear(&word);
		roff_add(&word, next, &is_bold);
		if (column > 0 && (is_end || column + 1 + word.length > LINE_WIDTH)) {
			fputc('\n', out);
			column = 0;
		}
		if (column == 0 && str_starts_with(next, S(".")))
			fputs("\\&", out);
		fprintf(out, "%s%.*s", column > 0 ? " " : "", STR(buf_str(&word)));
		column += 1 + word.length;
		is_end = !is_bold && str_ends_with(next, S(".")) && begins_sentence(text);
	}
	fputc('\n', out);
}

/* ---- both forms ---- */

/* What follows a list is parted from it; what follows a title needs no macro of its own. */
static void text_begin(struct manual *manual)
{
	if (manual->is_markdown && manual->place == AT_LIST)
		fputc('\n', manual->out);
	if (!manual->is_markdown && manual->place != AT_TITLE)
		fputs(".PP\n", manual->out);
	manual->place = AT_TEXT;
}

static void title_begin(struct manual *manual, const char *markdown, const char *roff)
{
	if (manual->is_markdown && manual->place == AT_LIST)
		fputc('\n', manual->out);
	fputs(manual->is_markdown ? markdown : roff, manual->out);
	manual->place = AT_TITLE;
}

static void chapter(struct manual *manual, const char *title)
{
	title_begin(manual, "## ", ".SH ");
	for (const char *byte = title; *byte != 0; byte++) {
		bool is_small = !manual->is_markdown && *byte >= 'a' && *byte <= 'z';
		fputc(is_small ? *byte - 'a' + 'A' : *byte, manual->out);
	}
	fputs(manual->is_markdown ? "\n\n" : "\n", manual->out);
}

static void part(struct manual *manual, Str title)
{
	title_begin(manual, "### ", ".SS ");
	if (manual->is_markdown)
		fprintf(manual->out, "%.*s\n\n", STR(title));
	else
		roff_line(manual->out, title);
}

static void paragraph(struct manual *manual, const char *text)
{
	text_begin(manual);
	if (!manual->is_markdown) {
		roff_text(manual->out, str_from_c(text));
		return;
	}
	paragraph_print(manual->out, text, MARKDOWN_WIDTH, true);
	fputc('\n', manual->out);
}

static void term(struct manual *manual, Str name, const char *text)
{
	manual->place = AT_LIST;
	if (manual->is_markdown) {
		fprintf(manual->out, "- `%.*s`: %s\n", STR(name), text);
		return;
	}
	struct buf bold BUF_CLEANUP;
	buf_init(&bold, TEXT_MAX_BYTES);
	buf_format(&bold, "`%.*s`", STR(name));
	fputs(".TP\n", manual->out);
	roff_line(manual->out, buf_str(&bold));
	roff_text(manual->out, str_from_c(text));
}

/* Lines as they are typed. */
static void example(struct manual *manual, const char *const *lines, size_t count)
{
	text_begin(manual);
	if (!manual->is_markdown)
		fputs(".EX\n", manual->out);
	for (size_t i = 0; i < count; i++)
		if (manual->is_markdown)
			fprintf(manual->out, "    %s\n", lines[i]);
		else
			roff_line(manual->out, str_from_c(lines[i]));
	fputs(manual->is_markdown ? "\n" : ".EE\n", manual->out);
}

static void page_begin(struct manual *manual, const char *title, int section, const char *name,
                       const char *what)
{
	fprintf(manual->out,
	        ".\\\" Written by courant man; changes here are lost.\n"
	        ".TH %s %d %s \"Courant %s\"\n.SH NAME\n%s \\- %s\n",
	        title, section, COURANT_DATE, COURANT_VERSION, name, what);
}

/* ---- courant(1) and commands.md ---- */

static void option_terms(struct manual *manual, const struct command_option *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		struct buf name BUF_CLEANUP;
		buf_init(&name, 256);
		buf_format(&name, "--%s", rows->name);
		if (rows->value != NULL) {
			buf_add_byte(&name, ' ');
			value_add(&name, rows->value);
		}
		if (rows->repeats)
			buf_add(&name, S(" \xE2\x80\xA6"));
		term(manual, buf_str(&name), rows->sentence);
	}
}

static void command_part(struct manual *manual, const struct command *command)
{
	struct buf text BUF_CLEANUP;
	buf_init(&text, 4096);
	synopsis_add(&text, command);
	part(manual, buf_str(&text));
	buf_clear(&text);
	buf_format(&text, "%s.", command->summary);
	if (command->details != NULL)
		buf_format(&text, " %s", command->details);
	buf_add_byte(&text, 0);
	paragraph(manual, buf_str(&text).bytes);
	option_terms(manual, command->options);
}

static void about(struct manual *manual)
{
	paragraph(manual, "Courant is a news server: it serves a site that lies in a folder, and each "
	                  "command does one thing with such a site. A command works while the site's "
	                  "server runs (it is then carried out by the server) and while it does not, "
	                  "and readers see the change at once either way. If another command has the "
	                  "site open, it is waited for up to five seconds.");
	paragraph(manual, "Times are typed as `2021-07-23T14:39`, in the site's time zone, or with an "
	                  "offset (`2021-07-23T14:39+03:00`). Texts come from a file, or from standard "
	                  "input where the file is `-`. What follows `--` is never an option.");
	paragraph(manual, "These options go with every command, before or after its words:");
	option_terms(manual, command_general_options);
}

static void ends(struct manual *manual)
{
	chapter(manual, "Exit status");
	term(manual, S("0"), "done");
	term(manual, S("1"),
	     "refused: one sentence on standard error says why and what to do; with "
	     "`--json` it is also `{\"error\": …}` on standard output");
	term(manual, S("2"), "wrong usage");
	chapter(manual, "Environment");
	term(manual, S("COURANT_SITE"), "the site's folder, where `--site` does not say it");
}

static void examples(struct manual *manual)
{
	static const char *const lines[] = {
	    "courant init paper --name \"The Two Rivers\" --timezone Asia/Baghdad",
	    "courant --site paper story add --headline \"The bridge is open\" --section city \\",
	    "    --tag Baghdad --body story.txt --publish",
	    "courant --site paper serve --listen 127.0.0.1:8080",
	};
	chapter(manual, "Examples");
	example(manual, lines, sizeof lines / sizeof lines[0]);
}

static void files(struct manual *manual)
{
	chapter(manual, "Files");
	paragraph(manual, "In the site's folder, which is its owner's alone:");
	term(manual, S("courant.conf"), "the operator's settings, see `courant.conf`(5)");
	term(manual, S("courant.db"), "the database, unless it is a PostgreSQL one");
	term(manual, S("courant.sock"), "where commands find the running server");
	term(manual, S("lock"), "held by whoever has the site open");
}

static void commands_page(struct manual *manual)
{
	if (manual->is_markdown) {
		fputs("# Commands\n\n"
		      "`courant --help` lists the commands and `courant COMMAND --help` the options of "
		      "one. This page is written by `courant man --markdown`.\n\n",
		      manual->out);
	} else {
		page_begin(manual, "COURANT", 1, "courant", "news server");
		fputs(".SH SYNOPSIS\n.B courant\n[\\fB\\-\\-site\\fR \\fIDIR\\fR]\n\\fICOMMAND\\fR\n"
		      "[\\fIOPTIONS\\fR]\n",
		      manual->out);
		chapter(manual, "Description");
	}
	about(manual);
	chapter(manual, "Commands");
	for (size_t i = 0; i < cli_commands.count; i++)
		command_part(manual, cli_commands.rows[i]);
	ends(manual);
	if (!manual->is_markdown) {
		files(manual);
		examples(manual);
		fputs(".SH SEE ALSO\n.BR courant.conf (5)\n", manual->out);
	}
}

/* ---- courant.conf(5) ---- */

struct settings_page {
	struct manual *manual;
	struct arena *mem;
};

static Err setting_each(const struct setting *row, Str value, void *context)
{
	const struct settings_page *page = context;
	Str allowed;
	(void)value;
	TRY(setting_allowed(row, page->mem, &allowed));
	struct buf text BUF_CLEANUP;
	buf_init(&text, 4096);
	buf_format(&text, "%s = %s", row->name, setting_word(row->type));
	Str name;
	TRY(arena_copy(page->mem, buf_str(&text), &name));
	buf_clear(&text);
	buf_format(&text, "%s Takes %.*s; ", row->sentence, STR(allowed));
	if (row->initial[0] == 0)
		buf_add(&text, S("empty unless told."));
	else
		buf_format(&text, "`%s` unless told.", row->initial);
	buf_format(&text, " As an option of `courant serve`: `--%s`.",
	           row->flag != NULL ? row->flag : row->name);
	buf_add_byte(&text, 0);
	term(page->manual, name, buf_str(&text).bytes);
	return OK;
}

static Err settings_page(const struct command_context *context, struct manual *manual)
{
	static const char *const lines[] = {"site.url = https://news.example",
	                                    "server.listen = 127.0.0.1:8080  # the proxy is in front",
	                                    "cache.size = 256MB"};
	struct settings_page page = {manual, context->mem};
	struct settings *defaults;
	page_begin(manual, "COURANT.CONF", 5, "courant.conf", "settings of a site's operator");
	chapter(manual, "Description");
	paragraph(
	    manual,
	    "The file lies in the site's folder. It has one `name = value` a line; `#` at "
	    "the start of a line or after a space begins a comment. It is read when the "
	    "server starts, and anew by `courant reload`; an option of `courant serve` wins over it. A "
	    "wrong line stops the start, or the reload, with its number and what it takes. What the "
	    "newsroom sets, such as "
	    "the site's name, is not in it: see `courant site set` in `courant`(1).");
	paragraph(manual,
	          "A duration is written with its unit: `250ms`, `10s`, `5m`, `6h`, `30d`. So is "
	          "a size: `512`, `64KB`, `16MB`, `2GB`, in powers of 1024.");
	chapter(manual, "Settings");
	TRY(settings_new(all_settings, all_settings_count, &defaults));
	Err err = settings_each(defaults, setting_each, &page);
	settings_free(defaults);
	TRY(err);
	chapter(manual, "Examples");
	example(manual, lines, sizeof lines / sizeof lines[0]);
	fputs(".SH SEE ALSO\n.BR courant (1)\n", manual->out);
	return OK;
}

static Err man_run(struct command_context *context)
{
	struct manual manual = {.out = context->io->out,
	                        .is_markdown = command_has(context, "markdown")};
	Str page = context->call->operand_count > 0 ? context->call->operands[0] : S("courant");
	bool is_conf = str_equal(page, S("courant.conf"));
	if (!is_conf && !str_equal(page, S("courant")))
		return command_misused(context, "the pages are courant and courant.conf");
	if (is_conf && manual.is_markdown)
		return command_misused(context, "that page is: courant settings --markdown");
	if (is_conf)
		return settings_page(context, &manual);
	commands_page(&manual);
	return OK;
}

const struct command man_command = {
    .words = "man",
    .operands = "[courant|courant.conf]",
    .summary = "Prints a page of the manual for man(1)",
    .details = "To read it: `courant man | man -l -`.",
    .options = options,
    .run = man_run,
};
