// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "file.h"
#include "helper.h"
#include "netif_live.h"
#include "paths.h"
#include "private.h"
#include "record.h"

#define KIND "netif"

bool netif_there(uint32_t ctid)
{
	return record_there(ctid, KIND);
}

int netif_read(uint32_t ctid, struct netifs *list)
{
	cleanup_free char *text = NULL;
	char path[RECORD_PATH];
	int status;

	list->n = 0;
	record_path(ctid, KIND, path);
	status = file_read(path, 65536, &text);
	if (status)
		return status < 0 ? 0 : status;
	text[strcspn(text, "\n")] = '\0';
	/* Of what cannot be read the part before is believed. */
	(void)netifs_parse(text, list);
	return 0;
}

int netif_write(uint32_t ctid, const struct netifs *list)
{
	cleanup_free char *text = netifs_join(list), *line = NULL;
	int n = text ? asprintf(&line, "%s\n", text) : -1;

	return n < 0 ? fail_memory() : record_write(ctid, KIND, line, n);
}

void netif_forget(uint32_t ctid)
{
	record_remove(ctid, KIND);
}

int netif_list(struct ids *ids)
{
	return ids_add(ids, VZLITE_RUNDIR, "." KIND);
}

static int compare(uint32_t ctid, const struct netifs *ours, uint32_t other,
		   const struct netifs *theirs)
{
	char text[MAC_TEXT];

	for (size_t i = 0; i < ours->n; i++) {
		const struct netif *a = &ours->list[i];

		for (size_t k = 0; k < theirs->n; k++) {
			const struct netif *b = &theirs->list[k];

			mac_format(a->mac, text);
			if (!strcmp(a->host_ifname, b->host_ifname))
				return fail(EXIT_NETIF, "%s %u: the host's interface %s is VE %u's", operation,
					    ctid, a->host_ifname, other);
			if (!memcmp(a->mac, b->mac, MAC_SIZE))
				return fail(EXIT_NETIF, "%s %u: the MAC address %s is VE %u's", operation,
					    ctid, text, other);
		}
	}
	return 0;
}

static int check_stored(uint32_t ctid, const struct netifs *ours, bool strict)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	for (size_t i = 0; !status && i < n; i++) {
		cleanup_free char *text = NULL;
		struct netifs theirs;

		if (ids[i] == ctid)
			continue;
		status = config_peek(ids[i], "NETIF", true, &text);
		if (status && strict)
			break;
		/* Of a list that is broken what comes before the fault is reserved. */
		(void)netifs_parse(text, &theirs);
		netifs_complete(&theirs, ids[i], NULL);
		if (theirs.n && !strict && private_lost(ids[i]))
			continue;
		status = compare(ctid, ours, ids[i], &theirs);
	}
	return status;
}

/* Given to a VE that runs, and not saved; or what is left of one that was killed, which the
 * next command on it removes. */
static int check_live(uint32_t ctid, const struct netifs *ours)
{
	cleanup_ids struct ids ids = { };
	int status = netif_list(&ids);

	for (size_t i = 0; !status && i < ids.n; i++) {
		struct netifs theirs;

		if (ids.list[i] == ctid)
			continue;
		status = netif_read(ids.list[i], &theirs);
		if (!status)
			status = compare(ctid, ours, ids.list[i], &theirs);
	}
	return status;
}

static int check_bridges(uint32_t ctid, const struct netifs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *bridge = list->list[i].bridge;
		char path[64];

		/* That sysfs is of the host's network, whatever network namespace we are in. */
		snprintf(path, sizeof(path), "/proc/1/root/sys/class/net/%s/bridge", bridge);
		if (*bridge && access(path, F_OK))
			return fail(EXIT_NETIF, "%s %u: the host has no bridge %s, which %s is to be on",
				    operation, ctid, bridge, list->list[i].ifname);
	}
	return 0;
}

int netif_check(uint32_t ctid, const char *text, const char *known, bool strict)
{
	struct netifs list, old;
	size_t kept = 0;
	int status;

	if (!netifs_parse(text, &list) || !netifs_parse(known, &old) || !list.n)
		return 0;
	netifs_complete(&list, ctid, NULL);
	for (size_t i = 0; i < list.n; i++) {
		const struct netif *is = netifs_find(&old, list.list[i].ifname);

		if (!is || !netif_same(is, &list.list[i]))
			list.list[kept++] = list.list[i];
	}
	list.n = kept;
	if (!kept)
		return 0;
	status = check_bridges(ctid, &list);
	if (!status)
		status = check_stored(ctid, &list, strict);
	return status ? status : check_live(ctid, &list);
}

int netif_apply(uint32_t ctid, int pidfd, const char *text, const char *rate)
{
	char fd[16];
	const char *const arguments[] = { fd, text, rate ? rate : "", NULL };

	if (!text || !*text)
		return netif_clear(ctid);
	snprintf(fd, sizeof(fd), "%d", pidfd);
	return helper_task(ctid, NETIF_HELPER, "apply", arguments, pidfd);
}

int netif_rate(uint32_t ctid, const char *rate)
{
	const char *const arguments[] = { rate ? rate : "", NULL };

	return netif_there(ctid) ? helper_task(ctid, NETIF_HELPER, "rate", arguments, -1) : 0;
}

int netif_clear(uint32_t ctid)
{
	const char *const arguments[] = { NULL };

	return netif_there(ctid) ? helper_task(ctid, NETIF_HELPER, "clear", arguments, -1) : 0;
}
