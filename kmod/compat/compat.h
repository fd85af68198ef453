/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels, named by feature; force-included (Kbuild).
 * The rest of the module is written for the newest kernel.
 */
#ifndef VZLITE_COMPAT_H
#define VZLITE_COMPAT_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>

/* Before 6.3 a handler reads its arguments out of the registers itself. */
#ifndef ftrace_regs_get_argument
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

/*
 * alloc_empty_file_noaccount() made the internal file of an overlay before
 * alloc_empty_backing_file() came with 6.5; later kernels use both, for
 * different callers. A function that a kernel lacks is a row that is not
 * resolved, which costs nothing: no version test is needed for it.
 */

#endif
