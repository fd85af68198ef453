// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written down of VEs' networks: a line "ADDRESS DEVICE", or "ADDRESS -", each;
 * and a line "nat". */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "error.h"
#include "file.h"
#include "network.h"
#include "state.h"

#define SUFFIX ".network"

static void state_path(uint32_t ctid, const char *suffix, char path[64])
{
	snprintf(path, 64, VZLITE_RUNDIR "/%u" SUFFIX "%s", ctid, suffix);
}

void network_link_name(uint32_t ctid, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "vz%u", ctid);
}

bool network_there(uint32_t ctid)
{
	char path[64];

	state_path(ctid, "", path);
	return !access(path, F_OK);
}

/* What cannot be read is not believed: those lines then are nobody's. */
static void read_line(char *line, struct network *net)
{
	struct addresses *list = &net->addresses;
	char *device = strchr(line, ' ');

	if (!strcmp(line, "nat"))
		net->nat = true;
	if (!device || list->n == ADDRESSES_MAX)
		return;
	*device++ = '\0';
	if (strlen(device) >= IFNAMSIZ || !address_parse(line, &list->list[list->n]))
		return;
	strcpy(net->device[list->n++], strcmp(device, "-") ? device : "");
}

int network_read(uint32_t ctid, struct network *net)
{
	cleanup_free char *text = NULL;
	char path[64], *save, *line;
	int status;

	net->addresses.n = 0;
	net->nat = false;
	state_path(ctid, "", path);
	status = file_read(path, 65536, &text);
	if (status)
		return status < 0 ? 0 : status;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(line, net);
	return 0;
}

int network_write(uint32_t ctid, const struct network *net)
{
	char path[64], temporary[64], text[ADDRESSES_MAX * (ADDRESS_TEXT + IFNAMSIZ + 2) + 8];
	cleanup_close int fd = -1;
	size_t n = sprintf(text, "%s", net->nat ? "nat\n" : "");

	for (size_t i = 0; i < net->addresses.n; i++) {
		address_format(&net->addresses.list[i], true, text + n);
		n += strlen(text + n);
		n += sprintf(text + n, " %s\n", *net->device[i] ? net->device[i] : "-");
	}
	state_path(ctid, "", path);
	state_path(ctid, ".new", temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, text, n) || rename(temporary, path))
		return fail_errno(EXIT_SYSTEM, "%s %u: write %s", operation, ctid, path);
	return 0;
}

void network_forget(uint32_t ctid)
{
	char path[64];

	state_path(ctid, "", path);
	unlink(path);
}

int network_list(uint32_t **ids, size_t *n)
{
	cleanup_dir DIR *dir = opendir(VZLITE_RUNDIR);
	cleanup_free uint32_t *list = NULL;
	struct dirent *entry;
	size_t count = 0;

	*ids = NULL;
	*n = 0;
	if (!dir)
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s: open %s", operation,
							VZLITE_RUNDIR);
	while ((errno = 0, entry = readdir(dir))) {
		char *dot = strchr(entry->d_name, '.');
		uint32_t ctid, *more;

		if (!dot || strcmp(dot, SUFFIX))
			continue;
		*dot = '\0';
		if (!parse_ctid(entry->d_name, &ctid))
			continue;
		more = realloc(list, (count + 1) * sizeof(*list));
		if (!more)
			return fail_memory();
		list = more;
		list[count++] = ctid;
	}
	if (errno)
		return fail_errno(EXIT_SYSTEM, "%s: read %s", operation, VZLITE_RUNDIR);
	*ids = steal_ptr(list);
	*n = count;
	return 0;
}
