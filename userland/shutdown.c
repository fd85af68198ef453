// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "errand.h"
#include "follow.h"
#include "run.h"
#include "shutdown.h"
#include "syscalls.h"

#define HALT_SECONDS 10	/* for its command, and for what comes of it */

static const struct {
	const char *program;	/* start of its file's name */
	int sig;		/* offset from SIGRTMIN when negative; 0: none */
	bool halts;		/* the VE's command halt comes first, as with vzctl */
} inits[] = {
	{ "systemd", -3, false },	/* SIGRTMIN+3: halt.target; must be first, see shutdown_systemd() */
	{ "busybox", SIGUSR2, false },
	{ "init", SIGPWR, true },	/* of sysvinit or upstart */
	/* What a signal means to it is in files that the command has written. SIGTERM it keeps
	 * blocked, and never looks at. */
	{ "runit", 0, true },
	{ "s6-svscan", SIGTERM, true },	/* on which s6-linux-init's does nothing */
	{ "", SIGTERM, false },
};

static size_t find(pid_t pid)
{
	char path[64], target[4096], *name;
	ssize_t n;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	for (i = 0; i < ARRAY_SIZE(inits) - 1; i++)
		if (!strncmp(name, inits[i].program, strlen(inits[i].program)))
			break;
	return i;
}

bool shutdown_systemd(pid_t pid)
{
	return !find(pid);
}

/* A file of /proc/@pid; -1 with errno. */
static int open_of(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* It as it is now, no longer than @size - 1. */
static bool read_again(int fd, char *text, size_t size)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static unsigned long long value_of(const char *text, const char *name, int base)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, base) : 0;
}

/*
 * Does @pid handle @sig, or wait for it (signalfd, sigwait) with it blocked? The kernel
 * drops what the init of a pid namespace does not.
 *
 * While it sleeps in sigwait() or its like, the kernel shows what is waited for as not
 * blocked (real_blocked in do_sigtimedwait(), kernel/signal.c): so where it sleeps is looked
 * at, too. It does where that cannot be found out: an init is rather waited for than killed.
 * What it waits for is in its memory, and the call in /proc/PID/syscall, but reading either
 * can wait for a FUSE file system of the VE's own (a page of its; a descriptor that exec
 * closes).
 *
 * It may come out of sigwait() between the two looks, or be about to; so there are five at
 * where it sleeps, and two at its status, which is long. They are over when it slept elsewhere,
 * and has not left a processor since the look at its status: then it slept there all the while.
 */
#define LOOKS 5
static bool notices(pid_t pid, int sig)
{
	cleanup_close int status = open_of(pid, "status"), place = open_of(pid, "wchan");
	unsigned long long switches, before = 0;
	char text[8192], sleeps[256] = "0";

	for (int look = 1; look <= LOOKS; look++) {
		bool elsewhere = strcmp(sleeps, "0");	/* that: it does not sleep */

		if (look == 1 || look == LOOKS || elsewhere) {
			if (!read_again(status, text, sizeof(text)))
				return true;
			if ((value_of(text, "\nSigBlk:", 16) | value_of(text, "\nSigCgt:", 16)) >> (sig - 1) & 1)
				return true;
			switches = value_of(text, "\nvoluntary_ctxt_switches:", 10);
			if (switches && switches == before && elsewhere)
				return false;
			before = switches;
		}
		if (!read_again(place, sleeps, sizeof(sleeps)) || strstr(sleeps, "sigtimedwait"))
			return true;
	}
	return false;
}

/* The command is the tenant's: nothing of our caller's is left in reach of it. */
static int run_halt(const void *arg, int result)
{
	static char *const argv[] = { "halt", NULL };
	const uint32_t *ctid = arg;
	int fd = open("/dev/null", O_RDWR);

	(void)result;
	for (int i = 0; i < 3; i++)
		if (fd < 0 || dup2(fd, i) < 0)
			return EXIT_SYSTEM;
	return sys_close_from(3) ? EXIT_SYSTEM : ve_run(*ctid, argv);
}

/* Has the VE's own command asked it? One that is killed as its init kills all has, and where nothing
 * else can ask (@alone), whichever could be run: it may have before it failed, or take its time. */
static bool halted(uint32_t ctid, int seconds, bool alone)
{
	const struct errand e = { run_halt, &ctid, "its halt does not end, and is not waited for", seconds };
	char said[1];
	int status = errand_run(ctid, &e, said, sizeof(said));

	if (alone)
		return status != EXIT_EXEC_FAILED;
	return !status || status == 128 + SIGTERM || status == 128 + SIGKILL || status == 128 + SIGHUP;
}

void shutdown_ask(uint32_t ctid, pid_t pid, int pidfd, uint64_t timeout)
{
	int64_t now = follow_now(), end = now + 1000 * (int64_t)(timeout < 1000000 ? timeout : 1000000);
	int64_t first = end < now + HALT_SECONDS * 1000 ? end : now + HALT_SECONDS * 1000;
	size_t i = find(pid);
	int sig = inits[i].sig;
	bool asked = false;

	if (sig < 0)
		sig = SIGRTMIN - sig;
	if (inits[i].halts && timeout) {
		asked = halted(ctid, (first - now) / 1000, !sig);
		/* An init of another kind may have that name, and go by the signal alone. */
		if (asked && follow_ended(pidfd, first))
			return;
	}
	if ((sig && notices(pid, sig) && !pidfd_send_signal(pidfd, sig, NULL, 0)) || asked)
		follow_ended(pidfd, end);
}
