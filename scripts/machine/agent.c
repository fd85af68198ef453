// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What runs inside the test machine: reads the job that scripts/vm wrote, runs
 * it, hands its output, its status and the kernel log to the host, powers off. Asked by
 * the host, it says what hangs.
 *
 * With --init tiny it is process 1 and sets the machine up first; under systemd
 * it is a service.  It is static, so that it works in every image, and C, so
 * that the arguments of the job pass no shell and an orphan is always reaped.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define JOB_FILE "/usr/lib/vzlite/vm/job"
#define JOB_MAX (1 << 20)
#define JOB_BLOCK 4096

/*
 * A job is NUL-terminated strings: "run SECONDS", what the time is, or
 * "shell ROWS COLUMNS TERM", then the argument vector. Or it is "wait", for the job
 * to be on the disk that the argument names.
 */
struct job {
	char *kind;
	char *argv[4096];
};

static void complain(const char *what)
{
	/* To the kernel log: there is no better place when a port is missing. */
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "vm agent: %s: %s\n", what, strerror(errno));
		close(fd);
	}
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		size -= n;
	}
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, text, strlen(text));
	close(fd);
}

/* Process 1 only: what an init system gives every program. */

static void mount_all(void)
{
	static const struct {
		const char *type, *path, *options;
		unsigned long flags;
	} mounts[] = {
		{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "devtmpfs", "/dev", "mode=755", MS_NOSUID },
		{ "devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "mqueue", "/dev/mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "debugfs", "/sys/kernel/debug", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tracefs", "/sys/kernel/tracing", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, mounts[i].flags,
			  mounts[i].options) && errno != EBUSY)
			complain(mounts[i].path);
	}
	mkdir("/run/lock", 01777);
	if (symlink("/proc/self/fd", "/dev/fd") || symlink("fd/0", "/dev/stdin") ||
	    symlink("fd/1", "/dev/stdout") || symlink("fd/2", "/dev/stderr"))
		complain("/dev/fd");
}

static void enable_controllers(void)
{
	char list[1024], *name, *save, line[64];
	FILE *file = fopen("/sys/fs/cgroup/cgroup.controllers", "re");

	if (!file || !fgets(list, sizeof(list), file)) {
		complain("cgroup.controllers");
		return;
	}
	fclose(file);
	for (name = strtok_r(list, " \n", &save); name; name = strtok_r(NULL, " \n", &save)) {
		snprintf(line, sizeof(line), "+%s", name);
		write_file("/sys/fs/cgroup/cgroup.subtree_control", line);
	}
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		complain("lo");
	close(fd);
}

static void set_machine_up(void)
{
	/* The limits that systemd gives to services. */
	struct rlimit files = { 1024, 524288 };

	mount_all();
	enable_controllers();
	loopback_up();
	if (sethostname("vzlite", 6) || setrlimit(RLIMIT_NOFILE, &files))
		complain("hostname and limits");
	write_file("/proc/sys/kernel/pid_max", "4194304");
}

/* Ports to the host, by the name that scripts/vm gave them. */

static int open_port(const char *wanted, int mode)
{
	char path[300], name[64];
	struct dirent *entry;
	int found = -1;
	DIR *dir = opendir("/sys/class/virtio-ports");

	if (!dir)
		return -1;
	while (found < 0 && (entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file)) {
			name[strcspn(name, "\n")] = '\0';
			if (!strcmp(name, wanted)) {
				snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
				found = open(path, mode | O_CLOEXEC);
			}
		}
		fclose(file);
	}
	closedir(dir);
	if (found < 0)
		complain(wanted);
	return found;
}

/* The kernel's whole log; what userland wrote into it is marked. */
static void send_kernel_log(void)
{
	char record[8192], line[9000];
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int port = open_port("vm.kmsg", O_WRONLY);

	if (log < 0 || port < 0)
		return;
	for (;;) {
		ssize_t n = read(log, record, sizeof(record) - 1);
		unsigned long long usec;
		unsigned int priority;
		char *text;
		int size;

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || sscanf(record, "%u,%*u,%llu", &priority, &usec) != 2)
			continue;
		text[1 + strcspn(text + 1, "\n")] = '\0';
		size = snprintf(line, sizeof(line), "[%5llu.%06llu] %s%s\n", usec / 1000000,
				usec % 1000000, priority >> 3 ? "(user) " : "", text + 1);
		write_all(port, line, size);
	}
	close(log);
	close(port);
}

/* The job. */

static bool read_job(struct job *job)
{
	static char data[JOB_MAX];
	ssize_t size;
	int count = 0;
	int fd = open(JOB_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	size = read(fd, data, sizeof(data) - 1);
	close(fd);
	if (size <= 0)
		return false;
	memset(job, 0, sizeof(*job));
	job->kind = data;
	for (char *p = data + strlen(data) + 1; p < data + size; p += strlen(p) + 1) {
		if (count == sizeof(job->argv) / sizeof(*job->argv) - 1)
			return false;
		job->argv[count++] = p;
	}
	return count > 0;
}

static void set_environment(void)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "linux", 0);
}

static void set_clock(const char *kind)
{
	struct timeval now = { 0 };

	if (sscanf(kind, "run %ld", &now.tv_sec) == 1 && settimeofday(&now, NULL))
		complain("settimeofday");
}

/*
 * What the last block of a job's disk says, its kind, or NULL. The disk of a machine that
 * goes on from a snapshot is another than what it booted with, of the same size. The
 * kernel, having forgotten at boot what it read there, does not know: the block is read
 * past the cache.
 */
static const char *kind_on(const char *disk)
{
	static char block[JOB_BLOCK] __attribute__((aligned(JOB_BLOCK)));
	int fd = open(disk, O_RDONLY | O_DIRECT | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n = pread(fd, block, sizeof(block), size - JOB_BLOCK);

	close(fd);
	block[JOB_BLOCK - 1] = '\0';
	return n == JOB_BLOCK ? block : NULL;
}

/* A machine that is to be kept waits here. */
static void take_next_job(const char *disk, int port)
{
	const char *kind;
	pid_t pid;

	dprintf(port, "ready\n");
	while (!(kind = kind_on(disk)) || !strncmp(kind, "wait", 4))
		usleep(20000);
	set_clock(kind);
	pid = fork();
	if (pid == 0) {
		execlp("tar", "tar", "-x", "-f", disk, "-C", "/", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		complain(disk);
}

static _Noreturn void become(char **argv)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/root"))
		complain("/root");
	execvp(argv[0], argv);
	dprintf(2, "vm: run %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start_piped(char **argv, int *out, int *err)
{
	int out_pipe[2], err_pipe[2];
	pid_t pid;

	/* Pipes, not the ports themselves: a port can be opened only once, and
	 * commands may want to reopen /dev/stdout. */
	if (pipe2(out_pipe, O_CLOEXEC) || pipe2(err_pipe, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out_pipe[1], 1);
		dup2(err_pipe[1], 2);
		if (null > 2)
			close(null);
		become(argv);
	}
	close(out_pipe[1]);
	close(err_pipe[1]);
	*out = out_pipe[0];
	*err = err_pipe[0];
	fcntl(*out, F_SETFL, O_NONBLOCK);
	fcntl(*err, F_SETFL, O_NONBLOCK);
	return pid;
}

static pid_t start_on_terminal(const char *kind, char **argv)
{
	struct winsize size = { 0 };
	char term[64];
	pid_t pid;

	if (sscanf(kind, "shell %hu %hu %63s", &size.ws_row, &size.ws_col, term) == 3)
		setenv("TERM", term, 1);
	pid = fork();
	if (pid == 0) {
		int tty;

		setsid();
		tty = open("/dev/hvc0", O_RDWR);
		if (tty < 0 || ioctl(tty, TIOCSCTTY, 1) || ioctl(tty, TIOCSWINSZ, &size))
			complain("/dev/hvc0");
		for (int fd = 0; fd < 3; fd++)
			dup2(tty, fd);
		if (tty > 2)
			close(tty);
		become(argv);
	}
	return pid;
}

/* Moves what is there; false at the end of the stream. */
static bool copy_some(int from, int to)
{
	char data[65536];
	ssize_t n;

	while ((n = read(from, data, sizeof(data))) > 0)
		write_all(to, data, n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool reap(pid_t wanted, int *status)
{
	bool found = false;
	int result;
	pid_t pid;

	while ((pid = waitpid(-1, &result, WNOHANG)) > 0) {
		if (pid == wanted) {
			*status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
			found = true;
		}
	}
	return found;
}

/* The host is about to give up: say what everybody waits for. What is not in the kernel
 * log by then stands in no file. */
static void look_around(int out)
{
	static char *const argv[] = { "ps", "-eLww", "-o", "pid,tid,stat,psr,wchan:32,args", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		dup2(out, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	write_file("/proc/sysrq-trigger", "w");
	write_file("/proc/sysrq-trigger", "l");
	sleep(1);
	send_kernel_log();
}

static int run(struct job *job, int status_port)
{
	struct pollfd polls[4];
	struct signalfd_siginfo info;
	int out_port = -1, err_port = -1, status = 126;
	sigset_t child;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	polls[0] = (struct pollfd){ .fd = signalfd(-1, &child, SFD_CLOEXEC), .events = POLLIN };
	polls[1] = polls[2] = polls[3] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (!strncmp(job->kind, "shell", 5)) {
		pid = start_on_terminal(job->kind, job->argv);
	} else {
		out_port = open_port("vm.out", O_WRONLY);
		err_port = open_port("vm.err", O_WRONLY);
		polls[3].fd = open_port("vm.look", O_RDONLY);
		pid = start_piped(job->argv, &polls[1].fd, &polls[2].fd);
	}
	if (pid < 0) {
		complain("fork");
		return status;
	}
	for (;;) {
		bool done = false;

		if (poll(polls, 4, -1) < 0 && errno != EINTR)
			break;
		if (polls[3].revents)
			polls[3].fd = -1;
		if (polls[3].revents & POLLIN) {
			dprintf(status_port, "alive\n");
			look_around(err_port);
		}
		if (polls[0].revents & POLLIN && read(polls[0].fd, &info, sizeof(info)) > 0)
			done = reap(pid, &status);
		/* After the end of the command this takes what is left in the
		 * pipes, without waiting for daemons that still hold them. */
		if (polls[1].fd >= 0 && !copy_some(polls[1].fd, out_port))
			polls[1].fd = -1;
		if (polls[2].fd >= 0 && !copy_some(polls[2].fd, err_port))
			polls[2].fd = -1;
		if (done)
			break;
	}
	return status;
}

int main(void)
{
	static struct job job;
	int status = 126, port;
	bool known;

	if (getpid() == 1)
		set_machine_up();
	set_environment();
	umask(022);
	port = open_port("vm.status", O_WRONLY);
	known = read_job(&job);
	if (known && !strcmp(job.kind, "wait")) {
		take_next_job(job.argv[0], port);
		known = read_job(&job);
	}
	/* What fails before this line has nothing to do with the job. */
	dprintf(port, "up\n");
	if (known)
		status = run(&job, port);
	else
		complain(JOB_FILE);
	send_kernel_log();
	/* The status goes last: the host takes a run without one for a death. */
	dprintf(port, "exit %d\n", status);
	close(port);
	/* The disk is thrown away, so nothing needs to be written back. */
	reboot(RB_POWER_OFF);
	return 1;
}
