// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   starve DIR FILE   open DIR, on an overlay, while the host runs out of files in between: behind
 *                     the tenant's, before overlayfs has its own. Open /dev/null after that
 *                     failure and keep it. Print how many files are kept in all; make FILE, wait
 *                     until it is gone
 *
 * With fs.file-max one higher each time the last failure is of that kind: before it the tenant's
 * file was not to be had, after it both were.
 *
 * The kernel looks at an estimate first, and counts only when that has reached fs.file-max; so the
 * estimate has to be more than there are: files of one CPU are closed on the other.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPENED 64
#define CLOSED 30	/* fewer than a CPU keeps to itself */
#define ABOVE 200000

static int limit;

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(2, "CPU %d", cpu);
}

static void allow(long files)
{
	/* Not behind what was written before: that would be ignored. */
	if (lseek(limit, 0, SEEK_SET) || dprintf(limit, "%ld", files) < 0)
		err(2, "fs.file-max");
}

static long estimate(void)
{
	FILE *f = fopen("/proc/sys/fs/file-nr", "r");
	long n;

	if (!f || fscanf(f, "%ld", &n) != 1)
		err(2, "fs.file-nr");
	fclose(f);
	return n;
}

/* Whose root he is does not hold back. */
static void drop_admin(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		err(2, "capget");
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &header, data))
		err(2, "capset");
}

int main(int argc, char **argv)
{
	int fds[OPENED], dir = -1, last = -1;
	long estimated;

	if (argc != 3)
		errx(2, "usage: starve DIR FILE");
	limit = open("/proc/sys/fs/file-max", O_WRONLY);
	if (limit < 0)
		err(2, "fs.file-max");
	on_cpu(0);
	for (int i = 0; i < OPENED; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	on_cpu(1);
	for (int i = 0; i < CLOSED; i++)
		close(fds[i]);
	on_cpu(0);
	drop_admin();
	estimated = estimate();
	for (long max = estimated > 100 ? estimated - 100 : 1; max < estimated + 100; max++) {
		allow(max);
		dir = open(argv[1], O_RDONLY | O_DIRECTORY);
		allow(ABOVE);
		if (dir >= 0)
			break;
		if (errno != ENFILE)
			err(2, "%s", argv[1]);
		if (last >= 0)
			close(last);
		last = open("/dev/null", O_RDONLY);
	}
	if (dir < 0 || last < 0)
		errx(2, "opens of %s %s", argv[1], dir < 0 ? "failed" : "did not fail");
	close(dir);
	/* That of fs.file-max, those that were not closed, the last. */
	printf("%d\n", 1 + OPENED - CLOSED + 1);
	fflush(stdout);
	close(open(argv[2], O_WRONLY | O_CREAT, 0600));
	while (!access(argv[2], F_OK))
		usleep(20000);
	return 0;
}
