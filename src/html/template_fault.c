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

/* The field that was probably meant; empty: none is so near. */
static Str field_near(const struct view *view, Str name, size_t *best)
{
	Str near = S("");
	for (size_t i = 0; i < view->count; i++) {
		Str field = str_from_c(view->fields[i].name);
		size_t distance = str_distance_near(name, field);
		if (distance < *best) {
			*best = distance;
			near = field;
		}
	}
	return near;
}

/* "; did you mean title?" in the place of all names that there are. */
static void near_tell(struct compiler *compiler, Str near, char *out, size_t size)
{
	out[0] = 0;
	if (str_is_empty(near))
		return;
	buf_clear(&compiler->in_sight);
	snprintf(out, size, "; did you mean %.*s?", STR(near));
}

Err compiler_name_unknown(struct compiler *compiler, const struct scanner *scanner,
                          const struct tag *tag)
{
	char views[256] = "";
	char meant[128];
	Str near = S("");
	size_t best = SIZE_MAX;
	Str name = str_slice(tag->name, 0, str_find_byte(tag->name, '.'));
	size_t length = 0;
	buf_clear(&compiler->in_sight);
	for (size_t i = compiler->scope_count; i-- > 0;) {
		view_names(&compiler->in_sight, compiler->scopes[i]);
		Str found = field_near(compiler->scopes[i], name, &best);
		near = str_is_empty(found) ? near : found;
		if (length < sizeof views)
			length += (size_t)snprintf(views + length, sizeof views - length, "%s%s",
			                           length == 0 ? "" : ", ", compiler->scopes[i]->name);
	}
	near_tell(compiler, near, meant, sizeof meant);
	return scanner_fail(scanner, tag->place, "{{%.*s}} is a field of no view in sight here (%s)%s",
	                    STR(tag->name), views, meant);
}

Err compiler_member_unknown(struct compiler *compiler, const struct scanner *scanner,
                            const struct tag *tag, const struct view *view, const char *of,
                            Str name)
{
	char meant[128];
	size_t best = SIZE_MAX;
	buf_clear(&compiler->in_sight);
	if (view != NULL)
		view_names(&compiler->in_sight, view);
	near_tell(compiler, view == NULL ? S("") : field_near(view, name, &best), meant, sizeof meant);
	return scanner_fail(scanner, tag->place, "{{%.*s}}: %s has no field \"%.*s\"%s", STR(tag->name),
	                    view != NULL ? view->name : of, STR(name), meant);
}
