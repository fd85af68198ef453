// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written down of VEs' networks: a line "ADDRESS DEVICE", or "ADDRESS -", each;
 * and a line "nat". */
#include <string.h>

#include "file.h"
#include "network.h"
#include "record.h"

#define KIND "network"

void network_link_name(uint32_t ctid, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "vz%u", ctid);
}

bool network_there(uint32_t ctid)
{
	return record_there(ctid, KIND);
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
	char path[RECORD_PATH], *save, *line;
	int status;

	net->addresses.n = 0;
	net->nat = false;
	record_path(ctid, KIND, path);
	status = file_read(path, 65536, &text);
	if (status)
		return status < 0 ? 0 : status;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(line, net);
	return 0;
}

int network_write(uint32_t ctid, const struct network *net)
{
	char text[ADDRESSES_MAX * (ADDRESS_TEXT + IFNAMSIZ + 2) + 8];
	size_t n = sprintf(text, "%s", net->nat ? "nat\n" : "");

	for (size_t i = 0; i < net->addresses.n; i++) {
		address_format(&net->addresses.list[i], true, text + n);
		n += strlen(text + n);
		n += sprintf(text + n, " %s\n", *net->device[i] ? net->device[i] : "-");
	}
	return record_write(ctid, KIND, text, n);
}

void network_forget(uint32_t ctid)
{
	record_remove(ctid, KIND);
}

int network_list(struct ids *ids)
{
	return ids_add(ids, VZLITE_RUNDIR, "." KIND);
}
