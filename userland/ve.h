/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VE's life: what start, stop, restart and destroy have in common. All of these
 * are called with the VE's lock held. Action scripts: program.h.
 */
#ifndef VZLITE_VE_H
#define VZLITE_VE_H

#include <signal.h>

#include "config.h"

struct start_options {
	bool wait;	/* until its systemd is up */
	bool force;	/* even if the module cannot enforce its limits, or it is disabled */
	int *lock;	/* the VE's, given up for that wait: it may be stopped meanwhile; or NULL */
	const sigset_t *held;	/* signals that are held until then (hold.h); or NULL */
};

/* DISABLED, of a suspended customer's: it is not started, nor again when it reboots. */
bool ve_disabled(const struct config *c);
/* Are its files there, and its ids its own? Puts its area in its place. */
int __must_check ve_check_files(const struct config *c);
/* Could it start, as far as that shows beforehand? Its line when not. */
int __must_check ve_check(const struct config *c, const struct start_options *o);
/* EXIT_RUNNING when it runs. What `mount` has mounted is unmounted first: EXIT_UMOUNT_FAILED,
 * and nothing is changed, while that is in use. */
int __must_check ve_start(const struct config *c, const struct start_options *o);

struct stop_options {
	bool fast;
	bool again;	/* it is started next, by the caller or who finds that he was killed (restart_mark()) */
	bool force;	/* that one, by --force */
	bool anyway;	/* also when the script stop, or a resume before it, fails, which is told afterwards */
};

/* Ask its init to shut down and wait STOP_TIMEOUT; then, or at once with @fast,
 * kill it. Nothing of it is left then. When nothing of it runs that is said, and no error;
 * EXIT_NO_CONFIG when there is no such VE either. */
int __must_check ve_stop(const struct config *c, bool fast);
/* The same; nothing runs is no error. */
int __must_check ve_stop_if(const struct config *c, const struct stop_options *o);
/* How many seconds who has the lock of a VE that runs may work on it, with the scripts that there are;
 * UINT64_MAX: any, as these may. */
uint64_t ve_stop_seconds(const struct config *c);
/* The same for one of which nothing runs, with the scripts of a start before that, and 30 seconds. */
uint64_t ve_down_seconds(uint32_t ctid);

/* Is there such a VE at all: configured, or registered with the module by somebody?
 * EXIT_NO_CONFIG with its line when there is not. */
int __must_check ve_known(uint32_t ctid);

/* Does the module have a VE of that number? */
bool ve_registered(uint32_t ctid);

/* Remove what is left of a VE that does not run: processes, cgroup, registration
 * with the module, state. Nothing left is no error. @started: a start of it is written
 * down (state_exists()). */
int __must_check ve_clean(uint32_t ctid, bool started);

#endif
