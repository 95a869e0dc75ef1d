#include "net/net_private.h"

struct net_values {
	int64_t open;
	int64_t max_open;
	int64_t streams;
	int64_t accepted;
	int64_t refused[NET_REFUSED_COUNT];
	int64_t sent_bytes;
	struct histogram_values rounds;
};

static const char *const reasons[NET_REFUSED_COUNT] = {"full", "address", "descriptors"};

#define ROW(metric_name, member, ...)                                                              \
	{                                                                                              \
		.name = "courant_" metric_name, .offset = offsetof(struct net_values, member), __VA_ARGS__ \
	}
static const struct metric rows[] = {
    ROW("connections_open", open, .type = METRIC_GAUGE, .help = "Connections that are open."),
    ROW("connections_max", max_open, .type = METRIC_GAUGE,
        .help = "Connections that may be open: net.max_connections, or what the system allows."),
    ROW("streams_open", streams, .type = METRIC_GAUGE,
        .help = "Connections with a stream of events."),
    ROW("connections_accepted_total", accepted, .type = METRIC_COUNTER,
        .help = "Connections that came."),
    ROW("connections_refused_total", refused, .type = METRIC_COUNTER,
        .help = "Connections turned away because all or all of one address were taken, and times "
                "that new ones had to wait for a descriptor.",
        .labels = {{"reason", reasons, NET_REFUSED_COUNT}}),
    ROW("sent_bytes_total", sent_bytes, .type = METRIC_COUNTER,
        .help = "Bytes of answers handed to the system."),
    ROW("reactor_round_seconds", rounds, .type = METRIC_HISTOGRAM,
        .help = "How long a reactor was busy with what was there: what came meanwhile waited."),
};

static void values_read(void *source, void *out)
{
	const struct net_server *server = source;
	struct net_values *values = out;
	values->open = atomic_load_explicit(&server->connections_open, memory_order_relaxed);
	values->max_open = server->max_connections;
	values->streams = atomic_load_explicit(&server->streams_open, memory_order_relaxed);
	for (size_t i = 0; i < server->reactor_count; i++) {
		const struct net_counts *counts = &server->reactors[i].counts;
		values->accepted += count_read(&counts->accepted);
		for (size_t j = 0; j < NET_REFUSED_COUNT; j++)
			values->refused[j] += count_read(&counts->refused[j]);
		values->sent_bytes += count_read(&counts->sent_bytes);
		histogram_sum(&counts->rounds, &values->rounds);
	}
}

const struct metric_table net_metrics = {
    .room = "net",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct net_values),
    .read = values_read,
};
