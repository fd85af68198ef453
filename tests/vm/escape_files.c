// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_files ve|nested|host (escape.h): files of proc, sysfs and cgroups, devices, mounts.
 *
 *   escape_files cgroup ve|nested|host   the same for what bounds a cgroup, and its parents
 *   escape_files sysctls      write another value into every file below /proc/sys that can be
 *                             opened for that, and name them
 *   escape_files writable DIR name the files below DIR that can be opened for writing
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <dirent.h>

#include "escape.h"

#define OUTSIDE 200000	/* an id that no VE has */
#define SYS_listmount_ 458

/* Where the right to write is asked for when the file is opened, that is enough. */
static bool can_write(const struct attempt *a)
{
	int fd = open(a->path ? a->path : a->name, O_WRONLY | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && (!a->text || write(fd, a->text, strlen(a->text)) >= 0);
}

static bool can_read(const struct attempt *a)
{
	char byte;
	int fd = open(a->path ? a->path : a->name, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && (a->text || read(fd, &byte, 1) == 1);
}

/* A mount namespace in which whatever was read-only is not, and nothing comes back. */
static bool own_mounts(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       (!mkdir("/escape-mount", 0755) || errno == EEXIST);
}

static bool written_anew(const struct attempt *a)
{
	return own_mounts() && !mount(a->name, "/escape-mount", a->text, 0, NULL) &&
	       open(a->path, a->number | O_NONBLOCK) >= 0;
}

static bool written_remounted(const struct attempt *a)
{
	return own_mounts() && !mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL) &&
	       open(a->path, O_WRONLY) >= 0;
}

static bool mounted(const struct attempt *a)
{
	return own_mounts() && !mount(a->path ? a->path : "x", "/escape-mount",
				      a->name + strlen("mount "), a->number, a->text);
}

/* The same by the calls that came later. */
static bool mounted_by_fd(const struct attempt *a)
{
	int fs = fsopen(a->path, 0);

	return fs >= 0 && (!a->text || !fsconfig(fs, FSCONFIG_SET_STRING, "source", a->text, 0)) &&
	       !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) && fsmount(fs, 0, 0) >= 0;
}

static dev_t disk(void)
{
	unsigned int major = 0, minor = 0;
	const char *text = getenv("ESCAPE_DISK");

	if (text && sscanf(text, "%u:%u", &major, &minor) != 2)
		return 0;
	return makedev(major, minor);
}

/* Make a device, and read it: in "/", where a new file system has no "nodev", in /dev. */
static bool device(const struct attempt *a)
{
	char path[64], byte;
	dev_t dev = a->number ? makedev(1, 1) : disk();
	int fd, error;
	bool done;

	if (a->text && (!own_mounts() || mount("x", "/escape-mount", a->text, 0, NULL)))
		return false;
	snprintf(path, sizeof(path), "%s/escape-device", a->path);
	if (mknod(path, (a->number ? S_IFCHR : S_IFBLK) | 0600, dev))
		return false;
	fd = open(path, O_RDONLY);
	done = read(fd, &byte, 1) == 1;
	error = errno;
	unlink(path);
	errno = error;
	return done;
}

static int a_file(const char *path)
{
	return open(path, O_RDWR | O_CREAT, 0600);
}

static bool immutable(const struct attempt *a)
{
	int fd = a_file("/escape-file"), flags = 0, want;
	bool done;

	(void)a;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return false;
	want = flags | FS_IMMUTABLE_FL;
	done = !ioctl(fd, FS_IOC_SETFLAGS, &want);
	if (done)
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	return done;
}

static bool frozen(const struct attempt *a)
{
	int fd = open("/", O_RDONLY);

	(void)a;
	if (ioctl(fd, FIFREEZE, 0))
		return false;
	ioctl(fd, FITHAW, 0);
	return true;
}

static bool trusted(const struct attempt *a)
{
	return !fsetxattr(a_file("/escape-file"), a->path, "y", 1, 0);
}

static bool given_away(const struct attempt *a)
{
	(void)a;
	return !fchown(a_file("/escape-file"), OUTSIDE, OUTSIDE);
}

static bool watches_all(const struct attempt *a)
{
	(void)a;
	return fanotify_init(FAN_CLASS_CONTENT, O_RDONLY) >= 0;
}

/* A mount with other ids of a file system of the host's: the one that we live on, or, when that
 * is an overlay, which is our own (and 7.3 lets us), the one that devices come from. */
static bool mapped(const struct attempt *a)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int ends[2], tree, error;
	struct statfs fs;
	char path[64];
	pid_t pid;
	bool done;

	(void)a;
	if (statfs("/", &fs))
		return false;
	tree = open_tree(AT_FDCWD, fs.f_type == OVERLAYFS_SUPER_MAGIC ? "/dev/null" : "/",
			 OPEN_TREE_CLONE);
	if (tree < 0 || pipe(ends))
		return false;
	pid = fork();
	if (!pid) {
		bool made = !unshare(CLONE_NEWUSER);

		if (write(ends[1], &made, 1) == 1)
			pause();
		_exit(0);
	}
	if (read(ends[0], &done, 1) != 1 || !done)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (write(open(path, O_WRONLY), "0 0 1\n", 6) != 6)
		return false;
	memcpy(strrchr(path, '/'), "/gid_map", 8);
	if (write(open(path, O_WRONLY), "0 0 1\n", 6) != 6)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	attr.userns_fd = open(path, O_RDONLY);
	done = !mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	error = errno;
	kill(pid, SIGKILL);
	errno = error;
	return done;
}

/* The mounts of any other mount namespace: their numbers are small, or those of nsfs. */
static bool other_mounts(const struct attempt *a)
{
	struct {
		uint32_t size, spare;
		uint64_t mount, param, ns;
	} want = { .size = sizeof(want), .mount = -1ULL };
	uint64_t own = 0, list[4];

	(void)a;
	ioctl(open("/proc/self/ns/mnt", O_RDONLY), _IOR(0xb7, 0x5, uint64_t), &own);
	for (want.ns = 1; want.ns < 200; want.ns++)
		if (want.ns != own && syscall(SYS_listmount_, &want, list, 4, 0) > 0)
			return true;
	return false;
}

/* The host's root directory through any process that is seen. */
static bool root_of_another(const struct attempt *a)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[512];

	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/%s" HOST_FILE, entry->d_name, a->path);
		if (*entry->d_name >= '1' && *entry->d_name <= '9' && !access(path, F_OK))
			return true;
	}
	errno = 0;
	return false;
}

static bool is_named(const struct attempt *a)
{
	char line[512];
	FILE *f = fopen(a->path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, a->text))
			return true;
	errno = 0;
	return false;
}

#define WRITE(path) TRY(path, can_write, PROOF)
#define READ(path) TRY(path, can_read, PROOF)
#define FRESH(type, file, how) \
	TRY("a new " type ": " file, written_anew, PROOF, .text = type, \
	    .path = "/escape-mount/" file, .number = how)
#define REMOUNTED(file) TRY("/sys writable: " file, written_remounted, PROOF, .path = "/sys/" file)
#define MOUNT(type, ...) TRY("mount " type, mounted, PROOF, __VA_ARGS__)

static const struct attempt table[] = {
	WRITE("/proc/sysrq-trigger"), WRITE("/proc/sys/kernel/core_pattern"),
	WRITE("/proc/sys/kernel/modprobe"), WRITE("/proc/sys/kernel/sysrq"),
	WRITE("/proc/sys/kernel/panic"), WRITE("/proc/sys/kernel/dmesg_restrict"),
	WRITE("/proc/sys/kernel/ftrace_enabled"), WRITE("/proc/sys/kernel/poweroff_cmd"),
	WRITE("/proc/sys/vm/drop_caches"), WRITE("/proc/sys/vm/overcommit_memory"),
	WRITE("/proc/sys/vm/nr_hugepages"), WRITE("/proc/sys/fs/file-max"),
	WRITE("/proc/sys/fs/suid_dumpable"), WRITE("/proc/irq/default_smp_affinity"),
	WRITE("/proc/vzlite/ve"), WRITE("/proc/mtrr"),
	TRY("less OOM score", can_write, PROOF, .path = "/proc/self/oom_score_adj", .text = "-1"),
	TRY("a higher autogroup", can_write, PROOF, .path = "/proc/self/autogroup", .text = "-1"),
	TRY("/proc/kcore", can_read, PROOF, .text = "open"), READ("/proc/kmsg"),
	READ("/proc/timer_list"), READ("/proc/vmallocinfo"), READ("/proc/slabinfo"),
	READ("/sys/kernel/debug/sched/debug"), READ("/sys/kernel/tracing/trace"),
	READ("/sys/firmware/acpi/tables/DSDT"), READ("/dev/mem"), READ("/dev/vda"),
	TRY("/dev/port", can_read, 0), TRY("/dev/kmsg", can_read, PROOF, .text = "open"),
	TRY("/dev/console", can_read, PROOF, .text = "open"),
	TRY("/dev/tty0", can_read, PROOF, .text = "open"),
	TRY("/dev/ttyS0", can_read, PROOF, .text = "open"),
	REMOUNTED("power/state"), REMOUNTED("kernel/mm/ksm/run"),
	REMOUNTED("module/kernel/parameters/panic"), REMOUNTED("devices/system/cpu/cpu1/online"),
	REMOUNTED("kernel/mm/transparent_hugepage/enabled"), REMOUNTED("class/block/vda/uevent"),
	FRESH("proc", "sys/kernel/core_pattern", O_WRONLY), FRESH("proc", "sysrq-trigger", O_WRONLY),
	FRESH("proc", "sys/kernel/modprobe", O_WRONLY), FRESH("proc", "kcore", O_RDONLY),
	FRESH("sysfs", "kernel/mm/ksm/run", O_WRONLY), FRESH("sysfs", "class/block/vda/uevent", O_WRONLY),
	TRY("mknod and read the disk", device, PROOF, .path = ""),
	TRY("mknod and read the disk in /dev", device, PROOF, .path = "/dev"),
	TRY("mknod and read the disk on a tmpfs", device, PROOF, .path = "/escape-mount", .text = "tmpfs"),
	TRY("mknod and read memory", device, PROOF, .path = "", .number = 1),
	TRY("mknod and read memory on a tmpfs", device, PROOF, .path = "/escape-mount", .text = "tmpfs",
	    .number = 1),
	MOUNT("cgroup", .text = "none,name=escape"), MOUNT("debugfs"), MOUNT("tracefs"),
	MOUNT("securityfs"), MOUNT("devtmpfs"), MOUNT("configfs"), MOUNT("pstore"),
	MOUNT("hugetlbfs"), MOUNT("ext4", .path = "/dev/vda"),
	TRY("fsopen debugfs", mounted_by_fd, PROOF, .path = "debugfs"),
	TRY("fsopen ext4", mounted_by_fd, PROOF, .path = "ext4", .text = "/dev/vda"),
	TRY("map the ids of the file system", mapped, PROOF),
	TRY("other namespaces' mounts", other_mounts, PROOF),
	TRY("the host's root of a process", root_of_another, PROOF, .path = "root"),
	TRY("the host's root from a process", root_of_another, PROOF, .path = "cwd"),
	TRY("an immutable file", immutable, PROOF), TRY("freeze the file system", frozen, 0),
	TRY("trusted attribute", trusted, PROOF, .path = "trusted.escape"),
	TRY("give a file away", given_away, PROOF),
	TRY("fanotify for content", watches_all, PROOF),
	TRY("the host's keys by name", is_named, PROOF, .path = "/proc/keys", .text = "vzlite-escape"),
	TRY("the host's sockets by name", is_named, PROOF, .path = "/proc/net/unix",
	    .text = "vzlite-escape"),
};

#define CGROUP(file, value) \
	TRY("cgroup's " file, can_write, PROOF, .path = "/sys/fs/cgroup/" file, .text = value)
#define ABOVE(file) TRY("a new cgroup2: " file, written_anew, PROOF, .text = "cgroup2", \
			.path = "/escape-mount/" file, .number = O_WRONLY)

static const struct attempt cgroup_table[] = {
	CGROUP("memory.max", "max"), CGROUP("memory.high", "max"), CGROUP("memory.min", "0"),
	CGROUP("memory.swap.max", "max"), CGROUP("pids.max", "max"), CGROUP("cpu.max", "max"),
	CGROUP("cpu.weight", "10000"), CGROUP("cpuset.cpus", "0"), CGROUP("cgroup.freeze", "0"),
	CGROUP("cgroup.max.depth", "max"), CGROUP("cgroup.max.descendants", "max"),
	ABOVE("memory.max"), ABOVE("pids.max"), ABOVE("cgroup.freeze"), ABOVE("cgroup.kill"),
};

static bool sysctls;

/* To the next value that it takes, one more, one less, 0 or 1. */
static bool change(const char *path)
{
	char now[64] = "", want[4][32];
	int in = open(path, O_RDONLY);
	bool done = false;

	if (read(in, now, sizeof(now) - 1) <= 0)
		now[0] = '\0';
	close(in);
	snprintf(want[0], sizeof(want[0]), "%lld", atoll(now) + 1);
	snprintf(want[1], sizeof(want[1]), "%lld", atoll(now) - 1);
	snprintf(want[2], sizeof(want[2]), "%d", atoll(now) != 1);
	snprintf(want[3], sizeof(want[3]), "0");
	for (size_t i = 0; !done && i < COUNT(want); i++) {
		int fd = open(path, O_WRONLY | O_NONBLOCK);

		done = write(fd, want[i], strlen(want[i])) > 0;
		close(fd);
	}
	return done;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd;

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd < 0)
		return 0;
	close(fd);
	if (!sysctls || change(path))
		dprintf(1, "%s\n", path);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	sysctls = !strcmp(what, "sysctls");
	if (sysctls)
		return nftw("/proc/sys", visit, 20, FTW_PHYS);
	if (argc > 2 && !strcmp(what, "writable"))
		return nftw(argv[2], visit, 20, FTW_PHYS);
	if (argc > 2 && !strcmp(what, "cgroup"))
		return attempts(cgroup_table, COUNT(cgroup_table), argv[2]);
	return attempts(table, COUNT(table), what);
}
