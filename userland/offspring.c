// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "follow.h"
#include "offspring.h"

#define STEP_MS 10
#define CGROUP_TEXT 4096

bool offspring_begin(void)
{
	return !prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* False: it cannot be found out. */
static bool cgroup_of(pid_t pid, char text[CGROUP_TEXT])
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, CGROUP_TEXT - 1);
	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

/* Was it seen that there is no child to be killed? */
static bool kill_children(void)
{
	char ours[CGROUP_TEXT], theirs[CGROUP_TEXT], path[64];
	cleanup_free char *word = NULL;
	cleanup_file FILE *f = NULL;
	size_t size = 0;
	bool none;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	none = f && cgroup_of(getpid(), ours);
	if (!none)
		return false;
	while (getdelim(&word, &size, ' ', f) > 0) {
		pid_t pid = strtol(word, NULL, 10);

		if (pid <= 0)
			continue;
		/* None of ours is reaped but by us: the number is still its own. */
		if (!cgroup_of(pid, theirs) || (!strcmp(ours, theirs) && !kill(pid, SIGKILL)))
			none = false;
	}
	return none && !ferror(f);
}

void offspring_kill(int ms)
{
	int64_t until = follow_now() + ms;
	int none = 0;
	pid_t ended;

	/* Those of one that ends become ours then. And who looks while one ends may miss another. */
	while (none < 2 && follow_now() < until) {
		none = kill_children() ? none + 1 : 0;
		poll(NULL, 0, STEP_MS);
		do
			ended = waitpid(-1, NULL, WNOHANG);
		while (ended > 0);
		if (ended < 0)
			return;
	}
}
