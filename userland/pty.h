/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal for a command in a container. It comes from the container's own
 * devpts; the caller's terminal is never passed in, since whoever holds a
 * terminal can push input into it (TIOCSTI) or read what is typed.
 */
#ifndef VZLITE_PTY_H
#define VZLITE_PTY_H

#include "util.h"

/* In the container: a new terminal. EXIT_EXEC_FAILED with a line. */
int __must_check pty_open(const char *id, int *master, int *slave);
/* The other end of @master, and not as anybody's controlling terminal. The same errors. */
int __must_check pty_slave(const char *id, int master, int *slave);
/* Is @fd, which came from a container, really the master of a terminal? */
bool pty_valid(int fd);

/* Give @master the size of @terminal. May be called by a signal's handler. */
void pty_copy_size(int master, int terminal);
/* And its keys, unless somebody has set it for keys of their own. */
void pty_copy_keys(int master, int terminal);

#endif
