/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACLs of archives. tar --acls writes users and groups by their names, which are
 * those of another system; tar --xattrs writes the kernel's form, by number, of
 * which libarchive takes no notice.
 */
#ifndef VZLITE_ACL_H
#define VZLITE_ACL_H

#include <archive_entry.h>
#include <stddef.h>

/* Make @entry's ACL one of numbers: that of its attributes, if it has one there. -1 where
 * there are none, with the reason in @why. */
int acl_by_number(struct archive_entry *entry, char *why, size_t size);

#endif
