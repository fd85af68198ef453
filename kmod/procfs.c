// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>

#include "procfs.h"
#include "shown/namespace.h"
#include "shown/shown.h"
#include "ve.h"
#include "version.h"

static struct proc_dir_entry *vzlite_dir;

/* Who reads a file, settled when it is opened: 0 is the host. */
struct reader {
	u32 ve_id;
};

static u32 current_ve_id(void)
{
	struct vz_ve *ve;
	u32 id;

	rcu_read_lock();
	ve = vz_ve_of_task(current);
	id = ve ? ve->id : 0;
	rcu_read_unlock();
	return id;
}

/* In a VE its own user namespace decides, on the host the initial one. */
static bool may_read_counters(u32 ve_id)
{
	struct user_namespace *ns = ve_id ? current_user_ns() : &init_user_ns;
	struct vz_ve *ve;
	bool rules;

	while (ns->level > 1)
		ns = ns->parent;
	rcu_read_lock();
	ve = vz_ve_of_task(current);
	rules = !ve_id || (ve && vz_namespace_rules(ve, ns));
	rcu_read_unlock();
	/* The root of another engine's container has the first of these only. */
	return rules && ns_capable(ns, CAP_DAC_OVERRIDE) &&
	       (ve_id || ns_capable(ns, CAP_DAC_READ_SEARCH));
}

/* version */

static int version_show(struct seq_file *m, void *v)
{
	seq_puts(m, VZLITE_VERSION " " VZLITE_BUILD "\n");
	return 0;
}

/* Iteration over VEs: the position is the key in the registry, plus one. RCU is
 * held from start to stop, where seq_file only prints into its buffer. */

static void *ve_seek(struct seq_file *m, loff_t *pos)
{
	u32 own = ((struct reader *)m->private)->ve_id;
	unsigned long key = *pos - 1;
	struct vz_ve *ve;

	/* Who opened the file may have been released, and the id be another VE's. */
	if (own && (key > own || current_ve_id() != own))
		return NULL;
	if (own)
		key = own;
	ve = vz_ve_first(&key);
	if (!ve || (own && ve->id != own))
		return NULL;
	*pos = key + 1;
	return ve;
}

static void *ve_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	if (*pos == 0) {
		(*pos)++;
		return SEQ_START_TOKEN;
	}
	return ve_seek(m, pos);
}

static void *ve_next(struct seq_file *m, void *v, loff_t *pos)
{
	(*pos)++;
	return ve_seek(m, pos);
}

static void ve_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

/* ve */

static int ve_show(struct seq_file *m, void *v)
{
	char name[VZLITE_VE_NAME_MAX + 1];
	struct vz_counter_values numproc;
	struct vz_ve *ve = v;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-8s %20s %s\n", "ctid", "state", "numproc", "name");
		return 0;
	}
	vz_ve_copy_name(ve, name);
	vz_beancounter_read(&ve->bc, VZLITE_NUMPROC, &numproc);
	seq_printf(m, "%10u %-8s %20llu %s\n", ve->id,
		   READ_ONCE(ve->zombie) ? "zombie" :
		   cgroup_is_populated(ve->cgroup) ? "running" : "empty",
		   numproc.held, name);
	return 0;
}

static const struct seq_operations ve_seq_ops = {
	.start	= ve_start,
	.next	= ve_next,
	.stop	= ve_stop,
	.show	= ve_show,
};

static int ve_open(struct inode *inode, struct file *file)
{
	u32 id = current_ve_id();
	struct reader *reader;

	/* All of a VE may see its line; names and loads of all VEs are the host's root's. */
	if (!id && !may_read_counters(0))
		return -EACCES;
	reader = __seq_open_private(file, &ve_seq_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->ve_id = id;
	return 0;
}

static const struct proc_ops ve_proc_ops = {
	.proc_open	= ve_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release_private,
};

/* user_beancounters: the widths are OpenVZ's on 64 bits */

static void ubc_row(struct seq_file *m, const char *uid, const char *resource,
		    const struct vz_counter_values *values)
{
	seq_printf(m, "%10s  %-12s %20llu %20llu %20llu %20llu %20llu\n", uid, resource,
		   values->held, values->maxheld, values->barrier, values->limit,
		   values->failcnt);
}

static void ubc_block(struct seq_file *m, u32 id, struct vz_ve *ve)
{
	struct vz_counter_values values = {
		.barrier = VZLITE_UNLIMITED, .limit = VZLITE_UNLIMITED,
	};
	char uid[12];
	int i;

	snprintf(uid, sizeof(uid), "%u:", id);
	/* OpenVZ's file ends with numiptent: swappages is not in it. */
	for (i = 0; i <= VZLITE_NUMIPTENT; i++) {
		if (ve)
			vz_shown_read(ve, i, &values);
		ubc_row(m, i ? "" : uid, vz_resource_name(i), &values);
	}
}

static int ubc_show(struct seq_file *m, void *v)
{
	struct vz_ve *ve = v;
	u32 own = ((struct reader *)m->private)->ve_id;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "Version: 2.5\n");
		seq_printf(m, "%10s  %-12s %20s %20s %20s %20s %20s\n", "uid", "resource",
			   "held", "maxheld", "barrier", "limit", "failcnt");
	} else if (v == m->private) {
		/* The host itself: nothing is counted outside the VEs. */
		if (!own)
			ubc_block(m, 0, NULL);
	} else {
		if (own)
			vz_mm_recount_seldom(ve);
		else
			vz_mm_recount(ve);
		ubc_block(m, ve->id, ve);
	}
	return 0;
}

/* After the VEs comes the host's block; zombies are not shown. */
#define UBC_HOST_POS ((loff_t)VZLITE_VE_ID_MAX + 2)

static void *ubc_seek(struct seq_file *m, loff_t *pos)
{
	struct vz_ve *ve;

	if (*pos > UBC_HOST_POS)
		return NULL;
	ve = ve_seek(m, pos);
	if (ve && *pos < UBC_HOST_POS)
		return ve;
	*pos = UBC_HOST_POS;
	return m->private;
}

static void *ubc_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	if (*pos == 0) {
		(*pos)++;
		return SEQ_START_TOKEN;
	}
	return ubc_seek(m, pos);
}

static void *ubc_next(struct seq_file *m, void *v, loff_t *pos)
{
	(*pos)++;
	return ubc_seek(m, pos);
}

static const struct seq_operations ubc_seq_ops = {
	.start	= ubc_start,
	.next	= ubc_next,
	.stop	= ve_stop,
	.show	= ubc_show,
};

static int ubc_open(struct inode *inode, struct file *file)
{
	struct reader *reader;
	u32 id = current_ve_id();

	if (!may_read_counters(id))
		return -EACCES;
	reader = __seq_open_private(file, &ubc_seq_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->ve_id = id;
	if (id)
		vz_sample_refresh_id(id);
	return 0;
}

static const struct proc_ops ubc_proc_ops = {
	.proc_open	= ubc_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release_private,
};

/* <id>/beancounters */

static int beancounters_show(struct seq_file *m, void *v)
{
	struct vz_ve *ve = m->private;
	struct vz_counter_values values;
	int i;

	vz_sample_refresh(ve);
	vz_mm_recount(ve);
	seq_printf(m, "%-12s %20s %20s %20s %20s %20s %s\n", "resource", "held", "maxheld",
		   "barrier", "limit", "failcnt", "enforcer");
	rcu_read_lock();
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (!strcmp(vz_resource_name(i), "dummy"))
			continue;
		vz_shown_read(ve, i, &values);
		seq_printf(m, "%-12s %20llu %20llu %20llu %20llu %20llu %s\n",
			   vz_resource_name(i), values.held, values.maxheld, values.barrier,
			   values.limit, values.failcnt,
			   vz_enforcer_name(values.enforcer));
	}
	rcu_read_unlock();
	return 0;
}

static int beancounters_open(struct inode *inode, struct file *file)
{
	/* procfs holds removal, and so the VE, off while we and show run. Into a buffer on
	 * a file system of his own a tenant could read for ever: he has user_beancounters. */
	if (current_ve_id() || !may_read_counters(0))
		return -EACCES;
	return single_open(file, beancounters_show, pde_data(inode));
}

static const struct proc_ops beancounters_proc_ops = {
	.proc_open	= beancounters_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= single_release,
};

int vz_procfs_add_ve(struct vz_ve *ve)
{
	char name[12];

	snprintf(name, sizeof(name), "%u", ve->id);
	ve->proc = proc_mkdir_mode(name, 0500, vzlite_dir);
	if (!ve->proc)
		return -ENOMEM;
	if (!proc_create_data("beancounters", 0400, ve->proc, &beancounters_proc_ops, ve)) {
		proc_remove(ve->proc);
		return -ENOMEM;
	}
	return 0;
}

void vz_procfs_remove_ve(struct vz_ve *ve)
{
	proc_remove(ve->proc);
}

int vz_procfs_init(void)
{
	vzlite_dir = proc_mkdir_mode("vzlite", 0511, NULL);
	if (!vzlite_dir)
		return -ENOMEM;
	if (!proc_create_single("version", 0444, vzlite_dir, version_show) ||
	    !proc_create("ve", 0444, vzlite_dir, &ve_proc_ops) ||
	    !proc_create("user_beancounters", 0444, NULL, &ubc_proc_ops)) {
		proc_remove(vzlite_dir);
		return -ENOMEM;
	}
	return 0;
}

void vz_procfs_exit(void)
{
	remove_proc_entry("user_beancounters", NULL);
	proc_remove(vzlite_dir);
}
