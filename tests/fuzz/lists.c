// SPDX-License-Identifier: GPL-2.0-or-later
/* The lists and numbers of options and configurations: what is good is so once more, as it is
 * written down. */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "bindmount.h"
#include "cgroup.h"
#include "device.h"
#include "feature.h"
#include "fuzz.h"
#include "io.h"
#include "netif.h"
#include "on_limit.h"
#include "rate.h"
#include "units.h"

static const char *const seeds[] = {
	"10.0.0.101", "10.0.0.101/24 2001:db8::101/64 192.0.2.7", "fd00::1 fe80::1 ::ffff:10.0.0.1 127.0.0.1",
	"ifname=eth0,mac=FE:FF:00:00:00:01,host_ifname=veth101.0,host_mac=FE:FF:00:00:00:02,bridge=br0,mac_filter=off",
	"ifname=eth0,bridge=br0;ifname=eth1,mac=02:00:00:00:00:01",
	"/srv/data:/data,ro /home:/home", "fuse:rw net/tun:r sda1:none", "fuse:on tun:off nesting:on views:off",
	"numproc=log numfile=freeze numpty=exec:/usr/local/bin/told physpages=stop numflock=none",
	"10M", "eth0:1:10000 eth1:1:128", "240:260", "unlimited:unlimited", "16777216K", "4096P:8192P", "10G",
	"0-3,5,8191", "2147483647", "web.example.org", "/machine.slice/a\\x2db.scope",
	"0::/vzlite/101/init.scope", "12:pids:/x\n1:name=systemd:/\n0::/vzlite/101\n",
};

FUZZ_SEED_TEXTS(seeds)

static void numbers(const char *text)
{
	uint64_t number, again;
	uint32_t ctid;
	struct bound bound, twice;
	char written[128];

	for (int unit = UNIT_ITEMS; unit <= UNIT_PAGES; unit++) {
		if (strlen(text) < 32 && parse_size(text, unit, &number))
			fuzz_assert(parse_bound(text, unit, &bound) && bound.barrier == number &&
				    bound.limit == number);
		if (!parse_bound(text, unit, &bound))
			continue;
		fuzz_assert(bound.barrier <= bound.limit);
		format_bound(written, sizeof(written), &bound);
		fuzz_assert(parse_bound(written, unit, &twice) && twice.barrier == bound.barrier &&
			    twice.limit == bound.limit);
	}
	if (parse_u64(text, UINT32_MAX, &number))
		fuzz_assert(number <= UINT32_MAX);
	if (parse_ctid(text, &ctid))
		fuzz_assert(ctid >= 1 && ctid <= INT32_MAX);
	if (rate_parse(text, &number)) {
		rate_shorten(text, written);
		fuzz_assert(rate_parse(written, &again) && again <= number + 125);
	}
	if (valid_name(text) || valid_hostname(text))
		fuzz_assert(!strpbrk(text, " \t\n/'\"$`\\"));
	if (valid_path(text))
		fuzz_assert(*text == '/' && !strpbrk(text, " \t\n'\"$`"));
	(void)parse_cpulist(text);
	(void)valid_cgroup(text);
	(void)io_limit_valid(text);
}

static void addresses(const char *text)
{
	static struct addresses list, again;
	char *joined;

	if (!addresses_parse(text, &list))
		return;
	joined = addresses_join(&list);
	fuzz_assert(joined && addresses_parse(joined, &again) && again.n == list.n);
	for (size_t i = 0; i < list.n; i++)
		fuzz_assert(address_same(&list.list[i], &again.list[i]));
	free(joined);
}

static void netifs(const char *text)
{
	static struct netifs list, again;
	char *joined;

	if (!netifs_parse(text, &list))
		return;
	joined = netifs_join(&list);
	fuzz_assert(joined && netifs_parse(joined, &again) && again.n == list.n);
	for (size_t i = 0; i < list.n; i++)
		fuzz_assert(netif_same(&list.list[i], &again.list[i]));
	free(joined);
}

static void words(const char *text)
{
	static char place[BINDMOUNTS_TEXT > DEVNODES_TEXT ? BINDMOUNTS_TEXT : DEVNODES_TEXT];
	struct limit_rule rules[VZLITE_RESOURCE_COUNT];
	struct devnode nodes[DEVNODES_MAX];
	struct bind binds[BINDMOUNTS_MAX];
	const char *bad;
	int n;

	n = bindmounts_parse(text, place, binds, &bad);
	fuzz_assert(n <= BINDMOUNTS_MAX && (n >= 0) == bindmounts_valid(text));
	for (int i = 0; i < n; i++)
		fuzz_assert(*binds[i].source == '/' && *binds[i].target == '/');
	n = devnodes_parse(text, place, nodes);
	fuzz_assert(n <= DEVNODES_MAX && (n >= 0) == devnodes_valid(text));
	fuzz_assert(on_limit_parse(text, rules, &bad) == on_limit_valid(text));
	if (features_valid(text))
		for (int f = 0; f < FEATURE_COUNT; f++)
			(void)features_on(text, f);
}

static void cgroup(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *below = cgroup_below(text, "/vzlite/101");

	fuzz_assert(!below || !*below || *below == '/');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	numbers(text);
	addresses(text);
	netifs(text);
	words(text);
	free(text);
	cgroup(data, size);
	return 0;
}
