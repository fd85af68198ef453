// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   starve DIR FILE   open a directory of an overlay, mounted below DIR, while the host runs out
 *                     of files in between: behind the tenant's, before overlayfs has its own.
 *                     Open /dev/null after that failure and keep it. Print how many files are
 *                     kept in all; make FILE, wait until it is gone
 *
 * With fs.file-max one higher each time the last failure is of that kind: before it the tenant's
 * file was not to be had, after it both were.
 *
 * The kernel looks at an estimate first, and counts only when that has reached fs.file-max; so the
 * estimate has to be more than there are. Each CPU adds up to 32 for itself before it tells: one has
 * just told of files that were opened, the other not yet of those that were closed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPENED 128
#define UNTOLD 28
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

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || dprintf(fd, "%s", text) < 0 || close(fd))
		err(2, "%s", path);
}

/* An overlay of a tenant's own: the host's root, who mounts one, would lend it his right to more. */
static void mount_overlay(const char *dir)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		err(2, "unshare");
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 0 1");
	put("/proc/self/gid_map", "0 0 1");
	if (mount("tmpfs", dir, "tmpfs", 0, NULL) || chdir(dir) || mkdir("l", 0755) || mkdir("u", 0755) ||
	    mkdir("w", 0755) || mkdir("m", 0755) ||
	    mount("overlay", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w") || chdir("m"))
		err(2, "an overlay at %s", dir);
}

int main(int argc, char **argv)
{
	int fds[OPENED], kept = OPENED, dir = -1, last = -1;
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
	for (estimated = estimate(); kept > UNTOLD && estimate() == estimated;)
		close(fds[--kept]);
	for (int i = 0; i < UNTOLD; i++)
		close(fds[--kept]);
	on_cpu(0);
	for (estimated = estimate(); kept < OPENED && estimate() == estimated;)
		fds[kept++] = open("/dev/null", O_RDONLY);
	mount_overlay(argv[1]);
	estimated = estimate();
	for (long max = estimated > 100 ? estimated - 100 : 1; max < estimated + 100; max++) {
		allow(max);
		dir = open(".", O_RDONLY | O_DIRECTORY);
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
	/* That of fs.file-max, and the last. */
	printf("%d\n", kept + 2);
	fflush(stdout);
	close(open(argv[2], O_WRONLY | O_CREAT, 0600));
	while (!access(argv[2], F_OK))
		usleep(20000);
	return 0;
}
