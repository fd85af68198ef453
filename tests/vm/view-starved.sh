#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE whose tasks are stopped within a view, for want of CPU time, holds up no other VE and not the module
# on: bookworm trixie
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

controllers
module_load
ve_new 41
ve_new 42
# Two cgroups of a tenant's: one that takes all, one that gets a ten thousandth of it. From 6.13
# on whoever has used up his share is stopped on his way out of the kernel only.
echo +cpu >"$(dir 41)/cgroup.subtree_control"
mkdir "$(dir 41)/much" "$(dir 41)/little"
echo 10000 >"$(dir 41)/much/cpu.weight"
echo 1 >"$(dir 41)/little/cpu.weight"
for n in 1 2 3 4; do
	probe into "$(dir 41)/much" machine spin 200 &
done
for n in 1 2 3 4 5 6 7 8; do
	probe into "$(dir 41)/little" sh -c 'while :; do
		cat /proc/stat /proc/meminfo /proc/uptime /proc/vmstat /proc/diskstats /proc/cpuinfo >/dev/null; done' &
done
# How many are in a view
inside() {
	local pid n=0
	for pid in $(cat "$(dir 41)/little/cgroup.procs"); do
		! grep -q 'vz_view_run' "/proc/$pid/stack" 2>/dev/null || n=$((n + 1))
	done
	echo $n
}
# Twice, since who only just comes by is not stopped.
stopped() {
	echo 100 >"$(dir 41)/little/cpu.weight"
	limit 41 cpu.max "max 100000"
	sleep 0.3
	limit 41 cpu.max "1000 1000000"
	echo 1 >"$(dir 41)/little/cpu.weight"
	sleep 1.5
	[[ $(inside) -gt 0 ]] && sleep 3 && [[ $(inside) -gt 0 ]]
}
check "a task is stopped within a view" retry 100 stopped
eq "there is no zombie" "$(grep -c zombie /proc/vzlite/ve)" 0
probe into "$(dir 42)" true
check "another VE is deleted" vznl del 42
gone() {
	! grep -q zombie /proc/vzlite/ve
}
check "and goes" retry 20 gone
check "while the task is still there" [ "$(inside)" -gt 0 ]
# It can be killed, as any task can that is stopped like that: when it has got the time for it.
limit 41 cpu.max "max 100000"
echo 1 >"$(dir 41)/cgroup.kill"
wait
check "the VE is deleted" retry 20 vznl del 41
check "and goes, too" retry 20 gone
module_unload
finish
