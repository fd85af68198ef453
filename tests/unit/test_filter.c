// SPDX-License-Identifier: GPL-2.0-or-later
/* The system call filter of VEs, run as the kernel runs it. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "describe.h"
#include "filter.h"
#include "unit.h"

static struct sock_filter code[FILTER_MAX];
static size_t length;
static const struct container *ve;

static void build(void)
{
	static struct description description;
	const enum stream stdio[3] = { STREAM_NULL };
	const int pipes[3] = { -1, -1, -1 };

	ve_describe_exec(101, -1, -1, NULL, false, 8 << 20, stdio, pipes, &description);
	ve = &description.container;
	length = filter_build(ve->denied, ve->denied_count, code);
}

static unsigned int run(unsigned int arch, unsigned int nr)
{
	unsigned int a = 0;

	for (size_t i = 0; i < length; ) {
		const struct sock_filter *f = &code[i];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ck_assert(f->k == 0 || f->k == 4);
			a = f->k ? arch : nr;
			i++;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += 1 + (a == f->k ? f->jt : f->jf);
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += 1 + (a >= f->k ? f->jt : f->jf);
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			ck_abort_msg("instruction %zu: code %x", i, f->code);
		}
	}
	ck_abort_msg("ran past the end");
}

START_TEST(denies_the_table_and_nothing_else)
{
	build();
	ck_assert_uint_gt(length, 0);
	for (unsigned int nr = 0; nr < 3000; nr++) {
		unsigned int want[2] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW };

		for (size_t i = 0; i < ve->denied_count; i++) {
			const struct denied_call *d = &ve->denied[i];

			if (d->x86_64 == (int)nr)
				want[0] = SECCOMP_RET_ERRNO | d->error;
			if (d->i386 == (int)nr)
				want[1] = SECCOMP_RET_ERRNO | d->error;
		}
		ck_assert_msg(run(AUDIT_ARCH_X86_64, nr) == want[0], "x86_64 %u", nr);
		ck_assert_msg(run(AUDIT_ARCH_I386, nr) == want[1], "i386 %u", nr);
	}
}
END_TEST

/* Whatever becomes of the table. */
START_TEST(denies_what_others_deny)
{
	static const int calls[][2] = { { 175, 128 }, { 176, 129 }, { 246, 283 }, { 304, 342 },
					{ 313, 350 } };
	const unsigned int no = SECCOMP_RET_ERRNO | EPERM;

	build();
	/* init_module, delete_module, kexec_load, open_by_handle_at, finit_module */
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, calls[i][0]), no);
		ck_assert_uint_eq(run(AUDIT_ARCH_I386, calls[i][1]), no);
	}
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 320), no);	/* kexec_file_load */
}
END_TEST

START_TEST(no_x32)
{
	const unsigned int none = SECCOMP_RET_ERRNO | ENOSYS;

	build();
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 0x40000000 | 1), none);	/* x32 write */
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 0x40000000 | 246), none);
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, UINT32_MAX), none);
	ck_assert_uint_eq(run(AUDIT_ARCH_I386, UINT32_MAX), none);
}
END_TEST

static void check_calls(const struct denied_call *calls, int count)
{
	for (int i = 0; i < count; i++) {
		unsigned int error = SECCOMP_RET_ERRNO | calls[i].error;

		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, calls[i].x86_64), error);
		ck_assert_uint_eq(run(AUDIT_ARCH_I386, calls[i].i386), error);
		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, calls[i].i386), SECCOMP_RET_ALLOW);
		ck_assert_uint_eq(run(AUDIT_ARCH_I386, calls[i].x86_64), SECCOMP_RET_ALLOW);
		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, calls[i].i386 + 1), SECCOMP_RET_ALLOW);
		ck_assert_uint_eq(run(AUDIT_ARCH_I386, calls[i].i386 + 1), SECCOMP_RET_ALLOW);
	}
}

START_TEST(sizes)
{
	struct denied_call calls[FILTER_CALLS_MAX + 1] = { };

	length = filter_build(calls, 0, code);
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 0), SECCOMP_RET_ALLOW);
	/* The worst: nothing to join, every number another range. */
	for (int i = 0; i <= FILTER_CALLS_MAX; i++)
		calls[i] = (struct denied_call){ 9 * i + 1, 9 * i + 5, i % 3 + 1 };
	ck_assert_uint_eq(filter_build(calls, FILTER_CALLS_MAX + 1, code), 0);
	length = filter_build(calls, FILTER_CALLS_MAX, code);
	ck_assert_uint_gt(length, 0);
	check_calls(calls, FILTER_CALLS_MAX);
	/* As bad, and as many answers: it may not fit, but it must not be wrong. */
	for (int i = 0; i <= FILTER_CALLS_MAX; i++) {
		calls[i].error = i + 1;
		length = filter_build(calls, i, code);
		ck_assert(length || i > 20);
		if (length)
			check_calls(calls, i);
	}
	/* A number that is none. */
	calls[0].i386 = 100000;
	ck_assert_uint_eq(filter_build(calls, 1, code), 0);
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");

	tcase_add_test(tcase, denies_the_table_and_nothing_else);
	tcase_add_test(tcase, denies_what_others_deny);
	tcase_add_test(tcase, no_x32);
	tcase_add_test(tcase, sizes);
	suite_add_tcase(suite, tcase);
	return suite;
}
