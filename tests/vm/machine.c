// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What programs ask the kernel about their machine.
 *
 *   machine sysinfo       "totalram freeram totalswap freeswap procs load1" in kB and tasks;
 *                         the load in hundredths
 *   machine conf          sysconf: "pages*kB onln conf"
 *   machine spin SECONDS  use the CPU
 *   machine ask CALL...   the errno's name of: syslog, kmsg, devkmsg; or none
 *   machine file MB FILE  write FILE, and read it
 *   machine hold MB FILE  touch memory, make FILE, wait until it is gone
 *   machine watch SECONDS FILE FIRST  read FILE all the time: each text ends in a newline,
 *                         and its first line begins with FIRST. Prints how many were bad
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

static int show_sysinfo(void)
{
	struct sysinfo i;

	if (sysinfo(&i))
		return 1;
	printf("%llu %llu %llu %llu %u %lu\n", (unsigned long long)i.totalram * i.mem_unit >> 10,
	       (unsigned long long)i.freeram * i.mem_unit >> 10,
	       (unsigned long long)i.totalswap * i.mem_unit >> 10,
	       (unsigned long long)i.freeswap * i.mem_unit >> 10, i.procs,
	       i.loads[0] * 100 >> SI_LOAD_SHIFT);
	return 0;
}

static int show_conf(void)
{
	printf("%ld %ld %ld\n", sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) >> 10),
	       sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
	return 0;
}

static int spin(int seconds)
{
	time_t end = time(NULL) + seconds;

	while (time(NULL) < end)
		;
	return 0;
}

static int ask(const char *call)
{
	char buf[64];
	int ret;

	if (!strcmp(call, "syslog"))
		ret = klogctl(3, buf, sizeof(buf));
	else if (!strcmp(call, "kmsg"))
		ret = open("/proc/kmsg", O_RDONLY | O_NONBLOCK);
	else
		ret = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	printf("%s\n", ret < 0 ? strerrorname_np(errno) : "none");
	return 0;
}

static int hold(size_t mb, const char *file)
{
	char *p = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	memset(p, 1, mb << 20);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	while (!access(file, F_OK))
		usleep(50000);
	return 0;
}

static int fill_file(size_t mb, const char *file)
{
	static char buf[1 << 20];
	int fd = open(file, O_CREAT | O_RDWR | O_TRUNC, 0600);

	memset(buf, 1, sizeof(buf));
	for (; mb; mb--)
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			return 1;
	return close(fd);
}

static int watch(int seconds, const char *file, const char *first)
{
	time_t end = time(NULL) + seconds;
	static char text[1 << 17];
	long reads = 0, bad = 0, gone = 0;
	ssize_t n, len;
	int fd;

	while (time(NULL) < end) {
		fd = open(file, O_RDONLY);
		if (fd < 0) {
			gone++;
			continue;
		}
		for (len = 0; (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0; len += n)
			;
		close(fd);
		text[len] = '\0';
		reads++;
		if (n < 0 || !len || text[len - 1] != '\n' || strncmp(text, first, strlen(first))) {
			if (!bad++)
				fprintf(stderr, "%s: %zd bytes: %.60s\n", file, len, text);
		}
	}
	printf("%s\n", bad || gone || !reads ? "bad" : "good");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "sysinfo"))
		return show_sysinfo();
	if (!strcmp(what, "conf"))
		return show_conf();
	if (!strcmp(what, "spin") && argc > 2)
		return spin(atoi(argv[2]));
	if (!strcmp(what, "ask") && argc > 2)
		return ask(argv[2]);
	if (!strcmp(what, "file") && argc > 3)
		return fill_file(atoi(argv[2]), argv[3]);
	if (!strcmp(what, "hold") && argc > 3)
		return hold(atoi(argv[2]), argv[3]);
	if (!strcmp(what, "watch") && argc > 4)
		return watch(atoi(argv[2]), argv[3], argv[4]);
	return 2;
}
