/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A BPF program that says which devices the tasks of a cgroup may open: those of its rules. */
#ifndef VZLITE_DEVICE_PROGRAM_H
#define VZLITE_DEVICE_PROGRAM_H

#include <linux/bpf.h>

#include "util.h"

#define DEVICE_RULES_MAX 48
#define DEVICE_PROGRAM_MAX (DEVICE_RULES_MAX * 6 + 11)
#define DEVICE_ANY_MINOR (-1)

struct device_rule {
	bool block;
	unsigned int major;
	int minor;		/* or DEVICE_ANY_MINOR */
	bool read, write;	/* may be opened so */
};

/*
 * Of several rules for a device one must allow all that is asked. Making a node is
 * always allowed: in a user namespace the kernel refuses it, and what was made could not be
 * opened. Returns the length, 0 for too many rules.
 */
size_t device_program(const struct device_rule *rules, size_t count,
		      struct bpf_insn code[DEVICE_PROGRAM_MAX]);

/* Have it decide for the cgroup directory @cgroup and all below, beside what others have
 * attached there and above. It goes with the directory. -1 with errno. */
int device_program_attach(const struct bpf_insn *code, size_t n, int cgroup);

#endif
