// SPDX-License-Identifier: GPL-2.0-or-later
/* Where configurations are while a test runs. */
#include <sys/stat.h>

#include "config.h"
#include "unit.h"

char site[256], site_conf[300];

void site_make(void)
{
	scratch_make(site);
	snprintf(site_conf, sizeof(site_conf), "%s/conf", site);
	ck_assert(!mkdir(site_conf, 0755));
	config_set_dir(site);
}

void site_remove(void)
{
	scratch_remove(site);
}
