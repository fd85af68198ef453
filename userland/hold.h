/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must not be left half-way by who presses ^C, or whose terminal goes. */
#ifndef VZLITE_HOLD_H
#define VZLITE_HOLD_H

#include <signal.h>

#include "util.h"

/* A terminal's signals, and SIGTERM with @term, do not end us until hold_end(). */
void hold_signals(bool term, sigset_t *old);
/* ^Z, and a terminal that is another's just now, do not stop us until hold_end(): for who has a lock that
 * commands for other VEs wait for. Not for who runs a script, which would stop alone, and nobody could go on. */
void hold_stops(sigset_t *old);
void hold_end(const sigset_t *old);
/* One of them has come since. */
bool hold_pending(void);

#endif
