// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/socket.h>

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
