// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "confine.h"
#include "error.h"
#include "filter.h"
#include "syscalls.h"

static int filter_calls(const struct container *c)
{
	struct sock_filter code[FILTER_MAX];
	struct sock_fprog program = { .filter = code };

	if (!c->denied_count)
		return 0;
	program.len = filter_build(c->denied, c->denied_count, code);
	if (!program.len)
		return fail(EXIT_SYSTEM, "%s %s: too many system calls to deny", operation, c->id);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		return fail_errno(EXIT_SYSTEM, "%s %s: seccomp", operation, c->id);
	return 0;
}

static int bound_capabilities(const struct container *c)
{
	for (int cap = 0; cap < 64; cap++) {
		if (c->capabilities >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) {
			if (errno == EINVAL)	/* beyond the kernel's last one */
				break;
			return fail_errno(EXIT_SYSTEM, "%s %s: drop capability %d", operation,
					  c->id, cap);
		}
	}
	return 0;
}

static int set_capabilities(const struct container *c)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	/* All there are is what we have; the kernel leaves out what is none. */
	for (int i = 0; i < 2; i++) {
		data[i].permitted = c->capabilities >> (32 * i);
		data[i].effective = data[i].permitted;
		/* Never inheritable: a file that takes them would then give rights
		 * to those who were meant to have none (CVE-2022-27649). */
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data))
		return fail_errno(EXIT_SYSTEM, "%s %s: capset", operation, c->id);
	return 0;
}

int confine(const struct container *c)
{
	int status = bound_capabilities(c);

	if (status)
		return status;
	if (c->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail_errno(EXIT_SYSTEM, "%s %s: no_new_privs", operation, c->id);
	/* While CAP_SYS_ADMIN is there: without it, and without no_new_privs,
	 * a filter is refused. */
	status = filter_calls(c);
	return status ? status : set_capabilities(c);
}
