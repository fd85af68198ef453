/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook engine: at the entry of a kernel function ftrace calls a handler of
 * ours, which may refuse: then the function does not run, and returns an error.
 *
 * Two ways, tried in this order for each row that is called often; the others share one ops of the
 * second way (hook_group.h), or else are like those:
 *   direct    the function's entry calls a stub of ours (hook_direct.h). There can
 *             be one direct call for a function, and a BPF program may have it.
 *   redirect  an ftrace_ops, which for a refusal changes the instruction pointer,
 *             as livepatch does. Also with the module's parameter direct=0.
 * A live patch of a function, and either of these on it, exclude each other: who
 * comes second gets EBUSY. Tracers and probes go along with both.
 *
 * A row of vz_hooks[] (hooks.c) names one function. Lifetime:
 *   load     the engine proves on a function of its own that the first way, or
 *            else the second, works (hook_probe.h), or the module refuses to load
 *   resolve  once, at the first need: the functions of all rows are looked up by
 *            name (symbol.h)
 *   install  with the first VE, in the table's order, those that are seldom called last
 *            (vz_hooks_install)
 *            (a row of a module's function: when a VE or the module comes, the later of both;
 *            the module then cannot be unloaded until the row is removed)
 *   remove   some time after the last VE and the last object charged to it, in reverse,
 *            a row at a time, or all that share an ops: a VE that comes meanwhile finds the
 *            others installed
 * A resource is enforced when all its required rows are installed; otherwise
 * none of its rows is, so that nothing is charged that is never uncharged. The same
 * holds for a view, which has a bit behind those of the resources.
 *
 * Divided functions. gcc may let the callers in a function's own file call a part or a clone
 * of it, past the entry that is hooked: NAME.part.0, NAME.isra.0, NAME.constprop.0. A row
 * whose function has such callers says so (VZ_HOOK_LOCAL); on a kernel with such a twin it
 * is missing, and not one that works. So is one that shares its name with another function, in
 * another file of the kernel: which is meant cannot be told. (NAME.cold is not called; what is called from other
 * files only, or by its address, is called at its entry.) A copy that is inlined into a
 * caller leaves no trace; the tests would see it.
 *
 * A stub of the first way may see for itself that its handler would do nothing, and
 * not call it (VZ_UNLESS_...). Handlers make the same test, for the second way.
 *
 * Handlers run in the context of the function, with whatever locks its caller
 * holds: they must not sleep (a sleeping handler would count as quiescent for
 * synchronize_rcu_tasks() and its trampoline be freed under it), and must not
 * call a hooked function (ftrace's own guard against recursion costs 53
 * instructions a call and is not asked for).
 *
 * Unload: both ways are unregistered with a wait for synchronize_rcu_tasks().
 * From then on no task runs a handler or one of the stubs below, which are a
 * few instructions without a voluntary switch. Replacements, which can sleep, are
 * counted: see hook_replace.h. When ftrace breaks down, which switches it off until the machine
 * boots, rows that it has stay its own, and keep the module.
 */
#ifndef VZLITE_HOOK_H
#define VZLITE_HOOK_H

#include <linux/ftrace.h>
#include <uapi/vzlite.h>

/* Gets the function's arguments; those that it has not are garbage. A row that may
 * refuse: 0 or a negative error, one of those in hook.c's table. Others: ignored. */
typedef int (*vz_hook_handler)(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4,
			       void *arg5);
/* The head of a handler's definition, or its declaration. */
#define VZ_HANDLER(name) \
	int name(void *arg0, void *arg1, void *arg2, void *arg3, void *arg4, void *arg5)

#define VZ_HOOK_REFUSES		BIT(0)
#define VZ_HOOK_OPTIONAL	BIT(1)	/* without it the resource is less exact */
#define VZ_HOOK_CALLER		BIT(2)	/* with VZ_REFUSER_CALLER; arg3 is the return address */
#define VZ_HOOK_REPLACES	BIT(3)	/* with VZ_REPLACER; arg3 is the function's body */
#define VZ_HOOK_LOCAL		BIT(4)	/* has callers in its own file: see above */
#define VZ_HOOK_SPARES		BIT(5)	/* optional; without it nothing but time is lost */
#define VZ_HOOK_SELDOM		BIT(6)	/* see hook_group.h */
#define VZ_HOOK_ALONE		BIT(7)	/* without it the other rows of its resources do their part */

/* What a handler returns to refuse in the name of a function that returns a bool:
 * no errors, and their lowest byte is that bool. */
#define VZ_REFUSE_FALSE		(-4096)
#define VZ_REFUSE_TRUE		(-4095)
/* And of one that returns a pointer, NULL. */
#define VZ_REFUSE_NULL		(-4094)

struct vz_symbol;

/* A module whose functions are hooked is known by a function that it exports, which a handler
 * may call. */
struct vz_anchor {
	const char *name;
	void *address;			/* where that is, since a row was installed */
	void (*stop)(void);		/* before the module is let go, no row is installed; or NULL */
	bool held;			/* with a reference of the module, and its rows resolved */
	int error;			/* why its rows are not; tried again when a module comes */
};

struct vz_hook {
	/* The table */
	const char *function;
	const char *newer;		/* its name on newer kernels, or NULL */
	vz_hook_handler handler;
	void (*direct)(void);		/* the handler's stub */
	unsigned int flags;		/* VZ_HOOK_* */
	unsigned long resources;	/* a bit for each that needs it, views too (view/view.h) */
	void (*thunk)(void);		/* where a row that replaces leads */
	struct vz_anchor *anchor;	/* of the module that the function is in; NULL: the kernel */
	/* The engine; written under the registry's mutex */
	struct ftrace_ops ops;
	const char *resolved;		/* which name this kernel has, or NULL */
	unsigned long address;		/* where it is then */
	bool divided;			/* it has a twin or a namesake, and is not resolved */
	bool warned;			/* that it cannot be */
	bool installed;
	bool failed;			/* ftrace refused to install it alone, the last time it was asked */
	bool stuck;			/* for good: ftrace broke down while it had the ops */
	bool is_direct;
	bool in_group;			/* installed with others, by their ops */
};

/* How ftrace is to call: @direct, a stub, or else @function. */
struct vz_hook_way {
	unsigned long direct;
	ftrace_func_t function;
	unsigned long flags;		/* of the ops, with @function */
};

/* PERMANENT: ftrace cannot be switched off meanwhile. */
#define VZ_WAY_FLAGS(changes_ip) \
	(FTRACE_OPS_FL_PERMANENT | ((changes_ip) ? FTRACE_OPS_FL_IPMODIFY : 0))

extern struct vz_hook vz_hooks[];
extern const unsigned int vz_hook_count;

/* Look the rows up, unless that is done. 0 or -ENOMEM. Caller holds the registry's
 * mutex. Sleeps. */
int vz_hooks_resolve(void);
/* Is that done? Any context. */
bool vz_hooks_resolved(void);

/* At load: prove that a way to hook works. 0 or the error. Sleeps. */
int vz_hook_init(void);
/* At unload: remove what is installed and forget what was resolved. Sleeps. */
void vz_hook_exit(void);

/* At load, and at unload before the workqueue goes: hear of modules that come. 0 or the error. Sleep. */
int vz_anchors_init(void);
void vz_anchors_exit(void);
/* Install the rows of the modules that are there: all of a module, or none. A module that is not
 * there is no lack, and no VE fails for the sake of one. Again, by @anew, also where they could
 * not be installed for another reason than memory. Then, when no row of @anchor is
 * installed any more, let the module go. Caller holds the registry's mutex. Sleep. */
void vz_anchors_install(bool anew);
void vz_anchor_release(struct vz_anchor *anchor);

/*
 * Install the rows of every resource that can be enforced; rows that linger from
 * before stay. -EOPNOTSUPP when not one resource can be; -ENOMEM; the
 * caller then has what was installed until then removed. Caller holds the registry's mutex,
 * and there is no VE and no zombie, or a resource that comes would lack objects
 * and one that goes would leave charges. Sleeps.
 */
int vz_hooks_install(void);

/* Are any? Same locking. */
bool vz_hooks_installed(void);

/* In the log, once for each row: that its function cannot be found. */
void vz_hook_warn_unresolved(struct vz_hook *hook);

/* Remove the newest row, and those that share its ops. False when none was left, and what was
 * learned is forgotten. Same
 * locking; no charged object may be left. Sleeps, for long: see "Unload". */
bool vz_hooks_remove_newest(void);
/* All of them. */
void vz_hooks_remove(void);

/* True while all required rows of @resource, or view, are installed. Any context. */
bool vz_hook_enforced(unsigned int resource);

/* The first function that @resource, or view, misses on this kernel, or NULL: it has none such, or
 * somebody else has it to himself. Not one that only spares time. Any context. */
const char *vz_hook_missing(unsigned int resource);

/*
 * For one row, also hook_probe.c's: its function is @symbol (-ENOENT, or -ENOTUNIQ when that
 * is divided), install it in one of the two ways, remove it, forget what
 * was looked up. The locking of the table is the caller's. Sleep.
 */
int vz_hook_resolve(struct vz_hook *hook, const struct vz_symbol *symbol);
/* -ENOTRECOVERABLE of one that is stuck, or has come to be. */
int vz_hook_register(struct vz_hook *hook, bool directly);
/* Install it in whichever way works, remove it; neither twice. 0 or the error. */
int vz_hook_install(struct vz_hook *hook);
void vz_hook_remove(struct vz_hook *hook);
int vz_hook_unregister(struct vz_hook *hook);
void vz_hook_forget(struct vz_hook *hook);

/* For the group of hook_group.h, too: hook the functions at @addresses[@count]; the error of
 * ftrace, -ENOTRECOVERABLE when it broke down and keeps the ops. Unhook them. Sleep. */
int vz_hook_ops_register(struct ftrace_ops *ops, unsigned long *addresses, unsigned int count,
			 const struct vz_hook_way *way);
int vz_hook_ops_unregister(struct ftrace_ops *ops, const struct vz_hook_way *way);
/* Call the handler of @hook, as an ftrace_ops' function, and do what it says. */
void vz_hook_call(struct vz_hook *hook, unsigned long ip, unsigned long parent_ip,
		  struct ftrace_regs *fregs);

#endif
