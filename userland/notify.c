// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "follow.h"
#include "notify.h"

#define MESSAGES 64	/* in one go */

bool notify_ready(int fd)
{
	char text[4096], *save;

	for (int i = 0; i < MESSAGES; i++) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

		if (n < 0)
			return false;
		text[n] = '\0';
		for (char *line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			if (!strcmp(line, "READY=1"))
				return true;
	}
	return false;
}

enum notify notify_wait(int fd, int pidfd, int64_t until)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
	int64_t left;

	while ((left = until - follow_now()) > 0) {
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			break;
		if (notify_ready(fd))
			return NOTIFY_READY;
		if (p[1].revents)
			return NOTIFY_ENDED;
	}
	return NOTIFY_TIME_UP;
}
