// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "device.h"
#include "device_program.h"
#include "error.h"
#include "exitcode.h"
#include "unit.h"

#define R BPF_DEVCG_ACC_READ
#define W BPF_DEVCG_ACC_WRITE
#define M BPF_DEVCG_ACC_MKNOD
#define CHAR BPF_DEVCG_DEV_CHAR
#define BLOCK BPF_DEVCG_DEV_BLOCK

/* As the kernel runs it, as far as these programs go. */
static int run(const struct bpf_insn *code, size_t n, const struct bpf_cgroup_dev_ctx *context)
{
	uint64_t reg[11] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct bpf_insn *p = &code[i];
		uint64_t *dst = &reg[p->dst_reg], imm = (int64_t)p->imm;

		switch (p->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			ck_assert(p->src_reg == 1 && p->off >= 0 && p->off <= 8);
			*dst = *(const uint32_t *)((const char *)context + p->off);
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X: *dst = reg[p->src_reg]; break;
		case BPF_ALU64 | BPF_MOV | BPF_K: *dst = imm; break;
		case BPF_ALU64 | BPF_AND | BPF_K: *dst &= imm; break;
		case BPF_ALU64 | BPF_RSH | BPF_K: *dst >>= imm; break;
		case BPF_JMP | BPF_JNE | BPF_K: i += *dst != imm ? p->off : 0; break;
		case BPF_JMP | BPF_JSET | BPF_K: i += *dst & imm ? p->off : 0; break;
		case BPF_JMP | BPF_EXIT: return reg[0];
		default: ck_abort_msg("%x", p->code);
		}
	}
	ck_abort_msg("fell off");
}

static const struct device_rule rules[] = {
	{ false, 1, 3, true, true },
	{ false, 136, DEVICE_ANY_MINOR, true, true },
	{ true, 8, 0, true, false },
	{ false, 10, 1048575, false, true },
};

static const struct {
	int type, major, minor, access, want;
} opens[] = {
	{ CHAR, 1, 3, R | W, 1 },
	{ CHAR, 1, 3, R, 1 },
	{ CHAR, 1, 1, R, 0 },
	{ BLOCK, 1, 3, R, 0 },
	{ CHAR, 136, 0, R | W, 1 },
	{ CHAR, 136, 99, R | W, 1 },
	{ CHAR, 137, 0, R, 0 },
	{ BLOCK, 8, 0, R, 1 },
	{ BLOCK, 8, 0, W, 0 },
	{ BLOCK, 8, 0, R | W, 0 },
	{ BLOCK, 8, 0, R | M, 1 },
	{ BLOCK, 8, 1, R, 0 },
	{ CHAR, 8, 0, R, 0 },
	{ CHAR, 10, 1048575, W, 1 },
	{ CHAR, 10, 1048575, R, 0 },
	{ BLOCK, 254, 0, M, 1 },
	{ CHAR, 5, 1, 0, 1 },
};

START_TEST(program)
{
	struct bpf_insn code[DEVICE_PROGRAM_MAX];
	struct bpf_cgroup_dev_ctx context = { opens[_i].access << 16 | opens[_i].type, opens[_i].major,
					      opens[_i].minor };
	size_t n = device_program(rules, ARRAY_SIZE(rules), code);

	ck_assert(n);
	ck_assert_int_eq(run(code, n, &context), opens[_i].want);
}
END_TEST

START_TEST(sizes)
{
	struct device_rule many[DEVICE_RULES_MAX + 1] = { };
	struct bpf_insn code[DEVICE_PROGRAM_MAX];
	struct bpf_cgroup_dev_ctx null = { R << 16 | CHAR, 1, 3 };
	size_t n;

	ck_assert_uint_eq(device_program(many, ARRAY_SIZE(many), code), 0);
	n = device_program(many, DEVICE_RULES_MAX, code);
	ck_assert(n && n <= DEVICE_PROGRAM_MAX);
	n = device_program(NULL, 0, code);
	ck_assert_int_eq(run(code, n, &null), 0);
}
END_TEST

static const struct {
	const char *list;
	int count;
} lists[] = {
	{ NULL, 0 }, { "", 0 }, { "net/tun:rw", 1 }, { "net/tun:rw sdb:r ", 2 }, { "lve:rwq", 1 },
	{ "sda:none", 1 }, { "disk/by-id/ata-X_1.2+3:r", 1 },
	{ "sda", -1 }, { "sda:", -1 }, { ":rw", -1 }, { "sda:x", -1 }, { "sda:q", -1 }, { "/dev/sda:r", -1 },
	{ "../sda:r", -1 }, { "net/../sda:r", -1 }, { "net//tun:r", -1 }, { "net/:r", -1 }, { "a$b:r", -1 },
	{ "sda:r sda:w", -1 },
};

START_TEST(list)
{
	struct devnode nodes[DEVNODES_MAX];
	char text[DEVNODES_TEXT];

	ck_assert_int_eq(devnodes_parse(lists[_i].list, text, nodes), lists[_i].count);
	if (lists[_i].list)
		ck_assert_int_eq(devnodes_valid(lists[_i].list), lists[_i].count >= 0);
}
END_TEST

static const struct {
	const char *given, *after;	/* NULL: refused */
} steps[] = {
	{ "net/tun:rw", "net/tun:rw" },
	{ "sdb:r", "net/tun:rw sdb:r" },
	{ "net/tun:wr", "sdb:r net/tun:rw" },
	{ "sdb", NULL },
	{ "sdb:none", "net/tun:rw" },
	{ "sdc:none", "net/tun:rw" },
	{ "fuse:rwq x:w", "net/tun:rw fuse:rw x:w" },
};

START_TEST(changes)
{
	cleanup_config struct config c;
	const char *now = "";

	config_init(&c, 101);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int status;

		errors_begin();
		status = config_set_option(&c, "devnodes", steps[i].given);
		free(errors_end());
		ck_assert_int_eq(status, steps[i].after ? 0 : EXIT_BAD_VALUE);
		now = steps[i].after ? steps[i].after : now;
		ck_assert_str_eq(c.devnodes, now);
	}
}
END_TEST

/* @line: a part of the line that there is, NULL for none. */
static int count_of(const char *nodes, const char *features, const char *line)
{
	struct bind binds[DEVNODES_MAX + 2];
	char text[DEVNODES_TEXT], *errors;
	cleanup_config struct config c;
	int n;

	config_init(&c, 101);
	ck_assert(!config_set(&c, "DEVNODES", nodes) && !config_set(&c, "FEATURES", features));
	errors_begin();
	n = devices_binds(&c, text, binds);
	errors = errors_end();
	if (line) {
		expect_line(errors, line);
	} else {
		ck_assert_str_eq(errors, "");
		free(errors);
	}
	for (int i = 0; i < n; i++)
		ck_assert(!strncmp(binds[i].target, "/dev/", 5) && !binds[i].source && binds[i].device);
	return n;
}

START_TEST(nodes)
{
	ck_assert_int_eq(count_of("", "", NULL), 0);
	ck_assert_int_eq(count_of("", "fuse:on tun:on", NULL), 2);
	ck_assert_int_eq(count_of("null:r zero:none", "views:off", NULL), 1);
	ck_assert_int_eq(count_of("fuse:r", "fuse:on", NULL), 1);
	ck_assert_int_eq(count_of("no-such-device:r", "", "/dev/no-such-device: No such file"), -1);
	ck_assert_int_eq(count_of("shm:r", "", "no device"), -1);
}
END_TEST

Suite *device_suite(void)
{
	Suite *suite = suite_create("device");
	TCase *tcase = tcase_create("device");

	tcase_add_loop_test(tcase, program, 0, ARRAY_SIZE(opens));
	tcase_add_test(tcase, sizes);
	tcase_add_loop_test(tcase, list, 0, ARRAY_SIZE(lists));
	tcase_add_test(tcase, changes);
	tcase_add_test(tcase, nodes);
	suite_add_tcase(suite, tcase);
	return suite;
}
