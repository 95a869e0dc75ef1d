#include "html/template_private.h"

/* A view in sight, and for a list how many items follow this one. */
struct frame {
	const char *item;
	size_t left;
	size_t stride;
};

/* The field's place in memory; NULL when an object on the way is absent. */
static const void *field_find(const uint32_t *offsets, const struct op *op,
                              const struct frame *frames)
{
	const char *base = frames[op->depth].item;
	for (size_t i = 0; i < op->hops; i++) {
		memcpy(&base, base + offsets[i], sizeof base);
		if (base == NULL)
			return NULL;
	}
	return base + offsets[op->hops];
}

/* Html, Url and Json begin with their Str. */
static Str field_str(const void *field)
{
	return field == NULL ? S("") : *(const Str *)field;
}

static bool field_is_true(const void *field, enum view_kind kind)
{
	if (field == NULL)
		return false;
	switch (kind) {
	case VIEW_TEXT:
	case VIEW_HTML:
	case VIEW_URL:
	case VIEW_JSON:
		return field_str(field).length > 0;
	case VIEW_BOOL:
		return *(const bool *)field;
	case VIEW_OBJECT:
		return *(const void *const *)field != NULL;
	case VIEW_LIST:
		return ((const struct view_list *)field)->count > 0;
	}
	return false;
}

/* What a section's field brings into sight: an object's struct, or the field itself. */
static struct frame frame_of(const void *field, enum view_kind kind)
{
	if (kind == VIEW_OBJECT)
		return (struct frame){.item = *(const char *const *)field};
	return (struct frame){.item = field};
}

Err template_render(const struct template *template, const void *view, struct buf *out)
{
	const struct templates *set = template->set;
	struct frame frames[TEMPLATE_SCOPES_MAX];
	size_t top = 0;
	frames[0] = (struct frame){.item = view};
	uint32_t next = template->first;
	while (next < template->end) {
		const struct op *op = &set->ops[next++];
		if (op->kind == OP_LITERAL) {
			buf_add(out, (Str){set->text + op->place, op->end});
			continue;
		}
		if (op->kind == OP_LEAVE) {
			top--;
			continue;
		}
		if (op->kind == OP_NEXT) {
			if (frames[top].left > 0) {
				frames[top].left--;
				frames[top].item += frames[top].stride;
				next = op->end;
			} else {
				top--;
			}
			continue;
		}
		const uint32_t *offsets = set->offsets + op->place;
		const void *field = field_find(offsets, op, frames);
		if (op->kind == OP_ESCAPED) {
			html_escape_to(out, field_str(field));
			continue;
		}
		if (op->kind == OP_RAW) {
			buf_add(out, field_str(field));
			continue;
		}
		if (field_is_true(field, op->tests) == (op->kind == OP_UNLESS)) {
			next = op->end;
			continue;
		}
		if (op->kind == OP_ENTER) {
			frames[++top] = frame_of(field, op->tests);
		} else if (op->kind == OP_EACH) {
			const struct view_list *list = field;
			frames[++top] = (struct frame){list->items, list->count - 1, offsets[op->hops + 1]};
		}
	}
	return buf_check(out);
}
