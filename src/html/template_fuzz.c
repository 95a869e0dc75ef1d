/* A template of any bytes either is refused or makes pages whose elements and attributes do not
 * depend on the text that they show. */
#include "html/template.h"

#include <gumbo.h>

#define PAGE_MAX_BYTES (1 << 20)

struct item {
	Str name;
	Url url;
};

static const struct view_field item_fields[] = {
    FIELD_TEXT(struct item, name, ""),
    FIELD_URL(struct item, url, ""),
};
static const struct view item_view = VIEW(struct item, item_fields);

/* One-letter names, so that the fuzzer finds them. */
struct page {
	Str t;
	Html h;
	Url u;
	Json j;
	bool b;
	const struct item *o;
	struct view_list l;
};

static const struct view_field page_fields[] = {
    FIELD_TEXT(struct page, t, ""),
    FIELD_HTML(struct page, h, ""),
    FIELD_URL(struct page, u, ""),
    FIELD_JSON(struct page, j, ""),
    FIELD_BOOL(struct page, b, ""),
    FIELD_OBJECT(struct page, o, struct item, &item_view, ""),
    FIELD_LIST(struct page, l, &item_view, ""),
};
static const struct view page_view = VIEW(struct page, page_fields);
static const struct template_binding binding = {"p", &page_view};

static Str translate(Str words, const void *context)
{
	(void)context;
	return words;
}

static bool asset(Str name, const void *context, Url *out)
{
	(void)context;
	*out = (Url){S("/assets/a.00000000.svg")};
	return str_equal(name, S("a"));
}

/* What is said of a refused template is whole. */
static void fault_found(const struct template_fault *fault, void *context)
{
	(void)context;
	CHECK(fault->page.length > 0 && fault->name.length > 0 && fault->line > 0);
	CHECK(fault->sentence.length > 0);
}

/* What a visitor would write to leave the place where it is shown. */
#define HOSTILE "x'\"></title></script></textarea><i onclick=a>--><!--`&lt;i&gt;/>"

static void page_fill(struct page *page, struct item items[2], bool is_hostile)
{
	Str text = is_hostile ? S(HOSTILE) : S("x");
	Url url = {is_hostile ? S("/x?a='b'&c") : S("/x")};
	items[0] = (struct item){text, url};
	items[1] = items[0];
	*page = (struct page){.t = text,
	                      .h = {S("<b>x</b>")},
	                      .u = url,
	                      .j = {S("{\"a\":1}")},
	                      .b = true,
	                      .o = items,
	                      .l = {items, 2}};
}

static void tree_write(const GumboNode *node, struct buf *out)
{
	if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE)
		return;
	const GumboElement *element = &node->v.element;
	buf_add_byte(out, '<');
	buf_add_uint(out, element->tag);
	for (unsigned int i = 0; i < element->attributes.length; i++) {
		const GumboAttribute *attribute = element->attributes.data[i];
		buf_add_byte(out, ' ');
		buf_add(out, str_from_c(attribute->name));
	}
	for (unsigned int i = 0; i < element->children.length; i++)
		tree_write(element->children.data[i], out);
	buf_add_byte(out, '>');
}

static void shape_of(const struct template *template, bool is_hostile, struct buf *out)
{
	struct page page;
	struct item items[2];
	struct buf rendered;
	GumboOptions options = kGumboDefaultOptions;
	options.max_errors = 0;
	buf_init(&rendered, PAGE_MAX_BYTES);
	buf_init(out, PAGE_MAX_BYTES);
	page_fill(&page, items, is_hostile);
	if (template_render(template, &page, &rendered) == OK && rendered.length > 0) {
		GumboOutput *parsed = gumbo_parse_with_options(&options, rendered.bytes, rendered.length);
		tree_write(parsed->root, out);
		gumbo_destroy_output(&options, parsed);
	}
	buf_done(&rendered);
}

static void run(const struct template_source *sources, size_t count, bool mustache_only)
{
	struct template_options options = {.sources = sources,
	                                   .source_count = count,
	                                   .bindings = &binding,
	                                   .binding_count = 1,
	                                   .translate = translate,
	                                   .asset = asset,
	                                   .mustache_only = mustache_only};
	struct templates *templates;
	struct buf plain;
	struct buf hostile;
	if (templates_new(&options, &templates) != OK) {
		/* All of its faults are found without harm, and that it has one stays so. */
		options.fault_found = fault_found;
		CHECK(templates_new(&options, &templates) != OK);
		return;
	}
	const struct template *template = templates_find(templates, S("p"));
	CHECK(template != NULL);
	shape_of(template, false, &plain);
	shape_of(template, true, &hostile);
	CHECK(mustache_only || plain.length == 0 || hostile.length == 0 ||
	      str_equal(buf_str(&plain), buf_str(&hostile)));
	buf_done(&plain);
	buf_done(&hostile);
	templates_free(templates);
}

static void inline_found(enum template_inline what, Str name, size_t line, void *context)
{
	const Str *text = context;
	CHECK(what <= INLINE_HANDLER && name.length <= text->length && line <= text->length + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* The template, and behind NUL bytes the partials q and r. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static const char *const names[] = {"p", "q", "r"};
	struct template_source sources[3];
	Str rest = {(const char *)data, size_bytes};
	size_t count = 0;
	while (count < 3 && str_next(&rest, '\0', &sources[count].text)) {
		sources[count].name = str_from_c(names[count]);
		sources[count].is_foreign = count > 0;
		sources[count].is_left_out = false;
		count++;
	}
	if (count > 0)
		template_inline_each(sources[0].text, inline_found, &sources[0].text);
	run(sources, count, false);
	run(sources, count, true);
	return 0;
}
