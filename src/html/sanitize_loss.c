#include "html/html_private.h"
#include "html/sanitize_private.h"

static void loss_add(struct html_loss *loss, const char *name)
{
	size_t row = 0;
	while (row < loss->count && strcmp(loss->rows[row].name, name) != 0)
		row++;
	if (row == HTML_LOSS_MAX)
		return;
	if (row == loss->count) {
		snprintf(loss->rows[row].name, sizeof loss->rows[row].name, "%s", name);
		loss->count++;
	}
	loss->rows[row].times++;
}

/* The same walk over the tags as the sanitizer's own. */
void html_loss_count(Str markup, enum html_policy policy, struct html_loss *out)
{
	struct html_loss loss = {0};
	struct tokens tokens = {.markup = markup};
	struct token token;
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		enum element element;
		enum treatment treatment = treatment_of(str_from_c(token.name), policy, &element);
		if (token.kind == TOKEN_START_TAG && treatment != TREAT_KEEP && token.name[0] != 0)
			loss_add(&loss, token.name);
		if (token.kind == TOKEN_START_TAG)
			tokens_skip_content(&tokens, &token, treatment, policy);
	}
	*out = loss;
}
