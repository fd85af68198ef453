// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"

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
