// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "helper.h"
#include "network.h"
#include "paths.h"
#include "private.h"
#include "state.h"
#include "units.h"

#define HELPER VZLITE_LIBEXECDIR "/vzlite-network"

/* Which of @ours is in @theirs: NULL when none is. */
static const struct address *common(const struct addresses *ours, const struct addresses *theirs)
{
	for (size_t i = 0; i < ours->n; i++)
		if (addresses_have(theirs, &ours->list[i]))
			return &ours->list[i];
	return NULL;
}

static int in_use(uint32_t ctid, const struct address *a, uint32_t other)
{
	char text[ADDRESS_TEXT];

	address_format(a, false, text);
	return fail(EXIT_IP_IN_USE, "%s %u: the address %s is VE %u's", operation, ctid, text, other);
}

static int check_stored(uint32_t ctid, const struct addresses *ours, bool strict)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	for (size_t i = 0; !status && i < n; i++) {
		cleanup_free char *text = NULL;
		struct addresses theirs;
		const struct address *a;

		if (ids[i] == ctid)
			continue;
		/* Of a list that is broken what comes before the fault is reserved. */
		status = config_peek(ids[i], "IP_ADDRESS", true, &text);
		if (status && strict)
			break;
		status = 0;
		if (!text)
			continue;
		(void)addresses_parse(text, &theirs);
		a = common(ours, &theirs);
		if (a && (strict || !private_lost(ids[i])))
			return in_use(ctid, a, ids[i]);
		if (a)
			warn("%s %u: VE %u, whose files are gone, has an address of its", operation, ctid,
			     ids[i]);
	}
	return status;
}

/* Given to a VE that runs, and not saved. */
static int check_live(uint32_t ctid, const struct addresses *ours)
{
	cleanup_ids struct ids ids = { };
	int status = network_list(&ids);

	for (size_t i = 0; !status && i < ids.n; i++) {
		struct network net;
		const struct address *a;

		if (ids.list[i] == ctid || !ve_running(ids.list[i]))
			continue;
		status = network_read(ids.list[i], &net);
		a = status ? NULL : common(ours, &net.addresses);
		if (a)
			return in_use(ctid, a, ids.list[i]);
	}
	return status;
}

int network_check(uint32_t ctid, const char *text, bool strict)
{
	struct addresses ours;
	int status;

	if (!addresses_parse(text, &ours) || !ours.n)
		return 0;
	status = check_stored(ctid, &ours, strict);
	return status ? status : check_live(ctid, &ours);
}

int network_apply(uint32_t ctid, int pidfd, const char *text, bool nat, const char *rate)
{
	char fd[16];
	const char *const arguments[] = { fd, text, nat ? "nat" : "", rate ? rate : "", NULL };

	if (!text || !*text)
		return network_clear(ctid);
	snprintf(fd, sizeof(fd), "%d", pidfd);
	return helper_task(ctid, HELPER, "apply", arguments, pidfd);
}

int network_rate(uint32_t ctid, const char *rate)
{
	const char *const arguments[] = { rate ? rate : "", NULL };

	return network_there(ctid) ? helper_task(ctid, HELPER, "rate", arguments, -1) : 0;
}

int network_clear(uint32_t ctid)
{
	const char *const arguments[] = { NULL };

	return network_there(ctid) ? helper_task(ctid, HELPER, "clear", arguments, -1) : 0;
}

bool network_is_link(const char *device)
{
	char name[IFNAMSIZ];
	uint32_t ctid;

	if (strncmp(device, "vz", 2) || !parse_ctid(device + 2, &ctid))
		return false;
	network_link_name(ctid, name);
	return !strcmp(name, device) && network_there(ctid);
}

bool network_uses(const char *device)
{
	cleanup_ids struct ids ids = { };
	struct network net;

	if (network_list(&ids))
		return true;	/* had its line; who makes it again finds out */
	for (size_t i = 0; i < ids.n; i++) {
		if (network_read(ids.list[i], &net))
			continue;
		for (size_t a = 0; a < net.addresses.n; a++)
			if (!strcmp(net.device[a], device))
				return true;
	}
	return false;
}

bool network_within(int family, const uint8_t *net, unsigned int bits)
{
	cleanup_ids struct ids ids = { };
	struct network there;

	if (network_list(&ids))
		return true;	/* as above */
	for (size_t i = 0; i < ids.n; i++) {
		if (network_read(ids.list[i], &there))
			continue;
		for (size_t a = 0; a < there.addresses.n; a++)
			if (there.addresses.list[a].family == family &&
			    address_within(&there.addresses.list[a], net, bits))
				return true;
	}
	return false;
}

const char *const network_rules_words[] = { "look", "write", "changed" };

int network_mend(enum network_rules rules)
{
	const char *const arguments[] = { network_rules_words[rules], NULL };
	cleanup_ids struct ids ids = { };
	int status = network_list(&ids);

	return status || !ids.n ? status : helper_task(ids.list[0], HELPER, "mend", arguments, -1);
}
