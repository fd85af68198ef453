/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vzlite that was started at a terminal, for the unit tests. */
#ifndef VZLITE_UNIT_ON_TERMINAL_H
#define VZLITE_UNIT_ON_TERMINAL_H

#include <termios.h>

#include "relayed.h"

extern int master, terminal;		/* the caller's */
extern struct termios at_first;
extern int cgroup;			/* of the command; with one, vzlite dies of what that has died of */

/* Around each test. */
void open_terminal(void);
void close_terminal(void);

pid_t start(int (*command)(void), int in, int out, int err);
/* Its output comes through a pipe. It has said a first byte. */
pid_t start_with_pipe(int (*command)(void), int *output);

/* What is shown until @text is part of it, or for 5 s. */
const char *shown(const char *text);
void type(const char *text);
void is_as_at_first(void);
/* Are these flags so, within 5 s? */
bool becomes(tcflag_t lflag, bool set);

/* For commands. */
int say(const char *text);
/* Says "+", then what it reads. Nothing of this is on its terminal, if output is elsewhere. Returns 4. */
int read_lines(void);

#endif
