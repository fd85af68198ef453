// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "netif_live.h"
#include "network.h"
#include "table.h"
#include "traffic.h"

/* The host's: who asks may be in another network namespace. */
#define TRAFFIC_FILE "/proc/1/net/dev"

int traffic_read(char **text)
{
	cleanup_file FILE *file = fopen(TRAFFIC_FILE, "re");
	size_t size = 0;

	*text = NULL;
	/* A file without NUL: all of it. */
	if (!file || getdelim(text, &size, '\0', file) <= 0)
		return fail_errno(EXIT_SYSTEM, "%s: read " TRAFFIC_FILE, operation);
	return 0;
}

/* Of the host's end @name, added to *t. */
static bool add_link(const char *text, const char *name, struct traffic *t)
{
	size_t n = strlen(name);
	struct traffic one;

	for (; text; text = strchr(text, '\n')) {
		text += strspn(text, " \n");
		if (strncmp(text, name, n) || text[n] != ':')
			continue;
		/* Received, with six more fields behind it, and sent: by the host's end. */
		if (sscanf(text + n + 1, "%" SCNu64 "%" SCNu64 "%*u%*u%*u%*u%*u%*u%" SCNu64 "%" SCNu64,
			   &one.out_bytes, &one.out_packets, &one.in_bytes, &one.in_packets) != 4)
			return false;
		t->out_bytes += one.out_bytes;
		t->out_packets += one.out_packets;
		t->in_bytes += one.in_bytes;
		t->in_packets += one.in_packets;
		return true;
	}
	return false;
}

int traffic_find(const char *text, uint32_t ctid, struct traffic *t, bool *linked)
{
	char name[IFNAMSIZ];
	struct netifs list;
	int status;

	*t = (struct traffic){ };
	network_link_name(ctid, name);
	*linked = add_link(text, name, t);
	if (!netif_there(ctid))
		return 0;
	status = netif_read(ctid, &list);
	for (size_t i = 0; i < list.n; i++)
		*linked |= add_link(text, list.list[i].host_ifname, t);
	return status;
}

static void row(FILE *out, const char *name, uint64_t bytes, uint64_t packets)
{
	char human[24];

	format_human(human, sizeof(human), UNIT_BYTES, bytes);
	fprintf(out, "%10s  %-12s %11s bytes %11" PRIu64 " packets\n", "", name, human, packets);
}

void traffic_rows(FILE *out, const struct traffic *t)
{
	row(out, "network in", t->in_bytes, t->in_packets);
	row(out, "network out", t->out_bytes, t->out_packets);
}

void traffic_json(struct json *j, const struct traffic *t)
{
	json_open(j, "network", '{');
	json_number(j, "in_bytes", t->in_bytes);
	json_number(j, "in_packets", t->in_packets);
	json_number(j, "out_bytes", t->out_bytes);
	json_number(j, "out_packets", t->out_packets);
	json_close(j, '}');
}
