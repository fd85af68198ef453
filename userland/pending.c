// SPDX-License-Identifier: GPL-2.0-or-later
/* While the tree is being filled: what is called and not yet written. */
#include "cgroup.h"
#include "command.h"
#include "error.h"
#include "state.h"

#define PENDING(name) \
	int name(int argc, char **argv) \
	{ \
		(void)argc; \
		return fail(EXIT_BAD_OPTION, "%s: not in this build", argv[0]); \
	}

#if !__has_include("cmd/create.c")
PENDING(cmd_create)
#endif
#if !__has_include("cmd/start.c")
PENDING(cmd_start)
#endif
#if !__has_include("cmd/stop.c")
PENDING(cmd_stop)
#endif
#if !__has_include("cmd/restart.c")
PENDING(cmd_restart)
#endif
#if !__has_include("cmd/exec.c")
PENDING(cmd_exec)
#endif
#if !__has_include("cmd/enter.c")
PENDING(cmd_enter)
#endif
#if !__has_include("cmd/status.c")
PENDING(cmd_status)
#endif
#if !__has_include("cmd/set.c")
PENDING(cmd_set)
#endif
#if !__has_include("cmd/destroy.c")
PENDING(cmd_destroy)
#endif
#if !__has_include("cmd/template.c")
PENDING(cmd_template)
#endif

#if !__has_include("state.c")
bool ve_running(uint32_t ctid)
{
	(void)ctid;
	return false;
}

bool ve_init(uint32_t ctid, pid_t *pid, int *pidfd)
{
	(void)ctid, (void)pid, (void)pidfd;
	return false;
}

int ve_lock(uint32_t ctid, int *fd)
{
	(void)ctid;
	*fd = -1;
	return 0;
}
#endif

#if !__has_include("cgroup.c")
int cgroup_apply(const struct config *c, uint32_t ctid)
{
	(void)c;
	return fail(EXIT_NOT_RUNNING, "%s %u: no cgroup", operation, ctid);
}
#endif
