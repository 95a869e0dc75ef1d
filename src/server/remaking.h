/* Pages that are read all the time, made anew for an act by the edition of the moment, and counted.
 * How and when is said in web/remake.c. */
#ifndef SERVER_REMAKING_H
#define SERVER_REMAKING_H

#include "server/edition.h"

struct remaking;
MUST_CHECK Err remaking_new(struct editions *editions, struct remaking **out);
void remaking_free(struct remaking *remaking); /* NULL is fine */
/* For the world of acts, as long as it lives. */
const struct act_remaker *remaking_remaker(const struct remaking *remaking);
/* Of a struct remaking; any thread. */
extern const struct metric_table remaking_metrics;

#endif
