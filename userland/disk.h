/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk quota: a project quota of the file system that the private area lies on (ext4, XFS),
 * so that `df` in the VE shows it, too. The area's project is DISK_PROJECT + CTID: all files of
 * an area have it from their directory, from the time when the area is made, and nobody in
 * a user namespace can change it.
 *
 *   DISKSPACE="soft:hard"   KiB, or with K, M, G, T; also "2.2G"
 *   DISKINODES="soft:hard"  files, directories, ... the overlay's own among them
 *
 * Above hard the VE gets EDQUOT ("Disk quota exceeded"), on XFS ENOSPC; above soft when the grace time
 * that the file system has (7 days unless somebody has set it) is over. 0 and "unlimited" are none.
 */
#ifndef VZLITE_DISK_H
#define VZLITE_DISK_H

#include "config.h"

/* CTIDs are 1 .. 2^31 - 1, and the greatest of all project ids is none. */
#define DISK_PROJECT 0x7fffffffU

bool disk_space_valid(const char *text);
bool disk_inodes_valid(const char *text);

struct disk_quota {
	uint64_t space_soft, space_hard;	/* KiB; 0: none */
	uint64_t inodes_soft, inodes_hard;
	/* When the grace time of what is above soft is over, in seconds since 1970; 0: none runs. */
	uint64_t space_until, inodes_until;
};

/* What @c says of *@q; the rest of that is left. */
void disk_quota_of(const struct config *c, struct disk_quota *q);
/* DISK_QUOTA=no: no limit holds from the next start on. */
bool disk_off(const struct config *c);
/* Is there any limit, that is not off? */
bool disk_wanted(const struct config *c);

/* Give the new, empty directory @fd to the project of @ctid. One that has a project already, by that
 * of the private areas, is no error. Without a line, -1 with errno for disk_own_failed(), which
 * matters to who wants a quota only: the file system knows no projects, or is full. */
int __must_check disk_own(uint32_t ctid, int fd);
int __must_check disk_own_failed(uint32_t ctid);
/* Does what is made in the directory @fd come to be of its project? */
bool disk_inherits(int fd);
/* Has the area @fd been given to it? */
bool disk_owned(uint32_t ctid, int fd);

struct disk_usage {
	uint64_t space;			/* KiB */
	uint64_t inodes;
	struct disk_quota quota;	/* as it is in force */
};

/* What the files of @ctid take, as the file system counts it. False, without a line, when it does
 * not, or not these. */
bool disk_usage(uint32_t ctid, struct disk_usage *out);

/* Could it be enforced? As below; VZLITE_PRIVATEDIR is there. */
int __must_check disk_check(uint32_t ctid);
/* And for the files that the VE has? */
int __must_check disk_check_area(uint32_t ctid);
/*
 * Have the quota of @c enforced. A grace time of @before goes on: else who starts anew would
 * have another. EXIT_DISK_QUOTA when the file system has no project quota, with how to get it,
 * or the area is older than that.
 */
int __must_check disk_apply(const struct config *c, const struct disk_quota *before);
/* The same of what is given only, space or inodes; grace times go on. *@old is all as it was. */
int __must_check disk_change(const struct config *c, bool space, bool inodes, struct disk_quota *old);
int __must_check disk_restore(uint32_t ctid, const struct disk_quota *old);

/* What is in force of any project of ours, and to change that, whatever the area is. Without a line;
 * false, or -1 with errno, where there is no quota. */
bool disk_in_force(uint32_t ctid, struct disk_quota *q);
int __must_check disk_force(uint32_t ctid, const struct disk_quota *q);

/* No limits, of one kind or both. Errors do not matter. */
void disk_drop(uint32_t ctid, bool space, bool inodes);
/* Nor anything that is written down of them. */
#define DISK_RECORD "quota"	/* see disk_lift.h */
void disk_forget(uint32_t ctid);

#endif
