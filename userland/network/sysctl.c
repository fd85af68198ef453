// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "network/sysctl.h"
#include "util.h"

bool sysctl_set(const char *format, const char *name, const char *value)
{
	char path[128];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), format, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

/* Its first character, '\0' when it cannot be read. */
static char first_of(const char *format, const char *name)
{
	char path[128], value = '\0';
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), format, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &value, 1) == 1 ? value : '\0';
}

bool sysctl_on(const char *format, const char *name)
{
	char value = first_of(format, name);

	return value && value != '0';
}

bool sysctl_is(const char *format, const char *name, char value)
{
	return first_of(format, name) == value;
}
