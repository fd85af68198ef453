// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "cgroup_cpus.h"
#include "cgroup_limits.h"
#include "error.h"
#include "io.h"

#define PAGE 4096
#define RECLAIM_TRIES 5
#define CPU_PERIOD 100000	/* microseconds, the kernel's default */

int cgroup_write(int dir, const char *name, const char *text)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/* What a file is to hold. @plain: the kernel's default. */
struct value {
	char text[CGROUP_TEXT];
	bool plain;
};

static void memory_text(uint64_t pages, struct value *v)
{
	if (pages > UINT64_MAX / PAGE / 2)
		strcpy(v->text, "max");
	else
		snprintf(v->text, sizeof(v->text), "%" PRIu64, pages * PAGE);
}

static int memory_value(const struct config *c, enum vzlite_resource resource, struct value *v)
{
	memory_text(c->set[resource] ? c->bound[resource].limit : VZLITE_UNLIMITED, v);
	v->plain = !strcmp(v->text, "max");
	return 0;
}

/* The barrier of OpenVZ's "0:LIMIT" means nothing. */
static int memory_high(const struct config *c, int dir, struct value *v)
{
	const struct bound *b = &c->bound[VZLITE_PHYSPAGES];
	bool set = c->set[VZLITE_PHYSPAGES] && b->barrier && b->barrier < b->limit;

	(void)dir;
	memory_text(set ? b->barrier : VZLITE_UNLIMITED, v);
	v->plain = !set;
	return 0;
}

static int guarantee(const struct config *c, enum vzlite_resource resource, struct value *v)
{
	memory_text(c->set[resource] ? c->bound[resource].barrier : 0, v);
	v->plain = !strcmp(v->text, "0");
	return 0;
}

static int memory_low(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return guarantee(c, VZLITE_VMGUARPAGES, v);
}

static int memory_min(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return guarantee(c, VZLITE_OOMGUARPAGES, v);
}

static int memory(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return memory_value(c, VZLITE_PHYSPAGES, v);
}

static int swap(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return memory_value(c, VZLITE_SWAPPAGES, v);
}

static int cpu_weight(const struct config *c, int dir, struct value *v)
{
	uint64_t weight = c->cpuunits == CONFIG_UNSET ? 100 : c->cpuunits / 10;

	(void)dir;
	weight = weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
	v->plain = weight == 100;
	snprintf(v->text, sizeof(v->text), "%" PRIu64, weight);
	return 0;
}

static int cpu_max(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	v->plain = c->cpulimit == CONFIG_UNSET || !c->cpulimit;
	if (v->plain)
		snprintf(v->text, sizeof(v->text), "max %d", CPU_PERIOD);
	else
		snprintf(v->text, sizeof(v->text), "%" PRIu64 " %d",
			 c->cpulimit * (CPU_PERIOD / 100), CPU_PERIOD);
	return 0;
}

static int cpuset(const struct config *c, int dir, struct value *v)
{
	int status = cgroup_cpus_text(c, dir, v->text);

	v->plain = !*v->text;
	/* The kernel takes a line end, not nothing, for "all". */
	if (v->plain)
		strcpy(v->text, "\n");
	return status;
}

static int io_value(const char *format, uint64_t limit, struct value *v)
{
	v->plain = !limit;
	if (v->plain)
		return 0;
	snprintf(v->text, sizeof(v->text), format, limit, limit);
	return 0;
}

static int io_bytes(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return io_value("rbps=%" PRIu64 " wbps=%" PRIu64, c->iolimit ? io_limit_bytes(c) : 0, v);
}

static int io_operations(const struct config *c, int dir, struct value *v)
{
	(void)dir;
	return io_value("riops=%" PRIu64 " wiops=%" PRIu64,
			c->iopslimit == CONFIG_UNSET ? 0 : c->iopslimit, v);
}

static int weight_of_io(const struct config *c, int dir, struct value *v)
{
	unsigned int weight = c->ioprio == CONFIG_UNSET ? IO_WEIGHT : io_weight(c);

	(void)dir;
	v->plain = weight == IO_WEIGHT;
	if (v->plain)
		strcpy(v->text, "default 100");
	else
		snprintf(v->text, sizeof(v->text), "default %u", weight);
	return 0;
}

static const struct {
	const char *file;
	int (*value)(const struct config *c, int dir, struct value *v);
	const char *none;	/* a value for each disk (io.h): what is no limit */
	bool optional;		/* need not be there: io.bfq.weight without bfq */
} limits[CGROUP_LIMITS] = {
	[CGROUP_MEMORY_HIGH] = { "memory.high", memory_high },
	[CGROUP_MEMORY] = { "memory.max", memory },
	[CGROUP_SWAP] = { "memory.swap.max", swap },
	[CGROUP_MEMORY_LOW] = { "memory.low", memory_low },
	[CGROUP_MEMORY_MIN] = { "memory.min", memory_min },
	[CGROUP_CPU_WEIGHT] = { "cpu.weight", cpu_weight },
	[CGROUP_CPU_MAX] = { "cpu.max", cpu_max },
	[CGROUP_IO_BYTES] = { "io.max", io_bytes, "rbps=max wbps=max" },
	[CGROUP_IO_OPERATIONS] = { "io.max", io_operations, "riops=max wiops=max" },
	[CGROUP_IO_WEIGHT] = { "io.weight", weight_of_io },
	[CGROUP_BFQ_WEIGHT] = { "io.bfq.weight", weight_of_io, .optional = true },
	[CGROUP_CPUSET] = { "cpuset.cpus", cpuset },
};

unsigned int cgroup_limits_of(enum vzlite_resource resource)
{
	switch (resource) {
	case VZLITE_PHYSPAGES:
		return 1U << CGROUP_MEMORY_HIGH | 1U << CGROUP_MEMORY;
	case VZLITE_SWAPPAGES:
		return 1U << CGROUP_SWAP;
	case VZLITE_VMGUARPAGES:
		return 1U << CGROUP_MEMORY_LOW;
	case VZLITE_OOMGUARPAGES:
		return 1U << CGROUP_MEMORY_MIN;
	default:
		return 0;
	}
}

bool cgroup_limit_text(const struct config *c, enum cgroup_limit which, char text[CGROUP_TEXT])
{
	struct value v;

	/* Only those that look at nothing else cannot fail. */
	if (limits[which].value(c, -1, &v))
		return false;
	memcpy(text, v.text, sizeof(v.text));
	return !v.plain;
}

/* While tasks run there the kernel refuses to make a list of CPUs empty: then it is all that
 * there are now. Minus one with errno. */
static int write_limit(int dir, int which, const char *text)
{
	char list[CGROUP_TEXT];

	if (!cgroup_write(dir, limits[which].file, text))
		return 0;
	if (which != CGROUP_CPUSET || errno != ENOSPC || strcmp(text, "\n") ||
	    cgroup_cpus_above(dir, list))
		return -1;
	return cgroup_write(dir, limits[which].file, list);
}

static bool read_text(int dir, const char *name, char text[32])
{
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, 31);

	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

/* Does it hold no more than @limit bytes? If so, *@held is of no use. */
static bool holds(int dir, uint64_t limit, uint64_t *held)
{
	char text[32];

	if (!read_text(dir, "memory.current", text))
		return true;
	*held = strtoull(text, NULL, 10);
	return *held <= limit;
}

/* Write memory.max, but first bring what is held below, which the kernel would do by killing.
 * Without a memory.high meanwhile: who is killed here would leave the VE slowed. EBUSY: it
 * could not be. */
static int write_memory(int dir, const char *text, uint64_t *held)
{
	uint64_t limit = strtoull(text, NULL, 10);
	bool fits = *text == 'm' || holds(dir, limit, held);
	char excess[32];

	for (int tries = 0; tries < RECLAIM_TRIES && !fits; tries++) {
		snprintf(excess, sizeof(excess), "%" PRIu64, *held - limit);
		/* It also fails when not all of that could be had. */
		if (cgroup_write(dir, "memory.reclaim", excess) && errno != EAGAIN && errno != EINTR)
			break;
		fits = holds(dir, limit, held);
	}
	if (fits)
		return cgroup_write(dir, limits[CGROUP_MEMORY].file, text);
	errno = EBUSY;
	return -1;
}

int cgroup_write_limits(const struct config *c, int dir, unsigned int which, bool fresh)
{
	struct value v;
	uint64_t held;

	for (int i = 0; i < CGROUP_LIMITS; i++) {
		int status = which & 1U << i ? limits[i].value(c, dir, &v) : 0;

		if (status)
			return status;
		/* Where the file does not exist the host lacks the controller, which is an
		 * error only if a limit was asked for. */
		if (!(which & 1U << i) || (v.plain && fresh))
			continue;
		if (limits[i].none) {
			status = io_write(c, dir, v.plain ? NULL : v.text, limits[i].none, fresh);
			if (status)
				return status;
			continue;
		}
		if (!(i == CGROUP_MEMORY && !fresh ? write_memory(dir, v.text, &held) : write_limit(dir, i, v.text)) ||
		    (errno == ENOENT && (v.plain || limits[i].optional)))
			continue;
		if (i == CGROUP_MEMORY && errno == EBUSY)
			return fail(EXIT_NO_RESOURCES, "%s %u: it holds %" PRIu64 " MiB of memory, of which what is "
				    "above %llu MiB cannot be reclaimed", operation, c->ctid, held >> 20,
				    strtoull(v.text, NULL, 10) >> 20);
		return fail_errno(EXIT_SYSTEM, "%s %u: write %s to its cgroup's %s", operation,
				  c->ctid, v.text, limits[i].file);
	}
	return 0;
}

int cgroup_save_limits(uint32_t ctid, int dir, unsigned int which, struct cgroup_saved *s)
{
	s->which = 0;
	for (int i = 0; i < CGROUP_LIMITS; i++) {
		cleanup_close int fd = which & 1U << i ?
				       openat(dir, limits[i].file, O_RDONLY | O_CLOEXEC) : -1;
		ssize_t n = fd < 0 ? -1 : read(fd, s->text[i], sizeof(s->text[i]) - 1);

		if (!(which & 1U << i) || (n < 0 && errno == ENOENT))
			continue;
		if (n < 0)
			return fail_errno(EXIT_SYSTEM, "%s %u: read its cgroup's %s", operation,
					  ctid, limits[i].file);
		s->text[i][n] = '\0';
		s->which |= 1U << i;
	}
	return 0;
}

int cgroup_restore_limits(uint32_t ctid, int dir, const struct cgroup_saved *s)
{
	uint64_t held;
	int status = 0;

	for (int i = 0; i < CGROUP_LIMITS; i++)
		if (s->which & 1U << i &&
		    (limits[i].none ? io_restore(dir, s->text[i], limits[i].none) :
		     i == CGROUP_MEMORY ? write_memory(dir, s->text[i], &held) : write_limit(dir, i, s->text[i])))
			status = fail_errno(EXIT_SYSTEM, "%s %u: change its cgroup's %s back",
					    operation, ctid, limits[i].file);
	return status;
}
