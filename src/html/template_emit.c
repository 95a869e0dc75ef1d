#include "html/template_private.h"

/* What a section over a text brings into sight: the text itself, as {{.}}. */
static const struct view_field text_fields[] = {{".", VIEW_TEXT, 0, NULL, ""}};
static const struct view_field html_fields[] = {{".", VIEW_HTML, 0, NULL, ""}};
static const struct view_field url_fields[] = {{".", VIEW_URL, 0, NULL, ""}};
static const struct view_field json_fields[] = {{".", VIEW_JSON, 0, NULL, ""}};
static const struct view text_view = {"text", sizeof(Str), text_fields, 1};
static const struct view html_view = {"markup", sizeof(Html), html_fields, 1};
static const struct view url_view = {"address", sizeof(Url), url_fields, 1};
static const struct view json_view = {"JSON", sizeof(Json), json_fields, 1};
static const struct view nothing_view = {"nothing", 0, NULL, 0};

static size_t op_add(struct compiler *compiler, struct op op)
{
	buf_add(&compiler->ops, (Str){(const char *)&op, sizeof op});
	return compiler->ops.length / sizeof op - 1;
}

static size_t op_count(const struct compiler *compiler)
{
	return compiler->ops.length / sizeof(struct op);
}

/* An operation whose `end` was not known when it was added. A full pool may have refused it; the
 * load fails for that at its end. */
static void op_set_end(struct compiler *compiler, size_t number, size_t end)
{
	if (number < op_count(compiler))
		((struct op *)compiler->ops.bytes)[number].end = (uint32_t)end;
}

static uint32_t offset_add(struct compiler *compiler, size_t offset)
{
	uint32_t number = (uint32_t)(compiler->offsets.length / sizeof(uint32_t));
	uint32_t value = (uint32_t)offset;
	buf_add(&compiler->offsets, (Str){(const char *)&value, sizeof value});
	return number;
}

static struct op op_on_field(struct compiler *compiler, enum op_kind kind, const struct path *path)
{
	uint32_t place = offset_add(compiler, path->offsets[0]);
	for (size_t i = 1; i <= path->hops; i++)
		offset_add(compiler, path->offsets[i]);
	return (struct op){.kind = (uint8_t)kind,
	                   .depth = (uint8_t)path->depth,
	                   .hops = (uint8_t)path->hops,
	                   .tests = (uint8_t)path->field->kind,
	                   .place = place};
}

size_t compiler_flush(struct compiler *compiler)
{
	size_t start = compiler->literal_start;
	size_t length = compiler->text.length - start;
	if (length > 0)
		op_add(compiler,
		       (struct op){.kind = OP_LITERAL, .place = (uint32_t)start, .end = (uint32_t)length});
	compiler->literal_start = compiler->text.length;
	return op_count(compiler);
}

void compiler_text(struct compiler *compiler, Str text)
{
	buf_add(&compiler->text, text);
}

Err compiler_literal(struct compiler *compiler, const struct scanner *scanner, Str text,
                     size_t place)
{
	if (compiler->dead_count > 0)
		return OK;
	if (!compiler->options->mustache_only) {
		size_t problem_place = 0;
		const char *problem = html_context_literal(&compiler->context, text, &problem_place);
		if (problem != NULL)
			return scanner_fail(scanner, place + problem_place, "%s", problem);
	}
	compiler_text(compiler, text);
	return OK;
}

static bool is_value(enum view_kind kind)
{
	return kind == VIEW_TEXT || kind == VIEW_HTML || kind == VIEW_URL || kind == VIEW_JSON;
}

/* The rules that keep a page safe: which kind may stand where, and in which braces. */
static Err value_check(struct compiler *compiler, const struct scanner *scanner,
                       const struct tag *tag, enum view_kind kind)
{
	bool is_raw = tag->kind == TAG_RAW_VALUE;
	if (!is_value(kind))
		return scanner_fail(scanner, tag->place,
		                    "{{%.*s}} has no text of its own: it is for {{#%.*s}}", STR(tag->name),
		                    STR(tag->name));
	if (is_raw && (kind == VIEW_TEXT || kind == VIEW_URL))
		return scanner_fail(scanner, tag->place,
		                    "{{{%.*s}}} is not markup and must be escaped: write {{%.*s}}",
		                    STR(tag->name), STR(tag->name));
	if (!is_raw && (kind == VIEW_HTML || kind == VIEW_JSON))
		return scanner_fail(scanner, tag->place,
		                    "{{%.*s}} would escape what is markup already: write {{{%.*s}}}",
		                    STR(tag->name), STR(tag->name));
	const char *problem = html_context_value(&compiler->context, kind);
	if (problem != NULL)
		return scanner_fail(scanner, tag->place, "{{%.*s}} can't stand here: %s", STR(tag->name),
		                    problem);
	return OK;
}

Err compiler_value(struct compiler *compiler, const struct scanner *scanner, const struct tag *tag)
{
	struct path path = {0};
	if (compiler->dead_count > 0)
		return OK;
	TRY(compiler_resolve(compiler, scanner, tag, &path));
	if (path.field == NULL)
		return OK;
	if (!compiler->options->mustache_only)
		TRY(value_check(compiler, scanner, tag, path.field->kind));
	else if (!is_value(path.field->kind))
		return OK;
	compiler_flush(compiler);
	op_add(compiler,
	       op_on_field(compiler, tag->kind == TAG_RAW_VALUE ? OP_RAW : OP_ESCAPED, &path));
	return OK;
}

/* What the section's field brings into sight; NULL if nothing does. */
static const struct view *view_of(const struct view_field *field)
{
	switch (field->kind) {
	case VIEW_TEXT:
		return &text_view;
	case VIEW_HTML:
		return &html_view;
	case VIEW_URL:
		return &url_view;
	case VIEW_JSON:
		return &json_view;
	case VIEW_OBJECT:
	case VIEW_LIST:
		return field->of == NULL ? &nothing_view : field->of;
	case VIEW_BOOL:
		break;
	}
	return NULL;
}

static struct section *section_push(struct compiler *compiler, const struct tag *tag)
{
	struct section *section = &compiler->sections[compiler->section_count++];
	*section = (struct section){.name = tag->name, .place = tag->place};
	return section;
}

static Err scope_push(struct compiler *compiler, const struct scanner *scanner,
                      const struct tag *tag, const struct view *view)
{
	if (compiler->scope_count == TEMPLATE_SCOPES_MAX)
		return scanner_fail(scanner, tag->place, "more than %d views are in sight at {{#%.*s}}",
		                    TEMPLATE_SCOPES_MAX, STR(tag->name));
	compiler->scopes[compiler->scope_count++] = view;
	return OK;
}

static Err section_context(struct compiler *compiler, const struct scanner *scanner,
                           const struct tag *tag, struct section *section)
{
	if (compiler->options->mustache_only)
		return OK;
	const char *problem = html_context_open_section(&compiler->context);
	if (problem != NULL)
		return scanner_fail(scanner, tag->place, "{{#%.*s}} can't begin here: %s", STR(tag->name),
		                    problem);
	section->begun = compiler->context;
	return OK;
}

Err compiler_section_open(struct compiler *compiler, const struct scanner *scanner,
                          const struct tag *tag)
{
	struct path path = {0};
	if (compiler->section_count == TEMPLATE_SECTIONS_MAX)
		return scanner_fail(scanner, tag->place, "more than %d sections are open at {{#%.*s}}",
		                    TEMPLATE_SECTIONS_MAX, STR(tag->name));
	struct section *section = section_push(compiler, tag);
	if (compiler->dead_count == 0) {
		Err err = compiler_resolve(compiler, scanner, tag, &path);
		TRY(compiler_forgive(compiler, err));
		if (err != OK) {
			section->is_dead = true;
			compiler->dead_count++;
			return OK;
		}
	}
	/* Without a field the section is never shown, and the inverted one always. A list whose items
	 * are nothing has none. */
	bool never = path.field == NULL || (path.field->kind == VIEW_LIST && path.field->of == NULL);
	if (compiler->dead_count > 0 || (never && tag->kind == TAG_SECTION)) {
		section->is_dead = true;
		compiler->dead_count++;
		return OK;
	}
	TRY(section_context(compiler, scanner, tag, section));
	section->op = compiler_flush(compiler);
	if (path.field == NULL) {
		section->op = SIZE_MAX;
		return OK;
	}
	if (tag->kind == TAG_INVERTED) {
		op_add(compiler, op_on_field(compiler, OP_UNLESS, &path));
		return OK;
	}
	const struct view *view = view_of(path.field);
	section->enters = view != NULL;
	section->repeats = path.field->kind == VIEW_LIST;
	struct op op = op_on_field(compiler,
	                           section->repeats  ? OP_EACH
	                           : section->enters ? OP_ENTER
	                                             : OP_IF,
	                           &path);
	op_add(compiler, op);
	if (section->repeats)
		offset_add(compiler, view->struct_bytes);
	return view == NULL ? OK : scope_push(compiler, scanner, tag, view);
}

Err compiler_section_close(struct compiler *compiler, const struct scanner *scanner,
                           const struct tag *tag)
{
	struct section *section = &compiler->sections[--compiler->section_count];
	if (section->is_dead) {
		compiler->dead_count--;
		return OK;
	}
	if (!compiler->options->mustache_only) {
		const char *problem = html_context_close_section(&compiler->context, &section->begun);
		if (problem != NULL)
			return scanner_fail(scanner, tag->place, "{{/%.*s}} can't stand here: %s",
			                    STR(tag->name), problem);
	}
	size_t here = compiler_flush(compiler);
	if (section->enters) {
		compiler->scope_count--;
		op_add(compiler, (struct op){.kind = section->repeats ? OP_NEXT : OP_LEAVE,
		                             .end = (uint32_t)(section->op + 1)});
		here++;
	}
	op_set_end(compiler, section->op, here);
	return OK;
}
