#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: fifty rounds of start, exec and stop leave nothing: cgroups, mounts, ids, memory
# on: bookworm newest
# also: trixie debug
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

dying() {
	sed -n 's/^nr_dying_descendants //p' /sys/fs/cgroup/cgroup.stat
}

# Their memory is freed late, too.
dead_by() {
	echo 3 >/proc/sys/vm/drop_caches
	[[ $(dying) -le $1 ]]
}

groups() {
	find /sys/fs/cgroup -type d | sort
}

mounts() {
	cut -d' ' -f4- /proc/self/mountinfo | sort
}

# Files that are kept for a CTID, and the uid range that it has.
ids() {
	find /run/vzlite /etc/vzlite | sort
	grep -r LOCAL_UID= /etc/vzlite
}

check "the module loads" modprobe vzlite
prompt_template
check "a VE is made" vzlite create 101 --ostemplate prompt --numproc 100 --numfile 1000
check "rounds to warm up" rounds 5
before=$(slab) dead=$(dying) groups=$(groups) mounts=$(mounts) ids=$(ids)
check "fifty rounds" rounds 50
nothing_left 101
after=$(slab)
check "kernel memory grew by less than 20 KiB a round (from $before to $after KiB)" \
	test $((after - before)) -lt 1000
check "dying cgroups do not pile up ($dead before)" retry 20 dead_by $((dead + 3))
echo "# then $(dying)"
eq "no cgroup stays" "$(groups)" "$groups"
eq "no mount" "$(mounts)" "$mounts"
eq "no file of a CTID, and no other uid range" "$(ids)" "$ids"
check "a VE is destroyed" vzlite destroy 101
eq "its CTID is nobody's" "$(find /run/vzlite /etc/vzlite -name '*101*' ! -name '*.destroyed')" ""
check "another is made" vzlite create 102 --ostemplate busybox
eq "and takes its uids" "$(sed -n 's/^LOCAL_UID=//p' /etc/vzlite/conf/102.conf)" \
	"$(sed -n 's/^.*LOCAL_UID=//p' <<<"$ids")"
check "it is destroyed" vzlite destroy 102
unloads
finish
