// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "cgroup_limits.h"
#include "error.h"

#define PAGE 4096
#define CPU_PERIOD 100000	/* microseconds, the kernel's default */

int cgroup_write(int dir, const char *name, const char *text)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

struct target {
	const struct config *c;
	int dir;
	bool fresh;
};

/* @plain: the value is the kernel's default. Where the file does not exist the
 * host lacks the controller, which is an error only if a limit was asked for. */
static int write_limit(const struct target *t, const char *name, const char *text, bool plain)
{
	if ((plain && t->fresh) || !cgroup_write(t->dir, name, text) || (plain && errno == ENOENT))
		return 0;
	return fail_errno(EXIT_SYSTEM, "%s %u: write %s to its cgroup's %s", operation,
			  t->c->ctid, text, name);
}

static int write_memory(const struct target *t, int resource, const char *name)
{
	const struct bound *b = &t->c->bound[resource];
	bool plain = !t->c->set[resource] || b->limit > UINT64_MAX / PAGE / 2;
	char text[32] = "max";

	if (!plain)
		snprintf(text, sizeof(text), "%" PRIu64, b->limit * PAGE);
	return write_limit(t, name, text, plain);
}

static int write_cpu(const struct target *t)
{
	const struct config *c = t->c;
	uint64_t weight = c->cpuunits == CONFIG_UNSET ? 100 : c->cpuunits / 10;
	bool plain = c->cpulimit == CONFIG_UNSET || !c->cpulimit;
	char text[64];
	int status;

	weight = weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
	snprintf(text, sizeof(text), "%" PRIu64, weight);
	status = write_limit(t, "cpu.weight", text, weight == 100);
	if (status)
		return status;
	if (plain)
		snprintf(text, sizeof(text), "max %d", CPU_PERIOD);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " %d", c->cpulimit * (CPU_PERIOD / 100),
			 CPU_PERIOD);
	return write_limit(t, "cpu.max", text, plain);
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

/* N of the CPUs that the directory above has. */
static int choose_cpus(const struct target *t, char *text, size_t size)
{
	const struct config *c = t->c;
	static unsigned int cpus[CPU_NUMBER_MAX + 1];
	char list[4096];
	cleanup_close int fd = openat(t->dir, "../cpuset.cpus.effective", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
	size_t count, used = 0;

	if (n < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: read the host's cpuset.cpus.effective",
				  operation, c->ctid);
	list[n] = '\0';
	count = parse_cpus(list, cpus, ARRAY_SIZE(cpus));
	*text = '\0';
	if (!count || c->ncpus >= count)
		return 0;
	for (uint64_t i = 0; i < c->ncpus && used < size; i++)
		used += snprintf(text + used, size - used, "%s%u", i ? "," : "",
				 cpus[(c->ctid + i) % count]);
	return 0;
}

static int write_cpuset(const struct target *t)
{
	const struct config *c = t->c;
	char text[4096] = "";
	int status = 0;

	if (c->cpumask && *c->cpumask)
		snprintf(text, sizeof(text), "%s", c->cpumask);
	else if (c->ncpus != CONFIG_UNSET && c->ncpus)
		status = choose_cpus(t, text, sizeof(text));
	/* The kernel takes a line end, not nothing, for "all". */
	return status ? status : write_limit(t, "cpuset.cpus", *text ? text : "\n", !*text);
}

int cgroup_write_limits(const struct config *c, int dir, bool fresh)
{
	const struct target t = { c, dir, fresh };
	int status = write_memory(&t, VZLITE_PHYSPAGES, "memory.max");

	if (!status)
		status = write_memory(&t, VZLITE_SWAPPAGES, "memory.swap.max");
	if (!status)
		status = write_cpu(&t);
	return status ? status : write_cpuset(&t);
}
