// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "units.h"

/* First bits that tell what an address is for. */
struct range {
	const char *net;
	int bits;
};

/* What no VE can have. 169.254 and fe80 are where its router is; the first row of IPv6
 * also has IPv4 in disguise. */
static const struct range unusable4[] = {
	{ "0.0.0.0", 8 }, { "127.0.0.0", 8 }, { "169.254.0.0", 16 }, { "224.0.0.0", 3 },
};
static const struct range unusable6[] = {
	{ "::", 8 }, { "fe80::", 10 }, { "fec0::", 10 }, { "ff00::", 8 },
};
static const struct range private4[] = {
	{ "10.0.0.0", 8 }, { "172.16.0.0", 12 }, { "192.168.0.0", 16 }, { "100.64.0.0", 10 },
};
static const struct range private6[] = { { "fc00::", 7 } };

bool address_within(const struct address *a, const uint8_t *net, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return bits <= 8 * address_size(a) && !memcmp(net, a->bytes, whole) &&
	       (!rest || !((net[whole] ^ a->bytes[whole]) >> (8 - rest)));
}

static bool in_range(const struct address *a, const struct range *range)
{
	uint8_t net[16];

	inet_pton(a->family, range->net, net);
	return address_within(a, net, range->bits);
}

static bool in_ranges(const struct address *a, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(a, &ranges[i]))
			return true;
	return false;
}

/* Bits, or, as OpenVZ 7 writes IPv4's, "255.255.255.0". */
static bool parse_prefix(const struct address *a, const char *text, int *prefix)
{
	struct in_addr mask;
	uint32_t host;
	uint64_t bits;

	if (parse_u64(text, address_size(a) * 8, &bits)) {
		*prefix = bits;
		return true;
	}
	if (a->family != AF_INET || inet_pton(AF_INET, text, &mask) != 1)
		return false;
	host = ~ntohl(mask.s_addr);
	*prefix = host ? __builtin_clz(host) : 32;
	return !(host & (host + 1));
}

/* As text, whatever it is for. */
static bool parse_any(const char *text, struct address *a)
{
	char host[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");

	*a = (struct address){ .family = strchr(text, ':') ? AF_INET6 : AF_INET, .prefix = -1 };
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(a->family, host, a->bytes) != 1)
		return false;
	return !text[n] || parse_prefix(a, text + n + 1, &a->prefix);
}

bool address_parse(const char *text, struct address *a)
{
	if (!parse_any(text, a))
		return false;
	return a->family == AF_INET ? !in_ranges(a, unusable4, ARRAY_SIZE(unusable4))
				    : !in_ranges(a, unusable6, ARRAY_SIZE(unusable6));
}

void address_format(const struct address *a, bool prefix, char text[ADDRESS_TEXT])
{
	inet_ntop(a->family, a->bytes, text, ADDRESS_TEXT);
	if (prefix && a->prefix >= 0)
		sprintf(text + strlen(text), "/%d", a->prefix);
}

bool address_same(const struct address *a, const struct address *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, address_size(a));
}

bool address_private(const struct address *a)
{
	return a->family == AF_INET ? in_ranges(a, private4, ARRAY_SIZE(private4))
				    : in_ranges(a, private6, ARRAY_SIZE(private6));
}

bool addresses_have(const struct addresses *list, const struct address *a)
{
	for (size_t i = 0; i < list->n; i++)
		if (address_same(&list->list[i], a))
			return true;
	return false;
}

/* The next word of a list: false at its end, or when it is longer than any can be. */
static bool next_word(const char **text, char word[256], bool *bad)
{
	size_t n;

	*text += strspn(*text, " \t");
	n = strcspn(*text, " \t");
	*bad = n >= 256;
	if (!n || *bad)
		return false;
	memcpy(word, *text, n);
	word[n] = '\0';
	*text += n;
	return true;
}

bool addresses_parse(const char *text, struct addresses *out)
{
	char word[256];
	bool bad = false;

	out->n = 0;
	while (text && next_word(&text, word, &bad)) {
		struct address a;

		/* As vzctl takes them. */
		if (!strcmp(word, "0.0.0.0") || !strcmp(word, "::"))
			continue;
		if (!address_parse(word, &a))
			return false;
		if (addresses_have(out, &a))
			continue;
		if (out->n == ADDRESSES_MAX)
			return false;
		out->list[out->n++] = a;
	}
	return !bad;
}

bool addresses_valid(const char *text)
{
	struct addresses list;

	return addresses_parse(text, &list);
}

bool text_inherits(const char *text)
{
	return !strcmp(text, "inherit");
}

bool nameservers_valid(const char *text)
{
	struct address a;
	char word[256];
	bool bad;
	int n = 0;

	if (text_inherits(text))
		return true;
	while (next_word(&text, word, &bad))
		if (n++ == NAMESERVERS_MAX || !parse_any(word, &a) || a.prefix >= 0)
			return false;
	return !bad;
}

bool searchdomains_valid(const char *text)
{
	char word[256];
	bool bad;
	int n = 0;

	if (text_inherits(text))
		return true;
	while (next_word(&text, word, &bad))
		if (n++ == SEARCHDOMAINS_MAX || !valid_hostname(word) || text_inherits(word))
			return false;
	return !bad;
}

char *addresses_join(const struct addresses *list)
{
	char *text = malloc(list->n * ADDRESS_TEXT + 1), *end = text;

	if (!text)
		return NULL;
	*end = '\0';
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			*end++ = ' ';
		address_format(&list->list[i], true, end);
		end += strlen(end);
	}
	return text;
}

static const char *begin(const char *now, const char *given, struct addresses *list, char *reason,
			 size_t size)
{
	if (!addresses_parse(now, list))
		return "the list that is there is broken";
	if (!given[strspn(given, " \t")]) {
		snprintf(reason, size, "an address is missing");
		return reason;
	}
	return NULL;
}

const char *addresses_add(const char *now, const char *given, char **out, char *reason, size_t size)
{
	struct addresses list;
	const char *why = begin(now, given, &list, reason, size);
	char word[256];
	bool bad = false;

	while (!why && next_word(&given, word, &bad)) {
		struct address a;

		if (!address_parse(word, &a)) {
			snprintf(reason, size, "%.80s is no address that a VE can have", word);
			return reason;
		}
		if (addresses_have(&list, &a))
			continue;
		if (list.n == ADDRESSES_MAX)
			return "too many addresses";
		list.list[list.n++] = a;
	}
	if (why || bad)
		return why ? why : "too long";
	*out = addresses_join(&list);
	return *out ? NULL : "out of memory";
}

static void delete_one(struct addresses *list, const struct address *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!address_same(&list->list[i], a))
			list->list[kept++] = list->list[i];
	list->n = kept;
}

const char *addresses_delete(const char *now, const char *given, char **out, char *reason,
			     size_t size)
{
	struct addresses list;
	const char *why = begin(now, given, &list, reason, size);
	char word[256];
	bool bad = false;

	while (!why && next_word(&given, word, &bad)) {
		struct address a;

		if (!strcmp(word, "all")) {
			list.n = 0;
		} else if (parse_any(word, &a)) {
			delete_one(&list, &a);
		} else {
			snprintf(reason, size, "%.80s is no address", word);
			return reason;
		}
	}
	if (why || bad)
		return why ? why : "too long";
	*out = addresses_join(&list);
	return *out ? NULL : "out of memory";
}
