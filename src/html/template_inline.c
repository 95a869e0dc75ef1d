/* Code and style that stand in a page itself. The text is read as the sanitizer reads markup, with
 * the template's tags taken away: whatever they show, no rule of the compiler lets it be either. */
#include "html/html_private.h"
#include "html/sanitize_private.h"
#include "html/template.h"

struct watch {
	const char *place; /* what was told last, and its line */
	size_t line;
	void (*found)(enum template_inline what, Str name, size_t line, void *context);
	void *context;
};

/* Spaces in the place of {{…}} and {{{…}}}, so that what is left stands where it stood. */
static void tags_blank(char *bytes, size_t length)
{
	Str text = {bytes, length};
	for (size_t place = 0; place < length;) {
		size_t start = str_find(str_from(text, place), S("{{"));
		if (start == STR_NOT_FOUND)
			return;
		start += place;
		Str close = str_starts_with(str_from(text, start), S("{{{")) ? S("}}}") : S("}}");
		size_t end = str_find(str_from(text, start), close);
		end = end == STR_NOT_FOUND ? length : start + end + close.length;
		for (place = start; place < end; place++)
			if (bytes[place] != '\n')
				bytes[place] = ' ';
	}
}

/* From the front of the text to its end. */
static void tell(struct watch *watch, enum template_inline what, Str name)
{
	for (; watch->place < name.bytes; watch->place++)
		watch->line += *watch->place == '\n';
	watch->found(what, name, watch->line, watch->context);
}

/* Other types are data: browsers run none of it (HTML Standard §4.12.1). */
static bool type_runs(Str type)
{
	static const Str running[] = {S(""), S("module"), S("importmap"), S("speculationrules")};
	for (size_t i = 0; i < sizeof running / sizeof running[0]; i++)
		if (str_equal_ignoring_case(type, running[i]))
			return true;
	return str_find(type, S("javascript")) != STR_NOT_FOUND ||
	       str_find(type, S("ecmascript")) != STR_NOT_FOUND;
}

static void attributes_look(struct watch *watch, const struct token *token)
{
	Str name, value;
	for (size_t place = 0; tag_attribute_next(token->rest, &place, &name, &value);) {
		if (str_equal_ignoring_case(name, S("style")))
			tell(watch, INLINE_STYLE, name);
		else if (name.length > 2 && str_equal_ignoring_case(str_slice(name, 0, 2), S("on")))
			tell(watch, INLINE_HANDLER, name);
	}
}

/* A script that is brought from elsewhere runs nothing of what stands in it. */
static bool script_may_run(const struct token *token)
{
	Str name, value;
	Str type = S("");
	for (size_t place = 0; tag_attribute_next(token->rest, &place, &name, &value);) {
		if (str_equal_ignoring_case(name, S("src")))
			return false;
		if (str_equal_ignoring_case(name, S("type")))
			type = str_trim(value);
	}
	return type_runs(type);
}

/* Elements whose content is no markup; that of noscript is, where scripts don't run. */
static void raw_look(struct watch *watch, struct tokens *tokens, const struct token *token)
{
	Str inside = str_from(tokens->markup, tokens->place);
	Str name = {token->rest.bytes - strlen(token->name), strlen(token->name)};
	tokens_skip_raw(tokens, token->name);
	inside.length = (size_t)(tokens->markup.bytes + tokens->place - inside.bytes);
	inside = str_slice(inside, 0, str_find(inside, S("</")));
	if (strcmp(token->name, "style") == 0)
		tell(watch, INLINE_STYLE_ELEMENT, name);
	else if (strcmp(token->name, "script") == 0 && str_trim(inside).length > 0 &&
	         script_may_run(token))
		tell(watch, INLINE_SCRIPT, name);
}

void template_inline_each(Str text,
                          void (*found)(enum template_inline what, Str name, size_t line,
                                        void *context),
                          void *context)
{
	BUF_CLEANUP struct buf plain = {0};
	struct token token;
	buf_init(&plain, text.length);
	buf_add(&plain, text);
	if (plain.failed || text.length == 0)
		return;
	tags_blank(plain.bytes, plain.length);
	struct watch watch = {.place = plain.bytes, .line = 1, .found = found, .context = context};
	struct tokens tokens = {.markup = buf_str(&plain)};
	for (tokens_next(&tokens, &token); token.kind != TOKEN_END; tokens_next(&tokens, &token)) {
		enum element element;
		if (token.kind != TOKEN_START_TAG)
			continue;
		if (treatment_of(str_from_c(token.name), HTML_POLICY_STORY, &element) == TREAT_DROP_RAW &&
		    strcmp(token.name, "noscript") != 0)
			raw_look(&watch, &tokens, &token);
		attributes_look(&watch, &token);
	}
}
