/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of a VE beside venet0, as a configuration has them, in OpenVZ's form:
 *   NETIF="ifname=eth0,bridge=vmbr0,mac=..,host_ifname=veth101.0,host_mac=..,mac_filter=on;ifname=eth1"
 * Each is a pair of veth, of which the host has the other end, on a bridge or as the admin
 * likes. What one of them leaves out is chosen by netifs_complete().
 */
#ifndef VZLITE_NETIF_H
#define VZLITE_NETIF_H

#include <net/if.h>

#include "util.h"

#define NETIFS_MAX 12		/* their text must fit into a line of a configuration */
#define MAC_SIZE 6
#define MAC_TEXT 18

struct netif {
	char ifname[IFNAMSIZ];		/* in the VE */
	char host_ifname[IFNAMSIZ];	/* "": not chosen yet */
	char bridge[IFNAMSIZ];		/* "": on none */
	uint8_t mac[MAC_SIZE], host_mac[MAC_SIZE];	/* all 0: not chosen yet */
	bool unfiltered;		/* mac_filter=off: it may send from any MAC address */
};

/* A list, with room for those that are and those that are to be. */
struct netifs {
	struct netif list[2 * NETIFS_MAX];
	size_t n;
};

/* NULL is an empty list. False when one is no interface that a VE can have, or there are too
 * many; the same twice is nothing that it looks for. */
bool netifs_parse(const char *text, struct netifs *out);
/* As netifs_parse() takes it, malloc'ed; NULL: out of memory. */
char *netifs_join(const struct netifs *list);
const struct netif *netifs_find(const struct netifs *list, const char *ifname);
bool netif_same(const struct netif *a, const struct netif *b);
/* Of those that share an ifname, a host_ifname or a MAC address only the first. */
void netifs_keep_first(struct netifs *list);
void mac_format(const uint8_t mac[MAC_SIZE], char text[MAC_TEXT]);

/*
 * Choose what @list leaves open, for VE @ctid: a host_ifname that is free in it and in
 * @live (may be NULL), or that which the interface has there; a MAC address that is always
 * the same on this host; and for the host's end one that no bridge would take for its own
 * (a bridge has the lowest of its ports).
 */
void netifs_complete(struct netifs *list, uint32_t ctid, const struct netifs *live);
/* The same of texts: malloc'ed, NULL: out of memory, or no list. */
char *netifs_complete_text(const char *text, uint32_t ctid, const char *live);

/* A MAC address of no maker's for an interface that is made now, at random, but the same for
 * one name while this process runs; and one for its other end. */
void mac_choose(const char *ifname, uint8_t mac[MAC_SIZE]);
void mac_choose_host(const uint8_t mac[MAC_SIZE], uint8_t host_mac[MAC_SIZE]);

/*
 * For setting.h: a list; what --netif_add (IFNAME[,MAC[,HOST_IFNAME[,HOST_MAC[,BRIDGE]]]],
 * each but the first may be empty) makes of it, and --netif_del; --ifname, which says what
 * the next --mac_filter is of, and that.
 */
bool netifs_valid(const char *text);
const char *netif_add(const char *now, const char *given, char **out, char *reason, size_t size);
const char *netif_delete(const char *now, const char *given, char **out, char *reason, size_t size);
const char *netif_choose(const char *now, const char *given, char **out, char *reason, size_t size);
const char *netif_filter(const char *now, const char *given, char **out, char *reason, size_t size);

#endif
