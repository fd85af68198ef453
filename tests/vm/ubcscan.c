// SPDX-License-Identifier: GPL-2.0-or-later
/* ubcscan FILE: read /proc/user_beancounters as C programs do, line by line with scanf.
 * Prints the number of rows, the sum of their failcnts and the highest limit. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	unsigned long held, maxheld, barrier, limit, failcnt, failures = 0, highest = 0;
	unsigned int uid, major, minor;
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[256], name[64];
	int rows = 0;

	if (!in || !fgets(line, sizeof(line), in) ||
	    sscanf(line, "Version: %u.%u", &major, &minor) != 2 || major != 2 || minor != 5 ||
	    !fgets(line, sizeof(line), in) || !strstr(line, "failcnt")) {
		fprintf(stderr, "ubcscan: not version 2.5\n");
		return 1;
	}
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%u: %63s %lu %lu %lu %lu %lu", &uid, name, &held, &maxheld, &barrier,
			   &limit, &failcnt) != 7 &&
		    sscanf(line, "%63s %lu %lu %lu %lu %lu", name, &held, &maxheld, &barrier, &limit,
			   &failcnt) != 6) {
			fprintf(stderr, "ubcscan: %s", line);
			return 1;
		}
		rows++;
		failures += failcnt;
		highest = limit > highest ? limit : highest;
	}
	printf("%d %lu %lu\n", rows, failures, highest);
	return 0;
}
