// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_net ve|nested|host (escape.h): sockets. What a VE sends in others' names is
 * ve-network.sh's.
 *
 *   escape_net listen NAME    on the host: listen on an abstract unix socket until killed
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "escape.h"

#define OUTSIDE 200000	/* an id that no VE has */
#define WAIT_MS 3000	/* for what the host does every 0.3 s */

static socklen_t abstract(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "%s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static bool connects(const struct attempt *a)
{
	struct sockaddr_un address;
	socklen_t n = abstract(&address, a->path);

	return !connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, n);
}

static int netlink(int protocol, unsigned int groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	return fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) ? fd : -1;
}

/* True for an answer that is no error. */
static bool asks(int fd, struct nlmsghdr *m)
{
	char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *answer = (struct nlmsghdr *)buf;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	m->nlmsg_flags |= NLM_F_REQUEST;
	if (send(fd, m, m->nlmsg_len, 0) < 0 || poll(&p, 1, WAIT_MS) != 1 ||
	    recv(fd, buf, sizeof(buf), 0) < (ssize_t)sizeof(*answer))
		return false;
	if (answer->nlmsg_type != NLMSG_ERROR)
		return true;
	errno = -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
	return !errno;
}

static bool audits(const struct attempt *a)
{
	struct nlmsghdr m = { .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = a->number };

	return asks(netlink(NETLINK_AUDIT, 0), &m);
}

/* Something that the host's kernel tells comes in. */
static bool hears(const struct attempt *a)
{
	struct {
		struct nlmsghdr head;
		struct cn_msg message;
		enum proc_cn_mcast_op op;
	} __attribute__((packed)) m = {
		.head = { .nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_DONE },
		.message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(m.op) },
		.op = PROC_CN_MCAST_LISTEN,
	};
	struct pollfd p = { .fd = netlink(a->number, 1), .events = POLLIN };
	char buf[8192];

	if (p.fd < 0 || (a->number == NETLINK_CONNECTOR && send(p.fd, &m, sizeof(m), 0) < 0))
		return false;
	/* The first message of the connector's may be an answer. */
	if (a->number == NETLINK_CONNECTOR && poll(&p, 1, WAIT_MS) == 1 &&
	    recv(p.fd, buf, sizeof(buf), 0) < 0)
		return false;
	errno = 0;
	return poll(&p, 1, WAIT_MS) == 1 && recv(p.fd, buf, sizeof(buf), 0) > 0;
}

/* The links of the namespace that our own knows as number 0: the other end of venet0. */
static bool links_of_peer(const struct attempt *a)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attribute;
		int id;
	} m = {
		.head = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_GETLINK },
		.link = { .ifi_index = 1 },
		.attribute = { RTA_LENGTH(4), IFLA_TARGET_NETNSID },
	};

	(void)a;
	return asks(netlink(NETLINK_ROUTE, 0), &m.head);
}

/* A new link whose lower one is the host's. */
static bool link_on_peer(const struct attempt *a)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr info, kind;
		char name[8];
		struct rtattr lower;
		int index;
		struct rtattr peer;
		int id;
	} m = {
		.head = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
		.info = { RTA_LENGTH(12), IFLA_LINKINFO },
		.kind = { RTA_LENGTH(8), IFLA_INFO_KIND },
		.lower = { RTA_LENGTH(4), IFLA_LINK },
		.peer = { RTA_LENGTH(4), IFLA_LINK_NETNSID },
		.index = 2,
	};

	snprintf(m.name, sizeof(m.name), "%s", a->path);
	return asks(netlink(NETLINK_ROUTE, 0), &m.head);
}

static bool has_socket(const struct attempt *a)
{
	return socket(a->number, SOCK_STREAM, 0) >= 0;
}

static bool large_buffer(const struct attempt *a)
{
	int size = 64 << 20;

	return !setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, a->number, &size, sizeof(size));
}

/* To be another user, or process, for who reads. */
static bool forges(const struct attempt *a)
{
	union {
		char space[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control = { };
	struct ucred *who = (struct ucred *)CMSG_DATA(&control.align);
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int ends[2];

	control.align = (struct cmsghdr){ CMSG_LEN(sizeof(*who)), SOL_SOCKET, SCM_CREDENTIALS };
	*who = (struct ucred){ getpid(), getuid(), getgid() };
	if (a->number)
		who->uid = OUTSIDE;
	else
		who->pid = host_number("ESCAPE_PID");
	return !socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && sendmsg(ends[0], &m, 0) == 1;
}

static const struct attempt table[] = {
	TRY("an abstract socket of the host", connects, PROOF, .path = "vzlite-escape"),
	TRY("audit: read its state", audits, PROOF, .number = AUDIT_GET),
	TRY("audit: list its rules", audits, PROOF, .number = AUDIT_LIST_RULES),
	TRY("the host's device events", hears, PROOF, .number = NETLINK_KOBJECT_UEVENT),
	TRY("the host's process events", hears, PROOF, .number = NETLINK_CONNECTOR),
	TRY("links of the peer's namespace", links_of_peer, PROOF),
	TRY("a macvlan on the peer's link", link_on_peer, 0, .path = "macvlan"),
	TRY("a vlan on the peer's link", link_on_peer, 0, .path = "vlan"),
	TRY("AF_VSOCK", has_socket, PROOF, .number = AF_VSOCK),
	TRY("SO_RCVBUFFORCE", large_buffer, PROOF, .number = SO_RCVBUFFORCE),
	TRY("SO_SNDBUFFORCE", large_buffer, PROOF, .number = SO_SNDBUFFORCE),
	TRY("credentials of a process outside", forges, PROOF),
	TRY("credentials of a user outside", forges, PROOF, .number = 1),
};

static int be_there(const char *name)
{
	struct sockaddr_un address;
	socklen_t n = abstract(&address, name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, n) || listen(fd, 10))
		return 1;
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "listen"))
		return be_there(argv[2]);
	return argc > 1 ? attempts(table, COUNT(table), argv[1]) : 2;
}
