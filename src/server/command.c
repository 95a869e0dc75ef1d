#include "server/command.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>

#include "server/wiring.h"

const struct command_option command_general_options[] = {
    {"site", COMMAND_FOLDER, false, "the site's folder; otherwise what COURANT_SITE says"},
    {"json", NULL, false, "answer in JSON, for programs"},
    {"help", NULL, false, "say what can be given, and do nothing"},
    {0},
};

/* ---- finding the command ---- */

/* How many of `words` name the command: 0 when they name another. */
static size_t words_that_match(const struct command *command, const Str *words, size_t count)
{
	Str rest = str_from_c(command->words);
	Str word;
	size_t matched = 0;
	while (str_next(&rest, ' ', &word)) {
		if (matched == count || !str_equal(word, words[matched]))
			return 0;
		matched++;
	}
	return matched;
}

static Str first_word(const struct command *command)
{
	Str words = str_from_c(command->words);
	return str_slice(words, 0, str_find_byte(words, ' '));
}

/* "add, list, show": what may follow the family's word. False when there is no such family. */
static bool family_members(const struct command_table *table, Str family, struct buf *out)
{
	bool known = false;
	for (size_t i = 0; i < table->count; i++) {
		Str words = str_from_c(table->rows[i]->words);
		if (words.length == family.length || !str_equal(first_word(table->rows[i]), family))
			continue;
		if (known)
			buf_add(out, S(", "));
		buf_add(out, str_from(words, family.length + 1));
		known = true;
	}
	return known;
}

static Err command_find(const struct command_table *table, const Str *words, size_t count,
                        struct command_call *call, size_t *taken)
{
	for (size_t i = 0; i < table->count; i++) {
		*taken = words_that_match(table->rows[i], words, count);
		if (*taken > 0) {
			call->command = table->rows[i];
			return OK;
		}
	}
	struct buf members BUF_CLEANUP;
	buf_init(&members, 512);
	if (!family_members(table, words[0], &members))
		return fail(ERR_INVALID, "there is no command \"%.*s\"", STR(words[0]));
	*taken = 1;
	for (size_t i = 1; i < count; i++)
		if (str_equal(words[i], S("--help")) || str_equal(words[i], S("-h"))) {
			call->family = words[0];
			call->help = true;
			*taken = count;
			return OK;
		}
	return fail(ERR_INVALID, "after \"%.*s\" comes one of %.*s", STR(words[0]),
	            STR(buf_str(&members)));
}

/* ---- options ---- */

struct cursor {
	const Str *words;
	size_t count, place;
};

static const struct command_option *option_find(const struct command_option *rows, Str name)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (str_equal(str_from_c(rows->name), name))
			return rows;
	return NULL;
}

static bool setting_is_known(Str name)
{
	for (size_t i = 0; i < all_settings_count; i++)
		for (size_t j = 0; j < all_settings[i]->count; j++) {
			const struct setting *row = &all_settings[i]->rows[j];
			if (str_equal(str_from_c(row->name), name) ||
			    (row->flag != NULL && str_equal(str_from_c(row->flag), name)))
				return true;
		}
	return false;
}

static Err value_take(struct cursor *cursor, Str name, bool has_value, Str *value)
{
	if (has_value)
		return OK;
	if (cursor->place == cursor->count)
		return fail(ERR_INVALID, "--%.*s needs a value", STR(name));
	*value = cursor->words[cursor->place++];
	return OK;
}

static Err general_option_take(const struct command_option *option, Str value,
                               struct command_call *call)
{
	if (option == &command_general_options[0]) {
		if (str_is_empty(value))
			return fail(ERR_INVALID, "--site needs the name of a folder");
		call->site = value;
	} else if (option == &command_general_options[1]) {
		call->json = true;
	} else {
		call->help = true;
	}
	return OK;
}

static Err given_add(struct command_call *call, const struct command_option *option, Str value)
{
	for (size_t i = 0; i < call->given_count; i++)
		if (call->given[i].option == option && !option->repeats)
			return fail(ERR_INVALID, "--%s is given twice", option->name);
	if (call->given_count == COMMAND_OPTIONS_MAX)
		return fail(ERR_INVALID, "more than %d options are given", COMMAND_OPTIONS_MAX);
	call->given[call->given_count++] = (struct command_given){option, value};
	return OK;
}

static Err setting_add(struct command_call *call, Str name, Str value)
{
	if (call->setting_count == sizeof call->settings / sizeof call->settings[0])
		return fail(ERR_INVALID, "more than %d settings are given", COMMAND_OPTIONS_MAX);
	call->settings[call->setting_count++] = name;
	call->settings[call->setting_count++] = value;
	return OK;
}

/* `word` begins with "--". */
static Err option_take(struct cursor *cursor, Str word, struct command_call *call)
{
	Str name = str_from(word, 2);
	size_t equals = str_find_byte(name, '=');
	bool has_value = equals != STR_NOT_FOUND;
	Str value = has_value ? str_from(name, equals + 1) : S("");
	name = str_slice(name, 0, equals);

	const struct command *command = call->command;
	const struct command_option *general = option_find(command_general_options, name);
	const struct command_option *option =
	    general != NULL || command == NULL ? general : option_find(command->options, name);
	if (option == NULL && command != NULL && command->takes_settings && setting_is_known(name)) {
		TRY(value_take(cursor, name, has_value, &value));
		return setting_add(call, name, value);
	}
	if (option == NULL)
		return fail(ERR_INVALID, "there is no option --%.*s", STR(name));
	if (option->value != NULL)
		TRY(value_take(cursor, name, has_value, &value));
	else if (has_value)
		return fail(ERR_INVALID, "--%s takes no value", option->name);
	if (general != NULL)
		return general_option_take(general, value, call);
	return given_add(call, option, value);
}

static Err operand_take(Str word, struct command_call *call)
{
	if (call->operand_count == COMMAND_OPERANDS_MAX)
		return fail(ERR_INVALID, "\"%.*s\" is one word too many", STR(word));
	call->operands[call->operand_count++] = word;
	return OK;
}

/* Compares the operands with their description: "SLUG", "[PATH]". */
static Err operands_check(const struct command_call *call)
{
	Str rest = str_from_c(call->command->operands);
	Str name;
	size_t place = 0;
	while (!str_is_empty(rest) && str_next(&rest, ' ', &name)) {
		if (place == call->operand_count && name.bytes[0] != '[')
			return fail(ERR_INVALID, "%.*s is missing", STR(name));
		if (place < call->operand_count)
			place++;
		if (str_ends_with(name, S("…")))
			place = call->operand_count;
	}
	if (place < call->operand_count)
		return fail(ERR_INVALID, "\"%.*s\" is one word too many", STR(call->operands[place]));
	return OK;
}

static Err words_take(struct cursor *cursor, struct command_call *call, bool stop_at_command)
{
	bool options_ended = false;
	while (cursor->place < cursor->count) {
		Str word = cursor->words[cursor->place];
		bool is_option = !options_ended && word.length > 1 && word.bytes[0] == '-';
		if (!is_option && stop_at_command)
			return OK;
		cursor->place++;
		if (!is_option)
			TRY(operand_take(word, call));
		else if (str_equal(word, S("--")))
			options_ended = true;
		else if (str_equal(word, S("-h")))
			call->help = true;
		else if (str_starts_with(word, S("--")))
			TRY(option_take(cursor, word, call));
		else
			return fail(ERR_INVALID, "there is no option %.*s", STR(word));
	}
	return OK;
}

Err command_parse(const struct command_table *table, const Str *words, size_t count,
                  struct command_call *out)
{
	struct command_call call = {0};
	struct cursor cursor = {words, count, 0};
	TRY(words_take(&cursor, &call, true));
	if (cursor.place < count) {
		size_t taken;
		TRY(command_find(table, words + cursor.place, count - cursor.place, &call, &taken));
		cursor.place += taken;
	}
	if (call.command != NULL) {
		TRY(words_take(&cursor, &call, false));
		if (!call.help)
			TRY(operands_check(&call));
	}
	*out = call;
	return OK;
}

const struct command *command_begun(const struct command_table *table, const Str *words,
                                    size_t count)
{
	struct command_call call = {0};
	struct cursor cursor = {words, count, 0};
	size_t taken;
	if (words_take(&cursor, &call, true) != OK || cursor.place == count)
		return NULL;
	Err err = command_find(table, words + cursor.place, count - cursor.place, &call, &taken);
	return err == OK ? call.command : NULL;
}

/* ---- running ---- */

/* The sentence may hold words from outside, which must neither act on a terminal nor break JSON. */
void command_report(const struct command_io *io, bool json)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 4 * ERR_TEXT_MAX + 8192);
	Str sentence = S("the reason can't be shown");
	Err err = web_showable(err_text(), &mem, &sentence);
	(void)err; /* then it is that one */
	fputs("courant: ", io->err);
	for (size_t i = 0; i < sentence.length; i++)
		fputc(sentence.bytes[i] == '\n' ? ' ' : sentence.bytes[i], io->err);
	fputc('\n', io->err);
	if (json) {
		json_t *object = json_pack("{s:s%}", "error", sentence.bytes, sentence.length);
		if (object != NULL)
			json_dumpf(object, io->out, 0);
		json_decref(object);
		fputc('\n', io->out);
	}
	/* A reader that has gone away is told nothing more. */
	(void)fflush(io->out);
	(void)fflush(io->err);
}

enum exit_code command_run(struct command_context *context)
{
	const struct command_call *call = context->call;
	Err err = call->command->run(context);
	if (err == OK && (fflush(context->io->out) != 0 || ferror(context->io->out)))
		err = fail(ERR_IO, "it was done, but the output could not be written: %s", strerror(errno));
	if (err == OK)
		return EXIT_DONE;
	if (context->misused) {
		Str sentence = err_text();
		err = fail(ERR_INVALID, "%.*s; courant %s --help says more", STR(sentence),
		           call->command->words);
	}
	/* Who closed the pipe, as head(1) does, knows why. */
	if (context->is_told)
		(void)fflush(context->io->out);
	else if (!(ferror(context->io->out) && errno == EPIPE))
		command_report(context->io, call->json);
	(void)err;
	return context->misused ? EXIT_USAGE : EXIT_REFUSED;
}

/* ---- for commands ---- */

static const struct command_given *given_find(const struct command_call *call, const char *name)
{
	for (size_t i = 0; i < call->given_count; i++)
		if (strcmp(call->given[i].option->name, name) == 0)
			return &call->given[i];
	return NULL;
}

bool command_has(const struct command_context *context, const char *option)
{
	return given_find(context->call, option) != NULL;
}

Str command_value(const struct command_context *context, const char *option)
{
	const struct command_given *given = given_find(context->call, option);
	return given == NULL ? S("") : given->value;
}

const struct command_given *command_input(const struct command_call *call)
{
	for (size_t i = 0; i < call->given_count; i++) {
		const char *value = call->given[i].option->value;
		if (value != NULL && strcmp(value, COMMAND_INPUT) == 0)
			return &call->given[i];
	}
	return NULL;
}

Err command_misused(struct command_context *context, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	context->misused = true;
	return fail(ERR_INVALID, "%s", text);
}
