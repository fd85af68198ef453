// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../cgroup_file.h"
#include "../charge/charge.h"
#include "../ve.h"
#include "namespace.h"
#include "sample.h"
#include "shown.h"
#include "socket.h"

#define PERIOD	(10 * HZ)
#define FRESH	HZ
#define TEXT_SIZE (2 * PAGE_SIZE)	/* of memory.stat, for which the kernel takes half */

#define FROM_MEMORY (BIT(VZ_SAMPLED_KERNEL) | BIT(VZ_SAMPLED_DCACHE) | BIT(VZ_SAMPLED_ANON) | \
		     BIT(VZ_SAMPLED_SHMEM))

static void sample_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(sample_work, sample_all);
static DEFINE_SPINLOCK(publish_lock);

/* What is added up to which sample. */
static const struct stat_row {
	const char *name;
	enum vz_sampled sampled;
} stat_rows[] = {
	{ "kernel",		VZ_SAMPLED_KERNEL },
	{ "slab_reclaimable",	VZ_SAMPLED_DCACHE },
	{ "inactive_anon",	VZ_SAMPLED_ANON },
	{ "active_anon",	VZ_SAMPLED_ANON },
	{ "unevictable",	VZ_SAMPLED_ANON },
	{ "shmem",		VZ_SAMPLED_SHMEM },
};

static bool parse_stat(char *text, u64 sums[VZ_SAMPLED_COUNT])
{
	unsigned int found = 0;
	char *line, *name;
	u64 value;
	int i;

	while ((line = strsep(&text, "\n"))) {
		name = strsep(&line, " ");
		for (i = 0; line && i < ARRAY_SIZE(stat_rows); i++) {
			if (strcmp(name, stat_rows[i].name))
				continue;
			if (kstrtou64(line, 10, &value))
				return false;
			sums[stat_rows[i].sampled] += value;
			found++;
		}
	}
	return found == ARRAY_SIZE(stat_rows);
}

/* publish_lock is held. */
static void raise_maxheld(struct vz_samples *samples, unsigned int sampled, u64 held)
{
	if (held > samples->maxheld[sampled])
		WRITE_ONCE(samples->maxheld[sampled], held);
}

u64 vz_sample_raise(struct vz_ve *ve, enum vz_sampled sampled, u64 held)
{
	struct vz_samples *samples = &ve->samples;

	if (held > READ_ONCE(samples->maxheld[sampled])) {
		spin_lock(&publish_lock);
		raise_maxheld(samples, sampled, held);
		spin_unlock(&publish_lock);
	}
	return READ_ONCE(samples->maxheld[sampled]);
}

void vz_sample_publish(struct vz_ve *ve, unsigned long mask, const u64 *sums)
{
	struct vz_samples *samples = &ve->samples;
	unsigned int i;

	spin_lock(&publish_lock);
	for_each_set_bit(i, &mask, VZ_SAMPLED_COUNT) {
		WRITE_ONCE(samples->held[i], sums[i]);
		raise_maxheld(samples, i, sums[i]);
		smp_store_release(&samples->taken[i], get_jiffies_64());
	}
	spin_unlock(&publish_lock);
}

/* When it fails the old sample stays, and its age tells. */
static unsigned long sample_memory(const struct vz_ve *ve, u64 *sums)
{
	char *text = kmalloc(TEXT_SIZE, GFP_KERNEL);
	bool good = false;
	ssize_t n;

	if (!text)
		return 0;
	n = vz_cgroup_file_read(ve->cgroup, VZ_FILE_MEMORY_STAT, text, TEXT_SIZE);
	if (n > 0) {
		sums[VZ_SAMPLED_ANON] = vz_memcg_swap(ve);
		good = parse_stat(text, sums);
	}
	kfree(text);
	return good ? FROM_MEMORY : 0;
}

static unsigned long sample_namespaces(struct vz_ve *ve, u64 *sums)
{
	unsigned long mask = 0;
	u64 held, limit;

	vz_namespace_forget(ve);
	rcu_read_lock();
	if (!vz_namespace_known(ve))
		vz_namespace_find(NULL, false);
	/* Where the cgroup has no memory controller, segments are all that is known. */
	if (vz_namespace_shm(ve, &held, &limit)) {
		sums[VZ_SAMPLED_SHMEM] = max(sums[VZ_SAMPLED_SHMEM], held << 12);
		if (!vz_memcg_known(ve))
			mask |= BIT(VZ_SAMPLED_SHMEM);
	}
	if (vz_namespace_signals(ve, &held, &limit)) {
		sums[VZ_SAMPLED_SIGNALS] = held;
		mask |= BIT(VZ_SAMPLED_SIGNALS);
	}
	rcu_read_unlock();
	return mask;
}

/* The caller keeps @ve. */
static void sample_ve(struct vz_ve *ve)
{
	u64 sums[VZ_SAMPLED_COUNT] = { };
	unsigned long mask = sample_memory(ve, sums);

	mask |= sample_namespaces(ve, sums);
	vz_sample_publish(ve, mask, sums);
	WRITE_ONCE(ve->samples.looked, true);
}

static bool younger(u64 since, unsigned long age)
{
	return since && get_jiffies_64() - since < age;
}

/* The next VE from *@key on, zombies excluded, whose user the caller is then; or NULL. */
static struct vz_ve *use_next(unsigned long *key)
{
	struct vz_ve *ve;

	rcu_read_lock();
	ve = vz_ve_first(key);
	if (ve && *key > VZLITE_VE_ID_MAX)
		ve = NULL;
	if (ve)
		vz_ve_get(ve);
	rcu_read_unlock();
	return ve;
}

static void sample_all(struct work_struct *work)
{
	unsigned long key = 0;
	struct vz_ve *ve;
	bool any = false;

	for (; (ve = use_next(&key)); key++) {
		any = true;
		/* Also when it has nothing to sample: each new VE brings us here. */
		if (!younger(READ_ONCE(ve->samples.asked), PERIOD / 2)) {
			WRITE_ONCE(ve->samples.asked, get_jiffies_64());
			sample_ve(ve);
		}
		vz_ve_put(ve);
		cond_resched();
	}
	if (!any)
		return;
	vz_socket_sample();
	/* Which forgets a refusal, should no VE come by there. */
	vz_asking();
	queue_delayed_work(vz_workqueue, &sample_work, PERIOD);
}

void vz_sample_start(void)
{
	/* Not at once: a VE that lives for a moment need not be looked at. But never later than it is
	 * to be already: there may be a new VE each moment. */
	if (!delayed_work_pending(&sample_work) ||
	    time_after(READ_ONCE(sample_work.timer.expires), jiffies + FRESH))
		mod_delayed_work(vz_workqueue, &sample_work, FRESH);
}

void vz_sample_exit(void)
{
	cancel_delayed_work_sync(&sample_work);
}

struct refresh {
	struct work_struct work;
	struct vz_ve *ve;
};

static void refresh_work(struct work_struct *work)
{
	sample_ve(container_of(work, struct refresh, work)->ve);
	vz_socket_sample();
}

void vz_sample_refresh(struct vz_ve *ve)
{
	struct vz_samples *samples = &ve->samples;
	struct refresh refresh = { .ve = ve };
	u64 asked = READ_ONCE(samples->asked);

	/* While somebody takes the first one there is nothing to show: then both do. */
	if ((younger(asked, FRESH) || cmpxchg(&samples->asked, asked, get_jiffies_64()) != asked) &&
	    READ_ONCE(samples->looked))
		return;
	INIT_WORK_ONSTACK(&refresh.work, refresh_work);
	queue_work(vz_workqueue, &refresh.work);
	flush_work(&refresh.work);
	destroy_work_on_stack(&refresh.work);
}

void vz_sample_refresh_id(u32 id)
{
	struct vz_ve *ve;

	rcu_read_lock();
	ve = vz_ve_find(id);
	if (ve)
		vz_ve_get(ve);
	rcu_read_unlock();
	if (!ve)
		return;
	vz_sample_refresh(ve);
	vz_ve_put(ve);
}

bool vz_sample_read(const struct vz_ve *ve, enum vz_sampled sampled, u64 *held, u64 *maxheld,
		    u32 *age)
{
	const struct vz_samples *samples = &ve->samples;
	u64 taken = smp_load_acquire(&samples->taken[sampled]);

	if (!taken)
		return false;
	*held = READ_ONCE(samples->held[sampled]);
	*maxheld = READ_ONCE(samples->maxheld[sampled]);
	*age = jiffies_to_msecs(get_jiffies_64() - taken);
	return true;
}
