// SPDX-License-Identifier: GPL-2.0-or-later
#include <strings.h>

#include "resource.h"

const struct resource resources[VZLITE_RESOURCE_COUNT] = {
	[VZLITE_KMEMSIZE]	= { "kmemsize",	   "KMEMSIZE",	   UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_LOCKEDPAGES]	= { "lockedpages", "LOCKEDPAGES",  UNIT_PAGES, LIMITED_BY_MODULE },
	[VZLITE_PRIVVMPAGES]	= { "privvmpages", "PRIVVMPAGES",  UNIT_PAGES, LIMITED_BY_MODULE },
	[VZLITE_SHMPAGES]	= { "shmpages",	   "SHMPAGES",	   UNIT_PAGES, LIMITED_SILENTLY },
	[VZLITE_NUMPROC]	= { "numproc",	   "NUMPROC",	   UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_PHYSPAGES]	= { "physpages",   "PHYSPAGES",	   UNIT_PAGES, LIMITED_WATCHED },
	[VZLITE_VMGUARPAGES]	= { "vmguarpages", "VMGUARPAGES",  UNIT_PAGES, LIMITED_SILENTLY },
	[VZLITE_OOMGUARPAGES]	= { "oomguarpages", "OOMGUARPAGES", UNIT_PAGES, LIMITED_WATCHED },
	[VZLITE_NUMTCPSOCK]	= { "numtcpsock",  "NUMTCPSOCK",   UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_NUMFLOCK]	= { "numflock",	   "NUMFLOCK",	   UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_NUMPTY]		= { "numpty",	   "NUMPTY",	   UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_NUMSIGINFO]	= { "numsiginfo",  "NUMSIGINFO",   UNIT_ITEMS, LIMITED_SILENTLY },
	[VZLITE_TCPSNDBUF]	= { "tcpsndbuf",   "TCPSNDBUF",	   UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_TCPRCVBUF]	= { "tcprcvbuf",   "TCPRCVBUF",	   UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_OTHERSOCKBUF]	= { "othersockbuf", "OTHERSOCKBUF", UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_DGRAMRCVBUF]	= { "dgramrcvbuf", "DGRAMRCVBUF",  UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_NUMOTHERSOCK]	= { "numothersock", "NUMOTHERSOCK", UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_DCACHESIZE]	= { "dcachesize",  "DCACHESIZE",   UNIT_BYTES, LIMITED_BY_NOBODY },
	[VZLITE_NUMFILE]	= { "numfile",	   "NUMFILE",	   UNIT_ITEMS, LIMITED_BY_MODULE },
	[VZLITE_NUMIPTENT]	= { "numiptent",   "NUMIPTENT",	   UNIT_ITEMS, LIMITED_BY_NOBODY },
	[VZLITE_SWAPPAGES]	= { "swappages",   "SWAPPAGES",	   UNIT_PAGES, LIMITED_WATCHED },
};

/* vzctl reads these two as well. */
static const struct {
	const char *alias;
	enum vzlite_resource resource;
} aliases[] = {
	{ "IPTENTRIES", VZLITE_NUMIPTENT },
	{ "DCACHE", VZLITE_DCACHESIZE },
};

int resource_find(const char *name)
{
	for (int i = 0; i < VZLITE_RESOURCE_COUNT; i++)
		if (resources[i].name && same_key(name, resources[i].name))
			return i;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (same_key(name, aliases[i].alias))
			return aliases[i].resource;
	return -1;
}
