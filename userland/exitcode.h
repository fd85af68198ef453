/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses of `vzlite`: vzctl's, where vzctl has one (numbers from the
 * reference on OpenVZ); scripts depend on them, so a number never changes.
 */
#ifndef VZLITE_EXITCODE_H
#define VZLITE_EXITCODE_H

enum exitcode {
	EXIT_OK = 0,
	EXIT_SETUBC = 1,	/* the module refused the beancounters */
	EXIT_SYSTEM = 3,	/* a system call failed */
	EXIT_NO_MODULE = 5,	/* module not loaded, or lacks what it needs; wrong kernel or
				 * cgroup version */
	EXIT_NO_RESOURCES = 6,	/* out of memory, ids, ... */
	EXIT_EXEC_FAILED = 8,	/* the command to run in the VE could not be run */
	EXIT_LOCKED = 9,	/* another vzlite works on this VE, or has what all share */
	EXIT_NO_PERMISSION = 12,
	EXIT_NO_CONFIG = 14,	/* no such VE */
	EXIT_BAD_OPTION = 20,	/* unknown command or option, missing argument */
	EXIT_BAD_VALUE = 21,	/* an option's or a config key's value */
	EXIT_NOT_RUNNING = 31,
	EXIT_RUNNING = 32,
	EXIT_STOP_FAILED = 33,
	EXIT_ADD_IP = 34,	/* an address could not be given to the VE */
	EXIT_NOT_MOUNTED = 40,
	EXIT_MOUNTED = 41,	/* `vzlite mount` has it, where it must not be */
	EXIT_NO_PRIVATE = 43,	/* private area missing or half made */
	EXIT_PRIVATE_EXISTS = 44,	/* the VE exists already */
	EXIT_DISK_FULL = 46,
	EXIT_BAD_VE = 47,	/* no init in the VE's root */
	EXIT_CREATE_FAILED = 48,
	EXIT_MOUNT_FAILED = 50,
	EXIT_UMOUNT_FAILED = 51,	/* mounted, and in use there */
	EXIT_DELETE_FAILED = 52,
	EXIT_DISK_QUOTA = 63,	/* the file system has none, or it could not be set */
	EXIT_BAD_IP = 71,
	EXIT_BAD_NAMESERVER = 72,
	EXIT_BAD_SEARCHDOMAIN = 73,
	EXIT_IP_IN_USE = 78,	/* by another VE, or the host */
	EXIT_ACTION_SCRIPT = 79,
	EXIT_SET_RATE = 80,
	EXIT_NO_TEMPLATE = 91,
	EXIT_DISABLED = 105,	/* the VE is not to be started */
	EXIT_NETIF = 130,	/* an interface of --netif_add could not be made, or is another's */
	EXIT_BAD_NAME = 131,
	EXIT_WAIT_FAILED = 133,	/* start --wait: the VE did not come up; events --count: nor did they */
	EXIT_SAVE_FAILED = 139,
	EXIT_SET_IO = 148,	/* an I/O limit could not be set */
};

#endif
