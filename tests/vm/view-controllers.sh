#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: where the host was booted without memory and cpuset controllers a VE sees what the host has left, and no view falls over what is not there
# on: bookworm newest
# also: trixie debug
# boot: cgroup_disable=memory,cpuset
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"
NUMPROC=5

eq "the host has neither" "$(grep -owE 'memory|cpuset' /sys/fs/cgroup/cgroup.controllers)" ""
module_load
ve_new 41
all_views_work

# For its CPUs the module asks the root's cpuset, which is there, and whose files are not. What
# such a file's show function takes for the cpuset lies on the stack, and differs from time to time.
for round in $(seq 20); do
	in_ve 41 sh -c 'for i in 1 2 3 4 5; do cat /proc/stat /proc/cpuinfo /proc/meminfo /proc/vmstat; nproc; free; done' >/dev/null
	sleep 0.1
done
eq "its CPUs are the host's" "$(in_ve 41 nproc) $(seen 41 /sys/devices/system/cpu/online)" \
	"$(nproc) $(cat /sys/devices/system/cpu/online)"

host() {
	field "$1" </proc/meminfo
}
eq "its memory, too" "$(meminfo 41 MemTotal)" "$(host MemTotal)"
near "of which is free what is" "$(meminfo 41 MemFree)" "$(host MemFree)" 20000
near "and available" "$(meminfo 41 MemAvailable)" "$(host MemAvailable)" 60000
free=$(meminfo 41 MemFree)
mkdir /run/full && mount -t tmpfs full /run/full && head -c 400M /dev/zero >/run/full/x
check "others' use is seen" test "$(meminfo 41 MemFree)" -lt $((free - 350000))
umount /run/full
settled 41 $NUMPROC
check "the VE is deleted" vznl del 41
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
