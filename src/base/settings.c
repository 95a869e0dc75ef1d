#include "base/settings.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Ceilings: of one file, of all that the values of one snapshot take, and of a refused value as it
 * is shown back. */
#define SETTINGS_FILE_MAX ((size_t)256 * 1024)
#define SETTINGS_MEMORY_MAX ((size_t)1024 * 1024)
#define SETTING_SHOWN_MAX 60
/* The longest name that a mistyped one is compared with. */
#define SETTING_NAME_MAX 64

struct settings_row {
	const struct setting *row;
	char *field;
	size_t line; /* where the text being parsed names it; 0 = not yet */
};

struct settings_struct {
	const struct setting_table *table;
	void *fields;
};

struct settings {
	struct arena mem;
	struct settings_struct *structs;
	size_t struct_count;
	struct settings_row *rows;
	size_t row_count;
};

struct unit {
	const char *word;
	int64_t factor;
};

/* From the largest down: a value is written in the first that divides it. */
static const struct unit size_units[] = {
    {"GB", INT64_C(1) << 30},
    {"MB", INT64_C(1) << 20},
    {"KB", INT64_C(1) << 10},
    {"", 1},
};
static const struct unit duration_units[] = {
    {"d", DAY_MS}, {"h", HOUR_MS}, {"m", MINUTE_MS}, {"s", SECOND_MS}, {"ms", 1},
};

/* --- Values as text, and back --- */

static bool amount_parse(Str text, const struct unit *units, size_t count, int64_t *out)
{
	size_t digits = 0;
	while (digits < text.length && text.bytes[digits] >= '0' && text.bytes[digits] <= '9')
		digits++;
	uint64_t amount;
	if (!str_parse_uint(str_slice(text, 0, digits), INT64_MAX, &amount))
		return false;
	for (size_t i = 0; i < count; i++)
		if (str_equal(str_from(text, digits), str_from_c(units[i].word)))
			return !__builtin_mul_overflow((int64_t)amount, units[i].factor, out);
	return false;
}

static void amount_format(int64_t amount, const struct unit *units, size_t count, struct buf *buf)
{
	size_t i = 0;
	/* Nothing of something is said in the plainest unit: 0, or 0s. */
	if (amount == 0)
		i = units == duration_units ? count - 2 : count - 1;
	while (amount % units[i].factor != 0)
		i++;
	buf_add_uint(buf, (uint64_t)(amount / units[i].factor));
	buf_add(buf, str_from_c(units[i].word));
}

#define UNITS(units) (units), (sizeof(units) / sizeof(units)[0])

/* The row's word of that number; empty past the last. */
static Str word_at(const struct setting *row, int64_t number)
{
	Str rest = str_from_c(row->unit);
	Str word;
	while (str_next(&rest, ' ', &word))
		if (number-- == 0)
			return word;
	return S("");
}

static bool word_parse(const struct setting *row, Str text, int64_t *out)
{
	for (int64_t i = 0; word_at(row, i).length > 0; i++) {
		if (!str_equal(text, word_at(row, i)))
			continue;
		*out = i;
		return true;
	}
	return false;
}

static bool number_parse(const struct setting *row, Str text, int64_t *out)
{
	int64_t number = 0;
	uint64_t digits;
	switch (row->type) {
	case SETTING_COUNT:
		if (!str_parse_uint(text, INT64_MAX, &digits))
			return false;
		number = (int64_t)digits;
		break;
	case SETTING_SIZE:
		if (!amount_parse(text, UNITS(size_units), &number))
			return false;
		break;
	case SETTING_DURATION:
		if (!amount_parse(text, UNITS(duration_units), &number))
			return false;
		break;
	case SETTING_WORD:
		return word_parse(row, text, out);
	case SETTING_TEXT:
		return false;
	}
	if (number < row->min || number > row->max)
		return false;
	*out = number;
	return true;
}

static void number_format(const struct setting *row, int64_t number, struct buf *buf)
{
	if (row->type == SETTING_SIZE)
		amount_format(number, UNITS(size_units), buf);
	else if (row->type == SETTING_WORD)
		buf_add(buf, word_at(row, number));
	else if (row->type == SETTING_DURATION)
		amount_format(number, UNITS(duration_units), buf);
	else
		buf_add_uint(buf, (uint64_t)number);
}

/* A duration's upper bound is said in the unit of the lower one while that takes two digits: "from
 * 1s to 60s". */
static void duration_bounds_format(const struct setting *row, struct buf *buf)
{
	amount_format(row->min, UNITS(duration_units), buf);
	buf_add(buf, S(" to "));
	for (size_t i = 0; i < sizeof duration_units / sizeof duration_units[0]; i++) {
		int64_t factor = duration_units[i].factor;
		if (row->min == 0 || row->min % factor != 0)
			continue;
		if (row->max % factor != 0 || row->max / factor > 99)
			break;
		buf_add_uint(buf, (uint64_t)(row->max / factor));
		buf_add(buf, str_from_c(duration_units[i].word));
		return;
	}
	amount_format(row->max, UNITS(duration_units), buf);
}

static void allowed_format(const struct setting *row, struct buf *buf)
{
	switch (row->type) {
	case SETTING_COUNT:
		buf_add(buf, S("a number "));
		if (row->unit[0] != 0)
			buf_format(buf, "of %s ", row->unit);
		buf_format(buf, "from %lld to %lld", (long long)row->min, (long long)row->max);
		return;
	case SETTING_SIZE:
		buf_add(buf, S("a size from "));
		number_format(row, row->min, buf);
		buf_add(buf, S(" to "));
		number_format(row, row->max, buf);
		return;
	case SETTING_DURATION:
		buf_add(buf, S("a duration from "));
		duration_bounds_format(row, buf);
		return;
	case SETTING_TEXT:
		if (row->min == 0)
			buf_format(buf, "a text of at most %lld bytes", (long long)row->max);
		else
			buf_format(buf, "a text of %lld to %lld bytes", (long long)row->min,
			           (long long)row->max);
		return;
	case SETTING_WORD:
		for (int64_t i = 0; word_at(row, i).length > 0; i++)
			buf_format(buf, "%s%.*s", i == 0 ? "" : " or ", STR(word_at(row, i)));
		return;
	}
}

Err setting_allowed(const struct setting *row, struct arena *mem, Str *out)
{
	BUF_CLEANUP struct buf words;
	buf_init(&words, 512);
	allowed_format(row, &words);
	TRY(buf_check(&words));
	return arena_copy(mem, buf_str(&words), out);
}

/* --- Setting one --- */

/* What the file could not give back: it trims values, and " #" begins a comment. */
static const char *text_fault(Str value)
{
	if (!utf8_is_valid(value))
		return "is not valid UTF-8";
	if (utf8_has_control(value) || str_find_byte(value, '\n') != STR_NOT_FOUND)
		return "holds a control character";
	if (str_starts_with(value, S("#")) || str_find(value, S(" #")) != STR_NOT_FOUND ||
	    str_find(value, S("\t#")) != STR_NOT_FOUND)
		return "holds a # at its start or after a space, which begins a comment";
	return NULL;
}

/* `where` is the source and, in a file, the line. */
static Err refuse(const struct setting *row, Str value, Str where)
{
	BUF_CLEANUP struct buf allowed;
	buf_init(&allowed, 512);
	allowed_format(row, &allowed);
	TRY(buf_check(&allowed));
	/* A text may be a password in an address: only its length is told. */
	if (row->type == SETTING_TEXT)
		return fail(ERR_INVALID, "%.*s: %s has %zu bytes; it takes %.*s", STR(where), row->name,
		            value.length, STR(buf_str(&allowed)));
	if (value.length == 0)
		return fail(ERR_INVALID, "%.*s: %s is empty; it takes %.*s", STR(where), row->name,
		            STR(buf_str(&allowed)));
	Str shown = utf8_head(value, SETTING_SHOWN_MAX);
	return fail(ERR_INVALID, "%.*s: %s is %.*s%s; it takes %.*s", STR(where), row->name, STR(shown),
	            shown.length < value.length ? "…" : "", STR(buf_str(&allowed)));
}

static Err row_set(struct settings *settings, const struct settings_row *row, Str value, Str where)
{
	const struct setting *setting = row->row;
	const char *fault = text_fault(value);
	if (fault != NULL)
		return fail(ERR_INVALID, "%.*s: the value of %s %s", STR(where), setting->name, fault);
	int64_t number;
	if (setting->type == SETTING_TEXT) {
		if (value.length < (uint64_t)setting->min || value.length > (uint64_t)setting->max)
			return refuse(setting, value, where);
		Str kept;
		TRY(arena_copy(&settings->mem, value, &kept));
		memcpy(row->field, &kept, sizeof kept);
	} else {
		if (!number_parse(setting, value, &number))
			return refuse(setting, value, where);
		memcpy(row->field, &number, sizeof number);
	}
	return OK;
}

/* --- Names --- */

static struct settings_row *row_find(const struct settings *settings, Str name)
{
	for (size_t i = 0; i < settings->row_count; i++)
		if (str_equal(name, str_from_c(settings->rows[i].row->name)))
			return &settings->rows[i];
	return NULL;
}

static struct settings_row *row_find_flag(const struct settings *settings, Str flag)
{
	for (size_t i = 0; i < settings->row_count; i++)
		if (settings->rows[i].row->flag != NULL &&
		    str_equal(flag, str_from_c(settings->rows[i].row->flag)))
			return &settings->rows[i];
	return NULL;
}

/* The known name that was probably meant, or NULL: the nearest, with its room or without. */
static const char *name_nearest(const struct settings *settings, Str name)
{
	const struct settings_row *flag = row_find_flag(settings, name);
	if (flag != NULL)
		return flag->row->name;
	size_t best = SIZE_MAX;
	const char *nearest = NULL;
	for (size_t i = 0; i < settings->row_count; i++) {
		Str known = str_from_c(settings->rows[i].row->name);
		Str short_name = str_from(known, str_find_byte(known, '.') + 1);
		size_t distance = str_distance_near(name, known);
		size_t short_distance = str_distance_near(name, short_name);
		if (distance < best) {
			best = distance;
			nearest = settings->rows[i].row->name;
		}
		if (short_distance < best) {
			best = short_distance;
			nearest = settings->rows[i].row->name;
		}
	}
	return nearest;
}

static Err refuse_name(const struct settings *settings, Str name, Str where)
{
	if (!utf8_is_valid(name) || utf8_has_control(name))
		return fail(ERR_INVALID, "%.*s: the name holds characters that no setting has", STR(where));
	Str shown = utf8_head(name, SETTING_SHOWN_MAX);
	const char *cut = shown.length < name.length ? "…" : "";
	const char *nearest = name_nearest(settings, name);
	if (nearest != NULL)
		return fail(ERR_INVALID, "%.*s: there is no setting %.*s%s; did you mean %s?", STR(where),
		            STR(shown), cut, nearest);
	return fail(ERR_INVALID, "%.*s: there is no setting %.*s%s; `courant settings` lists them all",
	            STR(where), STR(shown), cut);
}

const struct setting *settings_find(const struct settings *settings, Str name)
{
	const struct settings_row *row = row_find(settings, name);
	if (row == NULL)
		row = row_find_flag(settings, name);
	return row == NULL ? NULL : row->row;
}

Err settings_set(struct settings *settings, Str name, Str value, Str source)
{
	const struct settings_row *row = row_find(settings, name);
	if (row == NULL)
		row = row_find_flag(settings, name);
	if (row == NULL)
		return refuse_name(settings, name, source);
	return row_set(settings, row, str_trim(value), source);
}

/* --- courant.conf --- */

/* Up to a # that stands at the start or after white space: one inside an address stays. */
static Str without_comment(Str line)
{
	for (size_t i = 0; i < line.length; i++)
		if (line.bytes[i] == '#' &&
		    (i == 0 || line.bytes[i - 1] == ' ' || line.bytes[i - 1] == '\t'))
			return str_trim(str_slice(line, 0, i));
	return str_trim(line);
}

static Err parse_line(struct settings *settings, Str line, size_t number, Str where)
{
	size_t equals = str_find_byte(line, '=');
	if (equals == STR_NOT_FOUND || equals == 0)
		return fail(ERR_INVALID, "%.*s: this is not `name = value`", STR(where));
	Str name = str_trim(str_slice(line, 0, equals));
	struct settings_row *row = row_find(settings, name);
	if (row == NULL)
		return refuse_name(settings, name, where);
	if (row->line != 0)
		return fail(ERR_INVALID, "%.*s: %s is already set on line %zu; leave one of them",
		            STR(where), row->row->name, row->line);
	row->line = number;
	return row_set(settings, row, str_trim(str_from(line, equals + 1)), where);
}

Err settings_parse(struct settings *settings, Str text, Str source)
{
	if (text.length > SETTINGS_FILE_MAX)
		return fail(ERR_TOO_LARGE, "%.*s has %zu bytes; settings take at most %zu", STR(source),
		            text.length, SETTINGS_FILE_MAX);
	for (size_t i = 0; i < settings->row_count; i++)
		settings->rows[i].line = 0;
	if (str_starts_with(text, S("\xEF\xBB\xBF"))) /* some editors leave a byte order mark */
		text = str_from(text, 3);
	BUF_CLEANUP struct buf where;
	buf_init(&where, source.length + 32);
	Str line;
	for (size_t number = 1; str_next(&text, '\n', &line); number++) {
		line = without_comment(line);
		if (line.length == 0)
			continue;
		buf_clear(&where);
		buf_add(&where, source);
		buf_add(&where, S(" line "));
		buf_add_uint(&where, number);
		TRY(buf_check(&where));
		TRY(parse_line(settings, line, number, buf_str(&where)));
	}
	return OK;
}

/* --- The set --- */

static size_t field_bytes(enum setting_type type)
{
	return type == SETTING_TEXT ? sizeof(Str) : sizeof(int64_t);
}

/* The tables are ours: a wrong one is found by the first start of the program. */
static void row_check(const struct settings *settings, const struct setting_table *table,
                      const struct setting *row)
{
	Str name = str_from_c(row->name);
	CHECK(name.length > 0 && name.length <= SETTING_NAME_MAX);
	CHECK(row->offset <= table->struct_bytes &&
	      field_bytes(row->type) <= table->struct_bytes - row->offset);
	CHECK(row->initial != NULL && row->unit != NULL && row->sentence != NULL);
	CHECK(row->min >= 0 && row->min <= row->max);
	CHECK(settings_find(settings, name) == NULL);
	CHECK(row->flag == NULL || settings_find(settings, str_from_c(row->flag)) == NULL);
}

static Err rows_add(struct settings *settings, const struct setting_table *table, void *fields)
{
	for (size_t i = 0; i < table->count; i++) {
		row_check(settings, table, &table->rows[i]);
		struct settings_row *row = &settings->rows[settings->row_count];
		*row = (struct settings_row){.row = &table->rows[i],
		                             .field = (char *)fields + table->rows[i].offset};
		TRY(row_set(settings, row, str_from_c(row->row->initial), S("the default")));
		settings->row_count++;
	}
	return OK;
}

static Err tables_add(struct settings *settings, const struct setting_table *const *tables,
                      size_t count)
{
	size_t rows = 0;
	for (size_t i = 0; i < count; i++)
		rows += tables[i]->count;
	settings->rows = ARENA_ARRAY(&settings->mem, struct settings_row, rows);
	settings->structs = ARENA_ARRAY(&settings->mem, struct settings_struct, count);
	if (settings->rows == NULL || settings->structs == NULL)
		return ERR_MEMORY;
	settings->struct_count = count;
	for (size_t i = 0; i < count; i++) {
		void *fields = arena_alloc(&settings->mem, tables[i]->struct_bytes);
		if (fields == NULL)
			return ERR_MEMORY;
		settings->structs[i] = (struct settings_struct){tables[i], fields};
		TRY(rows_add(settings, tables[i], fields));
	}
	return OK;
}

Err settings_new(const struct setting_table *const *tables, size_t count, struct settings **out)
{
	struct settings *settings = calloc(1, sizeof *settings);
	if (settings == NULL)
		return fail(ERR_MEMORY, "there is no memory for the settings");
	arena_init(&settings->mem, SETTINGS_MEMORY_MAX);
	Err err = tables_add(settings, tables, count);
	CHECK(err != ERR_INVALID); /* a default of ours breaks its own bounds */
	if (err != OK) {
		settings_free(settings);
		return err;
	}
	*out = settings;
	return OK;
}

void settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	arena_done(&settings->mem);
	free(settings);
}

const void *settings_of(const struct settings *settings, const struct setting_table *table)
{
	size_t i = 0;
	while (i < settings->struct_count && settings->structs[i].table != table)
		i++;
	CHECK(i < settings->struct_count); /* settings_new was not given this table */
	return settings->structs[i].fields;
}

static void value_format(const struct settings_row *row, struct buf *buf)
{
	int64_t number;
	Str text;
	switch (row->row->type) {
	case SETTING_TEXT:
		memcpy(&text, row->field, sizeof text);
		buf_add(buf, text);
		return;
	case SETTING_COUNT:
	case SETTING_SIZE:
	case SETTING_DURATION:
	case SETTING_WORD:
		memcpy(&number, row->field, sizeof number);
		number_format(row->row, number, buf);
		return;
	}
}

Err settings_each(const struct settings *settings,
                  Err (*each)(const struct setting *row, Str value, void *context), void *context)
{
	BUF_CLEANUP struct buf value;
	buf_init(&value, SETTINGS_MEMORY_MAX);
	for (size_t i = 0; i < settings->row_count; i++) {
		buf_clear(&value);
		value_format(&settings->rows[i], &value);
		TRY(buf_check(&value));
		TRY(each(settings->rows[i].row, buf_str(&value), context));
	}
	return OK;
}

static bool is_named(const char *const *names, const char *name)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool setting_reloads(const struct settings *settings, const struct setting *row)
{
	for (size_t i = 0; i < settings->struct_count; i++)
		if (is_named(settings->structs[i].table->reloads, row->name))
			return true;
	return false;
}

Err settings_follow(struct settings *next, const struct settings *before,
                    Err (*each)(const struct setting *row, bool is_taken, void *context),
                    void *context)
{
	BUF_CLEANUP struct buf old;
	BUF_CLEANUP struct buf new;
	buf_init(&old, SETTINGS_MEMORY_MAX);
	buf_init(&new, SETTINGS_MEMORY_MAX);
	CHECK(next->row_count == before->row_count);
	for (size_t i = 0; i < next->row_count; i++) {
		const struct setting *row = next->rows[i].row;
		CHECK(row == before->rows[i].row);
		buf_clear(&old);
		buf_clear(&new);
		value_format(&before->rows[i], &old);
		value_format(&next->rows[i], &new);
		TRY(buf_check(&old));
		TRY(buf_check(&new));
		if (str_equal(buf_str(&old), buf_str(&new)))
			continue;
		bool is_taken = setting_reloads(next, row);
		if (!is_taken)
			TRY(row_set(next, &next->rows[i], buf_str(&old), S("the running server")));
		TRY(each(row, is_taken, context));
	}
	return OK;
}
