/* The operator's settings: every room declares a table of rows, and from these tables alone the
 * parser of courant.conf, the flags, `courant settings`, --help and the manual are made. A loaded
 * set is an immutable snapshot. What belongs to the newsroom (name, languages) is not here: it
 * lives in the database. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/arena.h"
#include "base/clock.h"

enum setting_type {
	SETTING_COUNT,    /* int64_t; digits */
	SETTING_SIZE,     /* int64_t bytes; 512, 64KB, 16MB, 2GB (powers of 1024) */
	SETTING_DURATION, /* int64_t milliseconds; 250ms, 10s, 5m, 6h, 30d */
	SETTING_TEXT,     /* Str, one line; min and max are its length in bytes */
	SETTING_WORD, /* int64_t: which of the words that `unit` names, parted by spaces, from 0 on */
};

struct setting {
	const char *name; /* "net.header_timeout" */
	const char
	    *flag; /* short flag without dashes ("listen"), or NULL: --name itself always works */
	enum setting_type type;
	const char *initial;  /* the default, as it would be written in courant.conf */
	int64_t min, max;     /* in bytes, milliseconds or things */
	const char *unit;     /* "bytes", "connections"…, or "" */
	const char *sentence; /* what it does, for the manual */
	size_t offset;        /* of its field in the room's struct */
};

/* A room's rows and the struct that they fill. */
struct setting_table {
	const char *room;
	const struct setting *rows;
	size_t count;
	size_t struct_bytes;
	/* The rows whose new value a running server can take, by name, NULL at the end; for the others
	 * a new start is needed. NULL: none. */
	const char *const *reloads;
};

struct settings;

/* All tables of the program, named in one place, with every row at its default. The snapshot is
 * given back with settings_free. */
MUST_CHECK Err settings_new(const struct setting_table *const *tables, size_t count,
                            struct settings **out);
void settings_free(struct settings *settings);

/* Reads courant.conf: one `name = value` a line; `#` at the start of a line or after a space begins
 * a comment. `source` is what a refusal calls the text ("DIR/courant.conf"); it names line, setting
 * and allowed values. The lines before a refused one have been taken: give such a set back. */
MUST_CHECK Err settings_parse(struct settings *settings, Str text, Str source);
/* One setting by its name or short flag, as the command line gives it. */
MUST_CHECK Err settings_set(struct settings *settings, Str name, Str value, Str source);
/* The row with this name or short flag, or NULL. */
const struct setting *settings_find(const struct settings *settings, Str name);

/* The filled struct of a table that was given to settings_new. */
const void *settings_of(const struct settings *settings, const struct setting_table *table);

/* Calls `each` for every row, with its value now written as courant.conf would have it. */
MUST_CHECK Err settings_each(const struct settings *settings,
                             Err (*each)(const struct setting *row, Str value, void *context),
                             void *context);
/* Whether a running server can take a new value of the row. */
bool setting_reloads(const struct settings *settings, const struct setting *row);
/* Makes `next` what a server that runs with `before` may swap to: a row that does not reload keeps
 * the value that it has there. `each` is told of every row that differs, and whether
 * the new value is taken. */
MUST_CHECK Err settings_follow(struct settings *next, const struct settings *before,
                               Err (*each)(const struct setting *row, bool is_taken, void *context),
                               void *context);
/* "a duration from 1s to 60s" */
MUST_CHECK Err setting_allowed(const struct setting *row, struct arena *mem, Str *out);

#endif
