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
	[host:fork+exit+wait]=1.005 [host:getppid]=1.000
	[ve:open+close]=1.03 [ve:open+read+close]=1.03 [ve:socket+close]=1.03
	[ve:fork+exit+wait]=1.01 [ve:getppid]=1.000
)
for name in getppid open+close open+read+close socket+close fork+exit+wait; do
	target[idle:$name]=1.000
done

# The first seconds after boot are of two minds.
sleep 5
bench ops >/dev/null

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
done < <(bench ops)
while read -r name value; do
	row "$name" "absent again" "$value" "${absent[$name]}"
done < <(bench ops)

modprobe vzlite
measure idle bench ops
mkdir /sys/fs/cgroup/ve1 /sys/fs/cgroup/plain
vznl new 1 /sys/fs/cgroup/ve1
bench ops >/dev/null
measure host bench ops
measure ve bench join /sys/fs/cgroup/ve1 bench ops
sleep 1
vznl del 1
retry=0
until modprobe -r vzlite; do
	[[ $((retry += 1)) -lt 50 ]]
	sleep 0.2
done
# The same cgroup without the module: what of "ve" is the cgroup's.
measure "absent, in a cgroup" bench join /sys/fs/cgroup/plain bench ops
