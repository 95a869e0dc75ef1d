/* A network that fails on demand, between the program and PostgreSQL: a proxy on 127.0.0.1 that
 * knows COMMIT when it comes by, and cuts the connection there. */
#ifndef DB_POSTGRES_TEST_PROXY_H
#define DB_POSTGRES_TEST_PROXY_H

#include <stdbool.h>

enum proxy_cut {
	CUT_NONE,
	CUT_BEFORE_COMMIT, /* the server never gets it */
	CUT_AFTER_COMMIT,  /* it is done, but its answer is lost */
	CUT_AT_COMMIT,     /* the server gets it, and nobody waits for its answer */
};

struct proxy;
/* Passes on to host (a number) and port; the caller frees it with proxy_free. */
struct proxy *proxy_new(const char *host, const char *port);
void proxy_free(struct proxy *proxy);
int proxy_port(const struct proxy *proxy);
/* The next `times` COMMITs are cut; or all, when it is negative. */
void proxy_cut_next(struct proxy *proxy, enum proxy_cut cut, int times);
/* New connections are closed at once. */
void proxy_refuse(struct proxy *proxy, bool refuse);
/* COMMITs that were cut. */
int proxy_cuts(struct proxy *proxy);

#endif
