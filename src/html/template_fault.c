/* What is said of a template that can't be used. */
#include "html/template_private.h"

Err compiler_forgive(struct compiler *compiler, Err err)
{
	const struct template_options *options = compiler->options;
	if (err != ERR_INVALID || options->fault_found == NULL ||
	    compiler->fault_count == TEMPLATE_FAULTS_MAX)
		return err;
	const struct template_fault fault = {
	    .page = compiler->page,
	    .name = compiler->note.name,
	    .line = compiler->note.line,
	    .field = compiler->note.field,
	    .sentence = str_from_c(compiler->note.sentence),
	    .in_sight = buf_str(&compiler->in_sight),
	    .foreign = compiler->foreign,
	};
	compiler->fault_count++;
	options->fault_found(&fault, options->watch_context);
	buf_clear(&compiler->in_sight);
	html_context_refused(&compiler->context);
	return OK;
}

/* "struct page_view: lang, dir, …" */
static void view_names(struct buf *out, const struct view *view)
{
	buf_format(out, "%s%s:", out->length == 0 ? "" : "; ", view->name);
	for (size_t i = 0; i < view->count; i++)
		buf_format(out, "%s %s", i == 0 ? "" : ",", view->fields[i].name);
}

Err compiler_name_unknown(struct compiler *compiler, const struct scanner *scanner,
                          const struct tag *tag)
{
	char views[256] = "";
	size_t length = 0;
	buf_clear(&compiler->in_sight);
	for (size_t i = compiler->scope_count; i-- > 0;) {
		view_names(&compiler->in_sight, compiler->scopes[i]);
		if (length < sizeof views)
			length += (size_t)snprintf(views + length, sizeof views - length, "%s%s",
			                           length == 0 ? "" : ", ", compiler->scopes[i]->name);
	}
	return scanner_fail(scanner, tag->place, "{{%.*s}} is a field of no view in sight here (%s)",
	                    STR(tag->name), views);
}

Err compiler_member_unknown(struct compiler *compiler, const struct scanner *scanner,
                            const struct tag *tag, const struct view *view, const char *of,
                            Str name)
{
	buf_clear(&compiler->in_sight);
	if (view != NULL)
		view_names(&compiler->in_sight, view);
	return scanner_fail(scanner, tag->place, "{{%.*s}}: %s has no field \"%.*s\"", STR(tag->name),
	                    view != NULL ? view->name : of, STR(name));
}
