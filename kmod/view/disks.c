// SPDX-License-Identifier: GPL-2.0-only
#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../cgroup_file.h"
#include "../ve.h"
#include "disks.h"
#include "machine.h"

/* Some lines of a hundred bytes: as many as there are disks. */
#define TEXT_SIZE	8192
#define TEXT_SIZE_MAX	(1 << 20)

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{ "rbytes", offsetof(struct vz_disk, rbytes) },
	{ "wbytes", offsetof(struct vz_disk, wbytes) },
	{ "rios", offsetof(struct vz_disk, rios) },
	{ "wios", offsetof(struct vz_disk, wios) },
	{ "dbytes", offsetof(struct vz_disk, dbytes) },
	{ "dios", offsetof(struct vz_disk, dios) },
};

void vz_disks_init(struct vz_disks *disks)
{
	mutex_init(&disks->lock);
}

void vz_disks_destroy(struct vz_disks *disks)
{
	kvfree(rcu_access_pointer(disks->list));
}

/* "254:0 rbytes=1 wbytes=2 ..."; a controller may add keys, and words. */
/* False for a disk that the VE did nothing on: it may have a limit there. */
static bool parse_line(char *line, struct vz_disk *disk)
{
	char *name = strsep(&line, " "), *word;
	bool used = false;
	unsigned int major, minor;
	u64 value;
	int i;

	if (!line || sscanf(name, "%u:%u", &major, &minor) != 2)
		return false;
	memset(disk, 0, sizeof(*disk));
	disk->device = MKDEV(major, minor);
	while ((word = strsep(&line, " "))) {
		name = strsep(&word, "=");
		if (!word || kstrtou64(word, 10, &value) || !value)
			continue;
		for (i = 0; i < ARRAY_SIZE(keys); i++) {
			if (strcmp(name, keys[i].key))
				continue;
			*(u64 *)((char *)disk + keys[i].offset) = value;
			used = true;
		}
	}
	return used;
}

static struct vz_disk_list *parse(char *text)
{
	struct vz_disk_list *list;
	unsigned int lines = 0;
	char *line;

	for (line = text; (line = strchr(line, '\n')); line++)
		lines++;
	list = kvmalloc(struct_size(list, disk, lines), GFP_KERNEL);
	if (!list)
		return NULL;
	list->count = 0;
	while ((line = strsep(&text, "\n")) && list->count < lines) {
		if (parse_line(line, &list->disk[list->count]))
			list->count++;
	}
	return list;
}

static char *read_text(struct cgroup *cgroup)
{
	size_t size = TEXT_SIZE;
	ssize_t ret;
	char *text;

	for (; size <= TEXT_SIZE_MAX; size *= 4) {
		text = kvmalloc(size, GFP_KERNEL);
		if (!text)
			return NULL;
		ret = vz_cgroup_file_read(cgroup, VZ_FILE_IO_STAT, text, size);
		if (ret >= 0)
			return text;
		kvfree(text);
		if (ret != -E2BIG)
			break;
	}
	return NULL;
}

static void refresh(struct vz_ve *ve)
{
	char *text = read_text(ve->cgroup);
	struct vz_disk_list *list = text ? parse(text) : NULL;

	kvfree(text);
	if (list) {
		list = rcu_replace_pointer(ve->disks.list, list, lockdep_is_held(&ve->disks.lock));
		if (list)
			kvfree_rcu(list, rcu);
	}
	WRITE_ONCE(ve->disks.taken, get_jiffies_64() ?: 1);
}

static bool fresh(const struct vz_disks *disks)
{
	u64 taken = READ_ONCE(disks->taken);

	return taken && get_jiffies_64() - taken < VZ_MACHINE_FRESH;
}

void vz_disks_refresh(struct vz_ve *ve)
{
	struct vz_disks *disks = &ve->disks;

	if (likely(fresh(disks)))
		return;
	if (READ_ONCE(disks->taken) ? !mutex_trylock(&disks->lock) :
				      mutex_lock_killable(&disks->lock))
		return;
	if (!fresh(disks))
		refresh(ve);
	mutex_unlock(&disks->lock);
}

bool vz_disks_find(struct vz_ve *ve, dev_t device, struct vz_disk *disk)
{
	struct vz_disk_list *list;
	bool found = false;
	unsigned int i;

	rcu_read_lock();
	list = rcu_dereference(ve->disks.list);
	for (i = 0; list && i < list->count && !found; i++) {
		found = list->disk[i].device == device;
		if (found)
			*disk = list->disk[i];
	}
	rcu_read_unlock();
	return found;
}

void vz_disks_sum(struct vz_ve *ve, struct vz_disk *sum)
{
	struct vz_disk_list *list;
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	rcu_read_lock();
	list = rcu_dereference(ve->disks.list);
	for (i = 0; list && i < list->count; i++) {
		sum->rbytes += list->disk[i].rbytes;
		sum->wbytes += list->disk[i].wbytes;
	}
	rcu_read_unlock();
}
