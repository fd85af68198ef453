// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spoof INTERFACE KIND SOURCE [DESTINATION [WORD]]: send what an honest VE would not, as frames
 * on its interface. The payload is "spoofed KIND SOURCE WORD", for who looks for it.
 *   udp       a datagram from SOURCE to DESTINATION, IPv4 or IPv6, as a unicast frame
 *   udp-cast  the same as a broadcast frame
 *   fragment  its first half only
 *   arp       "SOURCE is at my address", asked of all for DESTINATION, and told to all
 *   na        the same of IPv6: a neighbour advertisement from SOURCE to DESTINATION
 *   ra        "SOURCE is your router for half an hour", told to DESTINATION
 *   redirect  "SOURCE is the way to 192.0.2.9", told to DESTINATION by ICMP
 *   vlan      the datagram with a tag of VLAN 1
 * SPOOF_FROM and SPOOF_TO in its environment: the frame's own addresses, not the interface's.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 9999

static uint8_t frame[512], mac[6], to_mac[6];
static int to_given;
static size_t length;

static void put(const void *data, size_t n)
{
	memcpy(frame + length, data, n);
	length += n;
}

static void put16(uint16_t value)
{
	value = htons(value);
	put(&value, 2);
}

static uint16_t checksum(uint32_t sum, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? data[i] : data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void ethernet(int broadcast, uint16_t type)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

	/* The host's end has our address, too. */
	put(to_given ? to_mac : broadcast ? all : mac, 6);
	put(mac, 6);
	put16(type);
}

static void set16(size_t at, uint16_t value)
{
	frame[at] = value >> 8;
	frame[at + 1] = value;
}

/* The part of IPv4 that @protocol's @n bytes come behind. */
static void ip4(const uint8_t *from, const uint8_t *to, uint8_t protocol, size_t n, int fragment)
{
	size_t ip = length;

	put16(0x4500);
	put16(20 + n);
	put16(0x1234);
	put16(fragment ? 0x2000 : 0);
	put16(64 << 8 | protocol);
	put16(0);
	put(from, 4);
	put(to, 4);
	set16(ip + 10, checksum(0, frame + ip, 20));
}

static void udp4(const uint8_t *from, const uint8_t *to, const char *text, int fragment)
{
	size_t n = strlen(text);

	ip4(from, to, IPPROTO_UDP, 8 + n, fragment);
	put16(PORT);
	put16(PORT);
	put16(8 + n);
	put16(0);
	put(text, n);
}

/* Behind what it says are the header, and a part, of what it was sent for. */
static void redirect(const uint8_t *from, const uint8_t *to)
{
	static const uint8_t far[4] = { 192, 0, 2, 9 };
	size_t icmp = length + 20;

	ip4(from, to, IPPROTO_ICMP, 36, 0);
	put16(5 << 8 | 1);
	put16(0);
	put(from, 4);
	ip4(to, far, IPPROTO_UDP, 8, 0);
	put16(PORT);
	put16(PORT);
	put16(8);
	put16(0);
	set16(icmp + 2, checksum(0, frame + icmp, 36));
}

/* The part of IPv6 that @protocol's @n bytes come behind. */
static void ip6(const uint8_t *from, const uint8_t *to, uint8_t protocol, size_t n)
{
	put16(0x6000);
	put16(0);
	put16(n);
	put16(protocol << 8 | 255);
	put(from, 16);
	put(to, 16);
}

static void finish6(size_t ip, size_t at, uint8_t protocol)
{
	size_t n = length - ip - 40;

	set16(at, checksum(protocol + n + (uint16_t)~checksum(0, frame + ip + 8, 32), frame + ip + 40, n));
}

static void udp6(const uint8_t *from, const uint8_t *to, const char *text)
{
	size_t ip = length, n = strlen(text);

	ip6(from, to, IPPROTO_UDP, 8 + n);
	put16(PORT);
	put16(PORT);
	put16(8 + n);
	put16(0);
	put(text, n);
	finish6(ip, ip + 46, IPPROTO_UDP);
}

static void advertise(const uint8_t *from, const uint8_t *to)
{
	size_t ip = length;

	ip6(from, to, IPPROTO_ICMPV6, 32);
	put16(136 << 8);
	put16(0);
	put16(0x6000);	/* solicited, override */
	put16(0);
	put(from, 16);
	put16(0x0201);
	put(mac, 6);
	finish6(ip, ip + 42, IPPROTO_ICMPV6);
}

static void router(const uint8_t *from, const uint8_t *to)
{
	size_t ip = length;

	ip6(from, to, IPPROTO_ICMPV6, 16);
	put16(134 << 8);
	put16(0);
	put16(64 << 8);
	put16(1800);
	put16(0);
	put16(0);
	put16(0);
	put16(0);
	finish6(ip, ip + 42, IPPROTO_ICMPV6);
}

static void arp(uint16_t operation, const uint8_t *from, const uint8_t *to)
{
	put16(1);
	put16(0x0800);
	put16(0x0604);
	put16(operation);
	put(mac, 6);
	put(from, 4);
	put(mac, 6);
	put(to, 4);
}

static void transmit(int fd, int index)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6 };

	if (length < 60)
		length = 60;
	if (sendto(fd, frame, length, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("spoof: send");
		exit(1);
	}
	memset(frame, 0, sizeof(frame));
	length = 0;
}

/* From the environment: is it there? */
static int given(const char *name, uint8_t address[6])
{
	const char *text = getenv(name);

	return text && sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &address[0], &address[1],
			      &address[2], &address[3], &address[4], &address[5]) == 6;
}

int main(int argc, char **argv)
{
	uint8_t from[16], to[16];
	char text[128];
	struct ifreq ifr = { 0 };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), v6, index;
	const char *kind;

	if (argc < 4)
		return 2;
	kind = argv[2];
	v6 = strchr(argv[3], ':') != NULL;
	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", argv[1]);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &ifr)) {
		perror("spoof: open");
		return 1;
	}
	index = ifr.ifr_ifindex;
	if (ioctl(fd, SIOCGIFHWADDR, &ifr)) {
		perror("spoof: address");
		return 1;
	}
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	given("SPOOF_FROM", mac);
	to_given = given("SPOOF_TO", to_mac);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, argv[3], from) != 1 ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, argc > 4 ? argv[4] : argv[3], to) != 1)
		return 2;
	snprintf(text, sizeof(text), "spoofed %s %s %s", argv[2], argv[3], argc > 5 ? argv[5] : "");
	if (!strcmp(kind, "arp")) {
		ethernet(1, ETHERTYPE_ARP);
		arp(1, from, to);
		transmit(fd, index);
		ethernet(0, ETHERTYPE_ARP);
		arp(2, from, to);
	} else if (!strcmp(kind, "na")) {
		ethernet(0, ETHERTYPE_IPV6);
		advertise(from, to);
	} else if (!strcmp(kind, "ra")) {
		ethernet(0, ETHERTYPE_IPV6);
		router(from, to);
	} else if (!strcmp(kind, "redirect")) {
		ethernet(0, ETHERTYPE_IP);
		redirect(from, to);
	} else {
		ethernet(!strcmp(kind, "udp-cast"), !strcmp(kind, "vlan") ? ETHERTYPE_VLAN :
			 v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
		if (!strcmp(kind, "vlan")) {
			put16(1);
			put16(v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
		}
		if (v6)
			udp6(from, to, text);
		else
			udp4(from, to, text, !strcmp(kind, "fragment"));
	}
	transmit(fd, index);
	return 0;
}
