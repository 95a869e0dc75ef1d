/* The control socket: a command beside a running server is carried out by that server. The caller
 * sends its words and descriptors over DIR/courant.sock and waits for the exit code. Only the
 * server's own user and root are heard; two processes never have the database open for writing. */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "server/command.h"
#include "server/site_folder.h"

struct control;

/* Makes the socket in the folder (mode 0600; one that a dead server left is replaced) and answers
 * on threads of its own. `world` and `editions` (NULL: commands get no settings) are the server's,
 * `channel` leads to its parent (-1: none); all arguments must stay. */
MUST_CHECK Err control_open(const struct site_folder *folder, const struct command_table *commands,
                            const struct world *world, struct editions *editions, int channel,
                            struct control **out);
/* Whether a command is under way. */
bool control_is_busy(struct control *control);
/* Takes no more commands; those under way go on, but wait no longer for a caller who reads nothing.
 */
void control_stop(struct control *control);
/* After control_stop: true when every command has ended, false when one still runs at `deadline`
 * (monotonic_ms). */
bool control_wait(struct control *control, int64_t deadline);
/* Stops, waits for the commands under way and removes the socket. NULL is fine. */
void control_close(struct control *control);

/* The caller's side: has the server of the folder run `words`, with the streams of `io`, and gives
 * its exit code. `io->in` must be a file, read from its beginning: a server waits for nobody who
 * types. ERR_UNAVAILABLE: nobody answers there; ERR_TOO_MANY: the server has its hands full;
 * nothing was run. ERR_IO: it is not known how the command ended; the sentence says what to do. */
MUST_CHECK Err control_relay(Str site_folder, const Str *words, size_t count,
                             const struct command_io *io, enum exit_code *out);

#endif
