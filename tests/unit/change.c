// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes of settings, taken and refused. */
#include <stdlib.h>

#include "config.h"
#include "unit.h"

void change_is(const char *why, char *then, const char *want)
{
	if (want) {
		ck_assert_msg(!why, "%s", why);
		ck_assert_str_eq(then, want);
	} else {
		ck_assert(why && *why && !then);
	}
	free(then);
}

void option_refused(struct config *c, const char *option, const char *value, int want, const char *part)
{
	int status;

	errors_begin();
	status = config_set_option(c, option, value);
	expect_line(errors_end(), part);
	ck_assert_int_eq(status, want);
}
