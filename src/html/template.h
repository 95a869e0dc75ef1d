/* Mustache templates, compiled once at start against typed views. A name that the view does not
 * have, a value where it can't be safe, or an unknown partial stops the load, with file, line and
 * field in the sentence. A rendered page can't hold unescaped text. */
#ifndef HTML_TEMPLATE_H
#define HTML_TEMPLATE_H

#include "html/html.h"

enum view_kind {
	VIEW_TEXT,   /* Str: escaped */
	VIEW_HTML,   /* Html: only as {{{x}}} in content, or as all of a script (an asset of our own) */
	VIEW_URL,    /* Url: the only kind that href, src and action take; elsewhere text */
	VIEW_JSON,   /* Json: only as {{{x}}} in a script of type application/ld+json */
	VIEW_BOOL,   /* bool: for sections */
	VIEW_OBJECT, /* const struct of another view *, NULL when absent */
	VIEW_LIST,   /* struct view_list of another view's structs */
};

struct view_list {
	const void *items;
	size_t count;
};

struct view;
struct view_field {
	const char *name;
	enum view_kind kind;
	size_t offset;
	const struct view *of; /* what an object or a list's item is */
	const char *says;      /* what it is to who writes templates, in a sentence */
};
/* A struct that templates may read, field by field. */
struct view {
	const char *name;
	size_t struct_bytes;
	const struct view_field *fields;
	size_t count;
};

/* One field each; a member of another type than the macro says does not compile. */
#define VIEW_TYPE_CHECK(type, member, wanted)                                                      \
	(0 *                                                                                           \
	 sizeof(char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), wanted) ? 1 : -1]))
#define VIEW_FIELD(type, member, kind, wanted, of, says)                                           \
	{                                                                                              \
#member, kind, offsetof(type, member) + VIEW_TYPE_CHECK(type, member, wanted), of, says    \
	}
#define FIELD_TEXT(type, member, says) VIEW_FIELD(type, member, VIEW_TEXT, Str, NULL, says)
#define FIELD_HTML(type, member, says) VIEW_FIELD(type, member, VIEW_HTML, Html, NULL, says)
#define FIELD_URL(type, member, says) VIEW_FIELD(type, member, VIEW_URL, Url, NULL, says)
#define FIELD_JSON(type, member, says) VIEW_FIELD(type, member, VIEW_JSON, Json, NULL, says)
#define FIELD_BOOL(type, member, says) VIEW_FIELD(type, member, VIEW_BOOL, bool, NULL, says)
#define FIELD_LIST(type, member, view, says)                                                       \
	VIEW_FIELD(type, member, VIEW_LIST, struct view_list, view, says)
#define FIELD_OBJECT(type, member, target, view, says)                                             \
	VIEW_FIELD(type, member, VIEW_OBJECT, const target *, view, says)
#define VIEW(type, fields)                                                                         \
	{                                                                                              \
#type, sizeof(type), fields, sizeof(fields) / sizeof((fields)[0])                          \
	}

/* A template's text and its name, "site/story". */
struct template_source {
	Str name;
	Str text;
	/* From outside the program. As a partial it must leave the markup in the place where it began,
	 * so that its fault is found in it and not in what follows. */
	bool is_foreign;
	/* It had a fault, and what puts it in place has one that follows from it. */
	bool is_left_out;
};
/* A template that C code renders, and what it is given. Partials need no row: they are compiled
 * where they stand, against what is in scope there. */
struct template_binding {
	const char *name;
	const struct view *view;
};

/* Why a template can't be used. All of it is valid during the call alone. */
struct template_fault {
	Str page; /* the binding that was compiled */
	Str name; /* the template that the fault stands in */
	size_t line;
	Str field;    /* what stands between the braces; empty when it is the markup */
	Str sentence; /* without the place */
	Str in_sight; /* for an unknown name that is like none: those that there are, view by view */
	Str foreign;  /* the foreign template that was entered last; may be empty */
};

struct template_options {
	const struct template_source *sources;
	size_t source_count;
	const struct template_binding *bindings;
	size_t binding_count;
	/* What {{#_}}words{{/_}} stands for; NULL leaves the words as they are. A translation may hold
	 * the same tags as the words that it replaces, and no others. */
	Str (*translate)(Str words, const void *context);
	const void *translate_context;
	/* The address that {{#asset}}logo.svg{{/asset}} stands for; false: there is none. */
	bool (*asset)(Str name, const void *context, Url *out);
	const void *asset_context;
	/* Told of every fault that can be found, and not only of the first; the load fails all the
	 * same. */
	void (*fault_found)(const struct template_fault *fault, void *context);
	/* Told of each partial that is put in place, and of the innermost view in sight there. */
	void (*partial_placed)(Str page, Str partial, const struct view *view, void *context);
	void *watch_context;
	/* As the Mustache specification has it: unknown names and partials are empty, no HTML rules,
	 * no {{#_}}. */
	bool mustache_only;
};

/* What a content security policy without 'unsafe-inline' keeps browsers from heeding. */
enum template_inline {
	INLINE_SCRIPT, /* a script element with code of its own; JSON is none */
	INLINE_STYLE_ELEMENT,
	INLINE_STYLE,
	INLINE_HANDLER, /* onclick and all other attributes that begin with on */
};
/* Calls `found` for each of them in a template's text, with its line and the name of the attribute
 * or element as it was written. */
void template_inline_each(Str text,
                          void (*found)(enum template_inline what, Str name, size_t line,
                                        void *context),
                          void *context);

struct templates;
MUST_CHECK Err templates_new(const struct template_options *options, struct templates **out);
void templates_free(struct templates *templates);

struct template;
/* NULL unless `name` had a binding. Lives as long as the set. */
const struct template *templates_find(const struct templates *templates, Str name);
/* `view` is the struct that the binding names. ERR_MEMORY when `out` is full. */
MUST_CHECK Err template_render(const struct template *template, const void *view, struct buf *out);

#endif
