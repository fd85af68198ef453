// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"
#include "site.h"

static char top[32], conf[48], file[64];

static void remove_site(void)
{
	unlink(file);
	rmdir(conf);
	rmdir(top);
}

const char *site_file(void)
{
	if (*file)
		return file;
	snprintf(top, sizeof(top), "%s/vzlite-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	fuzz_assert(mkdtemp(top));
	snprintf(conf, sizeof(conf), "%s/conf", top);
	snprintf(file, sizeof(file), "%s/%d.conf", conf, SITE_CTID);
	fuzz_assert(!mkdir(conf, 0755));
	fuzz_assert(!atexit(remove_site));
	config_set_dir(top);
	return file;
}
