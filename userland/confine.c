// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "confine.h"
#include "error.h"
#include "syscalls.h"

#define X32_CALLS 0x40000000
#define PROGRAM_MAX 512

/*
 * The filter is assembled here, not by libseccomp: loading that library and
 * having it generate the same program costs more than all else that `exec` does.
 * What it must not forget: the numbers mean nothing before the architecture is
 * known, and x86_64 has three of them.
 */
struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short n;
};

static void emit(struct program *p, unsigned short code, unsigned char jt, unsigned char jf,
		 unsigned int k)
{
	if (p->n < PROGRAM_MAX)
		p->code[p->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void emit_calls(struct program *p, const struct container *c, bool i386)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	if (!i386) {
		/* x32: no distribution uses it, and it doubles every number. */
		emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_CALLS);
		emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	}
	for (size_t i = 0; i < c->denied_count; i++) {
		const struct denied_call *d = &c->denied[i];
		int nr = i386 ? d->i386 : d->x86_64;

		if (nr < 0)
			continue;
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, nr);
		emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | d->error);
	}
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static int filter_calls(const struct container *c)
{
	struct program p = { .n = 0 };
	struct sock_fprog fprog;
	unsigned short patch;

	if (!c->denied_count)
		return 0;
	emit(&p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, AUDIT_ARCH_X86_64);
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, AUDIT_ARCH_I386);
	emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	emit(&p, BPF_JMP | BPF_JA, 0, 0, 1);	/* to the calls of x86_64 */
	patch = p.n;
	emit(&p, BPF_JMP | BPF_JA, 0, 0, 0);	/* to those of i386, behind them */
	emit_calls(&p, c, false);
	p.code[patch].k = p.n - patch - 1;
	emit_calls(&p, c, true);
	if (p.n == PROGRAM_MAX)
		return fail(EXIT_SYSTEM, "%s %s: too many system calls to deny", operation, c->id);

	fprog = (struct sock_fprog){ .len = p.n, .filter = p.code };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog))
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

	if (syscall(SYS_capget, &head, data))
		return fail_errno(EXIT_SYSTEM, "%s %s: capget", operation, c->id);
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= c->capabilities >> (32 * i);
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
