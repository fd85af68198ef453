/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the first process of a container, or one more in a container that
 * runs. It stays a child of the caller; nothing else is left behind.
 *
 * Two steps, so that the caller can write down what it has made before any
 * program of the container runs: spawn_prepare() leaves the process set up and
 * waiting (but with c->at_once, where nothing need be done in between), spawn_go()
 * lets it execute its program. Until then it dies with the caller, however the caller
 * dies.
 */
#ifndef VZLITE_SPAWN_H
#define VZLITE_SPAWN_H

#include <signal.h>

#include "container.h"

struct spawned {
	pid_t pid;
	int pidfd;
	int channel;		/* to the process, until it executes its program */
	int terminal;		/* master of its terminal, -1 without */
	int notify;		/* receives what comes at c->notify, -1 without */
	volatile sig_atomic_t ended;	/* @status is what it ended with; @pid may be another's */
	volatile sig_atomic_t status;
	volatile sig_atomic_t killed;	/* by this signal; 0: it has exited */
};

/* Fills *s; on an error (printed) nothing is left. EXIT_BAD_VE when the root
 * has no such program, EXIT_MOUNT_FAILED, EXIT_SYSTEM ... SPAWN_MOVED, not printed, if
 * processes can no longer be put into c->cgroup of the container that is joined. */
#define SPAWN_MOVED (-1)
int __must_check spawn_prepare(const struct container *c, struct spawned *s);
/* Returns 0 once the program runs. An error (printed): the process is gone. */
int __must_check spawn_go(const struct container *c, struct spawned *s);
/* Wait for it to end: its exit status, 128 + signal when a signal ended it. */
int spawn_wait(struct spawned *s);
/* If it has ended let it go, for spawn_wait(): a pid namespace does not end while one of its
 * processes is waited for by nobody. For a signal's handler, too. */
void spawn_reap(struct spawned *s);
/* Kill it if it is still waiting for spawn_go(), and close all descriptors. */
void spawn_close(struct spawned *s);
#define cleanup_spawned __attribute__((cleanup(spawn_close)))
#define SPAWNED_NONE { .pid = 0, .pidfd = -1, .channel = -1, .terminal = -1, .notify = -1 }

#endif
