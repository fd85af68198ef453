/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the admin may switch on, as it makes a router of the host. */
#ifndef VZLITE_NETWORK_FORWARD_H
#define VZLITE_NETWORK_FORWARD_H

#include "address.h"

/* Say, once for each family, what keeps the host from forwarding what comes by @device for @a,
 * or from answering there for it, and how to switch it on. */
void forward_warn(uint32_t ctid, const struct address *a, const char *device);

#endif
