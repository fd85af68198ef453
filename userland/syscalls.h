/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls for which the oldest glibc that we build with has no wrapper. */
#ifndef VZLITE_SYSCALLS_H
#define VZLITE_SYSCALLS_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static inline pid_t sys_clone3(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

static inline int sys_openat2(int dir, const char *path, unsigned int flags, mode_t mode,
			      unsigned int resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_default_signal(int sig)
{
	static const unsigned long action[4];	/* handler SIG_DFL, flags, restorer, mask */

	return syscall(SYS_rt_sigaction, sig, action, NULL, sizeof(action[3]));
}

static inline int sys_close_from(unsigned int first)
{
	return syscall(SYS_close_range, first, ~0U, 0U);
}

#endif
