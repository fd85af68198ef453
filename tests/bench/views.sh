#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. What it costs to open, read and close each file
# that is a view, in a VE, beside the host's own file without the module, and beside the
# same of LXCFS, its daemon's work included. 1,000 reads, with all that is read anew
# meanwhile because it is old. sysinfo is no file, and the call itself costs so little
# that what a VE is shown costs as much again; LXCFS has nothing in its place.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
files="/proc/meminfo /proc/stat /proc/cpuinfo /proc/loadavg /proc/uptime /proc/swaps /proc/diskstats
	/proc/vmstat /proc/pressure/memory /sys/devices/system/cpu/online sysinfo"
peer=/var/lib/lxcfs

echo "+cpu +memory +io +cpuset" >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/ve1 /sys/fs/cgroup/plain
echo 128M >/sys/fs/cgroup/ve1/memory.max
echo "100000 100000" >/sys/fs/cgroup/ve1/cpu.max
modprobe fuse
mkdir -p $peer
lxcfs -l -f $peer >/run/lxcfs.log 2>&1 &
until [[ -e $peer/proc/meminfo ]]; do
	sleep 0.2
done
sleep 5
reads() { # CGROUP FILE
	bench join "/sys/fs/cgroup/$1" bench reads 1000 "$2"
}
row() { # METRIC CONDITION VALUE BASE TARGET
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.3f", a / b }')" "$5"
}
declare -A own lxcfs
for file in $files; do
	own[$file]=$(reads plain "$file")
	[[ ! -e $peer$file ]] || lxcfs[$file]=$(reads ve1 "$peer$file")
done
modprobe vzlite
vznl new 1 /sys/fs/cgroup/ve1
for file in $files; do
	target=1.1
	[[ $file != sysinfo ]] || target=2
	row "read $file" absent "${own[$file]}" "${own[$file]}" -
	row "read $file" host "$(reads plain "$file")" "${own[$file]}" 1.05
	ve=$(reads ve1 "$file")
	row "read $file" ve "$ve" "${own[$file]}" $target
	[[ ! ${lxcfs[$file]-} ]] || row "read $file" "ve / LXCFS" "$ve" "${lxcfs[$file]}" 0.1
done
