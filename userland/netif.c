// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "netif.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

/* "all" and "default" are where sysctls are of all interfaces. */
static bool name_valid(const char *name)
{
	static const char *const taken[] = { ".", "..", "lo", "all", "default" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (!strcmp(name, taken[i]))
			return false;
	return n && n < IFNAMSIZ && strspn(name, NAME_CHARACTERS) == n;
}

/* venet0 is where the addresses of --ipadd are. */
static bool ifname_valid(const char *name)
{
	return name_valid(name) && strcmp(name, "venet0");
}

/* vz101 is the other end of VE 101's venet0. */
static bool host_ifname_valid(const char *name)
{
	return name_valid(name) &&
	       (strncmp(name, "vz", 2) || !name[2] || name[2 + strspn(name + 2, "0123456789")]);
}

static bool is_set(const uint8_t mac[MAC_SIZE])
{
	static const uint8_t none[MAC_SIZE];

	return memcmp(mac, none, MAC_SIZE);
}

/* 17 characters; false for what no interface can have, too: groups, and all 0. */
static bool parse_mac(const char *text, uint8_t mac[MAC_SIZE])
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	if (strlen(text) != MAC_TEXT - 1)
		return false;
	for (int i = 0; i < MAC_SIZE; i++, text += 3) {
		const char *high = strchr(digits, text[0]), *low = strchr(digits, text[1]);

		if (!high || !low || text[2] != (i < MAC_SIZE - 1 ? ':' : '\0'))
			return false;
		mac[i] = (high - digits) % 16 << 4 | (low - digits) % 16;
	}
	return !(mac[0] & 1) && is_set(mac);
}

void mac_format(const uint8_t mac[MAC_SIZE], char text[MAC_TEXT])
{
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

/* KEY=VALUE, with the value apart. */
static bool parse_field(const char *key, const char *value, struct netif *n)
{
	if (!strcmp(key, "ifname"))
		return ifname_valid(value) && strcpy(n->ifname, value);
	if (!strcmp(key, "host_ifname"))
		return host_ifname_valid(value) && strcpy(n->host_ifname, value);
	if (!strcmp(key, "bridge"))
		return name_valid(value) && strcpy(n->bridge, value);
	if (!strcmp(key, "mac"))
		return parse_mac(value, n->mac);
	if (!strcmp(key, "host_mac"))
		return parse_mac(value, n->host_mac);
	if (strcmp(key, "mac_filter"))
		return false;
	n->unfiltered = !strcmp(value, "off");
	return n->unfiltered || !strcmp(value, "on");
}

/* One, which is cut up. OpenVZ leaves what is not set empty, or out. */
static bool parse_one(char *text, struct netif *n)
{
	char *save, *field;

	*n = (struct netif){ };
	for (field = strtok_r(text, ",", &save); field; field = strtok_r(NULL, ",", &save)) {
		char *value = strchr(field, '=');

		if (!value)
			return false;
		*value++ = '\0';
		if (*value && !parse_field(field, value, n))
			return false;
	}
	/* Both ends cannot have one address: the host would take for its own what is the VE's.
	 * vzctl writes it where none was given for the host's. */
	if (!memcmp(n->mac, n->host_mac, MAC_SIZE))
		memset(n->host_mac, 0, MAC_SIZE);
	return *n->ifname;
}

bool netifs_parse(const char *text, struct netifs *out)
{
	cleanup_free char *copy = strdup(text ? text : "");
	char *save, *one;

	out->n = 0;
	if (!copy)
		return false;
	for (one = strtok_r(copy, ";", &save); one; one = strtok_r(NULL, ";", &save)) {
		if (out->n == ARRAY_SIZE(out->list) || !parse_one(one, &out->list[out->n]))
			return false;
		out->n++;
	}
	return true;
}

static void put(FILE *out, const char *key, const char *value)
{
	if (*value)
		fprintf(out, ",%s=%s", key, value);
}

static void put_mac(FILE *out, const char *key, const uint8_t mac[MAC_SIZE])
{
	char text[MAC_TEXT];

	mac_format(mac, text);
	if (is_set(mac))
		put(out, key, text);
}

char *netifs_join(const struct netifs *list)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct netif *n = &list->list[i];

		fprintf(out, "%sifname=%s", i ? ";" : "", n->ifname);
		put(out, "bridge", n->bridge);
		put_mac(out, "mac", n->mac);
		put(out, "host_ifname", n->host_ifname);
		put_mac(out, "host_mac", n->host_mac);
		put(out, "mac_filter", n->unfiltered ? "off" : "");
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

const struct netif *netifs_find(const struct netifs *list, const char *ifname)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->list[i].ifname, ifname))
			return &list->list[i];
	return NULL;
}

bool netif_same(const struct netif *a, const struct netif *b)
{
	return !strcmp(a->ifname, b->ifname) && !strcmp(a->host_ifname, b->host_ifname) &&
	       !strcmp(a->bridge, b->bridge) && !memcmp(a->mac, b->mac, MAC_SIZE) &&
	       !memcmp(a->host_mac, b->host_mac, MAC_SIZE);
}

/* Has one of the first @n of @list one of the three that must be one interface's alone? */
static bool taken(const struct netifs *list, size_t n, const struct netif *a)
{
	for (size_t i = 0; i < n; i++) {
		const struct netif *b = &list->list[i];

		if (!strcmp(a->ifname, b->ifname) ||
		    (*a->host_ifname && !strcmp(a->host_ifname, b->host_ifname)) ||
		    (is_set(a->mac) && !memcmp(a->mac, b->mac, MAC_SIZE)))
			return true;
	}
	return false;
}

static bool unique(const struct netifs *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (taken(list, i, &list->list[i]))
			return false;
	return true;
}

void netifs_keep_first(struct netifs *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!taken(list, kept, &list->list[i]))
			list->list[kept++] = list->list[i];
	list->n = kept;
}

bool netifs_valid(const char *text)
{
	struct netifs list;

	return netifs_parse(text, &list) && list.n <= NETIFS_MAX && unique(&list);
}

static const char *finish(const struct netifs *list, char **out)
{
	*out = netifs_join(list);
	return *out ? NULL : "out of memory";
}

/* What @given says, in its places: false with @reason. */
static bool parse_given(const char *given, struct netif *n, char *reason, size_t size)
{
	static const char *const keys[] = { "ifname", "mac", "host_ifname", "host_mac", "bridge" };
	char word[64];

	*n = (struct netif){ };
	for (size_t i = 0; ; i++) {
		size_t len = strcspn(given, ",");

		if (i == ARRAY_SIZE(keys) || len >= sizeof(word)) {
			snprintf(reason, size, "must be IFNAME[,MAC[,HOST_IFNAME[,HOST_MAC[,BRIDGE]]]]");
			return false;
		}
		memcpy(word, given, len);
		word[len] = '\0';
		if ((len || !i) && !parse_field(keys[i], word, n)) {
			snprintf(reason, size, "%s is no %s that an interface of a VE can have",
				 len ? word : "\"\"", keys[i]);
			return false;
		}
		if (!given[len])
			return true;
		given += len + 1;
	}
}

const char *netif_add(const char *now, const char *given, char **out, char *reason, size_t size)
{
	struct netifs list;
	struct netif *n;

	if (!netifs_parse(now, &list))
		return "the list that is there is broken";
	if (list.n >= NETIFS_MAX)
		return "too many interfaces";
	n = &list.list[list.n];
	if (!parse_given(given, n, reason, size))
		return reason;
	if (netifs_find(&list, n->ifname)) {
		snprintf(reason, size, "the VE has %s already (--netif_del %s)", n->ifname, n->ifname);
		return reason;
	}
	if (!is_set(n->mac))
		mac_choose(n->ifname, n->mac);
	if (!is_set(n->host_mac))
		mac_choose_host(n->mac, n->host_mac);
	if (!memcmp(n->mac, n->host_mac, MAC_SIZE))
		return "MAC and HOST_MAC must differ";
	list.n++;
	return unique(&list) ? finish(&list, out) : "its MAC or HOST_IFNAME is another's of the VE";
}

const char *netif_delete(const char *now, const char *given, char **out, char *reason, size_t size)
{
	struct netifs list;
	size_t kept = 0;

	if (!strcmp(given, "all")) {
		list.n = 0;
		return finish(&list, out);
	}
	if (!netifs_parse(now, &list))
		return "the list that is there is broken";
	if (!ifname_valid(given)) {
		snprintf(reason, size, "%.40s is no interface", *given ? given : "\"\"");
		return reason;
	}
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.list[i].ifname, given))
			list.list[kept++] = list.list[i];
	list.n = kept;
	return finish(&list, out);
}

/* Options are carried out in their order, each time from the first. */
static char chosen[IFNAMSIZ];

const char *netif_choose(const char *now, const char *given, char **out, char *reason, size_t size)
{
	if (!ifname_valid(given)) {
		snprintf(reason, size, "%.40s is no interface", *given ? given : "\"\"");
		return reason;
	}
	strcpy(chosen, given);
	*out = strdup(now ? now : "");
	return *out ? NULL : "out of memory";
}

const char *netif_filter(const char *now, const char *given, char **out, char *reason, size_t size)
{
	struct netifs list;

	(void)reason;
	(void)size;
	if (!*chosen)
		return "--ifname is missing before it";
	if (strcmp(given, "on") && strcmp(given, "off"))
		return "must be on or off";
	if (!netifs_parse(now, &list))
		return "the list that is there is broken";
	for (size_t i = 0; i < list.n; i++)
		if (!strcmp(list.list[i].ifname, chosen))
			list.list[i].unfiltered = !strcmp(given, "off");
	return finish(&list, out);
}
