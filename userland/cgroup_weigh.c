// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup_weigh.h"

/* And under which name systemd has it. */
static const struct {
	enum cgroup_limit limit;
	const char *property;
} contests[] = {
	{ CGROUP_CPU_WEIGHT, "CPUWeight" },
	{ CGROUP_IO_WEIGHT, "IOWeight" },
	{ CGROUP_MEMORY_LOW, "MemoryLow" },
	{ CGROUP_MEMORY_MIN, "MemoryMin" },
};

void cgroup_weights(const struct config *c, unsigned int which, bool fresh, struct scope_properties *p)
{
	char text[CGROUP_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(contests); i++)
		if (which & 1U << contests[i].limit &&
		    (cgroup_limit_text(c, contests[i].limit, text) || !fresh))
			scope_property(p, contests[i].property, text);
}

int cgroup_weigh(const struct config *c, unsigned int which)
{
	struct scope_properties p = { };

	cgroup_weights(c, which, false, &p);
	return scope_wanted() ? scope_set(c->ctid, &p) : 0;
}

int cgroup_weigh_back(uint32_t ctid, const struct cgroup_saved *s)
{
	struct scope_properties p = { };

	for (size_t i = 0; i < ARRAY_SIZE(contests); i++)
		if (s->which & 1U << contests[i].limit)
			scope_property(&p, contests[i].property, s->text[contests[i].limit]);
	return scope_wanted() ? scope_set(ctid, &p) : 0;
}
