// SPDX-License-Identifier: GPL-2.0-or-later
/* How fast VEs are started again, and what is remembered for that. */
#include "config.h"
#include "eventd/eventd.h"
#include "state.h"
#include "unit.h"

#define SHORT_LIVES 30

static uint64_t start;		/* of any VE; 0: as it is */
static int64_t age;

uint64_t __real_state_start(uint32_t ctid);
uint64_t __wrap_state_start(uint32_t ctid);
int64_t __real_state_age(uint32_t ctid);
int64_t __wrap_state_age(uint32_t ctid);

uint64_t __wrap_state_start(uint32_t ctid)
{
	return start ? start : __real_state_start(ctid);
}

int64_t __wrap_state_age(uint32_t ctid)
{
	return start ? age : __real_state_age(ctid);
}

/* That of the last. */
static unsigned int lives(uint32_t ctid, int n)
{
	unsigned int delay = 0;

	age = 1000;
	for (int i = 0; i < n; i++) {
		start++;
		delay = pace_delay_ms(ctid);
	}
	return delay;
}

static unsigned int long_life(uint32_t ctid, int64_t ms)
{
	start++;
	age = ms;
	return pace_delay_ms(ctid);
}

START_TEST(slower)
{
	ck_assert_uint_eq(lives(101, SHORT_LIVES), 0);
	ck_assert_uint_eq(lives(101, 1), 1000);
	ck_assert_uint_eq(lives(101, 1), 2000);
	/* The same is told of twice. */
	ck_assert_uint_eq(pace_delay_ms(101), 2000);
	ck_assert_uint_eq(lives(101, 10), 60000);
	/* Others are not in its way. */
	ck_assert_uint_eq(lives(102, 1), 0);
	/* One of half a minute is short, one of a minute makes up for one. */
	ck_assert_uint_eq(long_life(101, 30000), 60000);
	ck_assert_uint_eq(long_life(101, 60000), 0);
	ck_assert_uint_eq(lives(101, 1), 60000);
	ck_assert_uint_eq(long_life(101, 180000), 0);
	/* The same is told of twice. */
	ck_assert_uint_eq(pace_delay_ms(101), 0);
	ck_assert_uint_eq(lives(101, 1), 16000);
	/* More than there were, and it begins anew. */
	ck_assert_uint_eq(long_life(101, 6000000), 0);
	ck_assert_uint_eq(lives(101, SHORT_LIVES), 0);
	ck_assert_uint_eq(lives(101, 1), 1000);
}
END_TEST

/* What is destroyed may never live a minute; another VE has its CTID then. */
START_TEST(tidy)
{
	write_text(site_conf, "101.conf", "");
	write_text(site_conf, "103.conf", "");
	for (uint32_t ctid = 101; ctid <= 104; ctid++) {
		lives(ctid, SHORT_LIVES + 1);
		pace_failed(ctid, 3);
	}
	pace_tidy();
	for (uint32_t ctid = 101; ctid <= 104; ctid++) {
		bool there = config_exists(ctid);

		ck_assert_int_eq(there, ctid % 2);
		ck_assert_int_eq(pace_rests(ctid, 3), there);
		ck_assert_uint_eq(lives(ctid, 1), there ? 2000 : 0);
	}
}
END_TEST

Suite *pace_suite(void)
{
	Suite *suite = suite_create("pace");
	TCase *tc = tcase_create("pace");

	tcase_add_checked_fixture(tc, site_make, site_remove);
	tcase_add_test(tc, slower);
	tcase_add_test(tc, tidy);
	suite_add_tcase(suite, tc);
	return suite;
}
