/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configurations of many VEs have in common, read once for a command that loads
 * them all: the defaults, and which may be adopted. */
#ifndef VZLITE_CONFIG_SHARED_H
#define VZLITE_CONFIG_SHARED_H

#include "config.h"
#include "ids.h"

struct config_shared {
	char *defaults;		/* text, NULL where there are none */
	struct ids adopted;
};

/* As config_load; also after an error it is to be freed. */
int __must_check config_shared_read(struct config_shared *shared);
void config_shared_free(struct config_shared *shared);
#define cleanup_shared __attribute__((cleanup(config_shared_free)))

bool config_shared_adopted(const struct config_shared *shared, uint32_t ctid);
int __must_check config_shared_load(const struct config_shared *shared, struct config *c, uint32_t ctid);

#endif
