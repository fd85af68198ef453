// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>

#include "describe.h"
#include "error.h"
#include "paths.h"
#include "private.h"
#include "privileged.h"
#include "syscalls.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | \
		    CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWTIME)

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Bound from the host: nobody in a user namespace can make a device node, and
 * /dev/console is left out: there is nobody to talk to at its other end, and an
 * init that finds none does without. */
#define DEVICE(name, major, minor) \
	{ .target = "/dev/" name, .source = "/dev/" name, .device = { major, minor } }

/*
 * Of /proc and /sys nothing is masked. What a host must hide there belongs to
 * ids that the VE does not have (kcore, timer_list, sysrq-trigger, the firmware's
 * tables), and the VE's root could take a mask off its own mount table; but a
 * mask keeps every program in the VE from mounting a proc of its own in a user
 * namespace of its own, which is how rootless containers live.
 * /sys is read-only, which tells systemd that devices are not its business.
 * Those of one directory stand together, the last with the links: each walk costs.
 */
static const struct mount mounts[] = {
	{ .target = "/proc", .type = "proc", .attributes = SAFE },
	{ .target = "/sys", .type = "sysfs", .attributes = SAFE | MOUNT_ATTR_RDONLY },
	{ .target = "/run", .type = "tmpfs", .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	  .options = { { "mode", "0755" }, { "size", "20%" } } },
	{ .target = "/sys/fs/cgroup", .type = "cgroup2", .attributes = SAFE },
	{ .target = "/dev", .type = "tmpfs", .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  .options = { { "mode", "0755" } } },
	DEVICE("null", 1, 3),
	DEVICE("zero", 1, 5),
	DEVICE("full", 1, 7),
	DEVICE("random", 1, 8),
	DEVICE("urandom", 1, 9),
	DEVICE("tty", 5, 0),
	{ .target = "/dev/pts", .type = "devpts",
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  .options = { { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" } } },
	/* Of /dev's: a file system takes 7 KB of the kernel's memory, and of each VE's cgroup
	 * 16 bytes for every VE that there is. */
	{ .target = "/dev/shm", .part_mode = 01777,
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV },
	{ .target = "/dev/mqueue", .type = "mqueue", .attributes = SAFE },
};

static const struct symlink symlinks[] = {
	{ "/dev/ptmx", "pts/ptmx" },
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

/*
 * Capabilities count in the VE's user namespace only, where these do nothing:
 * what they are for is asked of the host's. Without them programs see that, and
 * units with ConditionCapability= are skipped instead of failing.
 */
#define CAP(c) (1ULL << (c))
#define CAPABILITIES (~(CAP(CAP_SYS_MODULE) | CAP(CAP_SYS_RAWIO) | CAP(CAP_SYS_TIME) | \
			CAP(CAP_MAC_OVERRIDE) | CAP(CAP_MAC_ADMIN) | CAP(CAP_SYSLOG) | \
			CAP(CAP_AUDIT_CONTROL) | CAP(CAP_AUDIT_READ) | CAP(CAP_WAKE_ALARM) | \
			CAP(CAP_BLOCK_SUSPEND) | CAP(CAP_PERFMON) | CAP(CAP_BPF)))

/*
 * Calls that a VE has no use for, and in which the kernel's holes were. Numbers:
 * x86_64, i386. Not those that ask for a capability of the host's first of all (swapon,
 * acct, iopl ...): each row costs `exec` some thousand instructions.
 * request_key runs a program of the host, as its root, on the caller's behalf. Of keys
 * each of the VE's 65536 users may have 200, which no cgroup is charged for. Engines that
 * run in a VE take ENOSYS for a kernel without keys, and EPERM for an error.
 */
static const struct denied_call denied[] = {
	{ 246, 283, EPERM },	/* kexec_load */
	{ 320, -1, EPERM },	/* kexec_file_load */
	{ 175, 128, EPERM },	/* init_module */
	{ 313, 350, EPERM },	/* finit_module */
	{ 176, 129, EPERM },	/* delete_module */
	{ 174, 127, EPERM },	/* long gone, like the next three: they make one range of */
	{ 177, 130, EPERM },	/* those around them, which is cheaper than gaps */
	{ 178, -1, EPERM },
	{ 180, -1, EPERM },
	{ 304, 342, EPERM },	/* open_by_handle_at */
	{ 321, 357, EPERM },	/* bpf */
	{ 298, 336, EPERM },	/* perf_event_open */
	{ 323, 374, EPERM },	/* userfaultfd */
	{ 244, 281, ENOSYS },	/* mq_notify: what it keeps can be lost for ever */
	{ 248, 286, ENOSYS },	/* add_key */
	{ 249, 287, ENOSYS },	/* request_key */
	{ 250, 288, ENOSYS },	/* keyctl */
	{ 179, 131, EPERM },	/* quotactl */
	{ 443, 443, EPERM },	/* quotactl_fd */
	{ 103, 103, EPERM },	/* syslog: the host's, also where dmesg_restrict is off */
	{ 447, 447, ENOSYS },	/* memfd_secret: takes pages out of the host's own map, one by one */
	{ 237, 274, EPERM },	/* mbind: policies of a file's parts, for which nobody is charged */
	{ 278, 316, ENOSYS },	/* vmsplice: a pipe would keep pages that nobody is charged for */
	{ 279, 317, ENOSYS },	/* move_pages, migrate_pages: each has all CPUs stop keeping pages at */
	{ 256, 294, ENOSYS },	/* hand, for as long; a kernel without NUMA has neither */
	{ 425, 425, ENOSYS },	/* io_uring_setup, _enter, _register: no other part of the */
	{ 426, 426, ENOSYS },	/* kernel had as many holes; programs take ENOSYS for an */
	{ 427, 427, ENOSYS },	/* older kernel, and do without */
};

/*
 * What the first process of a machine has, whatever shell `start` is typed in; all
 * there are. Queued signals, message queues and, of System V segments, locked memory are
 * also the most that all users of the VE have together.
 */
#define UNLIMITED { RLIM_INFINITY, RLIM_INFINITY }
#define LOCKED_MIN (8 << 20)
static const struct limit limits[] = {
	{ RLIMIT_CPU, UNLIMITED },
	{ RLIMIT_FSIZE, UNLIMITED },
	{ RLIMIT_DATA, UNLIMITED },
	{ RLIMIT_STACK, { 8 << 20, RLIM_INFINITY } },
	{ RLIMIT_CORE, { 0, RLIM_INFINITY } },
	{ RLIMIT_RSS, UNLIMITED },
	{ RLIMIT_NPROC, UNLIMITED },
	{ RLIMIT_NOFILE, { 1024, 1 << 20 } },	/* as podman and docker want to give */
	{ RLIMIT_MEMLOCK, { LOCKED_MIN, LOCKED_MIN } },	/* or --lockedpages */
	{ RLIMIT_AS, UNLIMITED },
	{ RLIMIT_LOCKS, UNLIMITED },
	{ RLIMIT_SIGPENDING, { 16384, 16384 } },
	{ RLIMIT_MSGQUEUE, { 819200, 819200 } },
	{ RLIMIT_NICE, { 0, 0 } },
	{ RLIMIT_RTPRIO, { 0, 0 } },
	{ RLIMIT_RTTIME, UNLIMITED },
};

#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define NOTIFY_PATH "/run/vzlite-notify"

/* All but the texts, which are much and are written before they are read. */
static void clear(struct description *d)
{
	memset(d, 0, offsetof(struct description, resolver));
}

/* What init and every other command of a VE have in common. */
static void describe_rights(struct description *d, bool privileged, rlim_t locked)
{
	struct container *c = &d->container;

	memcpy(d->limits, limits, sizeof(limits));
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].resource == RLIMIT_MEMLOCK)
			d->limits[i].value = (struct rlimit){ locked, locked };
	c->namespaces = NAMESPACES;
	c->capabilities = privileged ? ~0ULL : CAPABILITIES;
	c->denied = denied;
	c->denied_count = privileged ? 0 : ARRAY_SIZE(denied);
	c->limits = d->limits;
	c->limit_count = ARRAY_SIZE(limits);
	c->cwd = "/";
}

void ve_describe_root(const struct config *c, struct description *d)
{
	d->root = (struct root){ .idmapped = true };
	if (c->layout && !strcmp(c->layout, "dir")) {
		private_path(c->ctid, PRIVATE_ROOT, d->upper);
		d->root.tree = d->upper;
		return;
	}
	snprintf(d->lower, sizeof(d->lower), "%s/%s", VZLITE_TEMPLATEDIR,
		 c->ostemplate ? c->ostemplate : "");
	private_path(c->ctid, PRIVATE_UPPER, d->upper);
	private_path(c->ctid, PRIVATE_WORK, d->work);
	d->root.lower = d->lower;
	d->root.upper = d->upper;
	d->root.work = d->work;
}

static int describe_binds(const struct config *c, struct description *d)
{
	int n = bindmounts_parse(c->bindmount, d->bindmounts, d->binds, NULL), devices;

	if (n < 0)
		return fail(EXIT_BAD_VALUE, "%s %u: BINDMOUNT is broken", operation, c->ctid);
	devices = devices_binds(c, d->devices, d->binds + n);
	if (devices < 0)
		return EXIT_MOUNT_FAILED;
	d->container.binds = d->binds;
	d->container.bind_count = n + devices;
	return 0;
}

/* More may be locked where somebody has said how much: to the barrier, where the module refuses. */
static rlim_t locked_bytes(const struct config *c)
{
	uint64_t pages = c->bound[VZLITE_LOCKEDPAGES].barrier;

	if (!c->set[VZLITE_LOCKEDPAGES] || pages >= VZLITE_UNLIMITED >> 12 || pages << 12 < LOCKED_MIN)
		return LOCKED_MIN;
	return pages << 12;
}

int ve_describe(const struct config *c, int cgroup, bool notify, struct description *d)
{
	size_t n = 0;

	clear(d);
	d->map = (struct id_map){ 0, c->local_uid, UID_RANGE };
	snprintf(d->id, sizeof(d->id), "%u", c->ctid);
	ve_describe_root(c, d);
	describe_rights(d, privileged_wanted(c), locked_bytes(c));
	d->argv[0] = c->init && *c->init ? c->init : "/sbin/init";
	d->env[n++] = PATH;
	d->env[n++] = "TERM=linux";
	d->env[n++] = "container=vzlite";	/* systemd-detect-virt: container-other */
	if (notify)
		d->env[n++] = "NOTIFY_SOCKET=" NOTIFY_PATH;

	d->container.id = d->id;
	d->container.join = -1;
	d->container.cgroup = cgroup;
	d->container.clocks_from_zero = true;
	d->container.uids = d->container.gids = &d->map;
	d->container.uid_count = d->container.gid_count = 1;
	d->container.root = &d->root;
	d->container.mounts = mounts;
	d->container.mount_count = ARRAY_SIZE(mounts);
	d->container.symlinks = symlinks;
	d->container.symlink_count = ARRAY_SIZE(symlinks);
	/* Without a setting the VE's own /etc/hostname counts; not the host's name. */
	d->container.hostname_file = c->hostname && *c->hostname;
	d->container.hostname = d->container.hostname_file ? c->hostname : "localhost";
	/* No reason not to start; it has had its line. */
	resolver_text(c, d->resolver);
	d->container.resolver = *d->resolver ? d->resolver : NULL;
	d->container.loopback = true;
	d->container.forget_login = true;
	if (c->set[VZLITE_NUMSIGINFO]) {
		d->signals = c->bound[VZLITE_NUMSIGINFO].limit < LONG_MAX ?
			     c->bound[VZLITE_NUMSIGINFO].limit : RLIM_INFINITY;
		d->container.signals = &d->signals;
	}
	d->container.argv = d->argv;
	d->container.env = d->env;
	memset(d->container.pipes, -1, sizeof(d->container.pipes));
	d->container.notify = notify ? NOTIFY_PATH : NULL;
	return c->bindmount || c->devnodes || c->features ? describe_binds(c, d) : 0;
}

/* The caller's TERM, if it is a name and nothing else. */
static bool plain_term(const char *term)
{
	return term && *term && strlen(term) < 64 &&
	       !term[strspn(term, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+._")];
}

void ve_describe_exec(uint32_t ctid, int init, int cgroup, char *const *argv,
		      bool privileged, rlim_t locked, const enum stream stdio[3], const int pipes[3],
		      struct description *d)
{
	const char *term = getenv("TERM");
	size_t n = 0;

	clear(d);
	snprintf(d->id, sizeof(d->id), "%u", ctid);
	describe_rights(d, privileged, locked);
	d->env[n++] = PATH;
	d->env[n++] = "HOME=/root";
	d->env[n++] = "container=vzlite";
	if (plain_term(term)) {
		snprintf(d->term, sizeof(d->term), "TERM=%s", term);
		d->env[n++] = d->term;
	}
	d->container.id = d->id;
	d->container.join = init;
	d->container.cgroup = cgroup;
	d->container.argv = argv;
	d->container.env = d->env;
	d->container.search = argv;
	d->container.login = !argv;
	memcpy(d->container.stdio, stdio, sizeof(d->container.stdio));
	memcpy(d->container.pipes, pipes, sizeof(d->container.pipes));
	/* A terminal is given its size first. */
	d->container.at_once = stdio[0] != STREAM_TERMINAL && stdio[1] != STREAM_TERMINAL &&
			       stdio[2] != STREAM_TERMINAL;
}
