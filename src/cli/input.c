#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/utf8.h"
#include "cli/cli_private.h"

#define NAMES_MAX 16

Err input_read(const struct command_context *context, size_t max_bytes, Str *out)
{
	char *bytes = arena_alloc(context->mem, max_bytes + 1);
	if (bytes == NULL)
		return ERR_MEMORY;
	errno = 0;
	size_t length = fread(bytes, 1, max_bytes + 1, context->io->in);
	if (ferror(context->io->in))
		return fail(ERR_IO, "the text can't be read: %s", strerror(errno));
	if (length > max_bytes)
		return fail(ERR_TOO_LARGE, "the text is larger than %zu bytes: shorten it", max_bytes);
	*out = (Str){bytes, length};
	return OK;
}

Err input_id(struct command_context *context, const char *name, Str text, int64_t *out)
{
	uint64_t id;
	if (!str_parse_uint(text, INT64_MAX, &id) || id == 0)
		return command_misused(context, "%s is a number from 1 on, and not \"%.*s\"", name,
		                       STR(str_slice(text, 0, 100)));
	*out = (int64_t)id;
	return OK;
}

Err input_language(struct command_context *context, const struct language **out)
{
	const struct language *language = context->world->site->language;
	if (command_has(context, "lang"))
		language = language_find(command_value(context, "lang"));
	if (language == NULL) {
		context->misused = true;
		return language_unknown(command_value(context, "lang"));
	}
	*out = language;
	return OK;
}

Err input_limit(struct command_context *context, size_t otherwise, size_t max, size_t *out)
{
	uint64_t limit = otherwise;
	if (command_has(context, "limit") &&
	    (!str_parse_uint(command_value(context, "limit"), max, &limit) || limit == 0))
		return command_misused(context, "--limit is a number from 1 to %zu", max);
	*out = (size_t)limit;
	return OK;
}

Err input_path(const struct command_context *context, Str path, Str *out)
{
	if (str_is_empty(path))
		return fail(ERR_INVALID, "the file needs a name");
	if (path.bytes[0] == '/') {
		*out = path;
		return OK;
	}
	char link[64];
	char folder[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", context->io->folder);
	ssize_t length = readlink(link, folder, sizeof folder);
	if (length < 0 || (size_t)length == sizeof folder)
		return fail(ERR_IO, "the working folder has no path: give the file's whole path");
	return arena_format(context->mem, out, "%.*s/%.*s", (int)length, folder, STR(path));
}

Err input_values(const struct command_context *context, const char *option, const Str **out,
                 size_t *count_out)
{
	const struct command_call *call = context->call;
	Str *values = ARENA_ARRAY(context->mem, Str, call->given_count + 1);
	if (values == NULL)
		return ERR_MEMORY;
	size_t count = 0;
	for (size_t i = 0; i < call->given_count; i++)
		if (strcmp(call->given[i].option->name, option) == 0)
			values[count++] = call->given[i].value;
	*out = values;
	*count_out = count;
	return OK;
}

/* A word of ASCII letters, as a language's code and its English name are: "ku", "ar-IQ", "kurdish".
 */
static bool looks_like_a_language(Str text)
{
	for (size_t i = 0; i < text.length; i++) {
		char lower = (char)(text.bytes[i] | 0x20);
		bool parts = i > 0 && (text.bytes[i] == '-' || text.bytes[i] == '_');
		if ((lower < 'a' || lower > 'z') && !parts)
			return false;
	}
	return text.length >= 2;
}

/* "ar=السياسة" names a language, "Politics" the site's. What stands before a = and can't be meant
 * as a language is part of the name. */
static Err name_split(const struct language *own, Str text, struct name_input *out)
{
	size_t equals = str_find_byte(text, '=');
	Str code = equals == STR_NOT_FOUND ? S("") : str_slice(text, 0, equals);
	if (language_find(code) != NULL) {
		*out = (struct name_input){code, str_from(text, equals + 1)};
		return OK;
	}
	if (looks_like_a_language(code)) {
		struct err_note note;
		err_note_take(&note, language_unknown(code));
		return fail(ERR_INVALID, "%s; for a name with = in it write %.*s=%.*s", note.text,
		            STR(own->code), STR(text));
	}
	*out = (struct name_input){S(""), text};
	return OK;
}

Err input_names(struct command_context *context, const char *option, const struct language *own,
                const struct name_input **out, size_t *count_out)
{
	const Str *values;
	size_t count;
	TRY(input_values(context, option, &values, &count));
	if (count > NAMES_MAX)
		return command_misused(context, "--%s is given more than %d times", option, NAMES_MAX);
	struct name_input *names = ARENA_ARRAY(context->mem, struct name_input, count + 1);
	if (names == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		TRY(name_split(own, values[i], &names[i]));
	*out = names;
	*count_out = count;
	return OK;
}

Err input_site_words(struct command_context *context, const struct language *own,
                     struct site_words_input *out)
{
	TRY(input_names(context, "name", own, &out->names, &out->name_count));
	return input_names(context, "tagline", own, &out->taglines, &out->tagline_count);
}

Err site_folder_open_waiting(struct site_folder *folder, Str path, const Str *flags,
                             size_t flag_count)
{
	int64_t deadline = monotonic_ms() + SITE_WAIT_MS;
	for (;;) {
		Err err = site_folder_open(folder, path, flags, flag_count);
		if (err != ERR_CONFLICT || monotonic_ms() > deadline)
			return err;
		usleep(20000);
	}
}
