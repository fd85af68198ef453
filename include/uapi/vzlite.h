/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The netlink protocol of vzlite: its only copy and its documentation.
 *
 * Generic netlink family "vzlite", version 1, multicast group "events". The
 * family exists in the initial network namespace only. Every command, and the
 * multicast group, needs CAP_NET_ADMIN in the initial user namespace (EPERM).
 *
 * Validation is strict for every command: an attribute that the command does
 * not know, that is too short or too long, or that stands twice at one level
 * is EINVAL or ERANGE (always ERANGE for a value out of range), with
 * the reason in the extended acknowledgement, and nothing is changed.
 *
 * Numbers are in the machine's byte order; those of 64 bits need not be aligned, and a
 * request has no PAD. A nest has NLA_F_NESTED in its type, in a request (EINVAL without)
 * as in a reply, where it must be masked; nothing else may have it.
 *
 * Words: a VE (virtual environment) is a cgroup v2 directory with an id and a
 * name; every task below the directory belongs to it. A VE has one beancounter,
 * which holds one counter for each resource: held, maxheld, barrier, limit,
 * failcnt, and who enforces it: for one that the module does not, BARRIER and LIMIT
 * of a reply are what the enforcer has, whatever VE_NEW and VE_SET have said. Where
 * a VE lacks what would enforce it (a memory controller, an ipc namespace), or is so new
 * that there is no sample yet, the enforcer is NONE. A VE that was deleted while objects
 * charged to it live on is a zombie: it can no longer be named, and goes with its last
 * object.
 *
 * A view is what one of the kernel's own files or calls says when a task of a VE
 * asks: its machine is the VE. It needs nothing from userland: limits, CPUs and times
 * are read from the VE's cgroup and namespaces. A module without views does not know
 * FEATURES (EINVAL) and sends no VIEWS.
 *
 * Commands (request attributes; "*" = required; then the reply)
 *
 *   MODULE_GET  -                       one MODULE_GET message: VERSION, VE_COUNT,
 *                                       ZOMBIE_COUNT, RESOURCES, VIEWS, END_MISSING
 *   VE_NEW      VE_ID* VE_NAME          ack. Registers a VE. Exactly one of
 *               CGROUP_FD|CGROUP_ID*    CGROUP_FD and CGROUP_ID. The first VE
 *               COUNTERS FEATURES       installs the kernel hooks. A feature that
 *                                       FEATURES does not select is as its default.
 *                 EEXIST   the id, the name or the cgroup is a VE already
 *                 EBUSY    the cgroup lies above or below another VE's
 *                 EBADF    CGROUP_FD is no directory of the cgroup v2 hierarchy
 *                 ENOENT   CGROUP_ID names no cgroup in the sender's cgroup namespace,
 *                          or CGROUP_FD's has been removed
 *                 EINVAL   the cgroup is the root, or 64 or more levels below it, or
 *                          both or neither are given
 *                 ENODEV   the module is being unloaded
 *                 EOPNOTSUPP  not one resource can be enforced on this kernel, or
 *                          COUNTERS bound one that is the module's to enforce and
 *                          cannot be: see MISSING of each in MODULE_GET
 *                 ENOMEM
 *   VE_SET      VE_ID* VE_NAME COUNTERS ack. Changes the name, the barriers and
 *               FEATURES                limits given and the features selected; all or
 *                                       nothing. NUMSIGINFO is passed on to the VE's
 *                                       user namespace.
 *                 ENOENT   no such VE       EEXIST  the name is another VE's
 *                 EOPNOTSUPP  likewise
 *   VE_GET      VE_ID*                  one VE_GET message: VE_ID VE_NAME
 *                                       CGROUP_ID POPULATED FEATURES, END and
 *                                       WAIT_STATUS once an init of it has ended
 *                 ENOENT   no such VE
 *               dump: -                 one such message a VE, in order of id;
 *                                       NLM_F_DUMP_INTR when VEs came or went: those
 *                                       that did neither are all there, once
 *   VE_DEL      VE_ID* RELEASE          ack. Forgets the VE; live objects keep it
 *                                       as a zombie. With RELEASE also while tasks
 *                                       live in the cgroup: they go on, in no VE, and
 *                                       nothing limits what stays charged to it.
 *                 EBUSY    tasks live in the cgroup     ENOENT  no such VE
 *   COUNTER_GET VE_ID* RESOURCE_MASK    one COUNTER_GET message: VE_ID VE_NAME
 *                                       COUNTERS
 *                 ENOENT   no such VE
 *               dump: RESOURCE_MASK     one such message a VE, likewise
 *   LIMIT_EVENT (multicast, never a request)  VE_ID VE_NAME COUNTERS (the one
 *                                       counter that was hit) PID COMM HITS.
 *               The first hit is sent at once, later ones at most once a second
 *               for each VE and resource, with the number of hits since, whether
 *               anybody listens or not. What is left when the VE is deleted is sent
 *               before VE_DEL is acknowledged, and nothing of a zombie's. What a
 *               cgroup refuses (PHYSPAGES, OOMGUARPAGES, SWAPPAGES) is seen within
 *               about a second, and when an init ends, but not once the cgroup is
 *               removed; it is told with PID 0 and an empty COMM. Of a socket
 *               whose buffer is full recv(2) says ENOBUFS: some are lost then, of which
 *               FAILCNT has the number.
 *   END_EVENT   (multicast, never a request)  VE_ID VE_NAME END WAIT_STATUS. The
 *               init of a VE, process 1 of a pid namespace right below the host's, has
 *               begun to end. Its other processes are killed next: they may still be there.
 *               At most one a second for each VE, of the last.
 *
 * Since 0.1 unless said otherwise. Fields may be added to replies; a reader
 * skips what it does not know.
 */
#ifndef _UAPI_VZLITE_H
#define _UAPI_VZLITE_H

#define VZLITE_GENL_NAME	"vzlite"
#define VZLITE_GENL_VERSION	1
#define VZLITE_GENL_MCGRP	"events"

#define VZLITE_VE_ID_MIN	1
#define VZLITE_VE_ID_MAX	2147483647	/* 2^31 - 1 */
#define VZLITE_VE_NAME_MAX	63		/* bytes, without the final NUL */

/* A barrier or limit that is none: LONG_MAX, as OpenVZ prints it on 64 bits. */
#define VZLITE_UNLIMITED	9223372036854775807ULL

enum vzlite_cmd {
	VZLITE_CMD_UNSPEC,
	VZLITE_CMD_MODULE_GET,
	VZLITE_CMD_VE_NEW,
	VZLITE_CMD_VE_SET,
	VZLITE_CMD_VE_GET,
	VZLITE_CMD_VE_DEL,
	VZLITE_CMD_COUNTER_GET,
	VZLITE_CMD_LIMIT_EVENT,
	VZLITE_CMD_END_EVENT,

	__VZLITE_CMD_MAX,
	VZLITE_CMD_MAX = __VZLITE_CMD_MAX - 1
};

/* Top level attributes. */
enum vzlite_attr {
	VZLITE_A_UNSPEC,
	VZLITE_A_PAD,
	VZLITE_A_VERSION,	/* string: the module's version, "0.1.0" */
	VZLITE_A_VE_COUNT,	/* u32: registered VEs */
	VZLITE_A_ZOMBIE_COUNT,	/* u32: deleted VEs that live objects keep */
	VZLITE_A_RESOURCES,	/* nested array of vzlite_resource_attr nests */
	VZLITE_A_VE_ID,		/* u32: VZLITE_VE_ID_MIN .. VZLITE_VE_ID_MAX */
	VZLITE_A_VE_NAME,	/* string: 1 .. VZLITE_VE_NAME_MAX bytes of
				 * [A-Za-z0-9_.+-], not starting with '-' or '.';
				 * without it the id in decimal */
	VZLITE_A_CGROUP_FD,	/* u32: the sender's open fd of the directory */
	VZLITE_A_CGROUP_ID,	/* u64: the directory's inode number */
	VZLITE_A_POPULATED,	/* u8: 1 while a task lives in the cgroup */
	VZLITE_A_COUNTERS,	/* nested array of vzlite_counter_attr nests */
	VZLITE_A_PID,		/* u32: the process that was refused, in the initial pid namespace; 0
				 * when no task asked (a connection came in), or when it is
				 * not known who did (a cgroup refused) */
	VZLITE_A_COMM,		/* string: the command name of its thread that was, up to 15
				 * bytes of any value */
	VZLITE_A_HITS,		/* u64: refusals since the last such event */
	VZLITE_A_FEATURES,	/* bitfield32 of VZLITE_FEATURE_*; in a request those of its
				 * selector change, EINVAL for others and for such that this
				 * module does not know; in a reply the selector is all that it
				 * knows */
	VZLITE_A_VIEWS,		/* nested array of vzlite_view_attr nests */
	VZLITE_A_RELEASE,	/* flag */
	VZLITE_A_END,		/* u32: enum vzlite_end, of the VE's last init that ended */
	VZLITE_A_WAIT_STATUS,	/* u32: of the same, as its parent gets it from wait(2) */
	VZLITE_A_END_MISSING,	/* string: the kernel function that cannot be hooked, so that
				 * nobody is told of ends; absent: they are told */
	VZLITE_A_RESOURCE_MASK,	/* u64: bit N asks for the counter of resource N; without it
				 * all are told. A bit of no resource asks for nothing. */

	__VZLITE_A_MAX,
	VZLITE_A_MAX = __VZLITE_A_MAX - 1
};

/* What can be on or off in a VE. */
#define VZLITE_FEATURE_VIEWS	(1U << 0)	/* its tasks see the VE as their machine; default: on */
#define VZLITE_FEATURES_ALL	VZLITE_FEATURE_VIEWS
#define VZLITE_FEATURES_DEFAULT	VZLITE_FEATURE_VIEWS

/* A member of VZLITE_A_RESOURCES, VZLITE_A_COUNTERS and VZLITE_A_VIEWS is a nest of this
 * type. */
enum vzlite_item_attr {
	VZLITE_ITEM_UNSPEC,
	VZLITE_ITEM,

	__VZLITE_ITEM_MAX,
	VZLITE_ITEM_MAX = __VZLITE_ITEM_MAX - 1
};

enum vzlite_resource_attr {
	VZLITE_RESOURCE_A_UNSPEC,
	VZLITE_RESOURCE_A_ID,		/* u32: enum vzlite_resource */
	VZLITE_RESOURCE_A_NAME,		/* string: OpenVZ's name, "numproc" */
	VZLITE_RESOURCE_A_ENFORCER,	/* u32: enum vzlite_enforcer */
	VZLITE_RESOURCE_A_MISSING,	/* string: the kernel function that cannot be
					 * hooked and so keeps it from being enforced,
					 * or makes it less exact */

	__VZLITE_RESOURCE_A_MAX,
	VZLITE_RESOURCE_A_MAX = __VZLITE_RESOURCE_A_MAX - 1
};

enum vzlite_view_attr {
	VZLITE_VIEW_A_UNSPEC,
	VZLITE_VIEW_A_NAME,		/* string: "meminfo", "stat", "sysinfo" ... */
	VZLITE_VIEW_A_MISSING,		/* string: the kernel function that cannot be hooked:
					 * VEs see the host's; absent: the view works */
	VZLITE_VIEW_A_GUARD,		/* flag: no view, but what bounds what VEs can take of the
					 * host; with MISSING not in force, or not all of it */

	__VZLITE_VIEW_A_MAX,
	VZLITE_VIEW_A_MAX = __VZLITE_VIEW_A_MAX - 1
};

/*
 * In requests RESOURCE, BARRIER and LIMIT are required, the others unknown.
 * Values are in the resource's unit, 0 .. VZLITE_UNLIMITED; a barrier above
 * its limit is EINVAL.
 */
enum vzlite_counter_attr {
	VZLITE_COUNTER_A_UNSPEC,
	VZLITE_COUNTER_A_PAD,
	VZLITE_COUNTER_A_RESOURCE,	/* u32: enum vzlite_resource */
	VZLITE_COUNTER_A_HELD,		/* u64: in use now */
	VZLITE_COUNTER_A_MAXHELD,	/* u64: the most that held ever was */
	VZLITE_COUNTER_A_BARRIER,	/* u64: where ordinary charges stop */
	VZLITE_COUNTER_A_LIMIT,		/* u64: where the graceful ones stop */
	VZLITE_COUNTER_A_FAILCNT,	/* u64: refused charges since VE_NEW; of a cgroup's
					 * counters, since the cgroup was made */
	VZLITE_COUNTER_A_ENFORCER,	/* u32: enum vzlite_enforcer */
	VZLITE_COUNTER_A_AGE,		/* u32: HELD was so that many milliseconds ago, and
					 * MAXHELD is the most that was seen at such times;
					 * absent: they are of now */

	__VZLITE_COUNTER_A_MAX,
	VZLITE_COUNTER_A_MAX = __VZLITE_COUNTER_A_MAX - 1
};

/* How the init of a VE ended: reboot(2) in its pid namespace, or otherwise. */
enum vzlite_end {
	VZLITE_END_NONE,
	VZLITE_END_EXIT,		/* by itself, or killed: see the wait status */
	VZLITE_END_REBOOT,		/* LINUX_REBOOT_CMD_RESTART, _RESTART2 */
	VZLITE_END_HALT,		/* LINUX_REBOOT_CMD_HALT, _POWER_OFF */
};

/* Who makes a limit hold. */
enum vzlite_enforcer {
	VZLITE_ENFORCER_NONE,		/* nobody: held is 0, the row is a dummy */
	VZLITE_ENFORCER_MODULE,		/* the module, by refusing charges */
	VZLITE_ENFORCER_CGROUP,		/* the VE's cgroup */
	VZLITE_ENFORCER_NAMESPACE,	/* one of the VE's namespaces */
	VZLITE_ENFORCER_ACCOUNTED,	/* counted, not limited */
};

/* OpenVZ's resources by OpenVZ's indices, the order of /proc/user_beancounters. */
enum vzlite_resource {
	VZLITE_KMEMSIZE,	/* bytes; limited as a part of PHYSPAGES */
	VZLITE_LOCKEDPAGES,	/* pages; ENOMEM from mlock, mlock2, mlockall, brk, mremap,
				 * EAGAIN from mmap */
	VZLITE_PRIVVMPAGES,	/* pages, private and writable, or of stacks; ENOMEM from mmap,
				 * brk, mprotect, mremap, fork */
	VZLITE_SHMPAGES,	/* pages; ENOSPC from shmget */
	VZLITE_DUMMY4,
	VZLITE_NUMPROC,		/* tasks, threads included; EAGAIN from fork, clone */
	VZLITE_PHYSPAGES,	/* pages; an OOM kill in the VE */
	VZLITE_VMGUARPAGES,	/* pages; the barrier is the guarantee */
	VZLITE_OOMGUARPAGES,	/* pages; the barrier is the guarantee, failcnt counts
				 * OOM kills */
	VZLITE_NUMTCPSOCK,	/* sockets; ENOBUFS from socket, a connection is dropped */
	VZLITE_NUMFLOCK,	/* file locks; ENOLCK from fcntl, flock */
	VZLITE_NUMPTY,		/* ptys; ENOSPC from open of /dev/ptmx */
	VZLITE_NUMSIGINFO,	/* queued signals; EAGAIN from sigqueue */
	VZLITE_TCPSNDBUF,	/* bytes */
	VZLITE_TCPRCVBUF,	/* bytes */
	VZLITE_OTHERSOCKBUF,	/* bytes */
	VZLITE_DGRAMRCVBUF,	/* bytes */
	VZLITE_NUMOTHERSOCK,	/* sockets; ENOBUFS or ENOMEM from socket, as of want of
				 * memory in that family; ENOMEM from connect (unix) */
	VZLITE_DCACHESIZE,	/* bytes; limited as a part of PHYSPAGES */
	VZLITE_NUMFILE,		/* open files (struct file); ENFILE from open,
				 * socket, pipe, exec ... */
	VZLITE_DUMMY20,
	VZLITE_DUMMY21,
	VZLITE_DUMMY22,
	VZLITE_NUMIPTENT,	/* rules */
	VZLITE_SWAPPAGES,	/* pages */

	VZLITE_RESOURCE_COUNT
};

#endif /* _UAPI_VZLITE_H */
