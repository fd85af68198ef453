/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that a container may not make, as a seccomp program. */
#ifndef VZLITE_FILTER_H
#define VZLITE_FILTER_H

#include <linux/filter.h>

#include "container.h"

#define FILTER_CALLS_MAX 50
#define FILTER_MAX 256		/* instructions: no jump reaches further */

/* Returns the length of the program; 0 for more than FILTER_CALLS_MAX calls, for
 * those of too many ranges and errors, and for a number that is none. No number may
 * stand twice. All calls of x32 get ENOSYS. */
size_t filter_build(const struct denied_call *calls, size_t count,
		    struct sock_filter code[FILTER_MAX]);

#endif
