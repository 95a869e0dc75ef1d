/* Readers' replies under stories. A reply is kept as it was written, with the name of its format.
 * An e-mail address is never shown. What was accepted is on disk, once, however often it was
 * sent. */
#ifndef REPLIES_REPLIES_H
#define REPLIES_REPLIES_H

#include "stories/stories.h"

/* Characters. What is longer is refused, never cut. */
#define REPLY_NAME_MAX 60
#define REPLY_EMAIL_MAX 254 /* RFC 5321 §4.5.3.1.3, without the brackets */
#define REPLY_WEBSITE_MAX 300
#define REPLY_WEBSITE_MAX_BYTES                                                                    \
	((size_t)12 * REPLY_WEBSITE_MAX) /* percent-encoded, as it is kept */
#define REPLY_TEXT_MAX 10000

enum reply_status { REPLY_VISIBLE, REPLY_HIDDEN };
Str reply_status_word(enum reply_status status); /* "visible", "hidden" */

struct reply {
	int64_t id;
	int64_t story_id;
	enum reply_status status;
	Str name, email;
	Str website; /* a checked address, or empty */
	Str format;  /* "text" */
	Str text;
	Time created;
};

/* What a reader hands in, as it came. */
struct reply_input {
	Str name, email, website, text;
};

/* One sentence for each field that is wrong, in English for i18n_text; NULL where nothing is. */
struct reply_problems {
	const char *name, *email, *website, *text;
};
/* Pure. True when all is well; then `*out` holds the trimmed values (line ends made \n, website
 * made whole). Wrong: missing, too long, bad UTF-8, NUL and control characters, an e-mail or
 * web address that can't be one. */
MUST_CHECK Err reply_check(const struct reply_input *input, struct arena *mem,
                           struct reply_problems *problems, struct reply_input *out, bool *ok);

/* Stores a checked reply under a one-time key. The same key again gives the same reply.
 * ERR_NOT_FOUND, ERR_GONE when the story can't be replied to. */
struct reply_create_input {
	int64_t story_id;
	struct reply_input checked;
	Str key;      /* 1 to 64 bytes, unique to the submission */
	Time created; /* 0: now; of one that was written elsewhere, when it was */
};
MUST_CHECK Err reply_create(const struct world *world, const struct reply_create_input *input,
                            int64_t *id_out, bool *is_new);
/* The same for many replies, under one story or several, in one act: for whoever brings an archive
 * with them. All of them or none, and then the sentence begins with the number of the one that is
 * refused, from 1. `new_out`: how many were not stored before. */
#define REPLY_CREATE_MAX 2500 /* what others write waits behind it */
MUST_CHECK Err reply_create_many(const struct world *world, const struct reply_create_input *inputs,
                                 size_t count, size_t *new_out);
/* ERR_NOT_FOUND; hiding what is hidden is fine. */
MUST_CHECK Err reply_hide(const struct world *world, int64_t id);
MUST_CHECK Err reply_show(const struct world *world, int64_t id);

/* Oldest first unless told, at most REPLY_LIST_MAX. */
#define REPLY_LIST_MAX 1000
struct reply_filter {
	int64_t story_id; /* 0: all */
	bool hidden_too;
	bool newest_first;
	int64_t after_id;
	int64_t before_id; /* 0: from the newest on; only with newest_first */
	size_t limit;
};
MUST_CHECK Err reply_list(struct db_connection *connection, const struct reply_filter *filter,
                          struct arena *mem, struct reply **out, size_t *count_out);
/* Visible replies under published stories in a language, newest first; among the newest
 * REPLY_LIST_MAX that are visible. At most `limit`. */
MUST_CHECK Err reply_list_newest(struct db_connection *connection, const struct language *language,
                                 size_t limit, struct arena *mem, struct reply **out,
                                 size_t *count_out);
/* As many visible replies as one page of a story shows: a thousand, or REPLY_PAGE_CHARACTERS of
 * text. */
#define REPLY_PAGE_CHARACTERS 1000000
struct reply_extent {
	size_t count;
	int64_t last_id; /* `after_id` when there is none */
	bool has_more;
};
MUST_CHECK Err reply_extent_find(struct db_connection *connection, int64_t story_id,
                                 int64_t after_id, struct reply_extent *out);
/* Visible ones of a story. */
MUST_CHECK Err reply_count(struct db_connection *connection, int64_t story_id, int64_t *out);

/* Compares every reply with the hash that was stored with it; ERR_IO names the first that is
 * damaged. */
MUST_CHECK Err replies_verify(struct db_connection *connection);

extern const struct db_table replies_tables[];
extern const size_t replies_table_count;

#endif
