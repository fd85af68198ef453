/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container, described neutrally: what is to be made, not whose idea it is.
 * spawn.h starts it; describe.h makes it from a VE's configuration. It only
 * points at what its maker owns, and is not changed by those who read it.
 */
#ifndef VZLITE_CONTAINER_H
#define VZLITE_CONTAINER_H

#include <sys/resource.h>

#include "util.h"

struct id_map {
	uint32_t inside, outside, count;
};

/*
 * The root file system. With @lower: an overlay of @upper (and @work) over it,
 * mounted by the container's own root, so that whatever the overlay does to
 * @upper it does with no more right than that root has; the files in @upper are
 * owned by mapped ids. Without @lower: @tree itself.
 * @idmapped: @lower or @tree is shown through the user namespace's id map, its
 * files staying owned by unmapped ids on disk.
 */
struct root {
	const char *lower, *upper, *work;
	const char *tree;
	bool idmapped;
};

#define MOUNT_OPTIONS_MAX 6

struct mount_option {
	const char *key;
	const char *value;	/* NULL: a flag */
};

/*
 * One mount. @target is a path below the root, made when it is missing, never
 * reached through a symbolic link. @type with @options is a new file system;
 * @source without @type is a file, directory or device of the host, bound; @part_mode
 * a directory of that mode in the file system that @target lies in, which has @attributes
 * of its own, not that one's. Devices and parts lie in a tmpfs that stands before them.
 */
struct mount {
	const char *target;
	const char *type;
	const char *source;
	unsigned int attributes;	/* MOUNT_ATTR_* */
	struct mount_option options[MOUNT_OPTIONS_MAX];
	unsigned int device[2];		/* major, minor: @source must be this
					 * character device; 0: any file */
	mode_t part_mode;
};

/*
 * One more, of which the container's own root shall not be able to change the flags (bind.h),
 * at @target as of a mount, after all of those: @source, a directory or file of the host, its
 * ids shown through the user namespace's map; or, without @source, a node of the container's own for
 * @device, with @device_mode (S_IFCHR or S_IFBLK, and what its root's access is).
 */
struct bind {
	const char *target;
	const char *source;
	unsigned int attributes;	/* MOUNT_ATTR_*; nosuid and, of @source, nodev always */
	mode_t device_mode;
	dev_t device;
	bool read, write;		/* the device may be; who enforces it is not said here */
	bool device_load;		/* opened once, which has the kernel load what it needs */
};

#define BINDS_MAX 64

/* Made after the mounts: @path, below the root, pointing at @target. */
struct symlink {
	const char *path, *target;
};

/* What a standard stream is: none of the caller's own, but for the null device, which
 * every container has (streams.h). */
enum stream {
	STREAM_NULL,			/* the container's /dev/null */
	STREAM_CALLER,			/* the caller's null device */
	STREAM_TERMINAL,		/* a terminal of the container, one for all */
	STREAM_PIPE,
	STREAM_FILE,			/* input: a pipe, of which the caller keeps both ends */
	STREAM_OUTPUT,			/* error: the same as output */
};

struct limit {
	int resource;		/* RLIMIT_* */
	struct rlimit value;
};

/* One system call that is answered with @error instead of being made. */
struct denied_call {
	int x86_64, i386;	/* its numbers, -1 for none */
	int error;
};

struct container {
	const char *id;			/* for error lines */

	/* Namespaces to make (CLONE_NEW*), or, with @join >= 0, of which process
	 * (a pidfd) to join them. */
	uint64_t namespaces;
	int join;
	bool clocks_from_zero;		/* time namespace: boottime and monotonic start now */
	const struct id_map *uids, *gids;
	size_t uid_count, gid_count;

	/* How many signals may be queued in all of a new user namespace; NULL: as
	 * many as the caller may queue. */
	const rlim_t *signals;

	int cgroup;			/* directory to be born in, -1: the caller's */

	const struct root *root;	/* NULL: none, the joined one's */
	const struct mount *mounts;
	size_t mount_count;
	const struct bind *binds;	/* with CLONE_NEWUSER and CLONE_NEWNS only */
	size_t bind_count;		/* up to BINDS_MAX */
	const struct symlink *symlinks;
	size_t symlink_count;

	const char *hostname;		/* NULL: the caller's */
	bool hostname_file;		/* also write it to /etc/hostname and /etc/hosts */
	const char *resolver;		/* what to write to /etc/resolv.conf; NULL: leave it */
	bool loopback;			/* bring "lo" up */

	/* Identity and rights of the first process. */
	uint64_t capabilities;		/* bounding set, bit n = capability n */
	const struct denied_call *denied;
	size_t denied_count;
	const struct limit *limits;
	size_t limit_count;
	int oom_score_adj;
	bool forget_login;		/* not the caller's in the audit log */
	bool no_new_privs;

	const char *cwd;
	char *const *argv;		/* argv[0] is the path of the program, or, with
					 * @search, a name that PATH finds */
	char *const *env;
	bool search;
	bool login;			/* run what /etc/passwd gives root as a login shell */

	enum stream stdio[3];		/* standard input, output and error */
	int pipes[3];			/* its ends of those that are pipes */

	bool at_once;			/* it need not wait for spawn_go(): it has neither a
					 * terminal nor @notify */

	/* NOTIFY_SOCKET for the first process: a path below the root where a
	 * datagram socket is bound; NULL: none. */
	const char *notify;
};

#endif
