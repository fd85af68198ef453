// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_calls ve|nested|host (escape.h): system calls, and the rights that they ask for.
 *
 *   escape_calls type TEXT    as if it was typed on our own terminal
 */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#include "escape.h"

#define OUTSIDE 200000	/* an id that no VE has */

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

/* Any answer but the filter's comes from the call itself. */
static bool call(const struct attempt *a)
{
	return syscall(a->number, 0, 0, 0, 0, 0) >= 0 || errno != a->other;
}

static bool old_call(const struct attempt *a)
{
	return call32(a->number) >= 0 || errno != a->other;
}

/* "Shocker": the root directory of the file system that holds the VE's, by number. */
static bool by_handle(const struct attempt *a)
{
	struct {
		uint32_t bytes;
		int32_t type;
		uint32_t ino, generation;
	} handle = { 8, 1, 2, 0 };

	(void)a;
	return syscall(SYS_open_by_handle_at, open("/", O_RDONLY), &handle, O_RDONLY) >= 0;
}

static bool read_log(const struct attempt *a)
{
	(void)a;
	return klogctl(3, malloc(4096), 4096) >= 0;
}

static bool set_clock(const struct attempt *a)
{
	struct timespec now;

	(void)a;
	clock_gettime(CLOCK_REALTIME, &now);
	return !clock_settime(CLOCK_REALTIME, &now);
}

static bool set_zone(const struct attempt *a)
{
	struct timezone zone = { 0 };

	(void)a;
	return !syscall(SYS_gettimeofday, NULL, &zone) && !syscall(SYS_settimeofday, NULL, &zone);
}

static bool adjust_clock(const struct attempt *a)
{
	struct timex x = { 0 };

	if (adjtimex(&x) < 0)
		return false;
	x.modes = ADJ_FREQUENCY;
	return a->number ? clock_adjtime(CLOCK_REALTIME, &x) >= 0 : adjtimex(&x) >= 0;
}

static bool take_ports(const struct attempt *a)
{
	return a->number ? !iopl(3) : !ioperm(0x80, 1, 1);
}

static bool swap(const struct attempt *a)
{
	static char page[10][4096];
	uint32_t *header = (uint32_t *)(page[0] + 1024);
	int fd = open(a->path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	header[0] = 1;
	header[1] = COUNT(page) - 1;
	memcpy(page[0] + 4086, "SWAPSPACE2", 10);
	if (fd < 0 || write(fd, page, sizeof(page)) != sizeof(page) || fsync(fd))
		return false;
	if (swapon(a->path, 0))
		return false;
	swapoff(a->path);
	unlink(a->path);
	return true;
}

static bool no_accounting(const struct attempt *a)
{
	(void)a;
	return !acct(NULL);
}

static bool hang_up(const struct attempt *a)
{
	(void)a;
	setsid();
	return !vhangup();
}

/* What Ctrl-Alt-Del does, to what it is. */
static bool set_reboot(const struct attempt *a)
{
	char c = '1';
	int fd = open("/proc/sys/kernel/ctrl-alt-del", O_RDONLY);

	(void)a;
	if (read(fd, &c, 1) != 1)
		c = '1';
	return !reboot(c == '1' ? RB_ENABLE_CAD : RB_DISABLE_CAD);
}

static bool real_time(const struct attempt *a)
{
	struct sched_param rt = { .sched_priority = 1 };

	return !sched_setscheduler(0, a->number, &rt);
}

static bool deadline(const struct attempt *a)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} want = { 48, 6, 0, 0, 0, 1000000, 100000000, 100000000 };

	(void)a;
	return !syscall(SYS_sched_setattr, 0, &want, 0);
}

static bool be_nasty(const struct attempt *a)
{
	(void)a;
	return !setpriority(PRIO_PROCESS, 0, -1);
}

static bool real_time_io(const struct attempt *a)
{
	(void)a;
	return !syscall(SYS_ioprio_set, 1, 0, 1 << 13 | 3);
}

static bool raise_limit(const struct attempt *a)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	return !setrlimit(a->number, &l);
}

static bool lock_much(const struct attempt *a)
{
	size_t n = 16 << 20;
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)a;
	return p != MAP_FAILED && !mlock(p, n);
}

static bool lock_segment(const struct attempt *a)
{
	int id = shmget(IPC_PRIVATE, 16 << 20, IPC_CREAT | 0600), error;
	bool done = !shmctl(id, SHM_LOCK, NULL);

	(void)a;
	error = errno;
	shmctl(id, IPC_RMID, NULL);
	errno = error;
	return done;
}

static bool become(const struct attempt *a)
{
	(void)a;
	return !setresuid(OUTSIDE, OUTSIDE, OUTSIDE);
}

static bool join_group(const struct attempt *a)
{
	gid_t gid = OUTSIDE;

	(void)a;
	return !setgroups(1, &gid);
}

static bool take_capability(const struct attempt *a)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return false;
	data[a->number / 32].permitted |= 1u << a->number % 32;
	data[a->number / 32].effective |= 1u << a->number % 32;
	return !syscall(SYS_capset, &head, data);
}

/* A namespace of which some id is one that we have not. */
static bool map_outside(const struct attempt *a)
{
	char path[64], text[32];
	int fd, n, error;
	bool done;
	pid_t pid;

	(void)a;
	pid = fork();
	if (!pid) {
		unshare(CLONE_NEWUSER);
		pause();
	}
	usleep(300000);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	n = snprintf(text, sizeof(text), "0 %d 1\n", OUTSIDE);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && write(fd, text, n) == n;
	error = errno;
	kill(pid, SIGKILL);
	errno = error;
	return done;
}

static bool climb(const struct attempt *a)
{
	(void)a;
	mkdir("/escape-root", 0755);
	if (chroot("/escape-root"))
		return false;
	for (int i = 0; i < 100; i++)
		if (chdir(".."))
			return false;
	return !chroot(".") && !access(HOST_FILE, F_OK);
}

static int type(const char *text)
{
	while (*text)
		if (ioctl(0, TIOCSTI, text++)) {
			perror("type");
			return 1;
		}
	return 0;
}

#define CALL(name, other_number, error)	\
	TRY(#name, call, PROOF, .number = SYS_##name, .other = error), \
	TRY(#name ", 32 bit", old_call, PROOF, .number = other_number, .other = error)
#define RAISE(name) TRY("raise " #name, raise_limit, PROOF, .number = RLIMIT_##name)

static const struct attempt table[] = {
	CALL(kexec_load, 283, EPERM), CALL(init_module, 128, EPERM), CALL(finit_module, 350, EPERM),
	CALL(delete_module, 129, EPERM), CALL(bpf, 357, EPERM), CALL(open_by_handle_at, 342, EPERM),
	CALL(perf_event_open, 336, EPERM), CALL(userfaultfd, 374, EPERM),
	CALL(add_key, 286, ENOSYS), CALL(request_key, 287, ENOSYS), CALL(keyctl, 288, ENOSYS),
	CALL(quotactl, 131, EPERM), CALL(quotactl_fd, 443, EPERM),
	CALL(io_uring_setup, 425, ENOSYS), CALL(io_uring_enter, 426, ENOSYS),
	CALL(io_uring_register, 427, ENOSYS), CALL(syslog, 103, EPERM),
	TRY("kexec_file_load", call, PROOF, .number = SYS_kexec_file_load, .other = EPERM),
	TRY("x32", call, 0, .number = 0x40000000 | 39, .other = ENOSYS),
	TRY("the host's root by its handle", by_handle, PROOF),
	TRY("read the kernel's log", read_log, PROOF),
	TRY("set the clock", set_clock, PROOF),
	TRY("set the time zone", set_zone, PROOF),
	TRY("adjust the clock", adjust_clock, PROOF),
	TRY("adjust the clock by clock_adjtime", adjust_clock, PROOF, .number = 1),
	TRY("iopl", take_ports, PROOF, .number = 1),
	TRY("ioperm", take_ports, PROOF),
	TRY("swapon", swap, PROOF, .path = "/escape-swap"),
	TRY("acct", no_accounting, PROOF),
	TRY("vhangup", hang_up, PROOF),
	TRY("what Ctrl-Alt-Del does", set_reboot, PROOF),
	TRY("SCHED_FIFO", real_time, PROOF, .number = SCHED_FIFO),
	TRY("SCHED_RR", real_time, PROOF, .number = SCHED_RR),
	TRY("SCHED_DEADLINE", deadline, PROOF),
	TRY("nice -1", be_nasty, PROOF),
	TRY("real time I/O", real_time_io, PROOF),
	RAISE(MEMLOCK), RAISE(RTPRIO), RAISE(NICE), RAISE(SIGPENDING), RAISE(MSGQUEUE),
	TRY("lock 16 MB", lock_much, PROOF),
	TRY("lock a segment of 16 MB", lock_segment, PROOF),
	TRY("become a user outside", become, PROOF),
	TRY("join a group outside", join_group, PROOF),
	TRY("map a user outside", map_outside, PROOF),
	TRY("CAP_SYS_MODULE", take_capability, PROOF | OUTER, .number = CAP_SYS_MODULE),
	TRY("CAP_SYS_RAWIO", take_capability, PROOF | OUTER, .number = CAP_SYS_RAWIO),
	TRY("climb out of a chroot", climb, PROOF),
};

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "type"))
		return type(argv[2]);
	return argc > 1 ? attempts(table, COUNT(table), argv[1]) : 2;
}
