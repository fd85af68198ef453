/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vzlite that relays a command, for the unit tests. The command is a function, in a process
 * that has the streams that it would have in a VE. */
#ifndef VZLITE_UNIT_RELAYED_H
#define VZLITE_UNIT_RELAYED_H

#include "unit.h"

struct relayed {
	int (*command)(void);
	int in, out, err;		/* the caller's */
	int cgroup;			/* directory of the command's */
	int terminal;			/* is the controlling one of a session of vzlite's own; 0: none */
	int master;			/* of that one: not vzlite's */
	bool background;		/* in its session, for the first second */
	bool repeats;			/* it dies of what the command has died of */
};

pid_t relayed_start(const struct relayed *r);
/* Its exit status, 1000 + the signal that ended it. */
int relayed_end(pid_t pid);
/* Both at once. */
int relayed_run(int (*command)(void), int in, int out, int err);

int temporary(void);			/* a new file */
/* Until the command has written something to the file. */
void await_text(int file);

#endif
