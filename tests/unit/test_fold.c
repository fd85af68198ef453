// SPDX-License-Identifier: GPL-2.0-or-later
#include "eventd/fold.h"
#include "unit.h"

static struct limit_event hit(uint32_t ctid, uint64_t hits, uint64_t failcnt)
{
	return (struct limit_event){ .ve.id = ctid, .resource = VZLITE_NUMPROC, .hits = hits,
				     .counter.failcnt = failcnt };
}

/* A VE that was started anew, or another by its CTID. */
START_TEST(other_life)
{
	struct limit_event a = hit(103, 1, 1), out;
	const char *action;

	ck_assert(fold_due(&a, "none", 1000));
	a = hit(103, 12, 13);
	ck_assert(!fold_due(&a, "none", 2000));
	a = hit(103, 1, 1);
	ck_assert(fold_due(&a, "none", 3000));
	a = hit(103, 2, 3);
	ck_assert(!fold_due(&a, "none", 4000));
	ck_assert(fold_next(1000 + FOLD_MS, &out, &action));
	ck_assert_uint_eq(out.hits, 12);
	ck_assert_uint_eq(out.counter.failcnt, 13);
	ck_assert(!fold_next(1000 + FOLD_MS, &out, &action));
	ck_assert(fold_next(3000 + FOLD_MS, &out, &action));
	ck_assert_uint_eq(out.hits, 2);
	ck_assert_uint_eq(out.counter.failcnt, 3);
	ck_assert(!fold_next(1000 + 9 * FOLD_MS, &out, &action));
}
END_TEST

START_TEST(folded)
{
	struct limit_event a = hit(101, 1, 1), b = hit(102, 1, 7), out;
	const char *action;

	ck_assert_int_eq(fold_wait(0), -1);
	ck_assert(fold_due(&a, "none", 1000));
	ck_assert(fold_due(&b, "none", 2000));
	/* Nothing is kept back yet. */
	ck_assert_int_eq(fold_wait(2000), -1);
	a = hit(101, 5, 6);
	ck_assert(!fold_due(&a, "log", 3000));
	a = hit(101, 2, 8);
	ck_assert(!fold_due(&a, "rests", 4000));
	ck_assert_int_eq(fold_wait(4000), 1000 + FOLD_MS - 4000);
	ck_assert(!fold_next(999 + FOLD_MS, &out, &action));
	/* The last of them is told though no other comes, the other VE's first is not twice. */
	ck_assert(fold_next(2000 + FOLD_MS, &out, &action));
	ck_assert_uint_eq(out.ve.id, 101);
	ck_assert_uint_eq(out.hits, 7);
	ck_assert_uint_eq(out.counter.failcnt, 8);
	ck_assert_str_eq(action, "rests");
	ck_assert(!fold_next(2000 + FOLD_MS, &out, &action));
	ck_assert_int_eq(fold_wait(2000 + FOLD_MS), -1);
	/* Which begins a minute, and the other's is over. */
	ck_assert(!fold_due(&a, "log", 3000 + FOLD_MS));
	ck_assert(fold_due(&b, "log", 3000 + FOLD_MS));
	ck_assert_int_eq(fold_wait(5000 + FOLD_MS), FOLD_MS - 3000);
	/* The daemon ends. */
	ck_assert(fold_next(2000 + 2 * FOLD_MS, &out, &action));
	ck_assert_uint_eq(out.hits, 2);
}
END_TEST

Suite *fold_suite(void)
{
	Suite *suite = suite_create("fold");
	TCase *tests = tcase_create("fold");

	tcase_add_test(tests, folded);
	tcase_add_test(tests, other_life);
	suite_add_tcase(suite, tests);
	return suite;
}
