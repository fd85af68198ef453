// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "error.h"
#include "file.h"
#include "rate.h"
#include "record.h"

#define KIND "rate"

int rate_read(uint32_t ctid, char **text)
{
	char path[RECORD_PATH];
	int status;

	*text = NULL;
	record_path(ctid, KIND, path);
	status = file_read(path, RATE_TEXT, text);
	if (status < 0 || status == EXIT_NO_RESOURCES)
		return status < 0 ? 0 : status;
	/* What cannot be read is not believed, and keeps no VE from being changed. */
	if (status || !rate_valid(*text)) {
		warn("%s %u: %s is not good: its rate is taken from its configuration", operation, ctid, path);
		free(steal_ptr(*text));
	}
	return 0;
}

int rate_write(uint32_t ctid, const char *text)
{
	char line[RATE_TEXT];

	rate_shorten(text, line);
	return record_write(ctid, KIND, line, strlen(line));
}

void rate_forget(uint32_t ctid)
{
	record_remove(ctid, KIND);
}
