#include "html/template_private.h"

/* Values within the words of one sentence. */
#define WORDS_VALUES_MAX 16

/* The words between {{#_}} and {{/_}} as they are looked up, and the values that they hold. */
struct words {
	Str text;
	struct tag values[WORDS_VALUES_MAX];
	bool used[WORDS_VALUES_MAX];
	size_t value_count;
};

/* Runs of white space become one space: lines may be broken anywhere in a template. */
static Err fold_space(struct arena *mem, Str text, Str *out)
{
	char *bytes = arena_alloc(mem, text.length);
	size_t length = 0;
	if (bytes == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.bytes[i];
		bool is_space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
		if (!is_space)
			bytes[length++] = byte;
		else if (length == 0 || bytes[length - 1] != ' ')
			bytes[length++] = ' ';
	}
	*out = (Str){bytes, length};
	return OK;
}

/* Reads up to {{/_}}. */
static Err words_read(struct scanner *scanner, const struct tag *open, struct arena *mem,
                      struct words *out)
{
	struct tag tag;
	out->value_count = 0;
	if (!str_equal(scanner->open, S("{{")) || !str_equal(scanner->close, S("}}")))
		return scanner_fail(scanner, open->place, "{{#_}} needs the delimiters {{ and }}");
	for (;;) {
		TRY(scanner_next(scanner, &tag));
		if (tag.kind == TAG_END)
			return scanner_fail(scanner, open->place, "{{#_}} is never closed");
		if (str_find_byte(tag.literal, '<') != STR_NOT_FOUND ||
		    str_find_byte(tag.literal, '>') != STR_NOT_FOUND)
			return scanner_fail(scanner, open->place, "words to be translated hold no markup");
		if (tag.kind == TAG_CLOSE && str_equal(tag.name, S("_")))
			break;
		if (tag.kind != TAG_VALUE)
			return scanner_fail(scanner, tag.place,
			                    "words to be translated hold no tags but values such as {{name}}");
		if (out->value_count == WORDS_VALUES_MAX)
			return scanner_fail(scanner, tag.place, "words to be translated hold at most %d values",
			                    WORDS_VALUES_MAX);
		out->used[out->value_count] = false;
		out->values[out->value_count++] = tag;
	}
	return fold_space(mem, str_slice(scanner->text, open->end, tag.place - open->end), &out->text);
}

/* The value of that name, marked as used; NULL if the words do not have it. */
static const struct tag *value_use(struct words *words, Str name)
{
	const struct tag *found = NULL;
	for (size_t i = 0; i < words->value_count; i++) {
		if (str_equal(words->values[i].name, name)) {
			words->used[i] = true;
			found = &words->values[i];
		}
	}
	return found;
}

/* Words are text and stand where a text may. */
static Err words_literal(struct compiler *compiler, const struct scanner *scanner,
                         const struct tag *open, Str text)
{
	if (text.length == 0)
		return OK;
	const char *problem = html_context_value(&compiler->context, VIEW_TEXT);
	if (problem != NULL)
		return scanner_fail(scanner, open->place, "{{#_}} can't stand here: %s", problem);
	html_escape_to(&compiler->text, text);
	return OK;
}

static Err translation_compile(struct compiler *compiler, const struct scanner *scanner,
                               const struct tag *open, struct words *words, Str translation)
{
	struct scanner inner;
	struct tag tag = {.kind = TAG_END};
	scanner_init(&inner, scanner->name, translation, true);
	do {
		if (scanner_next(&inner, &tag) != OK)
			return scanner_fail(scanner, open->place,
			                    "the translation of \"%.*s\" has a broken tag", STR(words->text));
		TRY(words_literal(compiler, scanner, open, tag.literal));
		if (tag.kind == TAG_END)
			break;
		const struct tag *value = tag.kind == TAG_VALUE ? value_use(words, tag.name) : NULL;
		if (value == NULL)
			return scanner_fail(
			    scanner, open->place,
			    "the translation of \"%.*s\" has a tag that these words do not have",
			    STR(words->text));
		struct scanner at_value = *scanner;
		at_value.field = value->name;
		TRY(compiler_value(compiler, &at_value, value));
	} while (tag.kind != TAG_END);
	for (size_t i = 0; i < words->value_count; i++)
		if (!words->used[i])
			return scanner_fail(scanner, open->place, "the translation of \"%.*s\" lacks {{%.*s}}",
			                    STR(words->text), STR(words->values[i].name));
	return OK;
}

Err compiler_words(struct compiler *compiler, struct scanner *scanner, const struct tag *open)
{
	const struct template_options *options = compiler->options;
	struct words words = {0};
	TRY(words_read(scanner, open, &compiler->scratch, &words));
	if (compiler->dead_count > 0)
		return OK;
	Str translation = words.text;
	if (options->translate != NULL)
		translation = options->translate(words.text, options->translate_context);
	Err err = translation_compile(compiler, scanner, open, &words, translation);
	return compiler_forgive(compiler, err);
}

Err compiler_asset(struct compiler *compiler, struct scanner *scanner, const struct tag *open)
{
	const struct template_options *options = compiler->options;
	struct tag tag;
	Url url;
	TRY(scanner_next(scanner, &tag));
	if (tag.kind != TAG_CLOSE || !str_equal(tag.name, S("asset")))
		return scanner_fail(scanner, open->place,
		                    "{{#asset}} holds the name of an asset and no tag, and ends with "
		                    "{{/asset}}");
	if (compiler->dead_count > 0)
		return OK;
	Str name = str_trim(tag.literal);
	scanner->field = name;
	if (options->asset == NULL || !options->asset(name, options->asset_context, &url))
		return compiler_forgive(
		    compiler, scanner_fail(scanner, open->place, "there is no asset \"%.*s\"", STR(name)));
	const char *problem = html_context_value(&compiler->context, VIEW_URL);
	if (problem != NULL)
		return compiler_forgive(compiler, scanner_fail(scanner, open->place,
		                                               "{{#asset}} can't stand here: %s", problem));
	html_escape_to(&compiler->text, url.address);
	return OK;
}
