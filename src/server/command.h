/* A command of the command line, run alike by a process of its own and by a running server on
 * behalf of one: it knows only what it is given here. */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include <stdio.h>

#include "web/act.h"

/* What the caller of a command has: its streams and folder, wherever the command runs. */
struct command_io {
	FILE *in, *out, *err;
	int folder; /* descriptor of the caller's working folder: paths are opened from there */
};

struct command_context {
	const struct command_io *io;
	const struct world *world; /* NULL for commands without a site */
	const struct settings *settings;
	struct arena *mem;
	bool json;        /* machine-readable output */
	bool in_a_server; /* the command runs inside `courant serve` */
	Str site_folder;
	const Str *arguments; /* after the command's words, options included */
	size_t argument_count;
};

/* The exit code and, for 1 and 2, a sentence in err_text(). */
enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct command {
	const char *words;   /* "story add" */
	const char *summary; /* one line for the list */
	const char *usage;   /* the options, as --help shows them */
	bool needs_site;     /* a database is opened, or the running server's is used */
	enum exit_code (*run)(struct command_context *context);
};
struct command_table {
	const struct command *rows;
	size_t count;
};

#endif
