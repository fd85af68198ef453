// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "disk_lift.h"
#include "error.h"
#include "file.h"
#include "record.h"

#define TEXT_MAX 160	/* six numbers */

static bool nothing(const struct disk_quota *q)
{
	static const struct disk_quota none;

	return !memcmp(q, &none, sizeof(none));
}

static bool no_limits(const struct disk_quota *q)
{
	return !q->space_soft && !q->space_hard && !q->inodes_soft && !q->inodes_hard;
}

static int record(uint32_t ctid, const struct disk_quota *q)
{
	char text[TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%llu %llu %llu %llu %llu %llu\n",
			 (unsigned long long)q->space_soft, (unsigned long long)q->space_hard,
			 (unsigned long long)q->inodes_soft, (unsigned long long)q->inodes_hard,
			 (unsigned long long)q->space_until, (unsigned long long)q->inodes_until);

	return record_write(ctid, DISK_RECORD, text, n);
}

/* false: nobody has lifted it, or it cannot be read, and then is of no use. */
static bool recorded(uint32_t ctid, struct disk_quota *q)
{
	uint64_t *const fields[] = { &q->space_soft, &q->space_hard, &q->inodes_soft, &q->inodes_hard,
				     &q->space_until, &q->inodes_until };
	cleanup_free char *text = NULL;
	char path[RECORD_PATH], *end;

	record_path(ctid, DISK_RECORD, path);
	if (access(path, F_OK) || file_read(path, TEXT_MAX, &text))
		return false;
	end = text;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		*fields[i] = strtoull(end, &end, 10);
	return true;
}

int disk_lift(uint32_t ctid, struct disk_quota *before)
{
	static const struct disk_quota none;
	struct disk_quota kept;
	int status;

	*before = (struct disk_quota){ };
	if (!disk_in_force(ctid, before))
		return 0;
	/* What is in force was set later, but for a grace time that began anew with it. */
	if (recorded(ctid, &kept)) {
		if (no_limits(before))
			*before = kept;
		if (kept.space_until)
			before->space_until = kept.space_until;
		if (kept.inodes_until)
			before->inodes_until = kept.inodes_until;
	}
	if (nothing(before))
		return 0;
	status = record(ctid, before);
	/* Where it cannot be lifted who mounts sees whether there is room. */
	if (status || disk_force(ctid, &none))
		return status;
	return 0;
}

void disk_put_back(uint32_t ctid, const struct disk_quota *before)
{
	/* What is not in force again, or was not looked at, stays written down. */
	if (nothing(before) || disk_force(ctid, before))
		return;
	record_remove(ctid, DISK_RECORD);
}

int disk_land(const struct config *c, const struct disk_quota *before)
{
	int status = disk_wanted(c) ? disk_apply(c, before) : 0;

	if (status)
		disk_put_back(c->ctid, before);
	else if (!nothing(before))
		record_remove(c->ctid, DISK_RECORD);
	return status;
}

int disk_resume(const struct config *c)
{
	struct disk_quota before;

	return recorded(c->ctid, &before) ? disk_land(c, &before) : 0;
}
