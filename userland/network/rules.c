// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <string.h>

#include "error.h"
#include "network/rules.h"
#include "syscalls.h"
#include "units.h"

#define TABLE "inet " NETWORK_TABLE
#define NAT_TABLE "inet " NETWORK_NAT_TABLE
#define SHARES 8		/* of net.netfilter.nf_conntrack_max: what one VE may have */
#define UNBOUNDED 262144	/* its value on a machine with much memory */

/*
 * Before defragmentation (-400) and connection tracking (-200), so that what is dropped
 * takes none of the host's memory. Other filters see what is accepted here: it is a
 * chain's verdict, not the packet's. What the host has on its loopback is dropped here, as
 * net.ipv4.conf.all.route_localnet would open it, whatever vzCTID's own says.
 */
static const char chain[] =
	"add chain " TABLE " sources { type filter hook prerouting priority -450; policy accept; }\n"
	"flush chain " TABLE " sources\n"
	"add rule " TABLE " sources iifgroup != %u accept\n"
	"add rule " TABLE " sources ip daddr 127.0.0.0/8 drop\n"
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

/* The private addresses whose VEs asked for it. */
static void write_hidden(FILE *out, const struct member *members, size_t n, size_t set)
{
	char text[ADDRESS_TEXT];
	const char *between = "";

	for (size_t m = 0; m < n; m++) {
		const struct addresses *list = &members[m].net.addresses;

		for (size_t i = 0; members[m].net.nat && i < list->n; i++) {
			if (list->list[i].family != sets[set].family || !address_private(&list->list[i]))
				continue;
			if (!*between)
				fprintf(out, "add element " NAT_TABLE " %s { ", sets[set].hidden);
			address_format(&list->list[i], false, text);
			fprintf(out, "%s%s", between, text);
			between = ", ";
		}
	}
	if (*between)
		fputs(" }\n", out);
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

/*
 * A connection takes an entry of the host's one table of them, for days: nobody is to have more
 * than a share. After connection tracking (-200) and before the entry is in the table, which that
 * of a dropped packet never is; and only then, so that who asks for more keeps what he has. Not by
 * "ct state", which has two words for a new one.
 *
 * What one has is kept with the name of his link, which is the same after a restart. The kernel
 * forgets who has none left, so that the set is full only with as many links at once; who finds no
 * room in it is not counted, and the first rule lets him pass: hence the second one.
 *
 * An element keeps the limit that it was made with: one more set for each limit. What was counted
 * before nf_conntrack_max was changed is forgotten.
 */
static const char limit[] =
	"add set " NAT_TABLE " connections%u { type ifname; flags dynamic; size 65535; }\n"
	"add chain " NAT_TABLE " connections { type filter hook prerouting priority -190; policy accept; }\n"
	"flush chain " NAT_TABLE " connections\n"
	"add rule " NAT_TABLE " connections iifgroup %u ct status & confirmed == 0 "
	"add @connections%u { iifname ct count over %u } counter drop\n"
	"add rule " NAT_TABLE " connections iifgroup %u ct status & confirmed == 0 "
	"iifname != @connections%u counter drop\n";

/* Nothing is hidden by it yet, but the kernel has connection tracking then. */
static const char hide[] =
	"add table " NAT_TABLE "\n"
	"add chain " NAT_TABLE " hide { type nat hook postrouting priority srcnat; policy accept; }\n"
	"flush chain " NAT_TABLE " hide\n";

/* -1 with errno, ENOENT when there is no connection tracking. */
static int read_share(unsigned int *share)
{
	char text[24] = "";
	cleanup_close int fd = open("/proc/sys/net/netfilter/nf_conntrack_max", O_RDONLY | O_CLOEXEC);
	uint64_t most;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (!parse_u64(text, UINT32_MAX, &most)) {
		errno = EINVAL;
		return -1;
	}
	/* 0, of kernels before 7: the table has no end. */
	if (!most)
		most = UNBOUNDED;
	*share = most < SHARES ? 1 : most / SHARES;
	return 0;
}

static int find_share(uint32_t ctid, unsigned int *share)
{
	int status, error = read_share(share);

	if (error && errno == ENOENT) {
		status = run(ctid, hide);
		if (status)
			return status;
		error = read_share(share);
	}
	return error ? fail_errno(EXIT_ADD_IP, "%s %u: read net.netfilter.nf_conntrack_max", operation, ctid) : 0;
}

static bool any_hidden(const struct member *members, size_t n)
{
	for (size_t m = 0; m < n; m++)
		for (size_t i = 0; members[m].net.nat && i < members[m].net.addresses.n; i++)
			if (address_private(&members[m].net.addresses.list[i]))
				return true;
	return false;
}

/*
 * A table of its own: it draws in the kernel's connection tracking, which nobody shall have who
 * did not ask for it. It stays while somebody asks, as who had his connections forgotten could
 * have as many again. So it does for @ended, who has just stopped and may only reboot.
 */
static int write_nat(FILE *out, uint32_t ctid, const struct member *members, size_t n,
		     const struct member *ended)
{
	unsigned int share;
	int status;

	if (!any_hidden(members, n) && !(ended && any_hidden(ended, 1))) {
		fputs("add table " NAT_TABLE "\ndelete table " NAT_TABLE "\n", out);
		return 0;
	}
	status = find_share(ctid, &share);
	if (status)
		return status;
	fputs(hide, out);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		fprintf(out, "add set " NAT_TABLE " %s { type %s; }\nflush set " NAT_TABLE " %s\n",
			sets[i].hidden, sets[i].type, sets[i].hidden);
		write_hidden(out, members, n, i);
		fprintf(out, "add rule " NAT_TABLE " hide oifgroup != %u %s saddr @%s masquerade\n",
			NETWORK_GROUP, sets[i].header, sets[i].hidden);
	}
	fprintf(out, limit, share, NETWORK_GROUP, share, share, NETWORK_GROUP, share);
	return 0;
}

bool rules_there(const struct member *members, size_t n, bool *counted)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool quiet = nft && !nft_ctx_buffer_output(nft) && !nft_ctx_buffer_error(nft);
	bool there = quiet && !nft_run_cmd_from_buffer(nft, "list chain " TABLE " sources");

	*counted = !any_hidden(members, n) || (quiet && !nft_run_cmd_from_buffer(nft, "list chain " NAT_TABLE " hide"));
	if (nft)
		nft_ctx_free(nft);
	return there && *counted;
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

int rules_write(uint32_t ctid, const struct member *members, size_t n, const struct member *ended)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	if (!out)
		return fail_memory();
	write_table(out, members, n);
	status = write_nat(out, ctid, members, n, ended);
	if (fclose(out) && !status)
		status = fail_memory();
	return status ? status : run(ctid, text);
}
