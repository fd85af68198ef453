// SPDX-License-Identifier: GPL-2.0-or-later
#include <nftables/libnftables.h>
#include <string.h>

#include "error.h"
#include "network/rules.h"

#define TABLE "inet vzlite"

/*
 * Before defragmentation (-400) and connection tracking (-200), so that what is dropped
 * takes none of the host's memory. Other filters see what is accepted here: it is a
 * chain's verdict, not the packet's.
 */
static const char chain[] =
	"add chain " TABLE " sources { type filter hook prerouting priority -450; policy accept; }\n"
	"flush chain " TABLE " sources\n"
	"add rule " TABLE " sources iifgroup != %u accept\n"
	"add rule " TABLE " sources meta pkttype host iifname . ip saddr @sources4 accept\n"
	"add rule " TABLE " sources meta pkttype host iifname . ip6 saddr @sources6 accept\n"
	"add rule " TABLE " sources counter drop\n";

static const struct {
	int family;
	const char *set, *type;
} sets[] = {
	{ AF_INET, "sources4", "ipv4_addr" },
	{ AF_INET6, "sources6", "ipv6_addr" },
};

static void write_elements(FILE *out, const struct member *m, int family, const char *set)
{
	char name[IFNAMSIZ], text[ADDRESS_TEXT];
	const char *between = "";

	network_link_name(m->ctid, name);
	for (size_t i = 0; i < m->net.addresses.n; i++) {
		if (m->net.addresses.list[i].family != family)
			continue;
		if (!*between)
			fprintf(out, "add element " TABLE " %s { ", set);
		address_format(&m->net.addresses.list[i], false, text);
		fprintf(out, "%s\"%s\" . %s", between, name, text);
		between = ", ";
	}
	if (*between)
		fputs(" }\n", out);
}

static void write_table(FILE *out, const struct member *members, size_t n)
{
	fputs("add table " TABLE "\n", out);
	if (!n) {
		fputs("delete table " TABLE "\n", out);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		fprintf(out, "add set " TABLE " %s { type ifname . %s; }\nflush set " TABLE " %s\n",
			sets[i].set, sets[i].type, sets[i].set);
		for (size_t m = 0; m < n; m++)
			write_elements(out, &members[m], sets[i].family, sets[i].set);
	}
	fprintf(out, chain, NETWORK_GROUP);
}

static int run(uint32_t ctid, const char *text)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int status = 0;

	if (!nft)
		return fail_memory();
	nft_ctx_buffer_error(nft);
	if (nft_run_cmd_from_buffer(nft, text)) {
		const char *why = nft_ctx_get_error_buffer(nft);

		status = fail(EXIT_ADD_IP, "%s %u: write the nftables table " TABLE ": %.*s", operation,
			      ctid, (int)strcspn(why, "\n"), why);
	}
	nft_ctx_free(nft);
	return status;
}

int rules_write(uint32_t ctid, const struct member *members, size_t n)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return fail_memory();
	write_table(out, members, n);
	if (fclose(out))
		return fail_memory();
	return run(ctid, text);
}
