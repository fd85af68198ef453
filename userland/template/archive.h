/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tar archives, by libarchive: owners are numbers, modes with setuid, extended
 * attributes, ACLs, hard links and holes are kept.
 *
 * An archive is data from a stranger. Refused as a whole: an entry with an
 * absolute path or "..", one that would be written through a symbolic link, a
 * hard link to such a path, a device outside dev/, an archive that is cut short
 * or damaged. Left out: devices in dev/ (a VE gets its own /dev), sockets, hard
 * links to these, and attributes that would tell overlayfs what to do (trusted.*, user.overlay.*) or
 * belong to this host's security modules.
 */
#ifndef VZLITE_ARCHIVE_H
#define VZLITE_ARCHIVE_H

#include <signal.h>

#include "error.h"
#include "template/progress.h"

/* Set by a signal handler: the work ends with an error. */
extern volatile sig_atomic_t archive_interrupted;

/* Extract what @fd gives (plain, gzip, xz, bzip2, zstd) into the directory @dirfd.
 * @name is for messages. The working directory is changed. */
int archive_extract(int fd, const char *name, int dirfd, struct progress *progress);

/* Write the tree @path, which is open as @dir, as a tar archive to @fd; it fails where others change what is
 * read. Without other file systems that are mounted in it: a
 * line for each, with @name, the template's. */
int archive_pack(const char *name, const char *path, int dir, int fd);

#endif
