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
	const bool terminal[3] = { false };

	ve_describe_exec(101, -1, -1, NULL, terminal, &description);
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

START_TEST(no_other_architecture)
{
	const unsigned int none = SECCOMP_RET_ERRNO | ENOSYS;

	build();
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 0x40000000 | 1), none);	/* x32 write */
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 0x40000000 | 246), none);
	ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, UINT32_MAX), none);
	ck_assert_uint_eq(run(AUDIT_ARCH_AARCH64, 1), none);
	ck_assert_uint_eq(run(0, 0), none);
}
END_TEST

START_TEST(sizes)
{
	struct denied_call calls[FILTER_CALLS_MAX + 1];

	/* The worst: nothing to join, every number another range. */
	for (int i = 0; i <= FILTER_CALLS_MAX; i++)
		calls[i] = (struct denied_call){ 7 * i + 1, 7 * i + 2, i + 1 };
	ck_assert_uint_eq(filter_build(calls, FILTER_CALLS_MAX + 1, code), 0);
	length = filter_build(calls, FILTER_CALLS_MAX, code);
	ck_assert_uint_gt(length, 0);
	ck_assert_uint_le(length, FILTER_MAX);
	for (int i = 0; i < FILTER_CALLS_MAX; i++) {
		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 7 * i + 1), SECCOMP_RET_ERRNO | (i + 1));
		ck_assert_uint_eq(run(AUDIT_ARCH_I386, 7 * i + 2), SECCOMP_RET_ERRNO | (i + 1));
		ck_assert_uint_eq(run(AUDIT_ARCH_X86_64, 7 * i + 3), SECCOMP_RET_ALLOW);
	}
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");

	tcase_add_test(tcase, denies_the_table_and_nothing_else);
	tcase_add_test(tcase, no_other_architecture);
	tcase_add_test(tcase, sizes);
	suite_add_tcase(suite, tcase);
	return suite;
}
