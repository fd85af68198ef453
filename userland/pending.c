// SPDX-License-Identifier: GPL-2.0-or-later
/* While the tree is being filled: what is called and not yet written. */
#include "command.h"
#include "error.h"

#define PENDING(name) \
	int __attribute__((weak)) name(int argc, char **argv) \
	{ \
		(void)argc; \
		return fail(EXIT_BAD_OPTION, "%s: not in this build", argv[0]); \
	}

PENDING(cmd_create)
PENDING(cmd_start)
PENDING(cmd_stop)
PENDING(cmd_restart)
PENDING(cmd_exec)
PENDING(cmd_enter)
PENDING(cmd_status)
PENDING(cmd_list)
PENDING(cmd_set)
PENDING(cmd_stats)
PENDING(cmd_destroy)
PENDING(cmd_template)
