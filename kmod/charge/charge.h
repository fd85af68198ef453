/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One resource family a file: the handlers that charge and uncharge it, called
 * at the entry of the functions that hooks.c names. The arguments are those
 * functions' own. 0, or the error that the function returns
 * instead of running. No handler sleeps.
 */
#ifndef VZLITE_CHARGE_H
#define VZLITE_CHARGE_H

#include "../hook.h"
#include "../ve.h"

/*
 * Asking beforehand. To refuse an object when it is there would do, but what is made in vain
 * is freed by ksoftirqd and kworkers, of whose time no VE's share is taken. So once something
 * has been refused, it is asked for a second whether there is room, before a task, a file, a
 * socket, a pty is made; no longer, since that costs who is not refused. The charge comes, and
 * decides, when the object is there. This spares what is asked for most, not all: the half of
 * a pair, a socket for which there is no file, a fork that has no memory are made in vain.
 *
 * When that last was, in jiffies, but never 0. 0: not of late.
 */
extern unsigned long vz_refused_at;
/* A test for the stubs: nothing was. Then the next one is made. */
#define VZ_UNLESS_REFUSED "cmpq $0, vz_refused_at(%rip)\n\tjne 8f\n\t" ASM_RET "8:\n\t"

/* A charge of @resource was refused. Any context. */
void vz_refused(struct vz_ve *ve, enum vzlite_resource resource);
/* Is it time to ask? Forgets what is too long ago. Any context. */
bool vz_asking(void);
/* Is there no room for one more? Then that is a refusal like one of a charge, counted and
 * told. Preemption is off. */
bool vz_ask(struct vz_ve *ve, enum vzlite_resource resource);
/* The same for the VE of current, if it is in one: 0 or @error. Process context. */
int vz_ask_current(enum vzlite_resource resource, int error);

#define DECLARE(name) VZ_HANDLER(name); void name##_direct(void)

/* task.c: numproc */
DECLARE(vz_task_clone);	/* (args); refuses with EAGAIN */
DECLARE(vz_task_alloc);	/* (task, clone_flags); refuses with EAGAIN */
DECLARE(vz_task_move);	/* (task, css_set to) */
DECLARE(vz_task_free);	/* (task) */

/* file.c: numfile */
DECLARE(vz_file_ask);	/* (flags, cred); refuses with ENFILE */
DECLARE(vz_file_alloc);	/* (file); refuses with ENFILE */
DECLARE(vz_file_internal);	/* (flags, cred, ...): the next one is not the tenant's */
DECLARE(vz_file_open_path);	/* the same of a directory of overlayfs */
extern unsigned long vz_file_other_return;
DECLARE(vz_file_map);	/* (vma, file): the mapping gets another file */
DECLARE(vz_file_free);	/* (file) */

/* sock.c: numtcpsock, numothersock */
DECLARE(vz_sock_ask);		/* refuses with ENOBUFS, ENOMEM */
DECLARE(vz_sock_subflow);	/* refuses with ENOBUFS */
DECLARE(vz_sock_create);	/* refuses with ENOBUFS, ENOMEM, EAFNOSUPPORT */
DECLARE(vz_sock_inherit);	/* refuses */
DECLARE(vz_sock_unix_connect);	/* refuses with ENOMEM */
DECLARE(vz_sock_graft);
DECLARE(vz_sock_free);

/* network.c: what has a fixed bound */
DECLARE(vz_network_ring);		/* refuses with ENOMEM */
DECLARE(vz_network_option);		/* refuses with EPERM */
DECLARE(vz_network_fragment);		/* refuses with NULL */
DECLARE(vz_network_peer);		/* refuses with NULL */
DECLARE(vz_network_options);		/* refuses with NULL */
struct net_device;
/* Does a task ask, of a device in a tenant's network? */
bool vz_network_of_tenant(const struct net_device *device);
struct sock;
struct vz_ve;
/* Charge @ve for @sk, of AF_PACKET, which is charged as numothersock already, if that is within its
 * bound; it is freed, also when it was not. Any context. */
bool vz_network_packets(struct vz_ve *ve, struct sock *sk);
void vz_network_sock_free(struct sock *sk);

struct net;
struct ucounts;
/* Whose @net is: the host's user who made the user namespace right below the host's that it
 * belongs to. NULL: the host's own. @net is alive, or seen under RCU. Any context. */
struct ucounts *vz_network_owner(const struct net *net);
/* How many network namespaces @owner has, at least 1: those in user namespaces below, too. */
long vz_network_namespaces(const struct ucounts *owner);

/* The share that @net has of @total, which its owner has in all of his network namespaces.
 * LONG_MAX: it is the host's, or of a container that the host's root has made. */
long vz_network_share(const struct net *net, long total);

/* address.c: what has a fixed bound */
DECLARE(vz_address6);		/* refuses with ENOBUFS */
DECLARE(vz_address_group4);	/* refuses with ENOBUFS */
DECLARE(vz_address_group6);	/* refuses with ENOBUFS */
DECLARE(vz_address_anycast6);	/* refuses with ENOBUFS */
/* At load and unload. 0 or the error. Sleep. */
int vz_address_init(void);
void vz_address_exit(void);

/* link.c: what has a fixed bound */
DECLARE(vz_link_queues);	/* refuses with EPERM */
DECLARE(vz_link_length);	/* refuses with EPERM */
DECLARE(vz_link_new);		/* refuses with ENOBUFS */
DECLARE(vz_link_free);
DECLARE(vz_link_qdisc);		/* refuses with EPERM */
DECLARE(vz_link_qdisc_init);	/* refuses with ENOMEM */
DECLARE(vz_link_fq_codel_init);	/* refuses with ENOMEM, EPERM */
DECLARE(vz_link_qdisc_end);
struct nlattr;
struct rtnl_link_ops;
/* Is a link to be made with more or longer queues than a VE can have? */
bool vz_link_too_large(const struct rtnl_link_ops *ops, struct nlattr *const *attributes);

/* neighbour.c */
DECLARE(vz_neighbour_new);	/* refuses with ENOBUFS */
DECLARE(vz_neighbour_update);	/* refuses with ENOBUFS */
DECLARE(vz_neighbour_loopback);	/* refuses with ENOBUFS */
DECLARE(vz_neighbour_free);
DECLARE(vz_neighbour_table);	/* refuses with EPERM */
DECLARE(vz_neighbour_wait);
DECLARE(vz_neighbour_timer);
DECLARE(vz_neighbour_proxy);	/* refuses with ENOBUFS */

/*
 * Is @name, of a caller's return address, that of a tracer that has put itself in between (the
 * graph tracer; a kretprobe)? Who it was nobody knows then.
 */
static inline bool vz_caller_hidden(const char *name)
{
	return !strcmp(name, "return_to_handler") || !strcmp(name, "arch_rethook_trampoline") ||
	       !strcmp(name, "__kretprobe_trampoline");
}

/* orphan.c: end the connections that VEs which are gone have left behind, now and later. Sleep. */
void vz_orphans_end(void);
void vz_orphans_exit(void);

/* tcp.c: what has a fixed bound */
DECLARE(vz_tcp_request);	/* refuses with NULL */
DECLARE(vz_tcp_request_free);
DECLARE(vz_tcp_migrate);	/* refuses with NULL */
DECLARE(vz_tcp_timewait);	/* refuses with NULL */

/* conntrack.c: what has a fixed bound, in a module that may come later */
DECLARE(vz_conntrack);		/* refuses with ENOMEM */
extern struct vz_anchor vz_conntrack_anchor;

/* nftables.c: likewise */
DECLARE(vz_nftables_table);	/* refuses with EOPNOTSUPP */
DECLARE(vz_nftables_bind);	/* refuses with ENOMEM */
DECLARE(vz_nftables_element);	/* refuses with NULL */
DECLARE(vz_nftables_set_free);
extern struct vz_anchor vz_nftables_anchor;

/* lock.c: numflock */
DECLARE(vz_lock_posix);		/* refuses with ENOLCK */
DECLARE(vz_lock_flock);		/* refuses with ENOLCK */
DECLARE(vz_lock_block);

/* pty.c: numpty */
DECLARE(vz_pty_ask);		/* refuses with ENOSPC */
DECLARE(vz_pty_open);		/* refuses with ENOSPC */
DECLARE(vz_pty_remove);

/* memory.c: privvmpages, lockedpages */
DECLARE(vz_memory_map);		/* refuses with ENOMEM, EAGAIN */
DECLARE(vz_memory_expand);	/* refuses with false, or true */
extern unsigned long vz_memory_mmap_return;
DECLARE(vz_memory_protect);
DECLARE(vz_memory_fork);	/* refuses with ENOMEM */
DECLARE(vz_memory_copy);
DECLARE(vz_memory_copied);
DECLARE(vz_memory_end);
DECLARE(vz_memory_lock);	/* refuses with ENOMEM */
DECLARE(vz_memory_lock_mapping);	/* refuses with ENOMEM */
DECLARE(vz_memory_lock_all);	/* refuses with ENOMEM */
DECLARE(vz_memory_lock_all32);	/* the same */

#undef DECLARE
#endif
