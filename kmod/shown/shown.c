// SPDX-License-Identifier: GPL-2.0-only
#include "shown.h"

/* By who enforces it; the others are the module's own, or nobody's. */
static bool read_source(struct vz_ve *ve, enum vzlite_resource resource, enum vzlite_enforcer enforcer,
			struct vz_counter_values *values)
{
	switch (enforcer) {
	case VZLITE_ENFORCER_CGROUP:
		return vz_memcg_read(ve, resource, values);
	case VZLITE_ENFORCER_NAMESPACE:
		return vz_namespace_read(ve, resource, values);
	case VZLITE_ENFORCER_ACCOUNTED:
		return vz_socket_read(ve, resource, values);
	default:
		return true;
	}
}

void vz_shown_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values)
{
	enum vzlite_enforcer enforcer = vz_resource_enforcer(resource);

	vz_beancounter_read(&ve->bc, resource, values);
	if (!read_source(ve, resource, enforcer, values))
		enforcer = VZLITE_ENFORCER_NONE;
	values->enforcer = enforcer;
}
