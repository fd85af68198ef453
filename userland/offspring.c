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

/* Empty when it cannot be found out. */
static void cgroup_of(pid_t pid, char text[CGROUP_TEXT])
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, CGROUP_TEXT - 1);
	text[n < 0 ? 0 : n] = '\0';
}

/* How many children were there to be killed. */
static int kill_children(const char *ours)
{
	cleanup_free char *word = NULL;
	cleanup_file FILE *f = NULL;
	char path[64], theirs[CGROUP_TEXT];
	size_t size = 0;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	while (f && getdelim(&word, &size, ' ', f) > 0) {
		pid_t pid = strtol(word, NULL, 10);

		if (pid <= 0)
			continue;
		/* None of ours is reaped but by us: the number is still its own. */
		cgroup_of(pid, theirs);
		if (!strcmp(ours, theirs) && !kill(pid, SIGKILL))
			n++;
	}
	return n;
}

void offspring_kill(int ms)
{
	int64_t until = follow_now() + ms;
	char ours[CGROUP_TEXT];
	int none = 0;
	pid_t ended;

	cgroup_of(getpid(), ours);
	/* Those of one that ends become ours then. And who looks while one ends may miss another. */
	while (none < 2 && follow_now() < until) {
		none = kill_children(ours) ? 0 : none + 1;
		poll(NULL, 0, STEP_MS);
		do
			ended = waitpid(-1, NULL, WNOHANG);
		while (ended > 0);
		if (ended < 0)
			return;
	}
}
