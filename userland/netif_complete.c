// SPDX-License-Identifier: GPL-2.0-or-later
/* What nobody has said of an interface. */
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "netif.h"

#define SEED_SIZE 64

/* FNV-1a, and a mixer at its end: names differ in their last letter. */
static uint64_t hash(const char seed[SEED_SIZE], const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < SEED_SIZE; i++)
		h = (h ^ (unsigned char)seed[i]) * 0x100000001b3;
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	return h ^ h >> 33;
}

/* 2 in the first byte: no maker's. */
static void mac_from(uint64_t h, uint8_t mac[MAC_SIZE])
{
	for (int i = 0; i < MAC_SIZE; i++, h >>= 8)
		mac[i] = h;
	mac[0] = (mac[0] & 0x3c) | 2;
}

void mac_choose(const char *ifname, uint8_t mac[MAC_SIZE])
{
	static char seed[SEED_SIZE];
	static bool seeded;

	/* Without the kernel's randomness, which is there, all VEs would have one. */
	if (!seeded && getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	seeded = true;
	mac_from(hash(seed, ifname), mac);
}

/* The highest first byte, as libvirt and LXC take it: a bridge has the lowest of its ports. */
void mac_choose_host(const uint8_t mac[MAC_SIZE], uint8_t host_mac[MAC_SIZE])
{
	memcpy(host_mac, mac, MAC_SIZE);
	host_mac[0] = mac[0] == 0xfe ? 0xfa : 0xfe;
}

/* The same whenever it is asked for on this host, and another on others. */
static void mac_of_host(uint32_t ctid, const char *ifname, uint8_t mac[MAC_SIZE])
{
	cleanup_close int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	char seed[SEED_SIZE] = "", text[IFNAMSIZ + 16];

	if (fd >= 0 && read(fd, seed, 32) < 0)
		seed[0] = '\0';
	snprintf(text, sizeof(text), "%u %s", ctid, ifname);
	mac_from(hash(seed, text), mac);
}

static bool is_used(const struct netifs *list, const char *name)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (!strcmp(list->list[i].host_ifname, name))
			return true;
	return false;
}

/* The first number in a name; -1: there is none, or one that no name of the host's end could hold. */
static int number_in(const char *ifname)
{
	const char *digits = ifname + strcspn(ifname, "0123456789");
	size_t n = strspn(digits, "0123456789");

	return n && n <= 3 ? atoi(digits) : -1;
}

/*
 * veth101.1 of eth1, as vzctl has it, who writes it into a bridge's or a firewall's file; where
 * that is another's, or there is no number, the first that is free. "ve" where that is longer
 * than a name may be.
 */
static void choose_name(const struct netifs *list, const struct netifs *live, uint32_t ctid,
			const char *ifname, char name[IFNAMSIZ])
{
	char text[IFNAMSIZ] = "";

	for (int i = -1; i < 100; i++) {
		int number = i < 0 ? number_in(ifname) : i;

		if (number < 0)
			continue;
		if (snprintf(text, sizeof(text), "veth%u.%d", ctid, number) >= IFNAMSIZ &&
		    snprintf(text, sizeof(text), "ve%u.%d", ctid, number) >= IFNAMSIZ)
			continue;
		if (!is_used(list, text) && !is_used(live, text))
			break;
	}
	strcpy(name, text);
}

static bool is_zero(const uint8_t mac[MAC_SIZE])
{
	static const uint8_t none[MAC_SIZE];

	return !memcmp(mac, none, MAC_SIZE);
}

void netifs_complete(struct netifs *list, uint32_t ctid, const struct netifs *live)
{
	for (size_t i = 0; i < list->n; i++) {
		struct netif *n = &list->list[i];
		const struct netif *known = live ? netifs_find(live, n->ifname) : NULL;

		if (!*n->host_ifname && known && !is_used(list, known->host_ifname))
			strcpy(n->host_ifname, known->host_ifname);
		if (!*n->host_ifname)
			choose_name(list, live, ctid, n->ifname, n->host_ifname);
		if (is_zero(n->mac))
			mac_of_host(ctid, n->ifname, n->mac);
		if (is_zero(n->host_mac) || !memcmp(n->mac, n->host_mac, MAC_SIZE))
			mac_choose_host(n->mac, n->host_mac);
	}
}

char *netifs_complete_text(const char *text, uint32_t ctid, const char *live)
{
	struct netifs list, others;

	if (!netifs_parse(text, &list) || !netifs_parse(live, &others))
		return NULL;
	netifs_complete(&list, ctid, &others);
	return netifs_join(&list);
}
