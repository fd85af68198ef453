// SPDX-License-Identifier: GPL-2.0-or-later
/* Options, a line each, "OPTION VALUE": what `set` takes and writes down can be read. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fuzz.h"
#include "site.h"

static const char *const seeds[] = {
	"name web\nhostname web.example.org\nnumproc 240\nnumfile 1000:2000\nram 512M\nswap 0\n",
	"cpuunits 1000\ncpulimit 50%\ncpus 2\ncpumask 0-3,5\niolimit 10M\niopslimit 100\nioprio 4\n",
	"ipadd 10.0.0.101\nipadd 2001:db8::101/64\nipdel 10.0.0.101\nipdel all\nnameserver 192.0.2.53\n",
	"netif_add eth0,,,,br0\nnetif_add eth1\nifname eth0\nnetif_del eth1\nrate 10M\nnat yes\n",
	"bindmount_add /srv:/srv,ro\nbindmount_add /home:/home\nbindmount_del /srv\ndevnodes fuse:rw\n",
	"on-limit numproc=log\non-limit numfile=freeze\non-limit none\nfeatures fuse:on\nfeatures nesting:on\n",
	"diskspace 1G:1100M\ndiskinodes 200000\nstop-timeout 30\nonboot yes\nbootorder 5\nprivileged no\n",
	"privvmpages 100000:110000\nlockedpages 256\nphyspages 0:262144\nkmemsize 10M\nshmpages 4096\n",
};

FUZZ_SEED_TEXTS(seeds)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_config struct config c, again;
	char *text = fuzz_text(data, size), *save, *line;
	int taken = 0;

	(void)site_file();
	config_init(&c, SITE_CTID);
	config_init(&again, SITE_CTID);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		taken += !config_set_option(&c, line, value ? value : "");
	}
	if (taken) {
		fuzz_assert(!config_save(&c) && !config_load(&again, SITE_CTID));
		fuzz_assert(!memcmp(c.set, again.set, sizeof(c.set)) &&
			    !memcmp(c.bound, again.bound, sizeof(c.bound)));
		fuzz_assert(c.cpuunits == again.cpuunits && c.cpulimit == again.cpulimit &&
			    c.bootorder == again.bootorder && c.stop_timeout == again.stop_timeout);
	}
	free(text);
	return 0;
}
