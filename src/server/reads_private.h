/* What one reactor knows of the stories that were read in the last minute: a table of fixed size
 * for each span of some seconds, in which stories of one set compete for its places. Written by the
 * reactor's thread alone; who reads meanwhile sees a count that is one moment old, or a span that
 * is just being emptied. */
#ifndef SERVER_READS_PRIVATE_H
#define SERVER_READS_PRIVATE_H

#include "server/traffic.h"

#define READS_SPAN_MS (5 * SECOND_MS)
#define READS_SPANS 12 /* of a minute; one more is being emptied */
#define READS_SETS ((size_t)128)
#define READS_WAYS ((size_t)4)
#define READS_LISTED_MAX (READS_SPANS * READS_SETS * READS_WAYS)

struct reads {
	struct reads_span {
		_Atomic int64_t number; /* of READS_SPAN_MS since the clock's beginning */
		struct {
			_Atomic int64_t story; /* 0: free */
			_Atomic int64_t requests;
		} ways[READS_SETS][READS_WAYS];
	} spans[READS_SPANS + 1];
};

void reads_count(struct reads *reads, int64_t story, int64_t now_ms);
/* Fills `out`, which has room for READS_LISTED_MAX; a story is there once for each span. */
size_t reads_list(const struct reads *reads, int64_t now_ms, struct story_reads *out);

#endif
