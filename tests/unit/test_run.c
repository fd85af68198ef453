// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that a template is made with, and signals to who runs them. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "template/archive.h"
#include "template/run.h"
#include "unit.h"

/* To come when who waits has looked for it last, just before the call that waits: the calls of this
 * program, its library's too, are ours. */
static bool to_come;

static void come(void)
{
	if (to_come)
		raise(SIGTERM);
	to_come = false;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	come();
	return syscall(SYS_wait4, pid, status, options, NULL);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left;

	come();
	if (timeout)
		left = *timeout;
	return syscall(SYS_ppoll, fds, n, timeout ? &left : NULL, mask, _NSIG / 8);
}

static void interrupt(int signal)
{
	(void)signal;
	archive_interrupted = 1;
}

/* In a process of its own, as all tests are. */
static void catch(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	ck_assert(!sigaction(SIGTERM, &action, NULL));
}

START_TEST(late_signal)
{
	char *const argv[] = { "sleep", "20", NULL };

	catch();
	to_come = true;
	errors_begin();
	ck_assert_int_eq(run_program(argv, "coreutils"), EXIT_CREATE_FAILED);
	expect_line(errors_end(), "template: sleep failed with status 143");
}
END_TEST

START_TEST(early_signal)
{
	char *const argv[] = { "sleep", "20", NULL };

	catch();
	archive_interrupted = 1;
	errors_begin();
	ck_assert_int_eq(run_program(argv, "coreutils"), EXIT_CREATE_FAILED);
	expect_line(errors_end(), "template: sleep failed with status 143");
}
END_TEST

/* And it is not left blocked. */
START_TEST(no_signal)
{
	char *const argv[] = { "sh", "-c", "exit 3", NULL }, *const good[] = { "true", NULL };

	catch();
	errors_begin();
	ck_assert_int_eq(run_program(argv, "dash"), EXIT_CREATE_FAILED);
	expect_line(errors_end(), "template: sh failed with status 3");
	ck_assert_int_eq(run_program(good, "coreutils"), 0);
	raise(SIGTERM);
	ck_assert_int_eq(archive_interrupted, 1);
}
END_TEST

Suite *run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *tcase = tcase_create("run");

	suite_add_tcase(suite, tcase);
	/* It mounts. */
	if (geteuid())
		return suite;
	tcase_set_timeout(tcase, 10);
	tcase_add_test(tcase, late_signal);
	tcase_add_test(tcase, early_signal);
	tcase_add_test(tcase, no_signal);
	return suite;
}
