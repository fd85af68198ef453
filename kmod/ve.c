// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "charge/charge.h"
#include "hook.h"
#include "procfs.h"
#include "shown/namespace.h"
#include "ve.h"
#include "ve_parts.h"

DEFINE_MUTEX(vz_registry_mutex);
struct workqueue_struct *vz_workqueue;
atomic_t vz_registry_generation = ATOMIC_INIT(1);

/* Of its own: so slabinfo tells what VEs take, 4.0 KB each. */
static struct kmem_cache *ve_cache __read_mostly;

/* Live VEs by id, zombies above 2^32. */
static DEFINE_XARRAY(ve_index);
#define ZOMBIE_KEY BIT(32)
static unsigned long next_zombie_key = ZOMBIE_KEY;
static u32 ve_count, zombie_count;
static u64 reap_round;			/* under the mutex */

/* The hooks outlive the last VE, so that "destroy one, create another", and the reboot of
 * the only one on a busy host, does not patch the kernel twice. */
#define HOOKS_LINGER (10 * HZ)
static void hooks_idle(struct work_struct *work);
static DECLARE_DELAYED_WORK(hooks_idle_work, hooks_idle);

/* Each row takes the kernel some tenths of a second, all of them many seconds. So one at a
 * time, with a pause that lets in who waits for the mutex, the next VE above all. */
static void hooks_idle(struct work_struct *work)
{
	mutex_lock(&vz_registry_mutex);
	if (!ve_count && !zombie_count && vz_hooks_remove_newest())
		queue_delayed_work(vz_workqueue, &hooks_idle_work, 1);
	mutex_unlock(&vz_registry_mutex);
}

static void ve_free(struct vz_ve *ve)
{
	put_pid(rcu_access_pointer(ve->init));
	vz_disks_destroy(&ve->disks);
	vz_cputime_destroy(&ve->cputimes);
	vz_machine_destroy(&ve->machine);
	vz_beancounter_destroy(&ve->bc);
	kmem_cache_free(ve_cache, ve);
}

/*
 * Take one zombie of before @round, of which nothing is held and which nobody uses, out of the
 * index. NULL when none. A grace period has passed since they were only to be found among the
 * zombies: so nobody comes who uses one. Who is the last to leave one that is passed over has us
 * come again.
 */
static struct vz_ve *take_idle_zombie(u64 round)
{
	struct vz_ve *ve;
	unsigned long key;

	mutex_lock(&vz_registry_mutex);
	xa_for_each_start(&ve_index, key, ve, ZOMBIE_KEY) {
		if (ve->reap_round < round && vz_beancounter_idle(&ve->bc) &&
		    !atomic_read(&ve->users)) {
			xa_erase(&ve_index, key);
			zombie_count--;
			break;
		}
	}
	if (ve && !ve_count && !zombie_count)
		mod_delayed_work(vz_workqueue, &hooks_idle_work, HOOKS_LINGER);
	mutex_unlock(&vz_registry_mutex);
	return ve;
}

static void reap(struct work_struct *work)
{
	struct vz_ve *ve;
	u64 round;

	mutex_lock(&vz_registry_mutex);
	round = ++reap_round;
	mutex_unlock(&vz_registry_mutex);
	synchronize_rcu();
	while ((ve = take_idle_zombie(round))) {
		/* Readers, and whoever made the last uncharge or was refused. */
		synchronize_rcu();
		vz_events_stop(ve);
		cgroup_put(ve->cgroup);
		ve_free(ve);
		/* Unloading waits for the workqueue, and so for our end. */
		module_put(THIS_MODULE);
	}
}
static DECLARE_WORK(reap_work, reap);

void vz_ve_reap(void)
{
	queue_work(vz_workqueue, &reap_work);
}

void vz_ve_put(struct vz_ve *ve)
{
	/*
	 * The section keeps the VE and the module: whoever has seen that nobody uses it waits for a
	 * grace period before it is freed. Who finds that it is no zombie has been in it since before
	 * reap() waited, which will see that it is not used.
	 */
	rcu_read_lock();
	if (atomic_dec_and_test(&ve->users) && READ_ONCE(ve->zombie))
		vz_ve_reap();
	rcu_read_unlock();
}

/* Sleeps. The cgroup's reference stays the caller's. */
static struct vz_ve *ve_alloc(u32 id, const char *name, struct cgroup *cgroup,
			      const struct vz_bound *bounds)
{
	struct vz_ve *ve;
	int i, ret;

	ve = kmem_cache_zalloc(ve_cache, GFP_KERNEL_ACCOUNT);
	if (!ve)
		return ERR_PTR(-ENOMEM);
	ret = vz_beancounter_init(&ve->bc);
	if (ret)
		goto err_free;
	ret = vz_machine_init(&ve->machine);
	if (ret)
		goto err_beancounter;
	ret = vz_cputime_init(&ve->cputimes);
	if (ret)
		goto err_machine;
	ve->id = id;
	ve->key = id;
	ve->cgroup = cgroup;
	ve->features = VZLITE_FEATURES_DEFAULT;
	if (!cgroup_is_populated(cgroup))
		generate_random_uuid(ve->boot_id);
	spin_lock_init(&ve->name_lock);
	strscpy(ve->name, name, sizeof(ve->name));
	vz_events_init(ve);
	vz_mms_init(&ve->mms);
	vz_disks_init(&ve->disks);
	vz_watch_init(ve);
	vz_host_print_init(&ve->printed);
	vz_rate_init(&ve->moves);
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (!bounds[i].set)
			continue;
		ve->bc.counter[i].barrier = bounds[i].barrier;
		ve->bc.counter[i].limit = bounds[i].limit;
	}
	vz_beancounter_tune(&ve->bc);
	return ve;

err_machine:
	vz_machine_destroy(&ve->machine);
err_beancounter:
	vz_beancounter_destroy(&ve->bc);
err_free:
	kmem_cache_free(ve_cache, ve);
	return ERR_PTR(ret);
}

/* Whether @id, @name or @cgroup can be a new VE's (@id 0: only the name is
 * asked for, by @self). */
static int ve_check_free(u32 id, const char *name, struct cgroup *cgroup,
			 struct vz_ve *self)
{
	struct vz_ve *ve;
	unsigned long key;

	xa_for_each_range(&ve_index, key, ve, 0, VZLITE_VE_ID_MAX) {
		if (ve == self)
			continue;
		if (!strcmp(ve->name, name))
			return -EEXIST;
		if (!cgroup)
			continue;
		if (ve->id == id || ve->cgroup == cgroup)
			return -EEXIST;
		if (cgroup_is_descendant(cgroup, ve->cgroup) ||
		    cgroup_is_descendant(ve->cgroup, cgroup))
			return -EBUSY;
	}
	return 0;
}

static void set_features(struct vz_ve *ve, struct nla_bitfield32 features)
{
	WRITE_ONCE(ve->features, (ve->features & ~features.selector) |
				 (features.value & features.selector));
}

int vz_ve_new(u32 id, const char *name, struct cgroup *cgroup,
	      const struct vz_bound bounds[VZLITE_RESOURCE_COUNT],
	      struct nla_bitfield32 features)
{
	struct vz_ve *ve;
	int ret;

	if (cgroup->level == 0 || cgroup->level >= BITS_PER_LONG)
		return -EINVAL;
	ve = ve_alloc(id, name, cgroup, bounds);
	if (IS_ERR(ve))
		return PTR_ERR(ve);
	set_features(ve, features);

	mutex_lock(&vz_registry_mutex);
	ret = ve_check_free(id, name, cgroup, NULL);
	if (ret)
		goto err_free;
	/* The module may be on its way out already. */
	ret = -ENODEV;
	if (!try_module_get(THIS_MODULE))
		goto err_free;
	ret = 0;
	if (!ve_count && !zombie_count)
		ret = vz_hooks_install();
	else
		vz_anchors_install(false);
	if (!ret && !vz_bounds_enforceable(bounds))
		ret = -EOPNOTSUPP;
	if (ret)
		goto err_idle;
	ret = xa_insert(&ve_index, ve->key, ve, GFP_KERNEL);
	if (ret)
		goto err_idle;
	ret = vz_procfs_add_ve(ve);
	if (ret)
		goto err_erase;
	ve_count++;
	atomic_inc(&vz_registry_generation);
	vz_ve_publish(ve);
	/* Who joins sets that first, and then looks for the VE. */
	smp_mb();
	if (cgroup_is_populated(cgroup)) {
		vz_ve_adopt_tasks(ve);
		vz_namespace_find(ve, true);
	}
	vz_sample_start();
	vz_watch_start();
	vz_load_start();
	mutex_unlock(&vz_registry_mutex);
	return 0;

err_erase:
	/* A reader may have found it meanwhile, by its id: no task is in it yet. */
	xa_erase(&ve_index, ve->key);
	synchronize_rcu();
	while (atomic_read(&ve->users))
		schedule_timeout_uninterruptible(1);
	/* See vz_ve_put(). */
	synchronize_rcu();
	/* And have had something to tell of it. */
	vz_events_stop(ve);
err_idle:
	/* Of one that was refused its maker asks what is missing, and may come again without. */
	if (!ve_count && !zombie_count)
		mod_delayed_work(vz_workqueue, &hooks_idle_work, ret == -EOPNOTSUPP ? HOOKS_LINGER : 0);
	module_put(THIS_MODULE);
err_free:
	mutex_unlock(&vz_registry_mutex);
	ve_free(ve);
	return ret;
}

int vz_ve_set(u32 id, const char *name, const struct vz_bound bounds[VZLITE_RESOURCE_COUNT],
	      struct nla_bitfield32 features)
{
	struct vz_ve *ve;
	int i, ret = -ENOENT;

	mutex_lock(&vz_registry_mutex);
	ve = vz_ve_find(id);
	if (!ve)
		goto out;
	ret = -EOPNOTSUPP;
	if (!vz_bounds_enforceable(bounds))
		goto out;
	if (name) {
		ret = ve_check_free(0, name, NULL, ve);
		if (ret)
			goto out;
		spin_lock(&ve->name_lock);
		strscpy(ve->name, name, sizeof(ve->name));
		spin_unlock(&ve->name_lock);
	}
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (!bounds[i].set)
			continue;
		WRITE_ONCE(ve->bc.counter[i].barrier, bounds[i].barrier);
		WRITE_ONCE(ve->bc.counter[i].limit, bounds[i].limit);
	}
	vz_beancounter_tune(&ve->bc);
	set_features(ve, features);
	if (bounds[VZLITE_NUMSIGINFO].set)
		vz_namespace_limit_signals(ve, bounds[VZLITE_NUMSIGINFO].limit);
	ret = 0;
out:
	mutex_unlock(&vz_registry_mutex);
	return ret;
}

/* Make @ve a zombie that keeps its id until its directory in /proc is gone. */
static int ve_retire(struct vz_ve *ve, bool release)
{
	int ret;

	if (!release && cgroup_is_populated(ve->cgroup))
		return -EBUSY;
	/* Its place among the zombies first: it is all that can fail. */
	ret = xa_reserve(&ve_index, next_zombie_key, GFP_KERNEL);
	if (ret)
		return ret;
	vz_beancounter_close(&ve->bc);
	vz_ve_unpublish(ve);
	if (release) {
		vz_ve_let_go(ve);
	} else if (cgroup_is_populated(ve->cgroup)) {
		/* A task slipped in between. */
		vz_beancounter_open(&ve->bc);
		vz_ve_publish(ve);
		vz_ve_adopt_tasks(ve);
		xa_release(&ve_index, next_zombie_key);
		return -EBUSY;
	}
	/* A growth that met a move can have brought one back. */
	vz_mm_disown_strangers(ve);
	vz_beancounter_drain(&ve->bc);
	vz_watch_last(ve);
	vz_host_print_tell(ve, true);
	ve->key = next_zombie_key++;
	WRITE_ONCE(ve->zombie, true);
	ve_count--;
	zombie_count++;
	atomic_inc(&vz_registry_generation);
	return 0;
}

int vz_ve_delete(u32 id, bool release)
{
	struct vz_ve *ve;
	int ret;

	mutex_lock(&vz_registry_mutex);
	ve = vz_ve_find(id);
	ret = ve ? ve_retire(ve, release) : -ENOENT;
	mutex_unlock(&vz_registry_mutex);
	if (ret)
		return ret;

	vz_events_flush(ve);
	/* A reader may hold this up for as long as it likes: no lock is held. */
	vz_procfs_remove_ve(ve);

	mutex_lock(&vz_registry_mutex);
	WRITE_ONCE(ve->ended, !release || !cgroup_is_populated(ve->cgroup));
	/* The slot is reserved, so that this cannot fail. */
	WARN_ON(xa_is_err(xa_store(&ve_index, ve->key, ve, GFP_KERNEL)));
	xa_erase(&ve_index, id);
	ve->reap_round = reap_round;
	mutex_unlock(&vz_registry_mutex);
	/* Now that it can be found among the zombies. */
	vz_orphans_end();
	vz_ve_reap();
	return 0;
}

struct vz_ve *vz_ve_find(u32 id)
{
	struct vz_ve *ve = xa_load(&ve_index, id);

	return ve && !READ_ONCE(ve->zombie) ? ve : NULL;
}

struct vz_ve *vz_ve_first(unsigned long *key)
{
	return xa_find(&ve_index, key, ULONG_MAX, XA_PRESENT);
}

void vz_ve_copy_name(struct vz_ve *ve, char name[VZLITE_VE_NAME_MAX + 1])
{
	spin_lock(&ve->name_lock);
	strscpy(name, ve->name, VZLITE_VE_NAME_MAX + 1);
	spin_unlock(&ve->name_lock);
}

unsigned int vz_ve_share(unsigned int all, unsigned int least)
{
	return max(all / max(READ_ONCE(ve_count), 1U), least);
}

void vz_ve_count(u32 *ves, u32 *zombies)
{
	*ves = READ_ONCE(ve_count);
	*zombies = READ_ONCE(zombie_count);
}

int vz_ve_init(void)
{
	int ret = -ENOMEM;

	BUILD_BUG_ON(BITS_PER_LONG != 64);
	ve_cache = kmem_cache_create("vzlite_ve", sizeof(struct vz_ve), 0, 0, NULL);
	if (!ve_cache)
		return ret;
	vz_workqueue = alloc_workqueue("vzlite", WQ_UNBOUND, 0);
	if (!vz_workqueue)
		goto err_cache;
	ret = vz_anchors_init();
	if (ret)
		goto err_workqueue;
	return 0;

err_workqueue:
	destroy_workqueue(vz_workqueue);
err_cache:
	kmem_cache_destroy(ve_cache);
	return ret;
}

void vz_ve_exit(void)
{
	vz_load_exit();
	vz_watch_exit();
	vz_sample_exit();
	vz_orphans_exit();
	cancel_delayed_work_sync(&hooks_idle_work);
	vz_anchors_exit();
	destroy_workqueue(vz_workqueue);
	kmem_cache_destroy(ve_cache);
	xa_destroy(&ve_index);
}
