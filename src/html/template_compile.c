#include "html/template_private.h"

#include <stdlib.h>

/* Indented partials and translated words of one load. */
#define SCRATCH_MAX_BYTES ((size_t)64 * 1024 * 1024)

static const struct view_field *view_field_find(const struct view *view, Str name)
{
	for (size_t i = 0; i < view->count; i++)
		if (str_equal(str_from_c(view->fields[i].name), name))
			return &view->fields[i];
	return NULL;
}

/* The innermost view in sight that has the field; {{.}} is looked for in the innermost alone. */
static const struct view_field *first_find(const struct compiler *compiler, Str name, size_t *depth)
{
	bool is_dot = str_equal(name, S("."));
	for (size_t i = compiler->scope_count; i-- > 0;) {
		const struct view_field *field = view_field_find(compiler->scopes[i], name);
		*depth = i;
		if (field != NULL || is_dot)
			return field;
	}
	return NULL;
}

Err compiler_resolve(struct compiler *compiler, const struct scanner *scanner,
                     const struct tag *tag, struct path *out)
{
	struct path path = {0};
	Str rest = tag->name;
	Str name = rest;
	bool may_miss = compiler->options->mustache_only;
	if (!str_equal(rest, S(".")))
		(void)str_next(&rest, '.', &name);
	else
		rest = (Str){NULL, 0};
	path.field = first_find(compiler, name, &path.depth);
	if (path.field == NULL && !may_miss)
		return compiler_name_unknown(compiler, scanner, tag);
	while (path.field != NULL) {
		path.offsets[path.hops] = (uint32_t)path.field->offset;
		if (!str_next(&rest, '.', &name))
			break;
		const struct view_field *object = path.field;
		bool has_fields = object->kind == VIEW_OBJECT && object->of != NULL;
		path.field = has_fields ? view_field_find(object->of, name) : NULL;
		if (path.field == NULL && !may_miss)
			return compiler_member_unknown(compiler, scanner, tag, has_fields ? object->of : NULL,
			                               object->name, name);
		if (++path.hops > TEMPLATE_HOPS_MAX)
			return scanner_fail(scanner, tag->place, "{{%.*s}} has more than %d dots",
			                    STR(tag->name), TEMPLATE_HOPS_MAX);
	}
	*out = path;
	return OK;
}

static const struct template_source *source_find(const struct template_options *options, Str name)
{
	for (size_t i = 0; i < options->source_count; i++)
		if (str_equal(options->sources[i].name, name))
			return &options->sources[i];
	return NULL;
}

/* Every line of a partial that stands alone is indented as its tag was. */
static Err indent_lines(struct arena *mem, Str text, Str indent, Str *out)
{
	BUF_CLEANUP struct buf lines = {0};
	if (indent.length == 0) {
		*out = text;
		return OK;
	}
	buf_init(&lines, SCRATCH_MAX_BYTES);
	while (text.length > 0) {
		size_t end = str_find_byte(text, '\n');
		Str line = str_slice(text, 0, end == STR_NOT_FOUND ? text.length : end + 1);
		buf_add(&lines, indent);
		buf_add(&lines, line);
		text = str_from(text, line.length);
	}
	TRY(buf_check(&lines));
	return arena_copy(mem, buf_str(&lines), out);
}

/* What is foreign is not let break what stands behind it: there the fault would be named. */
static Err foreign_check(struct compiler *compiler, Str name, Str text,
                         const struct html_context *begun)
{
	struct html_context end = compiler->context;
	struct scanner scanner;
	if (compiler->options->mustache_only || html_context_close_section(&end, begun) == NULL)
		return OK;
	scanner_init(&scanner, name, text, true);
	scanner.note = &compiler->note;
	return scanner_fail(&scanner, text.length > 0 ? text.length - 1 : 0,
	                    "a partial must end in the same place of the markup in which it began: a "
	                    "tag, a comment or a script is still open here");
}

static Err compile_text(struct compiler *compiler, Str name, Str text);

static Err source_place(struct compiler *compiler, const struct template_source *source, Str text)
{
	struct html_context begun = compiler->context;
	if (source->is_foreign)
		compiler->foreign = source->name;
	TRY(compile_text(compiler, source->name, text));
	return source->is_foreign ? foreign_check(compiler, source->name, text, &begun) : OK;
}

static Err compile_partial(struct compiler *compiler, const struct scanner *scanner,
                           const struct tag *tag)
{
	if (compiler->dead_count > 0)
		return OK;
	const struct template_source *source = source_find(compiler->options, tag->name);
	if (source == NULL && compiler->options->mustache_only)
		return OK;
	if (source == NULL)
		return compiler_forgive(compiler,
		                        scanner_fail(scanner, tag->place,
		                                     "there is no template \"%.*s\" for {{>%.*s}}",
		                                     STR(tag->name), STR(tag->name)));
	if (source->is_left_out)
		return compiler_forgive(
		    compiler,
		    scanner_fail(scanner, tag->place, "{{>%.*s}} has a fault of its own", STR(tag->name)));
	if (compiler->partials_deep == TEMPLATE_PARTIALS_DEEP ||
	    ++compiler->partial_count > TEMPLATE_PARTIALS_MAX)
		return scanner_fail(scanner, tag->place,
		                    "{{>%.*s}} is one partial too many: at most %d within each other, %d "
		                    "in all",
		                    STR(tag->name), TEMPLATE_PARTIALS_DEEP, TEMPLATE_PARTIALS_MAX);
	if (compiler->options->partial_placed != NULL)
		compiler->options->partial_placed(compiler->page, source->name,
		                                  compiler->scopes[compiler->scope_count - 1],
		                                  compiler->options->watch_context);
	/* Small partials within each other can be more than there is room for. */
	TRY(buf_check(&compiler->text));
	Str text;
	TRY(indent_lines(&compiler->scratch, source->text, tag->indent, &text));
	compiler->partials_deep++;
	Err err = source_place(compiler, source, text);
	compiler->partials_deep--;
	return err;
}

static Err compile_tag(struct compiler *compiler, struct scanner *scanner, const struct tag *tag,
                       size_t first_section)
{
	switch (tag->kind) {
	case TAG_VALUE:
	case TAG_RAW_VALUE:
		return compiler_forgive(compiler, compiler_value(compiler, scanner, tag));
	case TAG_SECTION:
		if (scanner->words && str_equal(tag->name, S("_")))
			return compiler_words(compiler, scanner, tag);
		if (scanner->words && str_equal(tag->name, S("asset")))
			return compiler_asset(compiler, scanner, tag);
		return compiler_section_open(compiler, scanner, tag);
	case TAG_INVERTED:
		return compiler_section_open(compiler, scanner, tag);
	case TAG_CLOSE:
		if (compiler->section_count == first_section ||
		    !str_equal(compiler->sections[compiler->section_count - 1].name, tag->name))
			return scanner_fail(scanner, tag->place,
			                    "{{/%.*s}} closes no section that is open here", STR(tag->name));
		return compiler_section_close(compiler, scanner, tag);
	case TAG_PARTIAL:
		return compile_partial(compiler, scanner, tag);
	case TAG_COMMENT:
	case TAG_DELIMITERS:
	case TAG_END:
		break;
	}
	return OK;
}

/* A template or partial, in its place. Sections that it opens it must close. */
static Err compile_text(struct compiler *compiler, Str name, Str text)
{
	struct scanner scanner;
	struct tag tag;
	size_t first_section = compiler->section_count;
	scanner_init(&scanner, name, text, !compiler->options->mustache_only);
	scanner.note = &compiler->note;
	do {
		size_t place = scanner.place;
		scanner.field = S("");
		TRY(scanner_next(&scanner, &tag));
		TRY(compiler_literal(compiler, &scanner, tag.literal, place));
		scanner.field = tag.name;
		TRY(compile_tag(compiler, &scanner, &tag, first_section));
	} while (tag.kind != TAG_END);
	if (compiler->section_count > first_section) {
		const struct section *section = &compiler->sections[compiler->section_count - 1];
		scanner.field = section->name;
		return scanner_fail(&scanner, section->place, "{{#%.*s}} is never closed",
		                    STR(section->name));
	}
	return OK;
}

/* A whole page, which ends where it may. */
static Err compile_page(struct compiler *compiler, const struct template_source *source)
{
	struct scanner end;
	if (source->is_foreign)
		compiler->foreign = source->name;
	TRY(compile_text(compiler, source->name, source->text));
	if (html_context_is_content(&compiler->context))
		return OK;
	scanner_init(&end, source->name, source->text, false);
	end.note = &compiler->note;
	return scanner_fail(&end, source->text.length > 0 ? source->text.length - 1 : 0,
	                    "the template ends inside a tag, a comment or a script");
}

static Err compile_binding(struct compiler *compiler, const struct template_binding *binding,
                           struct template *out)
{
	Str name = str_from_c(binding->name);
	const struct template_source *source = source_find(compiler->options, name);
	if (source == NULL)
		return fail(ERR_INTERNAL, "there is no template \"%.*s\"", STR(name));
	compiler->page = name;
	compiler->foreign = S("");
	compiler->scopes[0] = binding->view;
	compiler->scope_count = 1;
	compiler->section_count = 0;
	compiler->dead_count = 0;
	compiler->partials_deep = 0;
	compiler->partial_count = 0;
	compiler->context = (struct html_context){0};
	size_t first = compiler_flush(compiler);
	Err err = compile_page(compiler, source);
	if (err != OK)
		return err == ERR_INVALID ? compiler_forgive(compiler, err) : err;
	out->first = (uint32_t)first;
	out->end = (uint32_t)compiler_flush(compiler);
	/* The set keeps its own copy of the name, behind the words. */
	out->name_place = (uint32_t)compiler->text.length;
	out->name_length = (uint32_t)name.length;
	compiler_text(compiler, name);
	compiler->literal_start = compiler->text.length;
	return OK;
}

static Err compile_all(struct compiler *compiler, struct templates *set)
{
	const struct template_options *options = compiler->options;
	set->template_count = options->binding_count;
	for (size_t i = 0; i < options->binding_count; i++) {
		set->templates[i].set = set;
		TRY(compile_binding(compiler, &options->bindings[i], &set->templates[i]));
	}
	if (compiler->fault_count > 0)
		return fail(ERR_INVALID, "the templates have faults");
	TRY(buf_check(&compiler->ops));
	TRY(buf_check(&compiler->offsets));
	return buf_check(&compiler->text);
}

static Err compile_set(struct compiler *compiler, struct templates *set)
{
	set->templates = calloc(compiler->options->binding_count + 1, sizeof *set->templates);
	if (set->templates == NULL)
		return fail(ERR_MEMORY, "there is no memory for the templates");
	TRY(compile_all(compiler, set));
	size_t length;
	set->ops = (struct op *)(void *)buf_take(&compiler->ops, &length);
	set->offsets = (uint32_t *)(void *)buf_take(&compiler->offsets, &length);
	set->text = buf_take(&compiler->text, &length);
	return OK;
}

Err templates_new(const struct template_options *options, struct templates **out)
{
	struct compiler *compiler = calloc(1, sizeof *compiler);
	struct templates *set = calloc(1, sizeof *set);
	Err err = OK;
	if (compiler == NULL || set == NULL) {
		err = fail(ERR_MEMORY, "there is no memory for the templates");
		goto done;
	}
	compiler->options = options;
	arena_init(&compiler->scratch, SCRATCH_MAX_BYTES);
	buf_init(&compiler->ops, TEMPLATE_POOL_MAX_BYTES);
	buf_init(&compiler->offsets, TEMPLATE_POOL_MAX_BYTES);
	buf_init(&compiler->text, TEMPLATE_POOL_MAX_BYTES);
	buf_init(&compiler->in_sight, TEMPLATE_IN_SIGHT_MAX_BYTES);
	err = compile_set(compiler, set);
	arena_done(&compiler->scratch);
	buf_done(&compiler->ops);
	buf_done(&compiler->offsets);
	buf_done(&compiler->text);
	buf_done(&compiler->in_sight);
	if (err == OK) {
		*out = set;
		set = NULL;
	}
done:
	templates_free(set);
	free(compiler);
	return err;
}

void templates_free(struct templates *templates)
{
	if (templates == NULL)
		return;
	free(templates->templates);
	free(templates->ops);
	free(templates->offsets);
	free(templates->text);
	free(templates);
}

const struct template *templates_find(const struct templates *templates, Str name)
{
	for (size_t i = 0; i < templates->template_count; i++) {
		const struct template *template = &templates->templates[i];
		Str own = {templates->text + template->name_place, template->name_length};
		if (str_equal(own, name))
			return template;
	}
	return NULL;
}
