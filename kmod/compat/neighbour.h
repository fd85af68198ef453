/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps a neighbour from being dropped besides its state: since 6.17 also that somebody
 * vouches for it. */
#ifndef VZLITE_COMPAT_NEIGHBOUR_H
#define VZLITE_COMPAT_NEIGHBOUR_H

#include <net/neighbour.h>

#ifdef NEIGH_UPDATE_F_EXT_VALIDATED
#define VZ_NEIGHBOUR_STAYS_UPDATE	(NEIGH_UPDATE_F_EXT_LEARNED | NEIGH_UPDATE_F_EXT_VALIDATED)
#else
#define VZ_NEIGHBOUR_STAYS_UPDATE	NEIGH_UPDATE_F_EXT_LEARNED
#endif

#endif
