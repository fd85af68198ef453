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
/* Is @fd, which came from a container, really the master of a terminal? */
bool pty_valid(int fd);

/* Give @master the size of the caller's terminal. Before the command runs, which may
 * ask for it first of all. */
void pty_copy_size(int master, bool input);

/* Copy between the caller's terminal and @master until the process of @pidfd has
 * ended and what it wrote is read. @input: standard input is a terminal, which
 * is raw meanwhile. Also passes on window sizes and, to the process, signals. */
void pty_relay(int master, int pidfd, bool input);

/* Without a terminal: from now on signals that would end us go to the process. */
void signal_forward(int pidfd);

#endif
