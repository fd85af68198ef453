// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "given.h"
#include "netif_live.h"
#include "setting.h"

static int broken(const struct config *c)
{
	return fail(EXIT_BAD_VALUE, "%s %u: NETIF is broken", operation, c->ctid);
}

/* Of an interface that the VE has nowhere nothing can be set, nor can it be taken away. */
static int check_there(const struct config *c, const char *live, const char *option, const char *name)
{
	struct netifs stored, now;

	if (!netifs_parse(c->netif, &stored) || !netifs_parse(live, &now))
		return broken(c);
	if (!strcmp(name, "all") || netifs_find(&stored, name) || netifs_find(&now, name))
		return 0;
	return fail(EXIT_BAD_VALUE, "%s %u: --%s %.40s: the VE does not have it", operation, c->ctid,
		    option, name);
}

static int change(const struct config *c, const struct setting *s, const char *value, char **live)
{
	char reason[256], *after = NULL;
	const char *why;
	int status = 0;

	if (s->change == netif_delete || s->change == netif_choose)
		status = check_there(c, *live, s->option, value);
	if (status)
		return status;
	why = s->change(*live, value, &after, reason, sizeof(reason));
	if (why)
		return fail(EXIT_BAD_VALUE, "%s %u: --%s: %s", operation, c->ctid, s->option, why);
	free(*live);
	*live = after;
	return 0;
}

int given_live_netifs(const struct given *g, const struct config *c, bool running, char **old,
		      char **live)
{
	struct netifs now = { .n = 0 };
	char *complete;
	int status = running ? netif_read(c->ctid, &now) : 0;

	if (status)
		return status;
	/* A command that was killed left what it replaced behind what it made: that is still
	 * written down, to be removed, but no more what the VE has. */
	netifs_keep_first(&now);
	*old = netifs_join(&now);
	*live = *old ? strdup(*old) : NULL;
	if (!*live)
		return fail_memory();
	for (size_t i = 0; !status && i < g->n; i++) {
		const struct setting *s = setting_by_option(g->list[i].option);

		if (s && s->apply == APPLY_NETIF)
			status = change(c, s, g->list[i].value, live);
	}
	if (status)
		return status;
	complete = netifs_complete_text(*live, c->ctid, NULL);
	if (!complete)
		return fail_memory();
	free(*live);
	*live = complete;
	return 0;
}

int given_complete_netifs(struct config *c, const char *live)
{
	cleanup_free char *text = NULL;

	if (!c->netif)
		return 0;
	text = netifs_complete_text(c->netif, c->ctid, live);
	return text ? config_set(c, "NETIF", text) : broken(c);
}
