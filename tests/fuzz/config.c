// SPDX-License-Identifier: GPL-2.0-or-later
/* A VE's file: what is read is, when it is written again, read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fuzz.h"
#include "site.h"

static const char *const seeds[] = {
	"NAME=\"web\"\nHOSTNAME=\"web.example.org\"\nOSTEMPLATE=\"debian-13\"\nLOCAL_UID=\"1879048192\"\n",
	"NUMPROC=\"240:240\"\nNUMFILE=9312\nPHYSPAGES=\"0:262144\"\nSWAPPAGES=\"0:64M\"\n# a comment\n\n",
	"IP_ADDRESS=\"10.0.0.101 2001:db8::101/64\"\nNAMESERVER='192.0.2.53'\nSEARCHDOMAIN=\"example.org\"\n",
	"NETIF=\"ifname=eth0,bridge=br0;ifname=eth1\"\nRATE=\"eth0:1:10000\"\nNAT=\"yes\"\n",
	"export CPUUNITS=1000\nCPULIMIT=\"50%\"\nCPUS=\"2\"\nCPUMASK=\"0-1\"\nIOLIMIT=10M\nIOPRIO=\"4\"\n",
	"DISKSPACE=\"1048576:1153024\"\nDISKINODES=\"200000:220000\"\nQUOTATIME=\"0\"\n",
	"ON_LIMIT=\"numproc=log numfile=stop\"\nFEATURES=\"fuse:on\"\nDEVNODES=\"fuse:rw \"\n",
	"BINDMOUNT=\"/srv:/srv,ro\"\nONBOOT=\"yes\"\nBOOTORDER=5\nPRIVILEGED=\"no\"\nVE_LAYOUT=dir\n",
	"KMEMSIZE=\"11055923:11377049\"\nDCACHESIZE=unlimited\nUNKNOWN=\"kept\"\nVERSION=\"2\"\n",
};

FUZZ_SEED_TEXTS(seeds)

static void write_file(const uint8_t *data, size_t size)
{
	FILE *out = fopen(site_file(), "w");

	fuzz_assert(out && fwrite(data, 1, size, out) == size && !fclose(out));
}

static void same(const char *a, const char *b)
{
	fuzz_assert(!a == !b && (!a || !strcmp(a, b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_config struct config c, again;

	config_init(&c, SITE_CTID);
	config_init(&again, SITE_CTID);
	write_file(data, size);
	if (!config_load(&c, SITE_CTID)) {
		fuzz_assert(!config_save(&c) && !config_load(&again, SITE_CTID));
		fuzz_assert(again.nlines == c.nlines);
		for (size_t i = 0; i < c.nlines; i++)
			same(c.lines[i], again.lines[i]);
		fuzz_assert(!memcmp(c.set, again.set, sizeof(c.set)) &&
			    !memcmp(c.bound, again.bound, sizeof(c.bound)));
		same(c.ip_address, again.ip_address);
		same(c.netif, again.netif);
		same(c.on_limit, again.on_limit);
	}
	config_free(&again);
	return 0;
}
