/* A command of the command line, run alike by a process of its own and by a running server on
 * behalf of one: it knows only what it is given here. Its options are a table, from which the
 * parser and --help are made. */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include <stdio.h>

#include "web/act.h"

enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* What the caller of a command has: its streams and folder, wherever the command runs. */
struct command_io {
	FILE *in; /* what the COMMAND_INPUT option names */
	FILE *out, *err;
	int folder; /* descriptor of the caller's working folder: paths are opened from there */
};

struct command_option {
	const char *name; /* without dashes: "headline" */
	/* What help calls its value; NULL: it takes none. In lower case the values themselves,
	 * "text|html"; in upper case what they are. */
	const char *value;
	bool repeats;
	const char *sentence;
};
/* The `value`s of which more is known: the code of a language that Courant speaks; a file and a
 * folder of the caller's. */
#define COMMAND_LANGUAGE "LANG"
#define COMMAND_FILE "FILE"
#define COMMAND_FOLDER "DIR"
/* The `value` of the one option of a command that names what it reads. The caller opens the file,
 * with its own rights, and hands it over as `in`. */
#define COMMAND_INPUT "FILE|-"

enum command_site {
	SITE_NONE,
	SITE_OPENED,   /* must be named; the command opens it itself */
	SITE_IF_NAMED, /* does without one */
	SITE_NEEDED,   /* a database is opened, or the running server's is used */
};

/* What a reload changed, or what kept it from that. */
#define RELOAD_ROWS_MAX 64
struct reload_report {
	const struct setting *taken[RELOAD_ROWS_MAX]; /* settings with a new value */
	const struct setting *kept[RELOAD_ROWS_MAX];  /* that have one, but only for a new start */
	size_t taken_count, kept_count;
	struct theme *theme; /* NULL: there is none */
};

struct editions;

struct command_context;

struct command {
	const char *words;    /* "story add" */
	const char *operands; /* "ID", "[PATH]", "SLUG NAME…": what stands beside the options, or "";
	                         the last one may be given several times */
	const char *summary;  /* one line for the list, without a full stop */
	const char *details;  /* more for who asks, or NULL: sentences, with what is typed in `…` */
	const struct command_option *options; /* ended by a row without a name; or NULL */
	enum command_site site;
	bool takes_settings; /* every setting is an option too */
	bool any_version;    /* a server of another version runs it too */
	Err (*run)(struct command_context *context);
};
struct command_table {
	const struct command *const *rows;
	size_t count;
};

/* --site, --json and --help, which go with every command; ended by a row without a name. */
extern const struct command_option command_general_options[];

#define COMMAND_OPERANDS_MAX 16
#define COMMAND_OPTIONS_MAX 64

/* A command line that was understood. Its Strs are the caller's. */
struct command_call {
	const struct command *command; /* NULL: only --help or nothing was said */
	Str family;                    /* with command NULL: help is wanted for "story" alone */
	bool help, json;
	Str site; /* --site, or empty */
	Str operands[COMMAND_OPERANDS_MAX];
	size_t operand_count;
	struct command_given {
		const struct command_option *option;
		Str value;
	} given[COMMAND_OPTIONS_MAX];
	size_t given_count;
	Str settings[2 * COMMAND_OPTIONS_MAX]; /* name, value, … */
	size_t setting_count;                  /* Strs, not pairs */
};

struct command_context {
	const struct command_call *call;
	const struct command_io *io;
	const struct world *world; /* NULL without a site */
	const struct settings *settings;
	struct arena *mem;
	bool in_a_server;          /* the command runs inside `courant serve` */
	struct editions *editions; /* that server's, to be reloaded; NULL without one */
	Str site_folder;
	bool misused; /* see command_misused */
	bool is_told; /* a refused command has said why itself */
	/* In a server: the command is for its parent, which answers when a new server has taken this
	 * one's place, or when that is given up. */
	bool upgrades;
};

/* Finds the command and reads its options, and --site, --json and --help, which go with all.
 * ERR_INVALID is wrong usage. */
MUST_CHECK Err command_parse(const struct command_table *table, const Str *words, size_t count,
                             struct command_call *out);
/* The command that the words begin with, whatever follows; NULL if there is none. */
const struct command *command_begun(const struct command_table *table, const Str *words,
                                    size_t count);
/* Runs it, and says on `err` (with --json on `out` too) why it was refused. */
enum exit_code command_run(struct command_context *context);
/* The sentence of err_text() as command_run would say it. */
void command_report(const struct command_io *io, bool json);

/* ---- for commands ---- */

bool command_has(const struct command_context *context, const char *option);
/* The option's value; empty when it was not given. */
Str command_value(const struct command_context *context, const char *option);
/* The one of COMMAND_INPUT, or NULL when it was not given. */
const struct command_given *command_input(const struct command_call *call);
/* Notes wrong usage that only the command itself can see, and returns ERR_INVALID. */
MUST_CHECK Err command_misused(struct command_context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

#endif
