// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "network/announce.h"

struct arp_frame {
	struct ether_header ether;
	struct ether_arp arp;
} __attribute__((packed));

/* With the option that says the link-layer address. */
struct advertisement {
	struct nd_neighbor_advert na;
	struct nd_opt_hdr option;
	uint8_t mac[ETH_ALEN];
} __attribute__((packed));

struct ndp_frame {
	struct ether_header ether;
	struct ip6_hdr ip6;
	struct advertisement body;
} __attribute__((packed));

static size_t fill_arp(struct arp_frame *f, const uint8_t *mac, const struct address *a)
{
	*f = (struct arp_frame){
		.ether.ether_type = htons(ETHERTYPE_ARP),
		.arp.ea_hdr = {
			.ar_hrd = htons(ARPHRD_ETHER), .ar_pro = htons(ETHERTYPE_IP), .ar_hln = ETH_ALEN,
			.ar_pln = 4, .ar_op = htons(ARPOP_REQUEST),
		},
	};
	memset(f->ether.ether_dhost, 0xff, ETH_ALEN);
	memcpy(f->ether.ether_shost, mac, ETH_ALEN);
	memcpy(f->arp.arp_sha, mac, ETH_ALEN);
	memcpy(f->arp.arp_spa, a->bytes, 4);
	memcpy(f->arp.arp_tpa, a->bytes, 4);
	return sizeof(*f);
}

static uint32_t sum(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t total = 0;

	for (size_t i = 0; i < size; i += 2)
		total += bytes[i] << 8 | bytes[i + 1];
	return total;
}

/* Of its pseudo header and itself, which is of an even size. */
static uint16_t checksum(const struct ndp_frame *f)
{
	uint32_t total = sum(&f->ip6.ip6_src, 16) + sum(&f->ip6.ip6_dst, 16) + sizeof(f->body) +
			 IPPROTO_ICMPV6 + sum(&f->body, sizeof(f->body));

	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons(~total);
}

/* From the address itself, as arping and OpenVZ's ndsend do, to all nodes, ff02::1. */
static size_t fill_ndp(struct ndp_frame *f, const uint8_t *mac, const struct address *a)
{
	static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
	static const uint8_t all_nodes_mac[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };

	*f = (struct ndp_frame){
		.ether.ether_type = htons(ETHERTYPE_IPV6),
		.ip6 = { .ip6_flow = htonl(6U << 28), .ip6_plen = htons(sizeof(f->body)),
			 .ip6_nxt = IPPROTO_ICMPV6, .ip6_hlim = 255 },
		.body.na.nd_na_type = ND_NEIGHBOR_ADVERT,
		.body.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.body.option = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
	};
	memcpy(f->ether.ether_dhost, all_nodes_mac, ETH_ALEN);
	memcpy(f->ether.ether_shost, mac, ETH_ALEN);
	memcpy(&f->ip6.ip6_src, a->bytes, 16);
	memcpy(&f->ip6.ip6_dst, all_nodes, 16);
	memcpy(&f->body.na.nd_na_target, a->bytes, 16);
	memcpy(f->body.mac, mac, ETH_ALEN);
	f->body.na.nd_na_cksum = checksum(f);
	return sizeof(*f);
}

/* False when it has none, or nobody can hear it. */
static bool find_mac(int fd, int index, uint8_t mac[ETH_ALEN])
{
	struct ifreq ifr = { };

	if (!if_indextoname(index, ifr.ifr_name) || ioctl(fd, SIOCGIFFLAGS, &ifr) ||
	    !(ifr.ifr_flags & IFF_UP) || ifr.ifr_flags & (IFF_LOOPBACK | IFF_NOARP) ||
	    ioctl(fd, SIOCGIFHWADDR, &ifr) || ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return true;
}

int announce(int index, const struct address *a)
{
	const struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = index };
	union { struct arp_frame arp; struct ndp_frame ndp; } frame;
	/* Of no protocol: it receives nothing. */
	cleanup_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint8_t mac[ETH_ALEN];
	size_t size;

	if (fd < 0)
		return errno;
	if (!find_mac(fd, index, mac))
		return 0;
	size = a->family == AF_INET ? fill_arp(&frame.arp, mac, a) : fill_ndp(&frame.ndp, mac, a);
	if (sendto(fd, &frame, size, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == ENETDOWN || errno == ENXIO ? 0 : errno;
	return 0;
}
