// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "cgroup.h"
#include "error.h"
#include "helper.h"
#include "paths.h"
#include "scope.h"
#include "syscalls.h"

#define HELPER VZLITE_LIBEXECDIR "/vzlite-scope"

bool scope_wanted(void)
{
	static int wanted = -1;

	if (wanted < 0)
		wanted = !access("/run/systemd/system", F_OK);
	return wanted;
}

/* A process that only is there, and ends when we do. */
static int start_holder(uint32_t ctid, pid_t *holder)
{
	pid_t parent = getpid();

	*holder = fork();
	if (*holder < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	if (*holder)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Our locks end with us, not with it. */
	sys_close_from(0);
	while (getppid() == parent)
		pause();
	_exit(0);
}

void scope_property(struct scope_properties *p, const char *name, const char *text)
{
	const char *number = text + strcspn(text, "0123456789");

	if (p->n == ARRAY_SIZE(p->text))
		return;
	/* "default 100"; "max" is systemd's infinity. */
	snprintf(p->text[p->n++], sizeof(p->text[0]), "%s=%" PRIu64, name,
		 *number ? (uint64_t)strtoull(number, NULL, 10) : UINT64_MAX);
}

static int run_helper(uint32_t ctid, pid_t holder, struct scope_properties *p)
{
	char id[16], pid[16];
	char *argv[4 + ARRAY_SIZE(p->text) + 1] = { "vzlite-scope", (char *)operation, id, pid };

	snprintf(id, sizeof(id), "%u", ctid);
	snprintf(pid, sizeof(pid), "%d", holder);
	for (size_t i = 0; i < p->n; i++)
		argv[4 + i] = p->text[i];
	return helper_run(ctid, HELPER, argv, -1);
}

int scope_set(uint32_t ctid, struct scope_properties *p)
{
	return p->n ? run_helper(ctid, 0, p) : 0;
}

int scope_create(uint32_t ctid, struct scope_properties *p, pid_t *holder)
{
	int status = start_holder(ctid, holder);

	if (!status)
		status = run_helper(ctid, *holder, p);
	if (status)
		cgroup_release(holder);
	return status;
}
