/* SPDX-License-Identifier: GPL-2.0-only */
/* File locks: struct file_lock has lost what it shares with leases to a member. */
#ifndef VZLITE_COMPAT_FILELOCK_H
#define VZLITE_COMPAT_FILELOCK_H

#include <linux/fs.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#include <linux/filelock.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define VZ_LOCK_TYPE		fl_type
#define vz_lock_flags(lock)	((lock)->fl_flags)
#define vz_lock_owner(lock)	((lock)->fl_owner)
#define vz_for_each_lock(lock, head) list_for_each_entry(lock, head, fl_list)
/* Of what the functions about waiting get. */
#define vz_lock_of_waiter(waiter) ((struct file_lock *)(waiter))
#else
#define VZ_LOCK_TYPE		c.flc_type
#define vz_lock_flags(lock)	((lock)->c.flc_flags)
#define vz_lock_owner(lock)	((lock)->c.flc_owner)
#define vz_for_each_lock(lock, head) list_for_each_entry(lock, head, c.flc_list)
#define vz_lock_of_waiter(waiter) \
	container_of((struct file_lock_core *)(waiter), struct file_lock, c)
#endif
#define vz_lock_type(lock)	((lock)->VZ_LOCK_TYPE)

#endif
