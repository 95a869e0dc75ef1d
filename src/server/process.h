/* What the system knows of this process, told as Prometheus has it for every program. */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include "base/metrics.h"

/* Its source is a struct db, for the name of the database's engine. */
extern const struct metric_table process_metrics;

#endif
