/* Sections, tags, bylines and sources: in what they differ, and the statements that they have
 * alike. */
#include "stories/stories_private.h"

static CacheTag section_tag(int64_t id)
{
	return TAG_SECTION(id);
}

static CacheTag tag_tag(int64_t id)
{
	return TAG_TAG(id);
}

static CacheTag byline_tag(int64_t id)
{
	return TAG_BYLINE(id);
}

static CacheTag source_tag(int64_t id)
{
	return TAG_SOURCE(id);
}

/* "+ 0": an order that PostgreSQL can't walk along, past all names that are not meant. */
/* clang-format off */
#define NAME_STATEMENTS(table)                                                                     \
	.list = SQL("SELECT id, slug, " NAME_OF(table, "$2") " FROM " table " ORDER BY id"),           \
	.find = SQL("SELECT slug, " NAME_OF(table, "$2") " FROM " table " WHERE id = $3"),             \
	.find_by_slug = SQL("SELECT id FROM " table " WHERE slug = $1 OR slug = $2 "                   \
	                    "ORDER BY id LIMIT 1"),                                                    \
	.find_by_name = SQL("SELECT " table "_id FROM " table "_name WHERE folded = $1 "               \
	                    "ORDER BY " table "_id + 0 LIMIT 1"),                                          \
	.find_by_own_name = SQL("SELECT " table "_id FROM " table "_name WHERE folded = $1 "           \
	                        "AND language = $2"),                                                  \
	.find_other = SQL("SELECT " table "_id FROM " table "_name "                                   \
	                  "WHERE folded = $1 AND language = $2 AND " table "_id <> $3"),               \
	.list_names = SQL("SELECT language, name FROM " table "_name WHERE " table "_id = $1 "         \
	                  "ORDER BY language"),                                                        \
	.insert = SQL("INSERT INTO " table " (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING "        \
	              "RETURNING id"),                                                                 \
	.set_name = SQL("INSERT INTO " table "_name (" table "_id, language, name, folded) "           \
	                "VALUES ($1, $2, $3, $4) ON CONFLICT (" table "_id, language) "                \
	                "DO UPDATE SET name = excluded.name, folded = excluded.folded"),               \
	.delete_names = SQL("DELETE FROM " table "_name WHERE " table "_id = $1"),                     \
	.delete = SQL("DELETE FROM " table " WHERE id = $1")

/* A walk along a whole table, for a desk that has typed a new name. */
#define LIKE(table) "SELECT name, folded FROM " table " WHERE LENGTH(folded) BETWEEN $1 AND $2"
#define LIST_LIKE(table)                                                                           \
	.list_like = SQL(LIKE(table "_name") " UNION ALL " LIKE(table "_alias") " LIMIT $3")

#define MERGING_SLUGS(table)                                                                       \
	"SELECT a.slug, b.slug FROM " table "_merging m JOIN " table " a ON a.id = m." table "_id "    \
	"JOIN " table " b ON b.id = m.into_id "
/* What is spelled so goes before what an address writes so: "white-house" before "white house". */
#define ALIAS_STATEMENTS(table)                                                                    \
	.find_by_alias = SQL("SELECT " table "_id FROM " table "_alias WHERE folded = $1"),            \
	.find_alias_segment = SQL("SELECT " table "_id FROM " table "_alias "                          \
	                          "WHERE REPLACE(folded, ' ', '-') = $1 "                              \
	                          "ORDER BY CASE WHEN folded = $1 THEN 0 ELSE 1 END, folded LIMIT 1"), \
	.find_former_slug = SQL("SELECT CASE WHEN was_slug = 1 THEN " table "_id ELSE 0 END "          \
	                        "FROM " table "_alias WHERE folded = $1"),                             \
	.find_name_segment = SQL("SELECT CASE WHEN language = $2 OR $2 = '' THEN " table "_id "        \
	                         "ELSE 0 END FROM " table "_name "                                     \
	                         "WHERE REPLACE(folded, ' ', '-') = $1 "                               \
	                         "ORDER BY CASE WHEN language = $2 THEN 0 ELSE 1 END, "                \
	                         table "_id LIMIT 1"),                                                 \
	.list_aliases = SQL("SELECT name FROM " table "_alias WHERE " table "_id = $1 "                \
	                    "AND NOT EXISTS (SELECT 1 FROM " table "_name named "                      \
	                    "WHERE named." table "_id = $1 AND (named.folded = " table "_alias.folded " \
	                    "OR REPLACE(named.folded, ' ', '-') = " table "_alias.folded)) "           \
	                    "AND NOT EXISTS "                                                          \
	                    "(SELECT 1 FROM " table "_alias other WHERE other." table "_id = $1 "      \
	                    "AND other.folded <> " table "_alias.folded "                              \
	                    "AND REPLACE(other.folded, ' ', '-') = " table "_alias.folded) "           \
	                    "ORDER BY folded"),                                                        \
	.insert_alias = SQL("INSERT INTO " table "_alias (folded, " table "_id, name, was_slug) "      \
	                    "VALUES ($1, $2, $3, 0) ON CONFLICT (folded) DO NOTHING"),                 \
	.insert_former_slug =                                                                          \
	    SQL("INSERT INTO " table "_alias (folded, " table "_id, name, was_slug) "                  \
	        "VALUES ($1, $2, $3, 1) ON CONFLICT (folded) DO UPDATE SET was_slug = 1 "              \
	        "WHERE " table "_alias." table "_id = $2"),                                            \
	.delete_alias = SQL("DELETE FROM " table "_alias WHERE folded = $1 AND " table "_id = $2"),    \
	.delete_aliases = SQL("DELETE FROM " table "_alias WHERE " table "_id = $1"),                  \
	.move_names = SQL("UPDATE " table "_name SET " table "_id = $2 WHERE " table "_id = $1 "       \
	                  "AND language NOT IN (SELECT language FROM " table "_name "                  \
	                  "WHERE " table "_id = $2)"),                                                 \
	.move_aliases = SQL("UPDATE " table "_alias SET " table "_id = $2 WHERE " table "_id = $1"),   \
	.names_to_aliases = SQL("INSERT INTO " table "_alias (folded, " table "_id, name, was_slug) "  \
	                        "SELECT folded, $2, name, 0 FROM " table "_name "                         \
	                        "WHERE " table "_id = $1 AND folded NOT IN "                           \
	                        "(SELECT folded FROM " table "_name WHERE " table "_id = $2) "         \
	                        "ON CONFLICT (folded) DO NOTHING"),                                        \
	.insert_merging = SQL("INSERT INTO " table "_merging (" table "_id, into_id) VALUES ($1, $2) " \
	                      "ON CONFLICT (" table "_id) DO NOTHING"),                                \
	.find_merging = SQL(MERGING_SLUGS(table) "WHERE (m." table "_id = $1 AND m.into_id <> $2) "    \
	                    "OR m." table "_id = $2 OR m.into_id = $1 "                                \
	                    "ORDER BY m." table "_id LIMIT 1"),                                        \
	.list_mergings = SQL(MERGING_SLUGS(table) "ORDER BY m." table "_id LIMIT $1"),                 \
	.delete_merging = SQL("DELETE FROM " table "_merging WHERE " table "_id = $1")
/* clang-format on */

const struct taxonomy taxonomy_section = {
    .noun = "section",
    .its_name = "the section's name",
    .add_act = "section_add",
    .remove_act = "section_remove",
    .tag = section_tag,
    .slug_check = section_slug_check,
    .count_stories = SQL("SELECT COUNT(*) FROM story WHERE section_id = $1"),
    NAME_STATEMENTS("section"),
    .list_like = SQL(LIKE("section_name") " LIMIT $3"),
};

const struct taxonomy taxonomy_tag = {
    .noun = "tag",
    .its_name = "the tag's name",
    .add_act = "tag_add",
    .remove_act = "tag_remove",
    .merge_act = "tag_merge",
    .its_other_name = "the tag's other name",
    .alias_add_act = "tag_alias_add",
    .alias_remove_act = "tag_alias_remove",
    .tag = tag_tag,
    .stories_move = tag_stories_move,
    .count_stories = SQL("SELECT COUNT(*) FROM story_tag WHERE tag_id = $1"),
    NAME_STATEMENTS("tag"),
    ALIAS_STATEMENTS("tag"),
    LIST_LIKE("tag"),
};

const struct taxonomy taxonomy_byline = {
    .noun = "byline",
    .its_name = "the byline's name",
    .add_act = "byline_add",
    .remove_act = "byline_remove",
    .merge_act = "byline_merge",
    .its_other_name = "the byline's other name",
    .alias_add_act = "byline_alias_add",
    .alias_remove_act = "byline_alias_remove",
    .tag = byline_tag,
    .stories_move = byline_stories_move,
    .count_stories = SQL("SELECT COUNT(*) FROM story_byline WHERE byline_id = $1"),
    .begin_renaming = SQL("INSERT INTO byline_renaming (byline_id, after) VALUES ($1, 0) "
                          "ON CONFLICT (byline_id) DO UPDATE SET after = 0"),
    .end_renaming = SQL("DELETE FROM byline_renaming WHERE byline_id = $1"),
    NAME_STATEMENTS("byline"),
    ALIAS_STATEMENTS("byline"),
    LIST_LIKE("byline"),
};

const struct taxonomy taxonomy_source = {
    .noun = "source",
    .its_name = "the source's name",
    .add_act = "source_add",
    .remove_act = "source_remove",
    .merge_act = "source_merge",
    .its_other_name = "the source's other name",
    .alias_add_act = "source_alias_add",
    .alias_remove_act = "source_alias_remove",
    .tag = source_tag,
    .stories_move = source_stories_move,
    .count_stories = SQL("SELECT COUNT(*) FROM story WHERE source_id = $1"),
    NAME_STATEMENTS("source"),
    ALIAS_STATEMENTS("source"),
    LIST_LIKE("source"),
};

bool taxonomy_has_aliases(const struct taxonomy *taxonomy)
{
	return taxonomy->find_by_alias.literal != NULL;
}
