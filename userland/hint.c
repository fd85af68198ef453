// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "hint.h"
#include "util.h"

#define HELP "vzlite help"
#define FREEZE "suspend and resume keep it in memory"
#define IN_FILE "not in vzlite; a comment in CTID.conf is kept"
#define MANUAL "man vzlite: DIFFERENCES FROM VZCTL"

static const struct {
	const char *word, *hint;
} hints[] = {
	{ "chkpnt", FREEZE }, { "restore", FREEZE },
	{ "delete", "destroy" },
	{ "exec2", "exec, whose status is the command's" },
	{ "exec3", "exec, whose status is the command's" },
	{ "runscript", "exec CTID sh -s <SCRIPT" },
	{ "console", "enter" },
	{ "snapshot", MANUAL }, { "convert", MANUAL }, { "compact", MANUAL }, { "migrate", MANUAL },
	{ "quotaon", "set CTID --diskquota yes --save, from the next start on" },
	{ "quotaoff", "set CTID --diskquota no --save, from the next start on" },
	{ "--userpasswd", "exec CTID chpasswd, with user:password on its standard input" },
	{ "--config", "vzlite.conf has what holds for all VEs" },
	{ "--applyconfig", "vzlite.conf has what holds for all VEs" },
	{ "--description", IN_FILE },
	{ "--local_uid", "--local-uid" }, { "--local_gid", "--local-uid, which is both" },
	{ "--host_ifname", "--netif_add IF,MAC,HOST_IF,HOST_MAC,BRIDGE" },
	{ "--host_mac", "--netif_add IF,MAC,HOST_IF,HOST_MAC,BRIDGE" },
	{ "--mac", "--netif_add IF,MAC,HOST_IF,HOST_MAC,BRIDGE" },
	{ "--bridge", "--netif_add IF,MAC,HOST_IF,HOST_MAC,BRIDGE" },
	{ "--devices", "--devnodes DEVICE:rw" },
	{ "--ostemplate", "only create takes it" }, { "--layout", "only create takes it" },
	{ "--vm_overcommit", "--privvmpages" },
	{ "--setmode", "restart" },
	{ "--skip-umount", "stop unmounts" }, { "--skip-fsck", "nothing is checked at a start" },
	{ "--exec", "exec" },
	{ "--applyconfig_map", MANUAL }, { "--capability", MANUAL }, { "--iptables", MANUAL },
	{ "--meminfo", MANUAL }, { "--mount_opts", MANUAL }, { "--netdev_add", MANUAL },
	{ "--netdev_del", MANUAL }, { "--netfilter", MANUAL }, { "--nodemask", MANUAL },
	{ "--offline-resize", MANUAL }, { "--pci_add", MANUAL }, { "--pci_del", MANUAL },
	{ "--private", MANUAL }, { "--quotatime", MANUAL }, { "--quotaugidlimit", MANUAL },
	{ "--reset_ub", MANUAL }, { "--root", MANUAL },
};

const char *hint_for(const char *word)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strlen(hints[i].word) == n && !memcmp(hints[i].word, word, n))
			return hints[i].hint;
	return HELP;
}
