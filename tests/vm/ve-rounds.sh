#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: fifty rounds of start, exec and stop leave nothing: cgroups, mounts, namespaces, memory
# smp: 1
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

round() {
	vzlite start 101 && vzlite exec 101 -- true && vzlite stop 101
}

rounds() {
	for ((i = 0; i < $1; i++)); do
		round || return
	done
}

# Memory of the kernel, in KiB, once what is freed late is freed.
slab() {
	sync
	sleep 2
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^Slab:|^Percpu:/ { n += $2 } END { print n }' /proc/meminfo
}

check "the module loads" modprobe vzlite
check "a VE is made" vzlite create 101 --ostemplate busybox --numproc 100 --numfile 1000
check "rounds to warm up" rounds 5
before=$(slab)
groups=$(sed -n 's/^nr_dying_descendants //p' /sys/fs/cgroup/cgroup.stat)
check "fifty rounds" rounds 50
nothing_left 101
after=$(slab)
check "kernel memory grew by less than 100 KiB a round (from $before to $after KiB)" \
	test $((after - before)) -lt 5000
check "dying cgroups do not pile up ($groups before)" retry 20 sh -c \
	"[ \$(sed -n 's/^nr_dying_descendants //p' /sys/fs/cgroup/cgroup.stat) -lt 30 ]"
check "a VE is destroyed" vzlite destroy 101
check "the module unloads" retry 10 modprobe -r vzlite
finish
