// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "action.h"
#include "config.h"
#include "error.h"
#include "follow.h"
#include "hold.h"
#include "offspring.h"
#include "program.h"
#include "units.h"

#define ACTION_SECONDS 600	/* ACTION_TIMEOUT, where it is not set */

#define REAP_MS 250		/* from one look for others that have ended to the next */
#define KILLED_MS 1000		/* until it is dead: one that waits for a dead disk is not */

/* In a process of its own. @told: one byte goes there when it could not become the
 * script, and has said so. */
static _Noreturn void become(uint32_t ctid, const char *path, pid_t parent, int told)
{
	char id[32], file[PATH_SIZE + 16], conf[PATH_SIZE];
	char ours[32], *env[] = { id, file, PROGRAM_PATH, ours, NULL };

	/* Where even the keeper is killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	config_path(conf, ctid);
	snprintf(id, sizeof(id), "VEID=%u", ctid);
	snprintf(file, sizeof(file), "VE_CONFFILE=%s", conf);
	snprintf(ours, sizeof(ours), ACTION_ENV "=%u", ctid);
	if (program_become(ctid, path, env) && write(told, "", 1) != 1)
		warn("%s %u: %s", operation, ctid, path);
	_exit(127);
}

/* From action_begin() to action_end(): there was none but for "mount", and none has run that could
 * have made one. */
static bool none_later;

/* What is wrong with the setting is said where the VE's configuration is read. */
uint64_t action_timeout(uint32_t ctid)
{
	cleanup_free char *value = NULL;
	uint64_t seconds;

	if (config_peek_effective(ctid, "ACTION_TIMEOUT", &value) || !value ||
	    !parse_u64(value, UINT32_MAX, &seconds))
		return ACTION_SECONDS;
	return seconds;
}

enum end { ENDED, LATE, ALONE };

/* Reap one that has ended and is not @script. False: there is none. What the script has left became our
 * child, be it of another VE that it has started or looks into: whose init ends no sooner than we take the last
 * of its pid namespace. */
static bool reap_other(pid_t script)
{
	siginfo_t info = { };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid || info.si_pid == script)
		return false;
	return waitpid(info.si_pid, NULL, WNOHANG) == info.si_pid;
}

/* Which comes first: its end, that of its @seconds (0: never), or of who has had it run? */
static enum end await(pid_t pid, int script, int caller, uint64_t seconds)
{
	struct pollfd p[] = { { .fd = script, .events = POLLIN }, { .fd = caller, .events = POLLIN } };
	int64_t until = follow_now() + 1000 * (int64_t)seconds, left = REAP_MS;

	for (;;) {
		int step = reap_other(pid) ? 0 : REAP_MS;

		if (seconds)
			left = until - follow_now();
		if (left <= 0)
			return LATE;
		if (poll(p, ARRAY_SIZE(p), left < step ? left : step) <= 0)
			continue;
		if (p[0].revents || p[1].revents)
			return p[0].revents ? ENDED : ALONE;
	}
}

/* How @pid, which has run @path, ended. */
static int result(uint32_t ctid, const char *path, pid_t pid, int told)
{
	char byte;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait for %s", operation, ctid, path);
	if (read(told, &byte, 1) == 1)
		return EXIT_ACTION_SCRIPT;
	if (WIFSIGNALED(status))
		return fail(EXIT_ACTION_SCRIPT, "%s %u: %s died of signal %d", operation, ctid, path,
			    WTERMSIG(status));
	return WEXITSTATUS(status) ? fail(EXIT_ACTION_SCRIPT, "%s %u: %s failed with status %d", operation,
					  ctid, path, WEXITSTATUS(status)) : 0;
}

/*
 * In a process of its own, which no signal but SIGKILL ends: run the script, and see to it that
 * nothing of it goes on when its time is up, or when who has the VE's lock (@caller, a pidfd) is killed.
 * What it leaves behind when it has ended is meant to stay.
 */
static int keep(uint32_t ctid, const char *path, int caller)
{
	cleanup_close int told = -1, pidfd = -1;
	uint64_t seconds = action_timeout(ctid);
	pid_t pid, self = getpid();
	enum end end;
	sigset_t all;
	int pair[2];

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) || !offspring_begin() || pipe2(pair, O_CLOEXEC | O_NONBLOCK))
		return fail_errno(EXIT_SYSTEM, "%s %u: prepare for %s", operation, ctid, path);
	told = pair[0];
	pid = fork();
	if (!pid)
		become(ctid, path, self, pair[1]);
	close(pair[1]);
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		fail_errno(EXIT_SYSTEM, "%s %u: pidfd_open for %s", operation, ctid, path);
	end = pidfd < 0 ? ALONE : await(pid, pidfd, caller, seconds);
	if (end == ENDED)
		return result(ctid, path, pid, told);
	kill(pid, SIGKILL);
	offspring_kill(KILLED_MS);
	return end == ALONE ? EXIT_SYSTEM :
	       fail(EXIT_ACTION_SCRIPT, "%s %u: %s had not ended after %llu s (ACTION_TIMEOUT) and was killed",
		    operation, ctid, path, (unsigned long long)seconds);
}

/* One script, which is there. As a shell does, we leave a terminal's signals to it meanwhile. */
static int run(uint32_t ctid, const char *path)
{
	cleanup_close int self = pidfd_open(getpid(), 0);
	sigset_t old;
	int status = 0;
	pid_t pid, ended;

	none_later = false;
	if (self < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: pidfd_open for %s", operation, ctid, path);
	hold_signals(false, &old);
	pid = fork();
	if (!pid)
		_exit(keep(ctid, path, self));
	do
		ended = pid < 0 ? -1 : waitpid(pid, &status, 0);
	while (pid > 0 && ended < 0 && errno == EINTR);
	hold_end(&old);
	if (ended < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: %s %s", operation, ctid, pid < 0 ? "fork for" : "wait for", path);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	       fail(EXIT_ACTION_SCRIPT, "%s %u: who runs its scripts was killed", operation, ctid);
}

static void path_of(uint32_t ctid, const char *action, char path[PATH_SIZE + 32])
{
	char dir[PATH_SIZE];

	config_dir(dir, false);
	snprintf(path, PATH_SIZE + 32, "%s/%u.%s", dir, ctid, action);
}

static bool exists(uint32_t ctid, const char *action, bool own, char path[PATH_SIZE + 32])
{
	char dir[PATH_SIZE];

	config_dir(dir, false);
	if (own)
		path_of(ctid, action, path);
	else
		snprintf(path, PATH_SIZE + 32, "%s/vps.%s", dir, action);
	return !access(path, F_OK);
}

uint64_t action_seconds(uint32_t ctid, const char *const *actions, size_t n)
{
	const uint64_t each = action_timeout(ctid);
	char path[PATH_SIZE + 32];
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		for (int own = 0; own < 2; own++) {
			if (!exists(ctid, actions[i], own, path))
				continue;
			if (!each)
				return UINT64_MAX;
			all += each;
		}
	return all;
}

static int run_all(uint32_t ctid, const char *action)
{
	char path[PATH_SIZE + 32];
	int status = 0;

	for (int own = 0; !status && own < 2; own++)
		if (exists(ctid, action, own, path))
			status = run(ctid, path);
	return status;
}

/* Who runs them for us, and how to tell him. */
static pid_t stand_in;
static int wishes = -1;

struct wish {
	uint32_t ctid;
	char action[16];
};

static _Noreturn void be_stand_in(int fd, pid_t parent)
{
	struct wish w;
	sigset_t old;
	int status;

	/* The keeper of a script that runs sees that we end. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_SYSTEM);
	hold_signals(false, &old);

	while (recv(fd, &w, sizeof(w), 0) == sizeof(w)) {
		status = run_all(w.ctid, w.action);
		if (send(fd, &status, sizeof(status), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

int action_begin(uint32_t ctid)
{
	static const char *const later[] = { "start", "umount" };
	char path[PATH_SIZE + 32];
	pid_t parent = getpid();
	bool any = false;
	int pair[2];

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		any = any || exists(ctid, later[i], false, path) || exists(ctid, later[i], true, path);
	none_later = !any;
	if (!any)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail_errno(EXIT_SYSTEM, "%s %u: socketpair", operation, ctid);
	stand_in = fork();
	if (!stand_in) {
		close(pair[0]);
		be_stand_in(pair[1], parent);
	}
	close(pair[1]);
	wishes = pair[0];
	if (stand_in < 0) {
		close(steal_fd(wishes));
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	}
	return 0;
}

void action_end(void)
{
	none_later = false;
	if (wishes < 0)
		return;
	close(steal_fd(wishes));
	while (waitpid(stand_in, NULL, 0) < 0 && errno == EINTR)
		;
}

int action_run(uint32_t ctid, const char *action)
{
	struct wish w = { .ctid = ctid };
	sigset_t old;
	int status;

	if (none_later && strcmp(action, "mount"))
		return 0;
	if (wishes < 0)
		return run_all(ctid, action);
	snprintf(w.action, sizeof(w.action), "%s", action);
	hold_signals(false, &old);
	if (send(wishes, &w, sizeof(w), MSG_NOSIGNAL) != sizeof(w) ||
	    recv(wishes, &status, sizeof(status), 0) != sizeof(status))
		status = fail(EXIT_ACTION_SCRIPT, "%s %u: who runs its scripts was killed", operation, ctid);
	hold_end(&old);
	return status;
}

int action_retire(uint32_t ctid, bool tell)
{
	static const char *const all[] = { "mount", "start", "stop", "umount" };
	char path[PATH_SIZE + 32], away[PATH_SIZE + 64];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		path_of(ctid, all[i], path);
		/* Mostly it is not there, which to see costs less. */
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
			continue;
		snprintf(away, sizeof(away), "%s" CONFIG_DESTROYED, path);
		if (!rename(path, away)) {
			if (tell)
				warn("%s %u: %s is no script of the new VE's: it is %s now", operation,
				     ctid, path, away);
		} else if (errno != ENOENT) {
			return fail_errno(EXIT_SYSTEM, "%s %u: rename %s", operation, ctid, path);
		}
	}
	return 0;
}
