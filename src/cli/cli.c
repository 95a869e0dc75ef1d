#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/descriptor.h"
#include "cli/cli_private.h"
#include "server/control.h"
#include "server/wiring.h"

#define INPUT_MAX_BYTES HTML_MAX_BYTES /* the most that a command takes */
#define COMMAND_MEMORY_BYTES ((size_t)64 << 20)

/* clang-format off */
static const struct command *const rows[] = {
	&init_command,
	&serve_command,
	&top_command,
	&metrics_command,
	&reload_command,
	&upgrade_command,
	&story_add_command,
	&story_edit_command,
	&story_publish_command,
	&story_list_command,
	&story_show_command,
	&story_correct_command,
	&story_withdraw_command,
	&story_discard_command,
	&section_list_command,
	&section_add_command,
	&section_remove_command,
	&tag_list_command,
	&tag_add_command,
	&tag_alias_add_command,
	&tag_alias_remove_command,
	&tag_merge_command,
	&tag_remove_command,
	&byline_list_command,
	&byline_add_command,
	&byline_alias_add_command,
	&byline_alias_remove_command,
	&byline_merge_command,
	&byline_remove_command,
	&source_list_command,
	&source_add_command,
	&source_alias_add_command,
	&source_alias_remove_command,
	&source_merge_command,
	&source_remove_command,
	&front_set_command,
	&front_show_command,
	&front_clear_command,
	&page_set_command,
	&page_list_command,
	&page_show_command,
	&page_remove_command,
	&reply_list_command,
	&reply_hide_command,
	&reply_show_command,
	&reply_add_command,
	&site_show_command,
	&site_set_command,
	&theme_new_command,
	&theme_check_command,
	&theme_fields_command,
	&routes_command,
	&settings_command,
	&backup_command,
	&restore_command,
	&completion_command,
	&man_command,
	&version_command,
};
/* clang-format on */
const struct command_table cli_commands = {rows, sizeof rows / sizeof rows[0]};

/* What is handed down to the command, wherever it runs. */
struct invocation {
	const Str *words;
	size_t count;
	struct command_call call;
	struct command_io io;
	bool input_is_kept; /* see input_keep */
	bool only_asks;     /* waits for nobody, and changes nothing */
	struct arena mem;
};

static enum exit_code refuse(const struct invocation *invocation)
{
	command_report(&invocation->io, invocation->call.json);
	return EXIT_REFUSED;
}

static enum exit_code run_with(struct invocation *invocation, const struct world *world,
                               const struct settings *settings)
{
	struct command_context context = {
	    .call = &invocation->call,
	    .io = &invocation->io,
	    .world = world,
	    .settings = settings,
	    .mem = &invocation->mem,
	    .site_folder = invocation->call.site,
	};
	return command_run(&context);
}

/* Without a site the settings are at their defaults. */
static enum exit_code run_without_site(struct invocation *invocation)
{
	struct settings *settings;
	if (settings_new(all_settings, all_settings_count, &settings) != OK)
		return refuse(invocation);
	enum exit_code code = run_with(invocation, NULL, settings);
	settings_free(settings);
	return code;
}

static Err input_copy(FILE *from, FILE *to)
{
	char bytes[65536];
	size_t length = 1;
	for (size_t left = INPUT_MAX_BYTES + 1; left > 0 && length > 0; left -= length) {
		length = fread(bytes, 1, left < sizeof bytes ? left : sizeof bytes, from);
		if (fwrite(bytes, 1, length, to) != length)
			return fail(ERR_IO, "the text can't be kept: %s", strerror(errno));
	}
	if (ferror(from))
		return fail(ERR_IO, "the text can't be read: %s", strerror(errno));
	if (fflush(to) != 0)
		return fail(ERR_IO, "the text can't be kept: %s", strerror(errno));
	return OK;
}

/* Reads what the command is to read, once, into a file in memory: a server gets it whole, and holds
 * nothing while somebody types. Of more than INPUT_MAX_BYTES so much that the command refuses it.
 */
static Err input_keep(struct invocation *invocation)
{
	if (invocation->input_is_kept)
		return OK;
	DESCRIPTOR descriptor = memfd_create("input", MFD_CLOEXEC);
	FILE *kept = descriptor < 0 ? NULL : fdopen(descriptor, "w+");
	if (kept == NULL)
		return fail(ERR_IO, "the text can't be kept: %s", strerror(errno));
	(void)descriptor_take(&descriptor); /* fclose closes it */
	Err err = input_copy(invocation->io.in, kept);
	if (invocation->io.in != stdin)
		(void)fclose(invocation->io.in);
	invocation->io.in = kept;
	invocation->input_is_kept = true;
	return err;
}

/* Here, if the site is free, else by the server that has it open. One that is just starting or
 * stopping, or another command, is waited for. */
static enum exit_code run_on_site(struct invocation *invocation)
{
	int64_t deadline = 0; /* once it is known that there is something to wait for */
	for (;;) {
		struct site_folder folder;
		Err err = invocation->only_asks ? site_folder_open_as_it_is(&folder, invocation->call.site)
		                                : site_folder_open(&folder, invocation->call.site, NULL, 0);
		if (err == OK) {
			if (invocation->input_is_kept)
				rewind(invocation->io.in);
			db_wait_long(folder.world.db);
			enum exit_code code = run_with(invocation, &folder.world, folder.settings);
			site_folder_close(&folder);
			return code;
		}
		if (err != ERR_CONFLICT)
			return refuse(invocation);
		struct err_note taken;
		err_note_take(&taken, err);
		if (input_keep(invocation) != OK)
			return refuse(invocation);
		if (deadline == 0)
			deadline = monotonic_ms() + SITE_WAIT_MS;
		enum exit_code code;
		err = control_relay(invocation->call.site, invocation->words, invocation->count,
		                    &invocation->io, &code);
		if (err == OK)
			return code;
		if (err != ERR_UNAVAILABLE)
			return refuse(invocation);
		if (invocation->only_asks || monotonic_ms() > deadline) {
			CHECK(err_note_give(&taken) != OK);
			return refuse(invocation);
		}
		usleep(20000);
	}
}

/* What the command reads is opened here, with the rights and the open files of the caller. */
static Err input_open(struct invocation *invocation)
{
	const struct command_given *input = command_input(&invocation->call);
	if (input != NULL && str_equal(input->value, S("-")))
		return OK;
	char *path;
	TRY(arena_c_string(&invocation->mem, input == NULL ? S("/dev/null") : input->value, &path));
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return fail(ERR_IO, "the file %s can't be read: %s", path, strerror(errno));
	invocation->io.in = file;
	return OK;
}

static enum exit_code usage_wrong(const struct invocation *invocation)
{
	struct err_note note;
	err_note_take(&note, ERR_INVALID);
	const struct command *command =
	    command_begun(&cli_commands, invocation->words, invocation->count);
	Err err = fail(ERR_INVALID, "%s; courant %s%s--help says what there is", note.text,
	               command == NULL ? "" : command->words, command == NULL ? "" : " ");
	(void)err;
	command_report(&invocation->io, invocation->call.json);
	return EXIT_USAGE;
}

static enum exit_code site_unnamed(const struct invocation *invocation)
{
	Err err =
	    fail(ERR_INVALID, "it is not said which site: courant --site DIR %s, or set COURANT_SITE",
	         invocation->call.command->words);
	(void)err;
	command_report(&invocation->io, invocation->call.json);
	return EXIT_USAGE;
}

static enum exit_code command_dispatch(struct invocation *invocation)
{
	struct command_call *call = &invocation->call;
	enum command_site need = call->command->site;
	if (str_is_empty(call->site))
		call->site = str_from_c(getenv("COURANT_SITE"));
	bool is_named = !str_is_empty(call->site);
	if (!is_named && (need == SITE_OPENED || need == SITE_NEEDED))
		return site_unnamed(invocation);
	return is_named && (need == SITE_NEEDED || need == SITE_IF_NAMED)
	           ? run_on_site(invocation)
	           : run_without_site(invocation);
}

static enum exit_code invocation_run(struct invocation *invocation)
{
	struct command_call *call = &invocation->call;
	/* Should the words not be understood, it is still known how to say so. */
	for (size_t i = 0; i < invocation->count; i++)
		call->json = call->json || str_equal(invocation->words[i], S("--json"));
	if (command_parse(&cli_commands, invocation->words, invocation->count, call) != OK)
		return usage_wrong(invocation);
	if (call->command == NULL && !call->help && invocation->count > 0) {
		Err err = fail(ERR_INVALID, "the command is missing");
		(void)err;
		return usage_wrong(invocation);
	}
	if (call->help || call->command == NULL) {
		help_print(invocation->io.out, call);
		return fflush(invocation->io.out) == 0 ? EXIT_DONE : EXIT_REFUSED;
	}
	if (input_open(invocation) != OK)
		return refuse(invocation);
	return command_dispatch(invocation);
}

static Err file_read(FILE *file, struct arena *mem, Str *out)
{
	long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
	char *bytes = size < 0 ? NULL : arena_alloc(mem, (size_t)size + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	rewind(file);
	*out = (Str){bytes, fread(bytes, 1, (size_t)size, file)};
	return OK;
}

static void file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

Err cli_ask(const Str *words, size_t count, struct arena *mem, Str *out)
{
	FILE *nothing CLEANUP(file_close) = fopen("/dev/null", "r+e");
	FILE *answer CLEANUP(file_close) = NULL;
	DESCRIPTOR descriptor = memfd_create("answer", MFD_CLOEXEC);
	DESCRIPTOR folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	answer = descriptor < 0 ? NULL : fdopen(descriptor, "w+");
	if (nothing == NULL || answer == NULL)
		return fail(ERR_IO, "the answer can't be kept: %s", strerror(errno));
	(void)descriptor_take(&descriptor); /* fclose closes it */
	struct invocation invocation = {
	    .words = words, .count = count, .io = {stdin, answer, nothing, folder}, .only_asks = true};
	arena_init(&invocation.mem, COMMAND_MEMORY_BYTES);
	enum exit_code code = invocation_run(&invocation);
	if (invocation.io.in != stdin)
		(void)fclose(invocation.io.in);
	arena_done(&invocation.mem);
	if (code != EXIT_DONE)
		return fail(ERR_UNAVAILABLE, "nothing is known");
	return file_read(answer, mem, out);
}

/* What people try first: "help story add" is "story add --help", and --version is "version". */
static void words_settle(Str *words, size_t count)
{
	if (count == 0)
		return;
	if (str_equal(words[0], S("--version")))
		words[0] = S("version");
	if (!str_equal(words[0], S("help")))
		return;
	memmove(words, words + 1, (count - 1) * sizeof *words);
	words[count - 1] = S("--help");
}

int cli_main(int argc, char **argv)
{
	struct invocation invocation = {.io = {stdin, stdout, stderr, -1}};
	arena_init(&invocation.mem, COMMAND_MEMORY_BYTES);
	invocation.count = argc > 1 ? (size_t)argc - 1 : 0;
	Str *words = ARENA_ARRAY(&invocation.mem, Str, invocation.count + 1);
	if (words == NULL)
		return (int)refuse(&invocation);
	for (size_t i = 0; i < invocation.count; i++)
		words[i] = str_from_c(argv[i + 1]);
	if (invocation.count > 0 && str_equal(words[0], S("--complete"))) {
		complete_print(stdout, words + 1, invocation.count - 1);
		arena_done(&invocation.mem);
		return EXIT_DONE;
	}
	words_settle(words, invocation.count);
	invocation.words = words;
	invocation.io.folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = (int)invocation_run(&invocation);
	if (invocation.io.in != stdin)
		(void)fclose(invocation.io.in);
	if (invocation.io.folder >= 0)
		close(invocation.io.folder);
	arena_done(&invocation.mem);
	return code;
}
