/* What the desk types, checked alike for stories and for the newsroom's other texts: lines, notes,
 * slugs, bodies. No database, no clock. Every refusal is ERR_INVALID with a sentence that says what
 * to do; what is too long is refused, never cut. */
#ifndef STORIES_TEXT_RULES_H
#define STORIES_TEXT_RULES_H

#include "html/html.h"

/* One line: UTF-8 in NFC, no control characters, no white space at its ends; bidi controls are
 * taken out, because the desk can't see them and the letters are whole without them. `what` begins
 * the sentence of a refusal ("the headline"). */
MUST_CHECK Err line_check(const char *what, Str text, size_t max_characters, struct arena *mem,
                          Str *out);
/* Like a line, with line feeds. */
MUST_CHECK Err note_check(const char *what, Str text, size_t max_characters, struct arena *mem,
                          Str *out);
/* A slug that the desk chose must be one already; ERR_INVALID proposes what it would be. */
MUST_CHECK Err slug_check(Str slug, struct arena *mem, Str *out);

enum body_format { BODY_TEXT, BODY_HTML };
/* Through the sanitizer's STORY policy; a text's paragraphs are parted by empty lines. Also
 * ERR_TOO_LARGE. */
MUST_CHECK Err body_check(Str body, enum body_format format, struct arena *mem, Html *out);

#endif
