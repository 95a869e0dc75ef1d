/* What a command that changed a story answers: how it stands, and what may have been a slip. */
#include "base/utf8.h"
#include "cli/cli_private.h"

Err story_look_up(const struct command_context *context, int64_t id, struct story *out,
                  Str *address_out)
{
	struct story story;
	Str address = S("");
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(story_find(connection, context->world->site, id, context->mem, &story));
	db_read_end(&connection);
	if (!str_is_empty(story.path))
		TRY(address_shown(context, story.path, &address));
	*out = story;
	*address_out = address;
	return OK;
}

/* ---- the body ---- */

void body_notes_take(const struct story_input *input, struct body_notes *out)
{
	*out = (struct body_notes){0};
	if (input->format == BODY_HTML)
		html_loss_count(input->body, HTML_POLICY_STORY, &out->loss);
	else
		out->is_markup = html_is_markup(input->body);
}

static void loss_names_add(struct buf *line, const char *one, const char *many,
                           const struct html_loss_list *list)
{
	if (list->count == 0)
		return;
	buf_format(line, "%s %zu %s: ", line->length > 0 ? ";" : "", list->times,
	           list->times == 1 ? one : many);
	for (size_t i = 0; i < list->count; i++)
		buf_format(line, "%s%s", i == 0 ? "" : ", ", list->rows[i].name);
}

Err body_notes_print(const struct command_context *context, const struct body_notes *notes)
{
	const struct html_loss *loss = &notes->loss;
	struct buf line BUF_CLEANUP;
	buf_init(&line, 4000);
	for (size_t i = 0; i < loss->elements.count; i++)
		buf_format(&line, "%s %zu %s", i == 0 ? "" : ",", loss->elements.rows[i].times,
		           loss->elements.rows[i].name);
	loss_names_add(&line, "attribute", "attributes", &loss->attributes);
	loss_names_add(&line, "link", "links", &loss->links);
	TRY(buf_check(&line));
	if (line.length > 0)
		print_line(context, "Left out of the body:%.*s", STR(buf_str(&line)));
	if (notes->is_markup)
		print_line(context,
		           "The body looks like HTML, and was taken as text: readers see its tags. "
		           "If they should not, say --format html with the --body");
	return OK;
}

static void loss_list_json(json_t *object, const char *name, const struct html_loss_list *list)
{
	json_t *times = json_object();
	for (size_t i = 0; i < list->count; i++)
		json_object_set_new(times, list->rows[i].name,
		                    json_integer((json_int_t)list->rows[i].times));
	if (list->count > 0)
		json_object_set(object, name, times);
	json_decref(times);
}

void body_notes_json(json_t *object, const struct body_notes *notes)
{
	const struct html_loss *loss = &notes->loss;
	loss_list_json(object, "left_out", &loss->elements);
	loss_list_json(object, "left_out_attributes", &loss->attributes);
	loss_list_json(object, "left_out_links", &loss->links);
	if (notes->is_markup)
		json_object_set_new(object, "looks_like_html", json_true());
}

/* ---- names that the act makes ---- */

/* How the desk names each kind, and of which fields. */
static const struct name_kind {
	const struct taxonomy *taxonomy;
	const char *option, *many;
	unsigned field;
} kinds[STORY_NAME_KINDS] = {
    {&taxonomy_section, "section", "sections", STORY_SECTION},
    {&taxonomy_byline, "byline", "bylines", STORY_BYLINE},
    {&taxonomy_source, "source", "sources", STORY_SOURCE},
    {&taxonomy_tag, "tag", "tags", STORY_TAGS},
};

/* What was given of a kind: one name is a list of one. */
static const Str *names_given(const struct story_input *input, unsigned field, size_t *count)
{
	*count = 1;
	switch (field) {
	case STORY_SECTION:
		return &input->section;
	case STORY_SOURCE:
		*count = str_is_empty(utf8_trim(input->source)) ? 0 : 1;
		return &input->source;
	case STORY_BYLINE:
		*count = input->byline_count;
		return input->bylines;
	default:
		*count = input->tag_count;
		return input->tags;
	}
}

static bool is_noted(const struct new_names *names, Str folded)
{
	for (size_t i = 0; i < names->count; i++)
		if (str_equal(names->names[i].folded, folded))
			return true;
	return false;
}

static Err new_names_find(const struct command_context *context, struct db_connection *connection,
                          const struct name_kind *kind, const struct story_input *input,
                          struct new_names *out)
{
	size_t count;
	const Str *given = names_given(input, kind->field, &count);
	*out = (struct new_names){.names = ARENA_ARRAY(context->mem, struct name_look, count + 1)};
	if (out->names == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct name_look look;
		TRY(taxonomy_look_up(connection, kind->taxonomy, given[i], context->mem, &look));
		if (!look.is_there && !is_noted(out, look.folded))
			out->names[out->count++] = look;
	}
	return OK;
}

Err story_notes_take(const struct command_context *context, const struct story_input *input,
                     unsigned fields, struct story_notes *out)
{
	struct story_notes notes = {.fields = fields};
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	for (size_t i = 0; i < STORY_NAME_KINDS; i++)
		if (fields & kinds[i].field)
			TRY(new_names_find(context, connection, &kinds[i], input, &notes.made[i]));
	body_notes_take(input, &notes.body);
	*out = notes;
	return OK;
}

/* Two names in one, as "A, B" and "A، B" are. */
static bool has_comma(Str name)
{
	return str_find(name, S(",")) != STR_NOT_FOUND || str_find(name, S("،")) != STR_NOT_FOUND;
}

/* What is to be told of it alone. */
static bool is_odd(const struct name_kind *kind, const struct name_look *name)
{
	bool repeats = kind->field == STORY_BYLINE || kind->field == STORY_TAGS;
	return !str_is_empty(name->near) || (repeats && has_comma(name->text));
}

static void odd_print(const struct command_context *context, const struct name_kind *kind,
                      const struct name_look *name, long long id)
{
	if (str_is_empty(name->near))
		print_line(context,
		           "A new %s is made: %.*s. That is one name; if it should be several, give each a "
		           "--%s of its own: courant story edit %lld --%s NAME --%s NAME",
		           kind->option, STR(name->text), kind->option, id, kind->option, kind->option);
	else
		print_line(context,
		           "A new %s is made: %.*s. Did you mean %.*s? Then: courant story edit %lld "
		           "--%s NAME",
		           kind->option, STR(name->text), STR(name->near), id, kind->option);
}

/* Those that are like no other in one line: most are what they should be. */
static Err plain_print(const struct command_context *context, const struct name_kind *kind,
                       const struct new_names *names, long long id)
{
	Str list = S("");
	size_t count = 0;
	for (size_t i = 0; i < names->count; i++)
		if (!is_odd(kind, &names->names[i]))
			TRY(arena_format(context->mem, &list, "%.*s%s%.*s", STR(list), count++ == 0 ? "" : ", ",
			                 STR(names->names[i].text)));
	if (count == 1)
		print_line(context,
		           "A new %s is made: %.*s. If that was a slip: courant story edit %lld --%s NAME",
		           kind->option, STR(list), id, kind->option);
	else if (count > 1)
		print_line(
		    context,
		    "New %s are made: %.*s. If one was a slip: courant story edit %lld --%s NAME for "
		    "each",
		    kind->many, STR(list), id, kind->option);
	return OK;
}

static void new_names_json(json_t *object, const struct story_notes *notes)
{
	json_t *near = json_object();
	for (size_t i = 0; i < STORY_NAME_KINDS; i++) {
		const struct new_names *names = &notes->made[i];
		bool is_list = kinds[i].field == STORY_BYLINE || kinds[i].field == STORY_TAGS;
		json_t *list = json_array();
		char member[32];
		(void)snprintf(member, sizeof member, "new_%s", is_list ? kinds[i].many : kinds[i].option);
		for (size_t j = 0; j < names->count; j++) {
			Str text = names->names[j].text;
			json_array_append_new(list, json_text(text));
			if (!str_is_empty(names->names[j].near))
				json_object_setn_new(near, text.bytes, text.length,
				                     json_text(names->names[j].near));
		}
		if (names->count > 0)
			json_object_set(object, member, is_list ? list : json_array_get(list, 0));
		json_decref(list);
	}
	if (json_object_size(near) > 0)
		json_object_set(object, "near_names", near);
	json_decref(near);
}

/* ---- the answer ---- */

static void state_print(const struct command_context *context, const struct story *story,
                        Str address, const struct story_notes *notes)
{
	long long id = (long long)story->id;
	const char *still = notes->is_changed ? "changed, and still " : "";
	if (!str_is_empty(notes->noted))
		print_line(context, "The %.*s of story %lld is noted: %.*s", STR(notes->noted), id,
		           STR(address));
	else if (story->status == STORY_PUBLISHED)
		print_line(context, "Story %lld %s: %.*s", id,
		           notes->was_published ? "was published already"
		           : notes->is_changed  ? "is changed"
		                                : "is published",
		           STR(address));
	else if (story->status == STORY_WITHDRAWN)
		print_line(context, "Story %lld is %swithdrawn: readers are told so at %.*s", id, still,
		           STR(address));
	else
		print_line(context, "Story %lld is %sa draft. Publish it with: courant story publish %lld",
		           id, still, id);
}

static bool is_now_breaking(const struct story *story, const struct story_notes *notes)
{
	return (notes->fields & STORY_BREAKING) && story->breaking_until != 0;
}

static Err notes_print(const struct command_context *context, const struct story *story,
                       const struct story_notes *notes)
{
	long long id = (long long)story->id;
	if (notes->text_is_same)
		print_line(context,
		           "The text itself is unchanged: courant story edit %lld --body FILE changes it",
		           id);
	if (is_now_breaking(story, notes)) {
		Str until;
		TRY(time_shown(context, story->breaking_until, &until));
		print_line(context, "It is breaking news until %.*s (%.*s)", STR(until),
		           STR(context->world->site->zone));
	}
	for (size_t i = 0; i < STORY_NAME_KINDS; i++) {
		const struct new_names *names = &notes->made[i];
		TRY(plain_print(context, &kinds[i], names, id));
		for (size_t j = 0; j < names->count; j++)
			if (is_odd(&kinds[i], &names->names[j]))
				odd_print(context, &kinds[i], &names->names[j], id);
	}
	return body_notes_print(context, &notes->body);
}

static void notes_json(const struct command_context *context, json_t *object,
                       const struct story *story, const struct story_notes *notes)
{
	new_names_json(object, notes);
	body_notes_json(object, &notes->body);
	if (is_now_breaking(story, notes))
		json_object_set_new(object, "breaking_until", json_time(context, story->breaking_until));
	if (notes->was_published)
		json_object_set_new(object, "was_published", json_true());
	if (!str_is_empty(notes->noted)) {
		json_object_set_new(object, "noted", json_text(notes->noted));
		json_object_set_new(object, "text_changed", json_boolean(!notes->text_is_same));
	}
}

Err story_print_state(const struct command_context *context, int64_t id,
                      const struct story_notes *notes)
{
	static const struct story_notes none;
	struct story story;
	Str address;
	TRY(story_look_up(context, id, &story, &address));
	if (notes == NULL)
		notes = &none;
	if (context->call->json) {
		json_t *object =
		    json_pack("{s:I, s:o, s:o}", "id", (json_int_t)id, "url", json_text_or_null(address),
		              "status", json_text(story_status_word(story.status)));
		notes_json(context, object, &story, notes);
		return print_json(context, object);
	}
	state_print(context, &story, address, notes);
	return notes_print(context, &story, notes);
}
