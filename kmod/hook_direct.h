/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stub through which ftrace calls a handler directly from the entry of a
 * function: 14 instructions where an ftrace_ops costs 43. It saves the registers
 * of the function's arguments, which the handler gets as its own, and no others:
 * none but these means anything at a function's entry (BPF's trampolines rely on
 * that, too).
 *
 * When the handler refuses, the stub returns past the function: to a lone return
 * instruction instead of into the function's body, with the error in the
 * register of the return value. It does not take the address off the stack by
 * itself, so that the stack is what an unwinder expects at each instruction.
 */
#ifndef VZLITE_HOOK_DIRECT_H
#define VZLITE_HOOK_DIRECT_H

#if defined(CONFIG_X86_64) && defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)
#include <asm/ibt.h>
#include <asm/linkage.h>

#define VZ_DIRECT_SUPPORTED

#define VZ_SAVE_1	"pushq %rdi\n\t"
#define VZ_RESTORE_1	"popq %rdi\n\t"
#define VZ_SAVE_2	"pushq %rsi\n\t" VZ_SAVE_1
#define VZ_RESTORE_2	VZ_RESTORE_1 "popq %rsi\n\t"
#define VZ_SAVE_3	"pushq %rdx\n\t" VZ_SAVE_2
#define VZ_RESTORE_3	VZ_RESTORE_2 "popq %rdx\n\t"

/* Define the stub of @handler for functions that have at most @count arguments on
 * any kernel. */
#define VZ_DIRECT(handler, count)				\
asm(".pushsection .text, \"ax\", @progbits\n\t"			\
    ".balign 16\n\t"						\
    ".type " #handler "_direct, @function\n\t"			\
    ".globl " #handler "_direct\n"				\
    #handler "_direct:\n\t"					\
    ASM_ENDBR							\
    VZ_SAVE_##count						\
    "call " #handler "\n\t"					\
    "testl %eax, %eax\n\t"					\
    VZ_RESTORE_##count						\
    "jnz vz_hook_direct_refuse\n\t"				\
    ASM_RET							\
    ".size " #handler "_direct, . - " #handler "_direct\n\t"	\
    ".popsection\n")

#else
#define VZ_DIRECT(handler, count) void handler##_direct(void) {}
#endif

#endif
