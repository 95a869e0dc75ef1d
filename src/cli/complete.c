/* What may come next on a command line, from the table of commands. */
#include <jansson.h>
#include <stdlib.h>

#include "cli/cli_private.h"
#include "server/wiring.h"

#define ASKED_MAX "50" /* stories and replies, the newest */
#define ASKED_MAX_BYTES ((size_t)8 << 20)

/* A command line as far as it is typed. */
struct typed {
	FILE *out;
	const struct command *command;
	Str family;     /* its first word, if that is a command's */
	char words[64]; /* of a command, as far as they are typed: "tag alias" */
	size_t operand_count;
	const struct command_option *given[COMMAND_OPTIONS_MAX];
	size_t given_count;
	const char *awaited;           /* what the value is that an option waits for; NULL: none does */
	const char *option;            /* which one, without dashes */
	const struct setting *setting; /* or which setting; NULL: none */
	bool options_ended;
	Str site;
	Str word; /* the last one, which is not whole yet */
};

static void candidate_print(const struct typed *typed, Str before, Str value, Str sentence)
{
	struct buf whole BUF_CLEANUP;
	buf_init(&whole, 4096);
	buf_add(&whole, before);
	buf_add(&whole, value);
	if (whole.failed || !str_starts_with(buf_str(&whole), typed->word))
		return;
	print_text(typed->out, buf_str(&whole));
	if (!str_is_empty(sentence)) {
		fputc('\t', typed->out);
		print_text(typed->out, sentence);
	}
	fputc('\n', typed->out);
}

/* ---- what is typed ---- */

static const struct command_option *option_named(const struct command_option *rows, Str name)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (str_equal(str_from_c(rows->name), name))
			return rows;
	return NULL;
}

static const struct setting *setting_named(Str name)
{
	for (size_t i = 0; i < all_settings_count; i++)
		for (size_t j = 0; j < all_settings[i]->count; j++) {
			const struct setting *row = &all_settings[i]->rows[j];
			if (str_equal(str_from_c(row->name), name) ||
			    (row->flag != NULL && str_equal(str_from_c(row->flag), name)))
				return row;
		}
	return NULL;
}

/* Of "--name" or "--name=…": notes that it is given, and what value it takes. */
static void option_read(struct typed *typed, Str word)
{
	const struct command *command = typed->command;
	Str name = str_from(word, 2);
	name = str_slice(name, 0, str_find_byte(name, '='));
	const struct setting *setting = NULL;
	const struct command_option *option = option_named(command_general_options, name);
	if (option == NULL && command != NULL)
		option = option_named(command->options, name);
	if (option == NULL && command != NULL && command->takes_settings)
		setting = setting_named(name);
	if (option != NULL && typed->given_count < COMMAND_OPTIONS_MAX)
		typed->given[typed->given_count++] = option;
	typed->option = option != NULL ? option->name : "";
	typed->setting = setting;
	if (option != NULL)
		typed->awaited = option->value;
	else if (setting != NULL)
		typed->awaited = setting_word(setting->type);
}

static void value_read(struct typed *typed, Str value)
{
	if (typed->awaited != NULL && strcmp(typed->option, command_general_options[0].name) == 0)
		typed->site = value;
	typed->awaited = NULL;
}

static const struct command *command_named(Str family, Str member)
{
	for (size_t i = 0; i < cli_commands.count; i++) {
		const struct command *command = cli_commands.rows[i];
		Str words = str_from_c(command->words);
		Str rest = str_from(words, family.length);
		if (str_starts_with(words, family) &&
		    (str_is_empty(member)
		         ? str_is_empty(rest)
		         : str_starts_with(rest, S(" ")) && str_equal(str_from(rest, 1), member)))
			return command;
	}
	return NULL;
}

/* What is left of the command's words once `typed` are there; false when it does not begin so. */
static bool words_left(const struct command *command, Str typed, Str *out)
{
	Str words = str_from_c(command->words);
	*out = str_from(words, typed.length);
	if (str_is_empty(typed) || str_equal(words, typed))
		return true;
	if (!str_starts_with(words, typed) || !str_starts_with(*out, S(" ")))
		return false;
	*out = str_from(*out, 1);
	return true;
}

/* False when no command begins so: nothing can be known then. */
static bool command_word_read(struct typed *typed, Str word)
{
	bool is_first = typed->words[0] == '\0';
	size_t length = strlen(typed->words);
	if (length + word.length + 2 > sizeof typed->words)
		return false;
	snprintf(typed->words + length, sizeof typed->words - length, "%s%.*s", is_first ? "" : " ",
	         STR(word));
	if (is_first)
		typed->family = word;
	for (size_t i = 0; i < cli_commands.count; i++) {
		Str left;
		if (!words_left(cli_commands.rows[i], str_from_c(typed->words), &left))
			continue;
		if (str_is_empty(left))
			typed->command = cli_commands.rows[i];
		return true;
	}
	return false;
}

static bool is_option(const struct typed *typed, Str word)
{
	return !typed->options_ended && word.length > 1 && word.bytes[0] == '-';
}

static bool words_read(struct typed *typed, const Str *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		Str word = words[i];
		size_t equals = str_find_byte(word, '=');
		if (typed->awaited != NULL)
			value_read(typed, word);
		else if (!typed->options_ended && str_equal(word, S("--")))
			typed->options_ended = true;
		else if (is_option(typed, word)) {
			option_read(typed, word);
			if (equals != STR_NOT_FOUND)
				value_read(typed, str_from(word, equals + 1));
		} else if (typed->command != NULL)
			typed->operand_count++;
		else if (!command_word_read(typed, word))
			return false;
	}
	return true;
}

/* ---- what may come ---- */

/* One page in three languages is one slug, and a story that readers don't see has no place on the
 * front page. */
static bool row_is_offered(const struct typed *typed, Str family, const json_t *row,
                           const json_t *before, const char *key)
{
	const char *status = json_string_value(json_object_get(row, "status"));
	if (!str_equal(typed->family, family) && str_equal(typed->family, S("front")) &&
	    status != NULL && strcmp(status, "published") != 0)
		return false;
	const json_t *value = json_object_get(row, key);
	return value != NULL && !json_equal(value, json_object_get(before, key));
}

/* What `FAMILY list` gives under `key`. */
static void listed_print(const struct typed *typed, Str before, Str family, const char *key)
{
	const struct command *list = command_named(family, S("list"));
	if (list == NULL)
		return;
	Str words[7] = {family, S("list"), S("--json")};
	size_t count = 3;
	if (!str_is_empty(typed->site)) {
		words[count++] = S("--site");
		words[count++] = typed->site;
	}
	if (option_named(list->options, S("limit")) != NULL) {
		words[count++] = S("--limit");
		words[count++] = S(ASKED_MAX);
	}
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, ASKED_MAX_BYTES);
	Str answer;
	if (cli_ask(words, count, &mem, &answer) != OK)
		return;
	json_t *array = json_loadb(answer.bytes, answer.length, 0, NULL);
	size_t index;
	const json_t *row;
	json_array_foreach(array, index, row)
	{
		char number[32];
		const json_t *name = json_object_get(row, "name");
		const json_t *sentence = name != NULL ? name : json_object_get(row, "headline");
		const json_t *value = json_object_get(row, key);
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		if (row_is_offered(typed, family, row, json_array_get(array, index - 1), key))
			candidate_print(typed, before,
			                str_from_c(json_is_integer(value) ? number : json_string_value(value)),
			                str_from_c(json_string_value(sentence)));
	}
	json_decref(array);
}

static void alternatives_print(const struct typed *typed, Str before, Str values, char separator)
{
	Str value;
	while (str_next(&values, separator, &value))
		candidate_print(typed, before, value, S(""));
}

/* `what` is an option's value or an operand, as the table has it; `name` is the option's. */
static void values_print(const struct typed *typed, Str before, Str what, Str name)
{
	struct buf languages BUF_CLEANUP;
	buf_init(&languages, 256);
	value_add(&languages, COMMAND_LANGUAGE);
	if (str_starts_with(what, S("[")) && str_ends_with(what, S("]")))
		what = str_slice(what, 1, what.length - 2);
	if (str_ends_with(what, S("…")))
		what = str_slice(what, 0, what.length - strlen("…"));
	bool is_id = str_equal(what, S("ID"));
	bool is_slug = str_starts_with(what, S("SLUG")) || str_equal(what, S("FROM")) ||
	               str_equal(what, S("INTO"));
	const char *key = is_id ? "id" : is_slug ? "slug" : "name";
	if (typed->awaited != NULL && typed->setting != NULL && typed->setting->type == SETTING_WORD)
		alternatives_print(typed, before, str_from_c(typed->setting->unit), ' ');
	else if (str_equal(what, S(COMMAND_FILE)) || str_equal(what, S(COMMAND_INPUT)))
		fputs(":files\n", typed->out);
	else if (str_equal(what, S(COMMAND_FOLDER)))
		fputs(":folders\n", typed->out);
	else if (str_equal(what, S(COMMAND_LANGUAGE)))
		alternatives_print(typed, before, buf_str(&languages), '|');
	else if (what.length > 0 && what.bytes[0] >= 'a' && what.bytes[0] <= 'z')
		alternatives_print(typed, before, what, '|');
	else if (!str_is_empty(name) && command_named(name, S("list")) != NULL)
		listed_print(typed, before, name, key);
	else if (is_id && command_named(typed->family, S("list")) == NULL)
		listed_print(typed, before, S("story"), key);
	else if (is_id || is_slug)
		listed_print(typed, before, typed->family, key);
}

/* The next word of every command that begins as it is typed. */
static void words_print(const struct typed *typed)
{
	Str before = S("");
	for (size_t i = 0; i < cli_commands.count; i++) {
		const struct command *command = cli_commands.rows[i];
		Str left;
		if (!words_left(command, str_from_c(typed->words), &left))
			continue;
		Str next = str_slice(left, 0, str_find_byte(left, ' '));
		/* Commands of one family stand together. */
		if (!str_equal(next, before))
			candidate_print(typed, S(""), next,
			                str_equal(next, left) ? str_from_c(command->summary) : S(""));
		before = next;
	}
}

static void options_print(const struct typed *typed, const struct command_option *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		bool is_given = false;
		for (size_t i = 0; i < typed->given_count; i++)
			is_given = is_given || typed->given[i] == rows;
		if (!is_given || rows->repeats)
			candidate_print(typed, S("--"), str_from_c(rows->name), str_from_c(rows->sentence));
	}
}

static void settings_print(const struct typed *typed)
{
	for (size_t i = 0; i < all_settings_count; i++)
		for (size_t j = 0; j < all_settings[i]->count; j++) {
			const struct setting *row = &all_settings[i]->rows[j];
			candidate_print(typed, S("--"), str_from_c(row->flag != NULL ? row->flag : row->name),
			                str_from_c(row->sentence));
		}
}

/* The operand that is typed now, the last of them once more if there may be several; false when
 * there is none to come. */
static bool operand_print(const struct typed *typed)
{
	Str rest = str_from_c(typed->command->operands);
	Str operand;
	for (size_t i = 0; !str_is_empty(rest) && str_next(&rest, ' ', &operand); i++)
		if (i == typed->operand_count ||
		    (i < typed->operand_count && str_ends_with(operand, S("…")))) {
			values_print(typed, S(""), operand, S(""));
			return true;
		}
	return false;
}

void complete_print(FILE *out, const Str *words, size_t count)
{
	if (count > 1 && str_equal(words[0], S("help"))) {
		words++;
		count--;
	}
	struct typed typed = {.out = out};
	if (count == 0 || !words_read(&typed, words, count - 1))
		return;
	typed.word = words[count - 1];
	size_t equals = str_find_byte(typed.word, '=');
	bool has_option = is_option(&typed, typed.word);
	if (typed.awaited != NULL) {
		values_print(&typed, S(""), str_from_c(typed.awaited), str_from_c(typed.option));
		return;
	}
	if (has_option && equals != STR_NOT_FOUND) {
		option_read(&typed, typed.word);
		values_print(&typed, str_slice(typed.word, 0, equals + 1), str_from_c(typed.awaited),
		             str_from_c(typed.option));
		return;
	}
	if (typed.command == NULL)
		words_print(&typed);
	bool is_operand = !has_option && typed.command != NULL && operand_print(&typed);
	bool wants_options = str_equal(typed.word, S("-")) || has_option ||
	                     (str_is_empty(typed.word) && typed.command != NULL && !is_operand);
	if (!wants_options || typed.options_ended)
		return;
	if (typed.command != NULL)
		options_print(&typed, typed.command->options);
	if (typed.command != NULL && typed.command->takes_settings)
		settings_print(&typed);
	options_print(&typed, command_general_options);
}
