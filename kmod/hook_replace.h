/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row that replaces a function which may sleep: the handler decides, without
 * sleeping; when it returns 1 a function of ours runs instead of the kernel's, with
 * its arguments and its caller's return address, and may sleep.
 *
 *   direct     the stub (hook_direct.h) puts the replacement where its own return
 *              address lies, and returns
 *   redirect   the ftrace_ops changes the instruction pointer
 *
 * Both lead to a thunk that calls the common vz_hook_replaced(). The replacement may
 * still want the kernel's function: its body, right behind the call to ftrace, has one
 * address on a running kernel, which each call of the handler tells.
 *
 * Unload. Replaced calls are counted, on the CPU they are on at the time: the handler
 * adds one in its section with preemption off, vz_hook_replaced() takes it away at its
 * very end. When the hooks are gone,
 *   1. synchronize_rcu_tasks(): whoever was in a stub, an ftrace trampoline, or a
 *      handler, also preempted, is counted by now or has gone past. No one is added any
 *      more, so that a sum over the CPUs that is read as 0 is 0: each task's one is
 *      added before it is taken away, and only the latter can happen during the sum.
 *   2. wait for the sum to be 0: nobody sleeps in a replacement, nor in what it called.
 *   3. synchronize_rcu_tasks(): whoever took his one away is out of the few
 *      instructions behind that, which do not sleep.
 * Only the module's unloading waits for this, without a lock held; hooks that go with
 * the last VE do not.
 *
 * A tenant can hold up whoever touches his memory for as long as he likes: it may be a
 * file of a file system of his, or he answers its faults himself. So no replacement may,
 * nor what it calls: those here print into the kernel's own buffers. What must be copied
 * to a tenant the kernel copies, when ours has returned.
 */
#ifndef VZLITE_HOOK_REPLACE_H
#define VZLITE_HOOK_REPLACE_H

#include <linux/percpu.h>
#include <linux/preempt.h>

#include "hook.h"
#include "hook_direct.h"

typedef long (*vz_replacing)(void *arg0, void *arg1, void *arg2, unsigned long body);
typedef long (*vz_replacing5)(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4,
			      unsigned long body);

struct vz_replacement {
	union {
		vz_replacing function;
		vz_replacing5 function5;	/* of VZ_REPLACER5() */
	};
	unsigned long body;	/* of the kernel's function; 0: it was not called yet */
};

DECLARE_PER_CPU(long, vz_replaced_calls);

/* Is @body the function that @replacement replaces, which is seen for the first time? */
bool vz_replacement_learn(struct vz_replacement *replacement, unsigned long body);

/* The end of a handler that replaces: count the call. @body is its arg3. Preemption is
 * off. Returns what the handler must return: 0 in another function of the same name,
 * for ftrace goes by names, and a module may have one. */
static __always_inline int vz_replace(struct vz_replacement *replacement, void *body)
{
	if (unlikely(READ_ONCE(replacement->body) != (unsigned long)body) &&
	    !vz_replacement_learn(replacement, (unsigned long)body))
		return 0;
	this_cpu_inc(vz_replaced_calls);
	return 1;
}

/* Run the kernel's own function. */
long vz_hook_body(void *arg0, void *arg1, void *arg2, unsigned long body);
long vz_hook_body5(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4,
		   unsigned long body);

/* Wait until no replacement runs. The hooks are removed. Sleeps. */
void vz_replaced_drain(void);

#ifdef CONFIG_X86_64
/*
 * Define for @name, which has a vz_replacing @name and a handler @name_handler:
 * its struct vz_replacement, its thunk @name_thunk, its stub @name_handler_direct.
 */
#define VZ_REPLACER(name)					\
	struct vz_replacement name##_replacement = { .function = name };	\
	VZ_REPLACER_OF(name, 3, "rcx", vz_hook_replaced)
/* For a function with four or five arguments, and a vz_replacing5 @name. */
#define VZ_REPLACER5(name)					\
	struct vz_replacement name##_replacement = { .function5 = name };	\
	VZ_REPLACER_OF(name, 5, "r9", vz_hook_replaced5)

/* The replacement is in @reg, behind the arguments. */
#define VZ_REPLACER_OF(name, count, reg, common)		\
	asm(".pushsection .text, \"ax\", @progbits\n\t"		\
	    ".balign 16\n\t"					\
	    ".type " #name "_thunk, @function\n\t"		\
	    ".globl " #name "_thunk\n"				\
	    #name "_thunk:\n\t"					\
	    ASM_ENDBR						\
	    "leaq " #name "_replacement(%rip), %" reg "\n\t"	\
	    "jmp " #common "\n\t"				\
	    ".size " #name "_thunk, . - " #name "_thunk\n\t"	\
	    ".popsection\n");					\
	VZ_REPLACER_STUB(name, count)

#ifdef VZ_DIRECT_SUPPORTED
/* Whoever is in no VE goes on at once: there are functions that are called for each row.
 * Our own return address, the function's body, lies above the registers that are saved. */
#define VZ_REPLACER_STUB(name, count)				\
static void __used name##_constants(void) { vz_direct_constants(); }	\
	VZ_STUB_WITH(VZ_UNLESS_HOST "9:\n\t", name##_handler, count,	\
		     "movq 8*" #count "(%rsp), %rcx\n\t",	\
		     "testl %eax, %eax\n\t",			\
		     "jz 1f\n\t"				\
		     "leaq " #name "_thunk(%rip), %r11\n\t"	\
		     "movq %r11, (%rsp)\n"			\
		     "1:\n\t")
#else
#define VZ_REPLACER_STUB(name, count) void name##_handler_direct(void) {}
#endif
#else
#error "views are for x86-64"
#endif

#endif
