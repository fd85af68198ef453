// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "error.h"
#include "inherited.h"
#include "syscalls.h"

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

#define TIMER_SLACK_NS 50000	/* the kernel's own default */

static int failed(const struct container *c, const char *what)
{
	return fail_errno(EXIT_SYSTEM, "%s %s: reset %s", operation, c->id, what);
}

/* On a host whose fs.nr_open is lower. */
static int lower_files(const struct rlimit *wanted)
{
	cleanup_close int fd = open("/proc/sys/fs/nr_open", O_RDONLY | O_CLOEXEC);
	struct rlimit now = *wanted;
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	now.rlim_max = strtoul(text, NULL, 10);
	if (now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &now);
}

static int reset_limits(const struct container *c)
{
	for (size_t i = 0; i < c->limit_count; i++)
		if (setrlimit(c->limits[i].resource, &c->limits[i].value) &&
		    !(errno == EPERM && c->limits[i].resource == RLIMIT_NOFILE && !lower_files(&c->limits[i].value)))
			return fail_errno(EXIT_SYSTEM, "%s %s: set resource limit %d", operation,
					  c->id, c->limits[i].resource);
	return 0;
}

static uint64_t ignored = UINT64_MAX;	/* as long as it is not known */

static int look_at_signals(const struct container *c)
{
	/* As the kernel has it: libc keeps two for itself, which may be ignored, too. */
	struct { void (*handler)(int); unsigned long flags; void (*restorer)(void); uint64_t mask; } now;
	uint64_t found = 0;

	(void)c;
	for (int sig = 1; sig <= 64; sig++) {
		if (syscall(SYS_rt_sigaction, sig, NULL, &now, sizeof(now.mask)))
			return 0;
		if (now.handler == SIG_IGN)
			found |= 1ULL << (sig - 1);
	}
	ignored = found;
	return 0;
}

uint64_t inherited_ignored(void)
{
	return ignored;
}

/* Write a file of ours in /proc. -1 with errno. */
static int write_own(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static int reset_oom_score(const struct container *c)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", c->oom_score_adj);
	return write_own("/proc/self/oom_score_adj", text) ? failed(c, "oom_score_adj") : 0;
}

/* The admin's login: what a VE does is not the admin's doing, and only who has no
 * login can be given one, by the VE's own PAM. Some audit rules make a login final.
 * But what is run there by `exec` is, and the audit log is to say so. */
static int reset_login(const struct container *c)
{
	if (c->forget_login && write_own("/proc/self/loginuid", "4294967295") && errno != ENOENT &&
	    errno != EPERM)
		return failed(c, "loginuid");
	return 0;
}

/* As the kernel knows it; glibc's is too new, or too old. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;	/* 0 and 1024; both 0 on a kernel without */
};

#define KEEP_NO_UTIL 0x60	/* SCHED_FLAG_UTIL_CLAMP: -1 is the default */

static int reset_scheduler(const struct container *c)
{
	struct attributes a = { .size = sizeof(a) };
	bool util;

	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0))
		return failed(c, "scheduling");
	util = a.util_min || (a.util_max && a.util_max != 1024);
	if (a.policy == SCHED_OTHER && !a.nice && !util)
		return 0;
	a = (struct attributes){ .size = sizeof(a), .policy = SCHED_OTHER };
	if (util) {
		a.flags = KEEP_NO_UTIL;
		a.util_min = a.util_max = -1;
	}
	return syscall(SYS_sched_setattr, 0, &a, 0) ? failed(c, "scheduling") : 0;
}

static int reset_io_priority(const struct container *c)
{
	enum { PROCESS = 1, CLASS_SHIFT = 13 };
	int now = syscall(SYS_ioprio_get, PROCESS, 0);

	if (now < 0 || (now >> CLASS_SHIFT && syscall(SYS_ioprio_set, PROCESS, 0, 0)))
		return failed(c, "I/O priority");
	return 0;
}

/* To the CPUs that the host's init has: not those that were set aside. */
static int reset_cpus(const struct container *c)
{
	unsigned long want[128], have[128];	/* 8192 CPUs, as Debian's kernels have */
	long n = syscall(SYS_sched_getaffinity, 1, sizeof(want), want);

	if (n < 0 || syscall(SYS_sched_getaffinity, 0, sizeof(have), have) != n)
		return failed(c, "CPU affinity");
	/* None of them where our caller's cgroup has others: as much as it can have. */
	if (memcmp(want, have, n) && syscall(SYS_sched_setaffinity, 0, n, want) && errno != EINVAL)
		return failed(c, "CPU affinity");
	return 0;
}

static int reset_memory(const struct container *c)
{
	int policy;

	if (!syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0) && policy != MPOL_DEFAULT &&
	    syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0))
		return failed(c, "NUMA policy");
	if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) > 0 && prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0))
		return failed(c, "huge pages");
	/* Merged with those of others, pages tell by their timing what is in them. */
	if (prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) > 0 && prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0))
		return failed(c, "merging of pages");
	if (prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) > 0 && prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0))
		return failed(c, "the I/O flusher's rights");
	return 0;
}

int inherited_reset(const struct container *c)
{
	static int (*const resets[])(const struct container *) = {
		look_at_signals, reset_limits, reset_oom_score, reset_login, reset_scheduler,
		reset_io_priority, reset_cpus, reset_memory,
	};
	int status = 0;

	for (size_t i = 0; !status && i < ARRAY_SIZE(resets); i++)
		status = resets[i](c);
	if (!status && prctl(PR_GET_TIMERSLACK) != TIMER_SLACK_NS &&
	    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS))
		status = failed(c, "timer slack");
	return status;
}
