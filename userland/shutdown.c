// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "shutdown.h"

static const struct {
	const char *program;	/* start of its file's name */
	enum init_kind kind;
	int sig;		/* offset from SIGRTMIN when negative */
} inits[] = {
	{ "systemd", INIT_SYSTEMD, -3 },	/* SIGRTMIN+3: halt.target */
	{ "busybox", INIT_BUSYBOX, SIGUSR2 },
	{ "init", INIT_SYSV, SIGPWR },
	{ "", INIT_OTHER, SIGTERM },
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

enum init_kind shutdown_kind(pid_t pid)
{
	return inits[find(pid)].kind;
}

/* Does @pid handle @sig, or wait for it (signalfd, sigwait) with it blocked? The
 * kernel drops what the init of a pid namespace does not. */
static bool notices(pid_t pid, int sig)
{
	unsigned long long blocked = 0, caught = 0;
	char path[64], text[8192], *p;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return true;
	text[n] = '\0';
	p = strstr(text, "\nSigBlk:");
	if (p)
		blocked = strtoull(p + 8, NULL, 16);
	p = strstr(text, "\nSigCgt:");
	if (p)
		caught = strtoull(p + 8, NULL, 16);
	return (blocked | caught) >> (sig - 1) & 1;
}

void shutdown_ask(pid_t pid, int pidfd, uint64_t timeout)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int sig = inits[find(pid)].sig;

	if (sig < 0)
		sig = SIGRTMIN - sig;
	if (!notices(pid, sig) || pidfd_send_signal(pidfd, sig, NULL, 0))
		return;
	if (timeout > 1000000)
		timeout = 1000000;
	while (poll(&p, 1, timeout * 1000) < 0 && errno == EINTR)
		;
}
