#include "base/utf8.h"
#include "stories/stories_private.h"

static const struct {
	enum subject_kind kind;
	const struct taxonomy *taxonomy;
} kinds[SUBJECTS_MAX] = {
    {SUBJECT_TAG, &taxonomy_tag},
    {SUBJECT_BYLINE, &taxonomy_byline},
    {SUBJECT_SECTION, &taxonomy_section},
    {SUBJECT_SOURCE, &taxonomy_source},
};

/* As a reader types it: in quotation marks perhaps. False for what can be no name. */
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

/* What has no such name may have such an address: "al kazemi" is Al-Kazemi. */
static Err subject_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                        const struct name *name, Str language, struct arena *mem, int64_t *id)
{
	TRY(taxonomy_find(connection, taxonomy, name, language, mem, id));
	if (*id != 0 || !taxonomy_has_aliases(taxonomy))
		return OK;
	return taxonomy_find_segment(connection, taxonomy, name->slug, language, mem, id);
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
		const struct taxonomy *taxonomy = kinds[i].taxonomy;
		struct subject subject = {.kind = kinds[i].kind};
		TRY(subject_find(connection, taxonomy, &name, language->code, mem, &subject.id));
		if (subject.id == 0)
			continue;
		TRY(taxonomy_read(connection, taxonomy, site, language, subject.id, mem, &subject.slug,
		                  &subject.name));
		out[count++] = subject;
	}
	*count_out = count;
	return OK;
}
