// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup_file.h"
#include "compat/kernfs.h"

#define NO_CONTROLLER (-1)	/* the cgroup core's own */

#ifdef CONFIG_CGROUP_SCHED
#define CPU cpu_cgrp_id
#else
#define CPU CGROUP_SUBSYS_COUNT
#endif
#ifdef CONFIG_CPUSETS
#define CPUSET cpuset_cgrp_id
#else
#define CPUSET CGROUP_SUBSYS_COUNT
#endif
#ifdef CONFIG_MEMCG
#define MEMORY memory_cgrp_id
#else
#define MEMORY CGROUP_SUBSYS_COUNT
#endif
#ifdef CONFIG_BLK_CGROUP
#define IO io_cgrp_id
#else
#define IO CGROUP_SUBSYS_COUNT
#endif

static const struct {
	int controller;
	const char *name;	/* without the controller's */
} files[] = {
	[VZ_FILE_CPU_STAT]	= { NO_CONTROLLER, "cpu.stat" },
	[VZ_FILE_CPU_MAX]	= { CPU, "max" },
	[VZ_FILE_CPU_PRESSURE]	= { NO_CONTROLLER, "cpu.pressure" },
	[VZ_FILE_MEMORY_PRESSURE] = { NO_CONTROLLER, "memory.pressure" },
	[VZ_FILE_IO_PRESSURE]	= { NO_CONTROLLER, "io.pressure" },
	[VZ_FILE_IRQ_PRESSURE]	= { NO_CONTROLLER, "irq.pressure" },
	[VZ_FILE_CPUS_EFFECTIVE] = { CPUSET, "cpus.effective" },
	[VZ_FILE_MEMORY_STAT]	= { MEMORY, "stat" },
	[VZ_FILE_IO_STAT]	= { IO, "stat" },
};

/* Of the core or a controller, which are never unloaded: found once. */
static struct cftype *known[ARRAY_SIZE(files)];

static struct cftype *find_type(struct cgroup *cgroup, struct cgroup_subsys_state *css,
				enum vz_cgroup_file file)
{
	struct cftype *type = READ_ONCE(known[file]);
	struct kernfs_node *node;

	if (type)
		return type;
	if (css) {
		for (type = css->ss->dfl_cftypes; type && type->name[0]; type++) {
			if (!strcmp(type->name, files[file].name))
				break;
		}
		/* The root has css of controllers that cgroup_disable= has taken from all; without
		 * their files, whose show functions then find no css. */
		if (!type || !type->name[0] || !type->ss)
			return NULL;
	} else {
		node = kernfs_find_and_get(cgroup->kn, files[file].name);
		if (!node)
			return NULL;
		type = node->priv;
		kernfs_put(node);
	}
	if (!type->seq_show)
		return NULL;
	WRITE_ONCE(known[file], type);
	return type;
}

static struct cgroup_subsys_state *get_css(struct cgroup *cgroup, int controller)
{
	struct cgroup_subsys_state *css;

	if (controller >= CGROUP_SUBSYS_COUNT)
		return NULL;
	rcu_read_lock();
	css = rcu_dereference(cgroup->subsys[controller]);
	if (css && !css_tryget(css))
		css = NULL;
	rcu_read_unlock();
	return css;
}

/* What a show function is asked with. With lockdep more than 1 KB: not for the stack. */
struct question {
	struct kernfs_node dir, node;
	struct kernfs_open_file of;
	struct seq_file m;
};

/* @kn: the cgroup's real directory. @cgroup: what the function is to find as the cgroup. */
static ssize_t show(struct cftype *type, const struct kernfs_node *kn, struct cgroup *cgroup,
		    char *text, size_t size)
{
	struct question *question = kzalloc(sizeof(*question), GFP_KERNEL);
	ssize_t ret;

	if (!question)
		return -ENOMEM;
	question->dir.priv = cgroup;
	question->dir.flags = KERNFS_DIR;
	/* To look at a parent the kernel asks for its flags, and with lockdep for this. */
	question->dir.dir.root = kn->dir.root;
	question->node.priv = type;
	question->node.flags = KERNFS_FILE;
	vz_kernfs_set_parent(&question->node, &question->dir);
	question->of.kn = &question->node;
	question->m.buf = text;
	question->m.size = size;
	question->m.private = &question->of;
	ret = type->seq_show(&question->m, NULL);
	if (ret >= 0)
		ret = question->m.count < size ? question->m.count : -E2BIG;
	if (ret >= 0)
		text[ret] = '\0';
	kfree(question);
	return ret;
}

ssize_t vz_cgroup_file_read(struct cgroup *cgroup, enum vz_cgroup_file file, char *text,
			    size_t size)
{
	int controller = files[file].controller;
	struct cgroup_subsys_state __rcu *css;
	struct cftype *type;
	ssize_t ret = -ENOENT;

	if (controller == NO_CONTROLLER) {
		type = find_type(cgroup, NULL, file);
		return type ? show(type, cgroup->kn, cgroup, text, size) : -ENOENT;
	}
	RCU_INIT_POINTER(css, get_css(cgroup, controller));
	if (!rcu_access_pointer(css))
		return -ENOENT;
	type = find_type(cgroup, rcu_dereference_protected(css, true), file);
	/*
	 * The controller may be taken from the cgroup meanwhile, and then the function
	 * would find no state in it. All it looks at in the cgroup is that one pointer:
	 * let it find ours in its place.
	 */
	if (type)
		ret = show(type, cgroup->kn,
			   container_of(&css, struct cgroup, subsys[controller]), text, size);
	css_put(rcu_dereference_protected(css, true));
	return ret;
}
