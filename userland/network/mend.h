/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VZLITE_NETWORK_MEND_H
#define VZLITE_NETWORK_MEND_H

#include "network/apply.h"

/* See network_mend(). The caller holds the lock of all networks. */
int __must_check mend(struct work *w, enum network_rules rules);

#endif
