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
	mutex_init(&disks->turn.lock);
	spin_lock_init(&disks->lock);
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

static const struct vz_disk *find(const struct vz_disk_list *list, dev_t device)
{
	unsigned int i;

	for (i = 0; list && i < list->count; i++)
		if (list->disk[i].device == device)
			return &list->disk[i];
	return NULL;
}

/* The lock is held. What @list knows less of than @old: such a disk has been taken away, and
 * perhaps another has come in its place. */
static void keep_gone(struct vz_disks *disks, const struct vz_disk_list *old,
		      const struct vz_disk_list *list)
{
	const struct vz_disk *now;
	unsigned int i;

	for (i = 0; old && i < old->count; i++) {
		now = find(list, old->disk[i].device);
		if (now && now->rbytes >= old->disk[i].rbytes && now->wbytes >= old->disk[i].wbytes)
			continue;
		disks->gone.rbytes += old->disk[i].rbytes;
		disks->gone.wbytes += old->disk[i].wbytes;
	}
}

static void refresh(struct vz_ve *ve)
{
	u64 began = get_jiffies_64();
	char *text = read_text(ve->cgroup);
	struct vz_disk_list *list = text ? parse(text) : NULL, *old;
	struct vz_disks *disks = &ve->disks;

	kvfree(text);
	spin_lock(&disks->lock);
	/* Of two who look at once the second may have seen less than the first. */
	if (began > disks->taken) {
		if (list) {
			old = rcu_dereference_protected(disks->list, lockdep_is_held(&disks->lock));
			keep_gone(disks, old, list);
			rcu_assign_pointer(disks->list, list);
			list = old;
		}
		WRITE_ONCE(disks->taken, get_jiffies_64());
	}
	spin_unlock(&disks->lock);
	if (list)
		kvfree_rcu(list, rcu);
}

static bool fresh(const struct vz_disks *disks)
{
	u64 taken = READ_ONCE(disks->taken);

	return taken && get_jiffies_64() - taken < VZ_MACHINE_FRESH;
}

void vz_disks_refresh(struct vz_ve *ve)
{
	struct vz_disks *disks = &ve->disks;
	bool locked;

	if (likely(fresh(disks)) || !vz_turn_take(&disks->turn, !READ_ONCE(disks->taken), &locked))
		return;
	if (!fresh(disks))
		refresh(ve);
	if (locked)
		mutex_unlock(&disks->turn.lock);
}

bool vz_disks_find(struct vz_ve *ve, dev_t device, struct vz_disk *disk)
{
	const struct vz_disk *found;

	rcu_read_lock();
	found = find(rcu_dereference(ve->disks.list), device);
	if (found)
		*disk = *found;
	rcu_read_unlock();
	return found;
}

void vz_disks_sum(struct vz_ve *ve, struct vz_disk *sum)
{
	const struct vz_disk_list *list;
	unsigned int i;

	spin_lock(&ve->disks.lock);
	*sum = ve->disks.gone;
	list = rcu_dereference_protected(ve->disks.list, lockdep_is_held(&ve->disks.lock));
	for (i = 0; list && i < list->count; i++) {
		sum->rbytes += list->disk[i].rbytes;
		sum->wbytes += list->disk[i].wbytes;
	}
	spin_unlock(&ve->disks.lock);
}
