// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "cgroup.h"
#include "describe.h"
#include "error.h"
#include "pty.h"
#include "run.h"
#include "spawn.h"
#include "state.h"

/* A standard stream that the caller has closed would be the next file that we
 * open, and the command would get that. */
static bool fill_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

int ve_run(uint32_t ctid, char *const *argv)
{
	struct spawned cleanup_spawned s = SPAWNED_NONE;
	cleanup_close int init = -1, cgroup = -1;
	struct description d;
	bool terminal[3];
	pid_t pid;
	int status;

	if (!fill_stdio())
		return fail_errno(EXIT_SYSTEM, "%s %u: open /dev/null", operation, ctid);
	if (!ve_init(ctid, &pid, &init))
		return fail(EXIT_NOT_RUNNING, "%s %u: the VE is not running", operation, ctid);
	/* Where its init is: in the VE's topmost directory no process may be once
	 * controllers are enabled below it. */
	cgroup = cgroup_open_of(ctid, pid);
	if (cgroup < 0)
		return EXIT_SYSTEM;
	for (int fd = 0; fd < 3; fd++)
		terminal[fd] = isatty(fd);
	ve_describe_exec(ctid, init, cgroup, argv, terminal, &d);
	status = spawn_prepare(&d.container, &s);
	if (!status && s.terminal >= 0)
		pty_copy_size(s.terminal, terminal[0]);
	if (!status)
		status = spawn_go(&d.container, &s);
	if (status)
		return status;
	if (s.terminal >= 0)
		pty_relay(s.terminal, s.pidfd, terminal[0]);
	else
		signal_forward(s.pidfd);
	return spawn_wait(&s);
}
