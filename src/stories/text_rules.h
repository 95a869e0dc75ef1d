/* What the desk types, checked alike for stories and for the newsroom's other texts: slugs, bodies
 * (lines are i18n's). No database, no clock. Every refusal is ERR_INVALID with a sentence that says
 * what to do; what is too long is refused, never cut. */
#ifndef STORIES_TEXT_RULES_H
#define STORIES_TEXT_RULES_H

#include "html/html.h"

/* A slug that the desk chose must be one already; ERR_INVALID proposes what it would be. */
MUST_CHECK Err slug_check(Str slug, struct arena *mem, Str *out);

enum body_format { BODY_TEXT, BODY_HTML };
/* As the sanitizer's STORY policy has it; a text's paragraphs are parted by empty lines. Also
 * ERR_TOO_LARGE. */
MUST_CHECK Err body_check(Str body, enum body_format format, struct arena *mem, Html *out);

#endif
