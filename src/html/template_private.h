/* How a template becomes a row of operations. Scanner: text to tags. Context: where in HTML a place
 * of the text is. Compiler: names to offsets, partials in their place, both checked. Renderer: the
 * operations to bytes. */
#ifndef HTML_TEMPLATE_PRIVATE_H
#define HTML_TEMPLATE_PRIVATE_H

#include "html/template.h"

/* Named maxima of a template; past one the load is refused. */
#define TEMPLATE_SCOPES_MAX 32      /* views in sight of each other */
#define TEMPLATE_SECTIONS_MAX 64    /* sections open at once */
#define TEMPLATE_HOPS_MAX 8         /* dots in a name */
#define TEMPLATE_PARTIALS_DEEP 24   /* partials within partials */
#define TEMPLATE_PARTIALS_MAX 20000 /* partials put in place for one binding */
#define TEMPLATE_POOL_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define TEMPLATE_FAULTS_MAX 1000         /* told of in one load, which then ends */
#define TEMPLATE_IN_SIGHT_MAX_BYTES 8192 /* the names that are shown beside an unknown one */

enum op_kind {
	OP_LITERAL, /* the words between tags */
	OP_ESCAPED, /* a field, escaped */
	OP_RAW,     /* a field as it is */
	OP_IF,      /* goes to `end` if the field is absent, empty or false */
	OP_UNLESS,  /* goes to `end` if it is not */
	OP_ENTER,   /* as OP_IF, and what the field is comes into sight */
	OP_LEAVE,   /* out of sight again */
	OP_EACH,    /* as OP_ENTER, for the first item of a list */
	OP_NEXT,    /* the next item, back at `end`; after the last one, out of sight */
};

struct op {
	uint8_t kind;
	uint8_t depth;  /* in which of the views in sight, from the outermost, the field is looked up */
	uint8_t hops;   /* how many objects lie between that view and the field */
	uint8_t tests;  /* enum view_kind of the field */
	uint32_t place; /* a literal's start in the text; else the first of the offsets */
	uint32_t end;   /* a literal's length; else where to go on */
};

struct template
{
	const struct templates *set;
	uint32_t name_place; /* in the text */
	uint32_t name_length;
	uint32_t first;
	uint32_t end;
};

/* Everything of a set lies in four pools. */
struct templates {
	struct op *ops;
	/* hops + 1 for each operation on a field; OP_EACH has the size of an item behind them. */
	uint32_t *offsets;
	char *text;
	struct template *templates;
	size_t template_count;
};

/* --- scanner (template_scan.c) --- */

enum tag_kind {
	TAG_END, /* of the text */
	TAG_VALUE,
	TAG_RAW_VALUE,
	TAG_SECTION,
	TAG_INVERTED,
	TAG_CLOSE,
	TAG_PARTIAL,
	TAG_COMMENT,
	TAG_DELIMITERS,
};

struct tag {
	enum tag_kind kind;
	Str name;
	Str literal;  /* what stands before it */
	Str indent;   /* of a partial that has its line to itself */
	size_t place; /* where it begins in the text */
	size_t end;   /* behind it, and behind its line if it has that to itself */
};

/* The last failure of a scanner, in its parts. */
struct fault_note {
	Str name;
	size_t line;
	Str field;
	char sentence[ERR_TEXT_MAX];
};

struct scanner {
	Str name; /* of the template */
	Str text;
	size_t place;
	Str open, close;
	/* {{#_}} begins words to be translated and {{#asset}} the name of one; they never have a line
	 * to themselves. */
	bool words;
	Str field;               /* of the tag that is compiled */
	struct fault_note *note; /* filled by scanner_fail; may be NULL */
};

void scanner_init(struct scanner *scanner, Str name, Str text, bool words);
MUST_CHECK Err scanner_next(struct scanner *scanner, struct tag *out);
/* "site/story:12: " and the sentence. */
MUST_CHECK Err scanner_fail(const struct scanner *scanner, size_t place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* --- HTML context (template_context.c) --- */

/* Where in HTML's grammar a place is (HTML Standard §13.2.5, the tokenizer's states). Only bytes,
 * so that two can be compared as one. What a state does not use is zero. */
struct html_context {
	uint8_t state;
	uint8_t is_end_tag;
	uint8_t value_begun;    /* something stands before this place in the attribute's value */
	uint8_t has_http_equiv; /* of a meta element: its content may be an instruction */
	uint8_t has_value_in_content;
	uint8_t is_json;    /* the script element holds JSON-LD */
	uint8_t raw_begun;  /* something stands before this place in the script */
	uint8_t raw_closed; /* nothing but the end tag may follow */
	uint8_t matched;    /* how much of a closing sequence stands before this place */
	uint8_t dashed;     /* the same for the beginning of a comment inside a script */
	char tag[16];
	char attribute[32];
	char value[24]; /* a script's type */
};

/* Moves over literal text; NULL, or what is wrong at byte `*place` of it. */
const char *html_context_literal(struct html_context *context, Str text, size_t *place);
/* May a value of this kind stand here? NULL, or why not. The context moves past it. */
const char *html_context_value(struct html_context *context, enum view_kind kind);
/* Something was refused here; the context goes on as if it had been a text. */
void html_context_refused(struct html_context *context);
/* At the begin of a section, and at its end, where `begun` is as the first left it. NULL or what
 * is wrong. Afterwards the context holds for what follows, shown or not. */
const char *html_context_open_section(struct html_context *context);
const char *html_context_close_section(struct html_context *context,
                                       const struct html_context *begun);
/* In content, with every tag closed. */
bool html_context_is_content(const struct html_context *context);

/* --- compiler (template_compile.c, template_emit.c, template_words.c, template_fault.c) --- */

/* A name, resolved. */
struct path {
	size_t depth;
	size_t hops;
	uint32_t offsets[TEMPLATE_HOPS_MAX + 1];
	const struct view_field *field;
};

struct section {
	Str name;
	size_t place;
	size_t op; /* the operation whose `end` is known when the section closes */
	bool enters;
	bool repeats;
	bool is_dead; /* what is inside can never be shown and is not compiled */
	struct html_context begun;
};

struct compiler {
	const struct template_options *options;
	struct arena scratch; /* indented partials, words */
	struct buf ops;
	struct buf offsets;
	struct buf text;
	size_t literal_start; /* text from here on is not yet in an operation */
	const struct view *scopes[TEMPLATE_SCOPES_MAX];
	size_t scope_count;
	struct section sections[TEMPLATE_SECTIONS_MAX];
	size_t section_count;
	size_t dead_count; /* open sections that are dead */
	size_t partials_deep;
	size_t partial_count;
	struct html_context context;
	Str page;    /* the name of the binding */
	Str foreign; /* see template_fault */
	struct fault_note note;
	struct buf in_sight;
	size_t fault_count;
};

/* --- faults (template_fault.c) --- */

/* A failure after which the template can still be read on: passes it up, or, where all faults are
 * wanted, tells of it and gives OK. */
MUST_CHECK Err compiler_forgive(struct compiler *compiler, Err err);
/* {{name}} is a field of no view in sight. */
MUST_CHECK Err compiler_name_unknown(struct compiler *compiler, const struct scanner *scanner,
                                     const struct tag *tag);
/* {{….name}} is no field of `view`, which may be NULL; `of` is what should have it. */
MUST_CHECK Err compiler_member_unknown(struct compiler *compiler, const struct scanner *scanner,
                                       const struct tag *tag, const struct view *view,
                                       const char *of, Str name);

/* --- the rest of the compiler --- */

/* Literal text, moved over by the context unless the mode has none. */
MUST_CHECK Err compiler_literal(struct compiler *compiler, const struct scanner *scanner, Str text,
                                size_t place);
/* Text that the context has already been asked about. */
void compiler_text(struct compiler *compiler, Str text);
MUST_CHECK Err compiler_value(struct compiler *compiler, const struct scanner *scanner,
                              const struct tag *tag);
MUST_CHECK Err compiler_section_open(struct compiler *compiler, const struct scanner *scanner,
                                     const struct tag *tag);
MUST_CHECK Err compiler_section_close(struct compiler *compiler, const struct scanner *scanner,
                                      const struct tag *tag);
/* What is pending becomes an operation; returns the number of the next one. */
size_t compiler_flush(struct compiler *compiler);
/* The words up to {{/_}}, translated. `tag` is the {{#_}}. */
MUST_CHECK Err compiler_words(struct compiler *compiler, struct scanner *scanner,
                              const struct tag *tag);
/* The address of the asset that is named up to {{/asset}}. `tag` is the {{#asset}}. */
MUST_CHECK Err compiler_asset(struct compiler *compiler, struct scanner *scanner,
                              const struct tag *tag);
/* The field that a name means here; NULL in `field` if there is none and that is allowed. */
MUST_CHECK Err compiler_resolve(struct compiler *compiler, const struct scanner *scanner,
                                const struct tag *tag, struct path *out);

#endif
