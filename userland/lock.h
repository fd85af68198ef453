/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One lock a VE, and some for the host, as files below /run/vzlite. Who removes a lock file that
 * is held has two commands work on one VE.
 */
#ifndef VZLITE_LOCK_H
#define VZLITE_LOCK_H

#include "util.h"

/*
 * Take the lock of VE @ctid (create, start, stop, set, destroy hold it) into
 * *@fd; closing it, or dying, releases it. EXIT_LOCKED at once, with a line
 * that names the holder, when another vzlite has it; the daemon, which nobody has
 * called, is waited for, for ten minutes, but not by the VE's own action script, for which it waits itself.
 * So is who only removes what is left of other VEs, while he does.
 */
int __must_check ve_lock(uint32_t ctid, int *fd);
/* The same without a line: true when the lock was free and is now ours. */
bool ve_trylock(uint32_t ctid, int *fd);
/* The same, waiting for it, with a line when that takes long; EXIT_LOCKED with a line when its
 * holder waits for us, a script. Without end: a VE may take longer to stop than any number says. */
int __must_check ve_lock_wait(uint32_t ctid, int *fd);
/* The same for who may have to give up: @go_on waits so many milliseconds at most, and says whether
 * to go on. -1 without a line when not. */
int __must_check ve_lock_while(uint32_t ctid, int *fd, bool (*go_on)(int ms));
/* As ve_lock_wait() for who may have to give up: then EXIT_LOCKED, with the line of ve_lock(). */
int __must_check ve_lock_within(uint32_t ctid, int *fd, bool (*go_on)(int ms));
/* Forget the lock file of a VE that is gone; @fd holds the lock. */
void ve_lock_remove(uint32_t ctid, int fd);
/* Give back what ve_lock() has taken, the last thing that is done: when there is no such VE, be it that it was
 * not made, nothing is left of its lock. -1: it was given back before, or never taken. */
void ve_unlock(int *fd);
#define cleanup_lock __attribute__((cleanup(ve_unlock)))

/* Of the host: who removes what is left of other VEs has it, and their locks, one after the other. */
#define LOCK_SWEEP "sweep"

/* One lock for the host: choosing ids. Waits; a line says for whom, when that takes long. Whoever has not got it
 * after ten minutes has EXIT_LOCKED, with a line that names the lock and who has it. */
int __must_check host_lock(const char *name, int *fd);
/* The same without end. */
int __must_check host_lock_wait(const char *name, int *fd);
/* The same without waiting, and without a line: true when the lock was free. */
bool host_trylock(const char *name, int *fd);
/* Does another process hold it? It is not taken for that: others who ask would find it so. Not to be
 * asked by who holds it, who would lose it. */
bool host_locked(const char *name);
bool ve_locked(uint32_t ctid);

#endif
