// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cgroup_lift.h"
#include "cgroup_limits.h"
#include "error.h"
#include "io.h"

struct lift {
	uint32_t ctid;
	bool tell;
};

/* No such controller; the cgroup, or the disk, has gone; or a cgroup of the VE's has that name. */
static void failed(const struct lift *l, const char *file)
{
	if (l->tell && errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EISDIR)
		warn("%s %u: lift a %s of its: %s", operation, l->ctid, file, strerror(errno));
}

static void lift_cpu(const struct lift *l, int dir)
{
	cleanup_close int fd = openat(dir, "cpu.max", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[3];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	/* To write takes a lock that is all the machine's. */
	if (n < 0 || ((n < 3 || memcmp(text, "max", 3)) && cgroup_write(dir, "cpu.max", "max")))
		failed(l, "cpu.max");
}

static void lift_io(const struct lift *l, int dir)
{
	if (io_restore(dir, "", "rbps=max wbps=max riops=max wiops=max"))
		failed(l, "io.max");
}

/* The depth is bounded, see DEPTH_MAX. */
static void lift(const struct lift *l, int fd)
{
	cleanup_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		failed(l, "limit");
		cleanup_close_(&fd);
		return;
	}
	lift_cpu(l, fd);
	lift_io(l, fd);
	while ((entry = readdir(dir))) {
		int child;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			failed(l, "limit");
		else
			lift(l, child);
	}
}

void cgroup_lift(uint32_t ctid, int dir, bool tell)
{
	const struct lift l = { ctid, tell };
	/* One of its own: the position in @dir is another's. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		failed(&l, "limit");
	else
		lift(&l, fd);
}
