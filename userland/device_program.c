// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/syscall.h>

#include "device_program.h"

enum { ANSWER = 0, CONTEXT = 1, ACCESS = 2, TYPE = 3, MAJOR_NUMBER = 4, MINOR_NUMBER = 5 };

static struct bpf_insn instruction(int code, int dst, int src, int off, int imm)
{
	return (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src, .off = off,
				  .imm = imm };
}

static struct bpf_insn load(int dst, size_t offset)
{
	return instruction(BPF_LDX | BPF_W | BPF_MEM, dst, CONTEXT, offset, 0);
}

static struct bpf_insn compute(int op, int dst, int imm)
{
	return instruction(BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

/* To skip @n instructions if @reg and @imm compare as @op. */
static struct bpf_insn jump(int op, int reg, int imm, int n)
{
	return instruction(BPF_JMP | op | BPF_K, reg, 0, n, imm);
}

static size_t emit_return(struct bpf_insn *code, int answer)
{
	code[0] = compute(BPF_MOV, ANSWER, answer);
	code[1] = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return 2;
}

/* Ends with a return if the rule is the device's and allows all. */
static size_t emit_rule(const struct device_rule *r, struct bpf_insn *code)
{
	int denied = (r->read ? 0 : BPF_DEVCG_ACC_READ) | (r->write ? 0 : BPF_DEVCG_ACC_WRITE);
	size_t n = 0;

	code[n++] = jump(BPF_JNE, TYPE, r->block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, 0);
	code[n++] = jump(BPF_JNE, MAJOR_NUMBER, r->major, 0);
	if (r->minor != DEVICE_ANY_MINOR)
		code[n++] = jump(BPF_JNE, MINOR_NUMBER, r->minor, 0);
	if (denied)
		code[n++] = jump(BPF_JSET, ACCESS, denied, 0);
	n += emit_return(code + n, 1);
	for (size_t i = 0; i < n - 2; i++)
		code[i].off = n - i - 1;
	return n;
}

size_t device_program(const struct device_rule *rules, size_t count,
		      struct bpf_insn code[DEVICE_PROGRAM_MAX])
{
	size_t n = 0;

	if (count > DEVICE_RULES_MAX)
		return 0;
	code[n++] = load(ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	code[n++] = instruction(BPF_ALU64 | BPF_MOV | BPF_X, TYPE, ACCESS, 0, 0);
	code[n++] = compute(BPF_AND, TYPE, 0xffff);
	code[n++] = compute(BPF_RSH, ACCESS, 16);
	code[n++] = load(MAJOR_NUMBER, offsetof(struct bpf_cgroup_dev_ctx, major));
	code[n++] = load(MINOR_NUMBER, offsetof(struct bpf_cgroup_dev_ctx, minor));
	code[n++] = jump(BPF_JSET, ACCESS, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 2);
	n += emit_return(code + n, 1);
	for (size_t i = 0; i < count; i++)
		n += emit_rule(&rules[i], code + n);
	return n + emit_return(code + n, 0);
}

static int call(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int device_program_attach(const struct bpf_insn *code, size_t n, int cgroup)
{
	cleanup_close int program = -1;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = n;
	attr.license = (uintptr_t)"GPL";
	strcpy(attr.prog_name, "vzlite_devices");
	program = call(BPF_PROG_LOAD, &attr);
	if (program < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = cgroup;
	attr.attach_bpf_fd = program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* With it systemd's own program, on the scope above, still counts. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return call(BPF_PROG_ATTACH, &attr);
}
