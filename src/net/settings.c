#include "net/net.h"

#define ROW(field_name, ...)                                                                       \
	{                                                                                              \
		.name = "net." #field_name, .offset = offsetof(struct net_settings, field_name),           \
		__VA_ARGS__                                                                                \
	}
#define DURATION_ROW(row_name, field_name, ...)                                                    \
	{                                                                                              \
		.name = "net." row_name, .type = SETTING_DURATION, .unit = "milliseconds",                 \
		.offset = offsetof(struct net_settings, field_name), __VA_ARGS__                           \
	}

static const struct setting rows[] = {
    ROW(reactors, .type = SETTING_COUNT, .initial = "0", .min = 0, .max = 256, .unit = "threads",
        .sentence = "How many threads read and answer requests; 0 is one a processor core."),
    ROW(max_connections, .type = SETTING_COUNT, .initial = "16384", .min = 1, .max = 1000000,
        .unit = "connections",
        .sentence = "How many clients may be connected at once, three quarters of them with a page "
                    "that stays open; fewer when the system allows fewer open files. Those beyond "
                    "get a 503."),
    ROW(max_connections_address, .type = SETTING_COUNT, .initial = "100", .min = 1, .max = 1000000,
        .unit = "connections",
        .sentence =
            "How many connections one IPv4 address or IPv6 /64 may have, half of them for pages "
            "that stay open; this machine and server.trusted_proxies may have any number."),
    DURATION_ROW("header_timeout", header_timeout_ms, .initial = "10s", .min = 1 * SECOND_MS,
                 .max = 10 * MINUTE_MS,
                 .sentence = "How long the head of a request may take, from its first byte."),
    DURATION_ROW("body_timeout", body_timeout_ms, .initial = "10s", .min = 1 * SECOND_MS,
                 .max = 10 * MINUTE_MS,
                 .sentence = "How long the body of a request may take at any speed."),
    ROW(body_bytes_per_second, .type = SETTING_SIZE, .initial = "1KB", .min = 1, .max = 1 << 30,
        .unit = "bytes a second",
        .sentence = "How fast a body must come when it takes longer than net.body_timeout."),
    DURATION_ROW("send_timeout", send_timeout_ms, .initial = "10s", .min = 1 * SECOND_MS,
                 .max = 10 * MINUTE_MS,
                 .sentence =
                     "How long a client may take less than 1 KB of the answer that waits for it."),
    DURATION_ROW("idle_timeout", idle_timeout_ms, .initial = "60s", .min = 1 * SECOND_MS,
                 .max = 1 * HOUR_MS,
                 .sentence = "How long a connection is kept between two requests."),
    ROW(max_header_bytes, .type = SETTING_SIZE, .initial = "16KB", .min = 1 << 10, .max = 32 << 10,
        .unit = "bytes", .sentence = "How long the head of a request may be."),
    ROW(max_body_bytes, .type = SETTING_SIZE, .initial = "1MB", .min = 1 << 10, .max = 1 << 30,
        .unit = "bytes",
        .sentence = "How long the body of a request may be, whatever a page allows."),
    ROW(max_requests_connection, .type = SETTING_COUNT, .initial = "1000", .min = 1, .max = 1000000,
        .unit = "requests", .sentence = "How many requests are answered on one connection."),
};

const struct setting_table net_settings_table = {
    .room = "net",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct net_settings),
};
