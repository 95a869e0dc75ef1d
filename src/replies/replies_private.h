/* The statements of this room. Nothing outside the room includes it. */
#ifndef REPLIES_REPLIES_PRIVATE_H
#define REPLIES_REPLIES_PRIVATE_H

#include "replies/replies.h"

/* 0 when there is none. */
MUST_CHECK Err reply_find_by_key(struct db_connection *connection, Str key, int64_t *id);
/* Over what the reader handed in, for an act's prepare half. */
MUST_CHECK Err reply_hash(const struct reply *reply, struct arena *mem, Str *out);
/* Gives it its id, or 0 when the key is taken. */
MUST_CHECK Err reply_insert(struct db_connection *connection, const struct reply *reply, Str key,
                            Str hash, int64_t *id);
/* Gives the reply's story; ERR_NOT_FOUND. */
MUST_CHECK Err reply_update_status(struct db_connection *connection, int64_t id,
                                   enum reply_status status, int64_t *story_id);
/* ERR_NOT_FOUND for a draft too, which no reader knows of; ERR_GONE for a withdrawn one. */
MUST_CHECK Err reply_story_check(struct db_connection *connection, int64_t story_id);

#endif
