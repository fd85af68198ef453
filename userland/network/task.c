// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "error.h"
#include "network/task.h"
#include "rate.h"
#include "units.h"

const struct task *task_find(const struct task *tasks, size_t n, int argc, char **argv, uint32_t *ctid)
{
	if (argc >= TASK_ARGUMENTS && parse_ctid(argv[3], ctid)) {
		operation = argv[1];
		for (size_t i = 0; i < n; i++)
			if (!strcmp(tasks[i].name, argv[2]) && argc == TASK_ARGUMENTS + tasks[i].arguments)
				return &tasks[i];
	}
	fail(EXIT_BAD_OPTION, "%s: run by vzlite, not by hand", program_invocation_short_name);
	return NULL;
}

int task_rate(uint32_t ctid, const char *text, uint64_t *rate)
{
	*rate = 0;
	if (*text && !rate_parse(text, rate))
		return fail(EXIT_SET_RATE, "%s %u: %.80s: must be a rate", operation, ctid, text);
	return 0;
}
