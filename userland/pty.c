// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "error.h"
#include "pty.h"
#include "syscalls.h"

bool pty_valid(int fd)
{
	struct statfs fs;
	struct stat st;

	return !fstatfs(fd, &fs) && fs.f_type == DEVPTS_SUPER_MAGIC && !fstat(fd, &st) &&
	       S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2);
}

int pty_slave(const char *id, int master, int *slave)
{
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave < 0 ? fail_errno(EXIT_EXEC_FAILED, "%s %s: open a terminal", operation, id) : 0;
}

int pty_open(const char *id, int *master, int *slave)
{
	cleanup_close int fd = -1;
	int unlock = 0, status;

	/* The path is the tenant's: a fifo there must not hold us up, and what is
	 * opened must be the device, and not ours by /proc/self/fd. The slave is asked of the master, not opened
	 * by a name that could be another file (CVE-2025-52565). */
	fd = sys_openat2(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0,
			 RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return fail_errno(EXIT_EXEC_FAILED, "%s %s: open /dev/pts/ptmx in the VE",
				  operation, id);
	if (!pty_valid(fd))
		return fail(EXIT_EXEC_FAILED, "%s %s: /dev/pts/ptmx in the VE is no terminal device",
			    operation, id);
	if (ioctl(fd, TIOCSPTLCK, &unlock))
		return fail_errno(EXIT_EXEC_FAILED, "%s %s: unlock a terminal", operation, id);
	if ((status = pty_slave(id, fd, slave)))
		return status;
	*master = steal_fd(fd);
	return 0;
}

/* How text is encoded, and what Enter and the keys that hold output do. Whether it edits, echoes and
 * heeds keys, and how output looks, is what programs change for a while: that is left as it is. So are
 * further ends of a line: what the caller's terminal has ended so is sent as what it is. */
#define KEY_FLAGS (IUTF8 | IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR)

void pty_copy_keys(int master, int terminal)
{
	struct termios from, to;

	/* Raw, by another of us perhaps: then nothing of it is the user's choice. */
	if (tcgetattr(terminal, &from) || !(from.c_lflag & ICANON) || tcgetattr(master, &to))
		return;
	to.c_iflag = (to.c_iflag & ~KEY_FLAGS) | (from.c_iflag & KEY_FLAGS);
	for (size_t i = 0; i < ARRAY_SIZE(to.c_cc); i++)
		if (i != VMIN && i != VTIME && i != VEOL && i != VEOL2)
			to.c_cc[i] = from.c_cc[i];
	tcsetattr(master, TCSANOW, &to);
}

void pty_copy_size(int master, int terminal)
{
	struct winsize size;

	if (!ioctl(terminal, TIOCGWINSZ, &size))
		ioctl(master, TIOCSWINSZ, &size);
}
