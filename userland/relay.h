/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying between the caller's standard streams and those of a command in a
 * container, while it runs. Ends with the command, not with its streams: what it has
 * written by then is passed on, what others write who still hold them is not.
 * What was read of a file on standard input and not by the command is given back.
 */
#ifndef VZLITE_RELAY_H
#define VZLITE_RELAY_H

#include "spawn.h"
#include "streams.h"

/* Before the command runs, which may ask for it first of all: give its terminal, if
 * it has one, the size and the keys of the caller's; and keep it from hanging up. EXIT_EXEC_FAILED (printed). */
int __must_check relay_prepare(const struct container *c, const struct spawned *s);

/*
 * Relay until the command has ended; for its signals see signals.h. Uses @streams' ends up. Returns
 * the status to exit with: the command's, or when that is 0 why input or output was lost: 128 + SIGPIPE
 * when nobody was there to read it, or an exitcode with its line. That comes first, too, when the
 * command has died of SIGPIPE because we could not write, which is not that nobody reads.
 */
int relay(const struct container *c, struct spawned *s, struct streams *streams);

#endif
