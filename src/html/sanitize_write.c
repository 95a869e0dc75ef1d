#include "html/html_private.h"
#include "html/sanitize_private.h"

static bool is_leaf(enum element element)
{
	return element == ELEMENT_P || element == ELEMENT_H2 || element == ELEMENT_H3 ||
	       element == ELEMENT_PRE;
}

static bool is_list(enum element element)
{
	return element == ELEMENT_UL || element == ELEMENT_OL;
}

/* Takes away, from the innermost on, what shows nothing: leaves without visible text, and
 * containers and inline elements without children. */
static void prune(struct node *node)
{
	for (struct node *child = node->first; child != NULL;) {
		struct node *next = child->next;
		prune(child);
		bool is_empty;
		if (child->element == ELEMENT_NONE)
			is_empty = child->text.length == 0;
		else if (is_leaf(child->element))
			is_empty = !node_is_visible(child);
		else
			is_empty = child->first == NULL && child->element != ELEMENT_BR &&
			           child->element != ELEMENT_HR;
		if (is_empty)
			node_remove(child);
		child = next;
	}
}

/* An item that begins with bare text keeps it bare if nothing but lists follows. */
static bool begins_bare(const struct node *item)
{
	const struct node *first = item->first;
	if (first->element != ELEMENT_P || !first->is_implied)
		return false;
	for (const struct node *child = first->next; child != NULL; child = child->next)
		if (!is_list(child->element))
			return false;
	return true;
}

static void start_tag_write(const struct node *node, enum html_policy policy, struct buf *out)
{
	buf_add_byte(out, '<');
	buf_add(out, str_from_c(element_name(node->element)));
	for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
		if (node->attributes[i].bytes == NULL)
			continue;
		buf_add_byte(out, ' ');
		buf_add(out, attribute_names[i]);
		buf_add(out, S("=\""));
		html_escape_value_to(out, node->attributes[i]);
		buf_add_byte(out, '"');
	}
	if (node->element == ELEMENT_A && policy == HTML_POLICY_REPLY)
		buf_add(out, S(" rel=\"nofollow ugc\""));
	buf_add_byte(out, '>');
}

static void node_write(const struct node *node, enum html_policy policy, struct buf *out);

static void children_write(const struct node *node, enum html_policy policy, struct buf *out)
{
	for (const struct node *child = node->first; child != NULL; child = child->next)
		node_write(child, policy, out);
}

static void blocks_write(const struct node *node, enum html_policy policy, struct buf *out)
{
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		if (child != node->first)
			buf_add_byte(out, '\n');
		node_write(child, policy, out);
	}
}

static void item_write(const struct node *item, enum html_policy policy, struct buf *out)
{
	if (!begins_bare(item)) {
		blocks_write(item, policy, out);
		return;
	}
	children_write(item->first, policy, out);
	for (const struct node *child = item->first->next; child != NULL; child = child->next)
		node_write(child, policy, out);
}

/* The parser drops one line feed right behind <pre>. */
static bool begins_with_line_feed(const struct node *pre)
{
	const struct node *first = pre->first;
	return first != NULL && first->element == ELEMENT_NONE && str_starts_with(first->text, S("\n"));
}

static void node_write(const struct node *node, enum html_policy policy, struct buf *out)
{
	if (node->element == ELEMENT_NONE) {
		html_escape_content_to(out, node->text);
		return;
	}
	start_tag_write(node, policy, out);
	if (node->element == ELEMENT_BR || node->element == ELEMENT_HR)
		return;
	if (node->element == ELEMENT_LI) {
		item_write(node, policy, out);
	} else if (is_list(node->element) || node->element == ELEMENT_BLOCKQUOTE) {
		blocks_write(node, policy, out);
	} else {
		if (node->element == ELEMENT_PRE && begins_with_line_feed(node))
			buf_add_byte(out, '\n');
		children_write(node, policy, out);
	}
	buf_add(out, S("</"));
	buf_add(out, str_from_c(element_name(node->element)));
	buf_add_byte(out, '>');
}

Err tree_write(struct node *root, enum html_policy policy, struct buf *out)
{
	prune(root);
	blocks_write(root, policy, out);
	if (out->failed)
		return fail(ERR_TOO_LARGE, "the markup is longer than the %d KB it may have",
		            HTML_MAX_BYTES / 1024);
	return OK;
}
