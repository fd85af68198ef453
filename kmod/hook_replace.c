// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "hook_replace.h"

DEFINE_PER_CPU(long, vz_replaced_calls);

/* Called by thunks only. */
asmlinkage long vz_hook_replaced(void *arg0, void *arg1, void *arg2,
				 struct vz_replacement *replacement);
asmlinkage long vz_hook_replaced5(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4,
				  struct vz_replacement *replacement);

asmlinkage long vz_hook_replaced(void *arg0, void *arg1, void *arg2,
				 struct vz_replacement *replacement)
{
	long ret = replacement->function(arg0, arg1, arg2, READ_ONCE(replacement->body));

	this_cpu_dec(vz_replaced_calls);
	return ret;
}

asmlinkage long vz_hook_replaced5(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4,
				  struct vz_replacement *replacement)
{
	long ret = replacement->function5(arg0, arg1, arg2, arg3, arg4,
					  READ_ONCE(replacement->body));

	this_cpu_dec(vz_replaced_calls);
	return ret;
}

bool vz_replacement_learn(struct vz_replacement *replacement, unsigned long body)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, body);
	if (strchr(name, '['))		/* of a module */
		return false;
	cmpxchg(&replacement->body, 0, body);
	return READ_ONCE(replacement->body) == body;
}

/* A return, since there is no place for an indirect call to arrive at (IBT). */
#define BODY(name, reg)							\
	asm(".pushsection .text, \"ax\", @progbits\n\t"			\
	    ".balign 16\n\t"						\
	    ".type " #name ", @function\n\t"				\
	    ".globl " #name "\n"					\
	    #name ":\n\t"						\
	    ASM_ENDBR							\
	    "pushq %" reg "\n\t"					\
	    ASM_RET							\
	    ".size " #name ", . - " #name "\n\t"			\
	    ".popsection\n");						\
	STACK_FRAME_NON_STANDARD(name)

BODY(vz_hook_body, "rcx");
BODY(vz_hook_body5, "r9");

static long replaced_calls(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(vz_replaced_calls, cpu));
	return sum;
}

void vz_replaced_drain(void)
{
	synchronize_rcu_tasks();
	while (replaced_calls())
		msleep(20);
	synchronize_rcu_tasks();
}
