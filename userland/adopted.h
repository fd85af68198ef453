/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adopted VEs: cgroups that another engine made (podman, LXC, Incus, systemd), and
 * that only the module counts, limits and gives views. vzlite made nothing of them,
 * writes none of their files and ends none of their processes.
 *
 * The record of one is a configuration (config.h) with CGROUP, where it is; CGROUP_ID,
 * the kernel's 64-bit number of the directory, which no other gets while the machine is
 * up; and BOOT_ID, while which that is. Who comes later to the same path is somebody
 * else: nothing registers a path by itself.
 *
 * The record is written before the module is told, and removed after it has
 * forgotten: who is killed in between leaves one that is ADOPTED_LOST, which the next
 * `adopt` replaces and `release` removes.
 */
#ifndef VZLITE_ADOPTED_H
#define VZLITE_ADOPTED_H

#include "config.h"
#include "module.h"

/* Each but the first stands in the list of states that scripts read: never renamed. */
enum adopted_state {
	ADOPTED_RUNNING,
	ADOPTED_DOWN,		/* registered, and no process is in it */
	ADOPTED_GONE,		/* the directory was removed, or the machine was booted since */
	ADOPTED_LOST,		/* the directory is there, and the module does not know it */
};

/* "adopted", "adopted,down", "adopted,gone", "adopted,lost". */
const char *adopted_status(enum adopted_state state);
/* Is it counted and limited now? */
bool adopted_registered(enum adopted_state state);
/* Why it is not, and will not be before it is adopted anew, for a line about it; NULL: it is, or may be
 * when its engine starts something in it. */
const char *adopted_loss(enum adopted_state state);

/* That this was told of it, until it is adopted or released: who looks again and again need not say
 * so each time. The VE's lock is the caller's of the last two. */
bool adopted_told(uint32_t ctid);
int __must_check adopted_mark_told(uint32_t ctid);
void adopted_forget_told(uint32_t ctid);

/* Is @ve, which the module has under its CTID, what the record is of? */
bool adopted_is_its(const struct config *c, const struct module_ve *ve);

/* @ve: what the module has under its CTID, NULL for nothing. Prints nothing. */
enum adopted_state adopted_state(const struct config *c, const struct module_ve *ve);
/* The same, and asks the module: an exit status, with its line, when that cannot be asked. */
int __must_check adopted_find(const struct config *c, enum adopted_state *state);

/*
 * Open the cgroup that was given as @given: a path below /sys/fs/cgroup, or one in the
 * hierarchy, with or without a "/" first, as /proc/PID/cgroup and engines print it. It
 * is looked up without leaving the hierarchy. Its own CGROUP, CGROUP_ID and BOOT_ID go
 * into @c. EXIT_BAD_VALUE for a path that is none, or vzlite's own.
 */
int __must_check adopted_open(struct config *c, const char *given, int *fd);

/* The path in the hierarchy, "/machine.slice/x"; NULL: it is none. For adopted_open. */
const char *adopted_path(const char *given, char *path, size_t size);

/* EXIT_BAD_VALUE, with its line, when @ctid is an adopted VE: the command that runs is
 * its engine's to give. */
int __must_check adopted_refuse(uint32_t ctid);

/* Make the directory of the records. */
int __must_check adopted_prepare(uint32_t ctid);

#endif
