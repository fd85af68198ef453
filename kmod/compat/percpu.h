/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a CPU's own variables are, for assembly on x86: from 6.2 to 6.14 the hot ones
 * lay in a structure. */
#ifndef VZLITE_COMPAT_PERCPU_H
#define VZLITE_COMPAT_PERCPU_H

#include <linux/build_bug.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/version.h>
#include <asm/current.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define VZ_CURRENT	"pcpu_hot"
#define VZ_PREEMPT_COUNT "pcpu_hot + 8"
static_assert(offsetof(struct pcpu_hot, current_task) == 0);
static_assert(offsetof(struct pcpu_hot, preempt_count) == 8);
#else
#define VZ_CURRENT	"current_task"
#define VZ_PREEMPT_COUNT "__preempt_count"
#endif

/* The kernel's bit for "reschedule" is the count's highest: the whole of it is 0 when a
 * switch is due. */
#ifdef CONFIG_HAS_SEPARATE_PREEMPT_RESCHED_BITS
#define VZ_PREEMPT_OP(op) #op "q"
static_assert(sizeof(__preempt_count) == 8);
#else
#define VZ_PREEMPT_OP(op) #op "l"
#endif

#endif
