/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals on their way through us to a command in a container. Those that would end us go to
 * the command's process group, which is what they would have reached had it been started here:
 * a shell alone would wait for the program that it runs.
 */
#ifndef VZLITE_SIGNALS_H
#define VZLITE_SIGNALS_H

#include "spawn.h"

/*
 * Before the command is made: from now on such a signal, but one that is ignored, takes with us
 * what is being set up, and once the command runs goes to it, with no moment in between. When
 * one is not heard because the VE is frozen, another, or two seconds, end us alone. Both are
 * looked at until signals_end().
 */
void signals_begin(const struct container *c, struct spawned *s);
/* It runs: see to its end, and to what becomes of our terminal, too. */
void signals_running(void);
/*
 * The key for it was typed at our terminal, and is passed on to the command's: when the VE is frozen
 * that does nothing, and ends us alone.
 */
void signals_typed(int sig);
/* Before @s is closed. */
void signals_end(void);
/*
 * The last of all, with the status to exit with: when the command was killed by SIGINT, SIGTERM or
 * SIGHUP, and that came through us, or its key did, we die of it, too. A shell's loop around us
 * ends only then: one that exits with 130 may have had another use for Ctrl-C. Else returns @status.
 */
int signals_repeat(int status);

#endif
