// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "action.h"
#include "config.h"
#include "error.h"
#include "follow.h"
#include "program.h"
#include "units.h"

#define ACTION_SECONDS 600	/* ACTION_TIMEOUT, where it is not set */

/* In a process of its own. @told: one byte goes there when it could not become the
 * script, and has said so. */
static _Noreturn void become(uint32_t ctid, const char *path, int told)
{
	char id[32], file[PATH_SIZE + 16], conf[PATH_SIZE];
	char ours[32], *env[] = { id, file, PROGRAM_PATH, ours, NULL };

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
static uint64_t seconds_for(uint32_t ctid)
{
	cleanup_free char *value = NULL;
	uint64_t seconds;

	if (config_peek_effective(ctid, "ACTION_TIMEOUT", &value) || !value ||
	    !parse_u64(value, UINT32_MAX, &seconds))
		return ACTION_SECONDS;
	return seconds;
}

/* Wait for @pid, which runs @path. */
static int await(uint32_t ctid, const char *path, pid_t pid, int *status)
{
	uint64_t seconds = seconds_for(ctid);
	cleanup_close int pidfd = seconds ? pidfd_open(pid, 0) : -1;
	bool late = false;

	if (seconds && pidfd < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: pidfd_open for %s", operation, ctid, path);
	if (seconds && !follow_ended(pidfd, follow_now() + 1000 * (int64_t)seconds)) {
		late = !pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		/* One that waits for a dead disk does not even die. */
		if (!follow_ended(pidfd, follow_now() + 1000))
			late = true;
	}
	while (waitpid(pid, status, late ? WNOHANG : 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait for %s", operation, ctid, path);
	return late ? fail(EXIT_ACTION_SCRIPT, "%s %u: %s had not ended after %llu s (ACTION_TIMEOUT) and "
			   "was killed", operation, ctid, path, (unsigned long long)seconds) : 0;
}

/* One script, which is there. */
static int run(uint32_t ctid, const char *path)
{
	cleanup_close int told = -1;
	int pair[2], status, waited;
	char byte;
	pid_t pid;

	none_later = false;
	if (pipe2(pair, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: make a pipe", operation, ctid);
	told = pair[0];
	pid = fork();
	if (!pid)
		become(ctid, path, pair[1]);
	close(pair[1]);
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	waited = await(ctid, path, pid, &status);
	if (waited)
		return waited;
	if (read(told, &byte, 1) == 1)
		return EXIT_ACTION_SCRIPT;
	if (WIFSIGNALED(status))
		return fail(EXIT_ACTION_SCRIPT, "%s %u: %s died of signal %d", operation, ctid, path,
			    WTERMSIG(status));
	return WEXITSTATUS(status) ? fail(EXIT_ACTION_SCRIPT, "%s %u: %s failed with status %d", operation,
					  ctid, path, WEXITSTATUS(status)) : 0;
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

static _Noreturn void be_stand_in(int fd)
{
	struct wish w;
	int status;

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
		be_stand_in(pair[1]);
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
	int status;

	if (none_later && strcmp(action, "mount"))
		return 0;
	if (wishes < 0)
		return run_all(ctid, action);
	snprintf(w.action, sizeof(w.action), "%s", action);
	if (send(wishes, &w, sizeof(w), MSG_NOSIGNAL) != sizeof(w) ||
	    recv(wishes, &status, sizeof(status), 0) != sizeof(status))
		return fail(EXIT_ACTION_SCRIPT, "%s %u: who runs its scripts was killed", operation, ctid);
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
