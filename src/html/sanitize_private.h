/* How foreign markup becomes ours, in three steps. Tokens: the tags and attributes that a policy
 * knows, as a stream in which everything is nested as it should be. Tree: what gumbo makes of that
 * stream, put into the canonical form. Writing: the form to bytes. */
#ifndef HTML_SANITIZE_PRIVATE_H
#define HTML_SANITIZE_PRIVATE_H

#include "html/html.h"

/* What may come out, and `div`: a block that ends what stands before it and is itself dropped. */
enum element {
	ELEMENT_NONE,
	ELEMENT_P,
	ELEMENT_H2,
	ELEMENT_H3,
	ELEMENT_PRE,
	ELEMENT_DIV,
	ELEMENT_BLOCKQUOTE,
	ELEMENT_UL,
	ELEMENT_OL,
	ELEMENT_LI,
	ELEMENT_HR,
	ELEMENT_BR,
	ELEMENT_FIRST_INLINE,
	ELEMENT_A = ELEMENT_FIRST_INLINE,
	ELEMENT_EM,
	ELEMENT_STRONG,
	ELEMENT_B,
	ELEMENT_I,
	ELEMENT_S,
	ELEMENT_CODE,
	ELEMENT_SUB,
	ELEMENT_SUP,
	ELEMENT_ABBR,
	ELEMENT_CITE,
	ELEMENT_Q,
	ELEMENT_COUNT,
};
#define INLINE_COUNT (ELEMENT_COUNT - ELEMENT_FIRST_INLINE)

static inline bool element_is_inline(enum element element)
{
	return element >= ELEMENT_FIRST_INLINE;
}
const char *element_name(enum element element);
/* ELEMENT_NONE for any other name. */
enum element element_named(const char *name);
/* An inline element that goes on in the next block if it was never closed (HTML Standard
 * §13.2.4.3, the list of active formatting elements). */
bool element_is_formatting(enum element element);

/* In the order in which they are written. */
enum attribute { ATTRIBUTE_HREF, ATTRIBUTE_TITLE, ATTRIBUTE_LANG, ATTRIBUTE_DIR, ATTRIBUTE_COUNT };
extern const Str attribute_names[ATTRIBUTE_COUNT];
bool element_has_attribute(enum element element, enum attribute attribute, enum html_policy policy);

/* What happens to an element of the markup that comes in. */
enum treatment {
	TREAT_UNWRAP,      /* the tags are dropped, the content stays */
	TREAT_KEEP,        /* under the name that the policy has for it */
	TREAT_FLATTEN,     /* kept as a block that is dropped: its own form, a table's, is lost */
	TREAT_DROP_RAW,    /* dropped with its content, which is no markup */
	TREAT_DROP_NESTED, /* dropped with its content, up to its own end tag */
	TREAT_DROP_REST,   /* dropped with all that follows */
};
/* `name` is in lower case. */
enum treatment treatment_of(Str name, enum html_policy policy, enum element *element);

/* --- tokens (sanitize_tokens.c, sanitize_nest.c) --- */

struct token {
	enum { TOKEN_END, TOKEN_TEXT, TOKEN_START_TAG, TOKEN_END_TAG } kind;
	Str text;      /* character references as they stand */
	char name[16]; /* lower case; empty if it is longer than any that is known */
	bool is_self_closing;
	Str attributes[ATTRIBUTE_COUNT]; /* raw; bytes are NULL for what is absent */
	Str rest;                        /* of a tag, what stands behind its name */
};

struct tokens {
	Str markup;
	size_t place;
};

/* The next token; comments, declarations and broken tags are passed over. */
void tokens_next(struct tokens *tokens, struct token *out);
/* The attribute of a tag's `rest` behind `*place`, raw, which moves on; false behind the last. */
bool tag_attribute_next(Str rest, size_t *place, Str *name, Str *value);
/* Moves behind the end tag of an element with raw text. */
void tokens_skip_raw(struct tokens *tokens, const char *name);

/* Moves behind the content of an element that is dropped with it; `token` is its start tag. */
void tokens_skip_content(struct tokens *tokens, const struct token *token, enum treatment treatment,
                         enum html_policy policy);

/* Well-nested markup of known elements alone; ERR_TOO_LARGE past the bounds. */
MUST_CHECK Err nest_markup(Str markup, enum html_policy policy, struct buf *out);

/* --- tree (sanitize_tree.c, sanitize_write.c) --- */

struct node {
	enum element element; /* ELEMENT_NONE for text, and for the root */
	bool is_implied;      /* a paragraph that the markup did not have */
	Str text;
	Str attributes[ATTRIBUTE_COUNT];
	struct node *parent;
	struct node *first;
	struct node *last;
	struct node *previous;
	struct node *next;
};

/* The canonical tree of well-nested markup. */
MUST_CHECK Err tree_make(Str nested, enum html_policy policy, struct arena *mem, struct node **out);
void node_append(struct node *parent, struct node *child);
void node_remove(struct node *node);
/* Any text in it but white space. */
bool node_is_visible(const struct node *node);

/* The tree without what is empty, as markup. */
MUST_CHECK Err tree_write(struct node *root, enum html_policy policy, struct buf *out);

#endif
