// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a hostile root of a VE tries.
 *
 *   walls streams      what the standard streams are, a word each
 *   walls spoil        use them for more than they were given for
 *   walls attempts     try to leave: "refused NAME (ERROR)" or "DONE NAME" each
 *
 * On the host:
 *   walls socket CMD...  run CMD on a socket; print what comes out of it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <time.h>
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

/* One of the kernel's 32 bit calls, with arguments that do no harm. */
static long call32(int number)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret)
		     : "a"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
		     : "memory", "r8", "r9", "r10", "r11");
	if (ret < 0)
		errno = -ret;
	return ret < 0 ? -1 : ret;
}

static void result(const char *name, int done)
{
	if (done)
		printf("DONE %s\n", name);
	else
		printf("refused %s (%s)\n", name, strerrorname_np(errno));
}

static void calls(void)
{
	static const struct {
		const char *name;
		int number, number32;
	} denied[] = {
		{ "kexec_load", SYS_kexec_load, 283 }, { "kexec_file_load", SYS_kexec_file_load, -1 },
		{ "init_module", SYS_init_module, 128 }, { "finit_module", SYS_finit_module, 350 },
		{ "delete_module", SYS_delete_module, 129 }, { "bpf", SYS_bpf, 357 },
		{ "open_by_handle_at", SYS_open_by_handle_at, 342 },
		{ "perf_event_open", SYS_perf_event_open, 336 },
		{ "userfaultfd", SYS_userfaultfd, 374 }, { "request_key", SYS_request_key, 287 },
		{ "quotactl", SYS_quotactl, 131 }, { "quotactl_fd", SYS_quotactl_fd, 443 },
		{ "io_uring_setup", SYS_io_uring_setup, 425 },
		{ "io_uring_enter", SYS_io_uring_enter, 426 },
		{ "io_uring_register", SYS_io_uring_register, 427 },
	};
	char name[64];

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		int want = strncmp(denied[i].name, "io_uring", 8) ? EPERM : ENOSYS;

		errno = 0;
		result(denied[i].name, syscall(denied[i].number, 0, 0, 0, 0, 0) >= 0 || errno != want);
		snprintf(name, sizeof(name), "%s, 32 bit", denied[i].name);
		if (denied[i].number32 >= 0)
			result(name, call32(denied[i].number32) >= 0 || errno != want);
	}
	result("x32", syscall(0x40000000 | 39) >= 0 || errno != ENOSYS);
	/* The whole log, SYSLOG_ACTION_READ_ALL; the host has dmesg_restrict off. */
	result("syslog", klogctl(3, malloc(4096), 4096) >= 0);
}

static int can_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), done = fd >= 0 && write(fd, text, strlen(text)) >= 0;
	int err = errno;

	close(fd);
	errno = err;
	return done;
}

static int can_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK), done = fd >= 0 && read(fd, &byte, 1) == 1;
	int err = errno;

	close(fd);
	errno = err;
	return done;
}

static void files(void)
{
	static const char *const written[][2] = {
		{ "/proc/sysrq-trigger", "h" }, { "/proc/sys/kernel/core_pattern", "|/x" },
		{ "/proc/sys/kernel/modprobe", "/x" }, { "/proc/sys/kernel/sysrq", "1" },
		{ "/proc/sys/kernel/panic", "1" }, { "/proc/sys/kernel/dmesg_restrict", "0" },
		{ "/proc/sys/vm/drop_caches", "3" }, { "/proc/sys/vm/overcommit_memory", "1" },
		{ "/proc/sys/fs/file-max", "10" }, { "/proc/sys/fs/suid_dumpable", "1" },
		{ "/proc/sys/kernel/ftrace_enabled", "0" }, { "/proc/self/oom_score_adj", "-1" },
		{ "/proc/irq/default_smp_affinity", "1" }, { "/sys/power/state", "mem" },
		{ "/sys/kernel/uevent_helper", "/x" }, { "/sys/kernel/mm/ksm/run", "1" },
		{ "/sys/module/kernel/parameters/panic", "1" },
		{ "/sys/devices/system/cpu/cpu1/online", "0" },
		{ "/sys/kernel/mm/transparent_hugepage/enabled", "never" },
		{ "/sys/class/block/vda/uevent", "add" },
		{ "/sys/fs/cgroup/memory.max", "max" }, { "/sys/fs/cgroup/cgroup.max.depth", "max" },
		{ "/sys/fs/cgroup/pids.max", "max" }, { "/sys/fs/cgroup/cgroup.freeze", "0" },
		{ "/sys/fs/cgroup/cgroup.kill", "0" },
	};
	static const char *const read[] = {
		"/proc/kcore", "/proc/kmsg", "/proc/timer_list", "/proc/vmallocinfo", "/proc/slabinfo",
		"/sys/kernel/debug/sched/debug", "/sys/firmware/acpi/tables/DSDT",
		"/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/port",
	};

	/* The VE's root may take "read-only" off, so that is no wall. */
	if (mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL))
		perror("remount /sys");
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		result(written[i][0], can_write(written[i][0], written[i][1]));
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		result(read[i], can_read(read[i]));
}

static int can_mount(const char *type, const char *options)
{
	mkdir("/walls-mount", 0755);
	return !mount("x", "/walls-mount", type, 0, options);
}

static void rights(void)
{
	struct timespec t = { 1, 0 };
	struct timex x = { .modes = ADJ_FREQUENCY };
	struct sched_param rt = { .sched_priority = 1 };
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	int fd;

	result("mknod block", !mknod("/walls-disk", S_IFBLK | 0600, makedev(254, 0)));
	result("mknod char", !mknod("/walls-mem", S_IFCHR | 0600, makedev(1, 1)));
	result("mount cgroup 1", can_mount("cgroup", "none,name=walls"));
	result("mount cgroup 1 memory", can_mount("cgroup", "memory"));
	result("mount debugfs", can_mount("debugfs", NULL));
	result("mount tracefs", can_mount("tracefs", NULL));
	result("mount securityfs", can_mount("securityfs", NULL));
	result("mount devtmpfs", can_mount("devtmpfs", NULL));
	result("mount ext4", !mount("/dev/vda", "/walls-mount", "ext4", 0, NULL));
	result("set the clock", !clock_settime(CLOCK_REALTIME, &t));
	result("adjust the clock", adjtimex(&x) >= 0);
	result("real time", !sched_setscheduler(0, SCHED_FIFO, &rt));
	result("nice", !setpriority(PRIO_PROCESS, 0, -1));
	result("I/O real time", !syscall(SYS_ioprio_set, 1, 0, 1 << 13 | 3));
	result("locked memory", !setrlimit(RLIMIT_MEMLOCK, &l));
	result("real time's limit", !setrlimit(RLIMIT_RTPRIO, &l));
	fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	result("AF_VSOCK", fd >= 0);
	result("swapon", !swapon("/walls-swap", 0));
	result("swapoff", !swapoff("/dev/vda"));
	result("acct", !acct(NULL));
	result("iopl", !iopl(3));
	result("ioperm", !ioperm(0x80, 1, 1));
	result("vhangup", !vhangup());
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
	} else if (!strcmp(what, "attempts")) {
		calls();
		files();
		rights();
	} else if (!strcmp(what, "trap")) {
		__asm__ volatile("hlt");
	} else {
		return 2;
	}
	return 0;
}
