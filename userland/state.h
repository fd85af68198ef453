/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is true of a VE now: one small file a VE below /run/vzlite, which a reboot empties,
 * beside its lock (lock.h). The file names the init that `start` made; whether it still lives
 * is asked from the kernel each time, never believed.
 */
#ifndef VZLITE_STATE_H
#define VZLITE_STATE_H

#include "ids.h"
#include "record.h"

/* Write the state of a VE whose init is @pid (alive, or a zombie of ours), and whose ids on
 * the host begin with @first_id. */
int __must_check state_write(uint32_t ctid, pid_t pid, uint64_t first_id);
void state_remove(uint32_t ctid);
/* Remember that it is to be suspended, or no longer; whether it is. To ask its cgroup is
 * as dear as the rest of `status`. Who is killed in between leaves it marked: `resume`. */
int __must_check state_suspend(uint32_t ctid);
void state_resume(uint32_t ctid);
bool ve_suspended(uint32_t ctid);
/* All that are, in one look; added to @ids. */
int __must_check state_suspended(struct ids *ids);
/* Add those of which a start is written down, in no order. */
int __must_check state_started(struct ids *ids);
/* Was it started, and has nobody cleared away since? */
bool state_exists(uint32_t ctid);
/* All of which that is so, or which are to be started again (reboot.h), in order. */
int __must_check state_list(struct ids *ids);
/* That start, told from others; 0 when there is none. And how long ago it was, in ms. */
uint64_t state_start(uint32_t ctid);
int64_t state_age(uint32_t ctid);
/* The first of its ids on the host, as of its start; 0 when nobody has written it. */
uint64_t state_first_id(uint32_t ctid);

/*
 * Where `mount` shows the root of a VE that does not run, VZLITE_ROOTDIR/CTID. Whether it
 * does is asked from the kernel, in one call; MOUNT_LEFT: it was there, or was about to
 * be, and whoever did that was killed.
 */
#define VZLITE_ROOTDIR VZLITE_RUNDIR "/root"	/* mode 0700 */
enum mount_state { MOUNT_NONE, MOUNT_LEFT, MOUNT_THERE };
void ve_mount_path(uint32_t ctid, char path[64]);
enum mount_state ve_mount_state(uint32_t ctid);

/* Does its init live? Prints nothing; what cannot be found out is a no, which is not for who tells
 * somebody. */
bool ve_running(uint32_t ctid);
/* The same, and *@pid and *@pidfd (close it) are the init. */
bool ve_init(uint32_t ctid, pid_t *pid, int *pidfd);
/* The same for who would tell of what runs, end or replace it: not to know is an error, with
 * its line. VE_NONE: no start of it is written down. @pid and @pidfd may be NULL. */
enum ve_state { VE_NONE, VE_ENDED, VE_RUNS };
int __must_check ve_find(uint32_t ctid, enum ve_state *state, pid_t *pid, int *pidfd);

#endif
