// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make links, and what hangs on them. Prints how much was got, and what came then:
 *   links make N             N pairs of links, a0 and b0 and so on
 *   links link QUEUES LENGTH  a pair of links with so many queues for what goes out, of that length
 *   links length LINK N       let its queue have that length
 *   links qdisc LINK KIND [FLOWS]...  traffic control of this kind on it
 *   links qdiscs KIND N       the same on N of the pairs, both ends
 *   links queues LINK N       let it use so many
 *   links threads N QUEUES SYS        N pairs of links with so many queues, each of which is to
 *                              have a thread of the kernel's, by the sysfs at SYS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int tell(long n, int error)
{
	printf("%ld %s\n", n, error ? strerrorname_np(error) : "none");
	return 0;
}

struct message {
	struct nlmsghdr head;
	char rest[1024];
};

static struct rtattr *add(struct message *message, int type, const void *data, size_t size)
{
	struct rtattr *at = (void *)((char *)message + message->head.nlmsg_len);

	at->rta_type = type;
	at->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(at), data, size);
	message->head.nlmsg_len += RTA_SPACE(size);
	return at;
}

static void end(struct message *message, struct rtattr *at)
{
	at->rta_len = (char *)message + message->head.nlmsg_len - (char *)at;
}

/* One request, one answer: 0 or an error. */
static int ask(struct message *message)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), error = 0;

	if (send(fd, message, message->head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		error = errno;
	close(fd);
	return error ? error : -answer.error.error;
}

static struct message request(int type)
{
	return (struct message){ {
		.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
	}, { 0 } };
}

static void add_link(struct message *message, const char *name, uint32_t queues)
{
	message->head.nlmsg_len += sizeof(struct ifinfomsg);
	add(message, IFLA_IFNAME, name, strlen(name) + 1);
	add(message, IFLA_NUM_RX_QUEUES, &queues, sizeof(queues));
	add(message, IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
}

static int pair(const char *name, const char *peer, uint32_t queues)
{
	struct message message = request(RTM_NEWLINK);
	struct rtattr *info, *data, *other;

	add_link(&message, name, queues);
	info = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "veth", 4);
	data = add(&message, IFLA_INFO_DATA, NULL, 0);
	other = add(&message, VETH_INFO_PEER, NULL, 0);
	add_link(&message, peer, queues);
	end(&message, other);
	end(&message, data);
	end(&message, info);
	return ask(&message);
}

/* Of a link with one for each CPU. */
static int channels(const char *name, uint32_t queues)
{
	struct ethtool_channels wanted = { .cmd = ETHTOOL_SCHANNELS, .rx_count = queues, .tx_count = 1 };
	struct ifreq request = { .ifr_data = (void *)&wanted };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, name);
	return tell(0, ioctl(fd, SIOCETHTOOL, &request) ? errno : 0);
}

/* A veth has something to poll when it is up and puts packets together. */
static int polls(const char *name)
{
	struct ethtool_value gro = { ETHTOOL_SGRO, 1 };
	struct ifreq up = { .ifr_flags = IFF_UP }, merge = { .ifr_data = (void *)&gro };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), error;

	strcpy(up.ifr_name, name);
	strcpy(merge.ifr_name, name);
	error = ioctl(fd, SIOCSIFFLAGS, &up) || ioctl(fd, SIOCETHTOOL, &merge) ? errno : 0;
	close(fd);
	return error;
}

static int make(long n)
{
	char name[IFNAMSIZ], peer[IFNAMSIZ];
	int error = 0;
	long i;

	for (i = 0; i < n && !error; i++) {
		snprintf(name, sizeof(name), "a%d", (int)i);
		snprintf(peer, sizeof(peer), "b%d", (int)i);
		error = pair(name, peer, 1);
	}
	return tell(error ? i - 1 : i, error);
}

static int length(const char *name, uint32_t packets)
{
	struct message message = request(RTM_SETLINK);
	struct ifinfomsg *info = (void *)message.rest;

	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message.head.nlmsg_len += sizeof(*info);
	info->ifi_index = if_nametoindex(name);
	add(&message, IFLA_TXQLEN, &packets, sizeof(packets));
	return tell(0, ask(&message));
}

static int one_pair(uint32_t queues, uint32_t packets)
{
	struct message message = request(RTM_NEWLINK);
	struct rtattr *info;

	message.head.nlmsg_len += sizeof(struct ifinfomsg);
	add(&message, IFLA_IFNAME, "one", 4);
	add(&message, IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
	add(&message, IFLA_TXQLEN, &packets, sizeof(packets));
	info = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "veth", 4);
	end(&message, info);
	return ask(&message);
}

static int qdisc(const char *name, const char *kind, char **flows)
{
	struct message message = request(RTM_NEWQDISC);
	struct tcmsg *tc = (void *)message.rest;
	struct rtattr *options;
	uint32_t number;

	message.head.nlmsg_len += sizeof(*tc);
	tc->tcm_ifindex = if_nametoindex(name);
	tc->tcm_parent = TC_H_ROOT;
	tc->tcm_handle = 0x10000;
	add(&message, TCA_KIND, kind, strlen(kind) + 1);
	if (*flows) {
		options = add(&message, TCA_OPTIONS, NULL, 0);
		for (; *flows; flows++) {
			number = atoi(*flows);
			add(&message, TCA_FQ_CODEL_FLOWS, &number, sizeof(number));
		}
		end(&message, options);
	}
	return ask(&message);
}

static int qdiscs(const char *kind, long n)
{
	char name[IFNAMSIZ];
	int error = 0;
	long i;

	for (i = 0; i < 2 * n && !error; i++) {
		snprintf(name, sizeof(name), "%c%d", i % 2 ? 'b' : 'a', (int)i / 2);
		error = qdisc(name, kind, (char *[]){ NULL });
	}
	return tell(error ? i - 1 : i, error);
}

static int threads(long n, long queues, const char *sys)
{
	char name[IFNAMSIZ], peer[IFNAMSIZ], path[128];
	int fd, error = 0;
	long i;

	for (i = 0; i < n && !error; i++) {
		snprintf(name, sizeof(name), "a%d", (int)i);
		snprintf(peer, sizeof(peer), "b%d", (int)i);
		snprintf(path, sizeof(path), "%s/class/net/%s/threaded", sys, name);
		error = pair(name, peer, queues);
		if (!error)
			error = polls(name);
		fd = open(path, O_WRONLY);
		if (!error && (fd < 0 || write(fd, "1", 1) != 1))
			error = errno;
		close(fd);
	}
	return tell(error ? i - 1 : i, error);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long number[2] = { argc > 2 ? atol(argv[2]) : 0, argc > 3 ? atol(argv[3]) : 0 };

	if (!strcmp(what, "make") && argc > 2)
		return make(number[0]);
	if (!strcmp(what, "link") && argc > 3)
		return tell(0, one_pair(number[0], number[1]));
	if (!strcmp(what, "length") && argc > 3)
		return length(argv[2], number[1]);
	if (!strcmp(what, "qdisc") && argc > 3)
		return tell(0, qdisc(argv[2], argv[3], argv + 4));
	if (!strcmp(what, "qdiscs") && argc > 3)
		return qdiscs(argv[2], number[1]);
	if (!strcmp(what, "queues") && argc > 3)
		return channels(argv[2], number[1]);
	if (!strcmp(what, "threads") && argc > 4)
		return threads(number[0], number[1], argv[4]);
	fprintf(stderr, "usage: links make|link|length|qdisc|qdiscs|queues|threads ...\n");
	return 2;
}
