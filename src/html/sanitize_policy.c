#include "html/html_private.h"
#include "html/sanitize_private.h"

static const char *const names[ELEMENT_COUNT] = {
    [ELEMENT_NONE] = "",
    [ELEMENT_P] = "p",
    [ELEMENT_H2] = "h2",
    [ELEMENT_H3] = "h3",
    [ELEMENT_PRE] = "pre",
    [ELEMENT_DIV] = "div",
    [ELEMENT_BLOCKQUOTE] = "blockquote",
    [ELEMENT_UL] = "ul",
    [ELEMENT_OL] = "ol",
    [ELEMENT_LI] = "li",
    [ELEMENT_HR] = "hr",
    [ELEMENT_BR] = "br",
    [ELEMENT_A] = "a",
    [ELEMENT_EM] = "em",
    [ELEMENT_STRONG] = "strong",
    [ELEMENT_B] = "b",
    [ELEMENT_I] = "i",
    [ELEMENT_S] = "s",
    [ELEMENT_CODE] = "code",
    [ELEMENT_SUB] = "sub",
    [ELEMENT_SUP] = "sup",
    [ELEMENT_ABBR] = "abbr",
    [ELEMENT_CITE] = "cite",
    [ELEMENT_Q] = "q",
};

const Str attribute_names[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_HREF] = {"href", 4},
    [ATTRIBUTE_TITLE] = {"title", 5},
    [ATTRIBUTE_LANG] = {"lang", 4},
    [ATTRIBUTE_DIR] = {"dir", 3},
};

/* What each element of the markup becomes in a story and in a reply. */
struct rule {
	const char *name;
	enum treatment treatment;
	enum element story;
	enum element reply;
};

#define SAME(name, element)                                                                        \
	{                                                                                              \
		name, TREAT_KEEP, element, element                                                         \
	}
#define BLOCK(name) SAME(name, ELEMENT_DIV)
#define FLATTEN(name)                                                                              \
	{                                                                                              \
		name, TREAT_FLATTEN, ELEMENT_DIV, ELEMENT_DIV                                              \
	}
#define DROP_RAW(name)                                                                             \
	{                                                                                              \
		name, TREAT_DROP_RAW, ELEMENT_NONE, ELEMENT_NONE                                           \
	}
#define DROP_NESTED(name)                                                                          \
	{                                                                                              \
		name, TREAT_DROP_NESTED, ELEMENT_NONE, ELEMENT_NONE                                        \
	}

/* What is not listed is unwrapped: span, font, img… */
static const struct rule rules[] = {
    SAME("a", ELEMENT_A),
    SAME("blockquote", ELEMENT_BLOCKQUOTE),
    SAME("br", ELEMENT_BR),
    SAME("code", ELEMENT_CODE),
    SAME("em", ELEMENT_EM),
    SAME("li", ELEMENT_LI),
    SAME("ol", ELEMENT_OL),
    SAME("p", ELEMENT_P),
    SAME("pre", ELEMENT_PRE),
    SAME("strong", ELEMENT_STRONG),
    SAME("ul", ELEMENT_UL),
    SAME("dir", ELEMENT_UL),
    SAME("menu", ELEMENT_UL),
    SAME("listing", ELEMENT_PRE),
    {"b", TREAT_KEEP, ELEMENT_B, ELEMENT_STRONG},
    {"i", TREAT_KEEP, ELEMENT_I, ELEMENT_EM},
    {"h1", TREAT_KEEP, ELEMENT_H2, ELEMENT_P},
    {"h2", TREAT_KEEP, ELEMENT_H2, ELEMENT_P},
    {"h3", TREAT_KEEP, ELEMENT_H3, ELEMENT_P},
    {"h4", TREAT_KEEP, ELEMENT_H3, ELEMENT_P},
    {"h5", TREAT_KEEP, ELEMENT_H3, ELEMENT_P},
    {"h6", TREAT_KEEP, ELEMENT_H3, ELEMENT_P},
    {"hr", TREAT_KEEP, ELEMENT_HR, ELEMENT_DIV},
    {"abbr", TREAT_KEEP, ELEMENT_ABBR, ELEMENT_NONE},
    {"acronym", TREAT_KEEP, ELEMENT_ABBR, ELEMENT_NONE},
    {"cite", TREAT_KEEP, ELEMENT_CITE, ELEMENT_NONE},
    {"del", TREAT_KEEP, ELEMENT_S, ELEMENT_NONE},
    {"q", TREAT_KEEP, ELEMENT_Q, ELEMENT_NONE},
    {"s", TREAT_KEEP, ELEMENT_S, ELEMENT_NONE},
    {"strike", TREAT_KEEP, ELEMENT_S, ELEMENT_NONE},
    {"sub", TREAT_KEEP, ELEMENT_SUB, ELEMENT_NONE},
    {"sup", TREAT_KEEP, ELEMENT_SUP, ELEMENT_NONE},
    BLOCK("address"),
    BLOCK("article"),
    BLOCK("aside"),
    BLOCK("caption"),
    BLOCK("center"),
    BLOCK("dd"),
    FLATTEN("details"),
    FLATTEN("dialog"),
    BLOCK("div"),
    FLATTEN("dl"),
    BLOCK("dt"),
    BLOCK("fieldset"),
    BLOCK("figcaption"),
    FLATTEN("figure"),
    BLOCK("footer"),
    FLATTEN("form"),
    BLOCK("header"),
    BLOCK("hgroup"),
    BLOCK("legend"),
    BLOCK("main"),
    BLOCK("nav"),
    BLOCK("section"),
    BLOCK("summary"),
    FLATTEN("table"),
    BLOCK("tbody"),
    BLOCK("td"),
    BLOCK("tfoot"),
    BLOCK("th"),
    BLOCK("thead"),
    BLOCK("tr"),
    DROP_RAW("iframe"),
    DROP_RAW("noembed"),
    DROP_RAW("noframes"),
    DROP_RAW("noscript"),
    DROP_RAW("script"),
    DROP_RAW("style"),
    DROP_RAW("textarea"),
    DROP_RAW("title"),
    DROP_RAW("xmp"),
    DROP_NESTED("applet"),
    DROP_NESTED("audio"),
    DROP_NESTED("canvas"),
    DROP_NESTED("math"),
    DROP_NESTED("object"),
    DROP_NESTED("select"),
    DROP_NESTED("svg"),
    DROP_NESTED("template"),
    DROP_NESTED("video"),
    {"plaintext", TREAT_DROP_REST, ELEMENT_NONE, ELEMENT_NONE},
};

const char *element_name(enum element element)
{
	return names[element];
}

enum element element_named(const char *name)
{
	for (enum element element = ELEMENT_P; element < ELEMENT_COUNT; element++)
		if (strcmp(names[element], name) == 0)
			return element;
	return ELEMENT_NONE;
}

bool element_is_formatting(enum element element)
{
	return element >= ELEMENT_A && element <= ELEMENT_CODE;
}

bool element_has_attribute(enum element element, enum attribute attribute, enum html_policy policy)
{
	bool is_void = element == ELEMENT_BR || element == ELEMENT_HR || element == ELEMENT_DIV;
	switch (attribute) {
	case ATTRIBUTE_HREF:
		return element == ELEMENT_A;
	case ATTRIBUTE_TITLE:
		return element == ELEMENT_ABBR;
	case ATTRIBUTE_LANG:
	case ATTRIBUTE_DIR:
		return policy == HTML_POLICY_STORY && !is_void;
	case ATTRIBUTE_COUNT:
		break;
	}
	return false;
}

enum treatment treatment_of(Str name, enum html_policy policy, enum element *element)
{
	*element = ELEMENT_NONE;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (!str_equal(str_from_c(rules[i].name), name))
			continue;
		*element = policy == HTML_POLICY_STORY ? rules[i].story : rules[i].reply;
		if (rules[i].treatment == TREAT_KEEP && *element == ELEMENT_NONE)
			return TREAT_UNWRAP;
		return rules[i].treatment;
	}
	return TREAT_UNWRAP;
}
