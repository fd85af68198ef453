/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard input, output and error of a command in a container. Nothing of the
 * caller's goes in: whoever has a descriptor can open the file anew by
 * /proc/self/fd, walk on from a directory, change how the file is written
 * (O_APPEND, O_NONBLOCK), type into a terminal, and keep all that when the command
 * has ended, to read and write what is meant for and by those who come next. So the
 * command gets a terminal of the container, or pipes that relay.h joins with the
 * caller's streams. Only the null device goes in as it is: the container has it, too.
 */
#ifndef VZLITE_STREAMS_H
#define VZLITE_STREAMS_H

#include "container.h"

/* The caller's side. */
struct streams {
	int ends[3];		/* of the pipes, -1 without */
	bool file;		/* standard input is a file */
};

/*
 * Choose @stdio by what our own streams are and make @pipes, the container's ends
 * (-1 for what is none), which @owner, the container's root, may open anew, as it does
 * with /dev/stdout. EXIT_EXEC_FAILED (printed) for a directory, which can neither be
 * read nor written. @id: the container's.
 */
int __must_check streams_make(const char *id, uid_t owner, enum stream stdio[3], int pipes[3],
			      struct streams *s);
/* Once the container has its ends: close them here, but that of a file's pipe. */
void streams_release(const struct streams *s, int pipes[3]);

/* In the container, the first thing of all: keep the pipes' ends, put input and output
 * in their places. Behind it descriptors from STREAMS_END on are free. -1 with errno. */
#define STREAMS_ERROR 5		/* where error waits */
#define STREAMS_END 6
int __must_check streams_keep(const struct container *c);
/*
 * Is its terminal the session's, too, /dev/tty? Only where somebody can type into it. Else a program
 * that asks there for a password would wait for ever, and what is typed would be shown, and be
 * read by the caller's shell.
 */
bool streams_control(const struct container *c);
/* Put the rest in place. @slave is a terminal's. -1 with errno. */
int __must_check streams_take(const struct container *c, int slave);

#endif
