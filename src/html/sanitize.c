#include "html/html_private.h"
#include "html/sanitize_private.h"

/* Nodes of the canonical tree: a few for each tag, of which the stream bounds the number. */
#define TREE_MAX_BYTES ((size_t)256 * 1024 * 1024)

static Err canonical_make(Str nested, enum html_policy policy, struct buf *out)
{
	struct arena tree;
	struct node *root;
	arena_init(&tree, TREE_MAX_BYTES);
	Err err = tree_make(nested, policy, &tree, &root);
	if (err == OK)
		err = tree_write(root, policy, out);
	arena_done(&tree);
	return err;
}

Err html_sanitize(Str markup, enum html_policy policy, struct arena *mem, Html *out)
{
	BUF_CLEANUP struct buf nested = {0};
	BUF_CLEANUP struct buf canonical = {0};
	BUF_CLEANUP struct buf again = {0};
	TRY(nest_markup(markup, policy, &nested));
	buf_init(&canonical, HTML_MAX_BYTES);
	TRY(canonical_make(buf_str(&nested), policy, &canonical));
	/* Paragraphs and items that were implied before are counted now: what is kept must be within
	 * the bounds itself. */
	TRY(nest_markup(buf_str(&canonical), policy, &again));
	return html_take(&canonical, mem, out);
}
