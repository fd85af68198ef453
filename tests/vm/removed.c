// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make memory cgroups in a VE, one after the other, that are gone while something keeps them.
 * Prints how many there were, and what came then:
 *   removed swap N      each with a page of a tmpfs in swap
 *   removed switch N    the same, of one cgroup whose parent takes the controller from it, and
 *                       gives it again
 *   removed burst N     each with a page in swap, all removed when there are N
 *   removed cache N     each with a page of a file in the page cache
 *   removed fill PAGES  one with so many pages in swap, which stays; prints how many bytes
 *   removed idle N      with nothing that keeps them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096L

static long page; /* so many were written */

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

/* 0 or an error. A fast machine meets the bound of moves, which are some each ten seconds: that is
 * another's test. */
static int put(const char *dir, const char *file, const char *text)
{
	char path[128];
	int fd, error = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	for (int tries = 0; write(fd, text, strlen(text)) < 0; tries++) {
		error = errno;
		/* Of memory.reclaim it means something else. */
		if (error != EAGAIN || strncmp(file, "cgroup.", 7) || tries == 150)
			break;
		error = 0;
		usleep(100000);
	}
	close(fd);
	return error;
}

static long get(const char *dir, const char *file)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		fail(path);
	close(fd);
	return atol(text);
}

static void enter(const char *dir)
{
	errno = put(dir, "cgroup.procs", "0");
	if (errno)
		fail("cgroup.procs");
}

/* A page that was never written before, charged to where this runs. */
static void write_page(const char *where)
{
	static char bytes[PAGE];
	char path[64];
	int fd;

	memset(bytes, 'x', sizeof(bytes));
	snprintf(path, sizeof(path), "%s/removed.%d.%ld", where, getpid(), page / 1000);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, bytes, PAGE, page % 1000 * PAGE) != PAGE)
		fail(path);
	close(fd);
	page++;
}

static void swap_out(const char *dir, long pages)
{
	for (int tries = 0; get(dir, "memory.swap.current") < pages * PAGE; tries++) {
		if (tries == 200)
			fail("memory.reclaim");
		put(dir, "memory.reclaim", "1M");
	}
}

/* All that runs in a VE goes to a cgroup of its own: the others have the controller then. */
static void set_up(void)
{
	char line[32];
	FILE *file;

	if (chdir("/sys/fs/cgroup") || (mkdir("rest", 0755) && errno != EEXIST))
		fail("rest");
	file = fopen("cgroup.procs", "re");
	while (file && fgets(line, sizeof(line), file))
		put("rest", "cgroup.procs", line);
	enter("rest");
	errno = put(".", "cgroup.subtree_control", "+memory");
	if (errno)
		fail("cgroup.subtree_control");
}

static int one(const char *mode)
{
	char dir[] = "one";

	if (mkdir(dir, 0755))
		return errno;
	if (strcmp(mode, "idle")) {
		enter(dir);
		write_page(strcmp(mode, "cache") ? "/dev/shm" : "/root");
		enter("rest");
		if (!strcmp(mode, "swap"))
			swap_out(dir, 1);
	}
	return rmdir(dir) ? errno : 0;
}

static int one_of_burst(long number)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "burst%ld", number);
	if (mkdir(dir, 0755))
		return errno;
	enter(dir);
	write_page("/dev/shm");
	enter("rest");
	swap_out(dir, 1);
	return 0;
}

static void end_burst(long n)
{
	char dir[32];

	for (long i = 0; i < n; i++) {
		snprintf(dir, sizeof(dir), "burst%ld", i);
		if (rmdir(dir))
			fail(dir);
	}
}

static int one_switch(void)
{
	int error = put("two", "cgroup.subtree_control", "+memory");

	if (error)
		return error;
	enter("two/in");
	write_page("/dev/shm");
	swap_out("two/in", 1);
	enter("rest");
	return put("two", "cgroup.subtree_control", "-memory");
}

static void fill(long pages)
{
	if (mkdir("fill", 0755))
		fail("fill");
	enter("fill");
	while (page < pages)
		write_page("/dev/shm");
	enter("rest");
	swap_out("fill", pages);
	printf("%ld\n", get("fill", "memory.swap.current"));
}

static int next(const char *mode, long number)
{
	if (!strcmp(mode, "switch"))
		return one_switch();
	return strcmp(mode, "burst") ? one(mode) : one_of_burst(number);
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[2]) : 0, i;
	int error = 0;

	if (n <= 0)
		return 2;
	set_up();
	if (!strcmp(argv[1], "fill")) {
		fill(n);
		return 0;
	}
	if (!strcmp(argv[1], "switch") && (mkdir("two", 0755) || mkdir("two/in", 0755)) &&
	    errno != EEXIST)
		fail("two");
	for (i = 0; i < n && !error; i += !error)
		error = next(argv[1], i);
	if (!strcmp(argv[1], "burst"))
		end_burst(i);
	printf("%ld %s\n", i, error ? strerrorname_np(error) : "none");
	return 0;
}
