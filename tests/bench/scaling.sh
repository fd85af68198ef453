#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smp: 2
# icount: no
# Runs in the test machine on two CPUs: does counting make two CPUs wait for each
# other? Prints rows of bench.tsv without the kernel: how much faster two workers in
# one VE open files, and fork, than one. Wall time on emulated CPUs is noisy, so
# module absent and VE take turns, and their medians are compared.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
cycles=5
results=$(mktemp)
mkdir /sys/fs/cgroup/ve1 /sys/fs/cgroup/plain
sleep 5

measure() { # CONDITION CGROUP
	bench join "/sys/fs/cgroup/$2" bench scale | sed "s/^/$1 /" >>"$results"
}

for ((cycle = 1; cycle <= cycles; cycle++)); do
	measure absent plain
	modprobe vzlite
	vznl new 1 /sys/fs/cgroup/ve1
	measure ve ve1
	vznl del 1
	tries=0
	until modprobe -r vzlite 2>/dev/null; do
		[[ $((tries += 1)) -lt 50 ]]
		sleep 0.2
	done
done
sort -k1,2 -k3n "$results" | awk -v OFS='\t' -v middle=$(((cycles + 1) / 2)) '
	++seen[$1, $2] == middle { value[$1, $2] = $3; names[$2] }
	# The target is a floor; the ratio is turned round to be a ceiling like all others.
	END {
		for (name in names) {
			print "scaling of " name, "absent", value["absent", name], "times", "1", "-"
			print "scaling of " name, "ve", value["ve", name], "times",
				sprintf("%.4f", value["absent", name] / value["ve", name]), "1.03"
		}
	}'
