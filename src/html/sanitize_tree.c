#include "base/utf8.h"
#include "html/html_private.h"
#include "html/sanitize_private.h"

#include <gumbo.h>

/* The canonical form: blocks hold blocks or inline content, never both, but for an item, which may
 * begin with bare text. Text that stands between blocks gets a paragraph; white space is folded
 * outside of pre. */

#define HREF_MAX_BYTES 2048
#define LANG_MAX_BYTES 35 /* RFC 5646 §4.4.1 */
#define TITLE_MAX_BYTES 500

struct open_inline {
	const GumboElement *source;
	enum element element;
	Str attributes[ATTRIBUTE_COUNT];
	struct node *node; /* NULL until there is content for it in this leaf */
};

struct builder {
	enum html_policy policy;
	struct arena *mem;
	struct node *container; /* the block that holds blocks */
	struct node *leaf;      /* the block that holds inline content, or NULL */
	bool is_locked;         /* the leaf is a heading or pre: blocks in it are unwrapped */
	struct open_inline inlines[INLINE_COUNT];
	size_t inline_count;
	bool at_space;         /* white space at this place is one too many */
	struct node *trailing; /* the last text, if it ends with a folded space */
};

/* --- nodes --- */

void node_append(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->previous = parent->last;
	child->next = NULL;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

void node_remove(struct node *node)
{
	CHECK(node->parent != NULL);
	if (node->previous != NULL)
		node->previous->next = node->next;
	else
		node->parent->first = node->next;
	if (node->next != NULL)
		node->next->previous = node->previous;
	else
		node->parent->last = node->previous;
	node->parent = NULL;
}

bool node_is_visible(const struct node *node)
{
	if (node->element == ELEMENT_NONE && utf8_trim(node->text).length > 0)
		return true;
	for (const struct node *child = node->first; child != NULL; child = child->next)
		if (node_is_visible(child))
			return true;
	return false;
}

static Err node_add(struct builder *builder, struct node *parent, enum element element,
                    struct node **out)
{
	struct node *node = ARENA_NEW(builder->mem, struct node);
	if (node == NULL)
		return ERR_MEMORY;
	node->element = element;
	node_append(parent, node);
	*out = node;
	return OK;
}

/* --- attributes --- */

static bool is_lang(Str value)
{
	for (size_t i = 0; i < value.length; i++) {
		char byte = value.bytes[i];
		if (!html_is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '-')
			return false;
	}
	return value.length > 0 && value.length <= LANG_MAX_BYTES;
}

static bool is_title(Str value)
{
	size_t place = 0;
	while (place < value.length) {
		uint32_t point = utf8_next(value, &place);
		if (html_is_control(point) || html_is_no_character(point))
			return false;
	}
	return value.length > 0 && value.length <= TITLE_MAX_BYTES;
}

/* A path of this site, percent-encoded where RFC 3986 wants it. */
static bool path_add(struct buf *out, Str value)
{
	if (!str_starts_with(value, S("/")) || str_starts_with(value, S("//")) ||
	    str_starts_with(value, S("/\\")))
		return false;
	size_t hash = str_find_byte(value, '#');
	url_encode_to(out, str_slice(value, 0, hash), URL_PART_REST);
	if (hash != STR_NOT_FOUND) {
		buf_add_byte(out, '#');
		url_encode_to(out, str_from(value, hash + 1), URL_PART_REST);
	}
	return true;
}

/* What is no web address: a path or, in a story, how to reach somebody. */
static Err href_other(Str value, enum html_policy policy, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf built = {0};
	buf_init(&built, HREF_MAX_BYTES);
	bool is_good = path_add(&built, value);
	if (!is_good && policy == HTML_POLICY_STORY)
		is_good = url_mail_add(&built, value) || url_telephone_add(&built, value);
	if (!is_good || built.failed)
		return OK;
	return arena_copy(mem, buf_str(&built), out);
}

/* Leaves `*out` as it is for an address that may not stand. */
static Err href_take(Str value, enum html_policy policy, struct arena *mem, Str *out)
{
	Url url;
	Str trimmed = utf8_trim(value);
	if (utf8_has_control(trimmed) || str_find_byte(trimmed, '\n') != STR_NOT_FOUND ||
	    str_find_byte(trimmed, '\t') != STR_NOT_FOUND)
		return OK;
	Err err = url_parse_web(trimmed, HREF_MAX_BYTES, mem, &url);
	if (err == OK)
		*out = url.address;
	if (err != ERR_INVALID)
		return err;
	return href_other(trimmed, policy, mem, out);
}

static Err dir_take(Str value, Str *out)
{
	static const Str known[] = {{"ltr", 3}, {"rtl", 3}, {"auto", 4}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_equal_ignoring_case(value, known[i]))
			*out = known[i];
	return OK;
}

static Err attribute_take(struct builder *builder, enum attribute attribute, Str value, Str *out)
{
	switch (attribute) {
	case ATTRIBUTE_HREF:
		return href_take(value, builder->policy, builder->mem, out);
	case ATTRIBUTE_TITLE:
		return is_title(value) ? arena_copy(builder->mem, value, out) : OK;
	case ATTRIBUTE_LANG:
		return is_lang(value) ? arena_copy(builder->mem, value, out) : OK;
	case ATTRIBUTE_DIR:
		return dir_take(value, out);
	case ATTRIBUTE_COUNT:
		break;
	}
	return OK;
}

static Err attributes_take(struct builder *builder, const GumboElement *source,
                           enum element element, Str out[ATTRIBUTE_COUNT])
{
	for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
		const GumboAttribute *given =
		    gumbo_get_attribute(&source->attributes, attribute_names[i].bytes);
		out[i] = (Str){NULL, 0};
		if (given != NULL && element_has_attribute(element, (enum attribute)i, builder->policy))
			TRY(attribute_take(builder, (enum attribute)i, str_from_c(given->value), &out[i]));
	}
	return OK;
}

/* --- leaves --- */

static bool is_list(const struct node *node)
{
	return node->element == ELEMENT_UL || node->element == ELEMENT_OL;
}

/* Where a block goes: what stands in a list beside its items belongs to the last of them. */
static Err block_parent(struct builder *builder, struct node **out)
{
	struct node *parent = builder->container;
	if (is_list(parent)) {
		struct node *item = parent->last;
		if (item == NULL)
			TRY(node_add(builder, parent, ELEMENT_LI, &item));
		parent = item;
	}
	*out = parent;
	return OK;
}

static Err leaf_open(struct builder *builder, enum element element, bool is_implied,
                     struct node **out)
{
	struct node *parent;
	TRY(block_parent(builder, &parent));
	TRY(node_add(builder, parent, element, &builder->leaf));
	builder->leaf->is_implied = is_implied;
	builder->at_space = element != ELEMENT_PRE;
	builder->trailing = NULL;
	if (out != NULL)
		*out = builder->leaf;
	return OK;
}

static void trailing_space_drop(struct builder *builder)
{
	if (builder->trailing != NULL)
		builder->trailing->text.length--;
	builder->trailing = NULL;
}

/* Line breaks at the end of a block show nothing. An element that held nothing else goes with
 * them, and so does a text that was a space alone. */
static void trailing_breaks_drop(struct node *leaf)
{
	for (;;) {
		struct node *last = leaf;
		while (last->last != NULL)
			last = last->last;
		if (last == leaf || (last->element == ELEMENT_NONE && last->text.length > 0))
			return;
		node_remove(last);
	}
}

static void leaf_close(struct builder *builder)
{
	if (builder->leaf == NULL)
		return;
	trailing_space_drop(builder);
	if (builder->leaf->element != ELEMENT_PRE)
		trailing_breaks_drop(builder->leaf);
	for (size_t i = 0; i < builder->inline_count; i++)
		builder->inlines[i].node = NULL;
	builder->leaf = NULL;
}

/* The innermost element that is open in the leaf; with `all`, those that wait are opened first. */
static Err inline_parent(struct builder *builder, bool all, struct node **out)
{
	struct node *parent = builder->leaf;
	for (size_t i = 0; i < builder->inline_count; i++) {
		struct open_inline *inner = &builder->inlines[i];
		if (inner->node == NULL && !all)
			break;
		if (inner->node == NULL) {
			TRY(node_add(builder, parent, inner->element, &inner->node));
			memcpy(inner->node->attributes, inner->attributes, sizeof inner->attributes);
		}
		parent = inner->node;
	}
	*out = parent;
	return OK;
}

static Err text_append(struct builder *builder, Str text, bool all, struct node **out)
{
	struct node *parent;
	struct node *node;
	TRY(inline_parent(builder, all, &parent));
	TRY(node_add(builder, parent, ELEMENT_NONE, &node));
	node->text = text;
	*out = node;
	return OK;
}

/* Folds white space, drops control characters. What is left ends with one space at most. Numeric
 * references can be anything, and gumbo makes bytes of some that are no UTF-8. */
static Err text_fold(struct arena *mem, Str text, bool is_pre, Str *out)
{
	BUF_CLEANUP struct buf folded = {0};
	size_t place = 0;
	buf_init(&folded, text.length * 3);
	while (place < text.length) {
		size_t start = place;
		bool is_space = html_is_space(text.bytes[place]) && !is_pre;
		uint32_t point = utf8_next(text, &place);
		if (is_space && (folded.length == 0 || folded.bytes[folded.length - 1] != ' '))
			buf_add_byte(&folded, ' ');
		else if (html_is_no_character(point))
			buf_add(&folded, S("\xEF\xBF\xBD"));
		else if (!is_space && !html_is_control(point))
			buf_add(&folded, str_slice(text, start, place - start));
	}
	TRY(buf_check(&folded));
	return arena_copy(mem, buf_str(&folded), out);
}

static bool is_blank(Str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!html_is_space(text.bytes[i]))
			return false;
	return true;
}

static Err text_add(struct builder *builder, Str text)
{
	bool is_pre = builder->leaf != NULL && builder->leaf->element == ELEMENT_PRE;
	struct node *node;
	TRY(text_fold(builder->mem, text, is_pre, &text));
	/* White space alone opens no element, in the stream of tags as here. */
	if (is_pre)
		return text.length == 0 ? OK : text_append(builder, text, !is_blank(text), &node);
	if (builder->leaf == NULL) {
		if (text.length == 0 || str_equal(text, S(" ")))
			return OK;
		TRY(leaf_open(builder, ELEMENT_P, true, NULL));
	}
	if (text.length > 0 && text.bytes[0] == ' ') {
		/* Space at the edge of an element goes before it: links have none at their start. */
		if (!builder->at_space) {
			TRY(text_append(builder, S(" "), false, &builder->trailing));
			builder->at_space = true;
		}
		text = str_from(text, 1);
	}
	if (text.length == 0)
		return OK;
	TRY(text_append(builder, text, true, &node));
	builder->at_space = text.bytes[text.length - 1] == ' ';
	builder->trailing = builder->at_space ? node : NULL;
	return OK;
}

static Err break_add(struct builder *builder)
{
	struct node *parent;
	struct node *node;
	if (builder->leaf == NULL)
		return OK;
	if (builder->leaf->element == ELEMENT_PRE)
		return text_append(builder, S("\n"), false, &node);
	/* A line break at the start shows nothing. */
	if (builder->leaf->first == NULL)
		return OK;
	trailing_space_drop(builder);
	TRY(inline_parent(builder, true, &parent));
	TRY(node_add(builder, parent, ELEMENT_BR, &node));
	builder->at_space = true;
	return OK;
}

/* --- elements --- */

static Err children_add(struct builder *builder, const GumboElement *source);

static Err inline_add(struct builder *builder, const GumboElement *source, enum element element)
{
	struct open_inline added = {.source = source, .element = element};
	TRY(attributes_take(builder, source, element, added.attributes));
	bool is_unwrapped = element == ELEMENT_A && added.attributes[ATTRIBUTE_HREF].bytes == NULL;
	if (is_unwrapped || builder->inline_count == INLINE_COUNT)
		return children_add(builder, source);
	builder->inlines[builder->inline_count++] = added;
	Err err = children_add(builder, source);
	builder->inline_count--;
	return err;
}

/* A block inside a heading or pre parts words, no more. */
static Err unwrapped_add(struct builder *builder, const GumboElement *source)
{
	bool is_pre = builder->leaf->element == ELEMENT_PRE;
	bool is_first = builder->leaf->first == NULL;
	if (!is_first)
		TRY(text_add(builder, is_pre ? S("\n") : S(" ")));
	TRY(children_add(builder, source));
	return is_pre ? OK : text_add(builder, S(" "));
}

static Err leaf_add(struct builder *builder, const GumboElement *source, enum element element)
{
	struct node *leaf;
	Str attributes[ATTRIBUTE_COUNT];
	leaf_close(builder);
	TRY(attributes_take(builder, source, element, attributes));
	TRY(leaf_open(builder, element, false, &leaf));
	memcpy(leaf->attributes, attributes, sizeof attributes);
	builder->is_locked = element != ELEMENT_P;
	Err err = children_add(builder, source);
	builder->is_locked = false;
	leaf_close(builder);
	return err;
}

static Err container_add(struct builder *builder, const GumboElement *source, enum element element)
{
	struct node *outer = builder->container;
	struct node *parent = outer;
	struct node *node;
	leaf_close(builder);
	if (element != ELEMENT_LI)
		TRY(block_parent(builder, &parent));
	TRY(node_add(builder, parent, element, &node));
	TRY(attributes_take(builder, source, element, node->attributes));
	builder->container = node;
	Err err = children_add(builder, source);
	leaf_close(builder);
	builder->container = outer;
	return err;
}

static Err boundary_add(struct builder *builder, const GumboElement *source)
{
	leaf_close(builder);
	Err err = children_add(builder, source);
	leaf_close(builder);
	return err;
}

static Err rule_add(struct builder *builder)
{
	struct node *parent;
	struct node *node;
	leaf_close(builder);
	TRY(block_parent(builder, &parent));
	return node_add(builder, parent, ELEMENT_HR, &node);
}

static Err element_add(struct builder *builder, const GumboElement *source)
{
	enum element element = element_named(gumbo_normalized_tagname(source->tag));
	if (element_is_inline(element))
		return inline_add(builder, source, element);
	if (element == ELEMENT_BR)
		return break_add(builder);
	if (builder->is_locked)
		return unwrapped_add(builder, source);
	switch (element) {
	case ELEMENT_P:
	case ELEMENT_H2:
	case ELEMENT_H3:
	case ELEMENT_PRE:
		return leaf_add(builder, source, element);
	case ELEMENT_BLOCKQUOTE:
	case ELEMENT_UL:
	case ELEMENT_OL:
		return container_add(builder, source, element);
	case ELEMENT_LI:
		if (is_list(builder->container))
			return container_add(builder, source, element);
		return boundary_add(builder, source);
	case ELEMENT_HR:
		return rule_add(builder);
	default:
		return boundary_add(builder, source);
	}
}

/* Deep as the stream is nested, which was bounded when it was made. */
static Err children_add(struct builder *builder, const GumboElement *source)
{
	for (unsigned int i = 0; i < source->children.length; i++) {
		const GumboNode *child = source->children.data[i];
		if (child->type == GUMBO_NODE_ELEMENT)
			TRY(element_add(builder, &child->v.element));
		else if (child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_WHITESPACE)
			TRY(text_add(builder, str_from_c(child->v.text.text)));
	}
	return OK;
}

Err tree_make(Str nested, enum html_policy policy, struct arena *mem, struct node **out)
{
	GumboOptions options = kGumboDefaultOptions;
	options.max_errors = 0;
	options.fragment_context = GUMBO_TAG_DIV;
	struct node *root = ARENA_NEW(mem, struct node);
	if (root == NULL)
		return ERR_MEMORY;
	struct builder builder = {.policy = policy, .mem = mem, .container = root};
	GumboOutput *parsed =
	    gumbo_parse_with_options(&options, nested.length == 0 ? "" : nested.bytes, nested.length);
	if (parsed == NULL)
		return fail(ERR_MEMORY, "there is no memory to read the markup");
	Err err = children_add(&builder, &parsed->root->v.element);
	leaf_close(&builder);
	gumbo_destroy_output(&options, parsed);
	TRY(err);
	*out = root;
	return OK;
}
