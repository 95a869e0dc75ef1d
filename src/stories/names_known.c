/* Which names a commit half of many stories has met: an archive calls its sections, tags and people
 * the same hundreds of times, and each is asked for once. */
#include <stdlib.h>

#include "base/random.h"
#include "stories/stories_private.h"

#define SLOTS 4096 /* a power of two */
#define REMEMBERED_MAX ((size_t)SLOTS / 4 * 3)
/* A slug and a name of each are copied. */
#define MEMORY_BYTES (REMEMBERED_MAX * 4 * 1024)

struct known_name {
	const struct taxonomy *taxonomy; /* NULL: free */
	const struct language *language;
	Str text; /* the act's */
	struct taxonomy_entry entry;
};
struct names_known {
	struct arena mem;
	size_t count;
	struct known_name slots[SLOTS];
};

struct names_known *names_known_new(void)
{
	struct names_known *known = calloc(1, sizeof *known);
	if (known != NULL)
		arena_init(&known->mem, MEMORY_BYTES);
	return known;
}

void names_known_free(struct names_known *known)
{
	if (known != NULL)
		arena_done(&known->mem);
	free(known);
}

void names_known_clear(struct names_known *known)
{
	arena_clear(&known->mem);
	memset(known->slots, 0, sizeof known->slots);
	known->count = 0;
}

/* Its slot, or the free one in which it would be. */
static struct known_name *slot_find(struct names_known *known, const struct taxonomy *taxonomy,
                                    const struct language *language, Str text)
{
	for (uint64_t i = hash_keyed(text);; i++) {
		struct known_name *slot = &known->slots[i % SLOTS];
		if (slot->taxonomy == NULL || (slot->taxonomy == taxonomy && slot->language == language &&
		                               str_equal(slot->text, text)))
			return slot;
	}
}

Err names_known_find_or_insert(struct names_known *known, struct db_connection *connection,
                               const struct taxonomy *taxonomy, const struct site *site,
                               const struct name *name, const struct language *language,
                               struct arena *mem, struct taxonomy_entry *out)
{
	if (known == NULL || known->count == REMEMBERED_MAX)
		return taxonomy_find_or_insert(connection, taxonomy, site, name, language, mem, out);
	struct known_name *slot = slot_find(known, taxonomy, language, name->text);
	if (slot->taxonomy == NULL) {
		struct taxonomy_entry entry;
		TRY(taxonomy_find_or_insert(connection, taxonomy, site, name, language, &known->mem,
		                            &entry));
		*slot = (struct known_name){taxonomy, language, name->text, entry};
		known->count++;
	}
	*out = slot->entry;
	return OK;
}
