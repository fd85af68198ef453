// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_modules ve|nested|host (escape.h): make the host's kernel load a module, each way in
 * which it loads them by itself. What came is named on standard error.
 */
#define _GNU_SOURCE
#include <linux/genetlink.h>
#include <linux/if_alg.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "escape.h"

static char before[65536], after[65536];

static void read_modules(char *text, size_t size)
{
	int fd = open("/proc/modules", O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (n < size - 2 && (got = read(fd, text + n + 1, size - 2 - n)) > 0)
		n += got;
	/* Each name has a line's end before it and a blank behind. */
	text[0] = '\n';
	text[n + 1] = '\0';
	close(fd);
}

static bool came(void)
{
	bool any = false;

	read_modules(after, sizeof(after));
	for (const char *line = after; line[1]; line = strchr(line + 1, '\n')) {
		char name[80];

		snprintf(name, sizeof(name), "%.*s ", (int)strcspn(line, " "), line);
		if (strstr(before, name))
			continue;
		any = true;
		dprintf(2, "loaded%s\n", name);
	}
	errno = 0;
	return any;
}

static void sockets(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };

	for (int family = 3; family < 48; family++)
		for (size_t i = 0; i < COUNT(types); i++)
			close(socket(family, types[i], 0));
}

static void inet_protocols(void)
{
	static const int protocols[] = { 132 /* SCTP */, 33 /* DCCP */, 115 /* L2TP */, 136, 262, 256 };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, 6 /* SOCK_DCCP */ };

	for (size_t p = 0; p < COUNT(protocols); p++)
		for (size_t t = 0; t < COUNT(types); t++) {
			close(socket(AF_INET, types[t], protocols[p]));
			close(socket(AF_INET6, types[t], protocols[p]));
		}
}

static void netlink_protocols(void)
{
	for (int protocol = 0; protocol < 32; protocol++)
		close(socket(AF_NETLINK, SOCK_RAW, protocol));
}

static void file_systems(void)
{
	static const char *const types[] = {
		"xfs", "btrfs", "vfat", "iso9660", "squashfs", "nfs", "cifs", "9p", "fuse", "erofs",
		"udf", "virtiofs", "configfs", "ceph", "exfat", "binfmt_misc",
	};

	mkdir("/escape-mount", 0755);
	for (size_t i = 0; i < COUNT(types); i++) {
		close(fsopen(types[i], 0));
		if (!mount("/dev/null", "/escape-mount", types[i], 0, NULL))
			umount2("/escape-mount", MNT_DETACH);
	}
}

struct message {
	union {
		struct nlmsghdr head;
		char space[512];
	};
};

static void *append(struct message *m, size_t n)
{
	void *at = m->space + m->head.nlmsg_len;

	m->head.nlmsg_len += NLMSG_ALIGN(n);
	return at;
}

static void attribute(struct message *m, int type, const char *text)
{
	struct rtattr *a = append(m, RTA_LENGTH(strlen(text) + 1));

	a->rta_len = RTA_LENGTH(strlen(text) + 1);
	a->rta_type = type;
	strcpy(RTA_DATA(a), text);
}

static void start(struct message *m, int type, int flags)
{
	memset(m, 0, sizeof(*m));
	m->head = (struct nlmsghdr){ .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type,
				     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags };
}

static void ask(int protocol, struct message *m)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer[4096];

	if (send(fd, m, m->head.nlmsg_len, 0) > 0 && poll(&p, 1, 2000) == 1 &&
	    recv(fd, answer, sizeof(answer), 0) < 0)
		perror("answer");
	close(fd);
}

static void links(void)
{
	static const char *const kinds[] = {
		"dummy", "bridge", "bond", "vlan", "macvlan", "ipvlan", "vxlan", "geneve", "wireguard",
		"ipip", "gre", "sit", "vti", "ip6tnl", "ifb", "vrf", "veth", "team", "nlmon", "macsec",
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct message m;
		struct rtattr *info;

		start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
		append(&m, sizeof(struct ifinfomsg));
		info = append(&m, sizeof(*info));
		attribute(&m, IFLA_INFO_KIND, kinds[i]);
		info->rta_type = IFLA_LINKINFO;
		info->rta_len = m.space + m.head.nlmsg_len - (char *)info;
		ask(NETLINK_ROUTE, &m);
	}
}

static void queues(void)
{
	static const char *const kinds[] = { "tbf", "htb", "prio", "sfq", "cake", "netem" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct message m;
		struct tcmsg *t;

		start(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
		t = append(&m, sizeof(*t));
		*t = (struct tcmsg){ .tcm_ifindex = 1, .tcm_parent = TC_H_ROOT };
		attribute(&m, TCA_KIND, kinds[i]);
		ask(NETLINK_ROUTE, &m);
	}
}

static void families(void)
{
	static const char *const names[] = {
		"wireguard", "team", "macsec", "l2tp", "tipc", "IPVS", "ovs_datapath", "fou", "gtp",
		"batadv", "SMC_GEN_NETLINK", "nl80211", "vdpa",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct message m;
		struct genlmsghdr *g;

		start(&m, GENL_ID_CTRL, 0);
		g = append(&m, sizeof(*g));
		*g = (struct genlmsghdr){ CTRL_CMD_GETFAMILY, 1, 0 };
		attribute(&m, CTRL_ATTR_FAMILY_NAME, names[i]);
		ask(NETLINK_GENERIC, &m);
	}
}

static void firewalls(void)
{
	for (int subsystem = 0; subsystem < NFNL_SUBSYS_COUNT; subsystem++) {
		struct message m;

		start(&m, subsystem << 8 | 1, 0);
		append(&m, sizeof(struct nfgenmsg));
		ask(NETLINK_NETFILTER, &m);
	}
}

static void congestion(void)
{
	static const char *const names[] = { "bbr", "htcp", "vegas", "westwood", "dctcp" };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	for (size_t i = 0; i < COUNT(names); i++)
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, names[i], strlen(names[i]));
	setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3);
	setsockopt(fd, IPPROTO_TCP, TCP_ULP, "espintcp", 8);
}

static void disciplines(void)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL))
		return;
	for (int n = 1; n < 30; n++)
		ioctl(slave, TIOCSETD, &n);
}

/* A file of an unknown format is looked for by its first bytes. */
static void formats(void)
{
	int fd = open("/escape-program", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	char *argv[] = { "/escape-program", NULL };

	if (fd < 0 || write(fd, "\x7f" "CGI\xff\xfe\x00\x01", 8) != 8)
		return;
	close(fd);
	if (!fork()) {
		execv(argv[0], argv);
		_exit(1);
	}
	wait(NULL);
	unlink(argv[0]);
}

/* What the parentheses are of is looked for by a thread of the kernel. */
static void ciphers(void)
{
	static const struct sockaddr_alg names[] = {
		{ AF_ALG, "skcipher", 0, 0, "xts(camellia)" }, { AF_ALG, "hash", 0, 0, "xcbc(camellia)" },
		{ AF_ALG, "aead", 0, 0, "ccm(camellia)" }, { AF_ALG, "rng", 0, 0, "stdrng" },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

		if (bind(fd, (const struct sockaddr *)&names[i], sizeof(names[i])))
			errno = 0;
		close(fd);
	}
}

static void (*const ways[])(void) = {
	sockets, inet_protocols, netlink_protocols, file_systems, links, queues, families, firewalls,
	congestion, disciplines, formats, ciphers,
};

static bool loads(const struct attempt *a)
{
	/* What is made is gone with its namespace. */
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return false;
	read_modules(before, sizeof(before));
	if (!before[1]) {
		dprintf(2, "no modules are seen\n");
		abort();
	}
	ways[a->number]();
	return came();
}

static const struct attempt table[] = {
	TRY("a module for a socket", loads, PROOF, .number = 0),
	TRY("a module for a protocol", loads, PROOF, .number = 1),
	TRY("a module for netlink", loads, PROOF, .number = 2),
	TRY("a module for a file system", loads, PROOF, .number = 3),
	TRY("a module for a link", loads, PROOF, .number = 4),
	TRY("a module for a queue", loads, PROOF, .number = 5),
	TRY("a module for a family", loads, PROOF, .number = 6),
	TRY("a module for a firewall", loads, PROOF, .number = 7),
	TRY("a module for congestion", loads, PROOF, .number = 8),
	TRY("a module for a terminal", loads, PROOF, .number = 9),
	TRY("a module for a program", loads, 0, .number = 10),
	TRY("a module for a cipher", loads, PROOF, .number = 11),
};

int main(int argc, char **argv)
{
	return argc > 1 ? attempts(table, COUNT(table), argv[1]) : 2;
}
