/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the admin may switch on, as it makes a router of the host; and what is ours, on our own links. */
#ifndef VZLITE_NETWORK_FORWARD_H
#define VZLITE_NETWORK_FORWARD_H

#include "address.h"

/* Say, once for each family, what keeps the host from forwarding what comes by @device for @a,
 * or from answering there for it, and how to switch it on. */
void forward_warn(uint32_t ctid, const struct address *a, const char *device);

/* Have the host forward again what a VE sends by @link, the host's end. True: it did not. Of IPv6 that is not
 * a link's affair. */
bool forward_again(const char *link);

#endif
