/* What the files of this room share and nobody else may use. */
#ifndef HTML_HTML_PRIVATE_H
#define HTML_HTML_PRIVATE_H

#include "html/html.h"

/* Content needs & < > escaped, and no more: quotes stay as they were written. */
void html_escape_content_to(struct buf *out, Str text);
/* A quoted value needs & < > " escaped; < and > so that the value stays inert should it ever
 * stand somewhere else. */
void html_escape_value_to(struct buf *out, Str text);

/* Copies what was built into `mem`; ERR_MEMORY if it did not fit. */
MUST_CHECK Err html_take(const struct buf *built, struct arena *mem, Html *out);

/* Percent-encodes every byte that RFC 3986 does not let stand as itself in `part`; a % that begins
 * a good escape stays. */
enum url_part { URL_PART_SEGMENT, URL_PART_REST, URL_PART_QUERY_VALUE };
void url_encode_to(struct buf *out, Str text, enum url_part part);

/* Adds a link to one mail address, with at most a subject (RFC 6068), or to a telephone number of
 * digits and - behind at most one + (RFC 3966 §3); false for anything else, and then what was added
 * is nothing to use. `text` is trimmed. */
bool url_mail_add(struct buf *out, Str text);
bool url_telephone_add(struct buf *out, Str text);

/* Control characters have no place in markup (HTML Standard §13.2.2, control characters): C0 but
 * tab and line feed, DEL and C1. */
bool html_is_control(uint32_t point);
/* Code points that are no characters (Unicode 23.7), and what was no UTF-8: U+FFFD stands for both,
 * as parsers have it. */
bool html_is_no_character(uint32_t point);
/* HTML's white space: space, tab, line feed, form feed and carriage return. */
static inline bool html_is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
}
static inline bool html_is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
static inline char html_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

#endif
