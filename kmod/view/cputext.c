// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cputext.h"
#include "machine.h"

struct cputext {
	struct rcu_head rcu;
	u64 taken;		/* jiffies */
	size_t size;
	char text[];
};

static DEFINE_PER_CPU(struct cputext __rcu *, texts);

/* What is kept of @cpu, or NULL when it is too old. RCU. */
static const struct cputext *find_fresh(unsigned int cpu)
{
	const struct cputext *kept = rcu_dereference(per_cpu(texts, cpu));

	return kept && get_jiffies_64() - kept->taken < VZ_MACHINE_FRESH ? kept : NULL;
}

bool vz_cputext_show(struct seq_file *m, unsigned int cpu)
{
	const struct cputext *kept;
	char *to;

	rcu_read_lock();
	kept = find_fresh(cpu);
	if (kept) {
		/* A seq_file that is just full counts as too small. */
		if (seq_get_buf(m, &to) > kept->size) {
			memcpy(to, kept->text, kept->size);
			seq_commit(m, kept->size);
		} else {
			seq_commit(m, -1);
		}
	}
	rcu_read_unlock();
	return kept;
}

static void replace(unsigned int cpu, struct cputext *text)
{
	struct cputext *old = unrcu_pointer(xchg(&per_cpu(texts, cpu), RCU_INITIALIZER(text)));

	if (old)
		kfree_rcu(old, rcu);
}

void vz_cputext_keep(struct seq_file *m, size_t start, unsigned int cpu, u64 began)
{
	struct cputext *text;
	bool come;

	/* Of many who found it old the first has brought it. */
	rcu_read_lock();
	come = find_fresh(cpu);
	rcu_read_unlock();
	if (come || seq_has_overflowed(m))
		return;
	text = kmalloc(struct_size(text, text, m->count - start), GFP_KERNEL | __GFP_NOWARN);
	if (!text)
		return;
	text->taken = began;
	text->size = m->count - start;
	memcpy(text->text, m->buf + start, text->size);
	replace(cpu, text);
}

void vz_cputext_forget(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		replace(cpu, NULL);
}
