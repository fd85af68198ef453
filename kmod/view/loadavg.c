// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/loadavg
 *
 *   averages     see loadavg.h
 *   running      tasks of the VE that can run: procs_running of /proc/stat
 *   tasks        tasks of the VE, threads included: numproc
 *   last pid     of the reader's pid namespace
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/loadavg.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "loadavg.h"
#include "machine.h"
#include "view.h"

#define BATCH 256

static void sample(struct work_struct *work);
static DECLARE_DELAYED_WORK(sample_work, sample);
static u64 next_sample;		/* jiffies; 0: at rest. The work's own */

static void count_task(struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);
	bool blocked = (state & TASK_UNINTERRUPTIBLE) && !(state & (TASK_NOLOAD | TASK_FROZEN));
	struct vz_ve *ve;

	if (state != TASK_RUNNING && !blocked)
		return;
	ve = vz_ve_of_task(task);
	if (!ve)
		return;
	ve->load.counted++;
	ve->load.counted_running += !blocked;
}

/* All tasks, threads too, by their numbers: a walk that can be interrupted. */
static void count_tasks(void)
{
	int n, nr = 1;
	struct pid *pid;
	struct task_struct *task;

	do {
		rcu_read_lock();
		for (n = 0; n < BATCH; n++) {
			pid = find_ge_pid(nr, &init_pid_ns);
			if (!pid)
				break;
			nr = pid->numbers[0].nr + 1;
			task = pid_task(pid, PIDTYPE_PID);
			if (task)
				count_task(task);
		}
		rcu_read_unlock();
		cond_resched();
	} while (pid);
}

static void average(struct vz_load *load, unsigned int periods)
{
	unsigned long active = load->counted * FIXED_1;

	while (periods--) {
		WRITE_ONCE(load->average[0], calc_load(load->average[0], EXP_1, active));
		WRITE_ONCE(load->average[1], calc_load(load->average[1], EXP_5, active));
		WRITE_ONCE(load->average[2], calc_load(load->average[2], EXP_15, active));
	}
	WRITE_ONCE(load->active, load->counted);
	WRITE_ONCE(load->running, load->counted_running);
	load->counted = load->counted_running = 0;
}

/* Of all VEs. false: there is none. */
static bool average_all(unsigned int periods)
{
	unsigned long key = 0;
	struct vz_ve *ve;
	bool any = false;

	rcu_read_lock();
	for (; (ve = vz_ve_first(&key)) && key <= VZLITE_VE_ID_MAX; key++) {
		average(&ve->load, periods);
		any = true;
	}
	rcu_read_unlock();
	return any;
}

static void sample(struct work_struct *work)
{
	unsigned int periods = 0;
	u64 now = get_jiffies_64();

	if (!next_sample)
		next_sample = now;
	/* If work was held up, the periods that were missed were like this one. */
	while (next_sample <= now && periods < 60) {
		next_sample += LOAD_FREQ;
		periods++;
	}
	if (next_sample <= now)
		next_sample = now + LOAD_FREQ;
	count_tasks();
	if (average_all(periods))
		queue_delayed_work(vz_workqueue, &sample_work,
				   next_sample - min(next_sample, get_jiffies_64()));
	else
		next_sample = 0;
}

void vz_load_start(void)
{
	/* Nothing when it is queued. While it runs, it comes once more: that is no harm. */
	queue_delayed_work(vz_workqueue, &sample_work, LOAD_FREQ);
}

void vz_load_exit(void)
{
	cancel_delayed_work_sync(&sample_work);
}

static int last_pid(void)
{
	return idr_get_cursor(&task_active_pid_ns(current)->idr) - 1;
}

static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct seq_file *m = arg0;
	unsigned long load;
	u64 tasks = vz_machine_tasks(ve);
	unsigned int running, blocked;
	int i;

	vz_machine_running(ve, &running, &blocked);
	for (i = 0; i < 3; i++) {
		load = READ_ONCE(ve->load.average[i]) + FIXED_1 / 200;
		seq_put_decimal_ull(m, i ? " " : "", LOAD_INT(load));
		vz_view_hundredths(m, LOAD_FRAC(load));
	}
	seq_put_decimal_ull(m, " ", min_t(u64, running, tasks));
	seq_put_decimal_ull(m, "/", tasks);
	/* -1 where a pid was never but asked for. */
	seq_put_decimal_ll(m, " ", last_pid());
	seq_putc(m, '\n');
	return 0;
}
VZ_VIEW(vz_view_loadavg, show);
