/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went through a VE's links, venet0 and those of netif.h, since they were made, as the VE
 * sees it: "in" came to it. Counted at the host's ends; what their filters dropped is in "out",
 * too. */
#ifndef VZLITE_TRAFFIC_H
#define VZLITE_TRAFFIC_H

#include "error.h"
#include "json.h"

struct traffic {
	uint64_t in_bytes, in_packets, out_bytes, out_packets;
};

/* The counters of all links, malloc'ed, for traffic_find(). */
int __must_check traffic_read(char **text);
/* The sum of all that it has. Not *@linked: VE @ctid has no link, or @text is no /proc/net/dev. A
 * status, with its line, when it cannot be read which links it has: then it is the sum of the others. */
int __must_check traffic_find(const char *text, uint32_t ctid, struct traffic *t, bool *linked);

void traffic_rows(FILE *out, const struct traffic *t);
/* A member "network", for an object that is open. */
void traffic_json(struct json *j, const struct traffic *t);

#endif
