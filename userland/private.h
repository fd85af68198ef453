/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The private area of a VE: VZLITE_PRIVATEDIR/CTID/, with upper/ and work/ of
 * its overlay, or root/, a whole copy of its template. Files in upper/ are owned
 * by the VE's ids; those in root/ are not (mounts map them), which is one more
 * reason why no one but root may enter VZLITE_PRIVATEDIR: what is setuid root in
 * a VE would be so for the host's users.
 *
 * An area is built as .create-CTID, gets its place once the VE's configuration
 * is written, and is removed as .destroy-CTID. What is found under such a name
 * while nobody holds the VE's lock was left by a command that was killed: the
 * new area of a VE that has a configuration is put in its place, others are removed.
 * .copy-CTID is a copy that is to take its place, or what was there before: it is removed.
 */
#ifndef VZLITE_PRIVATE_H
#define VZLITE_PRIVATE_H

#include <limits.h>

#include "config.h"
#include "paths.h"

#define VZLITE_PRIVATEDIR VZLITE_STATEDIR "/private"	/* mode 0700 */
#define PRIVATE_UPPER "upper"
#define PRIVATE_WORK "work"
#define PRIVATE_ROOT "root"

/* VZLITE_PRIVATEDIR/CTID or, with @part, what is in it. */
void private_path(uint32_t ctid, const char *part, char path[PATH_SIZE]);

/* VZLITE_PRIVATEDIR, made if it is not there; open until the process ends. -1 with its line. */
int private_area(void);

/* Remove what killed commands have left of VE @ctid, which is locked by the caller, with a line when that
 * takes long; and, for a moment, what they have left of others that nobody works on. */
void private_sweep(uint32_t ctid);
/* That of all, while @go_on says so (tree.h). False: it said no, and something is left. */
bool private_sweep_all(bool (*go_on)(void));

/* Build the area of @c from @template (its directory), not yet in its place. A
 * failure leaves nothing. The VE's ids need not be known. */
int __must_check private_build(const struct config *c, int template);
/* Give it to @c->local_uid. */
int __must_check private_give(const struct config *c);
/* Take back what private_build has made. */
void private_abandon(uint32_t ctid);

/* Put the area of a VE that has a configuration in its place, if it is not, or remove it when
 * that is taken. EXIT_NO_PRIVATE when there is none. @fresh: it was made just now, and
 * EXIT_PRIVATE_EXISTS when its place is taken. */
int __must_check private_settle(uint32_t ctid, bool fresh);
/* Out of its place again, for private_abandon(). */
void private_unsettle(uint32_t ctid);
/* In its place, or only waiting to be put there. */
bool private_exists(uint32_t ctid);
/* Has a VE with a configuration neither files nor anything that runs? So it is when the configuration of
 * one that was destroyed is restored. It cannot start, and what it has on paper may be another's
 * by now, who is not to stay down for it. */
bool private_lost(uint32_t ctid);

/* Has a destroy that did not come to its end taken its files out of the way? */
bool private_retired(uint32_t ctid);

/* Whose area an entry of VZLITE_PRIVATEDIR is, in its place or left over. */
bool private_whose(const char *name, uint32_t *ctid);

/* Have all its files belong to the project of its disk quota, those that are older than that or
 * came from elsewhere, by a copy of them. Nothing of the VE runs, and it is not mounted. A failure, or
 * death, leaves the old area or the new one, both whole. */
int __must_check private_own(uint32_t ctid);

/* Take the area out of its place (absent is no error), then remove it. */
int __must_check private_retire(uint32_t ctid, bool *moved);
/* Back into its place. */
int __must_check private_unretire(uint32_t ctid);
int __must_check private_remove_retired(uint32_t ctid);

#endif
