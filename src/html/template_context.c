#include "html/html_private.h"
#include "html/template_private.h"

/* A follower of the tokenizer of the HTML Standard, §13.2.5, over the literal parts of a template.
 * Where the standard repairs an author's mistake, this refuses it. */

enum state {
	CONTENT,
	TAG_OPEN,       /* < */
	END_TAG_OPEN,   /* </ */
	TAG_NAME,       /* <di */
	BEFORE_NAME,    /* <div_ */
	ATTRIBUTE_NAME, /* <div cla */
	AFTER_NAME,     /* <div class_ */
	BEFORE_VALUE,   /* <div class= */
	VALUE_DOUBLE,   /* <div class=" */
	VALUE_SINGLE,   /* <div class=' */
	VALUE_UNQUOTED, /* <div class=a */
	GAP,            /* <div class="" : a space must follow before the next attribute */
	SELF_CLOSING,   /* <br / */
	DECLARATION,    /* <! */
	COMMENT_BEGIN,  /* <!- */
	COMMENT,        /* <!-- */
	BOGUS_COMMENT,  /* <!doctype, <? */
	RAW,            /* in an element whose content is not markup: `tag` says which */
};

/* Elements whose content is text with character references, and those where even these are none. */
static const char *const escapable[] = {"title", "textarea"};
static const char *const raw[] = {"script",  "style",    "xmp",      "iframe",
                                  "noembed", "noframes", "plaintext"};

static bool is_in(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}
#define IS_IN(name, list) is_in((name), (list), sizeof(list) / sizeof((list)[0]))

/* A name longer than its field keeps its beginning, which is then no name that a rule knows; the
 * last byte stays 0. */
static void name_add(char *name, size_t size_bytes, char byte)
{
	size_t length = strlen(name);
	if (length + 1 < size_bytes)
		name[length] = html_lower(byte);
}
#define NAME_ADD(name, byte) name_add((name), sizeof(name), (byte))

static void content_begin(struct html_context *context)
{
	*context = (struct html_context){.state = CONTENT};
}

static const char *tag_finish(struct html_context *context)
{
	if (context->has_http_equiv && context->has_value_in_content)
		return "a meta element with http-equiv takes no value in its content";
	bool is_raw = IS_IN(context->tag, escapable) || IS_IN(context->tag, raw);
	if (context->is_end_tag || !is_raw) {
		content_begin(context);
		return NULL;
	}
	struct html_context inside = {.state = RAW};
	memcpy(inside.tag, context->tag, sizeof inside.tag);
	inside.is_json =
	    strcmp(context->tag, "script") == 0 && strcmp(context->value, "application/ld+json") == 0;
	*context = inside;
	return NULL;
}

static void attribute_begin(struct html_context *context)
{
	memset(context->attribute, 0, sizeof context->attribute);
	context->value_begun = 0;
	context->state = ATTRIBUTE_NAME;
}

static void attribute_named(struct html_context *context)
{
	if (strcmp(context->attribute, "http-equiv") == 0)
		context->has_http_equiv = 1;
}

static void attribute_finish(struct html_context *context, enum state next)
{
	memset(context->attribute, 0, sizeof context->attribute);
	context->value_begun = 0;
	context->state = (uint8_t)next;
}

static void value_byte(struct html_context *context, char byte)
{
	context->value_begun = 1;
	if (strcmp(context->tag, "script") == 0 && strcmp(context->attribute, "type") == 0)
		NAME_ADD(context->value, byte);
}

/* > / and white space mean the same in most places of a tag. False if `byte` is none of them. */
static bool tag_byte(struct html_context *context, char byte, const char **problem)
{
	if (byte == '>')
		*problem = tag_finish(context);
	else if (byte == '/')
		attribute_finish(context, SELF_CLOSING);
	else
		return false;
	return true;
}

static const char *name_byte(struct html_context *context, char byte)
{
	if (byte == '"' || byte == '\'' || byte == '<')
		return "an attribute's name can't hold a quote or <";
	NAME_ADD(context->attribute, byte);
	return NULL;
}

/* In a tag, outside of values. */
static const char *step_in_tag(struct html_context *context, char byte)
{
	const char *problem = NULL;
	bool is_space = html_is_space(byte);
	switch ((enum state)context->state) {
	case TAG_NAME:
		if (is_space)
			context->state = BEFORE_NAME;
		else if (!tag_byte(context, byte, &problem))
			NAME_ADD(context->tag, byte);
		return problem;
	case GAP:
		if (is_space)
			context->state = BEFORE_NAME;
		else if (!tag_byte(context, byte, &problem))
			return "a space must stand here, between a tag's name, its attributes and a section";
		return problem;
	case ATTRIBUTE_NAME:
		if (is_space || byte == '=' || byte == '>' || byte == '/')
			attribute_named(context);
		if (is_space)
			context->state = AFTER_NAME;
		else if (byte == '=')
			context->state = BEFORE_VALUE;
		else if (!tag_byte(context, byte, &problem))
			return name_byte(context, byte);
		return problem;
	case AFTER_NAME:
		if (byte == '=') {
			context->state = BEFORE_VALUE;
			return NULL;
		}
		break;
	case SELF_CLOSING:
	case BEFORE_NAME:
	default:
		break;
	}
	if (is_space) {
		if (context->state == SELF_CLOSING)
			context->state = BEFORE_NAME;
		return NULL;
	}
	if (tag_byte(context, byte, &problem))
		return problem;
	attribute_begin(context);
	return name_byte(context, byte);
}

static const char *step_in_value(struct html_context *context, char byte)
{
	bool is_space = html_is_space(byte);
	switch ((enum state)context->state) {
	case BEFORE_VALUE:
		if (byte == '"')
			context->state = VALUE_DOUBLE;
		else if (byte == '\'')
			context->state = VALUE_SINGLE;
		else if (byte == '>')
			return "an attribute's value is missing here";
		else if (!is_space) {
			context->state = VALUE_UNQUOTED;
			value_byte(context, byte);
		}
		return NULL;
	case VALUE_UNQUOTED:
		if (is_space)
			attribute_finish(context, BEFORE_NAME);
		else if (byte == '>')
			return tag_finish(context);
		else
			value_byte(context, byte);
		return NULL;
	default:
		if (byte == (context->state == VALUE_DOUBLE ? '"' : '\''))
			attribute_finish(context, GAP);
		else
			value_byte(context, byte);
		return NULL;
	}
}

/* "</script" and then a space, / or >. A script may hold no "<!--": what ends it after that is
 * another story (§13.2.5.18). */
static const char *step_in_raw(struct html_context *context, char byte)
{
	static const char comment[] = "<!--";
	size_t length = strlen(context->tag) + 2;
	context->raw_begun = 1;
	if (context->matched == length && (html_is_space(byte) || byte == '/' || byte == '>')) {
		struct html_context end = {.state = TAG_NAME, .is_end_tag = 1};
		memcpy(end.tag, context->tag, sizeof end.tag);
		*context = end;
		return step_in_tag(context, byte);
	}
	uint8_t had_matched = context->matched;
	char wanted = context->matched == 0       ? '<'
	              : context->matched == 1     ? '/'
	              : context->matched < length ? context->tag[context->matched - 2]
	                                          : '\0';
	context->matched = html_lower(byte) == wanted ? (uint8_t)(context->matched + 1) : byte == '<';
	context->dashed =
	    byte == comment[context->dashed] ? (uint8_t)(context->dashed + 1) : byte == '<';
	if (context->dashed == sizeof comment - 1)
		return "an element with raw text can't hold <!--";
	/* Inside svg these elements are ordinary ones, and a tag would be a tag. */
	if (had_matched > 0 && context->matched <= had_matched && IS_IN(context->tag, escapable))
		return "a < in this element is written &lt;";
	if (context->raw_closed && context->matched == 0)
		return "the script must be this value and nothing else";
	return NULL;
}

static const char *step_in_comment(struct html_context *context, char byte)
{
	if (context->state == BOGUS_COMMENT) {
		if (byte == '>')
			content_begin(context);
		return NULL;
	}
	/* `matched` counts dashes; the first two may be those that begin the comment: <!--> */
	if (byte == '>' && context->matched >= 2)
		content_begin(context);
	else if (byte == '!' && context->matched >= 2)
		return "a comment can't hold --!";
	else if (byte == '-')
		context->matched = context->matched < 2 ? (uint8_t)(context->matched + 1) : 2;
	else
		context->matched = 0;
	return NULL;
}

static const char *step_after_less_than(struct html_context *context, char byte)
{
	switch ((enum state)context->state) {
	case TAG_OPEN:
	case END_TAG_OPEN:
		if (html_is_letter(byte)) {
			context->is_end_tag = context->state == END_TAG_OPEN;
			context->state = TAG_NAME;
			NAME_ADD(context->tag, byte);
		} else if (context->state == END_TAG_OPEN) {
			return "</ must be followed by a tag's name";
		} else if (byte == '/') {
			context->state = END_TAG_OPEN;
		} else if (byte == '!') {
			context->state = DECLARATION;
		} else if (byte == '?') {
			context->state = BOGUS_COMMENT;
		} else {
			return "a < that begins no tag is written &lt;";
		}
		return NULL;
	case DECLARATION:
		if (byte == '[')
			return "a template can't hold <![CDATA[";
		context->state = byte == '-' ? COMMENT_BEGIN : BOGUS_COMMENT;
		return byte == '>' ? "<!> is no declaration" : NULL;
	default: /* COMMENT_BEGIN */
		if (byte != '-')
			return "a comment begins with <!--";
		*context = (struct html_context){.state = COMMENT, .matched = 2};
		return NULL;
	}
}

static const char *step(struct html_context *context, char byte)
{
	switch ((enum state)context->state) {
	case CONTENT:
		if (byte == '<')
			context->state = TAG_OPEN;
		return NULL;
	case TAG_OPEN:
	case END_TAG_OPEN:
	case DECLARATION:
	case COMMENT_BEGIN:
		return step_after_less_than(context, byte);
	case TAG_NAME:
	case BEFORE_NAME:
	case ATTRIBUTE_NAME:
	case AFTER_NAME:
	case GAP:
	case SELF_CLOSING:
		return step_in_tag(context, byte);
	case BEFORE_VALUE:
	case VALUE_DOUBLE:
	case VALUE_SINGLE:
	case VALUE_UNQUOTED:
		return step_in_value(context, byte);
	case COMMENT:
	case BOGUS_COMMENT:
		return step_in_comment(context, byte);
	case RAW:
		return step_in_raw(context, byte);
	}
	return NULL;
}

const char *html_context_literal(struct html_context *context, Str text, size_t *place)
{
	for (size_t i = 0; i < text.length; i++) {
		const char *problem = step(context, text.bytes[i]);
		if (problem != NULL) {
			*place = i;
			return problem;
		}
	}
	return NULL;
}

/* --- values --- */

static const char *const url_attributes[] = {
    "href",       "src",      "action", "formaction", "poster", "cite",    "data",
    "background", "manifest", "ping",   "xlink:href", "itemid", "longdesc"};
static const char *const refused_attributes[] = {"style", "srcset", "imagesrcset", "srcdoc",
                                                 "http-equiv"};

static bool name_starts_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_url_attribute(const char *name)
{
	return IS_IN(name, url_attributes) ||
	       (name_starts_with(name, "data-") && str_ends_with(str_from_c(name), S("-url")));
}

static const char *value_in_attribute(struct html_context *context, enum view_kind kind)
{
	const char *name = context->attribute;
	if (kind == VIEW_HTML || kind == VIEW_JSON)
		return "an attribute takes no markup and no JSON";
	/* One longer than the field may hold is none that the rules know. */
	if (strlen(name) + 1 == sizeof context->attribute)
		return "the attribute's name is too long";
	if (name_starts_with(name, "on"))
		return "an event handler takes no value";
	if (IS_IN(name, refused_attributes))
		return "this attribute takes no value";
	if (strcmp(context->tag, "script") == 0 && strcmp(name, "type") == 0)
		return "a script's type takes no value";
	if (strcmp(context->tag, "meta") == 0 && strcmp(name, "content") == 0)
		context->has_value_in_content = 1;
	if (is_url_attribute(name)) {
		if (kind != VIEW_URL)
			return "this attribute takes an address (VIEW_URL) and no text";
		if (context->value_begun)
			return "an address must stand at the start of its attribute";
	}
	context->value_begun = 1;
	return NULL;
}

static const char *value_in_raw(struct html_context *context, enum view_kind kind)
{
	bool is_script = strcmp(context->tag, "script") == 0;
	if (context->matched > 0 || context->dashed > 0)
		return "< stands right before it";
	if (IS_IN(context->tag, escapable))
		return kind == VIEW_HTML || kind == VIEW_JSON ? "this element takes no markup and no JSON"
		                                              : NULL;
	if (context->is_json && kind == VIEW_JSON)
		return NULL;
	if (is_script && !context->is_json && kind == VIEW_HTML && !context->raw_begun) {
		context->raw_begun = 1;
		context->raw_closed = 1;
		return NULL;
	}
	if (is_script)
		return "a script takes JSON (VIEW_JSON) if its type is application/ld+json, or else markup "
		       "of our own as its whole content";
	return "this element takes no value";
}

const char *html_context_value(struct html_context *context, enum view_kind kind)
{
	switch ((enum state)context->state) {
	case CONTENT:
		return kind == VIEW_JSON ? "JSON stands in a script of type application/ld+json alone"
		                         : NULL;
	case RAW:
		return value_in_raw(context, kind);
	case VALUE_DOUBLE:
	case VALUE_SINGLE:
		return value_in_attribute(context, kind);
	case BEFORE_VALUE:
	case VALUE_UNQUOTED:
		return "an attribute's value needs quotes";
	case TAG_OPEN:
	case END_TAG_OPEN:
	case TAG_NAME:
		return "a tag's name takes no value";
	case BEFORE_NAME:
	case ATTRIBUTE_NAME:
	case AFTER_NAME:
	case GAP:
	case SELF_CLOSING:
		return "an attribute's name takes no value";
	case DECLARATION:
	case COMMENT_BEGIN:
	case COMMENT:
	case BOGUS_COMMENT:
		return "a comment or declaration takes no value";
	}
	return "nothing may stand here";
}

void html_context_refused(struct html_context *context)
{
	if (context->state == BEFORE_VALUE)
		context->state = VALUE_UNQUOTED;
	if (context->state == VALUE_UNQUOTED || context->state == VALUE_DOUBLE ||
	    context->state == VALUE_SINGLE)
		context->value_begun = 1;
}

/* --- sections --- */

static bool context_equal(const struct html_context *a, const struct html_context *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

const char *html_context_open_section(struct html_context *context)
{
	switch ((enum state)context->state) {
	case TAG_NAME:
	case ATTRIBUTE_NAME:
	case AFTER_NAME:
		/* What follows may be the section or what stands behind it: a space must come first. */
		attribute_named(context);
		attribute_finish(context, GAP);
		return NULL;
	case TAG_OPEN:
	case END_TAG_OPEN:
	case BEFORE_VALUE:
	case VALUE_UNQUOTED:
	case DECLARATION:
	case COMMENT_BEGIN:
	case COMMENT:
	case BOGUS_COMMENT:
	case SELF_CLOSING:
		return "a section must begin in content, in a quoted value or between attributes";
	default:
		return context->matched > 0 || context->dashed > 0 ? "< stands right before it" : NULL;
	}
}

const char *html_context_close_section(struct html_context *context,
                                       const struct html_context *begun)
{
	struct html_context end = *context;
	if (end.state == ATTRIBUTE_NAME || end.state == AFTER_NAME) {
		attribute_named(&end);
		attribute_finish(&end, GAP);
	}
	struct html_context same = *begun;
	/* Differences that both ways out of the section can bear: the stricter one holds. */
	same.value_begun |= end.value_begun;
	same.has_http_equiv |= end.has_http_equiv;
	same.has_value_in_content |= end.has_value_in_content;
	end.value_begun = same.value_begun;
	end.has_http_equiv = same.has_http_equiv;
	end.has_value_in_content = same.has_value_in_content;
	if (same.state == RAW && !end.raw_closed) {
		same.raw_begun |= end.raw_begun;
		end.raw_begun = same.raw_begun;
	}
	if (same.state == GAP && end.state == BEFORE_NAME)
		end.state = GAP;
	if (!context_equal(&same, &end))
		return "a section must end in the same place of the markup in which it began, and inside a "
		       "tag each attribute needs a space before it, in the section";
	*context = same;
	return NULL;
}

bool html_context_is_content(const struct html_context *context)
{
	return context->state == CONTENT;
}
