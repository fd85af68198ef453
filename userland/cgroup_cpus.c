// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup_cpus.h"
#include "error.h"
#include "units.h"

bool cpumask_all(const char *mask)
{
	return !strcmp(mask, "all") || !strcmp(mask, "auto");
}

/* The list "0-3,6" as numbers; how many. */
static size_t parse_cpus(const char *list, unsigned int *cpus, size_t max)
{
	size_t n = 0;

	while (*list && *list != '\n') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			break;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && n < max; first++)
			cpus[n++] = first;
		list = end + (*end == ',');
	}
	return n;
}

/* Minus one with errno. */
static int read_list(int dir, const char *path, char list[CGROUP_TEXT])
{
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, CGROUP_TEXT - 1);

	if (n < 0)
		return -1;
	list[n] = '\0';
	return 0;
}

/* @wanted of those in both lists, or all, also by their numbers: more may come. @mask may be NULL.
 * False: there is none, or too many for @text. */
static bool choose_cpus(const struct config *c, uint64_t wanted, const char *above, const char *mask,
			char text[CGROUP_TEXT])
{
	static unsigned int cpus[CPU_NUMBER_MAX + 1] __large;
	static bool there[CPU_NUMBER_MAX + 1] __large;
	size_t count = parse_cpus(above, cpus, ARRAY_SIZE(cpus)), kept = 0, used = 0, n;

	if (mask) {
		memset(there, 0, sizeof(there));
		for (size_t i = 0; i < count; i++)
			if (cpus[i] <= CPU_NUMBER_MAX)
				there[cpus[i]] = true;
		count = parse_cpus(mask, cpus, ARRAY_SIZE(cpus));
		for (size_t i = 0; i < count; i++) {
			if (cpus[i] > CPU_NUMBER_MAX || !there[cpus[i]])
				continue;
			/* A list may name one twice. */
			there[cpus[i]] = false;
			cpus[kept++] = cpus[i];
		}
		count = kept;
	}
	n = wanted < count ? wanted : count;
	for (size_t i = 0; i < n && used < CGROUP_TEXT;) {
		unsigned int from = cpus[(c->ctid + i) % count], to = from;

		while (++i < n && cpus[(c->ctid + i) % count] == to + 1)
			to++;
		used += snprintf(text + used, CGROUP_TEXT - used, from < to ? "%s%u-%u" : "%s%u",
				 used ? "," : "", from, to);
	}
	return used && used < CGROUP_TEXT;
}

int cgroup_cpus_above(int dir, char list[CGROUP_TEXT])
{
	return read_list(dir, "../cpuset.cpus.effective", list);
}

/* The CPUs that the host can ever have: numbers beyond are an error to the kernel, others' that
 * are not there now it keeps. Minus one with errno. */
static int cpus_possible(char list[CGROUP_TEXT])
{
	return read_list(AT_FDCWD, "/sys/devices/system/cpu/possible", list);
}

int cgroup_cpus_text(const struct config *c, int dir, char text[CGROUP_TEXT])
{
	const char *mask = c->cpumask && *c->cpumask && !cpumask_all(c->cpumask) ? c->cpumask : NULL;
	bool some = c->ncpus != CONFIG_UNSET && c->ncpus;
	char list[CGROUP_TEXT];

	*text = '\0';
	if (!some && !mask)
		return 0;
	if (cgroup_cpus_above(dir, list))
		return fail_errno(EXIT_SYSTEM, "%s %u: read the host's cpuset.cpus.effective",
				  operation, c->ctid);
	/* To the kernel such a list is as none, as long as that is so. */
	if (mask && !choose_cpus(c, 1, list, mask, text)) {
		warn("%s %u: CPUMASK %.80s: the VE can have none of these CPUs now, and so has all", operation,
		     c->ctid, mask);
		if (some)
			mask = NULL;
	}
	if (some && choose_cpus(c, c->ncpus, list, mask, text))
		return 0;
	*text = '\0';
	if (!mask)
		return 0;
	if (cpus_possible(list))
		return fail_errno(EXIT_SYSTEM, "%s %u: read the host's possible CPUs", operation, c->ctid);
	if (!choose_cpus(c, CPU_NUMBER_MAX + 1, list, mask, text))
		*text = '\0';
	return 0;
}

bool cgroup_cpumask_there(const struct config *c, int dir)
{
	char list[CGROUP_TEXT], text[CGROUP_TEXT];

	return !c->cpumask || !*c->cpumask || cpumask_all(c->cpumask) || cgroup_cpus_above(dir, list) ||
	       choose_cpus(c, 1, list, c->cpumask, text);
}
