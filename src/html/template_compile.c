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

/* Everything that was searched, so that the author sees what there is. */
static Err name_unknown(const struct compiler *compiler, const struct scanner *scanner,
                        const struct tag *tag)
{
	char views[256] = "";
	size_t length = 0;
	for (size_t i = compiler->scope_count; i-- > 0 && length < sizeof views;)
		length += (size_t)snprintf(views + length, sizeof views - length, "%s%s",
		                           length == 0 ? "" : ", ", compiler->scopes[i]->name);
	return scanner_fail(scanner, tag->place, "{{%.*s}} is a field of no view in sight here (%s)",
	                    STR(tag->name), views);
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

Err compiler_resolve(const struct compiler *compiler, const struct scanner *scanner,
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
		return name_unknown(compiler, scanner, tag);
	while (path.field != NULL) {
		path.offsets[path.hops] = (uint32_t)path.field->offset;
		if (!str_next(&rest, '.', &name))
			break;
		const struct view_field *object = path.field;
		bool has_fields = object->kind == VIEW_OBJECT && object->of != NULL;
		path.field = has_fields ? view_field_find(object->of, name) : NULL;
		if (path.field == NULL && !may_miss)
			return scanner_fail(scanner, tag->place, "{{%.*s}}: %s has no field \"%.*s\"",
			                    STR(tag->name), has_fields ? object->of->name : object->name,
			                    STR(name));
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

static Err compile_text(struct compiler *compiler, Str name, Str text);

static Err compile_partial(struct compiler *compiler, const struct scanner *scanner,
                           const struct tag *tag)
{
	if (compiler->dead_count > 0)
		return OK;
	const struct template_source *source = source_find(compiler->options, tag->name);
	if (source == NULL && compiler->options->mustache_only)
		return OK;
	if (source == NULL)
		return scanner_fail(scanner, tag->place, "there is no template \"%.*s\" for {{>%.*s}}",
		                    STR(tag->name), STR(tag->name));
	if (compiler->partials_deep == TEMPLATE_PARTIALS_DEEP ||
	    ++compiler->partial_count > TEMPLATE_PARTIALS_MAX)
		return scanner_fail(scanner, tag->place,
		                    "{{>%.*s}} is one partial too many: at most %d within each other, %d "
		                    "in all",
		                    STR(tag->name), TEMPLATE_PARTIALS_DEEP, TEMPLATE_PARTIALS_MAX);
	Str text;
	TRY(indent_lines(&compiler->scratch, source->text, tag->indent, &text));
	compiler->partials_deep++;
	Err err = compile_text(compiler, source->name, text);
	compiler->partials_deep--;
	return err;
}

static Err compile_tag(struct compiler *compiler, struct scanner *scanner, const struct tag *tag,
                       size_t first_section)
{
	switch (tag->kind) {
	case TAG_VALUE:
	case TAG_RAW_VALUE:
		return compiler_value(compiler, scanner, tag);
	case TAG_SECTION:
		if (scanner->words && str_equal(tag->name, S("_")))
			return compiler_words(compiler, scanner, tag);
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
	do {
		size_t place = scanner.place;
		TRY(scanner_next(&scanner, &tag));
		TRY(compiler_literal(compiler, &scanner, tag.literal, place));
		TRY(compile_tag(compiler, &scanner, &tag, first_section));
	} while (tag.kind != TAG_END);
	if (compiler->section_count > first_section) {
		const struct section *section = &compiler->sections[compiler->section_count - 1];
		return scanner_fail(&scanner, section->place, "{{#%.*s}} is never closed",
		                    STR(section->name));
	}
	return OK;
}

static Err compile_binding(struct compiler *compiler, const struct template_binding *binding,
                           struct template *out)
{
	Str name = str_from_c(binding->name);
	const struct template_source *source = source_find(compiler->options, name);
	if (source == NULL)
		return fail(ERR_INVALID, "there is no template \"%.*s\"", STR(name));
	compiler->scopes[0] = binding->view;
	compiler->scope_count = 1;
	compiler->partial_count = 0;
	compiler->context = (struct html_context){0};
	size_t first = compiler_flush(compiler);
	TRY(compile_text(compiler, source->name, source->text));
	if (!html_context_is_content(&compiler->context))
		return fail(ERR_INVALID, "%.*s: the template ends inside a tag, a comment or a script",
		            STR(name));
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
	err = compile_set(compiler, set);
	arena_done(&compiler->scratch);
	buf_done(&compiler->ops);
	buf_done(&compiler->offsets);
	buf_done(&compiler->text);
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
