// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/prctl.h>

#include "cgroup.h"
#include "error.h"
#include "helper.h"
#include "paths.h"
#include "scope.h"
#include "syscalls.h"

#define HELPER VZLITE_LIBEXECDIR "/vzlite-scope"

bool scope_wanted(void)
{
	static int wanted = -1;

	if (wanted < 0)
		wanted = !access("/run/systemd/system", F_OK);
	return wanted;
}

/* A process that only is there, and ends when we do. */
static int start_holder(uint32_t ctid, pid_t *holder)
{
	pid_t parent = getpid();

	*holder = fork();
	if (*holder < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	if (*holder)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Our locks end with us, not with it. */
	sys_close_from(0);
	while (getppid() == parent)
		pause();
	_exit(0);
}

static int run_helper(uint32_t ctid, pid_t holder)
{
	char id[16], pid[16];
	char *argv[] = { "vzlite-scope", (char *)operation, id, pid, NULL };

	snprintf(id, sizeof(id), "%u", ctid);
	snprintf(pid, sizeof(pid), "%d", holder);
	return helper_run(ctid, HELPER, argv, -1);
}

int scope_create(uint32_t ctid, pid_t *holder)
{
	int status = start_holder(ctid, holder);

	if (!status)
		status = run_helper(ctid, *holder);
	if (status)
		cgroup_release(holder);
	return status;
}
