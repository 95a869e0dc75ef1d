/* What the commands share. */
#ifndef CLI_CLI_PRIVATE_H
#define CLI_CLI_PRIVATE_H

#include <jansson.h>

#include "cli/cli.h"
#include "replies/replies.h"
#include "server/site_folder.h"
#include "stories/stories.h"
#include "web/theme.h"
#include "web/web.h"

#define SITE_WAIT_MS 5000 /* for another process to give a site free */

/* ---- help.c ---- */

void help_print(FILE *out, const struct command_call *call);
/* Breaks a text's lines. The marks around what is typed, `…`, are for pages with bold type. */
void paragraph_print(FILE *out, const char *text, size_t max_width, bool keeps_marks);
/* "courant --site DIR story show ID" */
void synopsis_add(struct buf *out, const struct command *command);
/* An option's value as people are told it: for COMMAND_LANGUAGE the codes there are. */
void value_add(struct buf *out, const char *value);
/* What kind of value a setting takes: "SIZE". */
const char *setting_word(enum setting_type type);

/* ---- complete.c ---- */

/* For the shells' scripts: what may stand in place of the last of `words` (those behind `courant`),
 * one a line, with a tab and a sentence where there is one. A line that begins with a colon says
 * that files (:files) or folders (:folders) may. Says nothing where it can't know. */
void complete_print(FILE *out, const Str *words, size_t count);

/* ---- cli.c ---- */

/* Has a command done that only reads, for another one, and gives what it prints on standard output.
 * Waits for nobody and changes nothing: a site that is busy is a failure, and so is one that has to
 * be brought up to date first. */
MUST_CHECK Err cli_ask(const Str *words, size_t count, struct arena *mem, Str *out);

/* ---- input.c: what a command is told ---- */

/* The whole of `in`, the command's COMMAND_INPUT; ERR_TOO_LARGE past `max_bytes`. */
MUST_CHECK Err input_read(const struct command_context *context, size_t max_bytes, Str *out);
/* --lang, or the site's. */
MUST_CHECK Err input_language(struct command_context *context, const struct language **out);
/* A number from 1 on, of an operand or an option called `name`. */
MUST_CHECK Err input_id(struct command_context *context, const char *name, Str text, int64_t *out);
/* --limit, 1 to the list's own maximum. */
MUST_CHECK Err input_limit(struct command_context *context, size_t otherwise, size_t max,
                           size_t *out);
/* A file of the caller's, as an absolute path. */
MUST_CHECK Err input_path(const struct command_context *context, Str path, Str *out);
/* Every value of a repeated option. */
MUST_CHECK Err input_values(const struct command_context *context, const char *option,
                            const Str **out, size_t *count_out);
/* [LANG=]TEXT of an option, once a language; none is fine. `own` is the site's language, for what
 * is said of one that Courant does not speak. */
MUST_CHECK Err input_names(struct command_context *context, const char *option,
                           const struct language *own, const struct name_input **out,
                           size_t *count_out);
/* --name and --tagline, for init and site set. */
MUST_CHECK Err input_site_words(struct command_context *context, const struct language *own,
                                struct site_words_input *out);
/* Opens a site, waiting SITE_WAIT_MS for one that another process has open. */
MUST_CHECK Err site_folder_open_waiting(struct site_folder *folder, Str path, const Str *flags,
                                        size_t flag_count);

/* ---- output.c: what it answers ---- */

/* Writes the value and a line end; takes it over, also on failure. NULL is ERR_MEMORY. */
MUST_CHECK Err print_json(const struct command_context *context, json_t *value);
json_t *json_text(Str text);         /* what is not UTF-8 becomes U+FFFD */
json_t *json_text_or_null(Str text); /* null when it is empty */
/* A time in the site's zone; null for 0. */
json_t *json_time(const struct command_context *context, Time time);
/* Text for a terminal: control characters become U+FFFD, line breaks stay. */
void print_text(FILE *out, Str text);
/* Columns of a terminal that the text takes (UAX #11). */
size_t text_width(Str text);
/* One sentence on its own line. */
void print_line(const struct command_context *context, const char *format, ...) PRINTF_LIKE(2, 3);
/* "2021-07-23 14:39" in the site's zone; empty for 0. */
MUST_CHECK Err time_shown(const struct command_context *context, Time time, Str *out);
/* The whole address of a path of this site; the path alone where the site has none. For programs it
 * is percent-encoded, people read its letters. */
MUST_CHECK Err address_shown(const struct command_context *context, Str path, Str *out);
MUST_CHECK Err number_shown(const struct command_context *context, int64_t number, Str *out);

/* Rows under headings, each column as wide as its widest cell. */
#define TABLE_COLUMNS_MAX 9
struct table {
	struct arena *mem;
	size_t columns, rows, capacity;
	Str *cells;
};
void table_init(struct table *table, struct arena *mem, size_t columns);
/* As many cells as columns; the first row is the headings. */
MUST_CHECK Err table_add(struct table *table, const Str *cells);
void table_print(const struct table *table, FILE *out);

/* ---- story_list.c ---- */

/* Stories, one a line; with --json as an array. `none` is what is said when there are none. */
MUST_CHECK Err stories_print(const struct command_context *context, const struct story *stories,
                             size_t count, const char *none);

/* ---- routes.c ---- */

/* Routes and templates, to be looked at. Without a site it is one in English: only the languages'
 * prefixes hang on it. `theme` may be NULL; see web_new. */
MUST_CHECK Err web_open(const struct command_context *context, struct theme *theme,
                        struct web **out);

/* ---- theme_check.c ---- */

/* The theme's folder that a command is about: its operand, else that of the site named; ERR_INVALID
 * when neither is said. */
MUST_CHECK Err theme_folder(struct command_context *context, Str *out);

/* Every fault of a theme; with --json also its counts, and `refused`, which is given back. */
MUST_CHECK Err theme_faults_print(struct command_context *context, const struct theme *theme,
                                  Err refused);

/* ---- settings_command.c ---- */

/* A setting's value; of a database's address, without the password that may stand in it. */
MUST_CHECK Err setting_shown(struct arena *mem, Str value, Str *out);

/* ---- story_input.c: the options that make a story ---- */

/* clang-format off */
#define STORY_OPTIONS                                                                              \
	{"headline", "TEXT", false, "the headline"},                                                   \
	{"standfirst", "TEXT", false, "the sentence below the headline"},                              \
	{"byline", "NAME", true, "who wrote it, made if not there; may be given 8 times"},             \
	{"section", "SLUG|NAME", false, "its section, by slug or name; made if it is not there"},           \
	{"tag", "SLUG|NAME", true, "a tag, made if it is not there; may be given 20 times"},                \
	{"source", "NAME", false, "the agency it is credited to, made if it is not there"},            \
	{"slug", "SLUG", false, "the last part of its address; otherwise made from the headline"},     \
	{"body", COMMAND_INPUT, false, "the file with the text; - is standard input"},                 \
	{"format", "text|html", false, "what the body is: text (paragraphs parted by empty lines), or html"}, \
	{"published-at", "TIME", false, "when it was published, 2021-07-23T14:39; otherwise now"},     \
	{"breaking", NULL, false, "it is breaking news, for the hours that breaking.hours says"},      \
	{"breaking-until", "TIME", false, "it is breaking news until then"},                           \
	{"translation-of", "ID", false, "a story that tells the same in another language"}
/* clang-format on */

/* Reads those options; `fields` gets the ones that were given. */
MUST_CHECK Err story_input_read(struct command_context *context, struct story_input *out,
                                unsigned *fields);
/* --body and --format alone: the text, empty when none was given. */
MUST_CHECK Err story_body_read(struct command_context *context, struct story_input *out);

/* ---- story_notes.c: what is answered of one ---- */

/* The story as it stands, and its whole address, which is empty while it has none. */
MUST_CHECK Err story_look_up(const struct command_context *context, int64_t id, struct story *out,
                             Str *address_out);
/* What the desk should know of a body that it handed in. */
struct body_notes {
	struct html_loss loss; /* what is left out of HTML */
	bool is_markup;        /* the text looks like HTML */
};
void body_notes_take(const struct story_input *input, struct body_notes *out);
/* "Left out of the body: 2 script; 1 attribute: style; 1 link: ftp://a.example", and whether it
 * looks like HTML, on lines of their own; nothing when there is nothing. */
MUST_CHECK Err body_notes_print(const struct command_context *context,
                                const struct body_notes *notes);
/* The same as members of the answer: left_out, left_out_attributes, left_out_links,
 * looks_like_html. */
void body_notes_json(json_t *object, const struct body_notes *notes);

/* What the act did besides, and what the desk should look at, for it may be a slip. */
#define STORY_NAME_KINDS 4 /* sections, bylines, sources, tags */
struct story_notes {
	unsigned fields; /* that the act changes */
	/* Those that the act makes. */
	struct new_names {
		struct name_look *names;
		size_t count;
	} made[STORY_NAME_KINDS];
	struct body_notes body;
	Str noted;         /* the kind of correction that the act noted; empty: none */
	bool text_is_same; /* with it no word of the story has changed */
	bool is_changed;   /* and in the state that it was in */
	bool was_published;
};
/* Before the act. */
MUST_CHECK Err story_notes_take(const struct command_context *context,
                                const struct story_input *input, unsigned fields,
                                struct story_notes *out);
/* Says how the story stands now: its id, address and status; `notes` may be NULL. */
MUST_CHECK Err story_print_state(const struct command_context *context, int64_t id,
                                 const struct story_notes *notes);

/* ---- init_demo.c ---- */

/* site_folder_init for the demo newspaper: of `site` its url and database are taken. `name_out`:
 * what it is called. */
MUST_CHECK Err site_folder_init_demo(struct arena *mem, Str folder, const struct site_new *site,
                                     Str *name_out);

/* clang-format off */
extern const struct command
	backup_command,
	byline_add_command,
	byline_alias_add_command,
	byline_alias_remove_command,
	byline_list_command,
	byline_merge_command,
	byline_remove_command,
	completion_command,
	front_clear_command,
	front_set_command,
	front_show_command,
	init_command,
	man_command,
	metrics_command,
	page_list_command,
	page_remove_command,
	page_set_command,
	page_show_command,
	reload_command,
	reply_add_command,
	reply_hide_command,
	reply_list_command,
	reply_show_command,
	restore_command,
	routes_command,
	section_add_command,
	section_list_command,
	section_remove_command,
	serve_command,
	settings_command,
	site_set_command,
	site_show_command,
	source_add_command,
	source_alias_add_command,
	source_alias_remove_command,
	source_list_command,
	source_merge_command,
	source_remove_command,
	story_add_command,
	story_correct_command,
	story_discard_command,
	story_edit_command,
	story_list_command,
	story_publish_command,
	story_show_command,
	story_withdraw_command,
	tag_add_command,
	tag_alias_add_command,
	tag_alias_remove_command,
	tag_list_command,
	tag_merge_command,
	tag_remove_command,
	theme_check_command,
	theme_fields_command,
	theme_new_command,
	top_command,
	upgrade_command,
	version_command;
/* clang-format on */

#endif
