/* Names that were folded by older rules are found by nobody who types them today: they are folded
 * anew. */
#include "base/log.h"
#include "stories/stories_private.h"

#define AT_ONCE 500 /* in one act */
#define WORK_BYTES ((size_t)8 << 20)
#define ALIKE_MAX_BYTES ((size_t)1 << 20) /* what is said of one act */

struct folding {
	enum folded_table table;
	struct folded_key after; /* what has been looked at; in one of the two arenas */
	struct folded_key last;
	size_t count; /* looked at by the act; 0: the table is done */
	struct buf alike;
	struct arena mem; /* emptied whenever the commit half begins */
};

static void folding_done(struct folding *folding)
{
	arena_done(&folding->mem);
	buf_done(&folding->alike);
}

/* Two names that are one by now: the other one keeps it, and this one its old fold, which nothing
 * that is typed can be. */
static Err alike_note(struct db_connection *connection, struct folding *folding,
                      const struct folded_name *name, Str folded)
{
	struct folded_name other;
	TRY(folded_name_holder(connection, folding->table, name, folded, &folding->mem, &other));
	if (other.key.id == name->key.id)
		return OK;
	buf_format(&folding->alike,
	           "stories: the %s \"%.*s\" (%.*s) and \"%.*s\" (%.*s) are one name by today's rules: "
	           "the name leads to the second, the first is found by its slug\n",
	           folded_table_noun(folding->table), STR(name->name), STR(name->slug), STR(other.name),
	           STR(other.slug));
	return OK;
}

static Err name_fold_anew(struct db_connection *connection, struct folding *folding,
                          const struct folded_name *name)
{
	Str folded;
	bool is_taken;
	TRY(text_fold(name->name, &folding->mem, &folded));
	if (str_equal(folded, name->folded) || str_is_empty(folded) || folded.length > FOLDED_MAX_BYTES)
		return OK;
	TRY(folded_name_update(connection, folding->table, name, folded, &is_taken));
	return is_taken ? alike_note(connection, folding, name, folded) : OK;
}

static Err names_fold_commit(struct db_connection *connection, void *state)
{
	struct folding *folding = state;
	struct folded_name *names;
	arena_clear(&folding->mem);
	buf_clear(&folding->alike);
	TRY(folded_names_list(connection, folding->table, &folding->after, AT_ONCE, &folding->mem,
	                      &names, &folding->count));
	for (size_t i = 0; i < folding->count; i++) {
		TRY(name_fold_anew(connection, folding, &names[i]));
		folding->last = names[i].key;
	}
	return OK;
}

static void alike_log(const struct folding *folding)
{
	Str rest = buf_str(&folding->alike);
	Str line;
	while (str_next(&rest, '\n', &line))
		if (!str_is_empty(line))
			log_warning("%.*s", STR(line));
}

static Err table_fold_anew(const struct world *world, enum folded_table table)
{
	struct folding folding CLEANUP(folding_done) = {.table = table};
	struct arena place CLEANUP(arena_done);
	arena_init(&folding.mem, WORK_BYTES);
	arena_init(&place, WORK_BYTES);
	buf_init(&folding.alike, ALIKE_MAX_BYTES);
	do {
		TRY(db_commit(world->db, &(struct db_act){"names_fold", names_fold_commit, &folding}));
		alike_log(&folding);
		if (folding.count == 0)
			return OK;
		arena_clear(&place);
		folding.after = folding.last;
		TRY(arena_copy(&place, folding.last.key, &folding.after.key));
	} while (true);
}

static Err names_folded_commit(struct db_connection *connection, void *state)
{
	(void)state;
	return folding_rules_write(connection, TEXT_FOLD_RULES);
}

static Err names_forget_commit(struct db_connection *connection, void *state)
{
	(void)state;
	return folding_rules_write(connection, 0);
}

Err names_fold_anew(const struct world *world)
{
	int64_t rules;
	DB_READ connection = NULL;
	TRY(db_read_begin(world->db, &connection));
	TRY(folding_rules_find(connection, &rules));
	db_read_end(&connection);
	if (rules == TEXT_FOLD_RULES)
		return OK;
	for (enum folded_table table = 0; table < FOLDED_TABLES; table++)
		TRY(table_fold_anew(world, table));
	return db_commit(world->db, &(struct db_act){"names_folded", names_folded_commit, NULL});
}

Err stories_before_restore(const struct world *world)
{
	return db_commit(world->db, &(struct db_act){"names_forget", names_forget_commit, NULL});
}
