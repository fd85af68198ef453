/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that a container may not make, as a seccomp program. */
#ifndef VZLITE_FILTER_H
#define VZLITE_FILTER_H

#include <linux/filter.h>

#include "container.h"

#define FILTER_CALLS_MAX 60
/* For each call of two architectures two ranges, and returns behind them. */
#define FILTER_MAX (6 * FILTER_CALLS_MAX + 20)

/* Returns the length of the program, 0 for more than FILTER_CALLS_MAX calls. No
 * call may stand twice. Other architectures, and x32, get ENOSYS for all. */
size_t filter_build(const struct denied_call *calls, size_t count,
		    struct sock_filter code[FILTER_MAX]);

#endif
