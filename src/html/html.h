/* Markup that can be trusted. Str is untrusted text; only this room makes Html, Url and Json, so
 * that what is not escaped does not compile into a page. */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include "base/arena.h"
#include "base/buf.h"

typedef struct {
	Str markup;
} Html;

/* An address that may stand in href, src or action: http, https or a path of this site. */
typedef struct {
	Str address;
} Url;

/* JSON that may stand in a script element of type application/ld+json: <, >, & and the line
 * separators are escaped. */
typedef struct {
	Str text;
} Json;

/* Escapes & < > " ' so that the text stays text in content and in quoted attributes. */
void html_escape_to(struct buf *out, Str text);
MUST_CHECK Err html_escape(Str text, struct arena *mem, Html *out);
/* A part of this program that is markup by itself: an asset, a generated feed. Literals only. */
#define HTML_LITERAL(literal) ((Html){S(literal)})
/* Pieces of Html, one after the other. */
MUST_CHECK Err html_join(const Html *pieces, size_t count, struct arena *mem, Html *out);
/* Trusted text of our own asset files, which are part of the program. */
struct embedded_file;
Html html_from_asset(const struct embedded_file *asset);

/* An absolute http or https address that a person typed: trimmed, no user:password@, a host, no
 * control characters or spaces, at most `max_bytes`; what RFC 3986 does not allow is
 * percent-encoded. ERR_INVALID says what is wrong. */
MUST_CHECK Err url_parse_web(Str text, size_t max_bytes, struct arena *mem, Url *out);
/* A path of this site from its segments, each percent-encoded (RFC 3986 §3.3, non-ASCII as UTF-8):
 * {"politics", "2021"} gives /politics/2021, none gives /. */
MUST_CHECK Err url_path(const Str *segments, size_t count, struct arena *mem, Url *out);
/* `base` (a site's http or https address without a path) and a path made one address. */
MUST_CHECK Err url_join(Url base, Url path, struct arena *mem, Url *out);
/* `url` followed by ?name=value (&name=value if it has a query), or #fragment. */
MUST_CHECK Err url_with_query(Url url, Str name, Str value, struct arena *mem, Url *out);
MUST_CHECK Err url_with_fragment(Url url, Str fragment, struct arena *mem, Url *out);
/* Parts of an address that came in, %XX decoded; false on NUL or bytes that are not UTF-8. In a
 * segment a % that begins no escape is false too. In a query's value it stands for itself, as +
 * does for a space (WHATWG URL §5.1). */
enum url_coding { URL_CODED_SEGMENT, URL_CODED_QUERY_VALUE };
MUST_CHECK bool url_decode(Str text, enum url_coding coding, struct arena *mem, Str *out);

/* Any jansson value as Json. The value is not taken. */
struct json_t;
MUST_CHECK Err json_for_page(const struct json_t *value, struct arena *mem, Json *out);

/* Plain text to markup: paragraphs parted by empty lines, single line breaks inside a paragraph
 * become spaces. What a wire or a desk sends as text. It is what html_sanitize makes of it, and
 * ERR_TOO_LARGE where that would be. */
MUST_CHECK Err html_from_story_text(Str text, struct arena *mem, Html *out);
/* A reply as it was written: empty lines part paragraphs, a line break is <br>, http and https
 * addresses become links with rel="nofollow ugc", no HTML. */
MUST_CHECK Err html_from_reply_text(Str text, struct arena *mem, Html *out);
/* The text of markup, for descriptions: tags dropped, entities resolved, white space folded, at
 * most `max_characters`, cut at a word with an ellipsis. */
MUST_CHECK Err html_to_text(Html html, size_t max_characters, struct arena *mem, Str *out);

/* The same of the first paragraph that says something, wherever it stands; of the whole where there
 * is none. */
MUST_CHECK Err html_first_paragraph(Html html, size_t max_characters, struct arena *mem, Str *out);

/* What a sanitizer lets through. */
enum html_policy {
	/* p h2 h3 blockquote ul ol li pre hr br a[href] em strong b i s code sub sup abbr[title] cite
	 * q, each with lang and dir. Links lead to http, https, a path of this site, to one mail
	 * address with at most a subject, and to a telephone number. */
	HTML_POLICY_STORY,
	/* p blockquote ul ol li pre br a[href, rel forced] em strong code; links lead to http, https
	 * or a path of this site */
	HTML_POLICY_REPLY,
};
#define HTML_MAX_BYTES 524288 /* 512 KB */
#define HTML_MAX_DEPTH 100
/* Reads markup as browsers do (HTML5, gumbo) and writes the policy's canonical subset: what comes
 * out parses to the same tree again, and sanitizing it again changes nothing. The bounds on size
 * and depth are checked before parsing, and hold for what comes out; ERR_TOO_LARGE says which was
 * passed. */
MUST_CHECK Err html_sanitize(Str markup, enum html_policy policy, struct arena *mem, Html *out);
/* What html_sanitize leaves out of the markup, for who wrote it. Of each kind at most HTML_LOSS_MAX
 * different names are told, in the order of the markup. */
#define HTML_LOSS_MAX 16
struct html_loss_list {
	struct {
		char name[32]; /* in lower case; of an address its beginning as it was written */
		size_t times;
	} rows[HTML_LOSS_MAX];
	size_t count;
	size_t times; /* of all together */
};
struct html_loss {
	/* Some go with their content (script), of others the words stay (span, table). Names that are
	 * longer than any known are not told. */
	struct html_loss_list elements;
	/* Of elements that stay: those that somebody would miss (style, onclick), not the others (rel).
	 */
	struct html_loss_list attributes;
	/* Addresses to which no link may lead: the words stay. */
	struct html_loss_list links;
};
void html_loss_count(Str markup, enum html_policy policy, struct html_loss *out);
/* Whether what was handed in as plain text is markup by its looks: it begins with a tag, or holds
 * the end tag of a paragraph or another block. A text with "<b>" or "<3" in it is none. */
bool html_is_markup(Str text);
/* Markup that html_sanitize made and that this site's database kept. Only a store calls this. */
Html html_from_store(Str markup);

/* What html_sanitize made, with `base` (a site's address) before each link to a path of this site:
 * for where the markup is read without its page. */
MUST_CHECK Err html_absolute_links(Html body, Url base, struct arena *mem, Html *out);

/* The text with which the first paragraph begins, up to the first markup in it; empty where the
 * body begins otherwise. */
MUST_CHECK Err html_lead(Html body, struct arena *mem, Str *out);
/* If the first paragraph begins with `prefix`, gives the body with `replacement` in its place
 * (the run-in credit "Shafaq News/"); else the body as it is and false in `*found`. */
MUST_CHECK Err html_replace_lead(Html body, Str prefix, Html replacement, struct arena *mem,
                                 bool *found, Html *out);

/* Each paragraph that stands in no other element gets an id for links to it, "p3-9f2c": its number
 * from 1 on, and 16 bits of a hash of its text, by which it is found again when others come before
 * it. `body` is as html_sanitize made it. */
MUST_CHECK Err html_number_paragraphs(Html body, struct arena *mem, Html *out);

#endif
