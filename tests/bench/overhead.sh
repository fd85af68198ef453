#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. Prints rows of bench.tsv without the
# kernel: metric, condition, value, unit, ratio, target. Every condition is
# measured between two measurements without the module, in one boot.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
declare -A absent target=(
	[host:open+close]=1.02 [host:open+read+close]=1.01 [host:socket+close]=1.01
	[host:mmap+munmap]=1.01
	[host:fork+exit+wait]=1.005 [host:getppid]=1.000
	[ve:open+close]=1.03 [ve:open+read+close]=1.03 [ve:socket+close]=1.03
	[ve:mmap+munmap]=1.05
	[ve:fork+exit+wait]=1.01 [ve:getppid]=1.000
)
for name in getppid open+close open+read+close socket+close mmap+munmap fork+exit+wait; do
	target[idle:$name]=1.000
done

# As on a host with systemd, no task lives in the root cgroup: being in another
# costs up to a third more by itself, and is no part of what is measured.
mkdir /sys/fs/cgroup/ve1 /sys/fs/cgroup/plain
plain() {
	bench join /sys/fs/cgroup/plain bench ops
}

# The first seconds after boot are of two minds.
sleep 5
plain >/dev/null

row() { # metric condition value base target
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.4f", a / b }')" "${5:--}"
}

measure() { # condition command...
	local condition=$1 name value
	shift
	while read -r name value; do
		row "$name" "$condition" "$value" "${absent[$name]}" "${target[$condition:$name]-}"
	done < <("$@")
}

while read -r name value; do
	absent[$name]=$value
	row "$name" absent "$value" "$value"
done < <(plain)
measure "absent again" plain

modprobe vzlite
measure idle plain
vznl new 1 /sys/fs/cgroup/ve1
plain >/dev/null
measure host plain
measure ve bench join /sys/fs/cgroup/ve1 bench ops
sleep 1
vznl del 1
tries=0
until modprobe -r vzlite 2>/dev/null; do
	[[ $((tries += 1)) -lt 50 ]]
	sleep 0.2
done
measure "absent at last" plain
