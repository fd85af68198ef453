/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The caller's terminal, while a command in a container has one of its own that stands for it.
 * What is typed goes there as it is: editing, echo, hiding of passwords and Ctrl-C are that
 * terminal's doing. So ours is set to do none of it ("raw"), with three exceptions:
 * In the background it is neither set nor read, until we are in the foreground. Where standard
 * output is not it, others write to it for us, and what they write is shown as before. Where
 * standard output or error is a pipe, whoever reads that may use the terminal as well, as a pager
 * does: then it is set no sooner than the command uses its own, and left alone while others have it.
 */
#ifndef VZLITE_TERMINAL_H
#define VZLITE_TERMINAL_H

#include "container.h"

/* Which descriptor shows what comes from the command's terminal; -1: none can be written to. */
int terminal_shown(const struct container *c);

/* Give @master, the command's, the size of ours. May be called by a signal's handler. */
void terminal_copy_size(const struct container *c, int master);

/* And our keys, before it runs. */
void terminal_copy_keys(const struct container *c, int master);

/* The command runs: pass on what is typed, until terminal_restore() or our end. */
void terminal_begin(const struct container *c, int master);
/* See whose it is now. In how many ms to look again, -1: no need. */
int terminal_look(void);
/* Are keys ours to read? As terminal_look() found. */
bool terminal_ours(void);
/* The command uses its own: it has written there. */
void terminal_used(void);
/*
 * What was typed, up to @size bytes, of which @n are in @data: returns how many are to be passed
 * on. While we are not raw, an end of input has to be made that of the command's terminal.
 */
size_t terminal_typed(char *data, size_t n, size_t size);
/* Is among it one of our keys that say SIGINT or SIGQUIT, which ours does not heed while it is raw?
 * Which of the two; else 0. */
int terminal_signal(const char *data, size_t n);
/* write() to the command's terminal, of which @slave is the other end. What has been shown when
 * it was typed is not shown again. */
ssize_t terminal_write(int slave, const char *data, size_t n);
/* We were stopped, and go on. May be called by a signal's handler, as may the next. */
void terminal_continued(void);
/* As it was found, unless somebody else has set it since. */
void terminal_restore(void);

#endif
