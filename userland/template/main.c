// SPDX-License-Identifier: GPL-2.0-or-later
#include "error.h"

int main(void)
{
	operation = "template";
	return fail(EXIT_BAD_OPTION, "template: not in this build");
}
