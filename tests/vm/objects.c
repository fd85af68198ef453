// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets, locks and ptys up to a limit.
 *
 *   objects KIND N [FILE]    make N of them or until an error; print "COUNT
 *                            ERRNO-NAME"; then make FILE and wait until it is gone
 *     udp tcp tcp6 unix netlink packet vsock rds smc smc-inet alg kcm tipc   a socket each
 *     nothing raw-user       a socket that there is not; one that takes a right
 *     pairs                  socketpair(AF_UNIX)
 *     posix ofd              a lock each of another byte of one file
 *     flock                  a flock each on a file of its own
 *     holes                  lock all of a file, then unlock single bytes in it
 *     holes:DIR              the same, entering the cgroup DIR in between
 *     inside                 the same, with read locks in a write lock
 *     ends                   lock all of a file, then unlock its first and last bytes
 *     edges                  the same, with read locks of the first and last bytes
 *     same                   lock the same byte again and again, read and write
 *     pty                    /dev/ptmx
 *     slave                  the same, but only the slaves stay open
 *     connect:PORT           connect to it on 127.0.0.1
 *     connect:PATH           connect to it by AF_UNIX
 *   objects listen:PORT N FILE    listen, backlog N, without accepting
 *   objects listen:PATH N FILE
 *   objects accept:PORT N FILE DIR   listen, enter the cgroup DIR, accept N
 *   objects mptcp-listen:PORT, mptcp-accept:PORT, mptcp-connect:PORT  the same by MPTCP
 *   objects wait PATH FILE [DIR]   enter the cgroup DIR, wait for a write lock on all of
 *                            PATH; then FILE as above
 *   objects try PATH         try to get it, and print the ERRNO-NAME
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int lock_file = -1;
static const char *address;
static int protocol;

static int scratch(void)
{
	char name[] = "/run/objects-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

static int lock(int command, short type, off_t start, off_t length)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

	if (lock_file < 0)
		lock_file = scratch();
	return fcntl(lock_file, command, &l);
}

static int make_udp(long i) { (void)i; return socket(AF_INET, SOCK_DGRAM, 0); }
static int make_tcp(long i) { (void)i; return socket(AF_INET, SOCK_STREAM, 0); }
static int make_tcp6(long i) { (void)i; return socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP); }
static int make_unix(long i) { (void)i; return socket(AF_UNIX, SOCK_DGRAM, 0); }
static int make_netlink(long i) { (void)i; return socket(AF_NETLINK, SOCK_RAW, 0); }
static int make_packet(long i) { (void)i; return socket(AF_PACKET, SOCK_RAW, 0); }
static int make_tipc(long i) { (void)i; return socket(AF_TIPC, SOCK_STREAM, 0); }
static int make_vsock(long i) { (void)i; return socket(AF_VSOCK, SOCK_STREAM, 0); }
static int make_rds(long i) { (void)i; return socket(AF_RDS, SOCK_SEQPACKET, 0); }
static int make_smc(long i) { (void)i; return socket(AF_SMC, SOCK_STREAM, 0); }
static int make_smc_inet(long i) { (void)i; return socket(AF_INET, SOCK_STREAM, 256); }
static int make_alg(long i) { (void)i; return socket(AF_ALG, SOCK_SEQPACKET, 0); }
static int make_kcm(long i) { (void)i; return socket(AF_KCM, SOCK_DGRAM, 0); }
/* No protocol of that number; and one for which a right is needed that is given up. */
static int make_nothing(long i) { (void)i; return socket(AF_INET, SOCK_STREAM, 200); }
static int make_raw_user(long i) { (void)i; return setuid(65534) ? -1 : socket(AF_INET, SOCK_RAW, 1); }
static int make_posix(long i) { return lock(F_SETLK, F_WRLCK, 2 * i, 1); }
static int make_ofd(long i) { return lock(F_OFD_SETLK, F_WRLCK, 2 * i, 1); }
static int make_same(long i) { return lock(F_SETLK, i % 2 ? F_RDLCK : F_WRLCK, 0, 1); }

static int make_pair(long i)
{
	int pair[2];

	(void)i;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int make_flock(long i)
{
	(void)i;
	return flock(scratch(), LOCK_EX);
}

static void enter(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		exit(errno);
	close(fd);
}

static int make_hole(long i)
{
	return (!i && lock(F_SETLK, F_WRLCK, 0, 0)) ? -1 : lock(F_SETLK, F_UNLCK, 2 * i + 1, 1);
}

static int make_hole_there(long i)
{
	if (!i && lock(F_SETLK, F_WRLCK, 0, 0))
		return -1;
	if (!i)
		enter(address);
	return lock(F_SETLK, F_UNLCK, 2 * i + 1, 1);
}

static int make_inside(long i)
{
	return (!i && lock(F_SETLK, F_WRLCK, 0, 0)) ? -1 : lock(F_SETLK, F_RDLCK, 2 * i + 1, 1);
}

/* The first bytes or the last, one more each time, which the lock loses. */
static int take_end(short type, long i)
{
	if (!i && lock(F_SETLK, F_WRLCK, 0, 0))
		return -1;
	return i % 2 ? lock(F_SETLK, type, 0, i) : lock(F_SETLK, type, 1000000 - i, 0);
}

static int make_end(long i) { return take_end(F_UNLCK, i); }
static int make_edge(long i) { return take_end(F_RDLCK, i); }

static int make_pty(long i)
{
	(void)i;
	return open("/dev/ptmx", O_RDWR | O_NOCTTY);
}

static int make_slave(long i)
{
	int master = make_pty(i), slave, zero = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero))
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	close(master);
	return slave;
}

static socklen_t parse(struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_un *un = (void *)to;

	memset(to, 0, sizeof(*to));
	if (*address == '/') {
		un->sun_family = AF_UNIX;
		strncpy(un->sun_path, address, sizeof(un->sun_path) - 1);
		return sizeof(*un);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(atoi(address));
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

static int make_connection(long i)
{
	struct sockaddr_storage to;
	socklen_t length = parse(&to);
	int fd = socket(to.ss_family, SOCK_STREAM, protocol);

	(void)i;
	return fd < 0 ? -1 : connect(fd, (void *)&to, length);
}

static const struct {
	const char *name;
	int (*make)(long i);
} kinds[] = {
	{ "udp", make_udp }, { "tcp", make_tcp }, { "tcp6", make_tcp6 }, { "unix", make_unix },
	{ "netlink", make_netlink }, { "packet", make_packet }, { "vsock", make_vsock },
	{ "rds", make_rds }, { "smc", make_smc }, { "smc-inet", make_smc_inet },
	{ "alg", make_alg }, { "kcm", make_kcm }, { "tipc", make_tipc }, { "nothing", make_nothing },
	{ "raw-user", make_raw_user },
	{ "pairs", make_pair }, { "posix", make_posix }, { "ofd", make_ofd },
	{ "flock", make_flock }, { "holes", make_hole }, { "inside", make_inside },
	{ "ends", make_end }, { "edges", make_edge }, { "same", make_same },
	{ "pty", make_pty }, { "slave", make_slave },
	{ "connect", make_connection },
};

static void signal_and_wait(const char *path)
{
	if (!path)
		return;
	close(open(path, O_CREAT | O_WRONLY, 0600));
	while (!access(path, F_OK))
		usleep(20000);
}

static void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
}

static int listen_at(int backlog)
{
	struct sockaddr_storage at;
	socklen_t length = parse(&at);
	int one = 1, fd = socket(at.ss_family, SOCK_STREAM, protocol);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&at, length) || listen(fd, backlog)) {
		perror("objects: listen");
		exit(1);
	}
	return fd;
}

static int wait_for_lock(const char *path, const char *file, const char *dir)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock_file = open(path, O_RDWR | O_CREAT, 0600);
	if (dir)
		enter(dir);
	if (fcntl(lock_file, F_SETLKW, &l))
		return errno;
	signal_and_wait(file);
	return 0;
}

static int try_lock(const char *path)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR);

	printf("%s\n", fcntl(fd, F_SETLK, &l) ? strerrorname_np(errno) : "none");
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1000000, 1000000 };
	long i, n = argc > 2 ? atol(argv[2]) : 0;
	const char *file = argc > 3 ? argv[3] : NULL;
	char *kind = argc > 2 ? argv[1] : "", *colon = strchr(kind, ':');
	int (*make)(long) = NULL;
	int fd, error = 0;

	setrlimit(RLIMIT_NOFILE, &all);
	if (!strcmp(kind, "wait"))
		return wait_for_lock(argv[2], file, argc > 4 ? argv[4] : NULL);
	if (!strcmp(kind, "try"))
		return try_lock(argv[2]);
	if (colon) {
		*colon = '\0';
		address = colon + 1;
		loopback_up();
	}
	if (!strncmp(kind, "mptcp-", 6)) {
		protocol = IPPROTO_MPTCP;
		kind += 6;
	}
	if (!strcmp(kind, "listen") || !strcmp(kind, "accept")) {
		fd = listen_at(n);
		if (argc > 4)
			enter(argv[4]);
		for (i = 0; argc > 4 && i < n; i++)
			if (accept(fd, NULL, NULL) < 0)
				return errno;
		signal_and_wait(file);
		return 0;
	}
	if (colon && !strcmp(kind, "holes"))
		make = make_hole_there;
	for (i = 0; !make && i < (long)(sizeof(kinds) / sizeof(kinds[0])); i++)
		if (!strcmp(kind, kinds[i].name))
			make = kinds[i].make;
	if (!make) {
		fprintf(stderr, "objects: see the head of objects.c\n");
		return 200;
	}
	for (i = 0; i < n && !error; i++)
		if (make(i) < 0)
			error = errno;
	printf("%ld %s\n", error ? i - 1 : i, error ? strerrorname_np(error) : "none");
	fflush(stdout);
	signal_and_wait(file);
	return 0;
}
