// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "channel.h"
#include "confine.h"
#include "error.h"
#include "file.h"
#include "inherited.h"
#include "inside.h"
#include "inside_files.h"
#include "login.h"
#include "pty.h"
#include "rootfs.h"
#include "streams.h"
#include "syscalls.h"

#define ALL_IDS "0 65535"	/* that a VE has: who may open a socket of ICMP that is not raw */

/* Lines go to the caller's standard error, which stays ours until exec. */
static int failed(const struct container *c, const char *what)
{
	return fail_errno(EXIT_SYSTEM, "%s %s: %s", operation, c->id, what);
}

/* Become the root of the user namespace. Until here we were a user that it does
 * not know, with all capabilities in it. */
static int become_root(const struct container *c)
{
	if (setresgid(0, 0, 0) || setgroups(0, NULL) || setresuid(0, 0, 0))
		return failed(c, "become root of the user namespace");
	/* The change of ids has reset it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return failed(c, "prctl");
	return 0;
}

/* Leave what the caller's shell has given us beyond descriptors and ids. */
static int leave_session(const struct container *c)
{
	/* The keyring: else the VE's programs could use the admin's keys. */
	if (setsid() < 0 || (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
			     errno != ENOSYS))
		return failed(c, "make a new session");
	personality(PER_LINUX);
	return 0;
}

static int raise_loopback(const struct container *c)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		return failed(c, "bring up the loopback interface");
	return 0;
}

/* ping has no privileges where a distribution counts on this. The VE's own systemd would ask for ids
 * that it does not have, and be refused. */
static void allow_ping(const struct container *c)
{
	cleanup_close int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, ALL_IDS, strlen(ALL_IDS)) < 0)
		warn("%s %s: its users may not ping: net.ipv4.ping_group_range: %s", operation, c->id, strerror(errno));
}

static int set_hostname(const struct container *c)
{
	if (c->hostname && sethostname(c->hostname, strlen(c->hostname)))
		return failed(c, "set the host name");
	return 0;
}

static int create(const struct container *c, int channel)
{
	struct rootfs root = ROOTFS_NONE;
	struct channel_message m;
	int status;

	if (channel_receive(channel, &m) || m.kind != CHANNEL_MAPPED)
		_exit(EXIT_SYSTEM);	/* the caller is gone */
	root.mapped = m.fds[0];
	/* Else it was made with us. */
	if (c->bind_count && unshare(CLONE_NEWNS))
		return failed(c, "make a mount namespace");
	if ((status = rootfs_open(c, &root)))
		return status;
	if ((c->namespaces & CLONE_NEWUSER) && (status = become_root(c)))
		return status;
	if (unshare(c->namespaces & UNSHARED_INSIDE))
		return failed(c, "make namespaces");
	if ((status = leave_session(c)) || (status = set_hostname(c)) ||
	    (c->loopback && (status = raise_loopback(c))))
		return status;
	if (c->loopback)
		allow_ping(c);
	umask(0);
	status = rootfs_enter(c, &root);
	rootfs_close(&root);
	umask(022);
	if (!status)
		inside_write_files(c);
	return status;
}

/*
 * With the change of ids, once we are in its user namespace, the kernel makes us what
 * fs.suid_dumpable says. When that is 1, the container's root could trace us and take
 * what we have. What it will be shows a change of ids out here, where it cannot.
 */
static int check_dumpable(const struct container *c)
{
	setfsgid(1);	/* until become_root() */
	return prctl(PR_GET_DUMPABLE) != 1 ? 0 :
	       fail(EXIT_SYSTEM, "%s %s: the VE could trace what joins it: fs.suid_dumpable is 1 "
		    "(sysctl fs.suid_dumpable=0)", operation, c->id);
}

static int join(const struct container *c)
{
	int status = check_dumpable(c);

	if (status)
		return status;
	/* All at once, by process: none can be exchanged in between. We must not
	 * be looked into from there: exec makes us dumpable again, not sooner. */
	if (setns(c->join, c->namespaces & ~(CLONE_NEWPID | CLONE_NEWTIME)))
		return errno == ESRCH ? fail(EXIT_NOT_RUNNING, "%s %s: " JUST_STOPPED, operation, c->id) :
		       failed(c, "join its namespaces");
	if ((c->namespaces & CLONE_NEWUSER) && (status = become_root(c)))
		return status;
	umask(022);
	return leave_session(c);
}

static int bind_notify(const struct container *c, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*fd = -1;
	if (!c->notify)
		return 0;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", c->notify);
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(c->notify);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&address, sizeof(address)))
		return failed(c, "make the notification socket");
	return 0;
}

static int check_program(const struct container *c)
{
	struct stat st;

	if (c->search || c->login)
		return 0;
	if (stat(c->argv[0], &st))
		return fail_errno(EXIT_BAD_VE, "%s %s: %s in the VE", operation, c->id, c->argv[0]);
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return fail(EXIT_BAD_VE, "%s %s: %s in the VE: not an executable file", operation,
			    c->id, c->argv[0]);
	return 0;
}

/* The handlers are gone (CLONE_CLEAR_SIGHAND); what was ignored is not. Not by glibc's
 * call, which keeps two signals to itself. */
static void default_signals(void)
{
	sigset_t none;

	for (uint64_t ignored = inherited_ignored(); ignored; ignored &= ignored - 1)
		sys_default_signal(__builtin_ctzll(ignored) + 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Only errno comes back; the line is the caller's, for ours may be a tenant's
 * terminal by now. */
static void execute(const struct container *c, int slave)
{
	default_signals();
	if (streams_take(c, slave))
		return;
	environ = (char **)c->env;	/* perhaps the caller's, too, who looks at it no more */
	if (c->login) {
		login_exec();
		return;
	}
	if (prctl(PR_SET_PDEATHSIG, 0))
		return;
	if (c->search)
		execvp(c->argv[0], c->argv);
	else
		execve(c->argv[0], c->argv, environ);
}

static int open_terminal(const struct container *c, int *master, int *slave)
{
	for (int i = 0; i < 3; i++)
		if (c->stdio[i] == STREAM_TERMINAL)
			return pty_open(c->id, master, slave);
	return 0;
}

static int set_up(const struct container *c, int channel, int *slave)
{
	struct channel_message ready = { .kind = CHANNEL_READY, .fds = { -1, -1 } };
	int status = c->join >= 0 ? join(c) : create(c, channel);

	if (status)
		return status;
	if (c->cwd && chdir(c->cwd))
		return failed(c, "change directory in the VE");
	if ((status = open_terminal(c, &ready.fds[0], slave)) ||
	    (status = bind_notify(c, &ready.fds[1])) ||
	    (status = check_program(c)) || (status = confine(c)) || c->at_once)
		return status;
	if (channel_send(channel, &ready))
		return failed(c, "report");
	for (size_t i = 0; i < CHANNEL_FDS; i++)
		if (ready.fds[i] >= 0)
			close(ready.fds[i]);
	return 0;
}

/*
 * The caller's descriptors, its locks among them, are not ours: only the channel and
 * the process to join stay, as 3 and 4, the pipes, and for our error lines standard
 * error. What is moved is first moved out of the way.
 */
static int drop_descriptors(struct container *c, int *channel)
{
	int *fds[] = { channel, &c->join, &c->pipes[0], &c->pipes[1], &c->pipes[2] };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0 && *fds[i] < STREAMS_END &&
		    (*fds[i] = fcntl(*fds[i], F_DUPFD_CLOEXEC, STREAMS_END)) < 0)
			return failed(c, "dup");
	if (dup3(*channel, 3, O_CLOEXEC) < 0 ||
	    (c->join >= 0 && dup3(c->join, 4, O_CLOEXEC) < 0) || streams_keep(c))
		return failed(c, "dup");
	*channel = 3;
	if (c->join >= 0)
		c->join = 4;
	return sys_close_from(c->pipes[2] >= 0 ? STREAMS_END : c->join >= 0 ? 5 : 4) ?
	       failed(c, "close_range") : 0;
}

_Noreturn void inside_run(const struct container *description, int channel)
{
	struct channel_message m, end = { .kind = CHANNEL_FAILED, .fds = { -1, -1 } };
	struct container mine = *description, *c = &mine;
	int slave = -1;

	/* A death of the caller before this line shows as the channel's end. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	end.status = drop_descriptors(c, &channel);
	if (!end.status)
		end.status = set_up(c, channel, &slave);
	if (!end.status) {
		if (!c->at_once && (channel_receive(channel, &m) || m.kind != CHANNEL_GO))
			_exit(EXIT_SYSTEM);
		execute(c, slave);
		end.error = errno;
		end.status = c->search || c->login ? EXIT_EXEC_FAILED : EXIT_BAD_VE;
	}
	channel_send(channel, &end);
	_exit(end.status);
}
