/* --help, made from the tables of commands and settings. */
#include "cli/cli_private.h"
#include "server/wiring.h"

#define NAME_WIDTH 28 /* what is longer gets its sentence on the next line */

static void row_print(FILE *out, Str name, const char *sentence)
{
	if (name.length > NAME_WIDTH)
		fprintf(out, "  %.*s\n  %*s  %s\n", STR(name), NAME_WIDTH, "", sentence);
	else
		fprintf(out, "  %-*.*s  %s\n", NAME_WIDTH, STR(name), sentence);
}

static void name_print(FILE *out, const char *words, const char *operands, const char *sentence)
{
	struct buf name BUF_CLEANUP;
	buf_init(&name, 256);
	buf_format(&name, operands[0] == 0 ? "%s" : "%s %s", words, operands);
	row_print(out, buf_str(&name), sentence);
}

static void option_print(FILE *out, const char *option, const char *value, const char *sentence)
{
	struct buf name BUF_CLEANUP;
	buf_init(&name, 256);
	buf_format(&name, "--%s", option);
	if (value != NULL)
		buf_format(&name, " %s", value);
	row_print(out, buf_str(&name), sentence);
}

static void general_print(FILE *out)
{
	fputs("\nFor every command:\n", out);
	option_print(out, "site", "DIR", "the site's folder; otherwise what COURANT_SITE says");
	option_print(out, "json", NULL, "answer in JSON, for programs");
	option_print(out, "help", NULL, "say what can be given, and do nothing");
}

static const char *value_word(enum setting_type type)
{
	switch (type) {
	case SETTING_COUNT:
		return "NUMBER";
	case SETTING_SIZE:
		return "SIZE";
	case SETTING_DURATION:
		return "DURATION";
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
			option_print(out, row->flag != NULL ? row->flag : row->name, value_word(row->type),
			             row->sentence);
		}
}

static void command_help(FILE *out, const struct command *command)
{
	fprintf(out, "courant %s%s%s%s%s\n\n%s.\n",
	        command->site == SITE_NEEDED || command->site == SITE_OPENED ? "--site DIR " : "",
	        command->words, command->operands[0] == 0 ? "" : " ", command->operands,
	        command->options != NULL || command->takes_settings ? " [OPTIONS]" : "",
	        command->summary);
	if (command->options != NULL) {
		fputs("\nOptions:\n", out);
		for (const struct command_option *row = command->options; row->name != NULL; row++)
			option_print(out, row->name, row->value, row->sentence);
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
