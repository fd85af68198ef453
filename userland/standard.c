// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>

#include "standard.h"

int standard_fill(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			return fail_errno(EXIT_SYSTEM, "%s: open /dev/null", operation);
	/* Ignored, children would end unheard, and each wait for one fail. */
	signal(SIGCHLD, SIG_DFL);
	return 0;
}

int standard_finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return status ? status : fail_errno(EXIT_SYSTEM, "%s: write to standard output", operation);
}
