// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a hostile root of a VE does with its standard streams; escape.h has what else it tries.
 *
 *   walls streams      what the standard streams are, a word each
 *   walls spoil        use them for more than they were given for
 *
 * On the host:
 *   walls socket CMD...  run CMD on a socket; print what comes out of it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *type_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return "closed";
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return "null";
	return S_ISFIFO(st.st_mode) ? "pipe" : S_ISREG(st.st_mode) ? "file" :
	       S_ISDIR(st.st_mode) ? "directory" : S_ISSOCK(st.st_mode) ? "socket" :
	       isatty(fd) ? "terminal" : "other";
}

static void streams(void)
{
	char text[128];
	int n = 0;

	for (int fd = 0; fd < 3; fd++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s", fd ? " " : "", type_of(fd));
	dprintf(strcmp(type_of(1), "null") ? 1 : 2, "%s\n", text);
}

static void spoil(void)
{
	char byte, path[64];

	for (int fd = 0; fd < 3; fd++) {
		int again;

		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND);
		if (pwrite(fd, "SPOILT", 6, 0) == 6 || ftruncate(fd, 0) == 0)
			dprintf(2, "written back in %d\n", fd);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		again = open(path, (fd ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
		if (fd ? pread(again, &byte, 1, 0) == 1 : pwrite(again, "SPOILT", 6, 0) == 6)
			dprintf(2, "opened again: %d\n", fd);
		if (!faccessat(fd, "etc/passwd", F_OK, 0))
			dprintf(2, "left through %d\n", fd);
	}
}

static int on_socket(char **argv)
{
	char buf[4096];
	int ends[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return 99;
	if (!fork()) {
		for (int fd = 0; fd < 3; fd++)
			dup2(ends[1], fd);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], argv);
		_exit(99);
	}
	close(ends[1]);
	shutdown(ends[0], SHUT_WR);
	while ((n = read(ends[0], buf, sizeof(buf))) > 0)
		if (write(1, buf, n) != n)
			return 98;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "streams")) {
		streams();
	} else if (!strcmp(what, "spoil")) {
		spoil();
	} else if (!strcmp(what, "socket") && argc > 2) {
		return on_socket(argv + 2);
	} else if (!strcmp(what, "trap")) {
		__asm__ volatile("hlt");
	} else {
		return 2;
	}
	return 0;
}
