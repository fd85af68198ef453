/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up rights, as the last thing before a program of the container runs. */
#ifndef VZLITE_CONFINE_H
#define VZLITE_CONFINE_H

#include "container.h"

/* Bounding set, system call filter, then the thread's own capabilities: from
 * here on nothing that is denied comes back. */
int __must_check confine(const struct container *c);

#endif
