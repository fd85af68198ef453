// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_reach ve|nested|host (escape.h): what belongs to the host, its processes, keys, IPC.
 *
 *   escape_reach plant    on the host: make what is to be found, print the key's number, and
 *                         stay until killed
 */
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "escape.h"

#define PLANTED "vzlite-escape"
#define SHM_KEY 0x767a6c74

/* A process of the host by its number. */
enum { KILL, PIDFD, TRACE, READ, LIMIT, CPUS, NICE, IO, LIST, OWNER, SPACE, MEMORY };

static bool reach(const struct attempt *a)
{
	pid_t pid = host_number("ESCAPE_PID");
	char buf[8];
	struct iovec local = { buf, 8 }, remote = { (void *)0x400000, 8 };
	struct rlimit limit = { 0 };
	cpu_set_t cpus;
	size_t n;
	char path[64];
	int ends[2];
	void *p;

	switch (a->number) {
	case KILL:
		return !kill(pid, 0);
	case PIDFD:
		return syscall(SYS_pidfd_open, pid, 0) >= 0;
	case TRACE:
		return !ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	case READ:	/* that nothing is mapped there is found out later */
		return process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT;
	case LIMIT:
		return !prlimit(pid, RLIMIT_CORE, NULL, &limit);
	case CPUS:
		return !sched_getaffinity(pid, sizeof(cpus), &cpus);
	case NICE:
		return !setpriority(PRIO_PROCESS, pid, 0);
	case IO:
		return !syscall(SYS_ioprio_set, 1, pid, 0);
	case LIST:
		return !syscall(SYS_get_robust_list, pid, &p, &n);
	case SPACE:
		snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
		return !setns(open(path, O_RDONLY), CLONE_NEWNET);
	case MEMORY:
		snprintf(path, sizeof(path), "/proc/%d/mem", pid);
		return open(path, O_RDWR) >= 0;
	default:	/* OWNER: SIGIO, when something comes */
		return !pipe(ends) && !fcntl(ends[0], F_SETOWN, pid);
	}
}

/* The host's keys: by number, in the user's keyring, in a session that has a name. */
static bool read_key(const struct attempt *a)
{
	char buf[16];

	(void)a;
	return syscall(SYS_keyctl, KEYCTL_READ, host_number("ESCAPE_KEY"), buf, sizeof(buf)) >= 0;
}

static bool find_key(const struct attempt *a)
{
	if (a->number == KEY_SPEC_SESSION_KEYRING &&
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, PLANTED) < 0)
		return false;
	return syscall(SYS_keyctl, KEYCTL_SEARCH, a->number, "user", PLANTED, 0) >= 0;
}

static bool find_segment(const struct attempt *a)
{
	(void)a;
	return shmget(SHM_KEY, 0, 0) >= 0;
}

static bool find_queue(const struct attempt *a)
{
	(void)a;
	return mq_open("/" PLANTED, O_RDONLY) >= 0;
}

static int plant(void)
{
	int key, ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, PLANTED);

	/* Only who has a key in a session may say who else may use it. */
	syscall(SYS_keyctl, KEYCTL_SETPERM, ring, 0x3f3f0000);
	syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, ring);
	key = syscall(SYS_add_key, "user", PLANTED, "secret", 6, KEY_SPEC_USER_KEYRING);
	if (ring < 0 || syscall(SYS_add_key, "user", PLANTED, "secret", 6, ring) < 0 || key < 0 ||
	    syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f0000) ||
	    shmget(SHM_KEY, 4096, IPC_CREAT | 0666) < 0 ||
	    mq_open("/" PLANTED, O_RDWR | O_CREAT, 0666, NULL) < 0) {
		perror("plant");
		return 1;
	}
	dprintf(1, "%d\n", key);
	pause();
	return 0;
}

#define PROCESS(name, what) TRY("a process of the host: " name, reach, PROOF, .number = what)

static const struct attempt table[] = {
	PROCESS("kill", KILL), PROCESS("pidfd_open", PIDFD), PROCESS("ptrace", TRACE),
	PROCESS("process_vm_readv", READ), PROCESS("prlimit", LIMIT),
	PROCESS("sched_getaffinity", CPUS), PROCESS("setpriority", NICE),
	PROCESS("ioprio_set", IO), PROCESS("get_robust_list", LIST), PROCESS("F_SETOWN", OWNER),
	PROCESS("setns", SPACE), PROCESS("its memory", MEMORY),
	TRY("a key of the host by number", read_key, PROOF),
	TRY("a key in the user's keyring", find_key, PROOF, .number = KEY_SPEC_USER_KEYRING),
	TRY("a key in a named session", find_key, PROOF, .number = KEY_SPEC_SESSION_KEYRING),
	TRY("a segment of the host", find_segment, PROOF),
	TRY("a message queue of the host", find_queue, PROOF),
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "plant"))
		return plant();
	return argc > 1 ? attempts(table, COUNT(table), argv[1]) : 2;
}
