// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "feature.h"
#include "address.h"
#include "bindmount.h"
#include "cgroup_cpus.h"
#include "device.h"
#include "disk.h"
#include "io.h"
#include "netif.h"
#include "on_limit.h"
#include "rate.h"
#include "setting.h"

static bool all_digits(const char *s)
{
	return !s[strspn(s, "0123456789")];
}

/* A name of digits only would be read as a CTID. */
static bool valid_ve_name(const char *s)
{
	return valid_name(s) && !all_digits(s);
}

static bool valid_layout(const char *s)
{
	return !strcmp(s, "overlay") || !strcmp(s, "dir");
}

static bool valid_yes_no(const char *s)
{
	return !strcmp(s, "yes") || !strcmp(s, "no");
}

static bool valid_cpumask(const char *s)
{
	return cpumask_all(s) || parse_cpulist(s);
}

#define ADDRESSES_RULE "must be IP addresses that a VE can have, with blanks between"
#define NETIF_RULE "must be ifname=NAME[,bridge=NAME][,mac=MAC][,host_ifname=NAME][,host_mac=MAC]" \
		   "[,mac_filter=on|off], with \";\" between, up to 12, no name or MAC twice"
#define BINDMOUNT_RULE "must be SOURCE:TARGET[,ro][,noexec], absolute paths, with blanks between"
#define FIELD(name) .offset = offsetof(struct config, name)

const struct setting settings[] = {
	{ "NAME", "name", "NAME", "another word for the CTID", FIELD(name),
	  .valid = valid_ve_name, .settable = true, .one_ve = true, .label = true, .adopted = true,
	  .apply = APPLY_NAME,
	  .rule = "a name is 1 .. 63 of A-Z a-z 0-9 _ . + -, starts with no . or -, and is no number" },
	{ "HOSTNAME", "hostname", "NAME", "host name", FIELD(hostname),
	  .valid = valid_hostname, .settable = true, .label = true, .apply = APPLY_HOSTNAME,
	  .rule = "not a host name" },
	{ "OSTEMPLATE", "ostemplate", "NAME", "the template of the VE's files", FIELD(ostemplate),
	  .valid = valid_name, .label = true, .rule = "not a template's name" },
	{ "VE_LAYOUT", "layout", "overlay|dir", "share the template's files or copy them",
	  FIELD(layout), .valid = valid_layout, .rule = "must be overlay or dir" },
	{ "VE_INIT", "init", "PATH", "what to run as the VE's init", FIELD(init),
	  .valid = valid_path, .settable = true,
	  .rule = "must be an absolute path without blanks and quotes" },
	{ "LOCAL_UID", "local-uid", "UID", "first of the VE's 65536 host uids and gids",
	  FIELD(local_uid), .min = 65536, .max = UINT32_MAX - 65536ULL, .one_ve = true },
	{ "PHYSPAGES", "ram", "SIZE", "memory limit: physpages 0:SIZE",
	  .memory = true, .settable = true, .apply = APPLY_CGROUP, .limit = CGROUP_MEMORY },
	{ "SWAPPAGES", "swap", "SIZE", "swap limit: swappages 0:SIZE",
	  .memory = true, .settable = true, .apply = APPLY_CGROUP, .limit = CGROUP_SWAP },
	{ "CPUUNITS", "cpuunits", "N", "weight against other VEs, 8 .. 500000, default 1000",
	  FIELD(cpuunits), .min = 8, .max = 500000, .settable = true, .apply = APPLY_CGROUP,
	  .limit = CGROUP_CPU_WEIGHT },
	{ "CPULIMIT", "cpulimit", "PERCENT", "percent of one CPU, 0 = no limit",
	  FIELD(cpulimit), .unit = "%", .max = (CPU_NUMBER_MAX + 1) * 100, .settable = true,
	  .apply = APPLY_CGROUP, .limit = CGROUP_CPU_MAX },
	{ "CPUS", "cpus", "N", "number of CPUs, 0 = all", FIELD(ncpus),
	  .max = CPU_NUMBER_MAX + 1, .settable = true, .apply = APPLY_CGROUP,
	  .limit = CGROUP_CPUSET },
	{ "CPUMASK", "cpumask", "LIST", "the CPUs to run on, like 0-3,5, or all", FIELD(cpumask),
	  .valid = valid_cpumask, .settable = true, .apply = APPLY_CGROUP, .limit = CGROUP_CPUSET,
	  .rule = "not a list of CPUs like 0-3,5, nor all" },
	{ "DISK_QUOTA", "diskquota", "yes|no", "whether --diskspace and --diskinodes hold, from the next start",
	  FIELD(diskquota), .valid = valid_yes_no, .settable = true, .apply = APPLY_DISK, .rule = "must be yes or no" },
	{ "DISKSPACE", "diskspace", "SOFT[:HARD]", "disk space, in KiB or with K, M, G, T",
	  FIELD(diskspace), .valid = disk_space_valid, .settable = true, .apply = APPLY_DISK,
	  .rule = "must be SOFT[:HARD], each KiB, or with K, M, G, T, or unlimited" },
	{ "DISKINODES", "diskinodes", "SOFT[:HARD]", "files and directories",
	  FIELD(diskinodes), .valid = disk_inodes_valid, .settable = true, .apply = APPLY_DISK,
	  .rule = "must be SOFT[:HARD], each a number or unlimited" },
	{ "IOLIMIT", "iolimit", "RATE", "disk I/O in MiB/s, or with B, K, M, G; 0 = no limit",
	  FIELD(iolimit), .valid = io_limit_valid, .change = io_limit_change, .settable = true,
	  .apply = APPLY_CGROUP, .limit = CGROUP_IO_BYTES,
	  .rule = "must be bytes per second from 4096 on, or with K, M or G, or 0" },
	{ "IOPSLIMIT", "iopslimit", "N", "disk operations per second, 0 = no limit",
	  FIELD(iopslimit), .max = UINT32_MAX - 1, .settable = true, .apply = APPLY_CGROUP,
	  .limit = CGROUP_IO_OPERATIONS },
	{ "IOPRIO", "ioprio", "N", "weight of disk I/O against other VEs, 0 .. 7, default 4",
	  FIELD(ioprio), .max = 7, .settable = true, .apply = APPLY_CGROUP,
	  .limit = CGROUP_IO_WEIGHT },
	{ "BINDMOUNT", "bindmount_add", "SRC:DST[,ro][,noexec]", "bind a directory or file of the host into it",
	  FIELD(bindmount), .valid = bindmounts_valid, .change = bindmounts_add, .settable = true,
	  .rule = BINDMOUNT_RULE },
	{ "BINDMOUNT", "bindmount_del", "DST|all", "bind it no more", FIELD(bindmount),
	  .valid = bindmounts_valid, .change = bindmounts_delete, .settable = true,
	  .rule = BINDMOUNT_RULE },
	{ "DEVNODES", "devnodes", "DEVICE:r|w|rw|none", "give it a device of the host's /dev", FIELD(devnodes),
	  .valid = devnodes_valid, .change = devnodes_change, .settable = true,
	  .rule = "must be DEVICE:r|w|rw|none, DEVICE below /dev, with blanks between" },
	{ "STOP_TIMEOUT", "stop-timeout", "SECONDS", "how long stop waits before it kills, default 120",
	  FIELD(stop_timeout), .max = 86400, .settable = true },
	{ "ACTION_TIMEOUT", "action-timeout", "SECONDS", "how long an action script may take, default 600",
	  FIELD(action_timeout), .max = 86400, .settable = true },
	{ "ONBOOT", "onboot", "yes|no", "start with the host", FIELD(onboot),
	  .valid = valid_yes_no, .settable = true, .rule = "must be yes or no" },
	{ "DISABLED", "disabled", "yes|no", "keep it from being started", FIELD(disabled),
	  .valid = valid_yes_no, .settable = true, .rule = "must be yes or no" },
	{ "ALLOWREBOOT", "allowreboot", "yes|no", "start it again when it reboots from inside",
	  FIELD(allowreboot), .valid = valid_yes_no, .settable = true, .rule = "must be yes or no" },
	{ "PRIVILEGED", "privileged", "yes|no", "without the filter of system calls (unsafe)",
	  FIELD(privileged), .valid = valid_yes_no, .settable = true, .rule = "must be yes or no" },
	{ "BOOTORDER", "bootorder", "N", "which VEs `boot` starts first: those of the highest; 0 .. 2^32-1",
	  FIELD(bootorder), .max = UINT32_MAX, .settable = true },
	{ "ON_LIMIT", "on-limit", "RESOURCE=ACTION", "at its limit: log, freeze, stop, exec:/PATH, none",
	  FIELD(on_limit), .valid = on_limit_valid, .change = on_limit_change, .settable = true,
	  .rule = "must be RESOURCE=log|freeze|stop|exec:/PATH|none, with blanks between" },
	{ "FEATURES", "features", "NAME:on|off", "views (its own /proc), fuse, tun, nesting",
	  FIELD(features), .valid = features_valid, .change = features_change, .settable = true,
	  .adopted = true, .apply = APPLY_FEATURES, .rule = "must be NAME:on|off, with blanks or commas between" },
	{ "CGROUP", NULL, NULL, NULL, FIELD(cgroup), .valid = valid_cgroup, .one_ve = true,
	  .rule = "no directory of the cgroup hierarchy, like /machine.slice/x" },
	{ "CGROUP_ID", NULL, NULL, NULL, FIELD(cgroup_id), .min = 1, .max = UINT64_MAX - 1,
	  .one_ve = true },
	{ "BOOT_ID", NULL, NULL, NULL, FIELD(boot_id), .valid = valid_name, .one_ve = true,
	  .rule = "must be what /proc/sys/kernel/random/boot_id holds" },
	{ "IP_ADDRESS", "ipadd", "ADDRESS", "give it an address, IPv4 or IPv6", FIELD(ip_address),
	  .valid = addresses_valid, .change = addresses_add, .settable = true, .one_ve = true,
	  .apply = APPLY_NETWORK, .bad = EXIT_BAD_IP, .rule = ADDRESSES_RULE },
	{ "IP_ADDRESS", "ipdel", "ADDRESS|all", "take an address, or all, away", FIELD(ip_address),
	  .valid = addresses_valid, .change = addresses_delete, .settable = true, .one_ve = true,
	  .apply = APPLY_NETWORK, .bad = EXIT_BAD_IP, .rule = ADDRESSES_RULE },
	{ "NETIF", "netif_add", "IF[,,,,BR]",
	  "give it an interface: IF[,MAC[,HOST_IF[,HOST_MAC[,BRIDGE]]]]", FIELD(netif), .valid = netifs_valid,
	  .change = netif_add, .settable = true, .one_ve = true, .apply = APPLY_NETIF, .rule = NETIF_RULE },
	{ "NETIF", "netif_del", "IF|all", "take an interface, or all of these, away", FIELD(netif),
	  .valid = netifs_valid, .change = netif_delete, .settable = true, .one_ve = true,
	  .apply = APPLY_NETIF, .rule = NETIF_RULE },
	{ "NETIF", "ifname", "IF", "the interface that --mac_filter is of", FIELD(netif),
	  .valid = netifs_valid, .change = netif_choose, .settable = true, .one_ve = true,
	  .apply = APPLY_NETIF, .rule = NETIF_RULE },
	{ "NETIF", "mac_filter", "on|off", "let only the interface's own MAC address send; default on",
	  FIELD(netif), .valid = netifs_valid, .change = netif_filter, .settable = true, .one_ve = true,
	  .apply = APPLY_NETIF, .rule = NETIF_RULE },
	{ "NAT", "nat", "yes|no", "let private addresses go out as the host's", FIELD(nat),
	  .valid = valid_yes_no, .settable = true, .apply = APPLY_NAT, .rule = "must be yes or no" },
	{ "RATE", "rate", "KBIT", "kbit/s each way, or with K, M, G; 0 = no limit", FIELD(rate),
	  .valid = rate_valid, .change = rate_change, .settable = true, .apply = APPLY_RATE, .bad = EXIT_SET_RATE,
	  .rule = "must be kbit/s from 8, also with K, M or G, or DEVICE:CLASS:KBIT, or 0" },
	{ "RATEBOUND", NULL, NULL, NULL, FIELD(ratebound), .valid = valid_yes_no,
	  .rule = "must be yes or no" },
	{ "NAMESERVER", "nameserver", "ADDRESS", "a resolver for its /etc/resolv.conf, up to 3, or inherit",
	  FIELD(nameserver), .valid = nameservers_valid, .join = true, .settable = true, .label = true,
	  .apply = APPLY_RESOLVER, .bad = EXIT_BAD_NAMESERVER,
	  .rule = "must be up to 3 IP addresses, with blanks between, or inherit" },
	{ "SEARCHDOMAIN", "searchdomain", "DOMAIN", "a domain to search names in, up to 6, or inherit",
	  FIELD(searchdomain), .valid = searchdomains_valid, .join = true, .settable = true, .label = true,
	  .apply = APPLY_RESOLVER, .bad = EXIT_BAD_SEARCHDOMAIN,
	  .rule = "must be up to 6 domains, with blanks between, or inherit" },
};
const size_t setting_count = ARRAY_SIZE(settings);

static const struct setting *setting_by_key(const char *key)
{
	for (size_t i = 0; i < setting_count; i++)
		if (!settings[i].memory && same_key(settings[i].key, key))
			return &settings[i];
	return NULL;
}

const struct setting *setting_by_option(const char *option)
{
	for (size_t i = 0; i < setting_count; i++)
		if (settings[i].option && !strcmp(settings[i].option, option))
			return &settings[i];
	return NULL;
}

bool key_find(const char *word, struct key *key)
{
	key->resource = resource_find(word);
	key->setting = key->resource < 0 ? setting_by_key(word) : NULL;
	return key->resource >= 0 || key->setting;
}

static const char *parse_resource(struct config *c, int r, const char *value,
				  char *reason, size_t size)
{
	static const char *const units[] = {
		[UNIT_ITEMS] = "a number", [UNIT_BYTES] = "a number of bytes (or with K, M, G, T, P)",
		[UNIT_PAGES] = "a number of pages (or with K, M, G, T, B)",
	};
	enum unit unit = resources[r].unit;
	uint64_t barrier, limit;
	char head[32] = "";
	const char *colon = strchr(value, ':');

	if (parse_bound(value, unit, &c->bound[r])) {
		c->set[r] = true;
		return NULL;
	}
	if (colon && (size_t)(colon - value) < sizeof(head)) {
		memcpy(head, value, colon - value);
		if (parse_size(head, unit, &barrier) && parse_size(colon + 1, unit, &limit))
			return "the barrier is above the limit";
	}
	snprintf(reason, size, "must be BARRIER[:LIMIT], each %s from 0 to 2^63-1 or unlimited",
		 units[unit]);
	return reason;
}

static const char *parse_number(struct config *c, const struct setting *s, const char *value,
				char *reason, size_t size)
{
	size_t n = strlen(value), unit = s->unit ? strlen(s->unit) : 0;
	char digits[32];
	uint64_t number;

	if (unit && n > unit && !strcmp(value + n - unit, s->unit))
		n -= unit;
	snprintf(digits, sizeof(digits), "%.*s", (int)n, value);
	if (n >= sizeof(digits) || !parse_u64(digits, s->max, &number) || number < s->min) {
		snprintf(reason, size, "must be a number from %" PRIu64 " to %" PRIu64,
			 s->min, s->max);
		return reason;
	}
	*(uint64_t *)((char *)c + s->offset) = number;
	return NULL;
}

static const char *parse_string(struct config *c, const struct setting *s, const char *value)
{
	char **field = (char **)((char *)c + s->offset);
	char *copy = NULL;

	if (*value) {
		if (!s->valid(value))
			return s->rule;
		copy = strdup(value);
		if (!copy)
			return "out of memory";
	}
	free(*field);
	*field = copy;
	return NULL;
}

const char *setting_parse(struct config *c, const struct key *key, const char *value,
			  char *reason, size_t size)
{
	const struct setting *s = key->setting;

	if (key->resource >= 0)
		return parse_resource(c, key->resource, value, reason, size);
	if (!s)
		return "no such setting";
	return s->valid ? parse_string(c, s, value) : parse_number(c, s, value, reason, size);
}
