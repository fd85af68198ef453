// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "network.h"
#include "table.h"
#include "traffic.h"

#define TRAFFIC_FILE "/proc/net/dev"

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

bool traffic_find(const char *text, uint32_t ctid, struct traffic *t)
{
	char name[IFNAMSIZ];
	size_t n;

	network_link_name(ctid, name);
	n = strlen(name);
	for (; text; text = strchr(text, '\n')) {
		text += strspn(text, " \n");
		if (strncmp(text, name, n) || text[n] != ':')
			continue;
		/* Received, with six more fields behind it, and sent: by the host's end. */
		return sscanf(text + n + 1, "%" SCNu64 "%" SCNu64 "%*u%*u%*u%*u%*u%*u%" SCNu64 "%" SCNu64,
			      &t->out_bytes, &t->out_packets, &t->in_bytes, &t->in_packets) == 4;
	}
	return false;
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
