/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where configurations are meanwhile: in memory, as each input makes some. Gone at the end. */
#ifndef VZLITE_FUZZ_SITE_H
#define VZLITE_FUZZ_SITE_H

#define SITE_CTID 101

/* The file of VE SITE_CTID; the first call makes the place. */
const char *site_file(void);

#endif
