#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. What it costs to open, read and close each file
# that is a view, in a VE, beside the host's own file without the module. 1,000 reads, with
# all that is read anew meanwhile because it is old.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
files="/proc/meminfo /proc/stat /proc/cpuinfo /proc/loadavg /proc/uptime /proc/swaps /proc/diskstats
	/proc/vmstat /proc/pressure/memory /sys/devices/system/cpu/online sysinfo"

echo "+cpu +memory +io +cpuset" >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/ve1 /sys/fs/cgroup/plain
echo 128M >/sys/fs/cgroup/ve1/memory.max
echo "100000 100000" >/sys/fs/cgroup/ve1/cpu.max
sleep 5
declare -A own
for file in $files; do
	own[$file]=$(bench join /sys/fs/cgroup/plain bench reads 1000 "$file")
done
modprobe vzlite
vznl new 1 /sys/fs/cgroup/ve1
row() { # METRIC CONDITION VALUE BASE TARGET
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.3f", a / b }')" "$5"
}
for file in $files; do
	row "read $file" absent "${own[$file]}" "${own[$file]}" -
	row "read $file" host "$(bench join /sys/fs/cgroup/plain bench reads 1000 "$file")" "${own[$file]}" -
	row "read $file" ve "$(bench join /sys/fs/cgroup/ve1 bench reads 1000 "$file")" "${own[$file]}" 1.1
done
