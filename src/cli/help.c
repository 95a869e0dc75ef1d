/* --help, made from the tables of commands and settings. */
#include "base/utf8.h"
#include "cli/cli_private.h"
#include "server/wiring.h"

#define LINE_WIDTH 78
#define NAME_WIDTH 28 /* what is longer gets its sentence on the next line */

static void row_print(FILE *out, Str name, const char *sentence)
{
	size_t width = utf8_length(name);
	if (width > NAME_WIDTH)
		fprintf(out, "  %.*s\n  %*s  %s\n", STR(name), NAME_WIDTH, "", sentence);
	else
		fprintf(out, "  %.*s%*s  %s\n", STR(name), (int)(NAME_WIDTH - width), "", sentence);
}

static void name_print(FILE *out, const char *words, const char *operands, const char *sentence)
{
	struct buf name BUF_CLEANUP;
	buf_init(&name, 256);
	buf_format(&name, operands[0] == 0 ? "%s" : "%s %s", words, operands);
	row_print(out, buf_str(&name), sentence);
}

void value_add(struct buf *out, const char *value)
{
	const struct language *language;
	if (strcmp(value, COMMAND_LANGUAGE) != 0) {
		buf_add(out, str_from_c(value));
		return;
	}
	for (size_t i = 0; (language = language_at(i)) != NULL; i++) {
		buf_add(out, i == 0 ? S("") : S("|"));
		buf_add(out, language->code);
	}
}

static void option_print(FILE *out, const char *option, const char *value, const char *sentence)
{
	struct buf name BUF_CLEANUP;
	buf_init(&name, 256);
	buf_format(&name, "--%s", option);
	if (value != NULL) {
		buf_add_byte(&name, ' ');
		value_add(&name, value);
	}
	row_print(out, buf_str(&name), sentence);
}

static void options_print(FILE *out, const struct command_option *rows)
{
	for (; rows->name != NULL; rows++)
		option_print(out, rows->name, rows->value, rows->sentence);
}

static void general_print(FILE *out)
{
	fputs("\nFor every command:\n", out);
	options_print(out, command_general_options);
}

void paragraph_print(FILE *out, const char *text, size_t max_width, bool keeps_marks)
{
	Str rest = str_from_c(text);
	Str word;
	size_t column = 0;
	while (str_next(&rest, ' ', &word)) {
		size_t width = utf8_length(word);
		if (column > 0 && column + 1 + width > max_width) {
			fputc('\n', out);
			column = 0;
		}
		if (column++ > 0)
			fputc(' ', out);
		for (size_t i = 0; i < word.length; i++)
			if (keeps_marks || word.bytes[i] != '`')
				fputc(word.bytes[i], out);
		column += width;
	}
	fputc('\n', out);
}

const char *setting_word(enum setting_type type)
{
	switch (type) {
	case SETTING_COUNT:
		return "NUMBER";
	case SETTING_SIZE:
		return "SIZE";
	case SETTING_DURATION:
		return "DURATION";
	case SETTING_WORD:
		return "WORD";
	case SETTING_TEXT:
		break;
	}
	return "TEXT";
}

static void settings_print(FILE *out)
{
	fputs("\nSettings, which win over courant.conf (courant settings shows values and limits):\n",
	      out);
	for (size_t i = 0; i < all_settings_count; i++)
		for (size_t j = 0; j < all_settings[i]->count; j++) {
			const struct setting *row = &all_settings[i]->rows[j];
			option_print(out, row->flag != NULL ? row->flag : row->name, setting_word(row->type),
			             row->sentence);
		}
}

void synopsis_add(struct buf *out, const struct command *command)
{
	buf_format(out, "courant %s%s%s%s%s",
	           command->site == SITE_NEEDED || command->site == SITE_OPENED ? "--site DIR " : "",
	           command->words, command->operands[0] == 0 ? "" : " ", command->operands,
	           command->options != NULL || command->takes_settings ? " [OPTIONS]" : "");
}

static void command_help(FILE *out, const struct command *command)
{
	struct buf synopsis BUF_CLEANUP;
	buf_init(&synopsis, 256);
	synopsis_add(&synopsis, command);
	fprintf(out, "%.*s\n\n%s.\n", STR(buf_str(&synopsis)), command->summary);
	if (command->details != NULL) {
		fputc('\n', out);
		paragraph_print(out, command->details, LINE_WIDTH, false);
	}
	if (command->options != NULL) {
		fputs("\nOptions:\n", out);
		options_print(out, command->options);
	}
	if (command->takes_settings)
		settings_print(out);
	general_print(out);
}

static bool is_of_family(const struct command *command, Str family)
{
	Str words = str_from_c(command->words);
	return str_is_empty(family) ||
	       (str_starts_with(words, family) && words.length > family.length &&
	        words.bytes[family.length] == ' ');
}

void help_print(FILE *out, const struct command_call *call)
{
	if (call->command != NULL) {
		command_help(out, call->command);
		return;
	}
	if (str_is_empty(call->family))
		fputs("Courant, a news server. Begin with:\n\n"
		      "  courant init DIR --name \"The Two Rivers\"\n"
		      "  courant --site DIR serve\n\n"
		      "Commands:\n",
		      out);
	for (size_t i = 0; i < cli_commands.count; i++) {
		const struct command *command = cli_commands.rows[i];
		if (is_of_family(command, call->family))
			name_print(out, command->words, command->operands, command->summary);
	}
	fputs("\ncourant COMMAND --help tells more of each.\n", out);
	general_print(out);
	fputs("\nExit codes: 0 done; 1 refused, with a sentence that says what to do; 2 wrong usage.\n",
	      out);
}
