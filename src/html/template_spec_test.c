/* All required cases of the Mustache specification, one test each. The data of a case is JSON, so
 * views and structs are made from it while the test runs. */
#include "html/template.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above it. */
#include <cmocka.h>

#define ROOT_DEFAULT "."
#define CASE_COUNT 136

static const char *const files[] = {"comments", "delimiters", "interpolation",
                                    "inverted", "partials",   "sections"};

struct spec_case {
	const char *file;
	const json_t *json;
};

/* --- JSON to structs --- */

/* Room for any value that a view's field can have. */
#define SLOT_BYTES sizeof(struct view_list)

static void *memory(struct arena *mem, size_t size_bytes)
{
	void *piece = arena_alloc(mem, size_bytes);
	assert_non_null(piece);
	return piece;
}

static Str text_of(const json_t *value, struct arena *mem)
{
	Str text = S("");
	if (json_is_string(value))
		return str_from_c(json_string_value(value));
	if (json_is_integer(value))
		assert_int_equal(arena_format(mem, &text, "%lld", (long long)json_integer_value(value)),
		                 OK);
	if (json_is_real(value))
		assert_int_equal(arena_format(mem, &text, "%g", json_real_value(value)), OK);
	return text;
}

static void value_fill(const json_t *value, struct arena *mem, struct view_field *field,
                       char *slot);

/* A view of one value: of an object's members, or of the value itself as {{.}}. */
static struct view *view_of(const json_t *value, struct arena *mem)
{
	struct view *view = memory(mem, sizeof *view);
	view->name = "JSON";
	view->count = json_is_object(value) ? json_object_size(value) : 1;
	view->struct_bytes = (view->count + 1) * SLOT_BYTES;
	return view;
}

static void struct_fill(const json_t *value, struct arena *mem, struct view *view, char *bytes)
{
	struct view_field *fields = memory(mem, (view->count + 1) * sizeof *fields);
	size_t i = 0;
	view->fields = fields;
	if (!json_is_object(value)) {
		fields[0] = (struct view_field){.name = "."};
		value_fill(value, mem, &fields[0], bytes);
		return;
	}
	const char *key;
	json_t *member;
	/* jansson's loop wants a value that may be changed; nothing here does. */
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
	{
		fields[i] = (struct view_field){.name = key, .offset = i * SLOT_BYTES};
		value_fill(member, mem, &fields[i], bytes + i * SLOT_BYTES);
		i++;
	}
}

/* All items have the view of the first; in the specification they are alike but for their
 * values. */
static void list_fill(const json_t *list, struct arena *mem, struct view_field *field, char *slot)
{
	size_t count = json_array_size(list);
	struct view_list filled = {.count = count};
	field->kind = VIEW_LIST;
	if (count > 0) {
		struct view *view = view_of(json_array_get(list, 0), mem);
		char *items = memory(mem, count * view->struct_bytes);
		for (size_t i = 0; i < count; i++)
			struct_fill(json_array_get(list, i), mem, view, items + i * view->struct_bytes);
		field->of = view;
		filled.items = items;
	}
	memcpy(slot, &filled, sizeof filled);
}

static void value_fill(const json_t *value, struct arena *mem, struct view_field *field, char *slot)
{
	if (json_is_array(value)) {
		list_fill(value, mem, field, slot);
	} else if (json_is_object(value)) {
		struct view *view = view_of(value, mem);
		char *bytes = memory(mem, view->struct_bytes);
		struct_fill(value, mem, view, bytes);
		field->kind = VIEW_OBJECT;
		field->of = view;
		memcpy(slot, &bytes, sizeof bytes);
	} else if (json_is_boolean(value)) {
		bool is_true = json_is_true(value);
		field->kind = VIEW_BOOL;
		memcpy(slot, &is_true, sizeof is_true);
	} else {
		Str text = text_of(value, mem);
		field->kind = VIEW_TEXT;
		memcpy(slot, &text, sizeof text);
	}
}

/* --- the test --- */

static Str member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	assert_non_null(value);
	return (Str){json_string_value(value), json_string_length(value)};
}

static size_t sources_fill(const json_t *test, struct arena *mem, struct template_source **out)
{
	json_t *partials = json_object_get(test, "partials");
	struct template_source *sources =
	    memory(mem, (json_object_size(partials) + 1) * sizeof *sources);
	size_t count = 1;
	const char *name;
	json_t *text;
	sources[0] =
	    (struct template_source){.name = S("the template"), .text = member(test, "template")};
	json_object_foreach(partials, name, text) sources[count++] = (struct template_source){
	    .name = str_from_c(name), .text = {json_string_value(text), json_string_length(text)}};
	*out = sources;
	return count;
}

static void test_template_renders_as_the_specification_says(void **state)
{
	const struct spec_case *spec = *state;
	const json_t *data = json_object_get(spec->json, "data");
	Str expected = member(spec->json, "expected");
	struct arena mem;
	struct buf out;
	struct templates *templates = NULL;
	struct template_source *sources;
	arena_init(&mem, 1 << 20);
	buf_init(&out, 1 << 20);
	struct view *view = view_of(data, &mem);
	char *bytes = memory(&mem, view->struct_bytes);
	struct_fill(data, &mem, view, bytes);
	struct template_binding binding = {"the template", view};
	struct template_options options = {
	    .bindings = &binding, .binding_count = 1, .mustache_only = true};
	options.source_count = sources_fill(spec->json, &mem, &sources);
	options.sources = sources;
	if (templates_new(&options, &templates) != OK)
		fail_msg("%.*s", STR(err_text()));
	const struct template *template = templates_find(templates, S("the template"));
	assert_non_null(template);
	assert_int_equal(template_render(template, bytes, &out), OK);
	if (!str_equal(buf_str(&out), expected))
		fail_msg("expected \"%.*s\", was \"%.*s\"", STR(expected), STR(buf_str(&out)));
	templates_free(templates);
	buf_done(&out);
	arena_done(&mem);
}

static json_t *file_load(const char *name)
{
	const char *root = getenv("COURANT_ROOT");
	char path[4096];
	json_error_t error;
	snprintf(path, sizeof path, "%s/tests/fixtures/mustache/%s.json",
	         root == NULL ? ROOT_DEFAULT : root, name);
	json_t *file = json_load_file(path, 0, &error);
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, error.text);
		exit(1);
	}
	return file;
}

int main(void)
{
	static struct CMUnitTest tests[CASE_COUNT];
	static struct spec_case cases[CASE_COUNT];
	static char names[CASE_COUNT][160];
	json_t *loaded[sizeof files / sizeof files[0]];
	size_t count = 0;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		loaded[i] = file_load(files[i]);
		const json_t *list = json_object_get(loaded[i], "tests");
		for (size_t j = 0; j < json_array_size(list); j++) {
			if (count == CASE_COUNT) {
				fprintf(stderr, "there are more than %d cases\n", CASE_COUNT);
				return 1;
			}
			const json_t *test = json_array_get(list, j);
			cases[count] = (struct spec_case){files[i], test};
			snprintf(names[count], sizeof names[count], "test_template_mustache_%s_%s", files[i],
			         json_string_value(json_object_get(test, "name")));
			tests[count] =
			    (struct CMUnitTest){.name = names[count],
			                        .test_func = test_template_renders_as_the_specification_says,
			                        .initial_state = &cases[count]};
			count++;
		}
	}
	if (count != CASE_COUNT) {
		fprintf(stderr, "there are %zu cases instead of %d\n", count, CASE_COUNT);
		return 1;
	}
	int failed = _cmocka_run_group_tests("mustache", tests, count, NULL, NULL);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		json_decref(loaded[i]);
	return failed;
}
