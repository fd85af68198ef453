#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. What it costs to read all counters of
# 1,000 VEs over netlink, beside reading four files of each of their cgroups. The
# sampler's work goes on beside both.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
ves=1000 rounds=5

echo "+cpu +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
modprobe vzlite
sleep 5
for ((i = 1; i <= ves; i++)); do
	mkdir /sys/fs/cgroup/ve$i
	vznl new $i /sys/fs/cgroup/ve$i
done
sleep 15
[[ $(vznl list | wc -l) -eq $ves ]]

read -r files files_cpu < <(bench run $rounds bench files /sys/fs/cgroup/ve $ves)
read -r dump dump_cpu < <(bench run $rounds vznl dump)
row() { # METRIC CONDITION VALUE BASE TARGET
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.4f", a / b }')" "$5"
}
row "all counters of $ves VEs" files "$files" "$files" -
row "all counters of $ves VEs" netlink "$dump" "$files" 0.1
row "all counters of $ves VEs, CPU" files "$files_cpu" "$files_cpu" -
row "all counters of $ves VEs, CPU" netlink "$dump_cpu" "$files_cpu" -
