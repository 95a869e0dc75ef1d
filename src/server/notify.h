/* Tells systemd how the service is (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET
 * names. Without one it says nothing. */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* "READY=1" */
void notify(const char *state);
/* RELOADING=1 with the time that systemd wants beside it. */
void notify_reloading(void);

#endif
