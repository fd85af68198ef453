// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What programs ask the kernel about their machine.
 *
 *   machine sysinfo       "totalram freeram totalswap freeswap procs load1" in kB and tasks;
 *                         the load in hundredths
 *   machine sysinfo32     "totalram mem_unit" of the call of 32-bit programs
 *   machine conf          sysconf: "pages*kB onln conf"
 *   machine spin SECONDS  use the CPU
 *   machine vfork SECONDS sleep uninterruptibly, for a child of vfork()
 *   machine stall DIR FILE  enter the cgroup DIR; sysinfo() into memory that does not come; make
 *                         FILE when it waits, and give it the memory when FILE is gone
 *   machine ask CALL      the errno's name of: syslog, kmsg, devkmsg; or none
 *   machine poll DIR FILE  open FILE, enter the cgroup DIR: what poll() says of it ("readable",
 *                         "nothing"), and then read() (an errno's name, or none)
 *   machine trigger FILE  ask for a wake-up by FILE's pressure: the errno's name, or none
 *   machine file MB FILE  write FILE, and read it
 *   machine hold MB FILE  touch memory, make FILE, wait until it is gone
 *   machine watch SECONDS FILE FIRST  read FILE all the time: each text ends in a newline,
 *                         and its first line begins with FIRST. Prints how many were bad
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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

static int show_sysinfo32(void)
{
	/* struct compat_sysinfo; 32-bit programs' number of the call is 116. */
	unsigned int *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret;

	if (page == MAP_FAILED)
		return 1;
	asm volatile("int $0x80" : "=a" (ret) : "0" (116L), "b" (page) : "memory", "r8", "r9",
		     "r10", "r11");
	printf("%u %u\n", page[4], page[13]);
	return ret;
}

static int show_conf(void)
{
	printf("%ld %ld %ld\n", sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) >> 10),
	       sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
	return 0;
}

static int spin(int seconds)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec - start.tv_sec - (now.tv_nsec < start.tv_nsec) < seconds);
	return 0;
}

static int wait_in_vfork(int seconds)
{
	if (vfork() == 0) {
		sleep(seconds);
		_exit(0);
	}
	return 0;
}

static void *call_sysinfo(void *page)
{
	return (void *)(long)sysinfo(page);
}

static int enter(const char *dir)
{
	char procs[256];
	int fd;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
	fd = open(procs, O_WRONLY);
	return fd < 0 || write(fd, "0", 1) != 1;
}

/* All that it has open was opened outside, so that nothing stays charged to a VE that it
 * is moved out of. */
static int stall(const char *dir, const char *file)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero;
	struct uffd_msg msg;
	pthread_t thread;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *ret;
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	range.range.start = (unsigned long)page;
	range.range.len = 4096;
	zero.range = range.range;
	zero.mode = 0;
	if (enter(dir))
		return 1;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    pthread_create(&thread, NULL, call_sysinfo, page) ||
	    read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return 1;
	close(open(file, O_CREAT | O_WRONLY, 0600));
	while (!access(file, F_OK))
		usleep(50000);
	if (ioctl(fd, UFFDIO_ZEROPAGE, &zero) || pthread_join(thread, &ret))
		return 1;
	printf("%ld %lu\n", (long)ret, ((struct sysinfo *)page)->totalram >> 10);
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

static int poll_there(const char *dir, const char *file)
{
	struct pollfd fd = { .fd = open(file, O_RDONLY | O_NONBLOCK), .events = POLLIN };
	char text[64];
	int ready;

	if (fd.fd < 0 || enter(dir))
		return 1;
	ready = poll(&fd, 1, 500);
	printf("%s %s\n", ready ? "readable" : "nothing",
	       read(fd.fd, text, sizeof(text)) < 0 ? strerrorname_np(errno) : "none");
	return 0;
}

static int trigger(const char *file)
{
	static const char text[] = "some 200000 2000000";
	int fd = open(file, O_RDWR | O_NONBLOCK);

	if (fd < 0)
		return 1;
	printf("%s\n", write(fd, text, sizeof(text)) < 0 ? strerrorname_np(errno) : "none");
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
	if (!strcmp(what, "sysinfo32"))
		return show_sysinfo32();
	if (!strcmp(what, "conf"))
		return show_conf();
	if (!strcmp(what, "spin") && argc > 2)
		return spin(atoi(argv[2]));
	if (!strcmp(what, "vfork") && argc > 2)
		return wait_in_vfork(atoi(argv[2]));
	if (!strcmp(what, "stall") && argc > 3)
		return stall(argv[2], argv[3]);
	if (!strcmp(what, "ask") && argc > 2)
		return ask(argv[2]);
	if (!strcmp(what, "poll") && argc > 3)
		return poll_there(argv[2], argv[3]);
	if (!strcmp(what, "trigger") && argc > 2)
		return trigger(argv[2]);
	if (!strcmp(what, "file") && argc > 3)
		return fill_file(atoi(argv[2]), argv[3]);
	if (!strcmp(what, "hold") && argc > 3)
		return hold(atoi(argv[2]), argv[3]);
	if (!strcmp(what, "watch") && argc > 4)
		return watch(atoi(argv[2]), argv[3], argv[4]);
	return 2;
}
