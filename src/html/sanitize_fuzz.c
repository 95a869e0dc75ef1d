/* Whatever goes in: what comes out stays the same when it is sanitized again, and a parser that
 * knows nothing of the policy finds in it the very tree that was written, of allowed elements and
 * attributes alone. Numbering its paragraphs adds ids to those at the top, and nothing else. */
#include "html/html.h"

#include <gumbo.h>

#define MEMORY_BYTES ((size_t)64 * 1024 * 1024)

static bool is_in(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static bool is_allowed(const char *name, enum html_policy policy)
{
	static const char *const story[] = {
	    "p",   "h2",  "h3", "blockquote", "ul",   "ol",   "li",   "a",   "em", "strong", "b", "i",
	    "sub", "sup", "br", "hr",         "abbr", "cite", "code", "pre", "s",  "q",      NULL};
	static const char *const reply[] = {"p",  "br", "a",  "em",   "strong", "blockquote",
	                                    "ul", "ol", "li", "code", "pre",    NULL};
	return is_in(name, policy == HTML_POLICY_STORY ? story : reply);
}

static bool attribute_is_allowed(const char *element, const char *name, enum html_policy policy)
{
	static const char *const everywhere[] = {"lang", "dir", NULL};
	if (strcmp(element, "a") == 0 && strcmp(name, "href") == 0)
		return true;
	if (policy == HTML_POLICY_REPLY)
		return strcmp(element, "a") == 0 && strcmp(name, "rel") == 0;
	return is_in(name, everywhere) || (strcmp(element, "abbr") == 0 && strcmp(name, "title") == 0);
}

/* One address, a subject at most, and no line end in it however it is written. */
static void mail_check(const char *value)
{
	const char *subject = strchr(value, '?');
	const char *at = strchr(value, '@');
	CHECK(at != NULL && (subject == NULL || at < subject) && strchr(value, '#') == NULL);
	CHECK(subject == NULL || strncmp(subject, "?subject=", 9) == 0);
	CHECK(subject == NULL || (strchr(subject, '&') == NULL && strstr(subject, "%0") == NULL &&
	                          strstr(subject, "%1") == NULL));
	CHECK(strchr(value, ',') == NULL || (subject != NULL && strchr(value, ',') > subject));
}

static void href_check(const char *value, enum html_policy policy)
{
	Str address = str_from_c(value);
	bool is_path = value[0] == '/' && value[1] != '/' && value[1] != '\\';
	bool is_mail = strncmp(value, "mailto:", 7) == 0;
	bool is_telephone = strncmp(value, "tel:", 4) == 0;
	CHECK(is_path || str_starts_with(address, S("http://")) ||
	      str_starts_with(address, S("https://")) || is_mail || is_telephone);
	CHECK(policy == HTML_POLICY_STORY || !(is_mail || is_telephone));
	if (is_mail)
		mail_check(value);
	CHECK(!is_telephone || strspn(value + 4, "+-0123456789") == strlen(value + 4));
	for (size_t i = 0; i < address.length; i++)
		CHECK(address.bytes[i] > ' ' && address.bytes[i] < 0x7F && address.bytes[i] != '\\');
}

static void escaped_add(struct buf *out, const char *text, bool in_value)
{
	for (; *text != 0; text++) {
		if (*text == '&')
			buf_add(out, S("&amp;"));
		else if (*text == '<')
			buf_add(out, S("&lt;"));
		else if (*text == '>')
			buf_add(out, S("&gt;"));
		else if (*text == '"' && in_value)
			buf_add(out, S("&quot;"));
		else
			buf_add_byte(out, *text);
	}
}

static bool has_tag(const GumboNode *node, const char *name)
{
	return node->type == GUMBO_NODE_ELEMENT &&
	       strcmp(gumbo_normalized_tagname(node->v.element.tag), name) == 0;
}

static void node_write(const GumboNode *node, enum html_policy policy, struct buf *out)
{
	if (node->type != GUMBO_NODE_ELEMENT) {
		CHECK(node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE);
		escaped_add(out, node->v.text.text, false);
		return;
	}
	const GumboElement *element = &node->v.element;
	const char *name = gumbo_normalized_tagname(element->tag);
	CHECK(is_allowed(name, policy));
	buf_format(out, "<%s", name);
	for (unsigned int i = 0; i < element->attributes.length; i++) {
		const GumboAttribute *attribute = element->attributes.data[i];
		CHECK(attribute_is_allowed(name, attribute->name, policy));
		if (strcmp(attribute->name, "href") == 0)
			href_check(attribute->value, policy);
		buf_format(out, " %s=\"", attribute->name);
		escaped_add(out, attribute->value, true);
		buf_add_byte(out, '"');
	}
	buf_add_byte(out, '>');
	if (has_tag(node, "br") || has_tag(node, "hr"))
		return;
	for (unsigned int i = 0; i < element->children.length; i++) {
		const GumboNode *child = element->children.data[i];
		bool is_dropped_line_feed = i == 0 && has_tag(node, "pre") &&
		                            child->type != GUMBO_NODE_ELEMENT &&
		                            child->v.text.text[0] == '\n';
		if (is_dropped_line_feed)
			buf_add_byte(out, '\n');
		node_write(child, policy, out);
	}
	buf_format(out, "</%s>", name);
}

/* As a browser would read it inside a page's div. */
static void tree_check(Str markup, enum html_policy policy)
{
	struct buf written;
	GumboOptions options = kGumboDefaultOptions;
	options.fragment_context = GUMBO_TAG_DIV;
	if (markup.length == 0)
		return;
	GumboOutput *parsed = gumbo_parse_with_options(&options, markup.bytes, markup.length);
	buf_init(&written, (size_t)HTML_MAX_BYTES * 2);
	for (unsigned int i = 0; i < parsed->root->v.element.children.length; i++)
		node_write(parsed->root->v.element.children.data[i], policy, &written);
	CHECK(str_equal(buf_str(&written), markup));
	CHECK(parsed->errors.length == 0);
	buf_done(&written);
	gumbo_destroy_output(&options, parsed);
}

/* The id that stands at a place: p, a number, - and four digits of a hash. Gives its end. */
static size_t id_check(Str markup, size_t place, size_t number)
{
	char expected[32];
	int length = snprintf(expected, sizeof expected, " id=\"p%zu-", number);
	CHECK(length > 0 && str_starts_with(str_from(markup, place), str_from_c(expected)));
	place += (size_t)length;
	for (size_t end = place + 4; place < end; place++)
		CHECK((markup.bytes[place] >= '0' && markup.bytes[place] <= '9') ||
		      (markup.bytes[place] >= 'a' && markup.bytes[place] <= 'f'));
	CHECK(str_starts_with(str_from(markup, place), S("\">")) ||
	      str_starts_with(str_from(markup, place), S("\" ")));
	return place + 1;
}

static size_t paragraphs_count(Str markup)
{
	GumboOptions options = kGumboDefaultOptions;
	size_t count = 0;
	options.fragment_context = GUMBO_TAG_DIV;
	GumboOutput *parsed = gumbo_parse_with_options(&options, markup.bytes, markup.length);
	const GumboVector *children = &parsed->root->v.element.children;
	for (unsigned int i = 0; i < children->length; i++)
		count += has_tag(children->data[i], "p");
	gumbo_destroy_output(&options, parsed);
	return count;
}

static void numbering_check(Html plain, struct arena *mem)
{
	Html numbered;
	size_t number = 0;
	size_t place = 0;
	CHECK(html_number_paragraphs(plain, mem, &numbered) == OK);
	for (size_t i = 0; i < plain.markup.length; i++, place++) {
		if (str_starts_with(str_from(numbered.markup, place), S(" id=\"")) &&
		    !str_starts_with(str_from(plain.markup, i), S(" id=\"")))
			place = id_check(numbered.markup, place, ++number);
		CHECK(place < numbered.markup.length &&
		      numbered.markup.bytes[place] == plain.markup.bytes[i]);
	}
	CHECK(place == numbered.markup.length);
	CHECK(number == paragraphs_count(plain.markup));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct arena mem;
	Html once;
	Html twice;
	Str text;
	Str markup = {(const char *)data, size_bytes};
	struct html_loss loss;
	arena_init(&mem, MEMORY_BYTES);
	html_loss_count(markup, HTML_POLICY_STORY, &loss);
	CHECK(loss.elements.count <= loss.elements.times && loss.links.count <= loss.links.times);
	for (enum html_policy policy = HTML_POLICY_STORY; policy <= HTML_POLICY_REPLY; policy++) {
		Err err = html_sanitize(markup, policy, &mem, &once);
		CHECK(err == OK || err == ERR_TOO_LARGE);
		if (err != OK)
			continue;
		CHECK(html_sanitize(once.markup, policy, &mem, &twice) == OK);
		CHECK(str_equal(once.markup, twice.markup));
		tree_check(once.markup, policy);
		CHECK(html_to_text(once, 50, &mem, &text) == OK);
		numbering_check(once, &mem);
	}
	arena_done(&mem);
	return 0;
}
