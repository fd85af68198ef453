/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses, and lists of them as a configuration has them: IP_ADDRESS="10.0.0.101
 * 2001:db8::101/64", with blanks between. A prefix is kept as it was written, which
 * is what OpenVZ's files hold, and means nothing: to a VE everything is behind the host.
 */
#ifndef VZLITE_ADDRESS_H
#define VZLITE_ADDRESS_H

#include <netinet/in.h>
#include "util.h"

#define ADDRESS_TEXT 64
#define ADDRESSES_MAX 100

struct address {
	int family;		/* AF_INET or AF_INET6 */
	uint8_t bytes[16];	/* network order; IPv4: the first 4 */
	int prefix;		/* -1: none was written */
};

struct addresses {
	struct address list[ADDRESSES_MAX];
	size_t n;
};

static inline size_t address_size(const struct address *a)
{
	return a->family == AF_INET ? 4 : 16;
}

/* "10.0.0.101", "2001:db8::101/64". False for what no VE can have, too: loopback,
 * multicast, link-local, unspecified and mapped addresses. */
bool address_parse(const char *text, struct address *a);
/* In the one way that the kernel writes it; without the prefix, unless @prefix. */
void address_format(const struct address *a, bool prefix, char text[ADDRESS_TEXT]);
/* Whatever their prefixes. */
bool address_same(const struct address *a, const struct address *b);
/* Is it in the network of which @net are the first @bits, of the same family? */
bool address_within(const struct address *a, const uint8_t *net, unsigned int bits);
/* Of those that no router of the Internet knows: RFC 1918, RFC 6598, RFC 4193. */
bool address_private(const struct address *a);

/* NULL is an empty list. One that stands twice counts once.
 * False when one is bad, or there are too many. */
bool addresses_parse(const char *text, struct addresses *out);
/* As addresses_parse() takes it, malloc'ed; NULL: out of memory. */
char *addresses_join(const struct addresses *list);
bool addresses_have(const struct addresses *list, const struct address *a);

#define NAMESERVERS_MAX 3	/* as many as libc's resolver looks at */
#define SEARCHDOMAINS_MAX 6

/* OpenVZ's word for the host's resolvers, or its domains: "inherit". */
bool text_inherits(const char *text);

/* For setting.h: a list of addresses; of such whose resolvers answer (also loopback's), or
 * "inherit"; of domains, or "inherit"; and what --ipadd and --ipdel make of a list (NULL: nothing yet). */
bool addresses_valid(const char *text);
bool nameservers_valid(const char *text);
bool searchdomains_valid(const char *text);
const char *addresses_add(const char *now, const char *given, char **out, char *reason, size_t size);
const char *addresses_delete(const char *now, const char *given, char **out, char *reason, size_t size);

#endif
