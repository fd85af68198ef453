// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook table, and the kernel facts it stands on (read in 6.1, 6.12, 7.3).
 *
 * numproc. copy_process() calls security_task_alloc() where it can still fail,
 * before the child's cgroup is settled: the charge goes to the parent's VE.
 * cgroup_move_task() is called for every task that gets a css_set: at the end
 * of a fork (by then the one of clone3(CLONE_INTO_CGROUP)) and in a migration,
 * where the charge moves. cgroup_release() (7.0: cgroup_task_release()) is
 * called when a task is reaped. A fork that fails late calls
 * security_task_free(), unless security_task_alloc() itself ran out of memory:
 * then only free_task() sees the task again. fork() and clone() begin with kernel_clone().
 *
 * numfile. Every struct file passes security_file_alloc() and
 * security_file_free(); each that is a tenant's begins with alloc_empty_file(). The file
 * that overlayfs and cachefiles open behind that is made by one of two functions that mark it
 * as internal only after security_file_alloc(): their entry tells us beforehand. A directory
 * overlayfs opens by dentry_open(), as others do for a tenant (mq_open). A mapping
 * gets that file by vma_set_file().
 *
 * numtcpsock, numothersock. security_socket_post_create() is the first call that
 * has both the struct sock and whether the kernel asks for itself; its error ends
 * in sock_release(). security_socket_create() is called before there is anything of the
 * socket. tcp_set_ulp() is the last that can fail of making a subflow of MPTCP's, in whose socket's
 * cgroup that is by then. __inet_inherit_port() is called for each child of a TCP (and
 * a DCCP) listener, and only for those; its error drops the child. security_sk_free()
 * is the last thing before a sock's memory is freed.
 *
 * numflock. Every lock that posix_lock_inode() and flock_lock_inode() enter is made
 * by one call of locks_copy_lock(), and every struct file_lock that is freed passes
 * locks_release_private(): both call its fl_ops. A request that has to wait passes
 * __locks_insert_block(), any other ends in locks_release_private() at once.
 *
 * numpty. ptmx_open() calls devpts_pty_new() when the pair is made, and whatever
 * fails from then on ends in pty_unix98_remove(), as the pair itself does. ptmx_open()
 * is called by its address only.
 *
 * lockedpages. locked_vm grows in the same places, and in mlock_fixup(), whose
 * error ends mlock but not mlockall.
 *
 * privvmpages. Whatever makes data_vm + stack_vm of an address space grow passes
 * mmap_region() or may_expand_vm(), with mmap_lock held for writing, except fork,
 * which ends its copying before cgroup_can_fork(); the error of that, unlike later
 * ones, is not followed by cgroup_cancel_fork(). It copies with mmap_lock held for writing, from
 * uprobe_dup_mmap() on, and calls uprobe_end_dup_mmap() when it has let it go. exit_mmap()
 * is called once for each, from mmput() only. cgroup_move_task() as above.
 *
 * The end of a VE. zap_pid_ns_processes() is called by the last thread of the init of
 * a pid namespace, before its parent is told.
 *
 * Views. Each function is the one that shows the file, in whichever instance of proc, or
 * one row of it. sched_getaffinity() serves the call of 32-bit programs, too, and no others.
 * do_syslog() is what syslog(2) and each operation on /proc/kmsg come to.
 *
 * tcp. tcp_conn_request() calls route_req() of each request once, and frees it when that is
 * NULL; the destructor is called for each that is freed. Both are called by their addresses,
 * MPTCP's, too. inet_twsk_alloc() answers NULL where there are too many, and its callers then
 * close the connection. reuseport_migrate_sock() does where tcp_migrate_req is off.
 *
 * conntrack, nftables. All connections that are tracked come from __nf_conntrack_alloc(). What a
 * packet adds to a set is made by nft_dynset_new(), which only the set's update() calls; who adds
 * to a set by a rule has bound it before, and every set ends in nft_set_destroy(). Tables get their
 * flags in nf_tables_newtable(), also those that are there, which is called by its address only.
 *
 * addresses. Every address of IPv6 is made by ipv6_add_addr(), whose callers know errors.
 *
 * host. All that request_module() stands for is a call of __request_module(), by the task
 * that needs the module; its callers then look whether it is there, whatever was returned.
 * alloc_workqueue() calls init_rescuer() for each work queue, whether it is to have a thread or
 * not; its error ends in destroy_workqueue(), as every work queue does.
 * mem_cgroup_css_alloc() makes each memory cgroup, for mkdir and for cgroup.subtree_control.
 * get_fs_type() is how mount(2) and fsopen(2) find what they are told the name of.
 *
 * sysinfo. si_swapinfo() is the last that do_sysinfo() calls to fill in its structure, when all
 * else is in it; its only other caller is meminfo_proc_show(). So that one is a row of
 * sysinfo, too: were it alone not ours, /proc/meminfo would be the host's with a VE's swap.
 * Without CONFIG_SWAP si_swapinfo() is no function, and sysinfo is missing.
 */
#include "charge/charge.h"
#include "compat/neighbour.h"
#include "event.h"
#include "hook.h"
#include "host.h"
#include "view/view.h"

#define HANDLER(name) name, name##_direct
/* Locked pages are counted in the records that private ones keep. */
#define MEMORY (BIT(VZLITE_PRIVVMPAGES) | BIT(VZLITE_LOCKEDPAGES))
#define SOCKETS (BIT(VZLITE_NUMTCPSOCK) | BIT(VZLITE_NUMOTHERSOCK))

/* A guard that needs none of the others. */
#define HOST_ROW(function, handler, flags)				\
	{								\
		function, NULL, HANDLER(handler),			\
		VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_ALONE | (flags),	\
		BIT(VZ_VIEW_FEATURE(HOST)),				\
	}

#define VIEW_ROW(views, function_, function, flags)			\
	{								\
		function_, NULL, function##_handler, function##_handler_direct,	\
		VZ_HOOK_REPLACES | (flags), views, function##_thunk,	\
	}
#define VIEW_FLAGS(name, function_, function, flags)			\
	VIEW_ROW(BIT(VZ_VIEW_FEATURE(name)), function_, function, flags)
/* VIEW_OF_ROW: of a function that is called a hundred times for one file. */
#define VIEW(name, function_, function) VIEW_FLAGS(name, function_, function, VZ_HOOK_SELDOM)
#define VIEW_OF_ROW(name, function_, function) VIEW_FLAGS(name, function_, function, 0)

struct vz_hook vz_hooks[] = {
	{ "security_task_free", NULL, HANDLER(vz_task_free), VZ_HOOK_LOCAL, BIT(VZLITE_NUMPROC) },
	{ "free_task", NULL, HANDLER(vz_task_free), VZ_HOOK_LOCAL, BIT(VZLITE_NUMPROC) },
	{ "cgroup_release", "cgroup_task_release", HANDLER(vz_task_free), 0, BIT(VZLITE_NUMPROC) },
	{ "cgroup_move_task", NULL, HANDLER(vz_task_move), 0,
	  BIT(VZLITE_NUMPROC) | MEMORY | BIT(VZ_VIEW_FEATURE(MOVES)) },
	{ "security_task_alloc", NULL, HANDLER(vz_task_alloc), VZ_HOOK_REFUSES, BIT(VZLITE_NUMPROC) },
	{ "kernel_clone", NULL, HANDLER(vz_task_clone),
	  VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_SPARES | VZ_HOOK_LOCAL, BIT(VZLITE_NUMPROC) },

	{ "security_file_free", NULL, HANDLER(vz_file_free), VZ_HOOK_LOCAL, BIT(VZLITE_NUMFILE) },
	{ "alloc_empty_file_noaccount", NULL, HANDLER(vz_file_internal), VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZLITE_NUMFILE) },
	{ "alloc_empty_backing_file", NULL, HANDLER(vz_file_internal), VZ_HOOK_OPTIONAL,
	  BIT(VZLITE_NUMFILE) },
	{ "dentry_open", NULL, HANDLER(vz_file_open_path), VZ_HOOK_OPTIONAL | VZ_HOOK_CALLER,
	  BIT(VZLITE_NUMFILE) },
	{ "vma_set_file", NULL, HANDLER(vz_file_map), VZ_HOOK_OPTIONAL, BIT(VZLITE_NUMFILE) },
	{ "security_file_alloc", NULL, HANDLER(vz_file_alloc), VZ_HOOK_REFUSES,
	  BIT(VZLITE_NUMFILE) },
	{ "alloc_empty_file", NULL, HANDLER(vz_file_ask),
	  VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_SPARES | VZ_HOOK_LOCAL, BIT(VZLITE_NUMFILE) },

	{ "security_sk_free", NULL, HANDLER(vz_sock_free), VZ_HOOK_LOCAL, SOCKETS },
	{ "tcp_set_ulp", NULL, HANDLER(vz_sock_subflow),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL, BIT(VZLITE_NUMTCPSOCK) },
	{ "security_sock_graft", NULL, HANDLER(vz_sock_graft), 0, SOCKETS },
	{ "__inet_inherit_port", NULL, HANDLER(vz_sock_inherit), VZ_HOOK_REFUSES,
	  BIT(VZLITE_NUMTCPSOCK) },
	{ "security_unix_stream_connect", NULL, HANDLER(vz_sock_unix_connect), VZ_HOOK_REFUSES,
	  BIT(VZLITE_NUMOTHERSOCK) },
	{ "security_socket_post_create", NULL, HANDLER(vz_sock_create), VZ_HOOK_REFUSES, SOCKETS },
	{ "security_socket_create", NULL, HANDLER(vz_sock_ask),
	  VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_SPARES, SOCKETS },

	{ "security_socket_setsockopt", NULL, HANDLER(vz_network_option),
	  VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL, BIT(VZLITE_NUMOTHERSOCK) },
	{ "packet_set_ring", NULL, HANDLER(vz_network_ring),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZLITE_NUMOTHERSOCK) },

	{ "__locks_insert_block", NULL, HANDLER(vz_lock_block), VZ_HOOK_LOCAL,
	  BIT(VZLITE_NUMFLOCK) },
	{ "flock_lock_inode", NULL, HANDLER(vz_lock_flock), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZLITE_NUMFLOCK) },
	{ "posix_lock_inode", NULL, HANDLER(vz_lock_posix), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZLITE_NUMFLOCK) },

	{ "pty_unix98_remove", NULL, HANDLER(vz_pty_remove), VZ_HOOK_SELDOM, BIT(VZLITE_NUMPTY) },
	{ "devpts_pty_new", NULL, HANDLER(vz_pty_open),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES, BIT(VZLITE_NUMPTY) },
	{ "ptmx_open", NULL, HANDLER(vz_pty_ask),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_SPARES, BIT(VZLITE_NUMPTY) },

	{ "exit_mmap", NULL, HANDLER(vz_memory_end), 0, MEMORY },
	{ "mprotect_fixup", NULL, HANDLER(vz_memory_protect), VZ_HOOK_LOCAL, MEMORY },
	{ "cgroup_can_fork", NULL, HANDLER(vz_memory_fork), VZ_HOOK_REFUSES,
	  MEMORY },
	{ "uprobe_end_dup_mmap", NULL, HANDLER(vz_memory_copied), VZ_HOOK_OPTIONAL, MEMORY },
	{ "uprobe_dup_mmap", NULL, HANDLER(vz_memory_copy), VZ_HOOK_OPTIONAL, MEMORY },
	{ "may_expand_vm", NULL, HANDLER(vz_memory_expand),
	  VZ_HOOK_REFUSES | VZ_HOOK_CALLER | VZ_HOOK_LOCAL, MEMORY },
	{ "mmap_region", NULL, HANDLER(vz_memory_map), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, MEMORY },

	{ "mlock_fixup", NULL, HANDLER(vz_memory_lock_mapping), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZLITE_LOCKEDPAGES) },
	{ "apply_vma_lock_flags", NULL, HANDLER(vz_memory_lock),
	  VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL, BIT(VZLITE_LOCKEDPAGES) },
	{ "__x64_sys_mlockall", NULL, HANDLER(vz_memory_lock_all),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL, BIT(VZLITE_LOCKEDPAGES) },
#ifdef CONFIG_IA32_EMULATION
	{ "__ia32_sys_mlockall", NULL, HANDLER(vz_memory_lock_all32),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL, BIT(VZLITE_LOCKEDPAGES) },
#endif

	{ "zap_pid_ns_processes", NULL, HANDLER(vz_event_end), VZ_HOOK_SELDOM, BIT(VZ_EVENT_END) },

	VIEW_ROW(BIT(VZ_VIEW_FEATURE(MEMINFO)) | BIT(VZ_VIEW_FEATURE(SYSINFO)),
		 "meminfo_proc_show", vz_view_meminfo, VZ_HOOK_SELDOM),
	VIEW(STAT, "show_stat", vz_view_stat),
	VIEW(CPUINFO, "show_cpuinfo", vz_view_cpuinfo),
	VIEW(LOADAVG, "loadavg_proc_show", vz_view_loadavg),
	VIEW(UPTIME, "uptime_proc_show", vz_view_uptime),
	VIEW(SWAPS, "swap_show", vz_view_swaps),
	VIEW_OF_ROW(DISKSTATS, "diskstats_show", vz_view_diskstats),
	VIEW_OF_ROW(VMSTAT, "vmstat_show", vz_view_vmstat),
	VIEW(PRESSURE, "psi_cpu_show", vz_view_pressure_cpu),
	VIEW(PRESSURE, "psi_memory_show", vz_view_pressure_memory),
	VIEW(PRESSURE, "psi_io_show", vz_view_pressure_io),
#ifdef CONFIG_IRQ_TIME_ACCOUNTING
	VIEW(PRESSURE, "psi_irq_show", vz_view_pressure_irq),
#endif
	{ "psi_trigger_create", NULL, HANDLER(vz_view_trigger),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(PRESSURE)) },
	VIEW(CPU, "show_cpus_attr", vz_view_cpus),
	VIEW_FLAGS(CPU, "sched_getaffinity", vz_view_affinity, VZ_HOOK_SELDOM | VZ_HOOK_LOCAL),
	VIEW(SYSINFO, "si_swapinfo", vz_view_sysinfo),
	VIEW(BOOT_ID, "proc_do_uuid", vz_view_boot_id),
	{ "do_syslog", NULL, HANDLER(vz_view_log), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(SYSLOG)) },
	VIEW_FLAGS(SYSLOG, "kmsg_poll", vz_view_kmsg_poll, VZ_HOOK_SELDOM | VZ_HOOK_OPTIONAL),
	{ "devkmsg_open", NULL, HANDLER(vz_view_log), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(KMSG)) },

	{ "neigh_destroy", NULL, HANDLER(vz_neighbour_free), VZ_HOOK_SELDOM | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "__neigh_update", NULL, HANDLER(vz_neighbour_update),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "___neigh_create", NULL, HANDLER(vz_neighbour_new),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "ndisc_constructor", NULL, HANDLER(vz_neighbour_loopback),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES, BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "neightbl_set", NULL, HANDLER(vz_neighbour_table), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "__neigh_event_send", NULL, HANDLER(vz_neighbour_wait), VZ_HOOK_SELDOM | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "neigh_timer_handler", NULL, HANDLER(vz_neighbour_timer), VZ_HOOK_SELDOM,
	  BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ VZ_PROXY_NEW, NULL, HANDLER(vz_neighbour_proxy),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(NEIGHBOURS)) },
	{ "inet_getpeer", NULL, HANDLER(vz_network_peer), VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(PEERS)) },
	{ "sock_kmalloc", NULL, HANDLER(vz_network_options), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(OPTMEM)) },
	{ "inet_frag_find", NULL, HANDLER(vz_network_fragment), VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(FRAGMENTS)) },

	{ "tcp_v4_reqsk_destructor", NULL, HANDLER(vz_tcp_request_free), 0, BIT(VZ_VIEW_FEATURE(TCP)) },
	{ "tcp_v4_route_req", NULL, HANDLER(vz_tcp_request), VZ_HOOK_REFUSES, BIT(VZ_VIEW_FEATURE(TCP)) },
#if IS_BUILTIN(CONFIG_IPV6)
	{ "tcp_v6_reqsk_destructor", NULL, HANDLER(vz_tcp_request_free), 0, BIT(VZ_VIEW_FEATURE(TCP)) },
	{ "tcp_v6_route_req", NULL, HANDLER(vz_tcp_request), VZ_HOOK_REFUSES, BIT(VZ_VIEW_FEATURE(TCP)) },
#endif
	{ "reuseport_migrate_sock", NULL, HANDLER(vz_tcp_migrate), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(TCP)) },
	{ "inet_twsk_alloc", NULL, HANDLER(vz_tcp_timewait), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(TCP)) },

	{ "__nf_conntrack_alloc", NULL, HANDLER(vz_conntrack), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(CONNTRACK)), .anchor = &vz_conntrack_anchor },

	{ "nf_tables_newtable", NULL, HANDLER(vz_nftables_table), VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(NFTABLES)), .anchor = &vz_nftables_anchor },
	{ "nft_set_destroy", NULL, HANDLER(vz_nftables_set_free), VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(NFTABLES)), .anchor = &vz_nftables_anchor },
	{ "nft_dynset_new", NULL, HANDLER(vz_nftables_element), VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(NFTABLES)), .anchor = &vz_nftables_anchor },
	{ "nf_tables_bind_set", NULL, HANDLER(vz_nftables_bind), VZ_HOOK_REFUSES | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(NFTABLES)), .anchor = &vz_nftables_anchor },

	{ "netif_set_real_num_rx_queues", NULL, HANDLER(vz_link_queues),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "dev_change_tx_queue_len", "netif_change_tx_queue_len", HANDLER(vz_link_length),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "qdisc_alloc", NULL, HANDLER(vz_link_qdisc),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "fq_codel_destroy", NULL, HANDLER(vz_link_qdisc_end), VZ_HOOK_SELDOM,
	  BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "fq_codel_init", NULL, HANDLER(vz_link_fq_codel_init), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "pfifo_fast_destroy", NULL, HANDLER(vz_link_qdisc_end), VZ_HOOK_SELDOM,
	  BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "pfifo_fast_init", NULL, HANDLER(vz_link_qdisc_init), VZ_HOOK_SELDOM | VZ_HOOK_REFUSES,
	  BIT(VZ_VIEW_FEATURE(QUEUES)) },
	{ "__ip_mc_join_group", NULL, HANDLER(vz_address_group4),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(LINKS)) },
#if IS_ENABLED(CONFIG_IPV6)
	{ "ipv6_add_addr", NULL, HANDLER(vz_address6),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(LINKS)) },
	{ "__ipv6_dev_mc_inc", NULL, HANDLER(vz_address_group6),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(LINKS)) },
	{ "__ipv6_dev_ac_inc", NULL, HANDLER(vz_address_anycast6),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_OPTIONAL | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(LINKS)) },
#endif
	{ "free_netdev", NULL, HANDLER(vz_link_free), VZ_HOOK_SELDOM | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(LINKS)) },
	{ "register_netdevice", NULL, HANDLER(vz_link_new),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(LINKS)) },

	HOST_ROW("__request_module", vz_host_autoload, 0),
	HOST_ROW("nf_hooks_lwtunnel_sysctl_handler", vz_host_lwtunnel, VZ_HOOK_OPTIONAL),
	HOST_ROW("rtnl_create_link", vz_host_link, 0),
	HOST_ROW("mem_cgroup_css_alloc", vz_host_memcg, 0),
	HOST_ROW("mpol_set_shared_policy", vz_host_policy, VZ_HOOK_OPTIONAL),
	HOST_ROW("set_posix_acl", vz_host_acl, VZ_HOOK_LOCAL),
#ifdef CONFIG_DNOTIFY
	HOST_ROW("fcntl_dirnotify", vz_host_dnotify, 0),
#endif
	HOST_ROW("security_path_notify", vz_host_watch, VZ_HOOK_OPTIONAL),
#ifdef CONFIG_POSIX_MQUEUE
	HOST_ROW("__x64_sys_mq_notify", vz_host_notify, 0),
#ifdef CONFIG_IA32_EMULATION
	HOST_ROW("__ia32_compat_sys_mq_notify", vz_host_notify32, 0),
#endif
#endif
	HOST_ROW("proc_dointvec_jiffies", vz_host_timeout, 0),
	HOST_ROW("get_fs_type", vz_host_file_system, 0),
	{ "cgroup_procs_write_start", NULL, HANDLER(vz_host_move),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(MOVES)) },
	{ "cgroup_subtree_control_write", NULL, HANDLER(vz_host_move),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES, BIT(VZ_VIEW_FEATURE(MOVES)) },
	{ "vprintk_emit", NULL, HANDLER(vz_host_print),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(LOG)) },
	{ "napi_kthread_create", NULL, HANDLER(vz_host_napi),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(THREADS)) },
	{ "destroy_workqueue", NULL, HANDLER(vz_host_workqueue_end), VZ_HOOK_SELDOM | VZ_HOOK_LOCAL,
	  BIT(VZ_VIEW_FEATURE(THREADS)) },
	{ "init_rescuer", NULL, HANDLER(vz_host_workqueue),
	  VZ_HOOK_SELDOM | VZ_HOOK_REFUSES | VZ_HOOK_LOCAL, BIT(VZ_VIEW_FEATURE(THREADS)) },
};

const unsigned int vz_hook_count = ARRAY_SIZE(vz_hooks);
