/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stub through which ftrace calls a handler directly from the entry of a
 * function: 13 instructions where an ftrace_ops costs 43. It saves the registers
 * of the function's arguments, which the handler gets as its own, and no others:
 * none but these means anything at a function's entry (BPF's trampolines rely on
 * that, too). ftrace comes here by calls and returns alone: no mark of a target of
 * indirect jumps is needed.
 *
 * When the handler refuses, the stub returns past the function: to a lone return
 * instruction instead of into the function's body, with the error in the
 * register of the return value. It does not take the address off the stack by
 * itself, so that the stack is what an unwinder expects at each instruction.
 */
#ifndef VZLITE_HOOK_DIRECT_H
#define VZLITE_HOOK_DIRECT_H

#include "ledger.h"
#include "ve.h"

#if defined(CONFIG_X86_64) && defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)
#include <linux/objtool.h>
#include <asm/linkage.h>

#include "compat/percpu.h"

#define VZ_DIRECT_SUPPORTED

/* What the tests below need to know of structures, as symbols of the assembler. */
static __always_inline void vz_direct_constants(void)
{
	BUILD_BUG_ON(sizeof(struct vz_bucket) != 32);
	asm volatile(".set vz_task_cgroups, %c0\n\t"
		     ".set vz_css_set_cgroup, %c1\n\t"
		     ".set vz_cgroup_level, %c2\n\t"
		     ".set vz_cgroup_ancestors, %c3\n\t"
		     :: "i"(offsetof(struct task_struct, cgroups)),
			"i"(offsetof(struct css_set, dfl_cgrp)),
			"i"(offsetof(struct cgroup, level)),
			"i"(offsetof(struct cgroup, ancestors)));
}

/*
 * Tests that a stub makes before it saves registers: the kernel's function goes on
 * at once when the handler would find nothing to do. At a function's entry these
 * three are free: rax, r10, r11. Each ends before the label 9.
 *
 * Current is in no VE: vz_ve_of_task() where all VEs are on one level. It needs
 * preemption off, which the handler switches on again, should that be urgent.
 */
#define VZ_UNLESS_HOST						\
	VZ_PREEMPT_OP(inc) " %gs:" VZ_PREEMPT_COUNT "(%rip)\n\t"		\
	"movq %gs:" VZ_CURRENT "(%rip), %rax\n\t"		\
	"movq vz_task_cgroups(%rax), %rax\n\t"			\
	"movq vz_css_set_cgroup(%rax), %rax\n\t"		\
	"movl vz_ve_level(%rip), %r11d\n\t"			\
	"cmpl %r11d, vz_cgroup_level(%rax)\n\t"		\
	"jl 7f\n\t"						\
	"movq vz_cgroup_ancestors(%rax,%r11,8), %rax\n\t"	\
	"imulq vz_golden_ratio(%rip), %rax\n\t"		\
	"shrq $(64 - " __stringify(VZ_VE_HASH_BITS) "), %rax\n\t"	\
	"movq vz_ve_hash(,%rax,8), %r11\n\t"			\
	"orq vz_ve_more_levels(%rip), %r11\n\t"		\
	VZ_PREEMPT_OP(dec) " %gs:" VZ_PREEMPT_COUNT "(%rip)\n\t"	\
	"jz 9f\n\t"						\
	"testq %r11, %r11\n\t"					\
	"jnz 9f\n\t"						\
	ASM_RET							\
	"7: " VZ_PREEMPT_OP(dec) " %gs:" VZ_PREEMPT_COUNT "(%rip)\n\t"	\
	"jz 9f\n\t"						\
	ASM_RET

/* Nothing is in the bucket of the object that @reg points to. */
#define VZ_UNLESS_EMPTY(reg)					\
	"movq vz_golden_ratio(%rip), %rax\n\t"			\
	"imulq %" #reg ", %rax\n\t"				\
	"shrq $32, %rax\n\t"					\
	"andl vz_ledger_mask(%rip), %eax\n\t"			\
	"shlq $5, %rax\n\t"					\
	"addq vz_ledger_table(%rip), %rax\n\t"			\
	"cmpq $0, (%rax)\n\t"					\
	"jne 9f\n\t"						\
	ASM_RET

#define VZ_SAVE_1	"pushq %rdi\n\t"
#define VZ_RESTORE_1	"popq %rdi\n\t"
#define VZ_SAVE_2	"pushq %rsi\n\t" VZ_SAVE_1
#define VZ_RESTORE_2	VZ_RESTORE_1 "popq %rsi\n\t"
#define VZ_SAVE_3	"pushq %rdx\n\t" VZ_SAVE_2
#define VZ_RESTORE_3	VZ_RESTORE_2 "popq %rdx\n\t"

#define VZ_SAVE_4	"pushq %rcx\n\t" VZ_SAVE_3
#define VZ_RESTORE_4	VZ_RESTORE_3 "popq %rcx\n\t"
#define VZ_SAVE_5	"pushq %r8\n\t" VZ_SAVE_4
#define VZ_RESTORE_5	VZ_RESTORE_4 "popq %r8\n\t"
#define VZ_SAVE_6	"pushq %r9\n\t" VZ_SAVE_5
#define VZ_RESTORE_6	VZ_RESTORE_5 "popq %r9\n\t"

#define VZ_STUB(handler, count, test, refuse) \
	VZ_STUB_WITH("", handler, count, "", test, refuse)
#define VZ_STUB_WITH(first, handler, count, load, test, refuse)	\
asm(".pushsection .text, \"ax\", @progbits\n\t"			\
    ".balign 16\n\t"						\
    ".type " #handler "_direct, @function\n\t"			\
    ".globl " #handler "_direct\n"				\
    #handler "_direct:\n\t"					\
    ANNOTATE_NOENDBR "\n\t"					\
    first							\
    VZ_SAVE_##count						\
    load							\
    "call " #handler "\n\t"					\
    test							\
    VZ_RESTORE_##count						\
    refuse							\
    ASM_RET							\
    ".size " #handler "_direct, . - " #handler "_direct\n\t"	\
    ".popsection\n")

/* Define the stub of @handler for functions that have at most @count arguments in
 * registers on any kernel: one that may refuse, one that only observes. */
#define VZ_REFUSER(handler, count)				\
	VZ_STUB(handler, count, "testl %eax, %eax\n\t", "jnz vz_hook_direct_refuse\n\t")
#define VZ_OBSERVER(handler, count) VZ_STUB(handler, count, "", "")

/* The same, called only after @test, one or more of the above. */
#define VZ_TESTED(handler, count, tests, test, refuse)		\
static void __used handler##_constants(void) { vz_direct_constants(); }	\
	VZ_STUB_WITH(tests "9:\n\t", handler, count, "", test, refuse)
#define VZ_REFUSER_IF(tests, handler, count)			\
	VZ_TESTED(handler, count, tests, "testl %eax, %eax\n\t", "jnz vz_hook_direct_refuse\n\t")
#define VZ_OBSERVER_IF(tests, handler, count) VZ_TESTED(handler, count, tests, "", "")

/*
 * One that may refuse, of a function with three arguments; the handler's fourth is
 * the address that the function returns to. On the stack that lies above our own
 * return address, and after the registers are saved above three more. When it is the
 * one in @skipped, an unsigned long, the handler is not called.
 */
#define VZ_REFUSER_CALLER(handler, skipped)			\
	VZ_STUB_WITH("movq 8(%rsp), %r11\n\t"			\
		     "cmpq " #skipped "(%rip), %r11\n\t"	\
		     "jne 1f\n\t"				\
		     ASM_RET					\
		     "1:\n\t",					\
		     handler, 3, "movq 32(%rsp), %rcx\n\t",	\
		     "testl %eax, %eax\n\t", "jnz vz_hook_direct_refuse\n\t")

#else
#define VZ_REFUSER_CALLER(handler, skipped) VZ_REFUSER(handler, 3)
#define VZ_REFUSER(handler, count) void handler##_direct(void) {}
#define VZ_OBSERVER(handler, count) VZ_REFUSER(handler, count)
#define VZ_REFUSER_IF(tests, handler, count) VZ_REFUSER(handler, count)
#define VZ_OBSERVER_IF(tests, handler, count) VZ_REFUSER(handler, count)
#endif

#endif
