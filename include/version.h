/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VZLITE_VERSION
#define VZLITE_VERSION "0.1.0"
#endif
