// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <string.h>

#include "error.h"
#include "network/rules.h"
#include "syscalls.h"

#define TABLE "inet vzlite"
#define NAT_TABLE "inet vzlite_nat"

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
	const char *set, *hidden, *type, *header;
} sets[] = {
	{ AF_INET, "sources4", "hidden4", "ipv4_addr", "ip" },
	{ AF_INET6, "sources6", "hidden6", "ipv6_addr", "ip6" },
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

/* The private addresses of @family whose VEs asked for it; false: there are none. */
static bool write_hidden(FILE *out, const struct member *members, size_t n, int family)
{
	char text[ADDRESS_TEXT];
	bool any = false;

	for (size_t m = 0; m < n; m++) {
		const struct addresses *list = &members[m].net.addresses;

		for (size_t i = 0; members[m].net.nat && i < list->n; i++) {
			if (list->list[i].family != family || !address_private(&list->list[i]))
				continue;
			address_format(&list->list[i], false, text);
			fprintf(out, "%s%s", any ? ", " : "", text);
			any = true;
		}
	}
	return any;
}

/*
 * A table of its own, which is made anew each time: unlike the other's it has no counters
 * to lose, and it draws in the kernel's connection tracking, which nobody shall have who
 * did not ask for it.
 */
static int write_nat(FILE *out, const struct member *members, size_t n)
{
	fputs("add table " NAT_TABLE "\ndelete table " NAT_TABLE "\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		cleanup_free char *list = NULL;
		size_t size;
		FILE *text = open_memstream(&list, &size);
		bool any = text && write_hidden(text, members, n, sets[i].family);

		if (!text || fclose(text))
			return fail_memory();
		if (!any)
			continue;
		/* Adding what is there already is no error. */
		fputs("add table " NAT_TABLE "\nadd chain " NAT_TABLE " hide "
		      "{ type nat hook postrouting priority srcnat; policy accept; }\n", out);
		fprintf(out, "add set " NAT_TABLE " %s { type %s; }\nadd element " NAT_TABLE " %s { %s }\n"
			"add rule " NAT_TABLE " hide oifgroup != %u %s saddr @%s masquerade\n",
			sets[i].hidden, sets[i].type, sets[i].hidden, list, NETWORK_GROUP, sets[i].header,
			sets[i].hidden);
	}
	return 0;
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

/*
 * Who closes the last descriptor of a socket of nftables waits for the kernel to have freed what
 * was removed by it: 10 ms, half of a start's time. A child keeps it open until we have ended,
 * and waits then. If there can be none, we wait.
 */
static void leave_open(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		/* Nobody is to wait for an end of our output meanwhile. */
		close_range(0, 2, 0);
		while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	/* The other end closes with us. */
	close(ends[0]);
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

		status = fail(EXIT_ADD_IP, "%s %u: write its tables of nftables: %.*s", operation,
			      ctid, (int)strcspn(why, "\n"), why);
	}
	leave_open();
	nft_ctx_free(nft);
	return status;
}

int rules_write(uint32_t ctid, const struct member *members, size_t n)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	if (!out)
		return fail_memory();
	write_table(out, members, n);
	status = write_nat(out, members, n);
	if (fclose(out) && !status)
		status = fail_memory();
	return status ? status : run(ctid, text);
}
