// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "given.h"
#include "network.h"
#include "setting.h"

static int read_live(uint32_t ctid, char **old, char **live, bool *nat)
{
	struct network net;
	int status = network_read(ctid, &net);

	if (status)
		return status;
	*nat = net.nat;
	*old = addresses_join(&net.addresses);
	*live = *old ? strdup(*old) : NULL;
	return *live ? 0 : fail_memory();
}

/* --ipdel of an address that the VE has nowhere is a mistake. */
static int check_deleted(const struct config *c, const char *now, const char *value)
{
	struct addresses stored, live, gone;

	if (!addresses_parse(value, &gone) || !addresses_parse(c->ip_address, &stored) ||
	    !addresses_parse(now, &live))
		return 0;
	for (size_t i = 0; i < gone.n; i++)
		if (!addresses_have(&stored, &gone.list[i]) && !addresses_have(&live, &gone.list[i]))
			return fail(EXIT_BAD_IP, "%s %u: --ipdel %.80s: the VE does not have it",
				    operation, c->ctid, value);
	return 0;
}

int given_live_addresses(const struct given *g, const struct config *c, char **old, char **live,
			 bool *nat)
{
	int status = read_live(c->ctid, old, live, nat);

	for (size_t i = 0; !status && i < g->n; i++) {
		const struct setting *s = setting_by_option(g->list[i].option);
		const char *value = g->list[i].value, *why;
		char reason[256], *after = NULL;

		if (!s || s->apply != APPLY_NETWORK)
			continue;
		if (s->change == addresses_delete && (status = check_deleted(c, *live, value)))
			break;
		why = s->change(*live, value, &after, reason, sizeof(reason));
		if (why)
			return fail(EXIT_BAD_IP, "%s %u: --%s: %s", operation, c->ctid, s->option, why);
		free(*live);
		*live = after;
	}
	return status;
}
