#include "base/utf8.h"
#include "stories/stories_private.h"

static const struct {
	enum subject_kind kind;
	const struct taxonomy *taxonomy;
} named[SUBJECTS_MAX] = {
    {SUBJECT_TAG, &taxonomy_tag},
    {SUBJECT_BYLINE, &taxonomy_byline},
    {SUBJECT_SECTION, &taxonomy_section},
    {SUBJECT_SOURCE, &taxonomy_source},
};

/* As a reader types it: in quotation marks perhaps, and with spaces where the name has hyphens,
 * which its slug has no other sign for. False for what can be no name. */
static Err name_typed(Str text, struct arena *mem, struct name *out, bool *is_name)
{
	struct name name;
	*is_name = false;
	if (utf8_length(text) > NAME_MAX_CHARACTERS)
		return OK;
	TRY(text_slug(text, mem, &name.slug));
	TRY(text_fold(text, mem, &name.folded));
	Str folded = name.folded;
	if (folded.length > 2 && str_starts_with(folded, S("\"")) && str_ends_with(folded, S("\"")))
		name.folded = utf8_trim(str_slice(folded, 1, folded.length - 2));
	name.text = name.slug;
	*is_name = !str_is_empty(name.slug) && name.folded.length <= FOLDED_MAX_BYTES;
	*out = name;
	return OK;
}

Err subject_list(struct db_connection *connection, const struct site *site,
                 const struct language *language, Str text, struct arena *mem,
                 struct subject out[SUBJECTS_MAX], size_t *count_out)
{
	struct name name;
	bool is_name;
	size_t count = 0;
	TRY(name_typed(text, mem, &name, &is_name));
	for (size_t i = 0; is_name && i < SUBJECTS_MAX; i++) {
		struct subject subject = {.kind = named[i].kind};
		TRY(taxonomy_find(connection, named[i].taxonomy, &name, language->code, &subject.id));
		if (subject.id == 0)
			continue;
		TRY(taxonomy_read(connection, named[i].taxonomy, site, language, subject.id, mem,
		                  &subject.slug, &subject.name));
		out[count++] = subject;
	}
	*count_out = count;
	return OK;
}
