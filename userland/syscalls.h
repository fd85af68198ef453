/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls for which the oldest glibc that we build with has no wrapper. */
#ifndef VZLITE_SYSCALLS_H
#define VZLITE_SYSCALLS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/stat.h>
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

/*
 * clone3(), but the child runs @run(@arg), which never returns, on the stack that @args
 * names, if any. For CLONE_VM without CLONE_VFORK, which libc offers only with the older
 * clone(). With it the child shares errno with the caller, too.
 */
#ifndef __x86_64__
#error "how a system call is made is known for x86_64"
#endif
static inline pid_t sys_clone3_on_stack(struct clone_args *args, void (*run)(void *), void *arg)
{
	register void (*function)(void *) __asm__("r8") = run;
	register void *argument __asm__("r9") = arg;
	long pid = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %3, %%rdi\n\t"
			 "call *%2\n\t"
			 "hlt\n"
			 "1:"
			 : "+a"(pid)
			 : "D"(args), "r"(function), "r"(argument), "S"(sizeof(*args))
			 : "rcx", "r11", "cc", "memory");
	if (pid >= 0)
		return pid;
	errno = -pid;
	return -1;
}

static inline int sys_openat2(int dir, const char *path, unsigned int flags, mode_t mode,
			      unsigned int resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };
	int fd, tries = 0;

	/* Below a root it does not go through a ".." while anything on the machine is renamed or mounted, and
	 * wants to be asked again: openat2(2), EAGAIN. */
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && ++tries < 1000);
	return fd;
}

/* Of @path itself, never mounting or asking a server anything. */
static inline int sys_statx(const char *path, struct statx *st)
{
	return syscall(SYS_statx, AT_FDCWD, path,
		       AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, st);
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

/* The same at the next exec. */
static inline int sys_cloexec_from(unsigned int first)
{
	return syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}

#endif
