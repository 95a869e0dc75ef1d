#include "stories/stories_private.h"

#define NAME_COLUMNS "language, name, folded"
#define STORY_ALL_COLUMNS                                                                          \
	"id, status, language, headline, standfirst, byline, slug, slug_given, path, section_id, "     \
	"source_id, created, published, updated, breaking_until, revision, summary, translation_group"
#define REVISION_ALL_COLUMNS                                                                       \
	"story_id, revision, created, headline, standfirst, byline, section, source, tags, body, hash"
#define STORY_TAG_COLUMNS "story_id, position, tag_id, language, status, published"
#define STORY_BYLINE_COLUMNS "story_id, position, byline_id, language, status, published"

const struct db_table stories_tables[] = {
    {"section", SQL("SELECT id, slug FROM section ORDER BY id"),
     SQL("INSERT INTO section (id, slug) VALUES ($1, $2)"), 2},
    {"section_name",
     SQL("SELECT section_id, " NAME_COLUMNS " FROM section_name ORDER BY section_id, language"),
     SQL("INSERT INTO section_name (section_id, " NAME_COLUMNS ") VALUES ($1, $2, $3, $4)"), 4},
    {"tag", SQL("SELECT id, slug FROM tag ORDER BY id"),
     SQL("INSERT INTO tag (id, slug) VALUES ($1, $2)"), 2},
    {"tag_name", SQL("SELECT tag_id, " NAME_COLUMNS " FROM tag_name ORDER BY tag_id, language"),
     SQL("INSERT INTO tag_name (tag_id, " NAME_COLUMNS ") VALUES ($1, $2, $3, $4)"), 4},
    {"tag_alias", SQL("SELECT folded, tag_id, name, was_slug FROM tag_alias ORDER BY folded"),
     SQL("INSERT INTO tag_alias (folded, tag_id, name, was_slug) VALUES ($1, $2, $3, $4)"), 4},
    {"tag_merging", SQL("SELECT tag_id, into_id FROM tag_merging ORDER BY tag_id"),
     SQL("INSERT INTO tag_merging (tag_id, into_id) VALUES ($1, $2)"), 2},
    {"byline", SQL("SELECT id, slug FROM byline ORDER BY id"),
     SQL("INSERT INTO byline (id, slug) VALUES ($1, $2)"), 2},
    {"byline_name",
     SQL("SELECT byline_id, " NAME_COLUMNS " FROM byline_name ORDER BY byline_id, language"),
     SQL("INSERT INTO byline_name (byline_id, " NAME_COLUMNS ") VALUES ($1, $2, $3, $4)"), 4},
    {"byline_alias",
     SQL("SELECT folded, byline_id, name, was_slug FROM byline_alias ORDER BY folded"),
     SQL("INSERT INTO byline_alias (folded, byline_id, name, was_slug) VALUES ($1, $2, $3, $4)"),
     4},
    {"byline_merging", SQL("SELECT byline_id, into_id FROM byline_merging ORDER BY byline_id"),
     SQL("INSERT INTO byline_merging (byline_id, into_id) VALUES ($1, $2)"), 2},
    {"byline_renaming", SQL("SELECT byline_id, after FROM byline_renaming ORDER BY byline_id"),
     SQL("INSERT INTO byline_renaming (byline_id, after) VALUES ($1, $2)"), 2},
    {"source", SQL("SELECT id, slug FROM source ORDER BY id"),
     SQL("INSERT INTO source (id, slug) VALUES ($1, $2)"), 2},
    {"source_name",
     SQL("SELECT source_id, " NAME_COLUMNS " FROM source_name ORDER BY source_id, language"),
     SQL("INSERT INTO source_name (source_id, " NAME_COLUMNS ") VALUES ($1, $2, $3, $4)"), 4},
    {"source_alias",
     SQL("SELECT folded, source_id, name, was_slug FROM source_alias ORDER BY folded"),
     SQL("INSERT INTO source_alias (folded, source_id, name, was_slug) VALUES ($1, $2, $3, $4)"),
     4},
    {"source_merging", SQL("SELECT source_id, into_id FROM source_merging ORDER BY source_id"),
     SQL("INSERT INTO source_merging (source_id, into_id) VALUES ($1, $2)"), 2},
    {"story", SQL("SELECT " STORY_ALL_COLUMNS " FROM story ORDER BY id"),
     SQL("INSERT INTO story (" STORY_ALL_COLUMNS ") VALUES "
         "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"),
     18},
    {"story_discarded", SQL("SELECT id, discarded FROM story_discarded ORDER BY id"),
     SQL("INSERT INTO story_discarded (id, discarded) VALUES ($1, $2)"), 2},
    {"story_revision",
     SQL("SELECT " REVISION_ALL_COLUMNS " FROM story_revision ORDER BY story_id, revision"),
     SQL("INSERT INTO story_revision (" REVISION_ALL_COLUMNS ") VALUES "
         "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
     11},
    {"story_tag", SQL("SELECT " STORY_TAG_COLUMNS " FROM story_tag ORDER BY story_id, position"),
     SQL("INSERT INTO story_tag (" STORY_TAG_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6)"), 6},
    {"story_byline",
     SQL("SELECT " STORY_BYLINE_COLUMNS " FROM story_byline ORDER BY story_id, position"),
     SQL("INSERT INTO story_byline (" STORY_BYLINE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6)"), 6},
    {"byline_missing", SQL("SELECT story_id FROM byline_missing ORDER BY story_id"),
     SQL("INSERT INTO byline_missing (story_id) VALUES ($1)"), 1},
    {"story_address", SQL("SELECT path, story_id, created FROM story_address ORDER BY path"),
     SQL("INSERT INTO story_address (path, story_id, created) VALUES ($1, $2, $3)"), 3},
    {"correction",
     SQL("SELECT id, story_id, kind, text, created, language FROM correction ORDER BY id"),
     SQL("INSERT INTO correction (id, story_id, kind, text, created, language) VALUES "
         "($1, $2, $3, $4, $5, $6)"),
     6},
    {"front_place",
     SQL("SELECT language, position, story_id FROM front_place ORDER BY language, position"),
     SQL("INSERT INTO front_place (language, position, story_id) VALUES ($1, $2, $3)"), 3},
    {"first_part", SQL("SELECT slug FROM first_part ORDER BY slug"),
     SQL("INSERT INTO first_part (slug) VALUES ($1)"), 1},
};
const size_t stories_table_count = sizeof stories_tables / sizeof stories_tables[0];
