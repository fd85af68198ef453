/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels, named by feature; force-included (Kbuild).
 * The rest of the module is written for the newest kernel.
 */
#ifndef VZLITE_COMPAT_H
#define VZLITE_COMPAT_H

#include <linux/ftrace.h>
#include <linux/in.h>
#include <linux/ptrace.h>
#include <linux/version.h>

/* Before 6.3 a handler reads its arguments out of the registers itself. */
#ifndef ftrace_regs_get_argument
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

/* Before 6.4 a direct call for an ftrace_ops went by another name. */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define vz_register_direct(ops, address) register_ftrace_direct_multi(ops, address)
#define vz_unregister_direct(ops, address) unregister_ftrace_direct_multi(ops, address)
#else
#define vz_register_direct(ops, address) register_ftrace_direct(ops, address)
#define vz_unregister_direct(ops, address) unregister_ftrace_direct(ops, address, false)
#endif
#else
#define vz_register_direct(ops, address) (-EOPNOTSUPP)
#define vz_unregister_direct(ops, address) (-EOPNOTSUPP)
#endif

/* Before 6.11 SMC was a family only. */
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

/*
 * alloc_empty_file_noaccount() made the internal file of an overlay before
 * alloc_empty_backing_file() came with 6.5; later kernels use both, for
 * different callers. A function that a kernel lacks is a row that is not
 * resolved, which costs nothing: no version test is needed for it.
 */

#endif
