// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_shared.h"

int config_shared_read(struct config_shared *shared)
{
	char others[PATH_SIZE];
	int status = config_read_defaults(&shared->defaults);

	config_dir(others, true);
	return status ? status : ids_add(&shared->adopted, others, ".conf");
}

void config_shared_free(struct config_shared *shared)
{
	free(shared->defaults);
	free(shared->adopted.list);
}

bool config_shared_adopted(const struct config_shared *shared, uint32_t ctid)
{
	return ids_have(&shared->adopted, ctid) && config_adopted(ctid);
}

int config_shared_load(const struct config_shared *shared, struct config *c, uint32_t ctid)
{
	return config_load_with(c, ctid, config_shared_adopted(shared, ctid), shared->defaults);
}
