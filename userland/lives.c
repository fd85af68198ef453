// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "lives.h"

void lives_free(struct lives *l)
{
	free(l->list);
	free(l->ves);
	config_shared_free(&l->shared);
	cleanup_ids_(&l->suspended);
	cleanup_ids_(&l->lost);
}

static int add_live(const struct module_ve *ve, const struct counter *counters, void *arg)
{
	struct lives *l = arg;
	struct live *live;

	if (l->n == l->room) {
		size_t room = l->room * 2 + 16;
		struct live *list = realloc(l->list, room * sizeof(*list));

		if (!list)
			return fail_memory();
		l->list = list;
		l->room = room;
	}
	live = &l->list[l->n++];
	live->ctid = ve->id;
	memcpy(live->counters, counters, sizeof(live->counters));
	return 0;
}

int lives_ask(struct lives *l, const struct column *columns, int n)
{
	uint64_t mask = 0;
	int status = 0;

	for (int i = 0; i < n; i++)
		if (!columns[i].field && !columns[i].disk)
			mask |= 1ULL << columns[i].resource;
	if (mask)
		status = module_counters_all(mask, add_live, l);
	/* Of others that is known without the module. */
	if (!status && (l->shared.adopted.n || list_shows_features(columns, n)))
		status = module_ve_all(&l->ves, &l->n_ves);
	return status;
}

const struct counter *lives_counters(const struct lives *l, uint32_t ctid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].ctid == ctid)
			return l->list[i].counters;
	return NULL;
}

const struct module_ve *lives_ve(const struct lives *l, uint32_t ctid)
{
	for (size_t i = 0; i < l->n_ves; i++)
		if (l->ves[i].id == ctid)
			return &l->ves[i];
	return NULL;
}
