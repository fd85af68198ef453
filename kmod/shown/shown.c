// SPDX-License-Identifier: GPL-2.0-only
#include "shown.h"

typedef bool (*read_fn)(struct vz_ve *ve, enum vzlite_resource resource,
			struct vz_counter_values *values);

/* By who enforces it; the others are the module's own, or nobody's. */
static const read_fn sources[] = {
	[VZLITE_ENFORCER_CGROUP]	= vz_memcg_read,
	[VZLITE_ENFORCER_NAMESPACE]	= vz_namespace_read,
	[VZLITE_ENFORCER_ACCOUNTED]	= vz_socket_read,
};

void vz_shown_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values)
{
	enum vzlite_enforcer enforcer = vz_resource_enforcer(resource);
	read_fn source = enforcer < ARRAY_SIZE(sources) ? sources[enforcer] : NULL;

	vz_beancounter_read(&ve->bc, resource, values);
	if (source && !source(ve, resource, values))
		enforcer = VZLITE_ENFORCER_NONE;
	values->enforcer = enforcer;
}
